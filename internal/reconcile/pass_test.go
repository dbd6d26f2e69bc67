package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func TestPassServesAnOrder(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	id := r.order(unit(1))
	var heard []string
	o := r.e.Device(t.Context(), r.id, Ask{Actor: "user:anna", Progress: func(done, total int, text string) {
		heard = append(heard, fmt.Sprintf("%d/%d %s", done, total, text))
	}})
	if (o != Settled{}) {
		t.Fatalf("outcome %s", o)
	}
	want := []string{
		"0/3 " + `add profile "Plan 1": needed for plan "Plan 1"`,
		"1/3 " + `add endpoint "000ED8000001": ordered`,
		"2/3 " + `add subscriber "apt-1": ordered`,
		"3/3 reading back",
	}
	if d := cmp.Diff(want, heard); d != "" {
		t.Errorf("progress (-want +got):\n%s", d)
	}
	wantCalls := []string{
		"Identify", "Uptime", "Config",
		`Apply add profile "Plan 1": needed for plan "Plan 1"`,
		`Apply add endpoint "000ED8000001": ordered`,
		`Apply add subscriber "apt-1": ordered`,
		"Uptime", "Config", "Save", "Uptime",
	}
	if d := cmp.Diff(wantCalls, r.m.calls); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	for _, c := range r.journal() {
		if c.Result != gam.ChangeVerified || c.Actor != "user:anna" || c.PassID == "" || c.Error != "" {
			t.Errorf("journal: %+v", c)
		}
	}
	if got := r.subscriber(id).Sync.Phase; got != gam.SyncInSync {
		t.Errorf("subscriber is %s", got)
	}
	if d := r.device(); d.SerialNumber != "0101" || d.Model != "GAM-12-C" {
		t.Errorf("identity: %+v", d.Identity)
	}
	r.idle()
	r.change(id, func(u *gam.Subscriber) { u.Status, u.Sync.Phase = gam.SubEnded, gam.SyncPending })
	r.must(r.st.SaveSubscriberSync(t.Context(), map[gam.SubscriberID]gam.Sync{id: {Phase: gam.SyncPending}}))
	r.pass(Settled{})
	if c := r.m.box.config(); len(c.Services)+len(c.Endpoints) != 0 || len(c.Profiles) != 1 {
		t.Errorf("after the end: %+v", c)
	}
	if got := r.subscriber(id).Sync.Phase; got != gam.SyncInSync {
		t.Errorf("ended subscriber is %s", got)
	}
	r.idle()
	if owned, _ := r.st.OwnedOf(t.Context(), r.id); len(owned) != 0 {
		t.Errorf("still owned: %+v", owned)
	}
}

// busyDay is every kind of change at once on a device that has foreign
// entries too. It returns the names that must be there in the end.
func busyDay(r *rig) {
	for id := 1; id <= 6; id++ {
		u := unit(id)
		u.PlanID = gam.PlanID(id%2 + 1)
		r.order(u)
	}
	for _, e := range []gam.Entry{
		{Profile: &gam.Profile{Name: "theirs", Rate: gam.Rate{DownMbps: 77, UpMbps: 7}}},
		{Endpoint: &gam.Endpoint{MAC: mac(80), Name: "their-cpe", Port: 2}},
		{Service: &gam.Service{Name: "their-customer", EndpointName: "their-cpe", ProfileName: "theirs", VLAN: 700}},
	} {
		r.must(r.m.box.apply(gam.Step{Action: gam.Add, After: &e}))
	}
	r.m.startup = r.m.box.clone()
	r.pass(Settled{})
	// A swap; no two orders may name one endpoint at any moment.
	r.change(r.sub["apt-1"], func(u *gam.Subscriber) { u.EndpointMAC = mac(99) })
	r.change(r.sub["apt-2"], func(u *gam.Subscriber) { u.EndpointMAC = mac(1) })
	r.change(r.sub["apt-1"], func(u *gam.Subscriber) { u.EndpointMAC = mac(2) })
	r.change(r.sub["apt-3"], func(u *gam.Subscriber) { u.DeviceName = "penthouse" })
	r.change(r.sub["apt-4"], func(u *gam.Subscriber) { u.EndpointMAC, u.Port = mac(44), 5 })
	r.change(r.sub["apt-5"], func(u *gam.Subscriber) { u.PlanID = 3 })
	r.change(r.sub["apt-6"], func(u *gam.Subscriber) { u.Status = gam.SubEnded })
	r.order(unit(7))
}

