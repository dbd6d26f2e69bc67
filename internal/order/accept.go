package order

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// Accepted is what became of the drift of one entry.
type Accepted struct {
	Kind         gam.EntryKind
	Key          string           // as we knew it
	SubscriberID gam.SubscriberID // 0 for a profile
	Changed      []string         // fields of the order that took over what was found
	Err          error            // why it could not be accepted
}

// AcceptDrift makes what others changed on our entries of a device the
// wanted: orders take over VLANs, tagging, power, rate (as a plan), name,
// endpoint and port as they were seen last. An entry that somebody removed
// cannot be accepted that way; end the subscriber, or apply. Nothing changes
// on the device. Only entries that differ are reported.
func (o *Orders) AcceptDrift(ctx context.Context, actor string, device gam.DeviceID) ([]Accepted, error) {
	var out []Accepted
	err := o.take(ctx, actor, func(ctx context.Context, w *order) error {
		out = nil
		a, err := w.adoption(ctx, device)
		if err != nil {
			return err
		}
		// Endpoints first: a subscriber takes its port from there.
		for _, kind := range []gam.EntryKind{gam.KindEndpoint, gam.KindService, gam.KindProfile} {
			for _, row := range slices.Clone(a.owned) {
				if row.Kind != kind || row.Claimed {
					continue
				}
				one, differs, err := a.accept(ctx, row)
				if err != nil {
					return fmt.Errorf("accept the drift of %s %q on %s: %w", row.Kind, row.Key, a.device.Name, err)
				}
				if differs {
					out = append(out, one)
				}
			}
		}
		if len(out) == 0 {
			return nil
		}
		w.touch(device)
		var detail []string
		for _, one := range out {
			text := fmt.Sprintf("%s %s", one.Kind, one.Key)
			if one.Err != nil {
				text += " not: " + one.Err.Error()
			}
			detail = append(detail, text)
		}
		return w.audit(ctx, "device.accept_drift", deviceObject(a.device), strings.Join(detail, "; "))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// found is the entry of a row as it was seen last: by its key, else by its
// number, which tells a renamed entry.
func (a *adoption) found(row gam.Owned) (gam.Entry, bool) {
	switch row.Kind {
	case gam.KindProfile:
		p, ok := a.seen.Profile(row.Key)
		if !ok && row.EntryID != 0 {
			p, ok = pick(a.seen.Profiles, func(p gam.Profile) bool { return p.ID == row.EntryID && !a.ours(row.Kind, p.Name) })
		}
		return gam.Entry{Profile: &p}, ok
	case gam.KindEndpoint:
		e, ok := pick(a.seen.Endpoints, func(e gam.Endpoint) bool { return e.MAC.String() == row.Key })
		return gam.Entry{Endpoint: &e}, ok
	default:
		s, ok := a.seen.Service(row.Key)
		if !ok && row.EntryID != 0 {
			s, ok = pick(a.seen.Services, func(s gam.Service) bool { return s.ID == row.EntryID && !a.ours(row.Kind, s.Name) })
		}
		return gam.Entry{Service: &s}, ok
	}
}

func pick[T any](all []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}

// accept takes over one entry that differs from what we wrote.
func (a *adoption) accept(ctx context.Context, row gam.Owned) (one Accepted, differs bool, err error) {
	one = Accepted{Kind: row.Kind, Key: row.Key, SubscriberID: row.SubscriberID}
	now, there := a.found(row)
	if !there {
		if row.Kind == gam.KindService { // its endpoint is reported with it
			one.Err = fmt.Errorf("it is no longer on the device; end the subscriber, or apply to bring it back: %w", gam.ErrNotFound)
		}
		return one, row.Kind == gam.KindService, nil
	}
	if sameEntry(row.Written, now) {
		if row.Kind != gam.KindService || !a.rateDrifted(row) {
			return one, false, nil
		}
	}
	switch row.Kind {
	case gam.KindService:
		one.Changed, err = a.acceptService(ctx, row, *now.Service)
	case gam.KindEndpoint:
		one.Changed, err = a.acceptEndpoint(ctx, row, *now.Endpoint)
	}
	if err != nil {
		if !refusal(err) {
			return one, true, err
		}
		one.Err = err
		return one, true, nil
	}
	if row.Key != now.Key() {
		if err := a.w.DropOwned(ctx, a.device.ID, row.Kind, row.Key); err != nil {
			return one, true, err
		}
	}
	return one, true, a.own(ctx, now, row.SubscriberID)
}

// rateDrifted reports whether the profile of an entry has another rate than
// the one that we wrote: its order has to follow.
func (a *adoption) rateDrifted(row gam.Owned) bool {
	name := row.Written.Service.ProfileName
	now, ok := a.seen.Profile(name)
	i := slices.IndexFunc(a.owned, func(o gam.Owned) bool {
		return o.Kind == gam.KindProfile && o.Key == name && !o.Claimed && o.Written.Profile != nil
	})
	return ok && i >= 0 && a.owned[i].Written.Profile.Rate != now.Rate
}

// sameEntry compares what we wrote with what was found, leaving out numbers,
// which the device gives.
func sameEntry(was, now gam.Entry) bool {
	if was.Kind() != now.Kind() {
		return false
	}
	switch was.Kind() {
	case gam.KindProfile:
		x, y := *was.Profile, *now.Profile
		x.ID, y.ID = 0, 0
		return x == y
	case gam.KindEndpoint:
		x, y := *was.Endpoint, *now.Endpoint
		x.ID, y.ID = 0, 0
		return x == y
	default:
		x, y := *was.Service, *now.Service
		x.ID, y.ID = 0, 0
		x.EndpointMAC, y.EndpointMAC = gam.MAC{}, gam.MAC{} // follows the endpoint's name
		if len(x.AllowedVLANs) == 0 && len(y.AllowedVLANs) == 0 {
			x.AllowedVLANs, y.AllowedVLANs = nil, nil
		}
		return reflect.DeepEqual(x, y)
	}
}

// acceptService makes an order want what its entry was changed to. Of a
// suspended subscriber nothing is taken over: what stands there is the
// suspension, not the order.
func (a *adoption) acceptService(ctx context.Context, row gam.Owned, now gam.Service) ([]string, error) {
	old, err := a.w.Subscriber(ctx, row.SubscriberID)
	if err != nil {
		return nil, err
	}
	if old.Status != gam.SubActive {
		return nil, refuse("status", "not_active", "%s is %s, so what stands on the device is not its order; apply brings it in line", old.Name, old.Status)
	}
	s := old
	was := *row.Written.Service
	drifted, _, err := a.subscriber(now)
	if err != nil {
		return nil, err
	}
	// Only what differs from what we wrote is drift; the rest may have been
	// ordered since.
	if was.VLAN != now.VLAN {
		s.VLANID, s.VLANAllocated = drifted.VLANID, false
	}
	if was.Tagged != now.Tagged {
		s.Tagging = drifted.Tagging
	}
	if was.RemappedVLAN != now.RemappedVLAN {
		s.RemappedVLANID = drifted.RemappedVLANID
	}
	if was.Port2VLAN != now.Port2VLAN {
		s.Port2VLANID = drifted.Port2VLANID
	}
	if !slices.Equal(was.AllowedVLANs, now.AllowedVLANs) {
		s.AllowedVLANs = drifted.AllowedVLANs
	}
	if was.Trunk != now.Trunk {
		s.Trunk = drifted.Trunk
	}
	if was.DoubleTag != now.DoubleTag || was.OuterVLAN != now.OuterVLAN || was.NNI != now.NNI {
		s.DoubleTag = drifted.DoubleTag
	}
	if was.PoE != now.PoE {
		s.PoE = drifted.PoE
	}
	if was.Name != now.Name {
		s.DeviceName = now.Name
	}
	if was.EndpointName != now.EndpointName {
		s.EndpointMAC = drifted.EndpointMAC
	}
	if was.Port != now.Port {
		s.Port = drifted.Port
	}
	if changes(old, s) != "" {
		if err := a.check(ctx, s); err != nil {
			return nil, err
		}
	}
	if was.ProfileName != now.ProfileName || a.rateDrifted(row) {
		rate, err := a.rate(now)
		if err != nil {
			return nil, err
		}
		plan, err := a.w.Plan(ctx, s.PlanID)
		if ignoreMissing(err) != nil {
			return nil, err
		}
		if err != nil || plan.Rate(a.medium) != rate {
			p, err := a.w.planOfRate(ctx, rate, a.medium)
			if err != nil {
				return nil, err
			}
			s.PlanID = p.ID
		}
	}
	return a.accepted(ctx, old, s)
}

// acceptEndpoint makes an order want the port that its endpoint was moved to.
func (a *adoption) acceptEndpoint(ctx context.Context, row gam.Owned, now gam.Endpoint) ([]string, error) {
	was := *row.Written.Endpoint
	if row.SubscriberID == 0 || a.seen.SubscriberModel == gam.PortAware || was.Port == now.Port && was.AutoPort == now.AutoPort {
		return nil, nil
	}
	old, err := a.w.Subscriber(ctx, row.SubscriberID)
	if err != nil {
		return nil, err
	}
	if old.Status == gam.SubEnded || old.EndpointMAC != now.MAC {
		return nil, nil // the order is elsewhere by now
	}
	s := old
	if s.Port = now.Port; now.AutoPort {
		s.Port = 0
	}
	if err := a.check(ctx, s); err != nil {
		return nil, err
	}
	return a.accepted(ctx, old, s)
}

// accepted writes an order that took over what was found, and names the
// fields that changed.
func (a *adoption) accepted(ctx context.Context, old, s gam.Subscriber) ([]string, error) {
	detail := changes(old, s)
	if detail == "" {
		return nil, nil
	}
	if err := a.w.UpdateSubscriber(ctx, &s); err != nil {
		return nil, err
	}
	var fields []string
	for part := range strings.SplitSeq(detail, "; ") {
		field, _, _ := strings.Cut(part, ":")
		fields = append(fields, field)
	}
	return fields, a.w.audit(ctx, "subscriber.accept_drift", subscriberObject(s), detail)
}
