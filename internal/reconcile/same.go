package reconcile

import (
	"slices"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// This file says when two entries mean the same to the network, so that no
// write is made for a difference that makes none.

// sameText accepts a description that only differs by what every interface of
// the device does to text: ours are cut to 63 characters of plain ASCII,
// adopted ones may be longer.
func sameText(found, wanted string) bool {
	return found == wanted || gam.DeviceText(found, gam.MaxDescription) == wanted
}

// samePoE: a firmware that does not tell has PoE off, and forced is on.
func samePoE(found, wanted gam.PoEMode) bool {
	on := func(m gam.PoEMode) bool { return m == gam.PoEEnable || m == gam.PoEForce }
	return on(found) == on(wanted)
}

// merge gives found the members of wanted that mean something else, and the
// words for what has changed. Name, endpoint, port and profile are not
// looked at, they depend on other entries. defaultNNI is the device's own
// uplink for double-tagged subscribers without theirs.
func merge(found, wanted gam.Service, defaultNNI int) (merged gam.Service, changed []string) {
	m := found
	set := func(same bool, word string, do func()) {
		if !same {
			do()
			if !slices.Contains(changed, word) {
				changed = append(changed, word)
			}
		}
	}
	set(sameText(found.Description, wanted.Description), "description", func() { m.Description = wanted.Description })
	set(found.VLAN == wanted.VLAN, "VLAN", func() { m.VLAN = wanted.VLAN })
	set(found.Tagged == wanted.Tagged, "tagging", func() { m.Tagged = wanted.Tagged })
	set(found.RemappedVLAN == wanted.RemappedVLAN, "remapped VLAN", func() { m.RemappedVLAN = wanted.RemappedVLAN })
	set(found.Port2VLAN == wanted.Port2VLAN, "port 2 VLAN", func() { m.Port2VLAN = wanted.Port2VLAN })
	set(found.Trunk == wanted.Trunk, "trunk", func() { m.Trunk = wanted.Trunk })
	// In trunk mode the device drops the list of extra VLANs.
	set(wanted.Trunk || sameVLANs(found.AllowedVLANs, wanted.AllowedVLANs), "extra VLANs", func() { m.AllowedVLANs = slices.Clone(wanted.AllowedVLANs) })
	if wanted.Trunk && !found.Trunk {
		m.AllowedVLANs = nil
	}
	set(found.DoubleTag == wanted.DoubleTag, "double tag", func() { m.DoubleTag = wanted.DoubleTag })
	if wanted.DoubleTag {
		set(found.OuterVLAN == wanted.OuterVLAN, "outer VLAN", func() { m.OuterVLAN = wanted.OuterVLAN })
		// A firmware may show the default uplink by its number.
		same := found.NNI == wanted.NNI || wanted.NNI == 0 && defaultNNI != 0 && found.NNI == defaultNNI
		set(same, "uplink", func() { m.NNI = wanted.NNI })
	} else if found.DoubleTag {
		m.OuterVLAN, m.NNI = 0, 0
	}
	set(samePoE(found.PoE, wanted.PoE), "PoE", func() {
		if m.PoE = wanted.PoE; m.PoE == gam.PoEUnknown {
			m.PoE = gam.PoEDisable
		}
	})
	return m, changed
}

func sameVLANs(a, b []int) bool {
	return slices.Equal(a, b) || slices.Equal(sorted(a), sorted(b))
}

// samePort accepts any port that the device bound by itself where we left the
// choice to it.
func samePort(found, wanted gam.Endpoint) bool {
	if wanted.Port == 0 && wanted.AutoPort {
		return found.Port != 0 || found.AutoPort
	}
	return found.Port == wanted.Port && (found.Port != 0 || found.AutoPort == wanted.AutoPort)
}

// mergeEndpoint is merge for endpoints, name and port included.
func mergeEndpoint(found, wanted gam.Endpoint) (merged gam.Endpoint, changed []string) {
	m := found
	if found.Name != wanted.Name {
		m.Name = wanted.Name
		changed = append(changed, "name")
	}
	if !samePort(found, wanted) {
		m.Port, m.AutoPort = wanted.Port, wanted.AutoPort
		changed = append(changed, "port")
	}
	if !sameText(found.Description, wanted.Description) {
		m.Description = wanted.Description
		changed = append(changed, "description")
	}
	if found.AllowMgmtVLAN != wanted.AllowMgmtVLAN {
		m.AllowMgmtVLAN = wanted.AllowMgmtVLAN
		changed = append(changed, "management VLAN")
	}
	return m, changed
}

// sameBinding reports whether two subscriber entries hang on the same
// endpoint, or on the same port of a port-aware device. A renamed endpoint is
// the same one where its MAC is known on both sides.
func sameBinding(a, b gam.Service, model gam.SubscriberModel) bool {
	if model == gam.PortAware {
		return a.Port == b.Port
	}
	if !a.EndpointMAC.IsZero() && !b.EndpointMAC.IsZero() {
		return a.EndpointMAC == b.EndpointMAC
	}
	return a.EndpointName == b.EndpointName
}

// stands reports whether an observed configuration holds an entry as it was
// written, and returns the observed one with its number.
func stands(c gam.Config, e gam.Entry) (found gam.Entry, ok bool) {
	switch {
	case e.Profile != nil:
		p, ok := c.Profile(e.Profile.Name)
		return gam.Entry{Profile: &p}, ok && p.Rate == e.Profile.Rate
	case e.Endpoint != nil:
		p, ok := c.Endpoint(e.Endpoint.MAC)
		return gam.Entry{Endpoint: &p}, ok && len(changesEndpoint(p, *e.Endpoint)) == 0
	case e.Service != nil:
		s, ok := c.Service(e.Service.Name)
		return gam.Entry{Service: &s}, ok && len(changesService(s, *e.Service, c)) == 0
	}
	return gam.Entry{}, false
}

func changesEndpoint(found, wanted gam.Endpoint) []string {
	_, ch := mergeEndpoint(found, wanted)
	return ch
}

func changesService(found, wanted gam.Service, c gam.Config) []string {
	_, ch := merge(found, wanted, c.DefaultNNI)
	if !sameBinding(found, wanted, c.SubscriberModel) {
		ch = append(ch, "endpoint")
		if c.SubscriberModel == gam.PortAware {
			ch[len(ch)-1] = "port"
		}
	}
	if found.ProfileName != wanted.ProfileName {
		ch = append(ch, "profile")
	}
	return ch
}

// changedWords prints what has changed: "VLAN and tagging changed".
func changedWords(ch []string) string {
	switch len(ch) {
	case 0:
		return "unchanged"
	case 1:
		return ch[0] + " changed"
	}
	return strings.Join(ch[:len(ch)-1], ", ") + " and " + ch[len(ch)-1] + " changed"
}
