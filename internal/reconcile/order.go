package reconcile

import (
	"slices"
	"strconv"

	"github.com/opengam/opengam/internal/gam"
)

// orderer turns goals into steps. It keeps the device's state as it will be
// after the steps so far and takes whatever is valid next, in this order of
// preference: removals that free something, profiles, then each subscriber's
// endpoint and entry together, so that an interrupted pass has served as many
// customers as possible; obsolete profiles last. Where nothing is valid the
// goals wait for each other in a circle, which breakCircle opens.
type orderer struct {
	d *differ
	w *world

	steps    []gam.Step
	affected map[gam.SubscriberID]bool
	wrote    map[Key]bool              // entries that a step writes
	wroteFor map[gam.SubscriberID]bool // subscribers whose entry a step writes
	stuck    gam.SubscriberID          // a goal that could not be reached

	svcGone  []*svc
	epGone   []*ep
	profAims []*prof // to add or to change
	profGone []*prof
	subs     []*goal // with something left to do
}

func newOrderer(d *differ) *orderer {
	o := &orderer{
		d: d, w: d.world,
		affected: map[gam.SubscriberID]bool{}, wrote: map[Key]bool{}, wroteFor: map[gam.SubscriberID]bool{},
	}
	for _, s := range o.w.svcs {
		if s.fate == gone {
			o.svcGone = append(o.svcGone, s)
		}
	}
	for _, e := range o.w.eps {
		if e.fate == gone {
			o.epGone = append(o.epGone, e)
		}
	}
	for _, p := range o.w.profs {
		switch p.fate {
		case aim:
			o.profAims = append(o.profAims, p)
		case gone:
			o.profGone = append(o.profGone, p)
		}
	}
	for _, g := range d.goals {
		if !o.reached(g) {
			o.subs = append(o.subs, g)
		}
	}
	return o
}

// run plans until nothing is left to do.
func (o *orderer) run() {
	for _, s := range o.svcGone {
		o.removeSvc(s, o.whyGone(s.sub))
	}
	for o.left() {
		before := len(o.steps)
		o.epGone = slices.DeleteFunc(o.epGone, o.tryRemoveEP)
		o.profAims = slices.DeleteFunc(o.profAims, func(p *prof) bool { return o.tryProf(p, false) })
		o.subs = slices.DeleteFunc(o.subs, o.tryGoal)
		o.profGone = slices.DeleteFunc(o.profGone, o.tryRemoveProf)
		if len(o.steps) > before || !o.left() {
			continue
		}
		if o.breakCircle() {
			continue
		}
		if !o.compromise() {
			o.giveUp()
			return
		}
	}
}

// compromise opens a knot of profiles. Either somebody who is to change more
// than his profile, and has to wait with the rest, leaves a profile early; or
// a profile changes early, and somebody who waits to leave it has a wrong
// rate until his own step.
func (o *orderer) compromise() bool {
	for _, g := range o.subs {
		if s := g.svc; s.present && s.prof != s.toProf && s.toProf.ready() {
			before := s.entry()
			if s.prof, s.v.ProfileName = s.toProf, ""; s.prof != nil {
				s.v.ProfileName = s.prof.v.Name
			}
			o.emit(gam.Set, before, s.entry(), g.SubscriberID, "plan changed")
			return true
		}
	}
	i := slices.IndexFunc(o.profAims, func(p *prof) bool { return o.tryProf(p, true) })
	if i >= 0 {
		o.profAims = slices.Delete(o.profAims, i, i+1)
	}
	return i >= 0
}

func (o *orderer) left() bool {
	return len(o.epGone)+len(o.profAims)+len(o.subs)+len(o.profGone) > 0
}

// giveUp names a subscriber whose goal cannot be reached. Diff goes on
// without it.
func (o *orderer) giveUp() {
	if len(o.subs) > 0 {
		o.stuck = o.subs[0].SubscriberID
	}
}

func (o *orderer) whyGone(id gam.SubscriberID) string {
	if why := o.d.wanted.Absent[id]; why != "" {
		return why
	}
	if id == 0 || !slices.ContainsFunc(o.d.lines, func(l Line) bool { return l.SubscriberID == id }) {
		return "no longer ordered"
	}
	return "left over"
}

