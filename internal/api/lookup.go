package api

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// names gathers what a page of rows refers to, in one query per kind of thing,
// so that the UI need not ask for each row.
type names struct {
	ctx    context.Context
	store  *store.Store
	device map[gam.DeviceID]gam.Device
	site   map[gam.SiteID]string
	plan   map[gam.PlanID]string
	counts map[gam.DeviceID]store.Counts
}

func (s *server) lookup(ctx context.Context) *names {
	return &names{ctx: ctx, store: s.store, device: map[gam.DeviceID]gam.Device{}, site: map[gam.SiteID]string{}, plan: map[gam.PlanID]string{}}
}

// devices gathers what devices refer to.
func (n *names) devices(ds ...gam.Device) (*names, error) {
	ids := make([]gam.DeviceID, len(ds))
	for i, d := range ds {
		ids[i] = d.ID
		n.site[d.SiteID] = ""
	}
	var err error
	if n.counts, err = n.store.DeviceCounts(n.ctx, ids...); err != nil {
		return nil, err
	}
	return n, n.readSites()
}

// subscribers gathers what subscribers refer to.
func (n *names) subscribers(subs ...gam.Subscriber) (*names, error) {
	ids := map[gam.DeviceID]bool{}
	for _, s := range subs {
		ids[s.DeviceID] = true
	}
	if err := n.readDevices(ids); err != nil {
		return nil, err
	}
	plans, err := n.store.AllPlans(n.ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		n.plan[p.ID] = p.Name
	}
	return n, n.readSites()
}

// onDevices gathers the devices that other rows refer to.
func (n *names) onDevices(ids ...gam.DeviceID) (*names, error) {
	set := map[gam.DeviceID]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return n, n.readDevices(set)
}

func (n *names) readDevices(ids map[gam.DeviceID]bool) error {
	delete(ids, 0)
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(ids)), store.MaxLimit) {
		p, err := n.store.Devices(n.ctx, store.ListQuery{Where: map[string]string{"id": commaList(chunk)}, Limit: store.MaxLimit})
		if err != nil {
			return err
		}
		for _, d := range p.Items {
			n.device[d.ID] = d
			n.site[d.SiteID] = ""
		}
	}
	return nil
}

func (n *names) readSites() error {
	delete(n.site, 0)
	for chunk := range slices.Chunk(slices.Sorted(maps.Keys(n.site)), store.MaxLimit) {
		p, err := n.store.Sites(n.ctx, store.ListQuery{Where: map[string]string{"id": commaList(chunk)}, Limit: store.MaxLimit})
		if err != nil {
			return err
		}
		for _, s := range p.Items {
			n.site[s.ID] = s.Name
		}
	}
	return nil
}

func commaList[T ~int64](ids []T) string {
	s := make([]string, len(ids))
	for i, id := range ids {
		s[i] = strconv.FormatInt(int64(id), 10)
	}
	return strings.Join(s, ",")
}

func (n *names) showDevice(d gam.Device) Device {
	out := Device{
		ID: int64(d.ID), Version: d.Version, Name: d.Name, SiteID: orNull(int64(d.SiteID)), SiteName: n.site[d.SiteID],
		Address: d.Address, Notes: d.Notes, Mode: string(d.Mode),
		Model: d.Model, Medium: string(d.Medium), SerialNumber: d.SerialNumber, MACAddress: d.MACAddress.String(),
		Firmware: d.Firmware, FirmwareAlternate: d.FirmwareAlternate, SubscriberModel: string(d.SubscriberModel),
		Hostname: d.Hostname, PortCount: d.PortCount,
		Status: string(d.Status), StatusReason: d.StatusReason,
		LastSeenAt: timeOrNull(d.LastSeenAt), NextPollAt: timeOrNull(d.NextPollAt), UptimeS: int64(d.Uptime / time.Second),
		Sync: syncOf(d.Sync), Unsaved: d.Unsaved, WorkWaiting: d.WantedRev > d.AppliedRev,
		ActiveSubscribers: n.counts[d.ID].ActiveSubscribers,
		AccessSummary:     summaryOf(d.Access), CreatedAt: d.CreatedAt.UTC(),
	}
	if out.Status == "" {
		out.Status = string(gam.StatusUnknown)
	}
	if hw, ok := d.Hardware(); ok {
		out.UplinkCount, out.EndpointsPerPort = hw.Uplinks, hw.EndpointsPerPort()
	}
	return out
}

func (n *names) showSubscriber(s gam.Subscriber) Subscriber {
	d := n.device[s.DeviceID]
	out := Subscriber{
		ID: int64(s.ID), Version: s.Version, Name: s.Name, Description: s.Description,
		DeviceID: orNull(int64(s.DeviceID)), GAMName: d.Name, SiteID: orNull(int64(d.SiteID)), SiteName: n.site[d.SiteID],
		Port: orNull(s.Port), EndpointMAC: orNull(s.EndpointMAC.String()),
		PlanID: orNull(int64(s.PlanID)), PlanName: n.plan[s.PlanID],
		VLANID: orNull(s.VLANID), VLANAllocated: s.VLANAllocated, Tagging: string(s.Tagging),
		RemappedVLANID: orNull(s.RemappedVLANID), Port2VLANID: orNull(s.Port2VLANID),
		AllowedVLANs: notNil(s.AllowedVLANs), Trunk: s.Trunk, DoubleTag: some(doubleTagOf(s.DoubleTag)), PoE: s.PoE,
		Status: string(s.Status), Sync: syncOf(s.Sync), DeviceName: s.DeviceName,
		External: []ExternalID{}, Notes: s.Notes, CreatedAt: s.CreatedAt.UTC(), UpdatedAt: s.UpdatedAt.UTC(),
	}
	for _, e := range s.External {
		out.External = append(out.External, ExternalID(e))
	}
	return out
}
