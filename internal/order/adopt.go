package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// Adopted is what became of one entry that was to be adopted.
type Adopted struct {
	Key          string           // the entry's name on the device
	SubscriberID gam.SubscriberID // 0 when it was not adopted
	PlanID       gam.PlanID
	Err          error // why not: *gam.Invalid, gam.ErrNotFound or gam.ErrConflict
}

// Adopt makes subscriber entries that were found on a device ours: each
// becomes a subscriber that wants exactly what stands there, with a plan of
// its profile's rate, made where there is none. Nothing changes on the
// device. Keys are the entries' names; none means all that are not managed.
// An entry that cannot be adopted is reported with its reason and holds up no
// other. gam.ErrNotFound means that the device does not exist or was never
// read.
func (o *Orders) Adopt(ctx context.Context, actor string, device gam.DeviceID, keys ...string) ([]Adopted, error) {
	var out []Adopted
	err := o.take(ctx, actor, func(ctx context.Context, w *order) error {
		out = nil
		a, err := w.adoption(ctx, device)
		if err != nil {
			return err
		}
		chosen := slices.Clone(keys)
		if len(keys) == 0 {
			for _, s := range a.seen.Services {
				if !a.ours(gam.KindService, s.Name) {
					chosen = append(chosen, s.Name)
				}
			}
		}
		n := 0
		for _, key := range chosen {
			one := Adopted{Key: key}
			one.SubscriberID, one.PlanID, one.Err = a.adopt(ctx, key)
			if one.Err != nil && !refusal(one.Err) {
				return fmt.Errorf("adopt %q of %s: %w", gam.Clip(key, 40), a.device.Name, one.Err)
			}
			if one.Err == nil {
				n++
			}
			out = append(out, one)
		}
		if n == 0 {
			return nil
		}
		if err := a.adoptProfiles(ctx); err != nil {
			return err
		}
		w.touch(device)
		return w.audit(ctx, "device.adopt", deviceObject(a.device), fmt.Sprintf("%d of %d entries: %s", n, len(chosen), strings.Join(chosen, ", ")))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// refusal reports whether err is about one entry, not about us.
func refusal(err error) bool {
	_, invalid := asInvalid(err)
	return invalid || errors.Is(err, gam.ErrNotFound) || errors.Is(err, gam.ErrConflict)
}

// adoption is a device with what was seen on it and what of that is ours.
type adoption struct {
	w      *order
	device gam.Device
	medium gam.Medium
	seen   gam.Config
	owned  []gam.Owned
}

func (w *order) adoption(ctx context.Context, id gam.DeviceID) (*adoption, error) {
	d, err := w.Device(ctx, id)
	if err != nil {
		return nil, err
	}
	seen, _, err := w.Config(ctx, id)
	if errors.Is(err, gam.ErrNotFound) {
		return nil, fmt.Errorf("%s has not been read yet, read it first: %w", d.Name, err)
	}
	if err != nil {
		return nil, err
	}
	owned, err := w.OwnedOf(ctx, id)
	if err != nil {
		return nil, err
	}
	medium := d.Medium
	if hw, ok := d.Hardware(); ok {
		medium = hw.Medium
	}
	return &adoption{w: w, device: d, medium: medium, seen: seen, owned: owned}, nil
}

func (a *adoption) ours(kind gam.EntryKind, key string) bool {
	return slices.ContainsFunc(a.owned, func(o gam.Owned) bool { return o.Kind == kind && o.Key == key })
}

// own makes an entry ours as it stands.
func (a *adoption) own(ctx context.Context, e gam.Entry, s gam.SubscriberID) error {
	row := gam.Owned{Kind: e.Kind(), Key: e.Key(), EntryID: e.ID(), SubscriberID: s, Written: e}
	if err := a.w.PutOwned(ctx, a.device.ID, row); err != nil {
		return err
	}
	a.owned = append(a.owned, row)
	return nil
}

// adopt makes one entry a subscriber. Everything that can be refused is
// refused before the first row is written.
func (a *adoption) adopt(ctx context.Context, key string) (gam.SubscriberID, gam.PlanID, error) {
	svc, ok := a.seen.Service(key)
	switch {
	case !ok:
		return 0, 0, fmt.Errorf("entry %q was not seen on %s: %w", gam.Clip(key, 40), a.device.Name, gam.ErrNotFound)
	case a.ours(gam.KindService, key):
		return 0, 0, fmt.Errorf("entry %q is managed already: %w", key, gam.ErrConflict)
	}
	s, endpoint, err := a.subscriber(svc)
	if err != nil {
		return 0, 0, err
	}
	if err := a.check(ctx, s); err != nil {
		return 0, 0, err
	}
	rate, err := a.rate(svc)
	if err != nil {
		return 0, 0, err
	}
	plan, err := a.w.planOfRate(ctx, rate, a.medium)
	if err != nil {
		return 0, 0, err
	}
	s.PlanID = plan.ID
	if err := a.w.AddSubscriber(ctx, &s); err != nil {
		return 0, 0, err
	}
	if err := a.own(ctx, gam.Entry{Service: &svc}, s.ID); err != nil {
		return 0, 0, err
	}
	if endpoint != nil && !a.ours(gam.KindEndpoint, endpoint.MAC.String()) {
		if err := a.own(ctx, gam.Entry{Endpoint: endpoint}, s.ID); err != nil {
			return 0, 0, err
		}
	}
	return s.ID, plan.ID, a.w.audit(ctx, "subscriber.adopt", subscriberObject(s), changes(gam.Subscriber{}, s))
}

// subscriber is the order that would have led to an entry, and the endpoint
// that belongs to it.
func (a *adoption) subscriber(svc gam.Service) (gam.Subscriber, *gam.Endpoint, error) {
	s := gam.Subscriber{
		Name:        svc.Name,
		Description: svc.Description,
		DeviceID:    a.device.ID,
		DeviceName:  svc.Name,
		Status:      gam.SubActive,
	}
	takeService(&s, svc)
	tidy(&s)
	portAware := a.seen.SubscriberModel == gam.PortAware
	if portAware {
		s.Port = svc.Port
	}
	mac := svc.EndpointMAC
	if e, ok := a.seen.EndpointNamed(svc.EndpointName); ok && svc.EndpointName != "" {
		mac = e.MAC
	}
	if mac.IsZero() {
		if !portAware {
			return s, nil, refuse("endpoint_mac", "no_endpoint", "entry %q has no endpoint; give it one on the device, or remove it there", svc.Name)
		}
		return s, nil, nil
	}
	s.EndpointMAC = mac
	e, ok := a.seen.Endpoint(mac)
	switch {
	case !ok && portAware:
		return s, nil, nil // endpoints come and go by themselves
	case !ok:
		// Tables are read one after the other; without its endpoint the entry
		// would be ours by half.
		return s, nil, refuse("endpoint_mac", "endpoint_unknown", "entry %q has endpoint %s, which was not seen; read the device again", svc.Name, mac)
	}
	if !portAware && !e.AutoPort {
		s.Port = e.Port
	}
	return s, &e, nil
}

// takeService takes over what an entry says of VLANs and power.
func takeService(s *gam.Subscriber, svc gam.Service) {
	s.VLANID, s.VLANAllocated = svc.VLAN, false
	s.Tagging = gam.Untagged
	if svc.Tagged {
		s.Tagging = gam.Tagged
	}
	s.RemappedVLANID = svc.RemappedVLAN
	s.Port2VLANID = svc.Port2VLAN
	s.AllowedVLANs = slices.Clone(svc.AllowedVLANs)
	s.Trunk = svc.Trunk
	s.DoubleTag = nil
	if svc.DoubleTag {
		s.DoubleTag = &gam.DoubleTag{OuterVLANID: svc.OuterVLAN, NNI: svc.NNI}
	}
	s.PoE = svc.PoE == gam.PoEEnable || svc.PoE == gam.PoEForce
}

// hardwareVLANs is the range in which what exists may lie, whatever the
// operator gives out.
var hardwareVLANs = gam.VLANRange{First: gam.MinVLAN, Last: gam.MaxVLAN}

// check refuses what the rules of the hardware or another subscriber forbid.
// The operator's VLAN range is for new orders, not for what stands.
func (a *adoption) check(ctx context.Context, s gam.Subscriber) error {
	tidy(&s)
	var bad refusals
	if err := bad.check(s.Validate(hardwareVLANs)); err != nil {
		return err
	}
	bad.drop(func(f gam.FieldError) bool { return f.Code == "vlan_management" })
	if err := bad.check(s.CheckOn(a.device)); err != nil {
		return err
	}
	if err := a.w.checkEndpoint(ctx, &bad, s); err != nil {
		return err
	}
	taken, err := a.w.DeviceNameTaken(ctx, a.device.ID, s.DeviceName, s.ID)
	if err != nil {
		return err
	}
	if taken {
		bad.add("device_name", "device_name_taken", "a subscriber of %s has the name %q already; rename one of the two", a.device.Name, s.DeviceName)
	}
	if a.device.SubscriberModel == gam.PortAware {
		if err := a.w.checkRoom(ctx, &bad, s, a.device); err != nil {
			return err
		}
	}
	return bad.Err()
}

// rate is the limiter setting of an entry.
func (a *adoption) rate(svc gam.Service) (gam.Rate, error) {
	if svc.ProfileName == "" {
		return gam.Rate{}, nil
	}
	p, ok := a.seen.Profile(svc.ProfileName)
	if !ok {
		return gam.Rate{}, refuse("plan_id", "profile_unknown", "entry %q has profile %q, which was not seen; read the device again", svc.Name, svc.ProfileName)
	}
	return p.Rate, nil
}

// adoptProfiles makes the profiles of adopted entries ours where nobody else
// uses them. The default profile is the device's own.
func (a *adoption) adoptProfiles(ctx context.Context) error {
	used, strangers := map[string]bool{}, map[string]bool{}
	for _, s := range a.seen.Services {
		if a.ours(gam.KindService, s.Name) {
			used[s.ProfileName] = true
		} else {
			strangers[s.ProfileName] = true
		}
	}
	for _, p := range a.seen.Profiles {
		if p.ID == gam.DefaultProfileID || !used[p.Name] || strangers[p.Name] || a.ours(gam.KindProfile, p.Name) {
			continue
		}
		if err := a.own(ctx, gam.Entry{Profile: &p}, 0); err != nil {
			return err
		}
	}
	return nil
}
