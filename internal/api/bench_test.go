package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// A fleet of 50 full coax GAMs: one filtered, sorted page of 50 of 19,200
// endpoints as the UI asks for it, from the request to the last byte.
func BenchmarkListEndpoints(b *testing.B) {
	st := storetest.SQLite(b)
	q, err := jobs.New(st, jobs.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = q.Close() })
	if err := q.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	orders := order.New(st, q)
	for n := range 50 {
		d, err := orders.AddDevice(b.Context(), "bench", gam.Device{Name: "gam-" + id(int64(n)), Address: "192.0.2.1"})
		if err != nil {
			b.Fatal(err)
		}
		eps := make([]gam.EndpointStatus, gam.MaxEndpoints)
		for i := range eps {
			rate := 100 + (i*37+n*11)%1500
			eps[i] = gam.EndpointStatus{
				MAC: gam.MAC{0, 0x0e, 0xd8, byte(n), byte(i >> 8), byte(i)}, DetectedPort: i/16%24 + 1, State: gam.EndpointOK,
				Detail: &gam.EndpointDetail{Alive: true, PhyRateRxMbps: &rate, PhyRateTxMbps: &rate},
			}
		}
		if err := st.SaveEndpoints(b.Context(), d.ID, eps, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
	text, hash := NewToken()
	if err := st.AddToken(b.Context(), &store.Token{Name: "bench", Role: store.Viewer, Hash: hash}); err != nil {
		b.Fatal(err)
	}
	h := New(Options{Store: st, Queue: q, Orders: orders, Engine: &fakeEngine{}, Devices: &fakeDevices{}})
	for b.Loop() {
		r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v1/endpoints?state=ok&phy_rate_rx_mbps_max=900&sort=-phy_rate_rx_mbps&limit=50", nil)
		r.Header.Set("Authorization", "Bearer "+text.Reveal())
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if n, err := io.Copy(io.Discard, w.Result().Body); w.Code != http.StatusOK || n < 10_000 || err != nil {
			b.Fatalf("%d, %d bytes, %v", w.Code, n, err)
		}
	}
}
