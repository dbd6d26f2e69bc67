package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/opengam/opengam/internal/gam"
)

// policy is the VLAN policy that holds for a device, and where it comes from.
func (w *order) policy(ctx context.Context, d gam.Device) (p gam.VLANPolicy, where string, err error) {
	if d.SiteID != 0 {
		site, err := w.Site(ctx, d.SiteID)
		if err != nil && !errors.Is(err, gam.ErrNotFound) {
			return p, "", err
		}
		if err == nil {
			if site.VLANPolicy != nil {
				return *site.VLANPolicy, "the VLAN policy of site " + site.Name, nil
			}
			return w.settings.VLANPolicy, "the VLAN policy in the settings", nil
		}
	}
	return w.settings.VLANPolicy, "the VLAN policy in the settings", nil
}

// allocate gives a subscriber a VLAN where the order names none, and a new
// one where the one that was allocated does not fit the device it moves to.
func (w *order) allocate(ctx context.Context, s *gam.Subscriber, d gam.Device, moved bool) error {
	if s.VLANID != 0 && !(s.VLANAllocated && moved) {
		return nil
	}
	p, where, err := w.policy(ctx, d)
	if err != nil {
		return err
	}
	if p.Mode == gam.VLANShared {
		s.VLANID, s.VLANAllocated = p.Shared, true
		return nil
	}
	used, err := w.usedVLANs(ctx, d) // ordered, or seen on a device
	if err != nil {
		return err
	}
	if w.settings.SuspendPolicy == gam.SuspendGarden {
		used[w.settings.WalledGardenVLAN] = true
	}
	within := gam.VLANRange{
		First: max(p.Range.First, w.settings.SubscriberVLANs.First),
		Last:  min(p.Range.Last, w.settings.SubscriberVLANs.Last),
	}
	if s.VLANID != 0 && within.Contains(s.VLANID) && !used[s.VLANID] {
		return nil
	}
	used[s.Port2VLANID] = true
	v, ok := gam.FreeVLAN(within, used)
	if !ok {
		return refuse("vlan_id", "vlan_range_exhausted", "every VLAN of %s (%s) is in use %s; widen the range, end a subscriber, or give a VLAN",
			rangeText(within), where, around(d))
	}
	s.VLANID, s.VLANAllocated = v, true
	return nil
}

func rangeText(r gam.VLANRange) string { return fmt.Sprintf("%d to %d", r.First, r.Last) }

func around(d gam.Device) string {
	if d.SiteID != 0 {
		return "at the site of " + d.Name
	}
	return "on " + d.Name
}
