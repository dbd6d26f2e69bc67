package sim

import (
	"encoding/json"
	"strings"
)

// The Ethernet-level tables that cover every port, and the G.hn agent's own
// status of its ports.

func portMethods() map[string]method {
	return map[string]method{
		"port.status.get": {0, 1, Read, portStatusGet},
		"port.config.get": {0, 1, Read, perPort((*Device).portConfig)},
		"port.config.set": {2, 2, Write, portConfigSet},

		"ghnAgent.config.global.get":        {0, 0, Read, globalGet},
		"ghnAgent.config.global.set":        {1, 1, Write, globalSet},
		"ghnAgent.config.port.get":          {0, 1, Read, perGhn(showGhn)},
		"ghnAgent.config.port.set":          {2, 2, Write, setGhn},
		"ghnAgent.status.port.brief.get":    {0, 1, Read, perGhn(ghnBrief)},
		"ghnAgent.status.port.detailed.get": {0, 1, Read, perGhn(ghnDetailed)},
		"ghnAgent.status.vectorBoost.get":   {0, 0, Read, vectorBoost},
	}
}

// readPort reads a key of a table that covers every port.
func (d *Device) readPort(raw json.RawMessage) (ifindex, *RPCError) {
	i, err := readIf(raw, "ifindex")
	if err != nil {
		return i, err
	}
	if _, ok := d.running.Eth[i]; !ok {
		return i, badParams("ifindex: no such interface")
	}
	return i, nil
}

func perPort(show func(d *Device, i ifindex) object) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		if len(p) == 1 {
			i, err := d.readPort(p[0])
			if err != nil {
				return nil, err
			}
			return show(d, i), nil
		}
		all := keyVal{}
		for _, i := range d.interfaces() {
			all = append(all, pair{i, show(d, i)})
		}
		return all, nil
	}
}

func portStatusGet(d *Device, p []json.RawMessage) (any, *RPCError) {
	if len(p) == 0 && d.fw.Quirks.NoPortStatusAll {
		return nil, badParams("key expected")
	}
	return perPort((*Device).portStatus)(d, p)
}

// portUp: a G.hn port is up while an endpoint is seen on it.
func (d *Device) portUp(n int) bool {
	if d.running.Eth[ghn(n)].Shutdown {
		return false
	}
	for _, p := range d.plant {
		if p.Port == n && d.detected(p) {
			return true
		}
	}
	return false
}

func (d *Device) portStatus(i ifindex) object {
	up, speed := false, "undefined"
	switch i.kind {
	case ifGhn:
		up, speed = d.portUp(i.n), "speed2G5"
	case ifUplink:
		up, speed = i.n == 1 && !d.running.Eth[i].Shutdown, "speed10G"
	case ifMgmt:
		up, speed = true, "speed1G"
	}
	if !up {
		speed = "undefined"
	}
	o := object{
		{"Link", up}, {"Fdx", up}, {"Fiber", i.kind == ifUplink && i.n == 1}, {"Speed", speed},
		{"SFPType", "none"}, {"SFPVendorName", ""}, {"SFPVendorPN", ""}, {"SFPVendorRev", ""}, {"SFPVendorSN", ""},
	}
	if i.kind != ifUplink {
		return o
	}
	present := i.n == 1
	if present {
		o[4].value, o[5].value, o[6].value, o[7].value = "sfp10G", "FIBERSTORE", "SFP-10GLR-31", "A"
		o[8].value = "F" + d.opt.Serial
	}
	return append(o, member{"Present", present}, member{"LossOfSignal", present && !up}, member{"TxFault", false})
}

var (
	portSpeeds = []string{
		"force10ModeFdx", "force10ModeHdx", "force100ModeFdx", "force100ModeHdx", "force1GModeFdx", "autoNegMode",
		"force2G5ModeFdx", "force5GModeFdx", "force10GModeFdx", "force12GModeFdx",
	}
	ethFields = map[string]field[ethPort]{
		"Shutdown": flag(func(p *ethPort) *bool { return &p.Shutdown }),
		"Speed":    label(portSpeeds, func(p *ethPort) *string { return &p.Speed }),
		"MTU":      number(32, func(p *ethPort) *int { return &p.MTU }),
		"FC":       label([]string{"off", "on"}, func(p *ethPort) *string { return &p.FC }),
	}
)

func (d *Device) portConfig(i ifindex) object {
	p := d.running.Eth[i]
	return object{{"Shutdown", p.Shutdown}, {"Speed", p.Speed}, {"MTU", p.MTU}, {"FC", p.FC}}
}

func portConfigSet(d *Device, p []json.RawMessage) (any, *RPCError) {
	i, err := d.readPort(p[0])
	if err != nil {
		return nil, err
	}
	e := d.running.Eth[i]
	if err := setMembers(d, &e, p[1], ethFields); err != nil {
		return nil, err
	}
	if e.MTU < 1518 || e.MTU > 10240 {
		return nil, badParams("MTU: 1518 to 10240 expected")
	}
	d.noOp = e == d.running.Eth[i]
	d.running.Eth[i] = e
	return nil, nil
}

func ghnBrief(d *Device, n int) any {
	var macs []string
	for _, s := range d.sightings() {
		if s.seen && s.plug.Port == n {
			macs = append(macs, strings.ToLower(s.mac.String()))
		}
	}
	missing := d.running.endpointsOn(ghn(n), 0) > 0 && len(macs) == 0
	return object{
		{"IfIndex", ghn(n)}, {"AdminEnabled", !d.running.Eth[ghn(n)].Shutdown}, {"MacAddress", d.running.Ghn[n-1].MAC},
		{"EndpointsMacAddressList", strings.Join(macs, ",")},
		{"OutageNSA", false}, {"OutageSA", missing}, {"Rpf", false},
	}
}

func ghnDetailed(d *Device, n int) any {
	p := d.running.Ghn[n-1]
	product := "GAM-P-" + d.hw.Letter()
	return object{
		{"MacAddress", p.MAC}, {"Alive", true}, {"DeviceName", product}, {"HwProduct", product},
		{"SerialNumber", d.opt.Serial}, {"Uptime", spokenUptime(d.opt.Now().Sub(d.bootedAt))},
		{"FwVersion", "GAM_positron_" + d.fw.Revision}, {"XputIndicator", 0}, {"Mode", p.Mode},
		{"WireLengthMeters", 0}, {"WireLengthFeet", 0}, {"RxPhyRate", 0}, {"TxPhyRate", 0},
		{"RxAllocBands", 0}, {"TxAllocBands", 0}, {"RxMaxXput", 0}, {"TxMaxXput", 0}, {"RxUsage", 0}, {"TxUsage", 0},
	}
}

func vectorBoost(d *Device, _ []json.RawMessage) (any, *RPCError) {
	if d.hw.Letter() == "C" {
		return nil, fail(errNotImplemented)
	}
	return object{{"VectorBoostState", "ready"}}, nil
}
