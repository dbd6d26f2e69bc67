package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// scrapeLimit bounds the questions to the database of one scrape.
const scrapeLimit = 5 * time.Second

// metrics serves OpenGAM's own figures for Prometheus. Nothing in them names
// a customer.
func (a *App) metrics() http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&fleetCollector{store: a.store},
	)
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "opengam_build_info", Help: "Always 1; the labels tell the build.",
		ConstLabels: prometheus.Labels{"version": a.o.Version.Version, "commit": a.o.Version.Commit},
	})
	build.Set(1)
	reg.MustRegister(build)
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{})
}

var (
	descDevices = prometheus.NewDesc("opengam_devices", "Devices by status.", []string{"status"}, nil)
	descSync    = prometheus.NewDesc("opengam_devices_sync", "Devices by how they stand between wanted and observed.", []string{"state"}, nil)
)

// fleetCollector counts when it is asked, so that nothing has to be kept up
// to date.
type fleetCollector struct{ store *store.Store }

func (c *fleetCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- descDevices
	ch <- descSync
}

func (c *fleetCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	count := func(desc *prometheus.Desc, field, value string) {
		page, err := c.store.Devices(ctx, store.ListQuery{Where: map[string]string{field: value}, Limit: 1})
		if err != nil {
			ch <- prometheus.NewInvalidMetric(desc, err)
			return
		}
		ch <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(page.Total), value)
	}
	for _, s := range []gam.Status{gam.StatusOnline, gam.StatusDegraded, gam.StatusOffline, gam.StatusUnknown} {
		count(descDevices, "status", string(s))
	}
	for _, s := range []gam.SyncPhase{gam.SyncInSync, gam.SyncPending, gam.SyncDrifted, gam.SyncFailed, gam.SyncStuck} {
		count(descSync, "sync_state", string(s))
	}
}
