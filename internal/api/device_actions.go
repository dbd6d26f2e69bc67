package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
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
	// Endpoint reads one endpoint now.
	Endpoint(ctx context.Context, id gam.DeviceID, mac gam.MAC) (gam.EndpointStatus, error)
	UpgradeEndpoint(ctx context.Context, id gam.DeviceID, mac gam.MAC) error
	// SetPort changes a G.hn port, saves it and writes the journal; who is the
	// journal's actor.
	SetPort(ctx context.Context, id gam.DeviceID, n int, c gam.PortChange, who string) error
	ResetPortCounters(ctx context.Context, id gam.DeviceID, n int) error
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
	Fingerprint string `json:"fingerprint,omitempty" maxLength:"128" doc:"of the plan that you have looked at (GET plan); approves it, which mode confirm needs"`
}

// AdoptInput names unmanaged subscriber entries.
type AdoptInput struct {
	Names []string `json:"names,omitempty" nullable:"false" maxItems:"384" doc:"of subscriber entries on the device, as in /unmanaged; none: all of them"`
	All   bool     `json:"all,omitempty" doc:"all of them, whatever names says"`
}

// Adopted is what became of one entry that was to be adopted.
type Adopted struct {
	Name         string `json:"name" doc:"of the entry on the device"`
	SubscriberID *int64 `json:"subscriber_id" doc:"null when it was not adopted"`
	PlanID       *int64 `json:"plan_id"`
	Error        string `json:"error" doc:"why it was not adopted"`
}

// AcceptedDrift is what became of one entry that somebody else had changed.
type AcceptedDrift struct {
	Kind         string   `json:"kind" enum:"profile,endpoint,subscriber"`
	Key          string   `json:"key" doc:"the entry as we knew it"`
	SubscriberID *int64   `json:"subscriber_id"`
	Changed      []string `json:"changed" nullable:"false" doc:"fields of the order that took over what was found"`
	Error        string   `json:"error" doc:"why it could not be accepted"`
}

func (s *server) deviceActionRoutes() {
	const base = "/api/v1/devices/{id}"
	add(s, route{method: http.MethodPost, path: base + "/poll", id: "poll-device", access: Technician, tag: "devices", summary: "Read a device now", status: http.StatusAccepted}, s.pollDevice)
	add(s, route{method: http.MethodPost, path: base + "/apply", id: "apply-device", access: Operator, tag: "devices", summary: "Make a device as wanted now",
		doc: "In mode confirm, give the fingerprint of the plan that you approve.", status: http.StatusAccepted}, s.applyDevice)
	add(s, route{method: http.MethodPost, path: base + "/adopt", id: "adopt-device", access: Operator, tag: "devices", summary: "Adopt what is on a device already",
		doc: "Each subscriber entry becomes a subscriber that wants exactly what stands there. One that cannot be adopted holds up no other."}, s.adoptDevice)
	add(s, route{method: http.MethodPost, path: base + "/accept-drift", id: "accept-drift", access: Operator, tag: "devices", summary: "Accept what somebody else changed on a device",
		doc: "Orders take over what was found. An entry that somebody removed cannot be accepted that way."}, s.acceptDrift)
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
	if in.Body != nil && in.Body.Fingerprint != "" {
		if err := s.stillPlanned(ctx, id, in.Body.Fingerprint); err != nil {
			return nil, err
		}
		_, err = s.orders.ApprovePlan(ctx, actor(ctx), id, in.Body.Fingerprint)
	} else {
		_, err = s.orders.Apply(ctx, actor(ctx), id)
	}
	if err != nil {
		return nil, err
	}
	return queued("watch the device's sync, its changes, or the event stream"), nil
}

// stillPlanned refuses to approve, in mode confirm, what is not the plan any
// more: it would wait for ever. A device that cannot be asked may be approved
// all the same, since only exactly these steps would be carried out.
func (s *server) stillPlanned(ctx context.Context, id gam.DeviceID, fingerprint string) error {
	d, err := s.store.Device(ctx, id)
	if err != nil || d.Mode != gam.ModeConfirm {
		return err
	}
	p, err := s.engine.Preview(ctx, id)
	if err != nil || p.Fingerprint() == fingerprint {
		return err
	}
	if p, err = s.engine.PreviewFresh(ctx, id); err == nil && p.Fingerprint() != fingerprint {
		return problem(http.StatusConflict, "plan_changed", "the plan of "+d.Name+" has changed since you looked at it; look at the new one and approve that")
	}
	return nil
}

func (s *server) adoptDevice(ctx context.Context, in *struct {
	ID   int64       `path:"id" minimum:"1"`
	Body *AdoptInput `required:"false"`
}) (*listOutput[Adopted], error) {
	var b AdoptInput
	if in.Body != nil {
		b = *in.Body
	}
	return s.adopt(ctx, gam.DeviceID(in.ID), b)
}

func (s *server) adopt(ctx context.Context, id gam.DeviceID, in AdoptInput) (*listOutput[Adopted], error) {
	names := in.Names
	if in.All {
		names = nil
	}
	done, err := s.orders.Adopt(ctx, actor(ctx), id, names...)
	if err != nil {
		return nil, err
	}
	return all(done, func(a order.Adopted) Adopted {
		return Adopted{Name: a.Key, SubscriberID: orNull(int64(a.SubscriberID)), PlanID: orNull(int64(a.PlanID)), Error: reason(a.Err)}
	}), nil
}

func (s *server) acceptDrift(ctx context.Context, in *idInput) (*listOutput[AcceptedDrift], error) {
	done, err := s.orders.AcceptDrift(ctx, actor(ctx), gam.DeviceID(in.ID))
	if err != nil {
		return nil, err
	}
	return all(done, func(a order.Accepted) AcceptedDrift {
		return AcceptedDrift{Kind: string(a.Kind), Key: a.Key, SubscriberID: orNull(int64(a.SubscriberID)), Changed: notNil(a.Changed), Error: reason(a.Err)}
	}), nil
}

// reason is why one entry of several was left out, "" for none.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return asProblem(err).Detail
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
	if err := s.audit(ctx, action, object("device", d.ID, d.Name), ""); err != nil {
		return err
	}
	return do(ctx, d.ID)
}
