package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
)

// Devices is what may be asked of a device right now. Every error is a
// *driver.Error or one of gam's sentinels.
type Devices interface {
	TestAccess(ctx context.Context, id gam.DeviceID) ([]driver.Probe, error)
	Reboot(ctx context.Context, id gam.DeviceID) error
	Save(ctx context.Context, id gam.DeviceID) error
	EndpointLinks(ctx context.Context, id gam.DeviceID, mac gam.MAC) ([]gam.EndpointLink, error)
	RebootEndpoint(ctx context.Context, id gam.DeviceID, mac gam.MAC) error
	CyclePoE(ctx context.Context, id gam.DeviceID, mac gam.MAC) error
}

// liveTimeout bounds one request that waits for a device. Rebooting and saving
// take a GAM some seconds, and another call may be ahead of ours.
const liveTimeout = 60 * time.Second

// Probe is the answer of one protocol to "can I come in?".
type Probe struct {
	Protocol string `json:"protocol" enum:"jsonrpc,ssh,snmp"`
	OK       bool   `json:"ok"`
	Detail   string `json:"detail" doc:"what answered, or why not and what to do"`
	Kind     string `json:"kind" doc:"unreachable, refused, busy, unsupported, rejected, garbled; empty when ok"`
	TookMS   int64  `json:"took_ms"`
}

// ApplyInput optionally approves the plan that is carried out.
type ApplyInput struct {
	Approve string `json:"approve,omitempty" maxLength:"128" doc:"fingerprint of the plan as shown by GET plan; needed in mode confirm"`
}

// AdoptInput names unmanaged subscriber entries.
type AdoptInput struct {
	Keys []string `json:"keys,omitempty" nullable:"false" maxItems:"384" doc:"names of subscriber entries as in /unmanaged; none: all of them"`
}

// Adopted tells what an adoption did.
type Adopted struct {
	Adopted int `json:"adopted" doc:"subscriber entries that are ours now"`
}

type adoptedOutput struct{ Body Adopted }

func (s *server) deviceActionRoutes() {
	const base = "/api/v1/devices/{id}"
	add(s, route{method: http.MethodPost, path: base + "/poll", id: "poll-device", access: Technician, tag: "devices", summary: "Read a device now", status: http.StatusAccepted}, s.pollDevice)
	add(s, route{method: http.MethodPost, path: base + "/apply", id: "apply-device", access: Operator, tag: "devices", summary: "Make a device as wanted now",
		doc: "In mode confirm, give the fingerprint of the plan that you approve.", status: http.StatusAccepted}, s.applyDevice)
	add(s, route{method: http.MethodPost, path: base + "/adopt", id: "adopt-device", access: Operator, tag: "devices", summary: "Adopt what is on a device already"}, s.adoptDevice)
	add(s, route{method: http.MethodPost, path: base + "/accept-drift", id: "accept-drift", access: Operator, tag: "devices", summary: "Accept what somebody else changed on a device", status: http.StatusAccepted}, s.acceptDrift)
	add(s, route{method: http.MethodPost, path: base + "/save", id: "save-device", access: Operator, tag: "devices", summary: "Copy the running to the startup configuration", timeout: liveTimeout}, s.saveDevice)
	add(s, route{method: http.MethodPost, path: base + "/reboot", id: "reboot-device", access: Operator, tag: "devices", summary: "Restart a device", status: http.StatusAccepted, timeout: liveTimeout}, s.rebootDevice)
	add(s, route{method: http.MethodGet, path: base + "/test-access", id: "test-access", access: Technician, tag: "devices", summary: "Try each configured protocol", timeout: liveTimeout}, s.testAccess)
}

func (s *server) pollDevice(ctx context.Context, in *idInput) (*queuedOutput, error) {
	if _, err := s.orders.Read(ctx, actor(ctx), gam.DeviceID(in.ID)); err != nil {
		return nil, err
	}
	return queued("the device is read as soon as it is free; watch last_seen_at or the event stream"), nil
}

func (s *server) applyDevice(ctx context.Context, in *struct {
	ID   int64       `path:"id" minimum:"1"`
	Body *ApplyInput `required:"false"`
}) (*queuedOutput, error) {
	id := gam.DeviceID(in.ID)
	var err error
	if in.Body != nil && in.Body.Approve != "" {
		_, err = s.orders.ApprovePlan(ctx, actor(ctx), id, in.Body.Approve)
	} else {
		_, err = s.orders.Apply(ctx, actor(ctx), id)
	}
	if err != nil {
		return nil, err
	}
	return queued("watch the device's sync, its changes, or the event stream"), nil
}

func (s *server) adoptDevice(ctx context.Context, in *struct {
	ID   int64       `path:"id" minimum:"1"`
	Body *AdoptInput `required:"false"`
}) (*adoptedOutput, error) {
	var keys []string
	if in.Body != nil {
		keys = in.Body.Keys
	}
	return s.adopt(ctx, gam.DeviceID(in.ID), keys)
}

func (s *server) acceptDrift(ctx context.Context, in *idInput) (*queuedOutput, error) {
	if err := s.orders.AcceptDrift(ctx, actor(ctx), gam.DeviceID(in.ID)); err != nil {
		return nil, err
	}
	return queued("what stands on the device is taken over"), nil
}

func (s *server) saveDevice(ctx context.Context, in *idInput) (*none, error) {
	return nil, s.live(ctx, in.ID, "device.save", s.devices.Save)
}

func (s *server) rebootDevice(ctx context.Context, in *idInput) (*queuedOutput, error) {
	if err := s.live(ctx, in.ID, "device.reboot", s.devices.Reboot); err != nil {
		return nil, err
	}
	return queued("the device is restarting; it is read again when it answers"), nil
}

func (s *server) testAccess(ctx context.Context, in *idInput) (*listOutput[Probe], error) {
	d, err := s.store.Device(ctx, gam.DeviceID(in.ID))
	if err != nil {
		return nil, err
	}
	probes, err := s.devices.TestAccess(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return all(probes, func(p driver.Probe) Probe {
		return Probe{Protocol: p.Protocol, OK: p.OK, Detail: p.Detail, Kind: string(p.Kind), TookMS: p.Took.Milliseconds()}
	}), nil
}

// live does one thing to a device now and writes down who asked, before it
// happens: an attempt that failed is worth knowing too.
func (s *server) live(ctx context.Context, id int64, action string, do func(context.Context, gam.DeviceID) error) error {
	d, err := s.store.Device(ctx, gam.DeviceID(id))
	if err != nil {
		return err
	}
	if err := s.audit(ctx, action, "device:"+d.Name, ""); err != nil {
		return err
	}
	return do(ctx, d.ID)
}
