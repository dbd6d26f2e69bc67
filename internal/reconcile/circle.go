package reconcile

import (
	"fmt"

	"github.com/opengam/opengam/internal/gam"
)

// Goals that wait for each other in a circle: two subscribers who exchange
// their endpoints, names or ports, an endpoint that is replaced on a full
// port. One of them has to step aside: under another name, without a port, or
// off the device for a moment.

// waits is what one entry waits for: another one, and what that one holds.
type waits struct {
	svc  *svc // the holder, or ep
	ep   *ep
	hold hold
}

type hold int

const (
	holdName    hold = iota // the holder's name is wanted
	holdEPName              // the holder's name, of an endpoint
	holdPort                // the holder's place on a port
	holdBinding             // the holder's endpoint or port
	holdUse                 // the holder hangs on an endpoint that is to go
	holdNothing             // the holder has to be written first
)

// breakCircle opens one circle and reports whether there was one.
func (o *orderer) breakCircle() bool {
	for _, g := range o.subs {
		if best, ok := o.circle(g); ok {
			return o.stepAside(best)
		}
	}
	return false
}

// circle follows what a goal waits for until it comes round, and gives the
// member that steps aside with the least harm.
func (o *orderer) circle(g *goal) (best waits, ok bool) {
	seen := map[any]int{}
	var path []waits
	at := waits{svc: g.svc, hold: holdNothing}
	if g.ep != nil && !g.ep.reached() {
		at = waits{ep: g.ep, hold: holdNothing}
	}
	for {
		if from, again := seen[at.node()]; again {
			path[from] = at // the link that closes the circle
			best = waits{hold: holdNothing}
			for _, w := range path[from:] {
				if w.hold < best.hold && o.canStepAside(w) {
					best = w
				}
			}
			return best, best.hold != holdNothing
		}
		seen[at.node()] = len(path)
		path = append(path, at)
		next, ok := o.waitsFor(at)
		if !ok {
			return waits{}, false
		}
		at = next
	}
}

func (w waits) node() any {
	if w.ep != nil {
		return w.ep
	}
	return w.svc
}

// waitsFor is the first thing that an entry waits for.
func (o *orderer) waitsFor(at waits) (waits, bool) {
	w := o.w
	if e := at.ep; e != nil {
		if e.fate == gone {
			h := w.svcByEP[e]
			return waits{svc: h, hold: holdUse}, h != nil && e.present
		}
		return o.endpointWaitsFor(e)
	}
	s := at.svc
	if s.line == nil || s.fate != aim {
		return waits{}, false
	}
	if s.toEP != nil && !s.toEP.reached() {
		return waits{ep: s.toEP, hold: holdNothing}, true
	}
	if h := w.svcByName[s.line.Entry.Name]; h != nil && h != s {
		return waits{svc: h, hold: holdName}, true
	}
	h := w.holderOf(s)
	return waits{svc: h, hold: holdBinding}, h != nil
}

func (o *orderer) endpointWaitsFor(e *ep) (waits, bool) {
	w := o.w
	if h := w.epByName[e.to.Name]; h != nil && h != e && h.present {
		return waits{ep: h, hold: holdEPName}, true
	}
	if !e.present && o.deviceFull() && len(o.epGone) > 0 {
		return waits{ep: o.epGone[0], hold: holdNothing}, true
	}
	if (!e.present || e.v.Port != e.to.Port) && w.portFull(e.to.Port) {
		for _, h := range o.epGone {
			if h.v.Port == e.to.Port {
				return waits{ep: h, hold: holdNothing}, true
			}
		}
		for _, g := range o.subs {
			if h := g.ep; h != nil && h != e && h.present && h.fate == aim && h.v.Port == e.to.Port && h.to.Port != h.v.Port {
				return waits{ep: h, hold: holdPort}, true
			}
		}
	}
	return waits{}, false
}

// canStepAside: each entry goes under another name or leaves its port at most
// once, so that planning ends.
func (o *orderer) canStepAside(w waits) bool {
	switch w.hold {
	case holdName:
		return w.svc.fate == aim && !w.svc.renamed
	case holdEPName, holdPort:
		return w.ep.fate == aim && !w.ep.parked
	case holdBinding, holdUse:
		return w.svc.fate == aim && w.svc.present
	}
	return false
}

func (o *orderer) stepAside(w waits) bool {
	switch w.hold {
	case holdName:
		s := w.svc
		before := s.entry()
		o.w.dropSvc(s)
		s.renamed = true
		s.v.Name = freeName(fmt.Sprintf("moving-%d", s.sub), o.nameTaken)
		o.w.putSvc(s)
		o.emit(gam.Set, before, s.entry(), s.sub, "steps aside under another name while names are exchanged")
	case holdEPName:
		to := w.ep.v
		to.Name = freeName("moving-"+to.MAC.Compact(), func(n string) bool { return o.w.epByName[n] != nil })
		w.ep.parked = true
		o.writeEP(w.ep, to, w.ep.sub, "steps aside under another name while names are exchanged")
	case holdPort:
		to := w.ep.v
		to.Port, to.AutoPort = 0, false
		w.ep.parked = true
		o.writeEP(w.ep, to, w.ep.sub, "leaves its port while ports are exchanged")
	case holdBinding, holdUse:
		w.svc.renamed = true
		o.removeSvc(w.svc, "leaves for a moment while endpoints are exchanged")
	default:
		return false
	}
	return true
}

// nameTaken reports whether a subscriber entry bears a name now or later.
func (o *orderer) nameTaken(name string) bool {
	if o.w.svcByName[name] != nil {
		return true
	}
	for _, g := range o.subs {
		if g.Entry.Name == name {
			return true
		}
	}
	return false
}
