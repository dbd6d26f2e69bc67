package positron

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
)

// Ports implements driver.Monitor: the Ethernet level of every port, with
// names and types of the G.hn ports and, where told, whether a port is shut
// down.
func (d *Driver) Ports(ctx context.Context) ([]gam.PortStatus, error) {
	const op = "read the ports"
	configured, err := d.portConfigs(ctx)
	if err != nil {
		return nil, err
	}
	all, err := d.portStates(ctx, op, configured)
	if driver.KindOf(err) == driver.Unsupported && len(configured) > 0 {
		all, err = d.portsByEndpoints(ctx, op, configured)
	}
	if err != nil {
		return nil, err
	}
	settings, err := optional[portSettings](ctx, d, op, groupPortSettings+".get")
	if err != nil {
		return nil, err
	}
	return joinPorts(all, configured, settings), nil
}

// portStates reads the state of all ports, in one go where the firmware has
// that.
func (d *Driver) portStates(ctx context.Context, op string, configured []gam.PortConfig) ([]row[portStatus], error) {
	method := groupPortStatus + ".get"
	if d.lacks.has(method) {
		raw, err := d.ask(ctx, op, method)
		if err == nil {
			all, _, err := rows[portStatus](raw)
			if err != nil {
				return nil, d.garbled(op, method, err)
			}
			return all, nil
		}
		if k := driver.KindOf(err); k != driver.Rejected && k != driver.Unsupported {
			return nil, err
		}
		d.lacks.note(method)
	}
	names := make([]string, 0, len(configured)+3)
	for _, p := range configured {
		names = append(names, gam.GhnName(p.Number))
	}
	names = append(names, gam.NNIName(1), gam.NNIName(2), "Gi 1/1")
	var all []row[portStatus]
	for _, name := range names {
		raw, err := d.ask(ctx, op, method, name)
		switch driver.KindOf(err) {
		case "":
		case driver.Rejected, driver.Unsupported:
			continue // this model does not have it
		default:
			return nil, err
		}
		if s, ok, err := single[portStatus](raw); err == nil && ok {
			all = append(all, row[portStatus]{text(name), s})
		}
	}
	if len(all) == 0 {
		return nil, &driver.Error{Kind: driver.Unsupported, Device: d.target.Name, Op: op, Text: "this firmware does not tell the state of its ports"}
	}
	return all, nil
}

// portsByEndpoints is the G.hn ports of firmware that does not tell the state
// of its ports: one where an endpoint is detected is up.
func (d *Driver) portsByEndpoints(ctx context.Context, op string, configured []gam.PortConfig) ([]row[portStatus], error) {
	eps, err := d.briefs(ctx, op, gam.MAC{})
	if err != nil {
		return nil, err
	}
	up := map[int]bool{}
	for _, r := range eps {
		up[r.val.DetectedPortIfIndex.ghn()] = true
	}
	all := make([]row[portStatus], 0, len(configured))
	for _, c := range configured {
		all = append(all, row[portStatus]{text(gam.GhnName(c.Number)), portStatus{Link: flag{v: up[c.Number], ok: true}}})
	}
	return all, nil
}

func joinPorts(all []row[portStatus], configured []gam.PortConfig, settings []row[portSettings]) []gam.PortStatus {
	admin := map[ifname]bool{}
	for _, s := range settings {
		if i := parseIfname(string(s.key)); i.kind != "" && s.val.Shutdown.ok {
			admin[i] = !s.val.Shutdown.v
		}
	}
	var out []gam.PortStatus
	for _, r := range all {
		i := parseIfname(string(r.key))
		if i.kind == "" {
			continue
		}
		p := gam.PortStatus{Kind: i.kind, Number: i.n, Up: r.val.Link.v}
		if p.Up {
			p.FullDuplex, p.SpeedMbps = r.val.Fdx.v, speedMbps(r.val.Speed)
		}
		if up, told := admin[i]; told {
			p.AdminUp = &up
		}
		if i.kind == gam.PortUplink {
			p.SFP = strings.TrimSpace(string(r.val.SFPVendorName) + " " + string(r.val.SFPVendorPN))
		}
		for _, c := range configured {
			if i.ghn() == c.Number {
				p.Name, p.Type = c.Name, c.Type
			}
		}
		out = append(out, p)
	}
	order := map[gam.PortKind]int{gam.PortGhn: 0, gam.PortUplink: 1, gam.PortMgmt: 2}
	slices.SortStableFunc(out, func(a, b gam.PortStatus) int {
		if a.Kind != b.Kind {
			return order[a.Kind] - order[b.Kind]
		}
		return a.Number - b.Number
	})
	return out
}

