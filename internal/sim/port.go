package sim

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

var (
	portModes    = []string{"coax", "mimo", "siso", "unknown"}
	portRoles    = []string{"domainMaster", "endpoint"}
	rfc5517Modes = []string{"undefined", "isolated", "community", "uplink", "stacking", "stacking-isolated"}
)

var ghnFields = map[string]field[ghnPort]{
	"IfIndex":          ignored(iface(func(*ghnPort) *ifindex { return new(ifindex) })),
	"Name":             text(maxNameLen, func(p *ghnPort) *string { return &p.Name }),
	"MacAddress":       {only: readOnly, set: portMAC},
	"PortMode":         label(portModes, func(p *ghnPort) *string { return &p.Mode }),
	"PortRole":         label(portRoles, func(p *ghnPort) *string { return &p.Role }),
	"Rfc5517Mode":      label(rfc5517Modes, func(p *ghnPort) *string { return &p.RFC5517 }),
	"Rfc5517Community": number(8, func(p *ghnPort) *int { return &p.Community }),
	"AllowedVlans":     vids(func(p *ghnPort) *[]int { return &p.AllowedVLANs }),
	"ForbiddenVlans":   vids(func(p *ghnPort) *[]int { return &p.Forbidden }),
}

func portMAC(_ *Device, _ *ghnPort, raw json.RawMessage, name string) *RPCError {
	_, err := readMAC(raw, name)
	return err
}

// readGhn reads a key of a G.hn port table.
func (d *Device) readGhn(raw json.RawMessage) (int, *RPCError) {
	i, err := readIf(raw, "ifindex")
	if err != nil {
		return 0, err
	}
	if i.kind != ifGhn || i.n > d.hw.Ports {
		return 0, fail(errPort)
	}
	return i.n, nil
}

// perGhn answers for one G.hn port or for all of them.
func perGhn(show func(d *Device, n int) any) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		if len(p) == 1 {
			n, err := d.readGhn(p[0])
			if err != nil {
				return nil, err
			}
			return show(d, n), nil
		}
		all := keyVal{}
		for n := 1; n <= d.hw.Ports; n++ {
			all = append(all, pair{ghn(n), show(d, n)})
		}
		return all, nil
	}
}

func showGhn(d *Device, n int) any {
	p := d.running.Ghn[n-1]
	return object{
		{"IfIndex", ghn(n)}, {"Name", p.Name}, {"MacAddress", p.MAC}, {"PortMode", p.Mode},
		{"PortRole", p.Role}, {"Rfc5517Mode", p.RFC5517}, {"Rfc5517Community", p.Community},
		{"AllowedVlans", append([]int{}, p.AllowedVLANs...)},
	}
}

func setGhn(d *Device, p []json.RawMessage) (any, *RPCError) {
	n, err := d.readGhn(p[0])
	if err != nil {
		return nil, err
	}
	e := d.running.Ghn[n-1]
	if err := setMembers(d, &e, p[1], ghnFields); err != nil {
		return nil, err
	}
	if err := d.checkGhn(n, e); err != nil {
		return nil, err
	}
	d.noOp = reflect.DeepEqual(d.running.Ghn[n-1], e)
	d.running.Ghn[n-1] = e
	return nil, nil
}

func (d *Device) checkGhn(n int, p ghnPort) *RPCError {
	for i, other := range d.running.Ghn {
		if i != n-1 && other.Name == p.Name && p.Name != "" {
			return fail(errPortNameTaken)
		}
	}
	if (p.Mode == "coax") != (d.hw.Medium == gam.Coax) || p.Mode == "unknown" {
		return fail(errPortMode)
	}
	if p.Role == "endpoint" && d.running.endpointsOn(ghn(n), 0) > 0 {
		return fail(errPortRole)
	}
	if p.RFC5517 == "undefined" {
		return fail(errRFC5517Mode)
	}
	if p.RFC5517 == "community" && (p.Community < 1 || p.Community > 99) {
		return fail(errRFC5517Community)
	}
	carries := p.RFC5517 == "uplink" || p.RFC5517 == "stacking" || p.RFC5517 == "stacking-isolated"
	if len(p.AllowedVLANs) > 0 && !carries {
		return fail(errRFC5517Mode)
	}
	if !allLegal(p.AllowedVLANs) || !allLegal(p.Forbidden) {
		return fail(errVLAN)
	}
	return nil
}

func allLegal(vlans []int) bool {
	return !slices.ContainsFunc(vlans, func(v int) bool { return !legalVLAN(v) })
}

// Global settings of the G.hn agent.

var globals = &table[config]{group: "global", fields: globalFields}

var globalFields = map[string]field[config]{
	"SubscriberModel":       label([]string{endpointAware, portAware}, func(c *config) *string { return &c.Model }),
	"DefaultNNIIfIndex":     iface(func(c *config) *ifindex { return &c.DefaultNNI }),
	"EndpointAutoFwUpgrade": flag(func(c *config) *bool { return &c.AutoFw }),
	"ShelfSeedIndex": {set: func(_ *Device, c *config, raw json.RawMessage, name string) *RPCError {
		v, err := readInt(raw, name)
		if err == nil {
			c.ShelfSeed = v
		}
		return err
	}},
}

func globalGet(d *Device, _ []json.RawMessage) (any, *RPCError) {
	c := d.running
	o := object{
		{"SubscriberModel", c.Model}, {"DefaultNNIIfIndex", c.DefaultNNI},
		{"EndpointAutoFwUpgrade", c.AutoFw}, {"ShelfSeedIndex", c.ShelfSeed},
	}
	return o.without(d.fw.lacks("global")), nil
}

func globalSet(d *Device, p []json.RawMessage) (any, *RPCError) {
	c := *d.running
	o, err := readObject(p[0], "value")
	if err != nil {
		return nil, err
	}
	if err := globals.apply(d, &c, o, byID); err != nil {
		return nil, err
	}
	if err := d.checkNNI(c.DefaultNNI, false); err != nil {
		return nil, err
	}
	if c.Model == portAware && (d.hw.Medium != gam.Copper || d.fw.NoPortAware) {
		return nil, fail(errSubscriberModel)
	}
	d.noOp = reflect.DeepEqual(*d.running, c)
	from := d.running.Model
	*d.running = c
	if from != c.Model {
		d.convert()
	}
	return nil, nil
}

// convert rewrites endpoints and subscribers after a change of the subscriber
// model, with the losses that the operations page warns of.
func (d *Device) convert() {
	c := d.running
	if c.Model == portAware {
		for _, id := range ids(c.Users) {
			u := c.Users[id]
			if e := c.Endpoints[u.Endpoint]; e != nil && c.userOfPort(e.Port) == nil {
				u.Port = e.Port
			}
			u.Endpoint = 0
		}
		for _, e := range c.Endpoints {
			e.Port, e.AutoPort = ifindex{}, false
		}
		for _, p := range d.plant {
			d.appear(p)
		}
		return
	}
	for _, id := range ids(c.Endpoints) {
		e := c.Endpoints[id]
		p := d.plant[e.MAC]
		if p == nil || !d.detected(p) {
			e.AutoPort = true
			continue
		}
		e.Port = ghn(p.Port)
		if u := c.userOfPort(e.Port); u != nil {
			u.Endpoint = e.ID
		}
	}
	for _, u := range c.Users {
		u.Port = ifindex{}
	}
}
