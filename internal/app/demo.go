package app

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/store"
)

// DemoUser is who signs in to a demonstration.
const DemoUser = adminName

// demoActor signs what the demonstration sets up.
const demoActor = "demo"

// DemoOptions describe the simulated surroundings.
type DemoOptions struct {
	Devices          int
	EndpointsPerPort int
	Seed             uint64
	Control          string // address of the fleet's control API; "" = none
}

// Demo is the product with a simulated fleet in the same process.
type Demo struct {
	*App
	fleet    *sim.Fleet
	password gam.Secret
}

// Times of the simulated devices: quick enough to play with, slow enough to
// see progress.
const (
	demoLatency  = 4 * time.Millisecond
	demoJitter   = 8 * time.Millisecond
	demoSave     = 200 * time.Millisecond
	demoReboot   = 15 * time.Second
	demoPassword = "gam-demo-device" // of the simulated devices only
)

// NewDemo prepares the product and its surroundings; nothing runs before
// Start.
func NewDemo(ctx context.Context, o Options, d DemoOptions) (*Demo, error) {
	if d.Devices < 1 || d.Devices > 100 {
		return nil, fmt.Errorf("--devices %d: want 1 to 100", d.Devices)
	}
	if d.EndpointsPerPort < 1 || d.EndpointsPerPort > gam.MaxEndpointsCoax {
		return nil, fmt.Errorf("--endpoints-per-port %d: want 1 to %d", d.EndpointsPerPort, gam.MaxEndpointsCoax)
	}
	password := o.AdminPassword
	if password.Empty() {
		var b [10]byte
		_, _ = rand.Read(b[:]) // never fails; it would end the program instead
		password = gam.NewSecret(strings.ToLower(base32.StdEncoding.EncodeToString(b[:])))
		o.AdminPassword = password
	}
	a, err := New(ctx, o)
	if err != nil {
		return nil, err
	}
	demo := &Demo{App: a, password: password, fleet: sim.NewFleet(sim.FleetOptions{
		Devices: d.Devices, EndpointsPerPort: d.EndpointsPerPort, Seed: d.Seed, Control: d.Control,
		Username: "admin", Password: demoPassword,
		Latency: demoLatency, Jitter: demoJitter, SaveTime: demoSave, RebootTime: demoReboot, EndpointReboot: demoReboot,
	})}
	// A kept data folder has its admin from before: the printed password must
	// be right all the same.
	acc := &LocalAccounts{st: a.store}
	if err := acc.SetPassword(ctx, DemoUser, password); err != nil {
		return nil, errors.Join(err, a.Stop(ctx))
	}
	return demo, nil
}

// Password signs DemoUser in.
func (d *Demo) Password() string { return d.password.Reveal() }

// Start puts the simulated devices on the network and starts the product;
// orders for them follow in the background.
func (d *Demo) Start(ctx context.Context) error {
	if err := d.fleet.Start(ctx); err != nil {
		return err
	}
	d.undo.add("simulated fleet", func(context.Context) error { d.fleet.Stop(); return nil })
	if err := d.App.Start(ctx); err != nil {
		return err
	}
	sctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	over := make(chan struct{})
	go func() {
		defer close(over)
		if err := d.seed(sctx); err != nil && sctx.Err() == nil {
			d.log.ErrorContext(sctx, "demo: set up the simulated network", "err", err)
		}
	}()
	d.undo.add("demo set-up", func(context.Context) error { cancel(); <-over; return nil })
	return nil
}

// demoPlans are what the invented provider sells.
var demoPlans = []gam.Plan{
	{Name: "Basic 50", Description: "50/10 for light use", DownstreamMbps: mbps(50), UpstreamMbps: mbps(10), OverheadPercent: gam.DefaultOverheadPercent},
	{Name: "Family 150", Description: "150/30", DownstreamMbps: mbps(150), UpstreamMbps: mbps(30), OverheadPercent: gam.DefaultOverheadPercent},
	{Name: "Stream 500", Description: "500/100", DownstreamMbps: mbps(500), UpstreamMbps: mbps(100), OverheadPercent: gam.DefaultOverheadPercent},
	{Name: "Gigabit", Description: "as fast as the wire allows"},
}

