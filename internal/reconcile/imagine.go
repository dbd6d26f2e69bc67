package reconcile

import (
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// maxRounds bounds how often Diff looks again; each further round serves at
// least one more subscriber, and more than two were never needed.
const maxRounds = 8

// Diff is the difference between what a device should hold and what it holds,
// as steps in an order in which each is valid. It is pure, deterministic and
// total: any input gives a plan.
//
// A subscriber that cannot be served as ordered becomes a problem, the others
// proceed. What they leave may make room for it: with problems left Diff
// imagines the device after the steps and looks again, so that nothing
// remains that a second Diff would do.
func Diff(w Wanted, observed gam.Config, p Policy) Plan {
	plan := diffOnce(w, observed, p)
	round := plan
	for range maxRounds {
		if len(round.Problems) == 0 || len(round.Steps) == 0 {
			break
		}
		observed, p.Owned = imagine(observed, round.Steps), imagineOwned(p.Owned, round)
		round = diffOnce(w, observed, p)
		plan.Steps = append(plan.Steps, round.Steps...)
		plan.Problems = round.Problems
		plan.Waiting = plan.Waiting || round.Waiting
		plan.Affected = append(plan.Affected, round.Affected...)
		slices.Sort(plan.Affected)
		plan.Affected = slices.Compact(plan.Affected)
		plan.noteRepairs(round.Steps)
	}
	return plan
}

// noteRepairs marks the drift that later steps repair too.
func (p *Plan) noteRepairs(steps []gam.Step) {
	for i := range p.Drift {
		it := &p.Drift[i]
		it.Repaired = it.Repaired || slices.ContainsFunc(steps, func(s gam.Step) bool {
			e := s.Entry()
			return e.Kind() == it.Kind && e.Key() == it.Key
		})
	}
}

// imagine is a configuration after steps. It believes them: what a step
// names and is not there is passed over.
func imagine(c gam.Config, steps []gam.Step) gam.Config {
	c = c.Clone()
	for _, s := range steps {
		switch s.Entry().Kind() {
		case gam.KindProfile:
			c.Profiles = replace(c.Profiles, s, func(e gam.Entry) *gam.Profile { return e.Profile },
				func(p *gam.Profile) string { return p.Name })
		case gam.KindEndpoint:
			c.Endpoints = replace(c.Endpoints, s, func(e gam.Entry) *gam.Endpoint { return e.Endpoint },
				func(e *gam.Endpoint) string { return e.MAC.String() })
			if s.Action == gam.Set && s.Before.Name() != s.After.Name() {
				for i := range c.Services {
					if c.Services[i].EndpointName == s.Before.Name() {
						c.Services[i].EndpointName = s.After.Name()
					}
				}
			}
		case gam.KindService:
			c.Services = replace(c.Services, s, func(e gam.Entry) *gam.Service { return e.Service },
				func(v *gam.Service) string { return v.Name })
		}
	}
	return c
}

func replace[T any](all []T, s gam.Step, of func(gam.Entry) *T, key func(*T) string) []T {
	if s.Action == gam.Add {
		return append(all, *of(*s.After))
	}
	was := key(of(*s.Before))
	i := slices.IndexFunc(all, func(v T) bool { return key(&v) == was })
	switch {
	case i < 0:
		return all
	case s.Action == gam.Remove:
		return slices.Delete(all, i, i+1)
	}
	all[i] = *of(*s.After)
	return all
}

// imagineOwned is the rows of ownership after a plan's steps.
func imagineOwned(owned []gam.Owned, p Plan) []gam.Owned {
	type row = gam.Owned
	m := make(map[Key]row, len(owned)+len(p.Steps))
	for _, r := range owned {
		m[Key{r.Kind, r.Key}] = r
	}
	for _, k := range p.Forget {
		delete(m, k)
	}
	for _, s := range p.Steps {
		var r row
		if s.Before != nil {
			k := Key{s.Before.Kind(), s.Before.Key()}
			r = m[k]
			delete(m, k)
		}
		if s.After == nil {
			continue
		}
		r.Kind, r.Key, r.Written, r.Claimed = s.After.Kind(), s.After.Key(), *s.After, false
		if s.SubscriberID != 0 {
			r.SubscriberID = s.SubscriberID
		}
		m[Key{r.Kind, r.Key}] = r
	}
	out := make([]gam.Owned, 0, len(m))
	for _, r := range m {
		out = append(out, r) // Diff orders them
	}
	return out
}
