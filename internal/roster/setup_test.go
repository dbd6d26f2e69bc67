package roster

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

const anna = "user:anna"

// bundle is what a test of files needs, fresh.
type bundle struct {
	t      testing.TB
	ctx    context.Context
	store  *store.Store
	queue  *jobs.Queue
	orders *order.Orders
}

// each runs a test on both databases.
func each(t *testing.T, fn func(b *bundle)) {
	storetest.Each(t, func(t *testing.T, st *store.Store) { fn(newBundle(t, st)) })
}

func newBundle(t testing.TB, st *store.Store) *bundle {
	t.Helper()
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
	return &bundle{t, t.Context(), st, q, order.New(st, q)}
}

func (b *bundle) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// device adds a coax GAM with 12 ports, on which no endpoint was seen.
func (b *bundle) device(name string) gam.Device {
	b.t.Helper()
	d, err := b.orders.AddDevice(b.ctx, anna, gam.Device{Name: name, Address: "192.0.2.7"})
	b.must(err)
	b.must(b.store.SaveIdentity(b.ctx, d.ID, gam.Identity{Model: "GAM-12-C", PortCount: 12, Medium: gam.Coax, SubscriberModel: gam.EndpointAware}))
	return d
}

func (b *bundle) plan(name string) gam.Plan {
	b.t.Helper()
	p, err := b.orders.CreatePlan(b.ctx, anna, gam.Plan{Name: name})
	b.must(err)
	return p
}

func (b *bundle) create(s gam.Subscriber) gam.Subscriber {
	b.t.Helper()
	s, err := b.orders.CreateSubscriber(b.ctx, anna, s)
	b.must(err)
	return s
}

func (b *bundle) take(text string, o Options) Result {
	b.t.Helper()
	r, err := Import(b.ctx, b.store, b.orders, anna, []byte(text), o)
	b.must(err)
	return r
}

// want checks the counts, written like "3 lines: 1 created, …", and the faults
// as "line column code".
func (b *bundle) want(r Result, counts string, faults ...string) {
	b.t.Helper()
	if r.text() != counts {
		b.t.Errorf("got %s, want %s", r.text(), counts)
	}
	var got []string
	for _, f := range r.Faults {
		got = append(got, strings.TrimSpace(fmt.Sprint(f.Line, " ", f.Field, " ", f.Code)))
		if f.Message == "" {
			b.t.Errorf("%+v says nothing", f)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(faults) || r.FaultCount != len(faults) {
		b.t.Errorf("%d faults %q, want %q\n%+v", r.FaultCount, got, faults, r.Faults)
	}
}

func (b *bundle) export(lq store.ListQuery) string {
	b.t.Helper()
	e, err := NewExport(b.ctx, b.store, lq)
	b.must(err)
	var out bytes.Buffer
	b.must(e.Write(b.ctx, &out, false, func() {}))
	return out.String()
}

func (b *bundle) all() []gam.Subscriber {
	b.t.Helper()
	p, err := b.store.Subscribers(b.ctx, store.ListQuery{Sort: "id", Limit: store.MaxLimit})
	b.must(err)
	return p.Items
}

// fleet is devices for n subscribers and a file of n lines for them.
func (b *bundle) fleet(n int) string {
	b.t.Helper()
	const perDevice = 190
	b.plan("gold")
	for d := range (n + perDevice - 1) / perDevice {
		b.device(fmt.Sprint("gam ", d))
	}
	var f strings.Builder
	f.WriteString("name,device,port,endpoint_mac,plan\n")
	for i := range n {
		mac := gam.MAC{0x00, 0x0e, 0xd8, byte(i >> 16), byte(i >> 8), byte(i)}
		fmt.Fprintf(&f, "Customer %d,gam %d,%d,%s,gold\n", i, i/perDevice, 1+i%perDevice/16, mac)
	}
	return f.String()
}

// BenchmarkImport measures lines of new subscribers; the figure is per line.
func BenchmarkImport(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		for _, n := range []int{10_000} {
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				w := newBundle(b, open(b))
				text := w.fleet(n)
				for b.Loop() {
					began := time.Now()
					r := w.take(text, Options{DryRun: true})
					if r.Created != n {
						b.Fatalf("%s\n%+v", r.text(), r.Faults[:1])
					}
					b.ReportMetric(float64(time.Since(began).Microseconds())/float64(n), "µs/line")
				}
			})
		}
	}
}
