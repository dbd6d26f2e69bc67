package sim

import (
	"encoding/json"

	"github.com/opengam/opengam/internal/gam"
)

var poeModes = []string{"disable", "enable", "force"}

var users = &table[user]{
	group:   "user",
	limit:   gam.MaxEndpoints,
	rows:    func(c *config) map[int]*user { return c.Users },
	id:      func(u *user) *int { return &u.ID },
	name:    func(u *user) *string { return &u.Name },
	fresh:   func(d *Device) *user { return &user{UID: d.nextUID(), PoE: "disable"} },
	badID:   errUser,
	missing: errNoUser,
	badName: errUserName,
	taken:   errUserNameTaken,
	exists:  errUserExists,
	full:    errUsersFull,
	fields: map[string]field[user]{
		"Id":                 ignored(number(32, func(u *user) *int { return &u.ID })),
		"Uid":                ignored(number(32, func(u *user) *int { return &u.UID })),
		"Name":               inStyle(onlyByID, name(errUserName, func(u *user) *string { return &u.Name })),
		"Description":        text(maxDescriptionLen, func(u *user) *string { return &u.Description }),
		"EndpointId":         {only: onlyByID, set: setEndpointID},
		"EndpointName":       {only: onlyByName, set: setEndpointName},
		"EndpointMacAddress": {only: readOnly, set: readOnlyMAC},
		"BwProfileId":        {only: onlyByID, set: setProfileID},
		"BwProfileName":      {only: onlyByName, set: setProfileName},
		"BwProfileUid":       ignored(number(32, func(u *user) *int { return &u.UID })),
		"VlanId":             number(16, func(u *user) *int { return &u.VLAN }),
		"VlanIsTagged":       flag(func(u *user) *bool { return &u.Tagged }),
		"RemappedVlanId":     number(16, func(u *user) *int { return &u.Remapped }),
		"Port2VlanId":        number(16, func(u *user) *int { return &u.Port2VLAN }),
		"Port2VlanIsTagged":  flag(func(u *user) *bool { return &u.Port2Tagged }),
		"AllowedTaggedVlans": vids(func(u *user) *[]int { return &u.Allowed }),
		"TrunkMode":          flag(func(u *user) *bool { return &u.Trunk }),
		"PortIfIndex":        iface(func(u *user) *ifindex { return &u.Port }),
		"DoubleTags":         flag(func(u *user) *bool { return &u.DoubleTags }),
		"NNIIfIndex":         iface(func(u *user) *ifindex { return &u.NNI }),
		"OuterTagVlanId":     number(16, func(u *user) *int { return &u.Outer }),
		"PoeModeCtrl": {set: func(_ *Device, u *user, raw json.RawMessage, name string) *RPCError {
			v, err := readEnum(raw, name, poeModes)
			if err == nil {
				u.PoE = v
			}
			return err
		}},
	},
	check: checkUser,
	show:  showUser,
}

func showUser(d *Device, u *user) object {
	o := object{
		{"Id", u.ID}, {"Uid", u.UID}, {"Name", u.Name}, {"Description", u.Description},
		{"EndpointId", u.Endpoint}, {"EndpointName", ""}, {"EndpointMacAddress", zeroMAC},
		{"BwProfileId", u.Profile}, {"BwProfileName", ""}, {"BwProfileUid", 0},
		{"VlanId", u.VLAN}, {"VlanIsTagged", u.Tagged}, {"RemappedVlanId", u.Remapped},
		{"Port2VlanId", u.Port2VLAN}, {"Port2VlanIsTagged", u.Port2Tagged},
		{"AllowedTaggedVlans", append([]int{}, u.Allowed...)}, {"TrunkMode", u.Trunk},
		{"PortIfIndex", u.Port}, {"DoubleTags", u.DoubleTags}, {"NNIIfIndex", u.NNI},
		{"OuterTagVlanId", u.Outer}, {"PoeModeCtrl", u.PoE},
	}
	if e := d.running.Endpoints[u.Endpoint]; e != nil {
		o[5].value, o[6].value = e.Name, e.MAC
	}
	if p := d.running.Profiles[u.Profile]; p != nil {
		o[8].value, o[9].value = p.Name, p.UID
	}
	return o
}

// zeroMAC is how the device spells an absent address.
const zeroMAC = "00:00:00:00:00:00"

