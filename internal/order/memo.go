package order

import (
	"context"
	"maps"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// memo is what a batch need not read again for every order. Devices, plans,
// sites and what was seen on a device do not change in a batch; names and
// VLANs are kept up to date by changed. A nil memo remembers nothing.
type memo struct {
	devices   map[gam.DeviceID]gam.Device
	plans     map[gam.PlanID]gam.Plan
	strangers map[gam.DeviceID]gam.Config
	live      map[gam.DeviceID]*liveOn
	vlans     map[place]map[int]bool
}

// place is where VLANs are shared: a site, or a device without one.
type place struct {
	site   gam.SiteID
	device gam.DeviceID
}

func placeOf(d gam.Device) place {
	if d.SiteID != 0 {
		return place{site: d.SiteID}
	}
	return place{device: d.ID}
}

func newMemo() *memo {
	return &memo{
		devices: map[gam.DeviceID]gam.Device{}, plans: map[gam.PlanID]gam.Plan{},
		strangers: map[gam.DeviceID]gam.Config{}, live: map[gam.DeviceID]*liveOn{},
		vlans: map[place]map[int]bool{},
	}
}

// recall gives what is remembered under k, else reads and remembers it.
func recall[K comparable, V any](m map[K]V, k K, read func() (V, error)) (V, error) {
	if v, ok := m[k]; ok {
		return v, nil
	}
	v, err := read()
	if err == nil && m != nil {
		m[k] = v
	}
	return v, err
}

// Device reads a device, in a batch once.
func (w *order) Device(ctx context.Context, id gam.DeviceID) (gam.Device, error) {
	read := func() (gam.Device, error) { return w.Tx.Device(ctx, id) }
	if w.memo == nil {
		return read()
	}
	return recall(w.memo.devices, id, read)
}

// Plan reads a plan, in a batch once.
func (w *order) Plan(ctx context.Context, id gam.PlanID) (gam.Plan, error) {
	read := func() (gam.Plan, error) { return w.Tx.Plan(ctx, id) }
	if w.memo == nil {
		return read()
	}
	return recall(w.memo.plans, id, read)
}

// liveOn is who is on a device and has not ended.
type liveOn struct {
	subs  map[gam.SubscriberID]gam.Subscriber
	names map[string]gam.SubscriberID
	ports map[gam.MAC]int // where endpoints were seen
}

func (l *liveOn) put(s gam.Subscriber) {
	l.subs[s.ID] = s
	if s.DeviceName != "" {
		l.names[s.DeviceName] = s.ID
	}
}

func (l *liveOn) drop(id gam.SubscriberID) {
	if s, ok := l.subs[id]; ok && l.names[s.DeviceName] == id {
		delete(l.names, s.DeviceName)
	}
	delete(l.subs, id)
}

// others is how many beside one are on the device, and on one of its ports:
// those ordered for it, and those without a port whose endpoint was seen
// there.
func (l *liveOn) others(except gam.SubscriberID, port int) (all, onPort int) {
	for id, s := range l.subs {
		if id == except {
			continue
		}
		all++
		if !s.EndpointMAC.IsZero() && (s.Port == port || s.Port == 0 && l.ports[s.EndpointMAC] == port) {
			onPort++
		}
	}
	return all, onPort
}

// liveOn reads who is on a device, in a batch once.
func (w *order) liveOn(ctx context.Context, id gam.DeviceID) (*liveOn, error) {
	return recall(w.memo.live, id, func() (*liveOn, error) {
		l := &liveOn{map[gam.SubscriberID]gam.Subscriber{}, map[string]gam.SubscriberID{}, map[gam.MAC]int{}}
		subs, err := w.SubscribersOf(ctx, id)
		if err != nil {
			return nil, err
		}
		for _, s := range subs {
			l.put(s)
		}
		seen, err := w.EndpointsOf(ctx, id)
		for _, e := range seen {
			l.ports[e.MAC] = e.Port()
		}
		return l, err
	})
}

// DeviceNameTaken reports whether another subscriber bears a name.
func (w *order) DeviceNameTaken(ctx context.Context, id gam.DeviceID, name string, except gam.SubscriberID) (bool, error) {
	if w.memo == nil {
		return w.Tx.DeviceNameTaken(ctx, id, name, except)
	}
	l, err := w.liveOn(ctx, id)
	if err != nil {
		return false, err
	}
	holder, taken := l.names[name]
	return taken && holder != except, nil
}

// usedVLANs is every VLAN in use around a device; the caller may change it.
func (w *order) usedVLANs(ctx context.Context, d gam.Device) (map[int]bool, error) {
	read := func() (map[int]bool, error) { return w.UsedVLANs(ctx, d.SiteID, d.ID) }
	if w.memo == nil {
		return read()
	}
	used, err := recall(w.memo.vlans, placeOf(d), read)
	return maps.Clone(used), err
}

// changed keeps the memo true after one order of the batch.
func (m *memo) changed(before, after gam.Subscriber) {
	if l := m.live[before.DeviceID]; l != nil {
		l.drop(before.ID)
	}
	live := after.Status != gam.SubEnded
	if l := m.live[after.DeviceID]; l != nil && live {
		l.put(after)
	}
	was, is := vlansOf(before), vlansOf(after)
	if before.DeviceID != 0 && (before.DeviceID != after.DeviceID || !live || !slices.Equal(was, is)) {
		if d, known := m.devices[before.DeviceID]; known {
			delete(m.vlans, placeOf(d)) // some may be free now
		} else {
			clear(m.vlans)
		}
	}
	d, known := m.devices[after.DeviceID]
	if !known || !live {
		return
	}
	if used := m.vlans[placeOf(d)]; used != nil {
		for _, v := range is {
			used[v] = true
		}
	}
}

func vlansOf(s gam.Subscriber) []int {
	return append([]int{s.VLANID, s.RemappedVLANID, s.Port2VLANID}, s.AllowedVLANs...)
}
