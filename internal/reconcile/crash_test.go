package reconcile

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

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
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		hw, _ := gam.ModelByName("GAM-12-C")
		r := newRigOn(t, st, newMemory(newBox(hw, gam.EndpointAware)))
		busyDay(r)
		r.pass(Settled{})
		checkBusyDay(r)
		if r.m.saves != 2 {
			t.Errorf("%d saves for two passes with writes", r.m.saves)
		}
	})
}

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
