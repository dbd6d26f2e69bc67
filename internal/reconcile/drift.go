package reconcile

import (
	"slices"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// leaveDrift reports that a subscriber's entries are not as we left them,
// that its order has not changed since, and that the operator wants to look
// at such things himself.
func (d *differ) leaveDrift(l *Line) bool {
	if d.policy.RepairDrift {
		return false
	}
	var row *ownedService
	for _, r := range d.ledger.services[l.SubscriberID] {
		if !r.Claimed && r.Key == l.Entry.Name {
			row = &ownedService{r: r, v: d.ledger.written(r)}
		}
	}
	if row == nil || !d.asWritten(l, row.v) {
		return false
	}
	s := d.world.svcByName[l.Entry.Name]
	if s == nil || s.own != row.r || len(changesService(s.v, row.v, d.observed)) > 0 {
		return true
	}
	if d.world.model == gam.PortAware {
		return false
	}
	if r := d.ledger.endpoints[l.MAC]; r != nil && !r.Claimed {
		e := d.world.epByMAC[l.MAC]
		return e == nil || len(changesEndpoint(e.v, *r.Written.Endpoint)) > 0
	}
	return false
}

type ownedService struct {
	r *gam.Owned
	v gam.Service
}

// asWritten reports whether an order still asks for what we last wrote.
func (d *differ) asWritten(l *Line, was gam.Service) bool {
	if _, changed := merge(was, l.Entry, d.world.defaultNNI); len(changed) > 0 || was.Name != l.Entry.Name {
		return false
	}
	if d.world.model == gam.PortAware {
		if was.Port != l.Port {
			return false
		}
	} else {
		if was.EndpointMAC != l.MAC {
			return false
		}
		if r := d.ledger.endpoints[l.MAC]; r != nil && l.Port != 0 && r.Written.Endpoint.Port != l.Port {
			return false
		}
	}
	rate, known := gam.Rate{}, was.ProfileName == ""
	if r, ok := d.ledger.profRate[was.ProfileName]; ok {
		rate, known = r, true
	} else if p := d.world.profByName[was.ProfileName]; p != nil && !known {
		rate, known = p.v.Rate, true
	}
	return known && rate == l.Rate
}

// drift lists the entries of ours that somebody else changed or removed and
// that are still ordered. What stands as ordered now is not drift, whoever
// made it so.
func (d *differ) drift(o *orderer) []DriftItem {
	f := driftFinder{differ: d, o: o, found: map[*gam.Owned]*svc{}, goal: map[gam.SubscriberID]*goal{}}
	for _, s := range d.before.svcs {
		if s.own != nil {
			f.found[s.own] = s
		}
	}
	for _, g := range d.goals {
		f.goal[g.SubscriberID] = g
	}
	for _, r := range d.ledger.rows {
		switch {
		case r.Claimed: // it was never certain what stood there
		case r.Kind == gam.KindProfile:
			f.profile(r)
		case r.Kind == gam.KindEndpoint && d.world.model != gam.PortAware:
			f.endpoint(r)
		case r.Kind == gam.KindService:
			f.service(r)
		}
	}
	return f.items
}

// driftFinder compares the rows of ownership with the device as it was read.
type driftFinder struct {
	*differ
	o     *orderer
	found map[*gam.Owned]*svc
	goal  map[gam.SubscriberID]*goal
	items []DriftItem
}

func (f *driftFinder) missing(r *gam.Owned, repaired bool) {
	f.items = append(f.items, DriftItem{Kind: r.Kind, Key: r.Key, SubscriberID: r.SubscriberID, Written: r.Written, Repaired: repaired, What: "is missing"})
}

func (f *driftFinder) changed(r *gam.Owned, found *gam.Entry, words []string, repaired bool) {
	f.items = append(f.items, DriftItem{Kind: r.Kind, Key: r.Key, SubscriberID: r.SubscriberID, Written: r.Written, Found: found, Repaired: repaired, What: changedWords(words)})
}

func (f *driftFinder) profile(r *gam.Owned) {
	rate := r.Written.Profile.Rate
	p, end := f.before.profByName[r.Key], f.world.profByName[r.Key]
	added := f.o.wrote[Key{r.Kind, r.Key}]
	switch {
	case p == nil && (added || f.quietRates()[rate]):
		f.missing(r, added)
	case p == nil || !p.drifted() || end == nil || !end.present:
	case end.v.Rate != p.v.Rate || f.leftOn(end, rate):
		f.changed(r, p.entry(), []string{"rate"}, end.v.Rate == rate)
	}
}

func (f *driftFinder) endpoint(r *gam.Owned) {
	mac := r.Written.Endpoint.MAC
	e, wrote := f.before.epByMAC[mac], f.o.wrote[Key{r.Kind, r.Key}]
	if e == nil {
		if slices.ContainsFunc(f.lines, func(l Line) bool { return l.MAC == mac }) {
			f.missing(r, wrote)
		}
		return
	}
	if words := changesEndpoint(e.v, *r.Written.Endpoint); len(words) > 0 && (wrote || f.left(r.SubscriberID)) {
		f.changed(r, e.entry(), words, wrote)
	}
}

func (f *driftFinder) service(r *gam.Owned) {
	s, g := f.found[r], f.goal[r.SubscriberID]
	left, repaired := f.left(r.SubscriberID), g != nil && f.o.wroteFor[r.SubscriberID]
	if s == nil {
		// An entry that somebody else made under the name is a problem, and
		// the old name of one that we renamed is not missed.
		gone := f.before.svcByName[r.Key] == nil && len(f.mine[r.SubscriberID]) == 0
		if gone && (left || g != nil && g.Entry.Name == r.Key) {
			f.missing(r, repaired)
		}
		return
	}
	words := changesService(s.v, f.ledger.written(r), f.observed)
	if s.v.Name != r.Key {
		words = append([]string{"name"}, words...)
	}
	if len(words) > 0 && (left || repaired) {
		f.changed(r, s.entry(), words, repaired)
	}
}

// quietRates is the rates of the orders whose drift is left alone.
func (d *differ) quietRates() map[gam.Rate]bool {
	m := map[gam.Rate]bool{}
	for i := range d.lines {
		if d.quiet[d.lines[i].SubscriberID] {
			m[d.lines[i].Rate] = true
		}
	}
	return m
}

// leftOn reports whether somebody whose order asks for a rate stays on a
// profile that should have it.
func (d *differ) leftOn(p *prof, r gam.Rate) bool {
	for _, s := range d.world.svcs {
		if s.prof == p && s.line != nil && s.line.Rate == r {
			return true
		}
	}
	return false
}

// driftPrefix begins the reason of every step that repairs drift.
const driftPrefix = "drift: "

// driftReason starts a step's reason with "drift: " where the order has not
// changed since we wrote the entry.
func driftReason(unchanged bool, words []string) string {
	text := strings.Join(words, ", ")
	if unchanged {
		return driftPrefix + text
	}
	return text
}
