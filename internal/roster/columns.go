package roster

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/store"
)

// Columns of a file, in the order in which they are written.
var Columns = []string{
	"id", "name", "description", "device", "port", "endpoint_mac", "plan", "vlan_id", "tagging", "remapped_vlan_id",
	"port2_vlan_id", "allowed_vlans", "trunk", "outer_vlan_id", "nni", "poe", "status", "device_name", "customer_id", "notes",
}

// columnOf gives the fields of an order the names that they have in a file.
var columnOf = map[string]string{
	"device_id": "device", "plan_id": "plan",
	"double_tag.outer_vlan_id": "outer_vlan_id", "double_tag.nni": "nni", "double_tag": "outer_vlan_id",
	"external": "customer_id",
}

const (
	maxNotes      = 4000 // bytes
	maxCustomerID = 127  // bytes
)

// names are the names of things in a file.
type names struct{ devices, plans directory }

// directory is one kind of thing by number and name.
type directory struct {
	kind  string
	name  map[int64]string
	ids   map[string]int64
	twice map[string]bool
}

func newDirectory(kind string) directory {
	return directory{kind, map[int64]string{}, map[string]int64{}, map[string]bool{}}
}

func (d directory) add(id int64, name string) {
	if _, ok := d.ids[name]; ok {
		d.twice[name] = true
	}
	d.name[id], d.ids[name] = name, id
}

// show names a thing so that find finds it: by its name, or by its number
// where the name is not its own or looks like a number.
func (d directory) show(id int64) string {
	if id == 0 {
		return ""
	}
	name, ok := d.name[id]
	if _, err := strconv.ParseInt(name, 10, 64); !ok || err == nil || d.twice[name] || name != strings.TrimSpace(name) {
		return strconv.FormatInt(id, 10)
	}
	return name
}

// find is the number of what a cell names: a number first, then a name.
func (d directory) find(cell string) (int64, error) {
	if id, err := strconv.ParseInt(cell, 10, 64); err == nil {
		if _, ok := d.name[id]; ok {
			return id, nil
		}
	}
	id, ok := d.ids[cell]
	switch {
	case !ok:
		return 0, &gam.Rule{Code: d.kind + "_unknown", Message: fmt.Sprintf("there is no %s %q; write its name as it is shown, or its id", d.kind, gam.Clip(cell, 60))}
	case d.twice[cell]:
		return 0, &gam.Rule{Code: d.kind + "_ambiguous", Message: fmt.Sprintf("more than one %s is called %q; write its id", d.kind, gam.Clip(cell, 60))}
	}
	return id, nil
}

func readNames(ctx context.Context, st *store.Store) (names, error) {
	n := names{newDirectory("device"), newDirectory("plan")}
	lq := store.ListQuery{Sort: "id", Limit: store.MaxLimit}
	for {
		page, err := st.Devices(ctx, lq)
		if err != nil {
			return n, err
		}
		for _, d := range page.Items {
			n.devices.add(int64(d.ID), d.Name)
		}
		if lq.Cursor = page.Next; page.Next == "" {
			break
		}
	}
	plans, err := st.AllPlans(ctx)
	if err != nil {
		return n, err
	}
	for _, p := range plans {
		n.plans.add(int64(p.ID), p.Name)
	}
	return n, nil
}

// show is a subscriber's cells in the order of Columns.
func (n names) show(s gam.Subscriber) []string {
	outer, nni := "", ""
	if d := s.DoubleTag; d != nil {
		if outer = number(d.OuterVLANID); d.NNI != 0 {
			nni = gam.NNIName(d.NNI)
		}
	}
	allowed := make([]string, len(s.AllowedVLANs))
	for i, v := range s.AllowedVLANs {
		allowed[i] = strconv.Itoa(v)
	}
	cells := []string{
		strconv.FormatInt(int64(s.ID), 10), s.Name, s.Description, n.devices.show(int64(s.DeviceID)), number(s.Port),
		s.EndpointMAC.String(), n.plans.show(int64(s.PlanID)), number(s.VLANID), string(s.Tagging), number(s.RemappedVLANID),
		number(s.Port2VLANID), strings.Join(allowed, " "), strconv.FormatBool(s.Trunk), outer, nni, strconv.FormatBool(s.PoE),
		string(s.Status), s.DeviceName, customers(s.External), s.Notes,
	}
	for i, c := range cells {
		cells[i] = harmless(c)
	}
	return cells
}

// number shows 0 as nothing.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// customers is the customer numbers of a subscriber in one cell.
func customers(refs []gam.ExternalRef) string {
	ids := make([]string, len(refs))
	for i, r := range refs {
		ids[i] = r.CustomerID
	}
	return strings.Join(ids, ";")
}

// entry is what a line says.
type entry struct {
	id       gam.SubscriberID
	patch    order.SubscriberPatch
	status   gam.SubscriberStatus // "" says nothing
	customer *string
	nni      *int // goes into the patch with the outer tag
	outer    *int
}

