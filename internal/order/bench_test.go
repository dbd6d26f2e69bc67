package order

import (
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// BenchmarkChange measures one order, a change of VLAN, on a device that is
// full: 192 subscribers, as many endpoints seen and entries configured.
func BenchmarkChange(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{
		"sqlite":   storetest.SQLite,
		"postgres": storetest.Postgres,
	} {
		b.Run(name, func(b *testing.B) {
			st := open(b)
			q := must[*jobs.Queue](b)(jobs.New(st, jobs.Options{}))
			b.Cleanup(func() { q.Close() })
			if err := q.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			o := New(st, q)
			d := must[gam.Device](b)(o.AddDevice(b.Context(), anna, gam.Device{Name: "full", Address: "192.0.2.7"}))
			if err := st.SaveIdentity(b.Context(), d.ID, gam.Identity{Model: "GAM-12-C", PortCount: 12, Medium: gam.Coax, SubscriberModel: gam.EndpointAware}); err != nil {
				b.Fatal(err)
			}
			p := must[gam.Plan](b)(o.CreatePlan(b.Context(), anna, gam.Plan{Name: "gold"}))
			var seen []gam.EndpointStatus
			var c gam.Config
			var one gam.Subscriber
			for i := range 192 {
				seen = append(seen, gam.EndpointStatus{MAC: mac(i), DetectedPort: 1 + i/16, State: gam.EndpointOK})
				c.Services = append(c.Services, gam.Service{ID: i + 1, Name: numbered("old", i+2), VLAN: 2000 + i})
			}
			if err := st.SaveEndpoints(b.Context(), d.ID, seen, time.Now()); err != nil {
				b.Fatal(err)
			}
			if err := st.SaveConfig(b.Context(), d.ID, c, time.Now()); err != nil {
				b.Fatal(err)
			}
			for i := range 192 {
				one = must[gam.Subscriber](b)(o.CreateSubscriber(b.Context(), anna, gam.Subscriber{Name: numbered("new", i+2), EndpointMAC: mac(i), PlanID: p.ID}))
			}
			n := 0
			for b.Loop() {
				n++
				must[gam.Subscriber](b)(o.UpdateSubscriber(b.Context(), anna, one.ID, SubscriberPatch{VLANID: ptr(3000 + n%2)}))
			}
		})
	}
}