func (o *orderer) emit(a gam.Action, before, after *gam.Entry, id gam.SubscriberID, reason string) {
	s := gam.Step{Action: a, Before: before, After: after, SubscriberID: id, Reason: reason}
	o.steps = append(o.steps, s)
	e := s.Entry()
	o.wrote[Key{e.Kind(), e.Key()}] = true
	if e.Kind() != gam.KindProfile && id != 0 {
		o.affected[id] = true
		if e.Kind() == gam.KindService {
			o.wroteFor[id] = true
		}
	}
}

// profiles

// tryProf adds or changes a profile. A change waits until everybody who is on
// the profile wants it, unless forced.
func (o *orderer) tryProf(p *prof, force bool) bool {
	w := o.w
	if !p.present {
		if w.nProfs >= gam.UsableProfiles {
			return false
		}
		p.v = p.to
		w.putProf(p)
		o.emit(gam.Add, nil, p.entry(), 0, p.reason)
		return true
	}
	users := o.usersOf(p)
	for _, s := range users {
		if s.toProf != p && !force {
			return false
		}
	}
	before := p.entry()
	p.v = p.to
	o.emit(gam.Set, before, p.entry(), 0, p.reason)
	for _, s := range users {
		if s.sub != 0 {
			o.affected[s.sub] = true
		}
	}
	return true
}

// ready reports whether a profile is there with the rate that it is to have.
func (p *prof) ready() bool {
	return p == nil || p.present && (p.fate != aim || p.v.Rate == p.to.Rate)
}

func (o *orderer) usersOf(p *prof) []*svc {
	var us []*svc
	for _, s := range o.w.svcs {
		if s.present && s.prof == p {
			us = append(us, s)
		}
	}
	return us
}

func (o *orderer) tryRemoveProf(p *prof) bool {
	if len(o.usersOf(p)) > 0 {
		return false
	}
	before := p.entry()
	o.w.dropProf(p)
	o.emit(gam.Remove, before, nil, 0, "no longer needed")
	return true
}

// endpoints

func (o *orderer) tryRemoveEP(e *ep) bool {
	if o.w.svcByEP[e] != nil {
		return false
	}
	before := e.entry()
	o.w.dropEP(e)
	o.emit(gam.Remove, before, nil, e.sub, o.whyGone(e.sub))
	return true
}

// epBlocked reports whether an endpoint's goal is not valid yet.
func (o *orderer) epBlocked(e *ep) bool {
	w := o.w
	if h := w.epByName[e.to.Name]; h != nil && h != e && h.present {
		return true
	}
	if !e.present && o.deviceFull() {
		return true
	}
	return (!e.present || e.v.Port != e.to.Port) && w.portFull(e.to.Port)
}

// deviceFull reports whether no further endpoint fits. While one of ours is
// to go, the model's own limit counts, which is lower on copper.
func (o *orderer) deviceFull() bool {
	return o.w.nEPs >= gam.MaxEndpoints || len(o.epGone) > 0 && o.w.nEPs >= o.w.maxEPs()
}

func (e *ep) reached() bool { return e.present && (e.fate != aim || e.v == e.to) }

// writeEP adds the endpoint or sets it.
func (o *orderer) writeEP(e *ep, to gam.Endpoint, id gam.SubscriberID, reason string) {
	w := o.w
	if !e.present {
		e.v = to
		w.putEP(e)
		o.emit(gam.Add, nil, e.entry(), id, reason)
		return
	}
	before := e.entry()
	w.dropEP(e)
	e.v = to
	w.putEP(e)
	o.emit(gam.Set, before, e.entry(), id, reason)
}

// subscribers

func (o *orderer) reached(g *goal) bool {
	if g.ep != nil && !g.ep.reached() {
		return false
	}
	_, changed := o.next(g)
	return g.svc.present && len(changed) == 0
}

