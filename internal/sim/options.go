package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Options describe one simulated device. The zero value is a GAM-12-C with
// firmware 1.8.2, user admin with an empty password, nothing plugged in, and
// no delays.
type Options struct {
	Model    string  // any of the name forms of gam.ModelByName; default GAM-12-C
	Firmware string  // see FirmwareVersions; default 1.8.2
	Quirks   *Quirks // replace those of the firmware
	Serial   string  // default made from Seed
	MAC      gam.MAC // chassis; default made from Seed
	Hostname string  // default GAM-<serial>

	Username string // default admin
	Password string // default empty, as delivered

	// Listen is host:port of the HTTP listener; default 127.0.0.1:0.
	Listen string
	// HTTPS opens a second listener with a certificate made at start.
	HTTPS bool

	PortAware bool // copper only
	// EndpointsPerPort plugs this many endpoints into each G.hn port, none of
	// them configured.
	EndpointsPerPort int
	// Endpoints are plugged in as well.
	Endpoints []Plug

	Seed uint64

	Latency, Jitter time.Duration // of each call: Latency plus up to Jitter
	SaveTime        time.Duration // how long a copy of a configuration is in progress
	RebootTime      time.Duration // how long the device is unreachable after a reboot
	EndpointReboot  time.Duration // how long an endpoint is away after its reboot

	// Now is the device's clock; default time.Now.
	Now func() time.Time
}

func (o Options) complete() (Options, gam.Model, Firmware, error) {
	if o.Model == "" {
		o.Model = "GAM-12-C"
	}
	hw, ok := gam.ModelByName(o.Model)
	if !ok {
		return o, hw, Firmware{}, fmt.Errorf("model %q is not known; give for example GAM-12-C", o.Model)
	}
	if o.Firmware == "" {
		o.Firmware = "1.8.2"
	}
	fw, err := firmwareOf(o.Firmware)
	if err != nil {
		return o, hw, fw, err
	}
	if o.Quirks != nil {
		fw.Quirks = *o.Quirks
	}
	if o.PortAware && (hw.Medium != gam.Copper || fw.NoPortAware) {
		return o, hw, fw, fmt.Errorf("%s with firmware %s has no port-aware subscriber model", hw.Name, fw.Version)
	}
	if o.EndpointsPerPort > hw.EndpointsPerPort() {
		return o, hw, fw, fmt.Errorf("%s takes %d endpoint(s) per port, not %d", hw.Name, hw.EndpointsPerPort(), o.EndpointsPerPort)
	}
	r := rand.New(rand.NewPCG(o.Seed, 0x6a3d))
	serial := 1_010_000 + r.IntN(90_000)
	if o.Serial == "" {
		o.Serial = fmt.Sprintf("0%d", serial)
	}
	if o.MAC.IsZero() {
		o.MAC = gam.MAC{0x00, 0x0E, 0xD8, 0x13, byte(r.IntN(256)), byte(r.IntN(256)) &^ 0x1f}
	}
	if o.Hostname == "" {
		o.Hostname = "GAM-" + o.Serial
	}
	if o.Username == "" {
		o.Username = "admin"
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, hw, fw, nil
}
