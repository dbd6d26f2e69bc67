package order

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// SubscriberPatch changes some fields of a subscriber; nil leaves a field as
// it is.
type SubscriberPatch struct {
	// Version is the version that the caller has read; another one in the
	// store is gam.ErrStale. 0 changes whatever stands there.
	Version int64

	Name           *string
	Description    *string
	DeviceID       *gam.DeviceID
	Port           *int // 0: wherever the endpoint is
	EndpointMAC    *gam.MAC
	PlanID         *gam.PlanID
	VLANID         *int // 0: let the VLAN policy choose, or keep what it chose
	Tagging        *gam.Tagging
	RemappedVLANID *int
	Port2VLANID    *int
	AllowedVLANs   *[]int
	Trunk          *bool
	DoubleTag      **gam.DoubleTag // pointer to nil: none
	PoE            *bool
	DeviceName     *string // "": let the name template choose
	External       *[]gam.ExternalRef
	Notes          *string
}

func (p SubscriberPatch) apply(s *gam.Subscriber) {
	set(&s.Name, p.Name)
	set(&s.Description, p.Description)
	set(&s.DeviceID, p.DeviceID)
	set(&s.Port, p.Port)
	set(&s.EndpointMAC, p.EndpointMAC)
	set(&s.PlanID, p.PlanID)
	// A VLAN that the policy chose already stays: a form that is saved again
	// does not move a customer.
	kept := p.VLANID != nil && *p.VLANID == 0 && s.VLANAllocated
	if p.VLANID != nil && *p.VLANID != s.VLANID && !kept {
		s.VLANID, s.VLANAllocated = *p.VLANID, false
	}
	set(&s.Tagging, p.Tagging)
	set(&s.RemappedVLANID, p.RemappedVLANID)
	set(&s.Port2VLANID, p.Port2VLANID)
	set(&s.AllowedVLANs, p.AllowedVLANs)
	set(&s.Trunk, p.Trunk)
	set(&s.DoubleTag, p.DoubleTag)
	set(&s.PoE, p.PoE)
	set(&s.DeviceName, p.DeviceName)
	set(&s.External, p.External)
	set(&s.Notes, p.Notes)
}

// Put is s with the patch on it, for an order that is made of a patch.
func (p SubscriberPatch) Put(s gam.Subscriber) gam.Subscriber {
	p.apply(&s)
	return s
}

// Place is where a subscriber moves to; nil keeps what it has.
type Place struct {
	Version     int64 // as in SubscriberPatch
	DeviceID    *gam.DeviceID
	Port        *int
	EndpointMAC *gam.MAC
}

// DevicePatch changes some of people's fields of a device; nil leaves a field
// as it is.
type DevicePatch struct {
	Version int64 // as in SubscriberPatch

	Name    *string
	SiteID  *gam.SiteID
	Address *string
	Notes   *string
	Mode    *gam.Mode
	// Access replaces how the device is reached; an empty secret in it keeps
	// the stored one, an empty pin accepts the next certificate.
	Access *gam.Access
}

// PlanPatch changes some fields of a plan; nil leaves a field as it is.
type PlanPatch struct {
	Version int64 // as in SubscriberPatch

	Name            *string
	Description     *string
	DownstreamMbps  **int // pointer to nil: unthrottled
	UpstreamMbps    **int
	OverheadPercent *int
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// sameVersion refuses a change of something that somebody else has changed
// since it was read.
func sameVersion(what string, read, stored int64) error {
	if read != 0 && read != stored {
		return fmt.Errorf("%s is at version %d, you have read %d: %w", what, stored, read, gam.ErrStale)
	}
	return nil
}

func asInvalid(err error) (*gam.Invalid, bool) {
	var bad *gam.Invalid
	return bad, errors.As(err, &bad)
}

// audited are the fields of a subscriber in the order in which the audit
// trail names them, as the API spells them.
var audited = []struct {
	name  string
	value func(gam.Subscriber) any
}{
	{"name", func(s gam.Subscriber) any { return s.Name }},
	{"description", func(s gam.Subscriber) any { return s.Description }},
	{"device_id", func(s gam.Subscriber) any { return s.DeviceID }},
	{"port", func(s gam.Subscriber) any { return s.Port }},
	{"endpoint_mac", func(s gam.Subscriber) any { return s.EndpointMAC.String() }},
	{"plan_id", func(s gam.Subscriber) any { return s.PlanID }},
	{"vlan_id", func(s gam.Subscriber) any { return s.VLANID }},
	{"tagging", func(s gam.Subscriber) any { return s.Tagging }},
	{"remapped_vlan_id", func(s gam.Subscriber) any { return s.RemappedVLANID }},
	{"port2_vlan_id", func(s gam.Subscriber) any { return s.Port2VLANID }},
	{"allowed_vlans", func(s gam.Subscriber) any { return gam.VLANList(s.AllowedVLANs) }},
	{"trunk", func(s gam.Subscriber) any { return s.Trunk }},
	{"double_tag", func(s gam.Subscriber) any {
		if s.DoubleTag == nil {
			return "none"
		}
		return fmt.Sprintf("outer %d, nni %d", s.DoubleTag.OuterVLANID, s.DoubleTag.NNI)
	}},
	{"poe", func(s gam.Subscriber) any { return s.PoE }},
	{"status", func(s gam.Subscriber) any { return s.Status }},
	{"device_name", func(s gam.Subscriber) any { return s.DeviceName }},
	{"notes", func(s gam.Subscriber) any { return s.Notes }},
	{"external", func(s gam.Subscriber) any { return len(s.External) }},
}

// changes says what is different, for the audit trail.
func changes(before, after gam.Subscriber) string {
	var out []string
	for _, f := range audited {
		if b, a := f.value(before), f.value(after); b != a {
			out = append(out, fmt.Sprintf("%s: %v → %v", f.name, b, a))
		}
	}
	if len(out) == 0 && !reflect.DeepEqual(before.External, after.External) {
		return "external"
	}
	return strings.Join(out, "; ")
}

// serviceChanged reports whether a device has anything to do because of a
// change.
func serviceChanged(before, after gam.Subscriber) bool {
	for _, s := range []*gam.Subscriber{&before, &after} {
		s.Version, s.Notes, s.External, s.Sync = 0, "", nil, gam.Sync{}
		s.CreatedAt, s.UpdatedAt, s.UpdatedBy = after.CreatedAt, after.UpdatedAt, after.UpdatedBy
		s.VLANAllocated = false
		if len(s.AllowedVLANs) == 0 {
			s.AllowedVLANs = nil
		}
	}
	return !reflect.DeepEqual(before, after)
}
