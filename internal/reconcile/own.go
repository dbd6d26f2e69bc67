package reconcile

import (
	"cmp"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// ledger is the rows that say what is ours, ordered and indexed.
type ledger struct {
	rows      []*gam.Owned
	services  map[gam.SubscriberID][]*gam.Owned // rows of subscriber entries by their order
	endpoints map[gam.MAC]*gam.Owned
	epMAC     map[string]gam.MAC  // MAC of our endpoints by the name that we gave them
	profRate  map[string]gam.Rate // rate of our profiles as written
}

func newLedger(owned []gam.Owned) *ledger {
	l := &ledger{
		services:  map[gam.SubscriberID][]*gam.Owned{},
		endpoints: map[gam.MAC]*gam.Owned{},
		epMAC:     map[string]gam.MAC{},
		profRate:  map[string]gam.Rate{},
	}
	owned = sortedBy(owned, func(a, b gam.Owned) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key), cmp.Compare(a.SubscriberID, b.SubscriberID))
	})
	for i := range owned {
		r := &owned[i]
		if r.Written == (gam.Entry{}) || r.Written.Kind() != r.Kind || r.Written.Key() != r.Key {
			continue // a row that says nothing gives no right to change anything
		}
		if i > 0 && owned[i-1].Kind == r.Kind && owned[i-1].Key == r.Key {
			continue
		}
		l.rows = append(l.rows, r)
		switch r.Kind {
		case gam.KindService:
			l.services[r.SubscriberID] = append(l.services[r.SubscriberID], r)
		case gam.KindEndpoint:
			l.endpoints[r.Written.Endpoint.MAC] = r
			l.epMAC[r.Written.Endpoint.Name] = r.Written.Endpoint.MAC
		case gam.KindProfile:
			l.profRate[r.Written.Profile.Name] = r.Written.Profile.Rate
		}
	}
	return l
}

// claim marks the entries of the world that are ours. An entry with a claimed
// row, written down just before a crash, is ours only if it stands as we were
// about to write it, but for what is left to the firmware; otherwise somebody
// else made it.
func (l *ledger) claim(w *world, c gam.Config) {
	for _, r := range l.rows {
		switch r.Kind {
		case gam.KindProfile:
			p := w.profByName[r.Key]
			if p != nil && !p.isDefault() && (!r.Claimed || p.v.Rate == r.Written.Profile.Rate) {
				p.own, p.fate = r, keep
			}
		case gam.KindEndpoint:
			e := w.epByMAC[r.Written.Endpoint.MAC]
			if e != nil && (!r.Claimed || len(changesEndpoint(e.v, *r.Written.Endpoint)) == 0) {
				e.own, e.fate, e.sub = r, keep, r.SubscriberID
			}
		case gam.KindService:
			s := w.svcByName[r.Key]
			if s != nil && (!r.Claimed || madeOf(s.v, l.written(r), c)) {
				s.own, s.fate, s.sub = r, keep, r.SubscriberID
			}
		}
	}
	l.claimRenamed(w)
}

// madeOf reports whether an entry is what a device makes of one that it is
// asked to add. PoE that is off and a profile that is none are not spoken of
// then, and a firmware may have defaults of its own for them.
func madeOf(found, asked gam.Service, c gam.Config) bool {
	for _, word := range changesService(found, asked, c) {
		if word == "PoE" && samePoE(asked.PoE, gam.PoEDisable) || word == "profile" && asked.ProfileName == "" {
			continue
		}
		return false
	}
	return true
}

