package reconcile

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func TestWatchNeverWrites(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	id := r.order(unit(1))
	r.pass(Settled{})
	r.mode(gam.ModeWatch)
	v, _ := r.m.box.config().Service("apt-1")
	to := v
	to.VLAN = 999
	r.must(r.m.box.apply(gam.Step{Action: gam.Set, Before: &gam.Entry{Service: &v}, After: &gam.Entry{Service: &to}}))
	other := r.order(unit(2))
	writes, saves := r.m.writes, r.m.saves
	r.pass(Settled{})
	if r.m.writes != writes || r.m.saves != saves {
		t.Error("written in mode watch")
	}
	if d := r.device(); d.Sync.Phase != gam.SyncDrifted || !strings.Contains(d.Sync.Reason, "VLAN") {
		t.Errorf("device: %+v", d.Sync)
	}
	if u := r.subscriber(id); u.Sync.Phase != gam.SyncDrifted {
		t.Errorf("changed by others: %+v", u.Sync)
	}
	if u := r.subscriber(other); u.Sync.Phase != gam.SyncPending || !strings.Contains(u.Sync.Reason, "watch") {
		t.Errorf("ordered: %+v", u.Sync)
	}
	r.mode(gam.ModeManage)
	r.pass(Settled{})
	r.idle()
	changes := r.journal()
	for _, c := range changes {
		if repair := strings.HasPrefix(c.Step.Reason, "drift"); repair != (c.Actor == "drift repair") {
			t.Errorf("%s by %q", c.Step, c.Actor)
		}
	}
}

func (r *rig) mode(m gam.Mode) {
	r.t.Helper()
	d := r.device()
	d.Mode = m
	r.must(r.st.UpdateDevice(r.t.Context(), &d))
}

func TestConfirmWaitsForThisPlan(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	r.mode(gam.ModeConfirm)
	id := r.order(unit(1))
	r.pass(Settled{})
	d := r.device()
	if r.m.writes != 0 || d.Sync.Phase != gam.SyncPending || !strings.Contains(d.Sync.Reason, "approval of 3 step(s) for 1 subscriber(s)") {
		t.Fatalf("%d writes, %+v", r.m.writes, d.Sync)
	}
	if u := r.subscriber(id); u.Sync.Phase != gam.SyncPending || u.Sync.Reason != "waits for approval" {
		t.Errorf("subscriber: %+v", u.Sync)
	}
	plan, err := r.e.Preview(t.Context(), r.id)
	r.must(err)
	if !plan.Waiting || len(plan.Steps) != 3 {
		t.Fatalf("preview: %+v", plan)
	}
	// Approved, but another order came meanwhile: not what was approved.
	r.must(r.st.ApprovePlan(t.Context(), r.id, plan.Fingerprint()))
	r.order(unit(2))
	r.pass(Settled{})
	if r.m.writes != 0 {
		t.Fatal("a plan was made that nobody approved")
	}
	plan, err = r.e.Preview(t.Context(), r.id)
	r.must(err)
	r.must(r.st.ApprovePlan(t.Context(), r.id, plan.Fingerprint()))
	r.pass(Settled{})
	r.idle()
}

// TestApprovalCoversDefaultsOfAFirmware finishes an approved plan on a device
// that switches PoE on in each new entry: off is what the person has seen.
func TestApprovalCoversDefaultsOfAFirmware(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	r.mode(gam.ModeConfirm)
	id := r.order(unit(1))
	r.pass(Settled{})
	plan, err := r.e.Preview(t.Context(), r.id)
	r.must(err)
	r.m.after = func(_ int, call string) error {
		if strings.HasPrefix(call, "Apply add subscriber") {
			r.m.box.svcs[len(r.m.box.svcs)-1].PoE = gam.PoEEnable
		}
		return nil
	}
	r.must(r.st.ApprovePlan(t.Context(), r.id, plan.Fingerprint()))
	r.pass(Settled{})
	if got := r.m.box.config().Services; len(got) != 1 || got[0].PoE == gam.PoEEnable {
		t.Errorf("on the device: %+v", got)
	}
	if u := r.subscriber(id); u.Sync.Phase != gam.SyncInSync {
		t.Errorf("subscriber: %+v", u.Sync)
	}
}