func mbps(v int) *int { return &v }

// seed makes the devices known, waits until they are read, and orders service
// for most of the units. It may be cut off at any point and repeated: what
// exists is left as it is.
func (d *Demo) seed(ctx context.Context) error {
	plans, err := d.seedPlans(ctx)
	if err != nil {
		return err
	}
	for _, m := range d.fleet.Devices() {
		dev, fresh, err := d.seedDevice(ctx, m)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		if err := d.awaitEndpoints(ctx, dev.ID); err != nil {
			return err
		}
		if err := d.seedSubscribers(ctx, dev, m, plans); err != nil {
			return err
		}
	}
	return nil
}

func (d *Demo) seedPlans(ctx context.Context) ([]gam.Plan, error) {
	have, err := d.store.AllPlans(ctx)
	if err != nil || len(have) > 0 {
		return have, err
	}
	var plans []gam.Plan
	for _, p := range demoPlans {
		p, err := d.orders.CreatePlan(ctx, demoActor, p)
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	return plans, nil
}

// seedDevice adds one simulated device with its building, or follows it to
// its new port when a kept data folder knows it already.
func (d *Demo) seedDevice(ctx context.Context, m sim.Member) (dev gam.Device, fresh bool, err error) {
	username, password := m.Credentials()
	access := gam.Access{JSONRPC: gam.JSONRPCAccess{Username: username, Password: gam.NewSecret(password)}, ProvisionVia: gam.ViaAuto, MonitorVia: gam.ViaAuto}
	page, err := d.store.Devices(ctx, store.ListQuery{Where: map[string]string{"name": m.Building.DeviceName}})
	if err != nil {
		return dev, false, err
	}
	if len(page.Items) > 0 {
		dev = page.Items[0]
		dev, err = d.orders.UpdateDevice(ctx, demoActor, dev.ID, order.DevicePatch{Address: &m.Address, Access: &access})
		return dev, false, err
	}
	site := gam.Site{Name: m.Building.Name, Address: m.Building.Address(), CreatedAt: time.Now().UTC()}
	if err := d.store.AddSite(ctx, &site); err != nil && !errors.Is(err, gam.ErrConflict) {
		return dev, false, err
	}
	dev, err = d.orders.AddDevice(ctx, demoActor, gam.Device{
		Name: m.Building.DeviceName, SiteID: site.ID, Address: m.Address, Mode: gam.ModeManage, Access: access,
	})
	return dev, true, err
}

// demoLook is how often the set-up looks whether a device has been read.
const demoLook = 200 * time.Millisecond

func (d *Demo) awaitEndpoints(ctx context.Context, id gam.DeviceID) error {
	tick := time.NewTicker(demoLook)
	defer tick.Stop()
	for {
		eps, err := d.store.EndpointsOf(ctx, id)
		if err != nil {
			return err
		}
		if len(eps) > 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// leaveEvery is the share of units that nobody has ordered for yet, so that
// there is something to set up.
const leaveEvery = 5

// seedSubscribers orders service for the units whose endpoint was seen and is
// not configured by somebody else.
func (d *Demo) seedSubscribers(ctx context.Context, dev gam.Device, m sim.Member, plans []gam.Plan) error {
	eps, err := d.store.EndpointsOf(ctx, dev.ID)
	if err != nil {
		return err
	}
	free := map[gam.MAC]bool{}
	for _, e := range eps {
		free[e.MAC] = !e.Configured && e.State == gam.EndpointUnknownMAC
	}
	for i, u := range m.Units {
		if !free[u.MAC] || i%leaveEvery == leaveEvery-1 {
			continue
		}
		_, err := d.orders.CreateSubscriber(ctx, demoActor, gam.Subscriber{
			Name: u.Customer, Description: "unit " + u.Number, DeviceID: dev.ID, EndpointMAC: u.MAC,
			PlanID: plans[i%len(plans)].ID, Tagging: gam.Untagged, Status: gam.SubActive,
		})
		var invalid *gam.Invalid
		if err != nil && !errors.As(err, &invalid) && !errors.Is(err, gam.ErrConflict) {
			return err
		}
	}
	return nil
}
