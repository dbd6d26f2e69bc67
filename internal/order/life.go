package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Suspend holds a subscriber back, in the way the settings say. Suspending a
// suspended one changes nothing.
func (o *Orders) Suspend(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error) {
	return o.change(ctx, actor, "subscriber.suspend", id, 0, func(_ context.Context, _ *order, s *gam.Subscriber) error {
		if s.Status == gam.SubEnded {
			return ended(*s)
		}
		s.Status = gam.SubSuspended
		return nil
	})
}

// Resume serves a suspended subscriber again; it is pending if its place is
// not known. Resuming one that is not suspended changes nothing.
func (o *Orders) Resume(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error) {
	return o.change(ctx, actor, "subscriber.resume", id, 0, func(_ context.Context, _ *order, s *gam.Subscriber) error {
		if s.Status == gam.SubEnded {
			return ended(*s)
		}
		if s.Status == gam.SubSuspended {
			s.Status = gam.SubPending // complete makes it active where it is placed
		}
		return nil
	})
}

// End takes a subscriber off its device for good; its endpoint, port, name
// and allocated VLAN are free for others. Ending an ended one changes
// nothing.
func (o *Orders) End(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error) {
	return o.change(ctx, actor, "subscriber.end", id, 0, func(_ context.Context, _ *order, s *gam.Subscriber) error {
		s.Status = gam.SubEnded
		return nil
	})
}

// Move serves a subscriber elsewhere: on another device, port or endpoint.
// What is not given stays, except a port that belongs to the old place: on an
// endpoint-aware device it is then wherever the endpoint is. Given an
// endpoint alone, the device is where it was seen. An allocated VLAN is kept
// where it is free.
func (o *Orders) Move(ctx context.Context, actor string, id gam.SubscriberID, to Place) (gam.Subscriber, error) {
	return o.change(ctx, actor, "subscriber.move", id, to.Version, func(ctx context.Context, w *order, s *gam.Subscriber) error {
		if s.Status == gam.SubEnded {
			return ended(*s)
		}
		old := *s
		set(&s.EndpointMAC, to.EndpointMAC)
		switch {
		case to.DeviceID != nil:
			s.DeviceID = *to.DeviceID
		case s.EndpointMAC != old.EndpointMAC && !s.EndpointMAC.IsZero():
			seen, err := w.Endpoint(ctx, s.EndpointMAC)
			if ignoreMissing(err) != nil {
				return err
			}
			if err == nil {
				s.DeviceID = seen.DeviceID
			}
		}
		if s.DeviceID != old.DeviceID || s.EndpointMAC != old.EndpointMAC && !w.portAware(ctx, s.DeviceID) {
			s.Port = 0
		}
		set(&s.Port, to.Port)
		return nil
	})
}

// portAware reports whether a device binds subscribers to ports; a device
// that cannot be read is dealt with by complete.
func (w *order) portAware(ctx context.Context, id gam.DeviceID) bool {
	d, err := w.Device(ctx, id)
	return err == nil && d.SubscriberModel == gam.PortAware
}

// ReplaceEndpoint gives a subscriber another endpoint in the same place, as
// when a technician swaps a broken one. A given port stays, unless the new
// endpoint was seen on another port of the device: then it is that one.
func (o *Orders) ReplaceEndpoint(ctx context.Context, actor string, id gam.SubscriberID, mac gam.MAC) (gam.Subscriber, error) {
	return o.change(ctx, actor, "subscriber.replace_endpoint", id, 0, func(ctx context.Context, w *order, s *gam.Subscriber) error {
		switch {
		case s.Status == gam.SubEnded:
			return ended(*s)
		case mac.IsZero():
			return refuse("endpoint_mac", "endpoint_needed", "give the address of the new endpoint, as on its label")
		}
		s.EndpointMAC = mac
		if s.Port == 0 {
			return nil
		}
		seen, err := w.Endpoint(ctx, mac)
		if ignoreMissing(err) != nil {
			return err
		}
		if err == nil && seen.DeviceID == s.DeviceID && seen.DetectedPort != 0 {
			s.Port = seen.DetectedPort
		}
		return nil
	})
}

