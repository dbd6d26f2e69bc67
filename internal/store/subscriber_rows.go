package store

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

type subscriberCols struct {
	ID             int64   `bun:"id,pk,autoincrement"`
	Version        int64   `bun:"version"`
	Name           string  `bun:"name"`
	Description    string  `bun:"description"`
	DeviceID       int64   `bun:"device_id,nullzero"`
	Port           int     `bun:"port"`
	EndpointMAC    string  `bun:"endpoint_mac"`
	PlanID         int64   `bun:"plan_id,nullzero"`
	VLANID         int     `bun:"vlan_id"`
	VLANAllocated  bool    `bun:"vlan_allocated"`
	Tagging        string  `bun:"tagging"`
	RemappedVLANID int     `bun:"remapped_vlan_id"`
	Port2VLANID    int     `bun:"port2_vlan_id"`
	AllowedVLANs   string  `bun:"allowed_vlans"`
	Trunk          bool    `bun:"trunk"`
	DoubleTag      *string `bun:"double_tag"`
	PoE            bool    `bun:"poe"`
	Status         string  `bun:"status"`
	DeviceName     string  `bun:"device_name"`
	External       string  `bun:"external"`
	Notes          string  `bun:"notes"`
	SyncPhase      string  `bun:"sync_phase"`
	SyncReason     string  `bun:"sync_reason"`
	SyncSince      int64   `bun:"sync_since"`
	SearchText     string  `bun:"search_text"`
	CreatedAt      int64   `bun:"created_at"`
	UpdatedAt      int64   `bun:"updated_at"`
	UpdatedBy      string  `bun:"updated_by"`
}

type subscriberRow struct {
	bun.BaseModel `bun:"table:subscribers,alias:s"`
	subscriberCols
}

type subscriberView struct {
	bun.BaseModel `bun:"table:subscribers,alias:s"`
	subscriberCols
	cursorCols
}

// orderedColumns is what UpdateSubscriber writes: all but sync and creation.
var orderedColumns = []string{
	"name", "description", "device_id", "port", "endpoint_mac", "plan_id", "vlan_id", "vlan_allocated", "tagging",
	"remapped_vlan_id", "port2_vlan_id", "allowed_vlans", "trunk", "double_tag", "poe", "status", "device_name",
	"external", "notes", "search_text", "updated_at", "updated_by",
}

func newSubscriberRow(s *gam.Subscriber) (subscriberRow, error) {
	c := subscriberCols{
		ID: int64(s.ID), Version: s.Version, Name: text(s.Name), Description: text(s.Description),
		DeviceID: int64(s.DeviceID), Port: s.Port, EndpointMAC: s.EndpointMAC.Compact(), PlanID: int64(s.PlanID),
		VLANID: s.VLANID, VLANAllocated: s.VLANAllocated, Tagging: text(string(s.Tagging)),
		RemappedVLANID: s.RemappedVLANID, Port2VLANID: s.Port2VLANID, Trunk: s.Trunk, PoE: s.PoE,
		Status: text(string(s.Status)), DeviceName: text(s.DeviceName), Notes: text(s.Notes),
		CreatedAt: us(s.CreatedAt), UpdatedAt: us(s.UpdatedAt), UpdatedBy: text(s.UpdatedBy),
	}
	c.SyncPhase, c.SyncReason, c.SyncSince = syncCols(s.Sync)
	parts := []string{s.Name, s.Description, s.DeviceName, s.Notes, s.EndpointMAC.Compact()}
	for _, e := range s.External {
		parts = append(parts, e.CustomerID, e.ServiceID)
	}
	for _, v := range vlansOf(*s) {
		parts = append(parts, strconv.Itoa(v))
	}
	c.SearchText = fold(parts...)
	var err error
	if c.AllowedVLANs, err = toJSON(orEmpty(s.AllowedVLANs)); err != nil {
		return subscriberRow{}, err
	}
	if c.External, err = toJSON(orEmpty(s.External)); err != nil {
		return subscriberRow{}, err
	}
	if s.DoubleTag != nil {
		j, err := toJSON(s.DoubleTag)
		if err != nil {
			return subscriberRow{}, err
		}
		c.DoubleTag = &j
	}
	return subscriberRow{subscriberCols: c}, nil
}

// vlansOf is every VLAN that the subscriber takes at the uplink or at its
// endpoint; not the outer tag, which several share.
func vlansOf(s gam.Subscriber) []int {
	var out []int
	for _, v := range append([]int{s.VLANID, s.RemappedVLANID, s.Port2VLANID}, s.AllowedVLANs...) {
		if v != 0 {
			out = append(out, v)
		}
	}
	return out
}

// orEmpty is [] in JSON where nil would be null.
func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func (r subscriberCols) subscriber() (gam.Subscriber, error) {
	fail := func(err error) (gam.Subscriber, error) {
		return gam.Subscriber{}, fmt.Errorf("decode subscriber %d: %w", r.ID, err)
	}
	mac, err := storedMAC(r.EndpointMAC)
	if err != nil {
		return fail(err)
	}
	s := gam.Subscriber{
		ID: gam.SubscriberID(r.ID), Version: r.Version, Name: r.Name, Description: r.Description,
		DeviceID: gam.DeviceID(r.DeviceID), Port: r.Port, EndpointMAC: mac, PlanID: gam.PlanID(r.PlanID),
		VLANID: r.VLANID, VLANAllocated: r.VLANAllocated, Tagging: gam.Tagging(r.Tagging),
		RemappedVLANID: r.RemappedVLANID, Port2VLANID: r.Port2VLANID, Trunk: r.Trunk, PoE: r.PoE,
		Status: gam.SubscriberStatus(r.Status), DeviceName: r.DeviceName, Notes: r.Notes,
		Sync:      gam.Sync{Phase: gam.SyncPhase(r.SyncPhase), Reason: r.SyncReason, Since: at(r.SyncSince)},
		CreatedAt: at(r.CreatedAt), UpdatedAt: at(r.UpdatedAt), UpdatedBy: r.UpdatedBy,
	}
	if err := json.Unmarshal([]byte(r.AllowedVLANs), &s.AllowedVLANs); err != nil {
		return fail(err)
	}
	if err := json.Unmarshal([]byte(r.External), &s.External); err != nil {
		return fail(err)
	}
	if len(s.AllowedVLANs) == 0 {
		s.AllowedVLANs = nil
	}
	if len(s.External) == 0 {
		s.External = nil
	}
	if r.DoubleTag != nil {
		s.DoubleTag = &gam.DoubleTag{}
		if err := json.Unmarshal([]byte(*r.DoubleTag), s.DoubleTag); err != nil {
			return fail(err)
		}
	}
	return s, nil
}
