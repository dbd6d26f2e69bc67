package sim

import (
	"encoding/json"

	"github.com/opengam/opengam/internal/gam"
)

var endpoints = &table[endpoint]{
	group:   "endpoint",
	limit:   gam.MaxEndpoints,
	rows:    func(c *config) map[int]*endpoint { return c.Endpoints },
	id:      func(e *endpoint) *int { return &e.ID },
	name:    func(e *endpoint) *string { return &e.Name },
	fresh:   func(*Device) *endpoint { return &endpoint{} },
	badID:   errEndpoint,
	missing: errNoEndpoint,
	badName: errEndpointName,
	taken:   errEndpointNameTaken,
	exists:  errEndpointExists,
	full:    errEndpointsFull,
	fields: map[string]field[endpoint]{
		"Id":            ignored(number(32, func(e *endpoint) *int { return &e.ID })),
		"MacAddress":    {set: setMAC},
		"Name":          inStyle(onlyByID, name(errEndpointName, func(e *endpoint) *string { return &e.Name })),
		"Description":   text(maxDescriptionLen, func(e *endpoint) *string { return &e.Description }),
		"PortIfIndex":   iface(func(e *endpoint) *ifindex { return &e.Port }),
		"AutoPort":      flag(func(e *endpoint) *bool { return &e.AutoPort }),
		"AllowMgmtVlan": flag(func(e *endpoint) *bool { return &e.AllowMgmtVLAN }),
	},
	check: checkEndpoint,
	show: func(_ *Device, e *endpoint) object {
		return object{
			{"Id", e.ID}, {"MacAddress", e.MAC}, {"Name", e.Name}, {"Description", e.Description},
			{"PortIfIndex", e.Port}, {"AutoPort", e.AutoPort}, {"AllowMgmtVlan", e.AllowMgmtVLAN},
		}
	},
	before: func(d *Device, e *endpoint) *RPCError {
		if d.running.userOfEndpoint(e.ID) != nil {
			return fail(endpointInUse)
		}
		return nil
	},
	after: func(d *Device, e *endpoint) { d.bindAuto(e) },
}

func setMAC(_ *Device, e *endpoint, raw json.RawMessage, name string) *RPCError {
	mac, err := readMAC(raw, name)
	if err == nil {
		e.MAC = mac
	}
	return err
}

func checkEndpoint(d *Device, e *endpoint, _ style) *RPCError {
	if e.MAC.IsZero() || e.MAC[0]&1 != 0 {
		return fail(errMAC)
	}
	if other := d.running.endpointByMAC(e.MAC); other != nil && other.ID != e.ID {
		return fail(errMACTaken)
	}
	if e.Port.kind == ifNone {
		return nil
	}
	if e.Port.kind != ifGhn || e.Port.n > d.hw.Ports || d.running.Model == portAware {
		return fail(errPort)
	}
	if d.running.endpointsOn(e.Port, e.ID) >= d.hw.EndpointsPerPort() {
		return fail(errPortFull)
	}
	return nil
}

// bindAuto gives an auto-port endpoint the port where it is seen, as long as
// it has none and there is room.
func (d *Device) bindAuto(e *endpoint) {
	if !e.AutoPort || e.Port.kind != ifNone || d.running.Model == portAware {
		return
	}
	u := d.plant[e.MAC]
	if u == nil || !d.detected(u) {
		return
	}
	if port := ghn(u.Port); d.running.endpointsOn(port, e.ID) < d.hw.EndpointsPerPort() {
		e.Port = port
	}
}
