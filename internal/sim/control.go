package sim

import (
	"encoding/json"
	"fmt"
	"time"
)

// Actions on endpoints and counters, which change no configuration.

func controlMethods() map[string]method {
	all := map[string]method{
		"ghnAgent.control.port.statistics.set": {2, 2, Action, func(d *Device, p []json.RawMessage) (any, *RPCError) {
			n, err := d.readGhn(p[0])
			if err != nil {
				return nil, err
			}
			f, err := d.flags(p[1], "ClearEthStats")
			if err == nil && f["ClearEthStats"] {
				d.cleared[ghn(n).String()] = d.opt.Now()
			}
			return nil, err
		}},
	}
	for prefix, is := range map[string]style{"ghnAgent.control.endpoint": byID, "ghnAgent.control.endpointByMac": byName} {
		all[prefix+".system.set"] = method{2, 2, Action, onEndpoint(is, endpointSystem)}
		all[prefix+".poe.set"] = method{2, 2, Action, onEndpoint(is, endpointPoE)}
		all[prefix+".statistics.set"] = method{2, 2, Action, onEndpoint(is, endpointStatistics)}
	}
	return all
}

// flags reads an object of booleans.
func (d *Device) flags(raw json.RawMessage, names ...string) (map[string]bool, *RPCError) {
	fields := map[string]field[map[string]bool]{}
	for _, n := range names {
		fields[n] = field[map[string]bool]{set: func(_ *Device, m *map[string]bool, raw json.RawMessage, name string) *RPCError {
			v, err := readBool(raw, name)
			if err == nil {
				(*m)[name] = v
			}
			return err
		}}
	}
	m := map[string]bool{}
	return m, setMembers(d, &m, raw, fields)
}

// onEndpoint finds the endpoint that an action is for and makes sure that it
// is there.
func onEndpoint(is style, act func(d *Device, s sighting, raw json.RawMessage) *RPCError) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		s, err := d.readSighting(p[0], is)
		if err != nil {
			if err.ModuleCode() == errNotOnAnyPort {
				err = fail(errNoDevice)
			}
			return nil, err
		}
		return nil, act(d, s, p[1])
	}
}

// reach refuses an action on an endpoint that does not answer.
func (d *Device) reach(s sighting) *RPCError {
	switch {
	case s.plug != nil && d.opt.Now().Before(s.plug.awayUntil):
		return fail(errState)
	case !s.seen:
		return fail(errQuery)
	}
	return nil
}

func endpointSystem(d *Device, s sighting, raw json.RawMessage) *RPCError {
	f, err := d.flags(raw, "Reboot", "StartFwUpgrade")
	if err != nil || !f["Reboot"] && !f["StartFwUpgrade"] {
		return err
	}
	if err := d.reach(s); err != nil {
		return err
	}
	now := d.opt.Now()
	if f["StartFwUpgrade"] {
		if s.plug.Model == "G1000-C" && d.fw.NoG1000C {
			return fail(errManualUpgrade)
		}
		s.plug.FwMismatch, s.plug.upgraded = false, true
		s.plug.awayUntil = now.Add(2 * d.opt.EndpointReboot)
	}
	if f["Reboot"] {
		s.plug.awayUntil = now.Add(max(d.opt.EndpointReboot, s.plug.awayUntil.Sub(now)))
	}
	s.plug.since = s.plug.awayUntil
	return nil
}

func endpointPoE(d *Device, s sighting, raw json.RawMessage) *RPCError {
	f, err := d.flags(raw, "CyclePower")
	if err != nil || !f["CyclePower"] {
		return err
	}
	if err := d.reach(s); err != nil {
		return err
	}
	if !s.plug.poe() {
		return fail(errNotImplemented)
	}
	if s.user == nil {
		return fail(errNoUserForEndpoint)
	}
	return nil
}

func endpointStatistics(d *Device, s sighting, raw json.RawMessage) *RPCError {
	f, err := d.flags(raw, "ClearEthStats", "ClearGhnStats")
	if err != nil {
		return err
	}
	if err := d.reach(s); err != nil {
		return err
	}
	for name, set := range f {
		if set {
			d.cleared[s.mac.String()+name] = d.opt.Now()
		}
	}
	return nil
}

// Counters grow with time since they were cleared, at rates that belong to
// the thing counted.

func (d *Device) since(what string, start time.Time) uint64 {
	if at, ok := d.cleared[what]; ok && at.After(start) {
		start = at
	}
	return uint64(max(d.opt.Now().Sub(start), 0) / time.Second)
}

func ethCounters(what string, seconds uint64, valid bool) object {
	if !valid {
		seconds = 0
	}
	down := 40_000 + hash(what)%900_000 // bytes per second
	up := down / 9
	errors := uint64(0)
	if hash(what+"errors")%10 == 0 {
		errors = seconds / 3600
	}
	return object{
		{"Valid", valid}, {"RxBytes", seconds * up}, {"TxBytes", seconds * down},
		{"RxPackets", seconds * up / 300}, {"TxPackets", seconds * down / 1100}, {"RxErrors", errors},
	}
}

func counterMethods() map[string]method {
	all := map[string]method{
		"ghnAgent.statistics.port.eth.get": {0, 1, Read, perGhn(func(d *Device, n int) any {
			name := ghn(n).String()
			return ethCounters(d.opt.Serial+name, d.since(name, d.bootedAt), d.portUp(n))
		})},
	}
	for prefix, is := range map[string]style{"ghnAgent.statistics.endpoint": byID, "ghnAgent.statistics.endpointByMac": byName} {
		all[prefix+".eth.get"] = method{2, 2, Read, func(d *Device, p []json.RawMessage) (any, *RPCError) {
			s, port, err := d.readEndpointPort(p, is)
			if err != nil {
				return nil, err
			}
			if !s.seen {
				return ethCounters("", 0, false), nil
			}
			what := s.mac.String()
			valid := port <= s.plug.ethPorts()
			return ethCounters(what+fmt.Sprint(port), d.since(what+"ClearEthStats", s.plug.since), valid), nil
		}}
		all[prefix+".ghn.get"] = method{1, 1, Read, func(d *Device, p []json.RawMessage) (any, *RPCError) {
			s, err := d.readSighting(p[0], is)
			if err != nil {
				return nil, err
			}
			if !s.seen {
				return nil, fail(errQuery)
			}
			return d.ghnCounters(s), nil
		}}
	}
	return all
}

func (d *Device) ghnCounters(s sighting) object {
	what := s.mac.String()
	frames := int(uint32(d.since(what+"ClearGhnStats", s.plug.since) * (200 + hash(what)%3000)))
	bad := 0
	if s.plug.Trouble == BadSplitter || s.plug.Trouble == DyingLink {
		bad = 4 + int(hash(what)%5)
	}
	return object{
		{"UsFrames", frames / 4}, {"UsPDUs", frames}, {"UsErrorPercent", bad}, {"UsAbortPercent", bad / 3},
		{"DsFrames", frames / 3}, {"DsPDUs", frames * 2}, {"DsErrorPercent", bad / 2}, {"DsAbortPercent", 0},
	}
}
