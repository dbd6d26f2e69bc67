package reconcile

import (
	"fmt"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// box is a strict and obvious model of a device for the tests: it takes one
// step at a time and refuses what a GAM refuses. It shares nothing with the
// planner's own record of the device.
type box struct {
	model    gam.SubscriberModel
	hw       gam.Model
	nni      int
	profiles []gam.Profile
	eps      []gam.Endpoint
	svcs     []boxService
	nextID   int
}

// boxService refers to its endpoint and profile by number, as the device does.
type boxService struct {
	gam.Service
	epID, profID int
}

func newBox(hw gam.Model, model gam.SubscriberModel) *box {
	return &box{model: model, hw: hw, nni: 1, nextID: 1000,
		profiles: []gam.Profile{{ID: 1, Name: "Default BW Profile", Rate: gam.Rate{DownMbps: 10, UpMbps: 10}}}}
}

func (b *box) config() gam.Config {
	c := gam.Config{SubscriberModel: b.model, DefaultNNI: b.nni}
	for n := range b.hw.Ports {
		t := gam.MIMO
		if b.hw.Medium == gam.Coax {
			t = gam.COAX
		}
		c.Ports = append(c.Ports, gam.PortConfig{Number: n + 1, Type: t})
	}
	c.Profiles = slices.Clone(b.profiles)
	c.Endpoints = slices.Clone(b.eps)
	for _, s := range b.svcs {
		v := s.Service
		v.AllowedVLANs = slices.Clone(v.AllowedVLANs)
		v.EndpointName, v.EndpointMAC, v.ProfileName = "", gam.MAC{}, ""
		if i := slices.IndexFunc(b.eps, func(e gam.Endpoint) bool { return e.ID == s.epID }); i >= 0 {
			v.EndpointName, v.EndpointMAC = b.eps[i].Name, b.eps[i].MAC
		}
		if i := slices.IndexFunc(b.profiles, func(p gam.Profile) bool { return p.ID == s.profID }); i >= 0 {
			v.ProfileName = b.profiles[i].Name
		}
		c.Services = append(c.Services, v)
	}
	return c
}

// apply makes one step or says why a device would refuse it.
func (b *box) apply(s gam.Step) error {
	switch s.Entry().Kind() {
	case gam.KindProfile:
		return b.applyProfile(s)
	case gam.KindEndpoint:
		return b.applyEndpoint(s)
	default:
		return b.applyService(s)
	}
}

func (b *box) applyProfile(s gam.Step) error {
	at := func(name string) int {
		return slices.IndexFunc(b.profiles, func(p gam.Profile) bool { return p.Name == name })
	}
	inUse := func(id int) bool {
		return slices.ContainsFunc(b.svcs, func(s boxService) bool { return s.profID == id })
	}
	switch s.Action {
	case gam.Add:
		p := *s.After.Profile
		if at(p.Name) >= 0 {
			return fmt.Errorf("profile name %q is taken", p.Name)
		}
		if len(b.profiles) >= gam.MaxProfiles {
			return fmt.Errorf("no free slot for profile %q", p.Name)
		}
		for p.ID = 2; slices.ContainsFunc(b.profiles, func(q gam.Profile) bool { return q.ID == p.ID }); p.ID++ {
		}
		b.profiles = append(b.profiles, p)
	case gam.Set:
		i := at(s.Before.Profile.Name)
		if i < 0 {
			return fmt.Errorf("no profile %q", s.Before.Profile.Name)
		}
		if b.profiles[i] != *s.Before.Profile {
			return fmt.Errorf("profile is %+v, step says %+v", b.profiles[i], *s.Before.Profile)
		}
		if b.profiles[i].ID == 1 || s.After.Profile.Name != s.Before.Profile.Name {
			return fmt.Errorf("profile %q: default changed or renamed", s.Before.Profile.Name)
		}
		if b.profiles[i] == *s.After.Profile {
			return fmt.Errorf("set of profile %q changes nothing", s.Before.Profile.Name)
		}
		b.profiles[i] = *s.After.Profile
	case gam.Remove:
		i := at(s.Before.Profile.Name)
		if i < 0 || b.profiles[i].ID == 1 {
			return fmt.Errorf("no profile %q to remove", s.Before.Profile.Name)
		}
		if inUse(b.profiles[i].ID) {
			return fmt.Errorf("profile %q is in use", s.Before.Profile.Name)
		}
		b.profiles = slices.Delete(b.profiles, i, i+1)
	}
	return nil
}

func (b *box) applyEndpoint(s gam.Step) error {
	if b.model == gam.PortAware {
		return fmt.Errorf("endpoint step on a port-aware device")
	}
	at := func(mac gam.MAC) int {
		return slices.IndexFunc(b.eps, func(e gam.Endpoint) bool { return e.MAC == mac })
	}
	check := func(e gam.Endpoint, self int) error {
		n := 0
		for i, o := range b.eps {
			if i == self {
				continue
			}
			if o.Name == e.Name {
				return fmt.Errorf("endpoint name %q is taken", e.Name)
			}
			if e.Port != 0 && o.Port == e.Port {
				n++
			}
		}
		if e.Port > b.hw.Ports {
			return fmt.Errorf("no port %d", e.Port)
		}
		if n >= b.hw.EndpointsPerPort() {
			return fmt.Errorf("port %d is full for %s", e.Port, e.MAC)
		}
		return gam.CheckName(e.Name)
	}
	switch s.Action {
	case gam.Add:
		e := *s.After.Endpoint
		if at(e.MAC) >= 0 {
			return fmt.Errorf("endpoint %s is there", e.MAC)
		}
		if len(b.eps) >= gam.MaxEndpoints {
			return fmt.Errorf("endpoint %s is one too many", e.MAC)
		}
		if err := check(e, -1); err != nil {
			return err
		}
		b.nextID++
		e.ID = b.nextID
		b.eps = append(b.eps, e)
	case gam.Set:
		i := at(s.Before.Endpoint.MAC)
		if i < 0 || b.eps[i] != without(*s.Before.Endpoint, b.eps[i].ID) {
			return fmt.Errorf("endpoint %+v is not as the step says", *s.Before.Endpoint)
		}
		e := without(*s.After.Endpoint, b.eps[i].ID)
		if e == b.eps[i] {
			return fmt.Errorf("set of endpoint %s changes nothing", e.MAC)
		}
		if err := check(e, i); err != nil {
			return err
		}
		b.eps[i] = e
	case gam.Remove:
		i := at(s.Before.Endpoint.MAC)
		if i < 0 {
			return fmt.Errorf("no endpoint %s", s.Before.Endpoint.MAC)
		}
		if slices.ContainsFunc(b.svcs, func(o boxService) bool { return o.epID == b.eps[i].ID }) {
			return fmt.Errorf("endpoint %s is in use", s.Before.Endpoint.MAC)
		}
		b.eps = slices.Delete(b.eps, i, i+1)
	}
	return nil
}

// without gives an endpoint the number that it has on the device; one that a
// step has just added has none in later steps of the same plan.
func without(e gam.Endpoint, id int) gam.Endpoint { e.ID = id; return e }

func (b *box) applyService(s gam.Step) error {
	at := func(name string) int {
		return slices.IndexFunc(b.svcs, func(o boxService) bool { return o.Name == name })
	}
	resolve := func(v gam.Service, self int) (boxService, error) {
		r := boxService{Service: v}
		if v.ProfileName != "" {
			i := slices.IndexFunc(b.profiles, func(p gam.Profile) bool { return p.Name == v.ProfileName })
			if i < 0 {
				return r, fmt.Errorf("no profile %q", v.ProfileName)
			}
			r.profID = b.profiles[i].ID
		}
		if b.model == gam.EndpointAware {
			i := slices.IndexFunc(b.eps, func(e gam.Endpoint) bool { return e.Name == v.EndpointName })
			if i < 0 {
				return r, fmt.Errorf("no endpoint %q", v.EndpointName)
			}
			r.epID = b.eps[i].ID
			if v.Port != 0 {
				return r, fmt.Errorf("port given on an endpoint-aware device")
			}
		} else if v.Port < 1 || v.Port > b.hw.Ports {
			return r, fmt.Errorf("no port %d", v.Port)
		}
		for i, o := range b.svcs {
			switch {
			case i == self:
			case o.Name == v.Name:
				return r, fmt.Errorf("subscriber name %q is taken", v.Name)
			case r.epID != 0 && o.epID == r.epID:
				return r, fmt.Errorf("endpoint %q has a subscriber", v.EndpointName)
			case v.Port != 0 && o.Port == v.Port:
				return r, fmt.Errorf("port %d has a subscriber", v.Port)
			}
		}
		if err := gam.CheckVLAN(v.VLAN); err != nil {
			return r, err
		}
		return r, gam.CheckName(v.Name)
	}
	switch s.Action {
	case gam.Add:
		if len(b.svcs) >= gam.MaxEndpoints {
			return fmt.Errorf("subscriber %q is one too many", s.After.Service.Name)
		}
		r, err := resolve(*s.After.Service, -1)
		if err != nil {
			return fmt.Errorf("add %q: %w", s.After.Service.Name, err)
		}
		b.nextID++
		r.ID = b.nextID
		b.svcs = append(b.svcs, r)
	case gam.Set:
		i := at(s.Before.Service.Name)
		if i < 0 {
			return fmt.Errorf("no subscriber %q", s.Before.Service.Name)
		}
		r, err := resolve(*s.After.Service, i)
		if err != nil {
			return fmt.Errorf("set %q: %w", s.Before.Service.Name, err)
		}
		r.ID = b.svcs[i].ID
		b.svcs[i] = r
	case gam.Remove:
		i := at(s.Before.Service.Name)
		if i < 0 {
			return fmt.Errorf("no subscriber %q", s.Before.Service.Name)
		}
		b.svcs = slices.Delete(b.svcs, i, i+1)
	}
	return nil
}

// follow keeps the rows of ownership as the pass does: after all steps, what
// was written is ours with the value that stands there, and what a plan says
// to forget is forgotten.
func follow(owned []gam.Owned, p Plan, c gam.Config) []gam.Owned {
	owned = slices.Clone(owned)
	drop := func(k gam.EntryKind, key string) {
		owned = slices.DeleteFunc(owned, func(o gam.Owned) bool { return o.Kind == k && o.Key == key })
	}
	for _, k := range p.Forget {
		drop(k.Kind, k.Key)
	}
	for _, s := range p.Steps {
		var sub gam.SubscriberID
		if s.Before != nil {
			for _, o := range owned {
				if o.Kind == s.Before.Kind() && o.Key == s.Before.Key() {
					sub = o.SubscriberID
				}
			}
			drop(s.Before.Kind(), s.Before.Key())
		}
		if s.After != nil {
			if s.SubscriberID != 0 {
				sub = s.SubscriberID
			}
			drop(s.After.Kind(), s.After.Key())
			owned = append(owned, gam.Owned{Kind: s.After.Kind(), Key: s.After.Key(), SubscriberID: sub, Written: *s.After})
		}
	}
	for i, o := range owned {
		if e, ok := lookup(c, o.Kind, o.Key); ok && touched(p.Steps, o) {
			owned[i].EntryID, owned[i].Written = e.ID(), e
		}
	}
	return owned
}

func touched(steps []gam.Step, o gam.Owned) bool {
	return slices.ContainsFunc(steps, func(s gam.Step) bool {
		return s.After != nil && s.After.Kind() == o.Kind && s.After.Key() == o.Key
	})
}

func lookup(c gam.Config, k gam.EntryKind, key string) (gam.Entry, bool) {
	switch k {
	case gam.KindProfile:
		p, ok := c.Profile(key)
		return gam.Entry{Profile: &p}, ok
	case gam.KindEndpoint:
		for _, e := range c.Endpoints {
			if e.MAC.String() == key {
				return gam.Entry{Endpoint: &e}, true
			}
		}
		return gam.Entry{}, false
	default:
		s, ok := c.Service(key)
		return gam.Entry{Service: &s}, ok
	}
}