func checkBusyDay(r *rig) {
	r.t.Helper()
	c := r.m.box.config()
	got := map[string]string{}
	for _, s := range c.Services {
		p, _ := c.Profile(s.ProfileName)
		got[s.Name] = fmt.Sprintf("%s vlan %d rate %d", s.EndpointMAC, s.VLAN, p.DownMbps)
	}
	want := map[string]string{
		"apt-1":          "00:0E:D8:00:00:02 vlan 101 rate 300",
		"apt-2":          "00:0E:D8:00:00:01 vlan 102 rate 100",
		"penthouse":      "00:0E:D8:00:00:03 vlan 103 rate 300",
		"apt-4":          "00:0E:D8:00:00:2C vlan 104 rate 100",
		"apt-5":          "00:0E:D8:00:00:05 vlan 105 rate 500",
		"apt-7":          "00:0E:D8:00:00:07 vlan 107 rate 100",
		"their-customer": "00:0E:D8:00:00:50 vlan 700 rate 77",
	}
	if d := cmp.Diff(want, got); d != "" {
		r.t.Errorf("subscribers (-want +got):\n%s", d)
	}
	if len(c.Endpoints) != 7 || len(c.Profiles) != 5 {
		r.t.Errorf("%d endpoints, %d profiles: %+v %+v", len(c.Endpoints), len(c.Profiles), c.Endpoints, c.Profiles)
	}
	r.idle()
}

func TestBusyDay(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	busyDay(r)
	r.pass(Settled{})
	checkBusyDay(r)
	if r.m.saves != 2 {
		t.Errorf("%d saves for two passes with writes", r.m.saves)
	}
}

// TestCrashAnywhere stops the process at every call to the device, before and
// after it took effect, by a panic and by a cancelled context. The next pass
// finds and finishes.
func TestCrashAnywhere(t *testing.T) {
	calls := func() int {
		r := newRig(t, "GAM-12-C")
		busyDay(r)
		before := len(r.m.calls)
		r.pass(Settled{})
		return len(r.m.calls) - before
	}()
	if calls < 15 {
		t.Fatalf("%d calls in a clean pass, the test expects more", calls)
	}
	for k := 1; k <= calls; k++ {
		for _, how := range []string{"panic before", "panic after", "cancel before", "cancel after"} {
			t.Run(fmt.Sprintf("%s call %d", how, k), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, "GAM-12-C")
				busyDay(r)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				start := len(r.m.calls)
				hook := func(n int, _ string) error {
					if n != start+k {
						return nil
					}
					if strings.HasPrefix(how, "panic") {
						panic("crash")
					}
					cancel()
					return ctx.Err()
				}
				if strings.HasSuffix(how, "before") {
					r.m.before = hook
				} else {
					r.m.after = hook
				}
				crashed := func() (crashed bool) {
					defer func() { crashed = recover() != nil }()
					r.e.Device(ctx, r.id, Ask{})
					return false
				}()
				if !crashed && ctx.Err() == nil {
					t.Fatal("the crash did not happen")
				}
				r.m.before, r.m.after = nil, nil
				r.must(r.st.ClearLeases(t.Context()))
				r.pass(Settled{})
				checkBusyDay(r)
			})
		}
	}
}

// TestRebootAnywhere restarts the device at every call of a pass. Nothing
// that was ordered may be missing in the end, nor unsaved.
func TestRebootAnywhere(t *testing.T) {
	for k := 1; k <= 25; k++ {
		t.Run(fmt.Sprint("call ", k), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "GAM-12-C")
			busyDay(r)
			start := len(r.m.calls)
			r.m.before = func(n int, _ string) error {
				if n == start+k {
					r.m.reboot()
				}
				return nil
			}
			for range 5 {
				if o := r.e.Device(t.Context(), r.id, Ask{}); (o == Settled{}) {
					break
				}
			}
			checkBusyDay(r)
		})
	}
}

