package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/reconcile"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// site is a simulated device on a real socket, a store, and the engine with
// the real driver between them.
// counting lets a test act between two steps.
// order places orders and plugs their endpoints in.
// settle runs passes until one settles, as the job queue does.
// polite fails the test when the manager was rude to the device.
// served checks that each of these customers gets his VLAN at his endpoint.
func TestFullDeviceOverTheWire(t *testing.T) {
	s := openSite(t, sim.Options{Model: "GAM-24-C"})
	var all []gam.Subscriber
	for n := 1; n <= gam.MaxEndpoints; n++ {
		all = append(all, customer(n, (n-1)/16+1))
	}
	s.order(all...)
	if o := s.e.Device(t.Context(), s.id, reconcile.Ask{}); (o != reconcile.Settled{}) {
		t.Fatalf("outcome %s", o)
	}
	s.served(all...)
	if m := s.sim.Manners(); m.Writes != 3+2*gam.MaxEndpoints || m.Saves != 1 {
		t.Errorf("manners: %+v, want 3 profiles, 384 endpoints, 384 subscribers, one save", m)
	}
	s.polite()
}

func TestEveryFirmware(t *testing.T) {
	for _, fw := range sim.FirmwareVersions() {
		t.Run(fw, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, sim.Options{Model: "GAM-12-C", Firmware: fw})
			s.foreign(3)
			var all []gam.Subscriber
			for n := 1; n <= 6; n++ {
				all = append(all, customer(n, n))
			}
			all[4].AllowedVLANs, all[4].Tagging, all[4].RemappedVLANID = []int{410, 411}, gam.Tagged, 205
			foreign := foreignOf(s.sim.State().Running)
			s.order(all...)
			s.settle()
			s.served(all...)
			s.change("apt-1", func(u *gam.Subscriber) { u.EndpointMAC, u.Port = mac(99), 0 })
			s.change("apt-2", func(u *gam.Subscriber) { u.EndpointMAC, u.Port = mac(1), 1 })
			s.change("apt-1", func(u *gam.Subscriber) { u.EndpointMAC, u.Port = mac(2), 2 })
			s.change("apt-3", func(u *gam.Subscriber) { u.DeviceName = "penthouse" })
			s.change("apt-4", func(u *gam.Subscriber) { u.PlanID = 4 })
			s.change("apt-5", func(u *gam.Subscriber) {
				u.AllowedVLANs, u.Tagging, u.RemappedVLANID, u.Trunk = nil, gam.Untagged, 0, true
			})
			s.change("apt-6", func(u *gam.Subscriber) { u.Status = gam.SubEnded })
			s.settle()
			all[0].EndpointMAC, all[1].EndpointMAC, all[2].DeviceName = mac(2), mac(1), "penthouse"
			s.served(all[:5]...)
			if d := cmp.Diff(foreign, foreignOf(s.sim.State().Running)); d != "" {
				t.Errorf("foreign entries (-before +after):\n%s", d)
			}
			m := s.sim.Manners()
			if m.OverlappingCalls != 0 || m.NoOpWrites != 0 || m.IdleSaves != 0 || m.UnsavedWrites != 0 {
				t.Errorf("manners: %+v", m)
			}
		})
	}
}

// foreign configures endpoints with subscribers that nobody here has ordered,
// in words that every firmware knows.
// foreignOf is what foreign has made.
func TestPortAwareOverTheWire(t *testing.T) {
	s := openSite(t, sim.Options{Model: "GAM-12-M", PortAware: true})
	a, b := customer(1, 1), customer(2, 2)
	s.order(a, b)
	s.settle()
	s.served(a, b)
	s.change("apt-1", func(u *gam.Subscriber) { u.Port = 0; u.Status = gam.SubPending })
	s.change("apt-2", func(u *gam.Subscriber) { u.Port = 1 })
	s.change("apt-1", func(u *gam.Subscriber) { u.Port = 2; u.Status = gam.SubActive })
	s.settle()
	c := s.sim.State().Running
	for name, port := range map[string]int{"apt-1": 2, "apt-2": 1} {
		if v, _ := c.Service(name); v.Port != port {
			t.Errorf("%s is on port %d, want %d", name, v.Port, port)
		}
	}
	s.polite()
}