// claimRenamed finds entries of ours that somebody renamed: the number that
// the device gave, under a name that is nobody's, on the same endpoint.
func (l *ledger) claimRenamed(w *world) {
	var byID map[int]*svc
	for _, r := range l.rows {
		if r.Kind != gam.KindService || r.Claimed || r.EntryID == 0 || w.svcByName[r.Key] != nil {
			continue
		}
		if byID == nil {
			byID = make(map[int]*svc, len(w.svcs))
			for _, s := range w.svcs {
				byID[s.v.ID] = s
			}
		}
		s := byID[r.EntryID]
		if s == nil || s.own != nil {
			continue
		}
		was := l.written(r)
		none := was.EndpointMAC.IsZero() && was.EndpointName == "" && was.Port == 0
		if !none && sameBinding(s.v, was, w.model) {
			s.own, s.fate, s.sub = r, keep, r.SubscriberID
		}
	}
}

// written is a subscriber entry as we wrote it, with its endpoint's MAC where
// that can be known.
func (l *ledger) written(r *gam.Owned) gam.Service {
	s := *r.Written.Service
	if s.EndpointMAC.IsZero() && s.EndpointName != "" {
		s.EndpointMAC = l.epMAC[s.EndpointName]
	}
	return s
}

// bySubscriber is our subscriber entries by the order they serve.
func (w *world) bySubscriber() map[gam.SubscriberID][]*svc {
	m := make(map[gam.SubscriberID][]*svc, len(w.svcs))
	for _, s := range w.svcs {
		if s.own != nil {
			m[s.sub] = append(m[s.sub], s)
		}
	}
	return m
}

// current picks the subscriber entry that serves an order: of several, left
// by a crash, the one with the wanted name, else one that is certainly ours.
func current(mine []*svc, name string) *svc {
	if len(mine) == 0 {
		return nil
	}
	return slices.MinFunc(mine, func(a, b *svc) int {
		rank := func(s *svc) int {
			switch {
			case s.v.Name == name:
				return 0
			case !s.own.Claimed:
				return 1
			}
			return 2
		}
		return cmp.Compare(rank(a), rank(b))
	})
}

// forget lists the rows whose entry is not on the device and is not going to
// come back under that key.
func (d *differ) forget(o *orderer) []Key {
	names := make(map[gam.SubscriberID]string, len(d.lines))
	macs := make(map[gam.MAC]bool, len(d.lines))
	for i := range d.lines {
		names[d.lines[i].SubscriberID], macs[d.lines[i].MAC] = d.lines[i].Entry.Name, true
	}
	for _, q := range d.wanted.Problems {
		names[q.SubscriberID] = "" // whatever it was
	}
	found := make(map[*gam.Owned]bool, len(d.before.svcs))
	for _, s := range d.before.svcs {
		found[s.own] = true
	}
	rates := d.quietRates()
	var ks []Key
	for _, r := range d.ledger.rows {
		k := Key{r.Kind, r.Key}
		var there, wanted bool
		switch r.Kind {
		case gam.KindProfile:
			there = d.before.profByName[r.Key] != nil
			wanted = rates[r.Written.Profile.Rate]
		case gam.KindEndpoint:
			there = d.before.epByMAC[r.Written.Endpoint.MAC] != nil
			wanted = macs[r.Written.Endpoint.MAC]
		case gam.KindService:
			there = d.before.svcByName[r.Key] != nil || found[r]
			name, known := names[r.SubscriberID]
			wanted = known && (name == r.Key || name == "")
		}
		if !there && !o.wrote[k] && (!wanted || r.Claimed) {
			ks = append(ks, k)
		}
	}
	return ks
}

// unmanaged lists every entry that is not ours, by kind and key.
func (w *world) unmanaged() []Key {
	var ks []Key
	for _, p := range w.profs {
		if p.own == nil && !p.isDefault() {
			ks = append(ks, Key{gam.KindProfile, p.entry().Key()})
		}
	}
	for _, e := range w.eps {
		if e.own == nil {
			ks = append(ks, Key{gam.KindEndpoint, e.entry().Key()})
		}
	}
	for _, s := range w.svcs {
		if s.own == nil {
			ks = append(ks, Key{gam.KindService, s.entry().Key()})
		}
	}
	slices.SortFunc(ks, func(a, b Key) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key)) })
	return ks
}