// Swap exchanges the endpoints of two subscribers with their places (device
// and port), for two that were plugged in the wrong way round.
func (o *Orders) Swap(ctx context.Context, actor string, a, b gam.SubscriberID) (first, second gam.Subscriber, err error) {
	err = o.take(ctx, actor, func(ctx context.Context, w *order) error {
		if a == b {
			return refuse("with", "same_subscriber", "a subscriber cannot be swapped with itself")
		}
		oldA, err := w.Subscriber(ctx, a)
		if err != nil {
			return err
		}
		oldB, err := w.Subscriber(ctx, b)
		if err != nil {
			return err
		}
		for _, s := range []gam.Subscriber{oldA, oldB} {
			if s.Status == gam.SubEnded {
				return ended(s)
			}
		}
		// One steps aside, because no two may have one endpoint even for a
		// moment.
		aside := oldA
		aside.EndpointMAC, aside.Port = gam.MAC{}, 0
		if err := w.UpdateSubscriber(ctx, &aside); err != nil {
			return err
		}
		newB := oldB
		newB.DeviceID, newB.Port, newB.EndpointMAC = oldA.DeviceID, oldA.Port, oldA.EndpointMAC
		if second, err = w.write(ctx, "subscriber.swap", oldB, newB); err != nil {
			return err
		}
		newA := aside
		newA.DeviceID, newA.Port, newA.EndpointMAC = oldB.DeviceID, oldB.Port, oldB.EndpointMAC
		if first, err = w.write(ctx, "subscriber.swap", aside, newA); err != nil {
			return err
		}
		w.touch(oldA.DeviceID)
		return nil
	})
	return first, second, err
}

// PlaceSeen places pending subscribers whose endpoint has turned up: they get
// the device where it was seen, and become active if they have a plan. It is
// called after a read, with the endpoints that it found, or with none for
// everybody who waits. It gives back who was placed; one that cannot be placed
// (the port is full) stays pending, and a person who edits it is told why.
func (o *Orders) PlaceSeen(ctx context.Context, actor string, macs ...gam.MAC) ([]gam.SubscriberID, error) {
	waiting, err := o.waiting(ctx, macs)
	if err != nil {
		return nil, err
	}
	var placed []gam.SubscriberID
	for _, s := range waiting {
		if _, err := o.store.Endpoint(ctx, s.EndpointMAC); errors.Is(err, gam.ErrNotFound) {
			continue
		} else if err != nil {
			return placed, err
		}
		after, err := o.change(ctx, actor, "subscriber.place", s.ID, s.Version, func(context.Context, *order, *gam.Subscriber) error {
			return nil // complete does it
		})
		if _, refused := asInvalid(err); refused || errors.Is(err, gam.ErrStale) {
			continue
		}
		if err != nil {
			return placed, fmt.Errorf("place subscriber %d: %w", s.ID, err)
		}
		if after.Version != s.Version {
			placed = append(placed, s.ID)
		}
	}
	return placed, nil
}

// waiting is who waits for one of these endpoints, or for any.
func (o *Orders) waiting(ctx context.Context, macs []gam.MAC) ([]gam.Subscriber, error) {
	var out []gam.Subscriber
	for _, mac := range macs {
		s, err := o.store.SubscriberOnEndpoint(ctx, mac)
		if ignoreMissing(err) != nil {
			return nil, err
		}
		if err == nil && s.Status == gam.SubPending {
			out = append(out, s)
		}
	}
	if len(macs) > 0 {
		return out, nil
	}
	lq := store.ListQuery{Where: map[string]string{"status": string(gam.SubPending)}, Sort: "id", Limit: store.MaxLimit}
	for {
		page, err := o.store.Subscribers(ctx, lq)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Items {
			if !s.EndpointMAC.IsZero() {
				out = append(out, s)
			}
		}
		if lq.Cursor = page.Next; page.Next == "" {
			return out, nil
		}
	}
}
