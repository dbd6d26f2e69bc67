package positron

import (
	"context"
	"fmt"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// serviceChange writes subscriber entries. Members by name:
//
//	EndpointName        where an endpoint is wanted, or one is to be cleared;
//	                    never on a port-aware device
//	BwProfileName       left out of a new unthrottled entry, "" clears
//	PortIfIndex         "G.hn 1/N" port-aware, else "NONE"
//	NNIIfIndex          "10G 1/N", "NONE" = the device's default uplink
//	PoeModeCtrl         only where it is to be changed or is told by the
//	                    device; never ""
//	Port2VlanIsTagged   as it stands, where the firmware tells it
//	Description, VlanId, VlanIsTagged, RemappedVlanId, Port2VlanId,
//	AllowedTaggedVlans, TrunkMode, DoubleTags, OuterTagVlanId   always
//
// By id Name, EndpointId and BwProfileId take the place of the two names.
func (d *Driver) serviceChange(op string, s gam.Step) change[userConfig] {
	after := s.After
	c := change[userConfig]{action: s.Action, op: op, t: users}
	c.from, c.to, c.id = names(s)
	c.ours = func(userConfig) bool { return true }
	if after == nil {
		return c
	}
	want := *after.Service
	want.AllowedVLANs = slices.Sorted(slices.Values(want.AllowedVLANs))
	c.same = func(w userConfig) bool { return sameService(w, want) }
	c.byName = func(found *userConfig) object {
		o := serviceObject(want, found)
		if want.Port == 0 && (want.EndpointName != "" || (found != nil && found.EndpointName != "")) {
			o["EndpointName"] = want.EndpointName
		}
		if want.ProfileName != "" || (found != nil && profileName(found.BwProfileName) != "") {
			o["BwProfileName"] = want.ProfileName
		}
		return o
	}
	c.byID = func(ctx context.Context, found *userConfig) (object, error) {
		o := serviceObject(want, found)
		o["Name"] = want.Name
		if want.Port == 0 {
			id, err := d.endpointNumber(ctx, op, want.EndpointName, found)
			if err != nil {
				return nil, err
			}
			o["EndpointId"] = id
		}
		id, err := d.profileNumber(ctx, op, want.ProfileName, found)
		if err != nil {
			return nil, err
		}
		o["BwProfileId"] = id
		return o, nil
	}
	c.renamed = func(found *userConfig) object {
		o := serviceObject(found.entry(), found)
		o["Name"] = want.Name
		if found.EndpointId.ok && found.PortIfIndex.ghn() == 0 {
			o["EndpointId"] = found.EndpointId.v
		}
		if found.BwProfileId.ok {
			o["BwProfileId"] = found.BwProfileId.v
		}
		return o
	}
	c.idOnly = func(w userConfig) bool { return string(w.Name) != want.Name }
	c.again = func(ctx context.Context, _ userConfig) error {
		if err := d.apply(ctx, op, gam.Step{Action: gam.Remove, Before: s.Before}, false); err != nil {
			return err
		}
		return d.apply(ctx, op, gam.Step{Action: gam.Add, After: after}, true)
	}
	c.clears = func(found *userConfig) bool {
		if found == nil {
			return want.ProfileName == ""
		}
		return (want.ProfileName == "" && profileName(found.BwProfileName) != "") ||
			(want.EndpointName == "" && want.Port == 0 && found.EndpointName != "" && found.PortIfIndex.ghn() == 0)
	}
	c.lean = leanService
	return c
}

// serviceObject is every member that is no reference.
func serviceObject(s gam.Service, found *userConfig) object {
	allowed := s.AllowedVLANs
	if allowed == nil {
		allowed = []int{} // an array in any case
	}
	nni := gam.IfNone
	if s.NNI != 0 {
		nni = gam.NNIName(s.NNI)
	}
	o := object{
		"Description": s.Description, "VlanId": s.VLAN, "VlanIsTagged": s.Tagged,
		"RemappedVlanId": s.RemappedVLAN, "Port2VlanId": s.Port2VLAN, "AllowedTaggedVlans": allowed,
		"TrunkMode": s.Trunk, "PortIfIndex": gam.GhnName(s.Port),
		"DoubleTags": s.DoubleTag, "NNIIfIndex": nni, "OuterTagVlanId": s.OuterVLAN,
	}
	poe := s.PoE
	switch {
	case found == nil && poe == gam.PoEDisable:
		poe = gam.PoEUnknown // what a new entry has anyway; old firmware has no such member
	case found != nil && poe == gam.PoEUnknown:
		poe = poeMode(found.PoeModeCtrl)
	case found != nil && found.PoeModeCtrl == "" && poe == gam.PoEDisable:
		poe = gam.PoEUnknown
	}
	if poe != gam.PoEUnknown {
		o["PoeModeCtrl"] = string(poe)
	}
	if found != nil && found.Port2VlanIsTagged.ok {
		o["Port2VlanIsTagged"] = found.Port2VlanIsTagged.v
	}
	return o
}

// sameService reports whether an entry on the device is as wanted. Where PoE
// is not told, disabled is what it is.
func sameService(w userConfig, want gam.Service) bool {
	have := w.entry()
	poe := have.PoE == want.PoE || want.PoE == gam.PoEUnknown || (have.PoE == gam.PoEUnknown && want.PoE == gam.PoEDisable)
	if want.Port != 0 {
		have.EndpointName = want.EndpointName // the device fills in whichever is plugged in
	}
	if want.Trunk {
		have.AllowedVLANs = want.AllowedVLANs
	}
	return poe && have.Name == want.Name && have.Description == want.Description &&
		have.EndpointName == want.EndpointName && have.Port == want.Port && have.ProfileName == want.ProfileName &&
		have.VLAN == want.VLAN && have.Tagged == want.Tagged && have.RemappedVLAN == want.RemappedVLAN &&
		have.Port2VLAN == want.Port2VLAN && slices.Equal(have.AllowedVLANs, want.AllowedVLANs) &&
		have.Trunk == want.Trunk && have.DoubleTag == want.DoubleTag &&
		(!want.DoubleTag || (have.OuterVLAN == want.OuterVLAN && have.NNI == want.NNI))
}

// leanService drops members that came after the first firmware and are
// neither wanted nor set.
func leanService(o object, found *userConfig) object {
	out := object{}
	for k, v := range o {
		out[k] = v
	}
	drop := func(member string, set bool) {
		if !set {
			delete(out, member)
		}
	}
	drop("PortIfIndex", o["PortIfIndex"] != gam.IfNone || (found != nil && found.PortIfIndex.n != 0))
	drop("DoubleTags", o["DoubleTags"] == true || (found != nil && found.DoubleTags.v))
	drop("NNIIfIndex", o["NNIIfIndex"] != gam.IfNone || (found != nil && found.NNIIfIndex.n != 0))
	drop("OuterTagVlanId", o["OuterTagVlanId"] != 0 || (found != nil && found.OuterTagVlanId.v != 0))
	drop("TrunkMode", o["TrunkMode"] == true || (found != nil && found.TrunkMode.v))
	drop("Port2VlanIsTagged", false)
	return out
}

// endpointNumber is the id of a configured endpoint, 0 for none.
func (d *Driver) endpointNumber(ctx context.Context, op, name string, found *userConfig) (int, error) {
	if name == "" {
		return 0, nil
	}
	if found != nil && string(found.EndpointName) == name && found.EndpointId.v > 0 {
		return found.EndpointId.v, nil
	}
	e, there, err := find(ctx, d, op, endpoints, name, 0)
	if err != nil {
		return 0, err
	}
	if !there || e.Id.v <= 0 {
		return 0, d.changed(op, fmt.Sprintf("the endpoint %q is not on the device", name))
	}
	return e.Id.v, nil
}

// profileNumber is the id of a bandwidth profile (its Id, never its Uid), 0
// for unthrottled.
func (d *Driver) profileNumber(ctx context.Context, op, name string, found *userConfig) (int, error) {
	if name == "" {
		return 0, nil
	}
	if found != nil && string(found.BwProfileName) == name && found.BwProfileId.v > 0 {
		return found.BwProfileId.v, nil
	}
	p, there, err := find(ctx, d, op, profiles, name, 0)
	if err != nil {
		return 0, err
	}
	if !there || p.Id.v <= 0 {
		return 0, d.changed(op, fmt.Sprintf("the bandwidth profile %q is not on the device", name))
	}
	return p.Id.v, nil
}
