package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Endpoint states, as labelled by the device.
const (
	stateNotDetected = "notDetected"
	stateOK          = "ok"
	stateWrongPort   = "quarantinedWrongPort"
	stateUnknownMAC  = "quarantinedUnknownMAC"
)

// sighting is one endpoint as the device knows it: configured, seen, or both.
type sighting struct {
	mac  gam.MAC
	conf *endpoint // nil when not configured
	plug *Plug     // nil when not plugged in
	seen bool      // detected now
	user *user     // nil without subscriber
}

// sight finds one endpoint; false when it is neither configured nor seen.
func (d *Device) sight(mac gam.MAC) (sighting, bool) {
	s := d.look(mac, d.running.endpointByMAC(mac))
	switch {
	case s.portAware(d):
		s.user = d.running.userOfPort(ghn(s.plug.Port))
	case s.conf != nil:
		s.user = d.running.userOfEndpoint(s.conf.ID)
	}
	return s, s.conf != nil || s.seen
}

func (d *Device) look(mac gam.MAC, conf *endpoint) sighting {
	s := sighting{mac: mac, conf: conf, plug: d.plant[mac]}
	s.seen = s.plug != nil && d.detected(s.plug)
	return s
}

// portAware reports whether the endpoint is served by the port where it is
// seen.
func (s sighting) portAware(d *Device) bool {
	return d.running.Model == portAware && s.seen && s.conf != nil
}

// sightings lists every endpoint, in the order of addresses. It looks
// everything up once, because a poll of a full device asks for all.
func (d *Device) sightings() []sighting {
	users, ports := map[int]*user{}, map[ifindex]*user{}
	for _, u := range d.running.Users {
		users[u.Endpoint], ports[u.Port] = u, u
	}
	delete(users, 0)
	all := make([]sighting, 0, len(d.running.Endpoints)+len(d.plant))
	configured := map[gam.MAC]bool{}
	for _, e := range d.running.Endpoints {
		configured[e.MAC] = true
		s := d.look(e.MAC, e)
		if s.user = users[e.ID]; s.portAware(d) {
			s.user = ports[ghn(s.plug.Port)]
		}
		all = append(all, s)
	}
	for mac := range d.plant {
		if configured[mac] {
			continue
		}
		if s := d.look(mac, nil); s.seen {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b sighting) int { return bytes.Compare(a.mac[:], b.mac[:]) })
	return all
}

func (d *Device) state(s sighting) string {
	switch {
	case !s.seen:
		return stateNotDetected
	case s.conf == nil:
		return stateUnknownMAC
	case d.running.Model == portAware, s.conf.Port == ghn(s.plug.Port):
		return stateOK
	}
	return stateWrongPort
}

func (d *Device) brief(s sighting) object {
	o := object{
		{"MacAddress", s.mac}, {"ConfEndpointId", 0}, {"ConfEndpointName", ""},
		{"ConfPortIfIndex", ifindex{}}, {"ConfAutoPort", false}, {"DetectedPortIfIndex", ifindex{}},
		{"ConfUserId", 0}, {"ConfUserName", ""}, {"ConfUserUid", 0},
		{"ConfBwProfileId", 0}, {"ConfBwProfileName", ""}, {"ConfBwProfileUid", 0},
		{"State", d.state(s)}, {"ModelType", "unknown"}, {"ModelString", ""}, {"FwMismatch", false},
	}
	if s.conf != nil {
		o[1].value, o[2].value, o[3].value, o[4].value = s.conf.ID, s.conf.Name, s.conf.Port, s.conf.AutoPort
	}
	if s.seen {
		o[5].value = ghn(s.plug.Port)
		o[13].value, o[14].value, o[15].value = cpeTypes[s.plug.Model], s.plug.Model, s.plug.FwMismatch
	}
	p := d.running.Profiles[defaultProfileID]
	if s.user != nil {
		o[6].value, o[7].value, o[8].value = s.user.ID, s.user.Name, s.user.UID
		p = d.running.Profiles[s.user.Profile]
	}
	if p != nil {
		o[9].value, o[10].value, o[11].value = p.ID, p.Name, p.UID
	}
	return d.quirky(o)
}

func (d *Device) detailed(s sighting) object {
	if !s.seen {
		return d.quirky(object{
			{"MacAddress", s.mac}, {"Alive", false}, {"DeviceName", ""}, {"HwProduct", ""},
			{"SerialNumber", ""}, {"Uptime", ""}, {"FwVersion", ""}, {"XputIndicator", 0}, {"Mode", "unknown"},
			{"WireLengthMeters", 0}, {"WireLengthFeet", 0}, {"RxPhyRate", 0}, {"TxPhyRate", 0},
			{"RxAllocBands", 0}, {"TxAllocBands", 0}, {"RxMaxXput", 0}, {"TxMaxXput", 0}, {"RxUsage", 0}, {"TxUsage", 0},
		})
	}
	p, l, bands := s.plug, d.linkOf(s.plug), 0
	if d.hw.Medium == gam.Copper {
		bands = 1
	}
	return d.quirky(object{
		{"MacAddress", s.mac}, {"Alive", true}, {"DeviceName", p.Model}, {"HwProduct", p.Model},
		{"SerialNumber", p.Serial}, {"Uptime", spokenUptime(d.opt.Now().Sub(p.since))},
		{"FwVersion", p.firmware(d.fw)}, {"XputIndicator", l.allocated}, {"Mode", d.running.Ghn[p.Port-1].Mode},
		{"WireLengthMeters", p.WireMetres}, {"WireLengthFeet", int(float64(p.WireMetres)*3.28084 + 0.5)},
		{"RxPhyRate", l.rxPhy}, {"TxPhyRate", l.txPhy}, {"RxAllocBands", bands}, {"TxAllocBands", bands},
		{"RxMaxXput", l.rxMax}, {"TxMaxXput", l.txMax}, {"RxUsage", 0}, {"TxUsage", 0},
	})
}

