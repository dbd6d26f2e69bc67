package sim

import (
	"maps"
	"reflect"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// Subscriber models, as labelled by the device.
const (
	endpointAware = "endpointAware"
	portAware     = "portAware"
)

// config is everything that a save keeps and a reboot brings back.
type config struct {
	Model      string // subscriber model
	DefaultNNI ifindex
	AutoFw     bool
	ShelfSeed  int

	Hostname, Contact, Location string

	Ghn       []ghnPort // index 0 is G.hn 1/1
	Eth       map[ifindex]ethPort
	Profiles  map[int]*profile
	Endpoints map[int]*endpoint
	Users     map[int]*user

	NTPMode    bool
	NTPServers [5]string
	DST        map[string]any
	Discovery  map[string]any
}

// ghnPort is the configuration of one G.hn port.
type ghnPort struct {
	Name         string
	MAC          gam.MAC
	Mode         string // coax, mimo, siso
	Role         string // domainMaster, endpoint
	RFC5517      string
	Community    int
	AllowedVLANs []int
	Forbidden    []int
}

// ethPort is the Ethernet-level configuration of any port.
type ethPort struct {
	Shutdown bool
	Speed    string
	MTU      int
	FC       string
}

// profile is a bandwidth profile.
type profile struct {
	ID, UID     int
	Name        string
	Description string
	Down, Up    int
}

// endpoint is a configured endpoint.
type endpoint struct {
	ID            int
	Name          string
	Description   string
	MAC           gam.MAC
	Port          ifindex
	AutoPort      bool
	AllowMgmtVLAN bool
}

// user is a subscriber. It holds ids; names are looked up, so that a rename
// shows everywhere at once.
type user struct {
	ID, UID     int
	Name        string
	Description string
	Endpoint    int // 0 = none
	Profile     int // 0 = unthrottled

	VLAN        int
	Tagged      bool
	Remapped    int
	Port2VLAN   int
	Port2Tagged bool
	Allowed     []int
	Trunk       bool
	Port        ifindex
	DoubleTags  bool
	NNI         ifindex
	Outer       int
	PoE         string
}

func (c *config) clone() *config {
	n := *c
	n.Ghn = slices.Clone(c.Ghn)
	for i := range n.Ghn {
		n.Ghn[i].AllowedVLANs = slices.Clone(n.Ghn[i].AllowedVLANs)
		n.Ghn[i].Forbidden = slices.Clone(n.Ghn[i].Forbidden)
	}
	n.Eth = maps.Clone(c.Eth)
	n.DST = maps.Clone(c.DST)
	n.Discovery = maps.Clone(c.Discovery)
	n.Profiles = cloneRows(c.Profiles)
	n.Endpoints = cloneRows(c.Endpoints)
	n.Users = cloneRows(c.Users)
	for _, u := range n.Users {
		u.Allowed = slices.Clone(u.Allowed)
	}
	return &n
}

func cloneRows[E any](rows map[int]*E) map[int]*E {
	n := make(map[int]*E, len(rows))
	for id, e := range rows {
		v := *e
		n[id] = &v
	}
	return n
}

// ids lists a table's ids in ascending order.
func ids[E any](rows map[int]*E) []int { return slices.Sorted(maps.Keys(rows)) }

// free is the lowest free id, 0 when the table is full.
func free[E any](rows map[int]*E, limit int) int {
	for id := 1; id <= limit; id++ {
		if rows[id] == nil {
			return id
		}
	}
	return 0
}

func (c *config) endpointByMAC(mac gam.MAC) *endpoint {
	for _, e := range c.Endpoints {
		if e.MAC == mac {
			return e
		}
	}
	return nil
}

func (c *config) endpointsOn(port ifindex, except int) int {
	n := 0
	for _, e := range c.Endpoints {
		if e.Port == port && e.ID != except {
			n++
		}
	}
	return n
}

func (c *config) userOfEndpoint(id int) *user {
	for _, u := range c.Users {
		if u.Endpoint == id && id != 0 {
			return u
		}
	}
	return nil
}

func (c *config) userOfPort(port ifindex) *user {
	for _, u := range c.Users {
		if u.Port == port && port.kind != ifNone {
			return u
		}
	}
	return nil
}

// view is the configuration in the project's words, for tests and the control
// API.
func (c *config) view() gam.Config {
	v := gam.Config{SubscriberModel: gam.EndpointAware, DefaultNNI: c.DefaultNNI.n}
	if c.Model == portAware {
		v.SubscriberModel = gam.PortAware
	}
	for i, p := range c.Ghn {
		v.Ports = append(v.Ports, gam.PortConfig{Number: i + 1, Name: p.Name, MAC: p.MAC, Type: portTypes[p.Mode]})
	}
	for _, id := range ids(c.Profiles) {
		p := c.Profiles[id]
		v.Profiles = append(v.Profiles, gam.Profile{ID: id, Name: p.Name, Description: p.Description, Rate: gam.Rate{DownMbps: p.Down, UpMbps: p.Up}})
	}
	for _, id := range ids(c.Endpoints) {
		e := c.Endpoints[id]
		v.Endpoints = append(v.Endpoints, gam.Endpoint{ID: id, MAC: e.MAC, Name: e.Name, Description: e.Description, Port: e.Port.n, AutoPort: e.AutoPort, AllowMgmtVLAN: e.AllowMgmtVLAN})
	}
	for _, id := range ids(c.Users) {
		u := c.Users[id]
		s := gam.Service{
			ID: id, Name: u.Name, Description: u.Description, Port: u.Port.n,
			VLAN: u.VLAN, Tagged: u.Tagged, RemappedVLAN: u.Remapped, Port2VLAN: u.Port2VLAN,
			AllowedVLANs: slices.Clone(u.Allowed), Trunk: u.Trunk,
			DoubleTag: u.DoubleTags, OuterVLAN: u.Outer, NNI: u.NNI.n, PoE: gam.PoEMode(u.PoE),
		}
		if e := c.Endpoints[u.Endpoint]; e != nil {
			s.EndpointName, s.EndpointMAC = e.Name, e.MAC
		}
		if p := c.Profiles[u.Profile]; p != nil {
			s.ProfileName = p.Name
		}
		v.Services = append(v.Services, s)
	}
	return v
}

var portTypes = map[string]gam.PortType{"coax": gam.COAX, "mimo": gam.MIMO, "siso": gam.SISO}

// equalConfig compares two configurations without their per-boot numbers; it
// changes its arguments.
func equalConfig(a, b *config) bool {
	for _, c := range []*config{a, b} {
		for _, p := range c.Profiles {
			p.UID = 0
		}
		for _, u := range c.Users {
			u.UID = 0
		}
	}
	return reflect.DeepEqual(a, b)
}
