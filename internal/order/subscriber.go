package order

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// CreateSubscriber orders a service. Only a name is needed; what is left out
// is filled in as far as it is known:
//
//	device_id    where the endpoint was seen
//	vlan_id      by the VLAN policy of the site, else of the settings
//	device_name  by the name template, with a number when it is taken
//	status       active when device, plan and endpoint (or port) are known,
//	             else pending; suspended is taken as given
//
// ID, Version, Sync and the times of in are ignored.
func (o *Orders) CreateSubscriber(ctx context.Context, actor string, in gam.Subscriber) (gam.Subscriber, error) {
	var out gam.Subscriber
	err := o.take(ctx, actor, func(ctx context.Context, w *order) (err error) {
		out, err = w.create(ctx, in)
		return err
	})
	return out, err
}

func (w *order) create(ctx context.Context, in gam.Subscriber) (gam.Subscriber, error) {
	s := in
	s.ID, s.Version, s.VLANAllocated = 0, 0, false
	if s.Status == gam.SubEnded {
		return s, refuse("status", "status", "a subscriber is not ordered as ended")
	}
	if s.Sync = (gam.Sync{}); s.Status != gam.SubSuspended {
		s.Status = gam.SubPending
	}
	if err := w.complete(ctx, &s, nil); err != nil {
		return s, err
	}
	// The template may want the number that only the insert gives.
	named := s.DeviceName != "" || s.DeviceID == 0
	byID := strings.Contains(w.settings.NameTemplate, "{id}")
	if !named && !byID {
		if err := w.christen(ctx, &s); err != nil {
			return s, err
		}
	}
	if err := w.AddSubscriber(ctx, &s); err != nil {
		return s, err
	}
	w.made = Made{Kind: "subscriber", ID: int64(s.ID)}
	if !named && byID {
		if err := w.christen(ctx, &s); err != nil {
			return s, err
		}
		if err := w.UpdateSubscriber(ctx, &s); err != nil {
			return s, err
		}
	}
	w.touch(s.DeviceID)
	if err := w.audit(ctx, "subscriber.create", subscriberObject(s), changes(gam.Subscriber{}, s)); err != nil {
		return s, err
	}
	return w.Subscriber(ctx, s.ID)
}

// christen gives a subscriber its name on the device.
func (w *order) christen(ctx context.Context, s *gam.Subscriber) error {
	d, err := w.Device(ctx, s.DeviceID)
	if err != nil {
		return err
	}
	s.DeviceName, err = w.freeName(ctx, d, fromTemplate(w.settings.NameTemplate, *s), s.ID)
	return err
}

// UpdateSubscriber changes some fields of a subscriber. A pending one becomes
// active when the change places it. When the name changes, the name on the
// device follows if the template made it.
func (o *Orders) UpdateSubscriber(ctx context.Context, actor string, id gam.SubscriberID, p SubscriberPatch) (gam.Subscriber, error) {
	return o.change(ctx, actor, "subscriber.update", id, p.Version, func(_ context.Context, _ *order, s *gam.Subscriber) error {
		if s.Status == gam.SubEnded {
			return ended(*s)
		}
		p.apply(s)
		return nil
	})
}

// change is one change of one subscriber: fn makes it, the rest checks and
// completes it. A change that changes nothing writes nothing.
func (o *Orders) change(ctx context.Context, actor, action string, id gam.SubscriberID, version int64,
	fn func(ctx context.Context, w *order, s *gam.Subscriber) error) (gam.Subscriber, error) {
	var out gam.Subscriber
	err := o.take(ctx, actor, func(ctx context.Context, w *order) (err error) {
		_, out, err = w.change(ctx, action, id, version, fn)
		return err
	})
	return out, err
}

func (w *order) change(ctx context.Context, action string, id gam.SubscriberID, version int64,
	fn func(ctx context.Context, w *order, s *gam.Subscriber) error) (old, out gam.Subscriber, err error) {
	if old, err = w.Subscriber(ctx, id); err != nil {
		return old, old, err
	}
	if err := sameVersion(fmt.Sprintf("subscriber %d (%s)", id, old.Name), version, old.Version); err != nil {
		return old, old, err
	}
	s := old
	if err := fn(ctx, w, &s); err != nil {
		return old, s, err
	}
	out, err = w.write(ctx, action, old, s)
	return old, out, err
}

// write checks, completes and writes a changed subscriber.
func (w *order) write(ctx context.Context, action string, old, s gam.Subscriber) (gam.Subscriber, error) {
	if s.Status != gam.SubEnded {
		if err := w.rename(ctx, old, &s); err != nil {
			return s, err
		}
		if err := w.complete(ctx, &s, &old); err != nil {
			return s, err
		}
		if s.DeviceName == "" && s.DeviceID != 0 {
			if err := w.christen(ctx, &s); err != nil {
				return s, err
			}
		}
	}
	detail := changes(old, s)
	if detail == "" {
		return old, nil
	}
	if err := w.lock(ctx, old.DeviceID, s.DeviceID); err != nil {
		return s, err
	}
	if err := w.UpdateSubscriber(ctx, &s); err != nil {
		return s, err
	}
	if serviceChanged(old, s) {
		w.touch(old.DeviceID, s.DeviceID)
		w.await(s)
	}
	if err := w.audit(ctx, action, subscriberObject(s), detail); err != nil {
		return s, err
	}
	out, err := w.Subscriber(ctx, s.ID)
	if sync, waits := w.awaited[s.ID]; waits {
		out.Sync = sync // take writes it at the end
	}
	return out, err
}

// rename decides on the name on the device: one that the template made
// follows the subscriber's name, and a name that is taken on the device the
// subscriber moves to gets a number.
func (w *order) rename(ctx context.Context, old gam.Subscriber, s *gam.Subscriber) error {
	if s.DeviceName != old.DeviceName || s.DeviceName == "" {
		return nil // given, or to be made
	}
	template := w.settings.NameTemplate
	was, is := fromTemplate(template, old), fromTemplate(template, *s)
	if was != is && isNumbered(old.DeviceName, was) {
		s.DeviceName = "" // made anew below
		return nil
	}
	if s.DeviceID == old.DeviceID || s.DeviceID == 0 {
		return nil
	}
	d, err := w.Device(ctx, s.DeviceID)
	if errors.Is(err, gam.ErrNotFound) {
		return nil // refused by complete
	}
	if err != nil {
		return err
	}
	s.DeviceName, err = w.freeName(ctx, d, s.DeviceName, s.ID)
	return err
}

func ended(s gam.Subscriber) error {
	return fmt.Errorf("subscriber %d (%s) has ended; order a new one: %w", s.ID, s.Name, gam.ErrConflict)
}