func (d *Device) quirky(o object) object {
	if d.fw.Quirks.NumbersAsStrings {
		return o.quoteNumbers()
	}
	return o
}

// spokenUptime is an endpoint's uptime, "12 days, 2h 18m 33s".
func spokenUptime(t time.Duration) string {
	s := int(t.Seconds())
	days := ""
	switch n := s / 86400; {
	case n == 1:
		days = "1 day, "
	case n > 1:
		days = fmt.Sprintf("%d days, ", n)
	}
	return fmt.Sprintf("%s%dh %dm %ds", days, s/3600%24, s/60%60, s%60)
}

// readSighting finds the endpoint of a status call. By id only configured
// ones have a number.
func (d *Device) readSighting(raw json.RawMessage, is style) (sighting, *RPCError) {
	if is == byID {
		id, err := readUint(raw, "endpoint id", 32)
		if err != nil {
			return sighting{}, err
		}
		e, err := endpoints.find(d.running, key{id: id}, byID)
		if err != nil {
			return sighting{}, err
		}
		s, _ := d.sight(e.MAC)
		return s, nil
	}
	mac, err := readMAC(raw, "MAC")
	if err != nil {
		return sighting{}, err
	}
	s, ok := d.sight(mac)
	if !ok {
		return s, fail(errNotOnAnyPort)
	}
	return s, nil
}

// perEndpoint answers for one endpoint or for all of them; by id all means
// the configured ones.
func perEndpoint(is style, show func(d *Device, s sighting) object) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		if len(p) == 1 {
			s, err := d.readSighting(p[0], is)
			if err != nil {
				return nil, err
			}
			return show(d, s), nil
		}
		all := keyVal{}
		if is == byID {
			for _, id := range ids(d.running.Endpoints) {
				s, _ := d.sight(d.running.Endpoints[id].MAC)
				all = append(all, pair{id, show(d, s)})
			}
			return all, nil
		}
		for _, s := range d.sightings() {
			all = append(all, pair{s.mac, show(d, s)})
		}
		return all, nil
	}
}

// detailedGet is perEndpoint with the quirks of this call.
func detailedGet(is style) handler {
	plain := perEndpoint(is, (*Device).detailed)
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		if len(p) == 0 && d.fw.Quirks.NoDetailedAll {
			return nil, badParams("key expected")
		}
		v, err := plain(d, p)
		if o, one := v.(object); one && d.fw.Quirks.DetailedAsPairs {
			var key any
			if json.Unmarshal(p[0], &key) == nil {
				return keyVal{{key, o}}, nil
			}
		}
		return v, err
	}
}

// linkGet answers for one Ethernet port of an endpoint; a port that the model
// lacks is not valid.
func linkGet(is style) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		s, port, err := d.readEndpointPort(p, is)
		if err != nil {
			return nil, err
		}
		if !s.seen {
			return nil, fail(errQuery)
		}
		switch {
		case port > s.plug.ethPorts():
			return object{{"Valid", false}, {"Link", false}, {"Fdx", false}, {"Speed", "undefined"}}, nil
		case port == 2 || hash(s.mac.String())%12 == 0:
			return object{{"Valid", true}, {"Link", false}, {"Fdx", false}, {"Speed", "undefined"}}, nil
		}
		return object{{"Valid", true}, {"Link", true}, {"Fdx", true}, {"Speed", "speed1G"}}, nil
	}
}

func (d *Device) readEndpointPort(p []json.RawMessage, is style) (sighting, int, *RPCError) {
	s, err := d.readSighting(p[0], is)
	if err != nil {
		return s, 0, err
	}
	port, err := readUint(p[1], "port", 32)
	if err != nil {
		return s, 0, err
	}
	if port < 1 || port > 2 {
		return s, 0, fail(errPortOrEndpoint)
	}
	return s, port, nil
}

func fwUpgradeStatus(d *Device, s sighting) object {
	stage, status := "initial", "Not upgrading"
	if s.plug != nil && !s.seen && s.plug.upgraded {
		stage, status = "upgrading", "Upgrading"
	}
	return object{{"Status", status}, {"DownloadedBytes", 0}, {"Stage", stage}}
}

func poeStatus(d *Device, s sighting) object {
	if !s.seen || !s.plug.poe() {
		return object{
			{"CpePort", 0}, {"Enabled", false}, {"Mode", "na"}, {"PSEOverload", false},
			{"InputPwrSrc", "na"}, {"InputPwrLevel", "na"}, {"OutputStatus", "na"},
		}
	}
	on := s.user != nil && s.user.PoE != "disable"
	output := "notFeedingPower"
	if on {
		output = "feedingPower"
	}
	return object{
		{"CpePort", 1}, {"Enabled", on}, {"Mode", "dot3at"}, {"PSEOverload", false},
		{"InputPwrSrc", "notFeedingPower"}, {"InputPwrLevel", "na"}, {"OutputStatus", output},
	}
}
