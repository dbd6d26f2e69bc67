package jobs

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// BenchmarkOrderToStart measures from an order's transaction to the start of
// its handler, the queue's share of "webhook received to configuration saved
// under 100 ms".
func BenchmarkOrderToStart(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{
		"sqlite":   storetest.SQLite,
		"postgres": storetest.Postgres,
	} {
		b.Run(name, func(b *testing.B) {
			st := open(b)
			q, start := newQueue(b, st)
			started := make(chan time.Time, 1)
			Handle(q, func(context.Context, *Run[ReadDevice]) error {
				started <- time.Now()
				return nil
			})
			start()
			var took []time.Duration
			var n gam.DeviceID
			for b.Loop() {
				n++
				from := time.Now()
				if err := q.AddNow(b.Context(), ReadDevice{DeviceID: n}); err != nil {
					b.Fatal(err)
				}
				took = append(took, receive(b, started, "the run").Sub(from))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}

// BenchmarkBurst measures 200 orders for 200 devices that eight people give
// at the same time, to the start of the last handler.
func BenchmarkBurst(b *testing.B) {
	const orders, people = 200, 8
	for name, open := range map[string]func(testing.TB) *store.Store{
		"sqlite":   storetest.SQLite,
		"postgres": storetest.Postgres,
	} {
		b.Run(name, func(b *testing.B) {
			q, start := newQueue(b, open(b))
			started := make(chan struct{}, orders)
			Handle(q, func(context.Context, *Run[ReadDevice]) error {
				started <- struct{}{}
				return nil
			})
			start()
			for b.Loop() {
				var wg sync.WaitGroup
				for p := range people {
					wg.Go(func() {
						for i := p; i < orders; i += people {
							if err := q.AddNow(b.Context(), ReadDevice{DeviceID: gam.DeviceID(i + 1)}); err != nil {
								b.Error(err)
							}
						}
					})
				}
				for range orders {
					receive(b, started, "a run")
				}
				wg.Wait()
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*orders), "ms/order")
		})
	}
}
