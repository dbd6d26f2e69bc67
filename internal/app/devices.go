package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// devices opens drivers for the engines and carries out what a person asks of
// a device directly. All share one driver per device, so that calls to a
// device never overlap.
type devices struct {
	store    *store.Store
	sessions *driver.Sessions
	log      *slog.Logger
}

// Open gives the device's driver.
func (d *devices) Open(ctx context.Context, dev gam.Device) (driver.Driver, error) {
	set, _, err := d.store.Settings(ctx)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dev.Name, err)
	}
	return d.sessions.For(driver.Target{
		ID: dev.ID, Name: dev.Name, Address: dev.Address, Access: dev.Access,
		CallTimeout: time.Duration(set.DeviceDeadlineSec) * time.Second,
		OnPin: func(pin string) {
			// The pin must be kept even when the request that met the
			// certificate is given up.
			if err := d.store.PinCertificate(context.WithoutCancel(ctx), dev.ID, pin); err != nil {
				d.log.ErrorContext(ctx, "keep the certificate's pin", "device", dev, "err", err)
			}
		},
	})
}

// ability opens the device and asks for an ability of its driver.
func ability[A any](ctx context.Context, d *devices, id gam.DeviceID, what string) (a A, dev gam.Device, err error) {
	if dev, err = d.store.Device(ctx, id); err != nil {
		return a, dev, err
	}
	drv, err := d.Open(ctx, dev)
	if err != nil {
		return a, dev, err
	}
	a, ok := drv.(A)
	if !ok {
		return a, dev, &driver.Error{Kind: driver.Unsupported, Device: dev.Name, Op: what, Text: "this kind of device cannot do that"}
	}
	return a, dev, nil
}

// TestAccess tries each configured protocol.
func (d *devices) TestAccess(ctx context.Context, id gam.DeviceID) ([]driver.Probe, error) {
	p, _, err := ability[driver.Prober](ctx, d, id, "test access")
	if err != nil {
		return nil, err
	}
	return p.TestAccess(ctx), nil
}

// Reboot restarts the device.
func (d *devices) Reboot(ctx context.Context, id gam.DeviceID) error {
	r, _, err := ability[driver.Rebooter](ctx, d, id, "reboot")
	if err != nil {
		return err
	}
	return r.Reboot(ctx)
}

// saveLease outlasts a save that a person asked for; it is given back at the
// end.
const saveLease = 2 * time.Minute

// Save copies the running configuration to the startup one. That everything is
// saved is noted only when no pass was writing meanwhile: what it wrote after
// the copy, it saves itself.
func (d *devices) Save(ctx context.Context, id gam.DeviceID) error {
	p, dev, err := ability[driver.Provisioner](ctx, d, id, "save")
	if err != nil {
		return err
	}
	if dev.Mode == gam.ModeWatch {
		return fmt.Errorf("save %s: %w: the device is in mode watch, which never writes; change the mode first", dev.Name, gam.ErrConflict)
	}
	free, alone, err := d.alone(ctx, dev, "save", saveLease, 0)
	if err != nil {
		return err
	}
	if alone {
		defer free()
	}
	if err := p.Save(ctx); err != nil || !alone {
		return err
	}
	return d.store.SetUnsaved(ctx, id, false)
}

// EndpointLinks reads the Ethernet ports of one endpoint.
func (d *devices) EndpointLinks(ctx context.Context, id gam.DeviceID, mac gam.MAC) ([]gam.EndpointLink, error) {
	m, _, err := ability[driver.Monitor](ctx, d, id, "read endpoint links")
	if err != nil {
		return nil, err
	}
	return m.EndpointLinks(ctx, mac)
}

// RebootEndpoint restarts one endpoint.
func (d *devices) RebootEndpoint(ctx context.Context, id gam.DeviceID, mac gam.MAC) error {
	c, _, err := ability[driver.EndpointController](ctx, d, id, "reboot endpoint")
	if err != nil {
		return err
	}
	return c.RebootEndpoint(ctx, mac)
}

// CyclePoE takes an endpoint's power output away and gives it back.
func (d *devices) CyclePoE(ctx context.Context, id gam.DeviceID, mac gam.MAC) error {
	c, _, err := ability[driver.EndpointController](ctx, d, id, "cycle PoE")
	if err != nil {
		return err
	}
	return c.CyclePoE(ctx, mac)
}

// Endpoint reads one endpoint now.
func (d *devices) Endpoint(ctx context.Context, id gam.DeviceID, mac gam.MAC) (gam.EndpointStatus, error) {
	r, _, err := ability[driver.EndpointReader](ctx, d, id, "read endpoint")
	if err != nil {
		return gam.EndpointStatus{}, err
	}
	return r.Endpoint(ctx, mac)
}

// UpgradeEndpoint starts the upgrade of an endpoint's firmware.
func (d *devices) UpgradeEndpoint(ctx context.Context, id gam.DeviceID, mac gam.MAC) error {
	c, _, err := ability[driver.EndpointController](ctx, d, id, "upgrade endpoint")
	if err != nil {
		return err
	}
	return c.UpgradeEndpoint(ctx, mac)
}