// tryGoal takes whatever steps of a goal are valid and reports whether it is
// reached.
func (o *orderer) tryGoal(g *goal) bool {
	w := o.w
	if e := g.ep; e != nil && !e.reached() {
		if o.epBlocked(e) {
			return false
		}
		o.writeEP(e, e.to, g.SubscriberID, o.whyEP(g))
	}
	s := g.svc
	to, changed := o.next(g)
	if s.present && len(changed) == 0 {
		return true
	}
	if h := w.svcByName[g.Entry.Name]; h != nil && h != s {
		return false
	}
	if w.holderOf(s) != nil || !s.toProf.ready() && s.toProf != s.prof || !s.present && w.nSvcs >= gam.MaxEndpoints {
		return false
	}
	o.writeSvc(g, to, changed)
	return true
}

// next is the entry that a goal's subscriber entry is to become, and the
// words for what changes; of an entry that is not there, all of it.
func (o *orderer) next(g *goal) (gam.Service, []string) {
	s := g.svc
	if !s.present {
		v := g.Entry
		v.AllowedVLANs = slices.Clone(v.AllowedVLANs)
		v.Port = s.toPort
		return v, []string{"all"}
	}
	v, fields := merge(s.v, g.Entry, o.w.defaultNNI)
	var changed []string
	if len(fields) > 0 {
		changed = append(changed, changedWords(fields))
	}
	if v.Name != g.Entry.Name {
		v.Name = g.Entry.Name
		changed = append(changed, "renamed")
	}
	if !s.bound(o.w.model) {
		v.Port = s.toPort
		v.EndpointName, v.EndpointMAC = "", gam.MAC{} // whatever is plugged in there
		if o.w.model == gam.PortAware {
			changed = append(changed, "moved to port "+strconv.Itoa(s.toPort))
		} else {
			changed = append(changed, "other endpoint")
		}
	}
	if s.prof != s.toProf || s.toProf == nil && v.ProfileName != "" {
		changed = append(changed, "plan changed")
	}
	return v, changed
}

// writeSvc adds the subscriber entry or sets it.
func (o *orderer) writeSvc(g *goal, to gam.Service, changed []string) {
	w, s := o.w, g.svc
	var before *gam.Entry
	if s.present {
		before = s.entry()
		w.dropSvc(s)
	}
	s.v, s.prof = to, s.toProf
	if w.model != gam.PortAware {
		s.ep = s.toEP
	}
	s.v.ProfileName = ""
	if s.prof != nil {
		s.v.ProfileName = s.prof.v.Name
	}
	if s.ep != nil {
		s.v.EndpointName, s.v.EndpointMAC = s.ep.v.Name, s.ep.v.MAC
	}
	w.putSvc(s)
	if before == nil {
		o.emit(gam.Add, nil, s.entry(), g.SubscriberID, o.whyAdd(g))
		return
	}
	unchanged := o.d.policy.RepairDrift && s.own != nil && !s.own.Claimed && o.d.asWritten(g.Line, o.d.ledger.written(s.own))
	o.emit(gam.Set, before, s.entry(), g.SubscriberID, driftReason(unchanged, changed))
}

func (o *orderer) removeSvc(s *svc, reason string) {
	before := s.entry()
	o.w.dropSvc(s)
	o.emit(gam.Remove, before, nil, s.sub, reason)
}

func (o *orderer) whyAdd(g *goal) string {
	if g.svc.renamed {
		return "comes back after an exchange"
	}
	for _, r := range o.d.ledger.services[g.SubscriberID] {
		if !r.Claimed && r.Key == g.Entry.Name && o.d.policy.RepairDrift {
			return driftPrefix + "was removed"
		}
	}
	return "ordered"
}

func (o *orderer) whyEP(g *goal) string {
	e := g.ep
	r := o.d.ledger.endpoints[e.to.MAC]
	ours := r != nil && !r.Claimed && o.d.policy.RepairDrift
	if !e.present {
		if ours && !e.parked {
			return driftPrefix + "was removed"
		}
		return "ordered"
	}
	_, changed := mergeEndpoint(e.v, e.to)
	return driftReason(ours && !e.parked && len(changesEndpoint(*r.Written.Endpoint, e.to)) == 0, []string{changedWords(changed)})
}
