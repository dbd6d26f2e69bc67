package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/opengam/opengam/internal/gam"
)

// quote prints a name from a device or an order in a message.
func quote(s string) string { return strconv.Quote(gam.Clip(s, 40)) }

// refuseDoubled finds orders that want the same thing; the older one gets it.
func (d *differ) refuseDoubled() {
	ids := make(map[gam.SubscriberID]bool, len(d.lines))
	names := make(map[string]gam.SubscriberID, len(d.lines))
	macs := make(map[gam.MAC]gam.SubscriberID, len(d.lines))
	ports := map[int]gam.SubscriberID{}
	for i := range d.lines {
		l := &d.lines[i]
		if _, bad := d.problems[l.SubscriberID]; bad {
			continue
		}
		id := l.SubscriberID
		switch {
		case ids[id]:
			d.refuse(id, CodeDoubled, "the order is there twice", "remove one of them")
			continue
		case l.Entry.Name == "" || gam.CheckName(l.Entry.Name) != nil:
			d.refuse(id, CodeName, quote(l.Entry.Name)+" is not a name that a GAM takes", "give the subscriber another name on the device")
			continue
		case names[l.Entry.Name] != 0:
			d.refuse(id, CodeDoubled, fmt.Sprintf("name %s is ordered for subscriber %d too", quote(l.Entry.Name), names[l.Entry.Name]), "give one of them another name on the device")
			continue
		}
		if d.world.model == gam.PortAware {
			switch other := ports[l.Port]; {
			case l.Port == 0:
				d.refuse(id, CodeNotPlaced, "this GAM is port-aware and the order names no G.hn port", "give the port that the subscriber is wired to")
				continue
			case other != 0:
				d.refuse(id, CodeDoubled, fmt.Sprintf("port %d is ordered for subscriber %d too", l.Port, other), "give one of them another port")
				continue
			}
		} else {
			switch other := macs[l.MAC]; {
			case l.MAC.IsZero():
				d.refuse(id, CodeNotPlaced, "the order names no endpoint", "give the MAC address of the subscriber's endpoint")
				continue
			case other != 0:
				d.refuse(id, CodeDoubled, fmt.Sprintf("endpoint %s is ordered for subscriber %d too", l.MAC, other), "give one of them another endpoint")
				continue
			}
		}
		if err := d.checkHardware(l); err != nil {
			d.refuse(id, CodePort, err.Error(), "choose another one, or another GAM")
			continue
		}
		ids[id], names[l.Entry.Name], macs[l.MAC], ports[l.Port] = true, id, id, id
	}
}

// checkHardware refuses ports and uplinks that the device does not have.
func (d *differ) checkHardware(l *Line) error {
	if l.Port != 0 {
		if err := d.world.checkPort(l.Port); err != nil {
			return err
		}
	}
	if d.world.hw.Ports > 0 && l.Entry.DoubleTag {
		return d.world.hw.CheckNNI(l.Entry.NNI)
	}
	return nil
}

// aimLine sets the goal of one subscriber's entries, nil when it became a
// problem.
func (d *differ) aimLine(l *Line) *goal {
	w := d.world
	g := &goal{Line: l}
	if w.model != gam.PortAware {
		if g.ep = d.aimEndpoint(l); g.ep == nil {
			return nil
		}
	}
	s := current(d.mine[l.SubscriberID], l.Entry.Name)
	if s == nil {
		s = &svc{sub: l.SubscriberID}
	}
	s.fate, s.line, s.toEP = aim, l, g.ep
	if w.model == gam.PortAware {
		s.toPort = l.Port
	}
	g.svc = s
	return g
}

// aimEndpoint finds or makes the endpoint of a line, nil when one that is not
// ours is in the way.
func (d *differ) aimEndpoint(l *Line) *ep {
	w := d.world
	to := gam.Endpoint{
		MAC: l.MAC, Name: l.MAC.Compact(), Description: l.Entry.Description,
		Port: l.Port, AutoPort: l.Port == 0,
	}
	e := w.epByMAC[l.MAC]
	switch {
	case e == nil:
		e = &ep{v: to, to: to}
		w.epByMAC[l.MAC] = e
	case e.own == nil:
		if !samePort(e.v, to) {
			at, asked := "on no port", "any port"
			if e.v.Port != 0 {
				at = fmt.Sprintf("on port %d", e.v.Port)
			}
			if l.Port != 0 {
				asked = fmt.Sprintf("port %d", l.Port)
			}
			d.refuse(l.SubscriberID, CodeAdopt,
				fmt.Sprintf("endpoint %s is on the device as %s %s, not managed by OpenGAM; the order says %s", l.MAC, quote(e.v.Name), at, asked),
				"adopt the endpoint, or change the order's port")
			return nil
		}
		return e // referenced as it is, never changed
	default:
		if was := e.own.Written.Endpoint; was.Name != to.Name {
			// An adopted endpoint keeps the labels that people gave it.
			to.Name, to.Description, to.AllowMgmtVLAN = was.Name, was.Description, was.AllowMgmtVLAN
		}
		e.to, _ = mergeEndpoint(e.v, to)
	}
	e.fate, e.sub = aim, l.SubscriberID
	return e
}

// settleEndpointNames gives another name to endpoints whose own is borne by an
// entry that stays.
func (d *differ) settleEndpointNames() {
	w := d.world
	for _, g := range d.goals {
		e := g.ep
		if e == nil || e.fate != aim {
			continue
		}
		if h := w.epByName[e.to.Name]; h != nil && h != e && h.fate.pinned() {
			if e.present {
				e.to.Name = e.v.Name
			} else {
				e.to.Name = w.freeEndpointName(e.to.Name)
			}
		}
		if !e.present {
			e.v = e.to
			if w.epByName[e.to.Name] == nil {
				w.epByName[e.to.Name] = e // reserved
			}
		}
	}
}

