package reconcile

import (
	"strconv"

	"github.com/opengam/opengam/internal/gam"
)

// taint is what a step that was not made has left other than planned: entries
// that are missing, names and places that are still taken. A step that counts
// on one of them is left out too; the next plan finds out what of it can be
// done all the same.
type taint map[string]bool

func missing(kind gam.EntryKind, name string) string { return "missing " + string(kind) + " " + name }
func taken(what string, name string) string          { return "taken " + what + " " + name }
func sub(id gam.SubscriberID) string                 { return "subscriber " + strconv.FormatInt(int64(id), 10) }

// spread adds what follows from a step not being made.
func (t taint) spread(s gam.Step) {
	if s.SubscriberID != 0 {
		t[sub(s.SubscriberID)] = true
	}
	if s.After != nil {
		t[missing(s.After.Kind(), s.After.Name())] = true
		if e := s.After.Endpoint; e != nil {
			t["mac "+e.MAC.String()] = true
		}
	}
	if s.Before == nil {
		return
	}
	switch b := s.Before; {
	case b.Profile != nil:
		t[taken("slot", "")] = s.After == nil || t[taken("slot", "")]
		t[taken("profile name", b.Profile.Name)] = s.After == nil
	case b.Endpoint != nil:
		t["mac "+b.Endpoint.MAC.String()] = true
		t[taken("endpoint name", b.Endpoint.Name)] = true
		if s.After == nil || s.After.Endpoint.Port != b.Endpoint.Port {
			t[taken("port", strconv.Itoa(b.Endpoint.Port))] = true
		}
		t[taken("device", "")] = s.After == nil || t[taken("device", "")]
	case b.Service != nil:
		t[taken("name", b.Service.Name)] = true
		t[taken("endpoint", b.Service.EndpointName)] = true
		t[taken("subscriber port", strconv.Itoa(b.Service.Port))] = true
		t[taken("profile", b.Service.ProfileName)] = true
	}
}

// touches reports whether a step counts on something that is not so.
func (t taint) touches(s gam.Step) bool {
	if len(t) == 0 {
		return false
	}
	if s.SubscriberID != 0 && t[sub(s.SubscriberID)] {
		return true
	}
	switch e := s.Entry(); {
	case e.Profile != nil:
		name := e.Profile.Name
		return s.Action != gam.Add && t[taken("profile", name)] ||
			s.Action == gam.Add && (t[taken("slot", "")] || t[taken("profile name", name)])
	case e.Endpoint != nil:
		if t["mac "+e.Endpoint.MAC.String()] {
			return true
		}
		if s.After == nil {
			return t[taken("endpoint", s.Before.Endpoint.Name)]
		}
		moves := s.Before == nil || s.Before.Endpoint.Port != e.Endpoint.Port
		renamed := s.Before == nil || s.Before.Endpoint.Name != e.Endpoint.Name
		return moves && e.Endpoint.Port != 0 && t[taken("port", strconv.Itoa(e.Endpoint.Port))] ||
			renamed && t[taken("endpoint name", e.Endpoint.Name)] ||
			s.Before == nil && t[taken("device", "")]
	default:
		if s.After == nil {
			return false
		}
		v := s.After.Service
		return t[missing(gam.KindProfile, v.ProfileName)] && v.ProfileName != "" ||
			t[missing(gam.KindEndpoint, v.EndpointName)] && v.EndpointName != "" ||
			v.EndpointName != "" && t[taken("endpoint", v.EndpointName)] ||
			v.Port != 0 && t[taken("subscriber port", strconv.Itoa(v.Port))] ||
			t[taken("name", v.Name)] && (s.Before == nil || s.Before.Service.Name != v.Name)
	}
}
