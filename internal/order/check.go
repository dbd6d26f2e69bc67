package order

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// maxNotes is the longest free note kept, in bytes.
const maxNotes = 4000

// tidy makes text storable and fills what an order may leave out.
func tidy(s *gam.Subscriber) {
	s.Name = gam.Clean(s.Name, maxNotes) // too long is refused, not cut
	s.Description = gam.Clean(s.Description, maxNotes)
	s.Notes = gam.Clean(s.Notes, maxNotes)
	if s.Tagging == "" {
		s.Tagging = gam.Untagged
	}
}

// complete checks a wanted subscriber in every respect and fills in what the
// order leaves open: the device where the endpoint was seen, the status, the
// VLAN, the name on the device. old is the subscriber before, nil for a new
// one.
func (w *order) complete(ctx context.Context, s *gam.Subscriber, old *gam.Subscriber) error {
	tidy(s)
	if err := w.locate(ctx, s); err != nil {
		return err
	}
	var bad refusals

	var device gam.Device
	if s.DeviceID != 0 {
		d, err := w.Device(ctx, s.DeviceID)
		switch {
		case errors.Is(err, gam.ErrNotFound):
			bad.add("device_id", "device_unknown", "there is no device %d", s.DeviceID)
		case err != nil:
			return err
		}
		device = d
	}
	if s.PlanID != 0 {
		_, err := w.Plan(ctx, s.PlanID)
		switch {
		case errors.Is(err, gam.ErrNotFound):
			bad.add("plan_id", "plan_unknown", "there is no plan %d", s.PlanID)
		case err != nil:
			return err
		}
	}
	settleStatus(s, device)

	if err := bad.check(s.Validate(w.settings.SubscriberVLANs)); err != nil {
		return err
	}
	bad.drop(func(f gam.FieldError) bool { return tolerated(f, *s, old) })
	if device.ID != 0 {
		if err := bad.check(s.CheckOn(device)); err != nil {
			return err
		}
		if err := w.checkRoom(ctx, &bad, *s, device); err != nil {
			return err
		}
	}
	if err := w.checkEndpoint(ctx, &bad, *s); err != nil {
		return err
	}
	if device.ID != 0 && s.DeviceName != "" && (old == nil || old.DeviceName != s.DeviceName) {
		holder, err := w.nameHolder(ctx, device, s.DeviceName, s.ID)
		if err != nil {
			return err
		}
		if holder != "" {
			bad.add("device_name", "device_name_taken", "the name %q on %s belongs to %s; choose another", s.DeviceName, device.Name, holder)
		}
	}
	if device.ID != 0 {
		if err := bad.check(w.allocateFor(ctx, s, old, device)); err != nil {
			return err
		}
	}
	if s.Port2VLANID != 0 && s.Port2VLANID == s.VLANID && !has(bad, "port2_vlan_id") {
		bad.add("port2_vlan_id", "port2_vlan_same", "port 2 of the endpoint needs another VLAN than port 1 (both are %d)", s.VLANID)
	}
	return bad.Err()
}

// allocateFor gives out a VLAN; old tells whether the subscriber comes from
// where other VLANs are free.
func (w *order) allocateFor(ctx context.Context, s, old *gam.Subscriber, device gam.Device) error {
	moved := false
	if old != nil && old.DeviceID != 0 && old.DeviceID != device.ID {
		before, err := w.Device(ctx, old.DeviceID)
		if err != nil && !errors.Is(err, gam.ErrNotFound) {
			return err
		}
		moved = before.SiteID != device.SiteID || device.SiteID == 0
	}
	return w.allocate(ctx, s, device, moved)
}

func has(bad refusals, field string) bool {
	for _, f := range bad.Fields {
		if f.Field == field {
			return true
		}
	}
	return false
}

// tolerated reports whether a refusal is about a value that was there before:
// what was adopted outside the operator's range, or ordered before the range
// was narrowed, stays and does not stop other changes.
func tolerated(f gam.FieldError, s gam.Subscriber, old *gam.Subscriber) bool {
	if old == nil || f.Code != "vlan_outside_operator_range" && f.Code != "vlan_management" {
		return false
	}
	switch f.Field {
	case "vlan_id":
		return s.VLANID == old.VLANID
	case "port2_vlan_id":
		return s.Port2VLANID == old.Port2VLANID
	}
	return false
}