func TestRefusedStepFailsItsSubscriberOnly(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	r.order(unit(1))
	r.order(unit(2))
	r.order(unit(3))
	r.m.before = func(_ int, call string) error {
		if strings.Contains(call, mac(2).Compact()) {
			return &driver.Error{Kind: driver.Rejected, Device: "gam", Op: "add endpoint", Code: -9437176, Text: "Invalid G.hn endpoint", Remedy: "look at the label"}
		}
		return nil
	}
	o := r.pass(Failed{}).(Failed)
	if !o.Lasting || !strings.Contains(o.Err.Error(), "Invalid G.hn endpoint") {
		t.Errorf("outcome %+v", o)
	}
	for name, want := range map[string]gam.SyncPhase{"apt-1": gam.SyncInSync, "apt-2": gam.SyncFailed, "apt-3": gam.SyncInSync} {
		u := r.subscriber(r.sub[name])
		if u.Sync.Phase != want {
			t.Errorf("%s is %+v, want %s", name, u.Sync, want)
		}
		if want == gam.SyncFailed && (!strings.Contains(u.Sync.Reason, "Invalid G.hn endpoint") || !strings.Contains(u.Sync.Reason, "look at the label")) {
			t.Errorf("reason %q", u.Sync.Reason)
		}
	}
	if d := r.device(); d.Unsaved || d.Sync.Phase != gam.SyncFailed {
		t.Errorf("device: unsaved %v, %+v", d.Unsaved, d.Sync)
	}
	if r.m.saves != 1 || r.m.unsaved != 0 {
		t.Errorf("%d saves, %d writes unsaved", r.m.saves, r.m.unsaved)
	}
	r.m.before = nil
	r.pass(Settled{})
	r.idle()
}

func TestRefusedProfileFailsItsPlanOnly(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	for id := 1; id <= 4; id++ {
		u := unit(id)
		u.PlanID = gam.PlanID(id%2 + 1)
		r.order(u)
	}
	r.m.before = func(_ int, call string) error {
		if strings.HasPrefix(call, `Apply add profile "Plan 2"`) {
			return &driver.Error{Kind: driver.Rejected, Op: "add profile", Text: "Invalid G.hn bandwidth profile downstream bandwidth"}
		}
		return nil
	}
	r.pass(Failed{})
	for name, want := range map[string]gam.SyncPhase{"apt-1": gam.SyncFailed, "apt-2": gam.SyncInSync, "apt-3": gam.SyncFailed, "apt-4": gam.SyncInSync} {
		if u := r.subscriber(r.sub[name]); u.Sync.Phase != want {
			t.Errorf("%s is %+v, want %s", name, u.Sync, want)
		}
	}
}

// TestRefusedAnywhere lets the device refuse each step of a busy day once; the
// others are made, what hangs on it is not tried, and the next pass finishes.
func TestRefusedAnywhere(t *testing.T) {
	for k := 1; k <= 20; k++ {
		t.Run(fmt.Sprint("step ", k), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "GAM-12-C")
			busyDay(r)
			n, refusals := 0, 0
			r.m.before = func(_ int, call string) error {
				if !strings.HasPrefix(call, "Apply") {
					return nil
				}
				if n++; n == k {
					refusals++
					return &driver.Error{Kind: driver.Rejected, Op: call, Text: "no"}
				}
				return nil
			}
			o := r.e.Device(t.Context(), r.id, Ask{})
			if _, failed := o.(Failed); failed != (refusals > 0) {
				t.Fatalf("outcome %s after %d refusals", o, refusals)
			}
			for _, c := range r.journal() {
				if c.Result == gam.ChangeFailed && !strings.Contains(c.Error, ": no") {
					t.Errorf("a step that hangs on the refused one was tried: %s: %s", c.Step, c.Error)
				}
			}
			r.m.before = nil
			r.pass(Settled{})
			checkBusyDay(r)
		})
	}
}

func TestDeviceTrouble(t *testing.T) {
	for _, c := range []struct {
		kind driver.Kind
		want Outcome
		sync gam.SyncPhase
	}{
		{driver.Unreachable, Failed{}, gam.SyncFailed},
		{driver.Garbled, Failed{}, gam.SyncFailed},
		{driver.Refused, Stuck{}, gam.SyncStuck},
		{driver.Busy, Again{}, gam.SyncPending},
	} {
		for _, at := range []string{"Config", "Apply", "Save", "Uptime"} {
			t.Run(string(c.kind)+" at "+at, func(t *testing.T) {
				r := newRig(t, "GAM-12-C")
				r.order(unit(1))
				r.m.before = func(_ int, call string) error {
					if strings.HasPrefix(call, at) {
						return &driver.Error{Kind: c.kind, Device: "gam", Op: at, Text: "does not work", Remedy: "check the password"}
					}
					return nil
				}
				o := r.pass(c.want)
				if !strings.Contains(o.String(), "does not work") {
					t.Errorf("outcome %q does not say why", o)
				}
				d := r.device()
				if d.Sync.Phase != c.sync || !strings.Contains(d.Sync.Reason, "does not work") {
					t.Errorf("device: %+v", d.Sync)
				}
				if d.AppliedRev == d.WantedRev {
					t.Error("counted as applied")
				}
				if wrote := r.m.unsaved > 0; wrote && !d.Unsaved {
					t.Error("written, not saved, and not noted")
				}
				r.m.before = nil
				r.pass(Settled{})
				r.idle()
			})
		}
	}
}

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

