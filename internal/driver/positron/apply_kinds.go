package positron

import (
	"context"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// What is written of each kind of entry. Objects are complete: the reference
// does not promise that an omitted member keeps its value.
//
//	profile     Description, DsBw, UsBw
//	endpoint    MacAddress, Description, PortIfIndex, AutoPort, AllowMgmtVlan
//	            (the last as it stands, unless the step changes it)
//	subscriber  see service.go
//
// By id the Name comes with them, and the references are numbers.

func (d *Driver) profileChange(op string, s gam.Step) change[profileConfig] {
	before, after := s.Before, s.After
	c := change[profileConfig]{action: s.Action, op: op, t: profiles}
	c.from, c.to, c.id = names(s)
	c.ours = func(profileConfig) bool { return true }
	if after == nil {
		return c
	}
	want := *after.Profile
	c.same = func(w profileConfig) bool {
		p := w.entry()
		return p.Name == want.Name && p.Description == want.Description && p.Rate == want.Rate
	}
	c.byName = func(*profileConfig) object {
		return object{"Description": want.Description, "DsBw": want.DownMbps, "UsBw": want.UpMbps}
	}
	c.byID = func(context.Context, *profileConfig) (object, error) {
		o := c.byName(nil)
		o["Name"] = want.Name
		return o, nil
	}
	c.renamed = func(found *profileConfig) object {
		p := found.entry()
		return object{"Name": want.Name, "Description": p.Description, "DsBw": p.DownMbps, "UsBw": p.UpMbps}
	}
	c.idOnly = func(w profileConfig) bool { return string(w.Name) != want.Name }
	// A profile may be in use: the new one first, then everybody over to it,
	// then the old one away.
	c.again = func(ctx context.Context, found profileConfig) error {
		if err := d.apply(ctx, op, gam.Step{Action: gam.Add, After: after}, true); err != nil {
			return err
		}
		all, err := list(ctx, d, users)
		if err != nil {
			return err
		}
		for _, u := range all {
			if u.BwProfileName != found.Name {
				continue
			}
			if err := d.repoint(ctx, op, u, func(s *gam.Service) { s.ProfileName = want.Name }); err != nil {
				return err
			}
		}
		return d.apply(ctx, op, gam.Step{Action: gam.Remove, Before: before}, true)
	}
	return c
}

func (d *Driver) endpointChange(op string, s gam.Step) change[endpointConfig] {
	before, after := s.Before, s.After
	c := change[endpointConfig]{action: s.Action, op: op, t: endpoints}
	c.from, c.to, c.id = names(s)
	c.ours = func(w endpointConfig) bool {
		return (before != nil && w.MacAddress.MAC == before.Endpoint.MAC) || (after != nil && w.MacAddress.MAC == after.Endpoint.MAC)
	}
	if after == nil {
		return c
	}
	want := *after.Endpoint
	// Whether the management VLAN may be reached is not ours to decide: it
	// stays as it is on the device unless the step is about it.
	mgmt := func(found *endpointConfig) bool {
		if found != nil && found.AllowMgmtVlan.ok && before != nil && before.Endpoint.AllowMgmtVLAN == want.AllowMgmtVLAN {
			return found.AllowMgmtVlan.v
		}
		return want.AllowMgmtVLAN
	}
	c.same = func(w endpointConfig) bool {
		e := w.entry()
		return e.MAC == want.MAC && e.Name == want.Name && e.Description == want.Description &&
			e.Port == want.Port && e.AutoPort == want.AutoPort && e.AllowMgmtVLAN == mgmt(&w)
	}
	c.byName = func(found *endpointConfig) object {
		return object{"MacAddress": want.MAC.String(), "Description": want.Description,
			"PortIfIndex": gam.GhnName(want.Port), "AutoPort": want.AutoPort, "AllowMgmtVlan": mgmt(found)}
	}
	c.byID = func(_ context.Context, found *endpointConfig) (object, error) {
		o := c.byName(found)
		o["Name"] = want.Name
		return o, nil
	}
	c.renamed = func(found *endpointConfig) object {
		o := c.byName(found)
		o["Name"] = want.Name
		return o
	}
	c.idOnly = func(w endpointConfig) bool { return string(w.Name) != want.Name || w.MacAddress.MAC != want.MAC }
	// The MAC is unique, so the old entry has to go before the new one comes;
	// its subscriber is taken off it before and tied to the new one afterwards.
	c.again = func(ctx context.Context, found endpointConfig) error {
		all, err := list(ctx, d, users)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(u userConfig) bool { return u.EndpointName == found.Name })
		if i >= 0 {
			if err := d.repoint(ctx, op, all[i], func(s *gam.Service) { s.EndpointName = "" }); err != nil {
				return err
			}
		}
		if err := d.apply(ctx, op, gam.Step{Action: gam.Remove, Before: before}, false); err != nil {
			return err
		}
		if err := d.apply(ctx, op, gam.Step{Action: gam.Add, After: after}, false); err != nil || i < 0 {
			return err
		}
		return d.repoint(ctx, op, all[i], func(s *gam.Service) { s.EndpointName = want.Name })
	}
	return c
}

// repoint changes a reference of a subscriber entry and nothing else.
func (d *Driver) repoint(ctx context.Context, op string, u userConfig, change func(*gam.Service)) error {
	before := u.entry()
	after := before
	change(&after)
	return d.apply(ctx, op, gam.Step{Action: gam.Set, Before: &gam.Entry{Service: &before}, After: &gam.Entry{Service: &after}}, false)
}

// names is the name that a step's entry has, the one that it gets, and its
// number.
func names(s gam.Step) (from, to string, id int) {
	if s.After != nil {
		to = s.After.Name()
		from = to
	}
	if s.Before != nil {
		from, id = s.Before.Name(), s.Before.ID()
	}
	return from, to, id
}