// Endpoints implements driver.Monitor: one call for all endpoints, one for
// all their details. Where the details come one by one only, those of the
// connected ones are read as far as the context's deadline allows; the next
// call goes on with the others.
func (d *Driver) Endpoints(ctx context.Context) ([]gam.EndpointStatus, error) {
	const op = "read the endpoints"
	all, err := d.briefs(ctx, op, gam.MAC{})
	if err != nil {
		return nil, err
	}
	out := make([]gam.EndpointStatus, 0, len(all))
	seen := make(map[gam.MAC]bool, len(all))
	for _, r := range all {
		mac := briefMAC(r)
		if mac.IsZero() || seen[mac] {
			continue
		}
		seen[mac] = true
		out = append(out, briefStatus(mac, r.val))
	}
	return out, d.addDetails(ctx, op, out)
}

// briefs reads the brief state of all endpoints, or of one where mac is
// given. Firmware without the table by MAC tells the configured ones only.
func (d *Driver) briefs(ctx context.Context, op string, mac gam.MAC) ([]row[endpointBrief], error) {
	method := groupBriefByMAC + ".get"
	if !mac.IsZero() {
		raw, err := d.ask(ctx, op, method, mac.String())
		if err == nil {
			if one, ok, err := single[endpointBrief](raw); err == nil && ok {
				return []row[endpointBrief]{{text(mac.String()), one}}, nil
			}
		} else if k := driver.KindOf(err); k != driver.Unsupported && k != driver.Rejected && k != driver.Busy {
			return nil, err
		}
		// Perhaps the endpoint is not there, perhaps this form of the call is
		// not: the whole list tells.
	}
	raw, err := d.ask(ctx, op, method)
	if driver.KindOf(err) == driver.Unsupported {
		method = groupBriefByID + ".get"
		raw, err = d.ask(ctx, op, method)
	}
	if driver.KindOf(err) == driver.Unsupported {
		return nil, d.notReady(op, err, groupBriefByMAC, groupBriefByID)
	}
	if err != nil {
		return nil, err
	}
	all, _, err := rows[endpointBrief](raw)
	if err != nil {
		return nil, d.garbled(op, method, err)
	}
	return all, nil
}

func briefMAC(r row[endpointBrief]) gam.MAC {
	if !r.val.MacAddress.IsZero() {
		return r.val.MacAddress.MAC
	}
	mac, err := gam.ParseMAC(string(r.key))
	if err != nil {
		return gam.MAC{}
	}
	return mac
}

// briefStatus is the brief state in our words. What is valid only while an
// endpoint is detected is left out otherwise.
func briefStatus(mac gam.MAC, b endpointBrief) gam.EndpointStatus {
	s := gam.EndpointStatus{
		MAC:          mac,
		DetectedPort: b.DetectedPortIfIndex.ghn(),
		ConfigPort:   b.ConfPortIfIndex.ghn(),
		Configured:   b.ConfEndpointId.v > 0 || b.ConfEndpointName != "",
		EntryID:      b.ConfEndpointId.count(),
		EntryName:    string(b.ConfEndpointName),
		ServiceName:  string(b.ConfUserName),
		State:        endpointState(b.State),
	}
	if s.ServiceName != "" {
		s.ProfileName = profileName(b.ConfBwProfileName) // else it is the default profile of the unconfigured
	}
	if s.DetectedPort != 0 || (s.State != gam.EndpointNotDetected && s.State != gam.EndpointStateOther) {
		s.Model, s.FwMismatch = string(b.ModelString), b.FwMismatch.v
	}
	return s
}

func (d *Driver) addDetails(ctx context.Context, op string, all []gam.EndpointStatus) error {
	method := groupDetailedByMAC + ".get"
	if d.lacks.has(method) {
		raw, err := d.ask(ctx, op, method)
		if err == nil {
			details, _, err := rows[endpointDetailed](raw)
			if err == nil && (len(details) > 0 || detected(all) == 0) {
				joinDetails(all, details)
				return nil
			}
		} else if !d.untold(method, err) {
			return err
		}
		d.lacks.note(method)
	}
	if d.lacks.has(form(method, "")) {
		return d.detailEach(ctx, op, all)
	}
	details, err := optional[endpointDetailed](ctx, d, op, groupDetailedByID+".get")
	if err != nil {
		return err
	}
	for i := range details { // the key is an id here; only the member names the endpoint
		details[i].key = ""
	}
	joinDetails(all, details)
	return nil
}

func detected(all []gam.EndpointStatus) int {
	n := 0
	for _, e := range all {
		if e.DetectedPort != 0 {
			n++
		}
	}
	return n
}