func readOnlyMAC(_ *Device, _ *user, raw json.RawMessage, name string) *RPCError {
	_, err := readMAC(raw, name)
	return err
}

func setEndpointID(d *Device, u *user, raw json.RawMessage, name string) *RPCError {
	id, err := readUint(raw, name, 32)
	switch {
	case err != nil:
		return err
	case id > gam.MaxEndpoints:
		return fail(errEndpoint)
	case id != 0 && d.running.Endpoints[id] == nil:
		return fail(errNoEndpoint)
	}
	u.Endpoint = id
	return nil
}

func setEndpointName(d *Device, u *user, raw json.RawMessage, name string) *RPCError {
	s, err := readString(raw, name, 255)
	switch {
	case err != nil:
		return err
	case s == "":
		u.Endpoint = 0
		return nil
	case !validName(s):
		return fail(errEndpointName)
	}
	e := endpoints.named(d.running, s)
	if e == nil {
		return fail(errNoEndpoint)
	}
	u.Endpoint = e.ID
	return nil
}

func setProfileID(d *Device, u *user, raw json.RawMessage, name string) *RPCError {
	id, err := readUint(raw, name, 32)
	switch {
	case err != nil:
		return err
	case id > maxProfiles:
		return fail(errProfile)
	case id != 0 && d.running.Profiles[id] == nil:
		return fail(errNoProfile)
	}
	u.Profile = id
	return nil
}

func setProfileName(d *Device, u *user, raw json.RawMessage, name string) *RPCError {
	s, err := readString(raw, name, 255)
	switch {
	case err != nil:
		return err
	case s == "":
		u.Profile = 0
		return nil
	case !validName(s):
		return fail(errProfileName)
	}
	p := profiles.named(d.running, s)
	if p == nil {
		return fail(errNoProfile)
	}
	u.Profile = p.ID
	return nil
}

// legalVLAN is the range that the hardware takes: not the internal ids, not
// the captive one.
func legalVLAN(v int) bool { return v >= 3 && v <= 4093 && (v < 3840 || v > 3842) }

func checkUser(d *Device, u *user, _ style) *RPCError {
	if err := d.checkBinding(u); err != nil {
		return err
	}
	switch {
	case !legalVLAN(u.VLAN):
		return fail(errVLAN)
	case u.Remapped != 0 && !legalVLAN(u.Remapped):
		return fail(errRemappedVLAN)
	case u.Port2VLAN != 0 && u.Port2VLAN == u.VLAN:
		return fail(errPort2VLANSame)
	case u.Port2VLAN != 0 && !legalVLAN(u.Port2VLAN):
		return fail(errPort2VLAN)
	}
	if u.Trunk {
		u.Allowed = nil
	}
	if len(u.Allowed) > maxAllowedVLANs {
		return fail(errTooManyVLANs)
	}
	for _, v := range u.Allowed {
		if !legalVLAN(v) {
			return fail(errVLAN)
		}
	}
	if err := d.checkNNI(u.NNI, true); err != nil {
		return err
	}
	if (u.DoubleTags || u.Outer != 0) && !legalVLAN(u.Outer) {
		return fail(errOuterVLAN)
	}
	return nil
}

// checkBinding holds a subscriber to what the subscriber model binds it to.
func (d *Device) checkBinding(u *user) *RPCError {
	if d.running.Model == portAware {
		switch {
		case u.Endpoint != 0:
			return fail(errEndpoint)
		case u.Port.kind == ifNone:
			return nil
		case u.Port.kind != ifGhn || u.Port.n > d.hw.Ports:
			return fail(errPort)
		}
		if other := d.running.userOfPort(u.Port); other != nil && other.ID != u.ID {
			return fail(errPortTaken)
		}
		return nil
	}
	if u.Port.kind != ifNone {
		return fail(errPort)
	}
	if other := d.running.userOfEndpoint(u.Endpoint); other != nil && other.ID != u.ID {
		return fail(errEndpointTaken)
	}
	return nil
}

func (d *Device) checkNNI(i ifindex, noneAllowed bool) *RPCError {
	switch {
	case i.kind == ifNone && noneAllowed:
		return nil
	case i.kind == ifGhn || i.kind == ifMgmt:
		return fail(errNNINotUplink)
	case i.kind != ifUplink || i.n > d.hw.Uplinks:
		return fail(errNNI)
	}
	return nil
}