func TestRebootBetweenTwoSteps(t *testing.T) {
	s := openSite(t, sim.Options{Model: "GAM-12-C", RebootTime: 100 * time.Millisecond})
	first := customer(1, 1)
	s.order(first)
	s.settle()
	var all []gam.Subscriber
	for n := 2; n <= 8; n++ {
		all = append(all, customer(n, n))
	}
	s.order(all...)
	var once sync.Once
	s.onStep = func(n int) {
		if n == 9 {
			once.Do(s.sim.Reboot)
		}
	}
	s.settle()
	s.served(append(all, first)...)
	if st := s.sim.State(); !st.Saved || st.Boots < 2 {
		t.Errorf("saved %v after %d boots", st.Saved, st.Boots)
	}
}

func TestLostConfigurationComesBack(t *testing.T) {
	s := openSite(t, sim.Options{Model: "GAM-12-C"})
	a, b := customer(1, 1), customer(2, 2)
	s.order(a)
	s.settle()
	s.order(b)
	if _, err := s.sim.Fault(sim.Fault{Kind: sim.FaultRefuse, Effect: sim.Save, Count: 3}); err != nil {
		t.Fatal(err)
	}
	if o := s.e.Device(t.Context(), s.id, reconcile.Ask{}); fmt.Sprintf("%T", o) != "reconcile.Failed" {
		t.Fatalf("outcome %s", o)
	}
	s.sim.ClearFaults()
	s.sim.LoseUnsaved()
	s.settle()
	s.served(a, b)
	if st := s.sim.State(); !st.Saved {
		t.Error("not saved")
	}
}

func TestOutOfBandChangesAreRepaired(t *testing.T) {
	s := openSite(t, sim.Options{Model: "GAM-12-C"})
	a, b, c := customer(1, 1), customer(2, 2), customer(3, 3)
	s.order(a, b, c)
	s.settle()
	for _, edit := range []struct {
		method string
		params []any
	}{
		{"ghnAgent.config.userByName.set", []any{"apt-1", map[string]any{"VlanId": 999}}},
		{"ghnAgent.config.userByName.del", []any{"apt-2"}},
		{"ghnAgent.config.endpointByName.set", []any{mac(3).Compact(), map[string]any{"PortIfIndex": "G.hn 1/7"}}},
		{"ghnAgent.config.bwProfileByName.set", []any{"Plan 1", map[string]any{"DsBw": 11}}},
	} {
		if _, err := s.sim.OutOfBand(edit.method, edit.params...); err != nil {
			t.Fatalf("%s: %v", edit.method, err)
		}
	}
	s.settle()
	s.served(a, b, c)
	s.polite()
	page, err := s.st.Changes(t.Context(), store.ListQuery{Where: map[string]string{"actor": "drift repair"}})
	s.must(err)
	if page.Total != 4 {
		t.Errorf("%d repairs in the journal, want 4: %+v", page.Total, page.Items)
	}
}

func TestFullSlotsOverTheWire(t *testing.T) {
	s := openSite(t, sim.Options{Model: "GAM-12-C"})
	if _, err := s.sim.FillProfiles(); err != nil {
		t.Fatal(err)
	}
	a := customer(1, 1)
	s.order(a)
	o := s.e.Device(t.Context(), s.id, reconcile.Ask{})
	stuck, ok := o.(reconcile.Stuck)
	if !ok || !strings.Contains(stuck.Reason, "more plans than profile slots") || !strings.Contains(stuck.Reason, "LEGACY 1") {
		t.Fatalf("outcome %s", o)
	}
	if m := s.sim.Manners(); m.Writes+m.FailedWrites+m.Saves != 0 {
		t.Errorf("written all the same: %+v", m)
	}
	if _, err := s.sim.OutOfBand("ghnAgent.config.bwProfileByName.del", "LEGACY 3"); err != nil {
		t.Fatal(err)
	}
	s.settle()
	s.served(a)
}

func TestWrongPasswordIsStuck(t *testing.T) {
	s := openSite(t, sim.Options{Model: "GAM-12-C"})
	s.order(customer(1, 1))
	s.sim.SetPassword("another")
	o := s.e.Device(t.Context(), s.id, reconcile.Ask{})
	if _, ok := o.(reconcile.Stuck); !ok || !strings.Contains(strings.ToLower(o.String()), "password") || strings.Contains(o.String(), password) {
		t.Errorf("outcome %s", o)
	}
}

// TestNoOrderIsLostOverTheWire places orders while passes run, with jobs
// added in the orders' transactions. In the end every order is on the device
// exactly once, and saved.
func TestNoOrderIsLostOverTheWire(t *testing.T) {
	storetest.Each(t, noOrderIsLost)
}

