package sim

import (
	"errors"
	"fmt"

	"github.com/opengam/opengam/internal/gam"
)

// Edits that somebody else makes behind the manager's back. Single changes
// are made with OutOfBand; these are the ones that take many.

// FillProfiles uses up the profile slots with foreign profiles and returns how
// many it added.
func (d *Device) FillProfiles() (int, error) {
	for n := 0; ; n++ {
		_, err := d.OutOfBand("ghnAgent.config.bwProfile.add", 0, map[string]any{
			"Name": fmt.Sprintf("LEGACY %d", n+1), "Description": "old plan", "DsBw": 100 + 10*n, "UsBw": 20 + n,
		})
		if code := codeOf(err); code == errProfilesFull {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

// AddForeign configures n endpoints with subscribers that nobody here has
// ordered, each on the first port with room. They are not plugged in.
func (d *Device) AddForeign(n int) error {
	for i := range n {
		name := fmt.Sprintf("old-%03d", i+1)
		mac := gam.MAC{0x00, 0x0E, 0xD8, 0xF0, byte(i >> 8), byte(i)}
		if _, err := d.OutOfBand("ghnAgent.config.endpoint.add", 0, map[string]any{
			"Name": name, "MacAddress": mac, "PortIfIndex": d.roomyPort(), "Description": "before our time",
		}); err != nil {
			return fmt.Errorf("add foreign endpoint %s: %w", name, err)
		}
		d.mu.Lock()
		id := d.running.endpointByMAC(mac).ID
		port, aware := "NONE", d.running.Model == portAware
		if aware {
			id, port = 0, d.idlePort()
		}
		d.mu.Unlock()
		if aware && port == "NONE" {
			continue
		}
		if _, err := d.OutOfBand("ghnAgent.config.user.add", 0, map[string]any{
			"Name": name, "EndpointId": id, "PortIfIndex": port, "VlanId": 300 + i, "BwProfileId": defaultProfileID,
		}); err != nil {
			return fmt.Errorf("add foreign subscriber %s: %w", name, err)
		}
	}
	return nil
}

// roomyPort is the first G.hn port that can take another configured endpoint,
// "NONE" when there is none or endpoints are bound to nothing.
func (d *Device) roomyPort() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for n := 1; n <= d.hw.Ports && d.running.Model == endpointAware; n++ {
		if d.running.endpointsOn(ghn(n), 0) < d.hw.EndpointsPerPort() {
			return ghn(n).String()
		}
	}
	return "NONE"
}

// idlePort is the first G.hn port without a subscriber.
func (d *Device) idlePort() string {
	for n := 1; n <= d.hw.Ports; n++ {
		if d.running.userOfPort(ghn(n)) == nil {
			return ghn(n).String()
		}
	}
	return "NONE"
}

// SetPassword changes what the device accepts, as somebody on its web page
// would.
func (d *Device) SetPassword(password string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.opt.Password = password
}

func codeOf(err error) int {
	var e *RPCError
	errors.As(err, &e)
	return e.ModuleCode()
}