// parse reads the cells of a line; every wrong one is named.
func (n names) parse(header, cells []string) (entry, error) {
	var (
		e   entry
		bad gam.Invalid
	)
	p := &e.patch
	for i, column := range header {
		cell := harmful(cells[i])
		word := strings.TrimSpace(cell)
		switch column {
		case "id":
			if word != "" {
				id, err := strconv.ParseInt(word, 10, 64)
				if err != nil || id < 1 {
					bad.Check(column, notNumber(word))
				}
				e.id = gam.SubscriberID(id)
			}
		case "name":
			p.Name = &cell
		case "description":
			p.Description = &cell
		case "notes":
			if len(cell) > maxNotes {
				bad.Check(column, &gam.Rule{Code: "notes_too_long", Message: fmt.Sprintf("notes have at most %d bytes, these have %d", maxNotes, len(cell))})
			}
			p.Notes = &cell
		case "device":
			p.DeviceID = ref[gam.DeviceID](&bad, column, n.devices, word)
		case "plan":
			p.PlanID = ref[gam.PlanID](&bad, column, n.plans, word)
		case "port":
			p.Port = whole(&bad, column, word)
		case "vlan_id":
			p.VLANID = whole(&bad, column, word)
		case "remapped_vlan_id":
			p.RemappedVLANID = whole(&bad, column, word)
		case "port2_vlan_id":
			p.Port2VLANID = whole(&bad, column, word)
		case "outer_vlan_id":
			e.outer = whole(&bad, column, word)
		case "nni":
			e.nni = uplink(&bad, word)
		case "endpoint_mac":
			mac, err := gam.ParseMAC(word)
			if err != nil && word != "" {
				bad.Check(column, &gam.Rule{Code: "mac", Message: err.Error()})
			}
			p.EndpointMAC = &mac
		case "allowed_vlans":
			p.AllowedVLANs = vlans(&bad, word)
		case "tagging":
			t := gam.Tagging(strings.ToLower(word))
			p.Tagging = &t
		case "trunk":
			p.Trunk = truth(&bad, column, word)
		case "poe":
			p.PoE = truth(&bad, column, word)
		case "status":
			e.status = gam.SubscriberStatus(strings.ToLower(word))
			if !slices.Contains([]gam.SubscriberStatus{"", gam.SubPending, gam.SubActive, gam.SubSuspended, gam.SubEnded}, e.status) {
				bad.Check(column, &gam.Rule{Code: "status", Message: "a subscriber is pending, active, suspended or ended"})
			}
		case "device_name":
			p.DeviceName = &word
		case "customer_id":
			if len(word) > maxCells*maxCustomerID {
				bad.Check(column, &gam.Rule{Code: "customer_id_too_long", Message: "a customer id has at most 127 bytes"})
			}
			e.customer = &word
		}
	}
	if e.nni != nil && *e.nni != 0 && (e.outer == nil || *e.outer == 0) {
		bad.Check("nni", &gam.Rule{Code: "outer_vlan_needed", Message: "an uplink is given with an outer VLAN only; fill outer_vlan_id or leave nni empty"})
	}
	return e, bad.Err()
}

func notNumber(word string) error {
	return &gam.Rule{Code: "number", Message: fmt.Sprintf("%q is not a whole number", gam.Clip(word, 40))}
}

// ref is the thing that a cell names, 0 for none.
func ref[T ~int64](bad *gam.Invalid, column string, d directory, word string) *T {
	var none T
	if word == "" {
		return &none
	}
	id, err := d.find(word)
	bad.Check(column, err)
	v := T(id)
	return &v
}

// whole is a number, 0 for an empty cell. Spreadsheets like to write 100.0.
func whole(bad *gam.Invalid, column, word string) *int {
	var n int
	if word != "" {
		v, err := strconv.ParseUint(strings.TrimSuffix(word, ".0"), 10, 16)
		if err != nil {
			bad.Check(column, notNumber(word))
		}
		n = int(v)
	}
	return &n
}

// uplink is written as the API does, "10G 1/1", or as its number.
func uplink(bad *gam.Invalid, word string) *int {
	n, err := strconv.ParseUint(word, 10, 8)
	if err != nil {
		kind, number, err := gam.ParseIf(word)
		if err != nil || number != 0 && kind != gam.PortUplink {
			bad.Check("nni", &gam.Rule{Code: "nni", Message: `an uplink is written "10G 1/1" or "10G 1/2"; empty is the device's default`})
		}
		return &number
	}
	v := int(n)
	return &v
}

// vlans is a list separated by spaces, commas or semicolons.
func vlans(bad *gam.Invalid, word string) *[]int {
	var vs []int
	for _, w := range strings.FieldsFunc(word, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
		v, err := strconv.ParseUint(w, 10, 16)
		if err != nil {
			bad.Check("allowed_vlans", notNumber(w))
			break
		}
		vs = append(vs, int(v))
	}
	return &vs
}

func truth(bad *gam.Invalid, column, word string) *bool {
	var v bool
	switch strings.ToLower(word) {
	case "true", "yes", "1":
		v = true
	case "", "false", "no", "0":
	default:
		bad.Check(column, &gam.Rule{Code: "boolean", Message: fmt.Sprintf("%q is neither true nor false", gam.Clip(word, 40))})
	}
	return &v
}
