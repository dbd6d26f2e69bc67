package sim

import (
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// State is a device at one moment, for tests and the control API.
type State struct {
	Running   gam.Config      `json:"running"`
	Startup   gam.Config      `json:"startup"`
	Saved     bool            `json:"saved"` // running and startup say the same
	Endpoints []EndpointState `json:"endpoints"`
	Boots     int             `json:"boots"`
	Uptime    time.Duration   `json:"uptime_ns"`
	Copy      string          `json:"copy"` // status of the last copy of a configuration
	Down      bool            `json:"down"`
}

// EndpointState is one endpoint, and what its customer gets.
type EndpointState struct {
	MAC   gam.MAC `json:"mac_address"`
	Port  int     `json:"port"` // where it is seen, 0 = nowhere
	State string  `json:"state"`
	// Captive: seen, but not served; its traffic ends in VLAN 4094.
	Captive bool `json:"captive"`
	// Subscriber, VLAN and Rate describe the service, when there is one.
	Subscriber string   `json:"subscriber"`
	VLAN       int      `json:"vlan_id"`
	OuterVLAN  int      `json:"outer_vlan_id"`
	Rate       gam.Rate `json:"rate"` // zero = unthrottled
}

// State reads the device without calling it.
func (d *Device) State() State {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	now := d.opt.Now()
	s := State{
		Running: d.running.view(), Startup: d.startup.view(), Saved: sameConfig(d.running, d.startup),
		Boots: d.boots, Uptime: max(now.Sub(d.bootedAt), 0), Copy: d.copying.status, Down: now.Before(d.downUntil),
	}
	for _, e := range d.sightings() {
		s.Endpoints = append(s.Endpoints, d.served(e))
	}
	return s
}

// served works out what an endpoint's customer gets: nothing unless the
// endpoint is where it belongs and has a subscriber.
func (d *Device) served(e sighting) EndpointState {
	s := EndpointState{MAC: e.mac, State: d.state(e)}
	if e.seen {
		s.Port = e.plug.Port
	}
	if s.State != stateOK || e.user == nil {
		s.Captive = e.seen
		return s
	}
	s.Subscriber, s.VLAN = e.user.Name, e.user.VLAN
	if e.user.DoubleTags {
		s.OuterVLAN = e.user.Outer
	}
	if p := d.running.Profiles[e.user.Profile]; p != nil {
		s.Rate = gam.Rate{DownMbps: p.Down, UpMbps: p.Up}
	}
	return s
}

// Serves finds what one endpoint's customer gets; false when the device does
// not know the endpoint.
func (s State) Serves(mac gam.MAC) (EndpointState, bool) {
	for _, e := range s.Endpoints {
		if e.MAC == mac {
			return e, true
		}
	}
	return EndpointState{}, false
}

// sameConfig compares what a save keeps; per-boot numbers are not in it.
func sameConfig(a, b *config) bool {
	return equalConfig(a.clone(), b.clone())
}
