package reconcile

import (
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
	w := d.world
	wanted := map[gam.SubscriberID]*goal{}
	for _, g := range d.goals {
		wanted[g.SubscriberID] = g
	}
	observed := newWorld(d.observed, d.policy) // before any step
	d.ledger.claim(observed, d.observed)
	renamed := map[*gam.Owned]*svc{}
	for _, s := range observed.svcs {
		if s.own != nil {
			renamed[s.own] = s
		}
	}
	var items []DriftItem
	add := func(r *gam.Owned, found *gam.Entry, changed []string, repaired bool) {
		it := DriftItem{Kind: r.Kind, Key: r.Key, SubscriberID: r.SubscriberID, Written: r.Written, Found: found, Repaired: repaired, What: "is missing"}
		if found != nil {
			it.What = changedWords(changed)
		}
		items = append(items, it)
	}
	for _, r := range d.ledger.rows {
		if r.Claimed {
			continue
		}
		switch r.Kind {
		case gam.KindProfile:
			rate := r.Written.Profile.Rate
			p := observed.profByName[r.Key]
			if p == nil {
				if d.rateWanted(rate) {
					add(r, nil, nil, w.hasRate(rate))
				}
				continue
			}
			end := w.profByName[r.Key]
			if !p.drifted() || end == nil || !end.present {
				continue
			}
			if end.v.Rate != p.v.Rate || d.leftOn(end, rate) {
				add(r, p.entry(), []string{"rate"}, end.v.Rate == rate)
			}
		case gam.KindEndpoint:
			if w.model == gam.PortAware {
				continue
			}
			e := observed.epByMAC[r.Written.Endpoint.MAC]
			switch {
			case e == nil && d.macWanted(r.Written.Endpoint.MAC):
				add(r, nil, nil, o.wrote[Key{r.Kind, r.Key}])
			case e != nil:
				changed := changesEndpoint(e.v, *r.Written.Endpoint)
				if len(changed) > 0 && (d.left(r.SubscriberID) || o.wrote[Key{r.Kind, r.Key}]) {
					add(r, e.entry(), changed, o.wrote[Key{r.Kind, r.Key}])
				}
			}
		case gam.KindService:
			s := renamed[r]
			g := wanted[r.SubscriberID]
			wrote := o.wroteFor[r.SubscriberID]
			switch {
			case s == nil && observed.svcByName[r.Key] == nil:
				// The old name of an entry that we renamed is not missed.
				if (g != nil && g.Entry.Name == r.Key || d.left(r.SubscriberID)) && len(d.mine[r.SubscriberID]) == 0 {
					add(r, nil, nil, wrote)
				}
			case s != nil:
				changed := changesService(s.v, d.ledger.written(r), d.observed)
				if s.v.Name != r.Key {
					changed = append([]string{"name"}, changed...)
				}
				if len(changed) > 0 && (d.left(r.SubscriberID) || g != nil && wrote) {
					add(r, s.entry(), changed, g != nil && wrote)
				}
			}
		}
	}
	return items
}

// rateWanted reports whether an order needs a limiter setting.
func (d *differ) rateWanted(r gam.Rate) bool {
	for i := range d.lines {
		if d.lines[i].Rate == r {
			return true
		}
	}
	return false
}

// hasRate reports whether a profile of this rate is there when all steps are
// done.
func (w *world) hasRate(r gam.Rate) bool {
	for _, p := range w.profs {
		if p.present && !p.isDefault() && p.v.Rate == r {
			return true
		}
	}
	return false
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

// macWanted reports whether an order names an endpoint.
func (d *differ) macWanted(m gam.MAC) bool {
	for i := range d.lines {
		if d.lines[i].MAC == m {
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
