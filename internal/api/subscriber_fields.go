package api

import (
	"fmt"
	"net/url"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
)

// patch reads what an order says; every wrong field is named at once.
func (f SubscriberFields) patch() (order.SubscriberPatch, error) {
	var bad gam.Invalid
	p := order.SubscriberPatch{
		Description:    f.Description,
		DeviceID:       member[gam.DeviceID](f.DeviceID),
		Port:           member[int](f.Port),
		PlanID:         member[gam.PlanID](f.PlanID),
		VLANID:         member[int](f.VLANID),
		RemappedVLANID: member[int](f.RemappedVLANID),
		Port2VLANID:    member[int](f.Port2VLANID),
		Trunk:          f.Trunk,
		PoE:            f.PoE,
		Notes:          f.Notes,
	}
	if f.EndpointMAC.Set {
		mac, err := gam.ParseMAC(f.EndpointMAC.or(""))
		if err != nil && f.EndpointMAC.or("") != "" {
			bad.Check("endpoint_mac", &gam.Rule{Code: "mac", Message: macRule})
		}
		p.EndpointMAC = &mac
	}
	if f.Tagging != nil {
		t := gam.Tagging(*f.Tagging)
		p.Tagging = &t
	}
	if f.AllowedVLANs.Set {
		vs := f.AllowedVLANs.or(nil)
		p.AllowedVLANs = &vs
	}
	if f.DoubleTag.Set {
		tag, err := f.DoubleTag.Value.parse()
		bad.Check("double_tag.nni", err)
		p.DoubleTag = &tag
	}
	if f.DeviceName.Set {
		name := f.DeviceName.or("")
		p.DeviceName = &name
	}
	if f.External != nil {
		refs := make([]gam.ExternalRef, len(*f.External))
		for i, e := range *f.External {
			refs[i] = gam.ExternalRef(e)
			bad.Check(fmt.Sprintf("external[%d].url", i), checkLink(e.URL))
		}
		p.External = &refs
	}
	if p.VLANID != nil && *p.VLANID == 0 && f.VLANID.Value != nil {
		bad.Check("vlan_id", gam.CheckVLAN(0)) // null lets OpenGAM choose, 0 is a VLAN that there is not
	}
	return p, bad.Err()
}

// checkLink refuses what a browser should not open from a link: only web
// pages.
func checkLink(s string) error {
	u, err := url.Parse(s)
	if s == "" || err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	return &gam.Rule{Code: "url", Message: "a link starts with http:// or https://"}
}

// member is a number of an order: nil when absent, 0 for null.
func member[To, From ~int | ~int64](n Null[From]) *To {
	if !n.Set {
		return nil
	}
	v := To(n.or(0))
	return &v
}

// put is a subscriber as it stands after a patch; order decides what becomes of
// it.
func put(p order.SubscriberPatch, s gam.Subscriber) gam.Subscriber {
	s.Name = given(p.Name, s.Name)
	s.Description = given(p.Description, s.Description)
	s.DeviceID = given(p.DeviceID, s.DeviceID)
	s.Port = given(p.Port, s.Port)
	s.EndpointMAC = given(p.EndpointMAC, s.EndpointMAC)
	s.PlanID = given(p.PlanID, s.PlanID)
	if p.VLANID != nil {
		s.VLANID, s.VLANAllocated = *p.VLANID, false
	}
	s.Tagging = given(p.Tagging, s.Tagging)
	s.RemappedVLANID = given(p.RemappedVLANID, s.RemappedVLANID)
	s.Port2VLANID = given(p.Port2VLANID, s.Port2VLANID)
	s.AllowedVLANs = given(p.AllowedVLANs, s.AllowedVLANs)
	s.Trunk = given(p.Trunk, s.Trunk)
	s.DoubleTag = given(p.DoubleTag, s.DoubleTag)
	s.PoE = given(p.PoE, s.PoE)
	s.DeviceName = given(p.DeviceName, s.DeviceName)
	s.External = given(p.External, s.External)
	s.Notes = given(p.Notes, s.Notes)
	return s
}

// parse turns the uplink's name into its number.
func (d *DoubleTag) parse() (*gam.DoubleTag, error) {
	if d == nil {
		return nil, nil
	}
	out := &gam.DoubleTag{OuterVLANID: d.OuterVLANID}
	if d.NNI == nil {
		return out, nil
	}
	kind, n, err := gam.ParseIf(*d.NNI)
	if err != nil || n != 0 && kind != gam.PortUplink {
		return nil, &gam.Rule{Code: "nni", Message: `an uplink is written "10G 1/1" or "10G 1/2"; null is the device's default`}
	}
	out.NNI = n
	return out, nil
}

func doubleTagOf(d *gam.DoubleTag) *DoubleTag {
	if d == nil {
		return nil
	}
	out := &DoubleTag{OuterVLANID: d.OuterVLANID}
	if d.NNI != 0 {
		name := gam.NNIName(d.NNI)
		out.NNI = &name
	}
	return out
}
