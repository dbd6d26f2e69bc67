package reconcile

import (
	"cmp"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// world is the device while steps are planned: its entries, what each is to
// become, and the indexes that the hardware's rules are checked against.
// Entries refer to each other by pointer, so a rename does not lose anybody.
type world struct {
	model      gam.SubscriberModel
	defaultNNI int
	hw         gam.Model
	portTypes  map[int]gam.PortType

	profs []*prof
	eps   []*ep
	svcs  []*svc

	profByName map[string]*prof
	epByName   map[string]*ep
	epByMAC    map[gam.MAC]*ep
	svcByName  map[string]*svc
	svcByEP    map[*ep]*svc
	svcByPort  map[int]*svc
	onPort     map[int]int // endpoints bound to a port

	nProfs, nEPs, nSvcs int // entries on the device; profiles without the default one
}

// fate is what is to happen with an entry.
type fate int

const (
	foreign fate = iota // not ours: never touched
	keep                // ours, and left as it stands
	aim                 // ours, and to be as its goal says
	gone                // ours, and to be removed
)

// prof is a profile in a slot.
type prof struct {
	v       gam.Profile
	own     *gam.Owned
	present bool
	fate    fate
	to      gam.Profile // goal
	reason  string
}

// ep is a configured endpoint.
type ep struct {
	v       gam.Endpoint
	own     *gam.Owned
	present bool
	fate    fate
	to      gam.Endpoint // goal
	sub     gam.SubscriberID
	parked  bool
}

// svc is a subscriber entry. ep and prof are what v's names stand for.
type svc struct {
	v       gam.Service
	ep      *ep
	prof    *prof
	own     *gam.Owned
	present bool
	fate    fate
	sub     gam.SubscriberID

	line    *Line
	toEP    *ep
	toProf  *prof
	toPort  int
	renamed bool // has stepped aside under another name once
}

// pinned reports that an entry stays where it is, whatever is planned.
func (f fate) pinned() bool { return f == foreign || f == keep }

// newWorld takes the observed configuration in, ordered, and says whose each
// entry is. It forgives a configuration that no device could have: of two
// entries with one name the first is the one that is found.
func newWorld(c gam.Config, p Policy) *world {
	w := &world{
		model: c.SubscriberModel, defaultNNI: c.DefaultNNI, hw: p.Hardware,
		portTypes:  make(map[int]gam.PortType, len(c.Ports)),
		profByName: make(map[string]*prof, len(c.Profiles)),
		epByName:   make(map[string]*ep, len(c.Endpoints)),
		epByMAC:    make(map[gam.MAC]*ep, len(c.Endpoints)),
		svcByName:  make(map[string]*svc, len(c.Services)),
		svcByEP:    make(map[*ep]*svc, len(c.Services)),
		svcByPort:  make(map[int]*svc),
		onPort:     make(map[int]int),
	}
	if w.model != gam.PortAware {
		w.model = gam.EndpointAware
	}
	for _, port := range c.Ports {
		w.portTypes[port.Number] = port.Type
	}
	for _, v := range sortedBy(c.Profiles, func(a, b gam.Profile) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	}) {
		q := &prof{v: v}
		w.profs = append(w.profs, q)
		w.putProf(q)
	}
	for _, v := range sortedBy(c.Endpoints, func(a, b gam.Endpoint) int {
		return cmp.Or(slices.Compare(a.MAC[:], b.MAC[:]), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	}) {
		e := &ep{v: v}
		w.eps = append(w.eps, e)
		w.putEP(e)
	}
	for _, v := range sortedBy(c.Services, func(a, b gam.Service) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	}) {
		s := &svc{v: v, prof: w.profByName[v.ProfileName]}
		if v.EndpointName != "" && w.model == gam.EndpointAware {
			s.ep = w.epByName[v.EndpointName]
		}
		if s.ep != nil && s.v.EndpointMAC.IsZero() {
			s.v.EndpointMAC = s.ep.v.MAC
		}
		w.svcs = append(w.svcs, s)
		w.putSvc(s)
	}
	return w
}

func sortedBy[T any](all []T, by func(a, b T) int) []T {
	all = slices.Clone(all)
	slices.SortStableFunc(all, by)
	return all
}

func (w *world) putProf(p *prof) {
	p.present = true
	if w.profByName[p.v.Name] == nil {
		w.profByName[p.v.Name] = p
	}
	if !p.isDefault() {
		w.nProfs++
	}
}

