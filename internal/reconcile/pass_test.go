package reconcile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
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

// TestDefaultsOfAFirmware serves an order on a device that switches PoE on in
// each new entry: the entry is ours for all that, and is put right.
func TestDefaultsOfAFirmware(t *testing.T) {
	for _, repair := range []bool{true, false} {
		r := newRig(t, "GAM-12-C")
		set, v, err := r.st.Settings(t.Context())
		r.must(err)
		set.RepairDrift = repair
		r.must(r.st.SaveSettings(t.Context(), set, v))
		r.m.after = func(_ int, call string) error {
			if strings.HasPrefix(call, "Apply add subscriber") {
				r.m.box.svcs[len(r.m.box.svcs)-1].PoE = gam.PoEEnable
			}
			return nil
		}
		id := r.order(unit(1))
		r.pass(Settled{})
		if got := r.m.box.config().Services; len(got) != 1 || got[0].PoE == gam.PoEEnable {
			t.Errorf("on the device: %+v", got)
		}
		if got := r.subscriber(id).Sync.Phase; got != gam.SyncInSync {
			t.Errorf("subscriber is %s", got)
		}
		for _, c := range r.journal() {
			if c.Actor == "drift repair" {
				t.Errorf("journal blames somebody else: %+v", c.Step)
			}
		}
		r.idle()
	}
}

// TestDefaultsOfAFirmwareAndACrash is the same with a process that ends before
// it has read back what the device made.
func TestDefaultsOfAFirmwareAndACrash(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	ctx, crash := context.WithCancel(t.Context())
	r.m.after = func(_ int, call string) error {
		if strings.HasPrefix(call, "Apply add subscriber") {
			r.m.box.svcs[len(r.m.box.svcs)-1].PoE = gam.PoEEnable
			crash()
		}
		return nil
	}
	id := r.order(unit(1))
	if o := r.e.Device(ctx, r.id, Ask{}); (o == Settled{}) {
		t.Fatalf("outcome %s of a pass that was stopped", o)
	}
	r.m.after = nil
	r.pass(Settled{})
	if got := r.m.box.config().Services; len(got) != 1 || got[0].PoE == gam.PoEEnable {
		t.Errorf("on the device: %+v", got)
	}
	if got := r.subscriber(id).Sync.Phase; got != gam.SyncInSync {
		t.Errorf("subscriber is %s", got)
	}
	r.idle()
}

// busyDay is every kind of change at once on a device that has foreign
// entries too. It returns the names that must be there in the end.
// TestCrashAnywhere stops the process at every call to the device, before and
// after it took effect, by a panic and by a cancelled context. The next pass
// finds and finishes.
// TestRebootAnywhere restarts the device at every call of a pass. Nothing
// that was ordered may be missing in the end, nor unsaved.
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

func TestOnePassPerDevice(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	r.order(unit(1))
	got, err := r.st.Lease(t.Context(), r.id, "somebody else", time.Minute)
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
	if got, err := r.st.Lease(t.Context(), r.id, "somebody else", time.Minute); !got || err != nil {
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

// TestLostLeaseEndsThePass: another process has the device now, whatever the
// reason; this one must not go on writing.
func TestLostLeaseEndsThePass(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	r.order(unit(1))
	stolen := &thief{memory: r.m, steal: func() {
		r.must(r.st.ReleaseLease(t.Context(), r.id, "test"))
		if got, err := r.st.Lease(t.Context(), r.id, "somebody else", time.Minute); !got || err != nil {
			t.Errorf("lease: %v %v", got, err)
		}
	}}
	e := New(Options{Store: r.st, Owner: "test", Lease: 60 * time.Millisecond, Open: func(context.Context, gam.Device) (driver.Driver, error) { return stolen, nil }})
	o := e.Device(t.Context(), r.id, Ask{})
	if f, ok := o.(Failed); !ok || !errors.Is(f.Err, errLease) {
		t.Errorf("outcome %s", o)
	}
	if r.m.writes != 0 {
		t.Errorf("%d writes without a lease", r.m.writes)
	}
	if got, err := r.st.Lease(t.Context(), r.id, "a third one", time.Minute); got || err != nil {
		t.Errorf("the thief's lease was given back: %v %v", got, err)
	}
}

// thief loses the lease while the configuration is read.
type thief struct {
	*memory
	steal func()
}

func (d *thief) Config(ctx context.Context) (gam.Config, error) {
	d.steal()
	<-ctx.Done()
	return gam.Config{}, ctx.Err()
}

// TestRefusalsRest: what the device refuses is tried a few times, then the job
// rests, and a new order wakes it.
func TestRefusalsRest(t *testing.T) {
	t.Parallel()
	r := newRig(t, "GAM-12-C")
	q, err := jobs.New(r.st, jobs.Options{PollInterval: 20 * time.Millisecond})
	r.must(err)
	t.Cleanup(func() { _ = q.Close() })
	r.must(q.Migrate(t.Context()))
	jobs.Handle(q, r.e.HandleJob)
	tries := 0
	r.m.before = func(_ int, call string) error {
		if strings.HasPrefix(call, `Apply add subscriber "apt-1"`) {
			tries++
			return &driver.Error{Kind: driver.Rejected, Op: call, Text: "no"}
		}
		return nil
	}
	r.order(unit(1))
	r.must(q.AddNow(t.Context(), jobs.ReconcileDevice{DeviceID: r.id}))
	r.must(q.Start(t.Context()))
	t.Cleanup(func() { _ = q.Stop(context.Background()) })
	rested := func() bool {
		left, err := q.List(t.Context(), store.ListQuery{Where: map[string]string{"state": "queued,running,waiting,retrying"}})
		r.must(err)
		return left.Total == 0
	}
	wait(t, rested)
	if tries != refusalsBeforeRest {
		t.Errorf("tried %d times, want %d", tries, refusalsBeforeRest)
	}
	r.m.mu.Lock()
	r.m.before = nil
	r.m.mu.Unlock()
	r.must(q.AddNow(t.Context(), jobs.ReconcileDevice{DeviceID: r.id}))
	wait(t, rested)
	if d := r.device(); d.Sync.Phase != gam.SyncInSync {
		t.Errorf("after another try: %+v", d.Sync)
	}
}

func TestJobOfADeletedDeviceEnds(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	q, err := jobs.New(r.st, jobs.Options{PollInterval: 20 * time.Millisecond})
	r.must(err)
	t.Cleanup(func() { _ = q.Close() })
	r.must(q.Migrate(t.Context()))
	jobs.Handle(q, r.e.HandleJob)
	r.must(q.AddNow(t.Context(), jobs.ReconcileDevice{DeviceID: 999}))
	r.must(q.Start(t.Context()))
	t.Cleanup(func() { _ = q.Stop(context.Background()) })
	wait(t, func() bool {
		done, err := q.List(t.Context(), store.ListQuery{Where: map[string]string{"state": "completed"}})
		r.must(err)
		return done.Total == 1
	})
}

// wait polls until something is so.
func wait(t *testing.T, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatal("does not come about")
		}
		<-time.After(10 * time.Millisecond)
	}
}