// locate fills in where the endpoint was seen: its device when none is given
// and, on a port-aware device, its port.
func (w *order) locate(ctx context.Context, s *gam.Subscriber) error {
	if s.EndpointMAC.IsZero() || s.DeviceID != 0 && s.Port != 0 {
		return nil
	}
	seen, err := w.Endpoint(ctx, s.EndpointMAC)
	if errors.Is(err, gam.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.DeviceID == 0 {
		s.DeviceID = seen.DeviceID
	}
	if s.Port != 0 || s.DeviceID != seen.DeviceID {
		return nil
	}
	d, err := w.Device(ctx, s.DeviceID)
	if err != nil {
		return err
	}
	if d.SubscriberModel == gam.PortAware {
		s.Port = seen.Port()
	}
	return nil
}

// settleStatus makes an order active when enough is known to serve it, and
// pending when not. Suspended and ended are people's decisions and stay.
func settleStatus(s *gam.Subscriber, d gam.Device) {
	switch s.Status {
	case gam.SubSuspended, gam.SubEnded:
		return
	}
	s.Status = gam.SubPending
	if d.ID != 0 && s.Placed(d.SubscriberModel) {
		s.Status = gam.SubActive
	}
}

// checkEndpoint refuses an endpoint or, on a port-aware device, a port that
// another subscriber has.
func (w *order) checkEndpoint(ctx context.Context, bad *refusals, s gam.Subscriber) error {
	if !s.EndpointMAC.IsZero() {
		if s.EndpointMAC[0]&1 != 0 {
			bad.add("endpoint_mac", "not_an_endpoint", "%s is a group address; give the endpoint's own address, as on its label", s.EndpointMAC)
		}
		other, err := w.SubscriberOnEndpoint(ctx, s.EndpointMAC)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		if err == nil && other.ID != s.ID {
			bad.add("endpoint_mac", "endpoint_in_use", "endpoint %s serves %s (subscriber %d); end or move that one first, or swap the two", s.EndpointMAC, other.Name, other.ID)
		}
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, gam.ErrNotFound) {
		return nil
	}
	return err
}

// checkRoom refuses one subscriber too many on a port or on the device. On an
// endpoint-aware device a subscriber without a given port counts where its
// endpoint was seen.
func (w *order) checkRoom(ctx context.Context, bad *refusals, s gam.Subscriber, d gam.Device) error {
	if d.SubscriberModel == gam.PortAware {
		if s.Port == 0 {
			return nil
		}
		other, err := w.SubscriberOnPort(ctx, d.ID, s.Port)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		if err == nil && other.ID != s.ID {
			bad.add("port", "port_in_use", "port %d of %s serves %s (subscriber %d); a port of a port-aware GAM has one subscriber", s.Port, d.Name, other.Name, other.ID)
		}
		return nil
	}
	hw, known := d.Hardware()
	if !known || s.EndpointMAC.IsZero() {
		return nil
	}
	count, err := w.countOn(ctx, s, d)
	if err != nil {
		return err
	}
	if count > hw.MaxEndpoints() {
		bad.add("device_id", "device_full", "%s (%s) takes %d endpoints, this would be number %d; choose another device", d.Name, hw.Name, hw.MaxEndpoints(), count)
	}

	port := s.Port
	if port == 0 {
		seen, err := w.Endpoint(ctx, s.EndpointMAC)
		if err := ignoreMissing(err); err != nil {
			return err
		}
		if err == nil && seen.DeviceID == d.ID {
			port = seen.Port()
		}
	}
	if port == 0 {
		return nil // wherever it turns up
	}
	others, err := w.countOnPort(ctx, s, d, port)
	if err != nil {
		return err
	}
	return bad.check(asField("port", hw.CheckEndpointCount(port, others+1)))
}

// countOn is how many subscribers are on a device with this one.
func (w *order) countOn(ctx context.Context, s gam.Subscriber, d gam.Device) (int, error) {
	if w.memo != nil {
		l, err := w.liveOn(ctx, d.ID)
		if err != nil {
			return 0, err
		}
		others, _ := l.others(s.ID, 0)
		return others + 1, nil
	}
	all, err := w.Subscribers(ctx, store.ListQuery{Where: map[string]string{"device_id": id(d.ID), "status": wantedStatuses}, Limit: 1})
	if err != nil {
		return 0, err
	}
	if already, err := w.isWantedOn(ctx, s.ID, d.ID); err != nil || already {
		return all.Total, err
	}
	return all.Total + 1, nil
}

// countOnPort is how many others are on a port.
func (w *order) countOnPort(ctx context.Context, s gam.Subscriber, d gam.Device, port int) (int, error) {
	if w.memo != nil {
		l, err := w.liveOn(ctx, d.ID)
		if err != nil {
			return 0, err
		}
		_, others := l.others(s.ID, port)
		return others, nil
	}
	others, err := w.othersOn(ctx, s, d, port)
	return len(others), err
}

// asField makes a rule's refusal one of a field.
func asField(field string, err error) error {
	var bad gam.Invalid
	bad.Check(field, err)
	return bad.Err()
}

// wantedStatuses are those of subscribers that have not ended.
const wantedStatuses = string(gam.SubPending + "," + gam.SubActive + "," + gam.SubSuspended)

func (w *order) isWantedOn(ctx context.Context, sub gam.SubscriberID, device gam.DeviceID) (bool, error) {
	if sub == 0 {
		return false, nil
	}
	s, err := w.Subscriber(ctx, sub)
	if err := ignoreMissing(err); err != nil {
		return false, err
	}
	return err == nil && s.DeviceID == device && s.Status != gam.SubEnded, nil
}

// othersOn are the other wanted subscribers with an endpoint on a port: those
// ordered for it, and those without a port whose endpoint was seen there.
func (w *order) othersOn(ctx context.Context, s gam.Subscriber, d gam.Device, port int) (map[gam.SubscriberID]bool, error) {
	others := map[gam.SubscriberID]bool{}
	onPort := map[string]string{"device_id": id(d.ID), "port": strconv.Itoa(port)}
	seen, err := w.Endpoints(ctx, store.ListQuery{Where: onPort, Limit: store.MaxLimit})
	if err != nil {
		return nil, err
	}
	for _, e := range seen.Items {
		if e.SubscriberID == 0 || e.SubscriberID == s.ID {
			continue
		}
		other, err := w.Subscriber(ctx, e.SubscriberID)
		if err != nil {
			return nil, err
		}
		if other.DeviceID == d.ID && other.Port == 0 {
			others[other.ID] = true
		}
	}
	ordered, err := w.Subscribers(ctx, store.ListQuery{
		Where: map[string]string{"device_id": id(d.ID), "port": strconv.Itoa(port), "status": wantedStatuses},
		Limit: store.MaxLimit,
	})
	if err != nil {
		return nil, err
	}
	for _, other := range ordered.Items {
		if other.ID != s.ID && !other.EndpointMAC.IsZero() {
			others[other.ID] = true
		}
	}
	return others, nil
}

func id[T ~int64](v T) string { return fmt.Sprintf("%d", v) }
