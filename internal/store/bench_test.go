package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

func bench(b *testing.B, fn func(b *testing.B, st *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { fn(b, storetest.Postgres(b)) })
}

// fleetOf is a device's 384 endpoints with every value that a poll brings.
func fleetOf(device int) []gam.EndpointStatus {
	seen := make([]gam.EndpointStatus, gam.MaxEndpoints)
	for i := range seen {
		n := device*gam.MaxEndpoints + i
		rx, tx, metres := 200+n%1300, 100+n%700, n%300
		seen[i] = gam.EndpointStatus{
			MAC: mac(n), DetectedPort: 1 + i%24, ConfigPort: 1 + i%24, Configured: true, EntryID: i + 1, EntryName: mac(n).Compact(),
			ServiceName: fmt.Sprint("customer ", n), ProfileName: "gold", State: gam.EndpointOK, Model: "G1001-C",
			Detail: &gam.EndpointDetail{
				MAC: mac(n), Alive: true, SerialNumber: fmt.Sprint("SN", n), Firmware: "v7.12", HwProduct: "G1001-C", Uptime: time.Hour,
				Mode: gam.COAX, WireLengthMetres: &metres, PhyRateRxMbps: &rx, PhyRateTxMbps: &tx,
				MaxXputRxMbps: &rx, MaxXputTxMbps: &tx, XputMbps: &tx,
			},
		}
	}
	return seen
}

func BenchmarkSaveEndpoints384(b *testing.B) {
	bench(b, func(b *testing.B, st *store.Store) {
		d := addDevice(b, st, "d")
		seen := fleetOf(0)
		for i := 0; b.Loop(); i++ {
			must(b, st.SaveEndpoints(b.Context(), d.ID, seen, noon.Add(time.Duration(i)*time.Minute)))
		}
	})
}

// The budget is 20 ms at the 99th percentile, see docs/performance.md.
func BenchmarkListEndpoints19200(b *testing.B) {
	bench(b, func(b *testing.B, st *store.Store) {
		ctx := b.Context()
		for i := range 50 {
			d := addDevice(b, st, fmt.Sprint("gam ", i))
			must(b, st.SaveEndpoints(ctx, d.ID, fleetOf(i), noon))
			must(b, st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				for n := range gam.MaxEndpoints {
					s := gam.Subscriber{Name: fmt.Sprint("customer ", n), DeviceID: d.ID, EndpointMAC: mac(i*gam.MaxEndpoints + n), Status: gam.SubActive}
					must(b, tx.AddSubscriber(ctx, &s))
				}
				return nil
			}))
		}
		if st.Dialect() == store.Postgres {
			_, err := st.DB().ExecContext(ctx, "ANALYZE") // as the server does by itself before long
			must(b, err)
		}
		for name, lq := range map[string]store.ListQuery{
			"plain":    {},
			"filtered": {Where: map[string]string{"phy_rate_rx_mbps_max": "500", "state": "ok"}, Sort: "-phy_rate_rx_mbps"},
			"sorted":   {Sort: "subscriber_name"},
			"device":   {Where: map[string]string{"device_id": "7"}, Sort: "port"},
			"words":    {Q: "customer 383"},
		} {
			b.Run(name, func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					start := time.Now()
					p, err := st.Endpoints(ctx, lq)
					must(b, err)
					took = append(took, time.Since(start))
					if len(p.Items) != store.DefaultLimit {
						b.Fatalf("a page of %d", len(p.Items))
					}
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			})
		}
	})
}