func TestPreviewOfAnOrder(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	id := r.order(unit(1))
	r.pass(Settled{})
	calls := len(r.m.calls)
	draft := unit(5)
	draft.ID = 0
	p, err := r.e.Preview(t.Context(), r.id, draft)
	r.must(err)
	if n, names := count(p.Steps, gam.KindService, gam.Add); n != 1 || names[0] != "apt-5" || p.CustomersAffected() != 1 {
		t.Errorf("preview of a new order: %q, %d affected", lines(p.Steps), p.CustomersAffected())
	}
	for _, s := range p.Steps {
		if s.SubscriberID != 0 {
			t.Errorf("a new order has id %d in %s", s.SubscriberID, s)
		}
	}
	changed := r.subscriber(id)
	changed.VLANID = 500
	p, err = r.e.Preview(t.Context(), r.id, changed)
	r.must(err)
	if d := cmp.Diff([]string{`set subscriber "apt-1": VLAN changed`}, lines(p.Steps)); d != "" {
		t.Errorf("preview of a change (-want +got):\n%s", d)
	}
	// A draft that wants what an order has is the one with the problem.
	draft.EndpointMAC = mac(1)
	p, err = r.e.Preview(t.Context(), r.id, draft)
	r.must(err)
	if len(p.Problems) != 1 || p.Problems[0].Code != CodeDoubled || p.Problems[0].SubscriberID != 0 || len(p.Steps) != 0 {
		t.Errorf("preview of an impossible order: %+v", p)
	}
	if len(r.m.calls) != calls {
		t.Errorf("a preview asks the device: %q", r.m.calls[calls:])
	}
	if _, err := r.e.PreviewFresh(t.Context(), r.id); err != nil || len(r.m.calls) != calls+1 {
		t.Errorf("a fresh preview: %v, calls %q", err, r.m.calls[calls:])
	}
}

// TestFreshPreviewHidesNoNews: what a fresh preview finds is left for the poll
// to find, which has it repaired; it only comes sooner.
func TestFreshPreviewHidesNoNews(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	r.order(unit(1))
	r.pass(Settled{})
	reads := 0
	r.e.o.Wrote = func(context.Context, *store.Tx, gam.DeviceID) error { reads++; return nil }
	if _, err := r.e.PreviewFresh(t.Context(), r.id); err != nil || reads != 0 {
		t.Errorf("a fresh preview without news: %v, %d readings", err, reads)
	}
	known, _, err := r.st.Config(t.Context(), r.id)
	r.must(err)
	v, _ := r.m.box.config().Service("apt-1")
	r.must(r.m.box.apply(gam.Step{Action: gam.Remove, Before: &gam.Entry{Service: &v}}))
	p, err := r.e.PreviewFresh(t.Context(), r.id)
	r.must(err)
	if len(p.Drift) != 1 || reads != 1 {
		t.Errorf("a fresh preview of a removed entry: drift %+v, %d readings, want one of each", p.Drift, reads)
	}
	kept, _, err := r.st.Config(t.Context(), r.id)
	r.must(err)
	if d := cmp.Diff(known, kept); d != "" {
		t.Errorf("the preview kept the news, so that the poll finds none (-before +after):\n%s", d)
	}
}

// TestApprovedPlanIsFinishedAfterACrash: what is left of an approved plan needs
// no second approval, but the same changes on another day do.
func TestApprovedPlanIsFinishedAfterACrash(t *testing.T) {
	for k := 1; k <= 30; k++ {
		r := newRig(t, "GAM-12-C")
		busyDay(r)
		r.mode(gam.ModeConfirm)
		plan, err := r.e.Preview(t.Context(), r.id)
		r.must(err)
		r.must(r.st.ApprovePlan(t.Context(), r.id, plan.Fingerprint()))
		start, crashed := len(r.m.calls), false
		r.m.before = func(n int, _ string) error {
			if n == start+k {
				crashed = true
				return &driver.Error{Kind: driver.Unreachable, Text: "no answer"}
			}
			return nil
		}
		r.e.Device(t.Context(), r.id, Ask{})
		r.m.before = nil
		if !crashed {
			break
		}
		r.pass(Settled{})
		if d := r.device(); d.ApprovedPlan != "" {
			t.Errorf("the approval is not used up: %q", d.ApprovedPlan)
		}
		checkBusyDay(r)
		v, _ := r.m.box.config().Service("apt-7")
		r.must(r.m.box.apply(gam.Step{Action: gam.Remove, Before: &gam.Entry{Service: &v}}))
		writes := r.m.writes
		r.pass(Settled{})
		if r.m.writes != writes {
			t.Fatal("a change was made again on the strength of an old approval")
		}
	}
}

func TestRestarted(t *testing.T) {
	const day, s = 24 * time.Hour, time.Second
	for _, c := range []struct {
		name                  string
		before, after, passed time.Duration
		want                  bool
	}{
		{"runs on", day, day + 10*s, 10 * s, false},
		{"answers late", day, day + 10*s, 14 * s, false},
		{"restarted", day, 3 * s, 10 * s, true},
		{"restarted twice in a short while", 2 * s, 3 * s, 60 * s, true},
		{"tells the same number for ever", day, day, time.Minute, false},
		{"clock of ours was set back", day, day + 10*s, -time.Hour, false},
	} {
		if got := restarted(c.before, c.after, c.passed); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
