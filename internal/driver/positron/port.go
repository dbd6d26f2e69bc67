package positron

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// members is a vendor's object as it stands, for reading and writing back
// what OpenGAM has no name for.
type members map[string]json.RawMessage

// with is the object with some members changed, without those that the device
// keeps itself. Spellings of a name that differ in case are one name.
func (m members) with(changed object, drop ...string) object {
	out := object{}
	for k, v := range m {
		same := func(name string) bool { return strings.EqualFold(name, k) }
		if slices.ContainsFunc(drop, same) || slices.ContainsFunc(slices.Collect(maps.Keys(changed)), same) {
			continue
		}
		out[k] = v
	}
	maps.Copy(out, changed)
	return out
}

// as reads the object into one of the vendor's structs.
func (m members) as(v any) {
	b, err := json.Marshal(m)
	if err == nil {
		_ = json.Unmarshal(b, v) // our own structs forgive every member
	}
}

// portRow reads one port of a table whose keys are interface names; there is
// false where this firmware does not have it.
func (d *Driver) portRow(ctx context.Context, op, group string, n int) (m members, there bool, err error) {
	method := group + ".get"
	raw, err := d.ask(ctx, op, method, gam.GhnName(n))
	if err == nil {
		if m, ok, err := single[members](raw); err == nil && ok {
			return m, true, nil
		}
	} else if k := driver.KindOf(err); k != driver.Unsupported && k != driver.Rejected {
		return nil, false, err
	}
	// Perhaps it is this form of the call that is not there.
	raw, err = d.ask(ctx, op, method)
	switch driver.KindOf(err) {
	case "":
	case driver.Unsupported, driver.Rejected:
		return nil, false, nil
	default:
		return nil, false, err
	}
	all, _, err := rows[members](raw)
	if err != nil {
		return nil, false, d.garbled(op, method, err)
	}
	for _, r := range all {
		var p portConfig
		r.val.as(&p)
		if parseIfname(string(r.key)).ghn() == n || r.key == "" && p.IfIndex.ghn() == n {
			return r.val, true, nil
		}
	}
	return nil, false, nil
}

// port is one G.hn port as it stands in both tables.
type port struct {
	settings  gam.PortSettings
	ghn, eth  members
	ethIsTold bool // the second table has it and tells whether it is shut down
}

func (d *Driver) readPort(ctx context.Context, op string, n int) (p port, err error) {
	ghn, there, err := d.portRow(ctx, op, groupPort, n)
	if err != nil {
		return p, err
	}
	if !there {
		e := &driver.Error{Kind: driver.Unsupported, Device: d.target.Name, Op: op}
		e.Text, e.Remedy = notOffered(groupPort + ".get")
		if d.lacks.has(groupPort + ".get") {
			e.Kind, e.Text, e.Remedy = driver.Rejected, fmt.Sprintf("the device has no G.hn port %d", n), "choose a port that it has"
		}
		return p, e
	}
	var c portConfig
	ghn.as(&c)
	p.ghn = ghn
	p.settings = gam.PortSettings{Number: n, Name: string(c.Name), Type: portType(c.PortMode)}
	eth, there, err := d.portRow(ctx, op, groupPortSettings, n)
	if err != nil {
		return p, err
	}
	var s portSettings
	eth.as(&s)
	if there && s.Shutdown.ok {
		up := !s.Shutdown.v
		p.settings.AdminUp, p.eth, p.ethIsTold = &up, eth, true
	}
	return p, nil
}

func opPort(what string, n int) string { return fmt.Sprintf("%s G.hn port %d", what, n) }

// PortSettings implements driver.PortConfigurer.
func (d *Driver) PortSettings(ctx context.Context, n int) (gam.PortSettings, error) {
	p, err := d.readPort(ctx, opPort("read", n), n)
	return p.settings, err
}

var modeLabels = map[gam.PortType]string{gam.COAX: "coax", gam.MIMO: "mimo", gam.SISO: "siso"}

// SetPort implements driver.PortConfigurer. Name and type are members of
// ghnAgent.config.port, the administrative state of port.config (reference:
// JSON-RPC 5.7 and 5.8).
func (d *Driver) SetPort(ctx context.Context, n int, c gam.PortChange) error {
	op := opPort("change", n)
	release, err := d.hold(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	p, err := d.readPort(ctx, op, n)
	if err != nil {
		return err
	}
	want := c.On(p.settings)
	if c.AdminUp != nil && !p.ethIsTold {
		e := &driver.Error{Kind: driver.Unsupported, Device: d.target.Name, Op: op}
		e.Text, e.Remedy = notOffered(groupPortSettings + ".get")
		return e
	}
	if want.Name != p.settings.Name || want.Type != p.settings.Type {
		changed := object{"Name": want.Name}
		if label := modeLabels[want.Type]; label != "" {
			changed["PortMode"] = label
		}
		if err := d.writePort(ctx, op, groupPort, n, p.ghn.with(changed, "IfIndex", "MacAddress"), changed); err != nil {
			return err
		}
	}
	if c.AdminUp != nil && *c.AdminUp != *p.settings.AdminUp {
		changed := object{"Shutdown": !*c.AdminUp}
		return d.writePort(ctx, op, groupPortSettings, n, p.eth.with(changed, "IfIndex"), changed)
	}
	return nil
}

// writePort writes the whole object; where the device does not take back what
// it told (invalid parameters), the changed members alone, as the vendor's
// guide shows them.
func (d *Driver) writePort(ctx context.Context, op, group string, n int, whole, changed object) error {
	err := d.tell(ctx, op, group+".set", gam.GhnName(n), whole)
	if codeOf(err) != jsonrpc.CodeInvalidParams || len(whole) == len(changed) {
		return err
	}
	return d.tell(ctx, op, group+".set", gam.GhnName(n), changed)
}

// ResetPortCounters implements driver.PortConfigurer.
func (d *Driver) ResetPortCounters(ctx context.Context, n int) error {
	op := opPort("reset the counters of", n)
	release, err := d.hold(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	return d.tell(ctx, op, groupPortCounters+".set", gam.GhnName(n), object{"ClearEthStats": true})
}

// Endpoint implements driver.EndpointReader.
func (d *Driver) Endpoint(ctx context.Context, mac gam.MAC) (gam.EndpointStatus, error) {
	op := "read endpoint " + mac.String()
	all, err := d.briefs(ctx, op, mac)
	if err != nil {
		return gam.EndpointStatus{}, err
	}
	i := slices.IndexFunc(all, func(r row[endpointBrief]) bool { return briefMAC(r) == mac })
	if i < 0 {
		return gam.EndpointStatus{}, d.noEndpoint(op)
	}
	one := []gam.EndpointStatus{briefStatus(mac, all[i].val)}
	if one[0].DetectedPort == 0 {
		return one[0], nil
	}
	raw, err := d.ask(ctx, op, groupDetailedByMAC+".get", mac.String())
	switch driver.KindOf(err) {
	case "":
		if v, ok, err := single[endpointDetailed](raw); err == nil && ok {
			one[0].Detail = detail(mac, v)
		}
	case driver.Unsupported:
		return one[0], d.addDetails(ctx, op, one) // by id, where there is that
	case driver.Busy, driver.Rejected, driver.Garbled:
		// It has just gone, or this firmware does not tell.
	default:
		return one[0], err
	}
	return one[0], nil
}

func (d *Driver) noEndpoint(op string) error {
	return &driver.Error{Kind: driver.Rejected, Device: d.target.Name, Op: op, Code: codeNoEndpoint,
		Text: "the device does not know this endpoint", Remedy: "check the MAC address and the cabling"}
}
