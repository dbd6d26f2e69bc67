package positron

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// table is one of the three tables that OpenGAM writes: by name as the vendor
// documents it, by id for firmware without and for what names cannot do.
type table[W any] struct {
	what   string // "bandwidth profile"
	byName string // group
	byID   string // group
	name   func(*W) *text
	id     func(*W) *number
	// codes of the vendor: what a call about a missing entry may answer, and
	// an add of one that exists.
	missing []int
	exists  []int
	// fill completes an entry that tells numbers where names are needed; nil
	// when there is nothing to complete.
	fill func(ctx context.Context, d *Driver, op string, w *W) error
}

var (
	profiles = table[profileConfig]{
		what: "bandwidth profile", byName: groupProfileByName, byID: groupProfileByID,
		name: func(p *profileConfig) *text { return &p.Name }, id: func(p *profileConfig) *number { return &p.Id },
		missing: []int{codeNoProfile, codeInvalidProfile, codeBadProfName},
		exists:  []int{codeProfileExists, codeProfNameTaken},
	}
	endpoints = table[endpointConfig]{
		what: "endpoint", byName: groupEndpointByName, byID: groupEndpointByID,
		name: func(e *endpointConfig) *text { return &e.Name }, id: func(e *endpointConfig) *number { return &e.Id },
		missing: []int{codeNoEndpoint, codeInvalidEndpoint, codeBadEndpName},
		exists:  []int{codeEndpointExists, codeEndpNameTaken},
	}
	users = table[userConfig]{
		what: "subscriber", byName: groupUserByName, byID: groupUserByID,
		name: func(u *userConfig) *text { return &u.Name }, id: func(u *userConfig) *number { return &u.Id },
		missing: []int{codeNoUser, codeInvalidUser, codeBadUserName},
		exists:  []int{codeUserExists, codeUserNameTaken},
		fill:    fillUser,
	}
)

// named reports whether this firmware is addressed by name.
func named[W any](d *Driver, t table[W]) bool { return d.lacks.has(t.byName + ".get") }

// list reads a whole table.
func list[W any](ctx context.Context, d *Driver, t table[W]) ([]W, error) {
	op := "read the " + t.what + "s"
	method := t.byName + ".get"
	raw, err := d.ask(ctx, op, method)
	if driver.KindOf(err) == driver.Unsupported {
		method = t.byID + ".get"
		raw, err = d.ask(ctx, op, method)
	}
	if driver.KindOf(err) == driver.Unsupported {
		return nil, d.notReady(op, err, t.byName, t.byID)
	}
	if err != nil {
		return nil, err
	}
	out, err := decodeTable(t, raw, method == t.byName+".get")
	if err != nil {
		return nil, d.garbled(op, method, err)
	}
	return out, nil
}

// notReady is the error for a device that denies what no GAM is without, in
// any dialect: it is just starting, and is asked again.
func (d *Driver) notReady(op string, err error, groups ...string) *driver.Error {
	for _, g := range groups {
		d.lacks.drop(g + ".get")
	}
	return &driver.Error{Kind: driver.Busy, Device: d.target.Name, Op: op, Code: jsonrpc.CodeNoMethod, Err: err,
		Text: "the device does not offer that, as if its G.hn agent were still starting", Remedy: "is tried again; if it stays, " + remedyAddress}
}

// decodeTable reads a table that is going to be compared and written to: an
// entry that cannot be read spoils the whole, because acting on half a
// configuration would be worse than not acting.
func decodeTable[W any](t table[W], raw json.RawMessage, byName bool) ([]W, error) {
	all, bad, err := rows[W](raw)
	if err != nil {
		return nil, err
	}
	if bad > 0 {
		return nil, fmt.Errorf("%w: %d of %d entries are no objects", errShape, bad, bad+len(all))
	}
	out := make([]W, len(all))
	for i := range all {
		out[i] = all[i].val
		fillKey(t, &out[i], all[i].key, byName)
	}
	return out, nil
}

// fillKey takes name or id from the key where the object leaves it out.
func fillKey[W any](t table[W], w *W, key text, byName bool) {
	if byName {
		if *t.name(w) == "" {
			*t.name(w) = key
		}
		return
	}
	if n, err := strconv.Atoi(string(key)); err == nil && !t.id(w).ok {
		*t.id(w) = number{n, true}
	}
}