// freeEndpointName is the name, or the name with a number when an entry for
// another MAC bears it.
func (w *world) freeEndpointName(name string) string {
	return freeName(name, func(n string) bool { return w.epByName[n] != nil })
}

func freeName(name string, taken func(string) bool) string {
	if !taken(name) {
		return name
	}
	for i := 2; ; i++ {
		suffix := "-" + strconv.Itoa(i)
		n := name[:min(len(name), gam.MaxName-len(suffix))] + suffix
		if !taken(n) {
			return n
		}
	}
}

// checkNames refuses names that entries bear which stay.
func (d *differ) checkNames() {
	for _, g := range d.goals {
		h := d.world.svcByName[g.Entry.Name]
		if h == nil || h == g.svc || !h.fate.pinned() {
			continue
		}
		if h.own == nil {
			d.refuse(g.SubscriberID, CodeNameTaken,
				"the device has a subscriber "+quote(h.v.Name)+" that is not managed by OpenGAM",
				"adopt it, or give this order another name on the device")
			continue
		}
		d.refuse(g.SubscriberID, CodeInTheWay,
			fmt.Sprintf("name %s is still used on the device by subscriber %d, which cannot be changed at the moment", quote(h.v.Name), h.sub),
			"solve that subscriber's problem first")
	}
}

// checkBindings refuses endpoints, or ports of a port-aware device, on which
// an entry hangs that stays.
func (d *differ) checkBindings() {
	w := d.world
	for _, g := range d.goals {
		what, h := "endpoint "+g.MAC.String(), w.holderOf(g.svc)
		if w.model == gam.PortAware {
			what = "port " + strconv.Itoa(g.Port)
		}
		if h == nil || !h.fate.pinned() {
			continue
		}
		if h.own == nil {
			d.refuse(g.SubscriberID, CodeAdopt,
				what+" is used by unmanaged subscriber "+quote(h.v.Name),
				"adopt that subscriber, or remove it on the device")
			continue
		}
		d.refuse(g.SubscriberID, CodeInTheWay,
			fmt.Sprintf("%s is still used on the device by subscriber %d, which cannot be changed at the moment", what, h.sub),
			"solve that subscriber's problem first")
	}
}

// checkCapacity refuses what would be one too many in the end. Whoever is
// there already stays, then the older order wins.
func (d *differ) checkCapacity() {
	w := d.world
	onPort := map[int]int{}
	nEPs, nSvcs := 0, 0
	for _, e := range w.eps {
		if e.fate.pinned() {
			nEPs++
			onPort[e.v.Port]++
		}
	}
	for _, s := range w.svcs {
		if s.fate.pinned() {
			nSvcs++
		}
	}
	queue := slices.Clone(d.goals)
	slices.SortStableFunc(queue, func(a, b *goal) int { return cmp.Compare(a.newness(), b.newness()) })
	for _, g := range queue {
		if _, bad := d.problems[g.SubscriberID]; bad {
			continue
		}
		if g.ep != nil && g.ep.fate == aim {
			port := g.ep.to.Port
			limit := w.perPort(port)
			switch {
			case port != 0 && limit != 0 && onPort[port] >= limit:
				d.refuse(g.SubscriberID, CodePortFull,
					fmt.Sprintf("port %d takes %d endpoint(s) and has %d already", port, limit, onPort[port]),
					"choose another port, or remove an endpoint from this one")
				continue
			case nEPs >= gam.MaxEndpoints:
				d.refuse(g.SubscriberID, CodeDeviceFull,
					fmt.Sprintf("a GAM takes %d endpoints and this one has %d already", gam.MaxEndpoints, nEPs),
					"remove endpoints that are not used any more, or choose another GAM")
				continue
			}
			onPort[port]++
			nEPs++
		}
		if nSvcs >= gam.MaxEndpoints {
			d.refuse(g.SubscriberID, CodeDeviceFull,
				fmt.Sprintf("a GAM takes %d subscribers and this one has %d already", gam.MaxEndpoints, nSvcs),
				"remove subscribers that are not used any more, or choose another GAM")
			continue
		}
		nSvcs++
	}
}

// bindSeen binds new endpoints whose order names no port to the port where they
// are detected, as the provisioning sequence of the guides does, while there is
// room; binding by themselves is left to those that are not seen yet.
func (d *differ) bindSeen() {
	w := d.world
	onPort := map[int]int{}
	for _, e := range w.eps {
		if e.fate.pinned() {
			onPort[e.v.Port]++
		}
	}
	for _, g := range d.goals {
		if g.ep != nil && g.ep.fate == aim {
			onPort[g.ep.to.Port]++
		}
	}
	for _, g := range d.goals {
		e, port := g.ep, g.SeenPort
		if e == nil || e.present || e.fate != aim || g.Port != 0 || port == 0 || w.checkPort(port) != nil {
			continue
		}
		if limit := w.perPort(port); limit == 0 || onPort[port] < limit {
			e.to.Port, e.to.AutoPort = port, false
			e.v = e.to
			onPort[port]++
		}
	}
}

// newness orders goals by how much of them is on the device already.
func (g *goal) newness() int {
	switch {
	case g.ep != nil && g.ep.present && g.ep.v.Port == g.ep.to.Port && g.svc.present:
		return 0
	case g.ep != nil && g.ep.present && g.ep.v.Port == g.ep.to.Port:
		return 1
	case g.svc.present:
		return 2
	}
	return 3
}