func joinDetails(all []gam.EndpointStatus, details []row[endpointDetailed]) {
	at := make(map[gam.MAC]int, len(all))
	for i := range all {
		at[all[i].MAC] = i
	}
	for _, r := range details {
		mac := r.val.MacAddress.MAC
		if mac.IsZero() {
			mac, _ = gam.ParseMAC(string(r.key)) // zero when it is none
		}
		if i, ok := at[mac]; ok && !mac.IsZero() {
			all[i].Detail = detail(mac, r.val)
		}
	}
}

// detailShare is the part of the time left that single detail reads may use.
const detailShare = 2

// detailEach reads the connected endpoints one by one, starting where the
// last round ended.
func (d *Driver) detailEach(ctx context.Context, op string, all []gam.EndpointStatus) error {
	var here []int
	for i := range all {
		if all[i].DetectedPort != 0 {
			here = append(here, i)
		}
	}
	if len(here) == 0 {
		return nil
	}
	d.mu.Lock()
	start := d.detailCursor % len(here)
	d.mu.Unlock()
	until := time.Time{}
	if deadline, ok := ctx.Deadline(); ok {
		until = time.Now().Add(time.Until(deadline) / detailShare)
	}
	done := 0
	for ; done < len(here); done++ {
		if !until.IsZero() && time.Now().After(until) {
			break
		}
		e := &all[here[(start+done)%len(here)]]
		raw, err := d.ask(ctx, op, groupDetailedByMAC+".get", e.MAC.String())
		if driver.KindOf(err) == driver.Unsupported {
			return nil
		}
		if err != nil {
			if k := driver.KindOf(err); k == driver.Busy || k == driver.Rejected || k == driver.Garbled {
				continue // this endpoint has just gone; the others are read all the same
			}
			return err
		}
		if v, ok, err := single[endpointDetailed](raw); err == nil && ok {
			e.Detail = detail(e.MAC, v)
		}
	}
	d.mu.Lock()
	d.detailCursor = (start + done) % len(here)
	d.mu.Unlock()
	return nil
}

// detail is the link side in our words. Rates of an endpoint that is not
// alive are leftovers and left out.
func detail(mac gam.MAC, v endpointDetailed) *gam.EndpointDetail {
	out := &gam.EndpointDetail{
		MAC: mac, Alive: v.Alive.v, DeviceName: string(v.DeviceName), HwProduct: string(v.HwProduct),
		SerialNumber: string(v.SerialNumber), Firmware: string(v.FwVersion), Mode: portType(v.Mode),
	}
	if !v.Alive.ok {
		out.Alive = v.RxPhyRate.v > 0 || v.TxPhyRate.v > 0
	}
	if !out.Alive {
		return out
	}
	out.Uptime, _ = parseUptime(string(v.Uptime))
	out.PhyRateRxMbps, out.PhyRateTxMbps = v.RxPhyRate.rate(), v.TxPhyRate.rate()
	out.MaxXputRxMbps, out.MaxXputTxMbps = v.RxMaxXput.rate(), v.TxMaxXput.rate()
	out.XputMbps = v.XputIndicator.rate()
	if out.Mode == gam.MIMO || out.Mode == gam.SISO {
		out.WireLengthMetres = v.WireLengthMeters.rate()
	}
	return out
}

// endpointPorts is how many Ethernet ports an endpoint can have.
const endpointPorts = 2

// EndpointLinks implements driver.Monitor. Ports that an endpoint does not
// have are left out.
func (d *Driver) EndpointLinks(ctx context.Context, mac gam.MAC) ([]gam.EndpointLink, error) {
	op := "read the Ethernet ports of endpoint " + mac.String()
	id, err := d.endpointID(ctx, op, mac)
	if err != nil {
		return nil, err
	}
	var out []gam.EndpointLink
	for port := 1; port <= endpointPorts; port++ {
		raw, err := d.link(ctx, op, mac, id, port)
		if driver.KindOf(err) == driver.Rejected && port > 1 {
			break // the model has one port
		}
		if err != nil {
			return nil, err
		}
		v, ok, err := single[endpointLink](raw)
		if err != nil {
			return nil, d.garbled(op, groupLinkByID+".get", err)
		}
		if !ok || !v.Valid.v {
			continue
		}
		l := gam.EndpointLink{Port: port, Valid: true, Up: v.Link.v}
		if l.Up {
			l.FullDuplex, l.SpeedMbps = v.Fdx.v, speedMbps(v.Speed)
		}
		out = append(out, l)
	}
	return out, nil
}

func (d *Driver) link(ctx context.Context, op string, mac gam.MAC, id, port int) (json.RawMessage, error) {
	if id != 0 {
		raw, err := d.ask(ctx, op, groupLinkByID+".get", id, port)
		if driver.KindOf(err) != driver.Unsupported {
			return raw, err
		}
	}
	return d.ask(ctx, op, groupLinkByMAC+".get", mac.String(), port)
}
