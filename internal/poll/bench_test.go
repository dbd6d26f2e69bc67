package poll_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/poll"
	"github.com/opengam/opengam/internal/store/storetest"
)

// BenchmarkReading384 is one reading of a full GAM without the device's share:
// 384 endpoints whose rates have moved, and 27 ports, into the store. What
// reading them off the wire costs is BenchmarkPoll384 of the driver.
func BenchmarkReading384(b *testing.B) {
	st := storetest.SQLite(b)
	d := gam.Device{Name: "gam", Address: "192.0.2.1", Mode: gam.ModeManage}
	if err := st.AddDevice(b.Context(), &d); err != nil {
		b.Fatal(err)
	}
	var ports []gam.PortStatus
	for n := 1; n <= 24; n++ {
		ports = append(ports, gam.PortStatus{Kind: gam.PortGhn, Number: n, Type: gam.COAX, Up: true, SpeedMbps: 2500})
	}
	eps := make([]gam.EndpointStatus, gam.MaxEndpoints)
	reading := 0
	fake := &driver.Fake{
		OnUptime: func(context.Context) (time.Duration, error) { return time.Hour, nil },
		OnIdentify: func(context.Context) (gam.Identity, error) {
			return gam.Identity{Model: "GAM-24-C", PortCount: 24, Medium: gam.Coax, SerialNumber: "0101"}, nil
		},
		OnConfig: func(context.Context) (gam.Config, error) { return gam.Config{SubscriberModel: gam.EndpointAware}, nil },
		OnPorts:  func(context.Context) ([]gam.PortStatus, error) { return ports, nil },
		OnEndpoints: func(context.Context) ([]gam.EndpointStatus, error) {
			reading++
			for i := range eps {
				rx, tx := 1200+(i+reading)%200, 1100+(i+reading)%200
				mac := gam.MAC{0x00, 0x0E, 0xD8, 0x20, byte(i >> 8), byte(i)}
				eps[i] = gam.EndpointStatus{
					MAC: mac, DetectedPort: i/16 + 1, State: gam.EndpointUnknownMAC, Model: "G1001-C",
					Detail: &gam.EndpointDetail{MAC: mac, Alive: true, Firmware: "1.8.2", SerialNumber: fmt.Sprint(i), PhyRateRxMbps: &rx, PhyRateTxMbps: &tx},
				}
			}
			return eps, nil
		},
	}
	e := poll.New(poll.Options{
		Store: st, Queue: &queue{}, Log: slog.New(slog.DiscardHandler),
		Open: opener(func(context.Context, gam.Device) (driver.Driver, error) { return fake, nil }),
	})
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Device(b.Context(), d.ID); err != nil {
			b.Fatal(err)
		}
	}
}

type opener func(context.Context, gam.Device) (driver.Driver, error)

func (o opener) Open(ctx context.Context, d gam.Device) (driver.Driver, error) { return o(ctx, d) }