func noOrderIsLost(t *testing.T, st *store.Store) {
	s := openSiteOn(t, st, sim.Options{Model: "GAM-12-C"})
	q, err := jobs.New(s.st, jobs.Options{PollInterval: 20 * time.Millisecond})
	s.must(err)
	t.Cleanup(func() { _ = q.Close() })
	s.must(q.Migrate(t.Context()))
	jobs.Handle(q, s.e.HandleJob)
	s.must(q.Start(t.Context()))
	t.Cleanup(func() { _ = q.Stop(context.Background()) })

	const orderers, each = 3, 10
	var wg sync.WaitGroup
	var placed atomic.Int32
	for o := range orderers {
		wg.Go(func() {
			for i := range each {
				n := o*each + i + 1
				u := customer(n, n%12+1)
				u.DeviceID = s.id
				err := s.st.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					v := u
					if err := tx.AddSubscriber(ctx, &v); err != nil {
						return err
					}
					if _, err := tx.BumpWanted(ctx, s.id); err != nil {
						return err
					}
					return q.Add(ctx, tx, jobs.ReconcileDevice{DeviceID: s.id, Actor: "user:anna"})
				})
				if err != nil {
					t.Error(err)
					return
				}
				placed.Add(1)
			}
		})
	}
	wg.Wait()
	deadline := time.Now().Add(30 * time.Second)
	for {
		left, err := q.List(t.Context(), store.ListQuery{Where: map[string]string{"state": "queued,running,waiting,retrying"}})
		s.must(err)
		if left.Total == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("still not done: %+v", left.Items)
		}
		<-time.After(10 * time.Millisecond)
	}
	now := s.sim.State()
	if len(now.Running.Services) != orderers*each || int(placed.Load()) != orderers*each || !now.Saved {
		t.Errorf("%d on the device of %d ordered, saved %v", len(now.Running.Services), placed.Load(), now.Saved)
	}
	if m := s.sim.Manners(); m.OverlappingCalls+m.NoOpWrites+m.IdleSaves+m.UnsavedWrites != 0 {
		t.Errorf("manners: %+v", m)
	}
	if d, err := s.st.Device(t.Context(), s.id); err != nil || d.AppliedRev != d.WantedRev || d.Sync.Phase != gam.SyncInSync {
		t.Errorf("device: applied %d of %d, %+v, %v", d.AppliedRev, d.WantedRev, d.Sync, err)
	}
}

// BenchmarkPass384New is a full pass of 384 new subscribers over a socket,
// and how much of it is ours rather than the device's.
func BenchmarkPass384New(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := openSite(b, sim.Options{Model: "GAM-24-C"})
		var all []gam.Subscriber
		for n := 1; n <= gam.MaxEndpoints; n++ {
			all = append(all, customer(n, (n-1)/16+1))
		}
		s.order(all...)
		b.StartTimer()
		start := time.Now()
		if o := s.e.Device(b.Context(), s.id, reconcile.Ask{}); (o != reconcile.Settled{}) {
			b.Fatalf("outcome %s", o)
		}
		took := time.Since(start)
		b.StopTimer()
		var device time.Duration
		calls := 0
		for _, c := range s.sim.Calls() {
			device += c.End.Sub(c.Start)
			calls++
		}
		b.ReportMetric(float64(calls), "calls/op")
		b.ReportMetric(100*(took-device).Seconds()/took.Seconds(), "%ours")
		b.StartTimer()
	}
}

// BenchmarkPassOneOrder is one new order on a device with 100 others that
// answers in 1 ms: from the order to the saved configuration.
func BenchmarkPassOneOrder(b *testing.B) {
	s := openSite(b, sim.Options{Model: "GAM-24-C", Latency: time.Millisecond})
	for n := 1; n <= 100; n++ {
		s.order(customer(n, n%24+1))
	}
	s.settle()
	s.sim.ForgetCalls()
	n := 100
	for b.Loop() {
		n++
		u := customer(n%280+1000, n%24+1)
		u.VLANID = 900 + n%280
		s.order(u)
		if o := s.e.Device(b.Context(), s.id, reconcile.Ask{}); (o != reconcile.Settled{}) {
			b.Fatalf("outcome %s", o)
		}
		b.StopTimer()
		b.ReportMetric(float64(len(s.sim.Calls()))/float64(n-100), "calls/op")
		b.StartTimer()
	}
}
