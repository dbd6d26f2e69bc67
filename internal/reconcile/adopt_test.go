package reconcile_test

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/reconcile"
	"github.com/opengam/opengam/internal/sim"
)

// TestAdoptionWritesNothing takes over a device as somebody else left it. The
// orders that come of it want exactly what stands there; the first write is
// for the first change.
func TestAdoptionWritesNothing(t *testing.T) {
	for _, o := range []sim.Options{{Model: "GAM-12-C"}, {Model: "GAM-12-M"}, {Model: "GAM-12-M", PortAware: true}} {
		s := openSite(t, o)
		s.must(s.sim.AddForeign(10))
		for _, edit := range []struct {
			method string
			params []any
		}{
			{"ghnAgent.config.bwProfileByName.add", []any{"gold / 300", map[string]any{"DsBw": 321, "UsBw": 33}}},
			{"ghnAgent.config.userByName.set", []any{"old-001", map[string]any{"BwProfileName": "gold / 300", "VlanIsTagged": true, "AllowedTaggedVlans": []int{411, 410}}}},
			{"ghnAgent.config.userByName.set", []any{"old-002", map[string]any{"BwProfileName": "gold / 300", "DoubleTags": true, "OuterTagVlanId": 2900}}},
			{"ghnAgent.config.userByName.set", []any{"old-003", map[string]any{"BwProfileName": ""}}},
		} {
			if _, err := s.sim.OutOfBand(edit.method, edit.params...); err != nil {
				t.Fatalf("%s: %v", edit.method, err)
			}
		}
		s.settle() // reads the device
		q, err := jobs.New(s.st, jobs.Options{})
		s.must(err)
		t.Cleanup(func() { _ = q.Close() })
		s.must(q.Migrate(t.Context()))
		orders := order.New(s.st, q)
		adopted, err := orders.Adopt(t.Context(), "user:anna", s.id)
		s.must(err)
		for _, a := range adopted {
			if a.Err != nil {
				t.Errorf("%s: %v", a.Key, a.Err)
			}
		}
		before := s.sim.State()
		plan, err := s.e.Preview(t.Context(), s.id)
		s.must(err)
		if len(plan.Steps)+len(plan.Problems)+len(plan.Drift) != 0 {
			t.Errorf("%s %v: after the adoption of %d: %+v", o.Model, o.PortAware, len(adopted), plan)
		}
		s.settle()
		if m := s.sim.Manners(); m.Writes+m.Saves != 0 {
			t.Errorf("%s %v: adoption writes: %+v", o.Model, o.PortAware, m)
		}
		d, err := s.st.Device(t.Context(), s.id)
		s.must(err)
		if d.Sync.Phase != gam.SyncInSync {
			t.Errorf("device: %+v", d.Sync)
		}
		if len(before.Running.Services) != 10 {
			t.Errorf("%d entries on the device", len(before.Running.Services))
		}
		// And from now on it is ours.
		if _, err := orders.End(t.Context(), "user:anna", adopted[0].SubscriberID); err != nil {
			t.Fatal(err)
		}
		if out := s.e.Device(t.Context(), s.id, reconcile.Ask{}); (out != reconcile.Settled{}) {
			t.Fatalf("outcome %s", out)
		}
		if c := s.sim.State().Running; len(c.Services) != 9 {
			t.Errorf("%d entries after one ended", len(c.Services))
		}
	}
}
