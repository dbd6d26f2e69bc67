package positron

import (
	"context"
	"errors"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// Reboot implements driver.Rebooter. A device that goes down before it has
// answered has done what was asked.
func (d *Driver) Reboot(ctx context.Context) error {
	const op = "restart the device"
	release, err := d.hold(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	how := object{"Type": "coldReboot"}
	err = d.tell(ctx, op, groupReboot+".set", 1, how)
	if codeOf(err) == jsonrpc.CodeInvalidParams {
		err = d.tell(ctx, op, groupReboot+".set", how) // some tables of one row have no key
	}
	if lostAnswer(err) {
		return nil
	}
	return err
}

// RebootEndpoint implements driver.EndpointController.
func (d *Driver) RebootEndpoint(ctx context.Context, mac gam.MAC) error {
	return d.act(ctx, "restart endpoint "+mac.String(), mac, groupSystemByID, groupSystemByMAC,
		object{"Reboot": true, "StartFwUpgrade": false})
}

// UpgradeEndpoint implements driver.EndpointController.
func (d *Driver) UpgradeEndpoint(ctx context.Context, mac gam.MAC) error {
	return d.act(ctx, "upgrade endpoint "+mac.String(), mac, groupSystemByID, groupSystemByMAC,
		object{"Reboot": false, "StartFwUpgrade": true})
}

// CyclePoE implements driver.EndpointController.
func (d *Driver) CyclePoE(ctx context.Context, mac gam.MAC) error {
	return d.act(ctx, "power-cycle what endpoint "+mac.String()+" feeds", mac, groupPoEByID, groupPoEByMAC,
		object{"CyclePower": true})
}

// act does something to one endpoint: by id where it is configured, by MAC
// where it is not or where the firmware has no other way.
func (d *Driver) act(ctx context.Context, op string, mac gam.MAC, byID, byMAC string, what object) error {
	release, err := d.hold(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	id, err := d.endpointID(ctx, op, mac)
	if err != nil {
		return err
	}
	if id != 0 {
		err = d.tell(ctx, op, byID+".set", id, what)
		if driver.KindOf(err) != driver.Unsupported {
			return err
		}
	}
	return d.tell(ctx, op, byMAC+".set", mac.String(), what)
}

// endpointID is the number of a configured endpoint, 0 for one that is merely
// plugged in.
func (d *Driver) endpointID(ctx context.Context, op string, mac gam.MAC) (int, error) {
	all, err := d.briefs(ctx, op, mac)
	if err != nil {
		return 0, err
	}
	for _, r := range all {
		if briefMAC(r) == mac {
			return r.val.ConfEndpointId.count(), nil
		}
	}
	return 0, d.noEndpoint(op)
}

// TestAccess implements driver.Prober with the cheapest documented question.
func (d *Driver) TestAccess(ctx context.Context) []driver.Probe {
	p := driver.Probe{Protocol: string(gam.ViaJSONRPC)}
	start := time.Now()
	g, told, err := d.global(ctx)
	var subscribers []userConfig
	if err == nil && !told {
		subscribers, err = d.anyGAM(ctx)
	}
	p.Took = time.Since(start)
	if err != nil {
		p.Kind, p.Detail = driver.KindOf(err), words(err)
		return []driver.Probe{p}
	}
	p.OK, p.Detail = true, "a GAM answers"
	switch modelOf(g, subscribers) {
	case gam.EndpointAware:
		p.Detail += ", endpoint-aware"
	case gam.PortAware:
		p.Detail += ", port-aware"
	}
	return []driver.Probe{p}
}

// words is an error's text and remedy without the device and the operation,
// which the asker knows.
func words(err error) string {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	if e.Remedy == "" {
		return e.Text
	}
	return e.Text + "; " + e.Remedy
}