// Config implements driver.Provisioner.
func (d *Driver) Config(ctx context.Context) (gam.Config, error) {
	var c gam.Config
	global, _, err := d.global(ctx)
	if err != nil {
		return c, err
	}
	c.DefaultNNI = global.DefaultNNIIfIndex.nni()
	if c.Ports, err = d.portConfigs(ctx); err != nil {
		return c, err
	}
	profileRows, err := list(ctx, d, profiles)
	if err != nil {
		return c, err
	}
	endpointRows, err := list(ctx, d, endpoints)
	if err != nil {
		return c, err
	}
	userRows, err := list(ctx, d, users)
	if err != nil {
		return c, err
	}
	c.SubscriberModel = modelOf(global, userRows)
	for _, p := range profileRows {
		c.Profiles = append(c.Profiles, p.entry())
	}
	for _, e := range endpointRows {
		c.Endpoints = append(c.Endpoints, e.entry())
	}
	for _, u := range userRows {
		if !u.DoubleTags.ok && !u.OuterTagVlanId.ok {
			d.lacks.note(everyMember(users)) // older than double tagging
		}
		c.Services = append(c.Services, resolve(u, c))
	}
	// By name a table comes in the order of names, by id in that of ids.
	slices.SortStableFunc(c.Profiles, func(a, b gam.Profile) int { return a.ID - b.ID })
	slices.SortStableFunc(c.Endpoints, func(a, b gam.Endpoint) int { return a.ID - b.ID })
	slices.SortStableFunc(c.Services, func(a, b gam.Service) int { return a.ID - b.ID })
	return c, nil
}

// resolve is a subscriber entry with the names of what it refers to, also
// where a firmware tells their numbers only.
func resolve(u userConfig, c gam.Config) gam.Service {
	s := u.entry()
	if c.SubscriberModel == gam.PortAware {
		s.EndpointName = ""
	} else if s.EndpointName == "" && s.Port == 0 {
		for _, e := range c.Endpoints {
			if (u.EndpointId.v > 0 && e.ID == u.EndpointId.v) || (!s.EndpointMAC.IsZero() && e.MAC == s.EndpointMAC) {
				s.EndpointName = e.Name
				break
			}
		}
	}
	if s.EndpointMAC.IsZero() && s.EndpointName != "" {
		if e, ok := c.EndpointNamed(s.EndpointName); ok {
			s.EndpointMAC = e.MAC
		}
	}
	if s.ProfileName == "" && u.BwProfileId.v > 0 {
		for _, p := range c.Profiles {
			if p.ID == u.BwProfileId.v {
				s.ProfileName = p.Name
				break
			}
		}
	}
	return s
}

// fillUser puts the names into an entry that tells the numbers only.
func fillUser(ctx context.Context, d *Driver, _ string, u *userConfig) error {
	if u.EndpointName == "" && u.EndpointId.v > 0 && u.PortIfIndex.ghn() == 0 {
		all, err := list(ctx, d, endpoints)
		if err != nil {
			return err
		}
		for _, e := range all {
			if e.Id.v == u.EndpointId.v {
				u.EndpointName = e.Name
			}
		}
	}
	if u.BwProfileName == "" && u.BwProfileId.v > 0 {
		all, err := list(ctx, d, profiles)
		if err != nil {
			return err
		}
		for _, p := range all {
			if p.Id.v == u.BwProfileId.v {
				u.BwProfileName = p.Name
			}
		}
	}
	return nil
}

// global reads the settings of the whole device; told is false where there
// are none.
func (d *Driver) global(ctx context.Context) (g globalConfig, told bool, err error) {
	const op = "read the global settings"
	raw, err := d.ask(ctx, op, groupGlobal+".get")
	if driver.KindOf(err) == driver.Unsupported {
		if named(d, users) {
			// Names came with the global settings: who has the one and denies
			// the other is just starting, and is asked again.
			d.lacks.drop(groupGlobal + ".get")
		}
		return g, false, nil
	}
	if err != nil {
		return g, false, err
	}
	g, told, err = single[globalConfig](raw)
	if err == nil && !told {
		err = errors.New("no settings in it")
	}
	if err != nil {
		return g, false, d.garbled(op, groupGlobal+".get", err)
	}
	return g, true, nil
}

// modelOf is the subscriber model. Firmware that does not tell is older than
// the choice, and endpoint-aware, unless its subscribers show otherwise.
func modelOf(g globalConfig, all []userConfig) gam.SubscriberModel {
	if g.SubscriberModel != "" {
		return g.model()
	}
	if slices.ContainsFunc(all, func(u userConfig) bool { return u.PortIfIndex.ghn() != 0 }) {
		return gam.PortAware
	}
	return gam.EndpointAware
}

// portConfigs reads the configured side of the G.hn ports; nil where a
// firmware does not tell.
func (d *Driver) portConfigs(ctx context.Context) ([]gam.PortConfig, error) {
	const op = "read the G.hn ports"
	raw, err := d.ask(ctx, op, groupPort+".get")
	if driver.KindOf(err) == driver.Unsupported {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	all, _, err := rows[portConfig](raw)
	if err != nil {
		return nil, d.garbled(op, groupPort+".get", err)
	}
	var out []gam.PortConfig
	for _, r := range all {
		n := parseIfname(string(r.key)).ghn()
		if n == 0 {
			n = r.val.IfIndex.ghn()
		}
		if n == 0 {
			continue // an uplink or the management port in between
		}
		out = append(out, gam.PortConfig{Number: n, Name: string(r.val.Name), MAC: r.val.MacAddress.MAC, Type: portType(r.val.PortMode)})
	}
	slices.SortStableFunc(out, func(a, b gam.PortConfig) int { return a.Number - b.Number })
	return out, nil
}
