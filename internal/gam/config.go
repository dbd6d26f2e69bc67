package gam

import "slices"

// Config is the part of a device's configuration that OpenGAM understands, as
// read from the device in one go.
type Config struct {
	SubscriberModel SubscriberModel `json:"subscriber_model"`
	DefaultNNI      int             `json:"default_nni"`
	Ports           []PortConfig    `json:"ports"`
	Profiles        []Profile       `json:"profiles"`
	Endpoints       []Endpoint      `json:"endpoints"`
	Services        []Service       `json:"services"`
}

// Profile is one bandwidth profile in a slot of the device.
type Profile struct {
	ID          int    `json:"id"` // slot, 1 is the default profile
	Name        string `json:"name"`
	Description string `json:"description"`
	Rate
}

// Endpoint is one configured endpoint. An endpoint that is merely plugged in
// is an EndpointStatus.
type Endpoint struct {
	ID            int    `json:"id"`
	MAC           MAC    `json:"mac_address"`
	Name          string `json:"name"`
	Description   string `json:"description"`
	Port          int    `json:"port"`      // G.hn port, 0 = unassigned
	AutoPort      bool   `json:"auto_port"` // bind to the first port where it is detected
	AllowMgmtVLAN bool   `json:"allow_mgmt_vlan"`
}

// PoEMode is the power setting of a subscriber's endpoint; "" where the
// firmware does not tell.
type PoEMode string

// PoE modes.
const (
	PoEUnknown PoEMode = ""
	PoEDisable PoEMode = "disable"
	PoEEnable  PoEMode = "enable"
	PoEForce   PoEMode = "force"
)

// Service is one subscriber entry of the device (its API says "user"): what
// makes an endpoint, or on a port-aware device a port, carry traffic.
type Service struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`

	EndpointName string `json:"endpoint_name"` // "" = none, or port-aware
	EndpointMAC  MAC    `json:"endpoint_mac"`  // read-only on the device, follows EndpointName
	Port         int    `json:"port"`          // port-aware only, else 0
	ProfileName  string `json:"profile_name"`  // "" = unthrottled

	VLAN         int     `json:"vlan_id"`
	Tagged       bool    `json:"tagged"`
	RemappedVLAN int     `json:"remapped_vlan_id"`
	Port2VLAN    int     `json:"port2_vlan_id"`
	AllowedVLANs []int   `json:"allowed_vlans"` // ascending
	Trunk        bool    `json:"trunk"`
	DoubleTag    bool    `json:"double_tag"`
	OuterVLAN    int     `json:"outer_vlan_id"`
	NNI          int     `json:"nni"` // 0 = the device's default uplink
	PoE          PoEMode `json:"poe"`
}

// PortConfig is the configured side of one G.hn port.
type PortConfig struct {
	Number int      `json:"number"`
	Name   string   `json:"name"`
	MAC    MAC      `json:"mac_address"`
	Type   PortType `json:"port_type"`
}

// Profile finds a profile by name.
func (c Config) Profile(name string) (Profile, bool) {
	return find(c.Profiles, func(p Profile) bool { return p.Name == name })
}

// Endpoint finds a configured endpoint by MAC.
func (c Config) Endpoint(mac MAC) (Endpoint, bool) {
	return find(c.Endpoints, func(e Endpoint) bool { return e.MAC == mac })
}

// EndpointNamed finds a configured endpoint by name.
func (c Config) EndpointNamed(name string) (Endpoint, bool) {
	return find(c.Endpoints, func(e Endpoint) bool { return e.Name == name })
}

// Service finds a subscriber entry by name.
func (c Config) Service(name string) (Service, bool) {
	return find(c.Services, func(s Service) bool { return s.Name == name })
}

// ServiceOn finds the subscriber entry that uses an endpoint.
func (c Config) ServiceOn(endpointName string) (Service, bool) {
	return find(c.Services, func(s Service) bool { return s.EndpointName == endpointName && endpointName != "" })
}

// Clone copies a configuration, so that changes of one do not show in the
// other.
func (c Config) Clone() Config {
	c.Ports = slices.Clone(c.Ports)
	c.Profiles = slices.Clone(c.Profiles)
	c.Endpoints = slices.Clone(c.Endpoints)
	c.Services = slices.Clone(c.Services)
	for i := range c.Services {
		c.Services[i].AllowedVLANs = slices.Clone(c.Services[i].AllowedVLANs)
	}
	return c
}

func find[T any](all []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return all[i], true
	}
	var none T
	return none, false
}