func (w *world) dropProf(p *prof) {
	p.present = false
	if w.profByName[p.v.Name] == p {
		delete(w.profByName, p.v.Name)
	}
	if !p.isDefault() {
		w.nProfs--
	}
}

// isDefault: slot 1 is always there and is what endpoints without subscriber
// get; it is nobody's plan.
func (p *prof) isDefault() bool { return p.v.ID == gam.DefaultProfileID }

func (w *world) putEP(e *ep) {
	e.present = true
	if w.epByName[e.v.Name] == nil {
		w.epByName[e.v.Name] = e
	}
	if w.epByMAC[e.v.MAC] == nil {
		w.epByMAC[e.v.MAC] = e
	}
	if e.v.Port != 0 {
		w.onPort[e.v.Port]++
	}
	w.nEPs++
}

func (w *world) dropEP(e *ep) {
	e.present = false
	if w.epByName[e.v.Name] == e {
		delete(w.epByName, e.v.Name)
	}
	if w.epByMAC[e.v.MAC] == e {
		delete(w.epByMAC, e.v.MAC)
	}
	if e.v.Port != 0 {
		w.onPort[e.v.Port]--
	}
	w.nEPs--
}

func (w *world) putSvc(s *svc) {
	s.present = true
	if w.svcByName[s.v.Name] == nil {
		w.svcByName[s.v.Name] = s
	}
	if s.ep != nil && w.svcByEP[s.ep] == nil {
		w.svcByEP[s.ep] = s
	}
	if s.v.Port != 0 && w.svcByPort[s.v.Port] == nil {
		w.svcByPort[s.v.Port] = s
	}
	w.nSvcs++
}

func (w *world) dropSvc(s *svc) {
	s.present = false
	if w.svcByName[s.v.Name] == s {
		delete(w.svcByName, s.v.Name)
	}
	if s.ep != nil && w.svcByEP[s.ep] == s {
		delete(w.svcByEP, s.ep)
	}
	if s.v.Port != 0 && w.svcByPort[s.v.Port] == s {
		delete(w.svcByPort, s.v.Port)
	}
	w.nSvcs--
}

// perPort is the number of endpoints that a port takes, 0 when nobody knows.
func (w *world) perPort(port int) int {
	if w.hw.Ports > 0 {
		return w.hw.EndpointsPerPort()
	}
	switch t := w.portTypes[port]; t {
	case gam.PortTypeNil:
		return 0
	default:
		return gam.Model{Medium: t.Medium()}.EndpointsPerPort()
	}
}

// checkPort refuses a G.hn port that the device does not have.
func (w *world) checkPort(port int) error {
	switch {
	case w.hw.Ports > 0:
		return w.hw.CheckPort(port)
	case len(w.portTypes) > 0:
		return gam.Model{Name: "this GAM", Ports: len(w.portTypes)}.CheckPort(port)
	case port < 0:
		return gam.Model{Name: "a GAM", Ports: 24}.CheckPort(port)
	}
	return nil
}

func (w *world) maxEPs() int {
	if w.hw.Ports > 0 {
		return w.hw.MaxEndpoints()
	}
	return gam.MaxEndpoints
}

// portFull reports whether a port takes no further endpoint.
func (w *world) portFull(port int) bool {
	limit := w.perPort(port)
	return port != 0 && limit != 0 && w.onPort[port] >= limit
}

// holderOf is the entry that has what s is bound to be bound to, if it is
// another one.
func (w *world) holderOf(s *svc) *svc {
	var h *svc
	if w.model == gam.PortAware {
		h = w.svcByPort[s.toPort]
	} else {
		h = w.svcByEP[s.toEP]
	}
	if h == s {
		return nil
	}
	return h
}

// boundTo reports what a subscriber entry hangs on.
func (s *svc) bound(model gam.SubscriberModel) bool {
	if model == gam.PortAware {
		return s.v.Port == s.toPort
	}
	return s.ep == s.toEP
}

// entry values for steps

func (p *prof) entry() *gam.Entry { v := p.v; return &gam.Entry{Profile: &v} }

func (e *ep) entry() *gam.Entry { v := e.v; return &gam.Entry{Endpoint: &v} }

func (s *svc) entry() *gam.Entry {
	v := s.v
	v.AllowedVLANs = slices.Clone(v.AllowedVLANs)
	if s.ep != nil { // may have been renamed since
		v.EndpointName, v.EndpointMAC = s.ep.v.Name, s.ep.v.MAC
	}
	return &gam.Entry{Service: &v}
}
