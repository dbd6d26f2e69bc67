package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

const anna = "user:anna"

// bundle is what a test of orders needs, fresh.
type bundle struct {
	t      *testing.T
	store  *store.Store
	queue  *jobs.Queue
	orders *Orders
}

// each runs a test on both databases.
func each(t *testing.T, fn func(b *bundle)) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, err := jobs.New(st, jobs.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := q.Close(); err != nil {
				t.Error(err)
			}
		})
		if err := q.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		fn(&bundle{t: t, store: st, queue: q, orders: New(st, q)})
	})
}

// must takes a result that must not fail.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (b *bundle) ctx() context.Context { return b.t.Context() }

// device adds a device that has been identified.
func (b *bundle) device(name, model string, sm gam.SubscriberModel, site gam.SiteID) gam.Device {
	b.t.Helper()
	d := must[gam.Device](b.t)(b.orders.AddDevice(b.ctx(), anna, gam.Device{Name: name, Address: "192.0.2.7", SiteID: site}))
	hw, ok := gam.ModelByName(model)
	if !ok {
		b.t.Fatalf("no model %s", model)
	}
	err := b.store.SaveIdentity(b.ctx(), d.ID, gam.Identity{Model: hw.Name, PortCount: hw.Ports, Medium: hw.Medium, SubscriberModel: sm})
	if err != nil {
		b.t.Fatal(err)
	}
	return must[gam.Device](b.t)(b.store.Device(b.ctx(), d.ID))
}

func (b *bundle) copper() gam.Device {
	return b.device("tower", "GAM-12-M", gam.EndpointAware, 0)
}

func (b *bundle) coax() gam.Device { return b.device("coax", "GAM-12-C", gam.EndpointAware, 0) }

func (b *bundle) plan(name string, down, up int) gam.Plan {
	b.t.Helper()
	return must[gam.Plan](b.t)(b.orders.CreatePlan(b.ctx(), anna, gam.Plan{Name: name, DownstreamMbps: &down, UpstreamMbps: &up, OverheadPercent: 7}))
}

func mac(n int) gam.MAC { return gam.MAC{0x00, 0x0e, 0xd8, 0x20, byte(n >> 8), byte(n)} }

func (b *bundle) create(in gam.Subscriber) gam.Subscriber {
	b.t.Helper()
	return must[gam.Subscriber](b.t)(b.orders.CreateSubscriber(b.ctx(), anna, in))
}

// see lets a device have seen endpoints, each on a port.
func (b *bundle) see(d gam.DeviceID, ports map[gam.MAC]int) {
	b.t.Helper()
	var seen []gam.EndpointStatus
	for m, p := range ports {
		seen = append(seen, gam.EndpointStatus{MAC: m, DetectedPort: p, State: gam.EndpointUnknownMAC})
	}
	slices.SortFunc(seen, func(a, c gam.EndpointStatus) int { return strings.Compare(a.MAC.String(), c.MAC.String()) })
	if err := b.store.SaveEndpoints(b.ctx(), d, seen, time.Now()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) rev(d gam.DeviceID) int64 {
	b.t.Helper()
	return must[int64](b.t)(b.store.WantedRev(b.ctx(), d))
}

// quiet empties the queue, so that a test sees what comes next.
func (b *bundle) quiet() {
	b.t.Helper()
	page := must[store.Page[jobs.Info]](b.t)(b.queue.List(b.ctx(), store.ListQuery{Limit: store.MaxLimit, Where: map[string]string{"state": "queued"}}))
	for _, i := range page.Items {
		if _, err := b.queue.Cancel(b.ctx(), i.ID); err != nil {
			b.t.Fatal(err)
		}
	}
}

// waiting is the kinds of job that wait for a device and have not been
// cancelled.
func (b *bundle) waiting(d gam.DeviceID) []string {
	b.t.Helper()
	page := must[store.Page[jobs.Info]](b.t)(b.queue.List(b.ctx(), store.ListQuery{
		Where: map[string]string{"device_id": fmt.Sprint(d), "state": "queued"}}))
	var kinds []string
	for _, i := range page.Items {
		kinds = append(kinds, i.Kind)
	}
	slices.Sort(kinds)
	return kinds
}

// lastAudit is the newest line of the audit trail.
func (b *bundle) lastAudit() store.Audit {
	b.t.Helper()
	page := must[store.Page[store.Audit]](b.t)(b.store.Audits(b.ctx(), store.ListQuery{Limit: 1}))
	if len(page.Items) == 0 {
		b.t.Fatal("the audit trail is empty")
	}
	return page.Items[0]
}

// refused checks that err refuses exactly one field for one reason, and that
// the sentence names what it must.
func (b *bundle) refused(err error, field, code string, names ...string) {
	b.t.Helper()
	bad, ok := asInvalid(err)
	if !ok {
		b.t.Errorf("got %v, want a refusal of %s", err, field)
		return
	}
	if len(bad.Fields) != 1 || bad.Fields[0].Field != field || bad.Fields[0].Code != code {
		b.t.Errorf("got %+v, want %s refused as %s alone", bad.Fields, field, code)
		return
	}
	for _, n := range names {
		if !strings.Contains(bad.Fields[0].Message, n) {
			b.t.Errorf("%q does not name %q", bad.Fields[0].Message, n)
		}
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func ptr[T any](v T) *T { return &v }

func now() time.Time { return time.Now() }