func TestProblemsAreStuckWithARemedy(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	good := r.order(unit(1))
	u := unit(2)
	u.Port = 99
	bad := r.order(u)
	o := r.pass(Stuck{}).(Stuck)
	if !strings.Contains(o.Reason, "no port 99") {
		t.Errorf("outcome %q", o)
	}
	if u := r.subscriber(good); u.Sync.Phase != gam.SyncInSync {
		t.Errorf("the other one: %+v", u.Sync)
	}
	if u := r.subscriber(bad); u.Sync.Phase != gam.SyncStuck || !strings.Contains(u.Sync.Reason, "choose another one") {
		t.Errorf("stuck: %+v", u.Sync)
	}
	if d := r.device(); d.Unsaved || d.Sync.Phase != gam.SyncStuck || d.AppliedRev != d.WantedRev {
		t.Errorf("device: %+v, unsaved %v", d.Sync, d.Unsaved)
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
	if n, names := count(p.Steps, gam.KindService, gam.Add); n != 1 || names[0] != "apt-5" {
		t.Errorf("preview of a new order: %q", lines(p.Steps))
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
	if len(p.Problems) != 1 || p.Problems[0].Code != CodeDoubled || len(p.Steps) != 0 {
		t.Errorf("preview of an impossible order: %+v", p)
	}
	if len(r.m.calls) != calls {
		t.Errorf("a preview asks the device: %q", r.m.calls[calls:])
	}
	if _, err := r.e.PreviewFresh(t.Context(), r.id); err != nil || len(r.m.calls) != calls+1 {
		t.Errorf("a fresh preview: %v, calls %q", err, r.m.calls[calls:])
	}
}

func TestOnePassPerDevice(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	r.order(unit(1))
	got, err := r.st.Lease(t.Context(), r.id, "somebody else", leaseFor)
	if err != nil || !got {
		t.Fatal(got, err)
	}
	if o := r.pass(Again{}).(Again); o.After != leaseRetry || len(r.m.calls) != 0 {
		t.Errorf("%+v, calls %q", o, r.m.calls)
	}
	r.must(r.st.ReleaseLease(t.Context(), r.id, "somebody else"))
	inside, release := make(chan struct{}), make(chan struct{})
	r.m.before = func(n int, _ string) error {
		if n == 1 {
			close(inside)
			<-release
		}
		return nil
	}
	first := make(chan Outcome)
	go func() { first <- r.e.Device(context.Background(), r.id, Ask{}) }()
	<-inside
	if o := r.e.Device(t.Context(), r.id, Ask{}); fmt.Sprintf("%T", o) != "reconcile.Again" {
		t.Errorf("a second pass at the same time: %s", o)
	}
	close(release)
	if o := <-first; (o != Settled{}) {
		t.Errorf("the first pass: %s", o)
	}
	if got, err := r.st.Lease(t.Context(), r.id, "somebody else", leaseFor); !got || err != nil {
		t.Errorf("the lease was not given back: %v %v", got, err)
	}
}

func TestNoSuchDevice(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	if o := r.e.Device(t.Context(), 999, Ask{}); fmt.Sprintf("%T", o) != "reconcile.Stuck" {
		t.Errorf("outcome %s", o)
	}
	if _, err := r.e.Preview(t.Context(), 999); !errors.Is(err, gam.ErrNotFound) {
		t.Errorf("preview: %v", err)
	}
}

// TestLostUnsavedConfig: the device restarts between two passes before it was
// saved; everything comes back.
func TestLostUnsavedConfig(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	r.order(unit(1))
	r.m.before = func(_ int, call string) error {
		if call == "Save" {
			return &driver.Error{Kind: driver.Unreachable, Text: "no answer"}
		}
		return nil
	}
	r.pass(Failed{})
	if !r.device().Unsaved {
		t.Fatal("not noted as unsaved")
	}
	r.m.before = nil
	r.m.reboot()
	r.pass(Settled{})
	r.idle()
	if v, ok := r.m.startup.config().Service("apt-1"); !ok {
		t.Errorf("not there after the reboot: %+v", v)
	}
	if n, err := r.st.Changes(t.Context(), store.ListQuery{Where: map[string]string{"actor": "drift repair"}}); err != nil || n.Total == 0 {
		t.Errorf("the journal does not tell why it was written again: %+v %v", n, err)
	}
}
