package sim

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Device is one simulated GAM. All methods may be called at any time from any
// goroutine.
type Device struct {
	opt Options
	hw  gam.Model
	fw  Firmware

	mu        sync.Mutex
	running   *config
	startup   *config
	files     map[string]*config // in flash
	alternate *config            // startup configuration of the other partition; nil = factory
	plant     map[gam.MAC]*Plug
	images    [2]Firmware // active, alternate
	upload    string      // status of the last image upload
	copying   copyJob
	cleared   map[string]time.Time // when counters were last cleared

	uid       int
	boots     int
	bootedAt  time.Time
	downUntil time.Time
	rand      *rand.Rand // latency only

	noOp       bool // set by a write that changed nothing
	failCopy   bool // set by a fault: the next copy cannot be written
	saving     bool // set by a call that saves
	rebootSoon bool // set by a call that restarts the device once it is answered
	faults     []*Fault
	faultID    int
	log        callLog
	onDown     func() // drops the connections
	cert       *certificate
}

// New makes a device that is not yet reachable; Start and StartDevice put it
// on the network.
func New(o Options) (*Device, error) {
	o, hw, fw, err := o.complete()
	if err != nil {
		return nil, err
	}
	d := &Device{
		opt: o, hw: hw, fw: fw,
		files:   map[string]*config{},
		plant:   map[gam.MAC]*Plug{},
		cleared: map[string]time.Time{},
		images:  [2]Firmware{fw, firmwares[len(firmwares)-1]},
		upload:  "none",
		rand:    rand.New(rand.NewPCG(o.Seed, 0x1a7e)),
		onDown:  func() {},
	}
	d.copying.status = "none"
	d.running = d.factory()
	d.startup = d.running.clone()
	d.boot()
	for port := 1; port <= hw.Ports; port++ {
		for n := 1; n <= o.EndpointsPerPort; n++ {
			if err := d.plug(Plug{MAC: d.endpointMAC(port, n), Port: port}); err != nil {
				return nil, err
			}
		}
	}
	for _, p := range o.Endpoints {
		if err := d.plug(p); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// endpointMAC is the address of the nth endpoint that Options.EndpointsPerPort
// plugs into a port.
func (d *Device) endpointMAC(port, n int) gam.MAC {
	h := hash(fmt.Sprint(d.opt.MAC, d.opt.Seed))
	at := (port-1)<<4 | (n - 1) // nine bits: 24 ports of 16
	return gam.MAC{0x00, 0x0E, 0xD8, 0x20 | byte(h>>8)&0x1f, byte(h)&^1 | byte(at>>8), byte(at)}
}

// factory is the configuration of a new unit.
func (d *Device) factory() *config {
	c := &config{
		Model:      endpointAware,
		DefaultNNI: uplink(1),
		AutoFw:     true,
		Hostname:   d.opt.Hostname,
		Eth:        map[ifindex]ethPort{},
		Profiles:   map[int]*profile{defaultProfileID: {ID: 1, UID: 1, Name: defaultProfileName, Down: 10, Up: 10}},
		Endpoints:  map[int]*endpoint{},
		Users:      map[int]*user{},
		NTPMode:    false,
		DST:        map[string]any{"TimeZoneAcronym": "", "SummerTimeMode": "disable"},
		Discovery:  map[string]any{},
	}
	for name, between := range dstMembers {
		c.DST[name] = max(between[0], 0)
	}
	if d.opt.PortAware {
		c.Model = portAware
	}
	mode := "mimo"
	if d.hw.Medium == gam.Coax {
		mode = "coax"
	}
	for n := 1; n <= d.hw.Ports; n++ {
		mac := d.opt.MAC
		mac[5] += byte(n)
		c.Ghn = append(c.Ghn, ghnPort{Name: ghn(n).String(), MAC: mac, Mode: mode, Role: "domainMaster", RFC5517: "isolated", Community: 1})
	}
	for _, i := range d.interfaces() {
		c.Eth[i] = ethPort{Speed: "autoNegMode", MTU: 2048, FC: "off"}
	}
	return c
}

// interfaces lists every port in the order of the device's numbering.
func (d *Device) interfaces() []ifindex {
	var all []ifindex
	for n := 1; n <= d.hw.Ports; n++ {
		all = append(all, ghn(n))
	}
	for n := 1; n <= d.hw.Uplinks; n++ {
		all = append(all, uplink(n))
	}
	return append(all, ifindex{ifMgmt, 1})
}

func (d *Device) maxRate() int {
	switch {
	case d.fw.Quirks.MaxRate != 0:
		return d.fw.Quirks.MaxRate
	case d.hw.Medium == gam.Coax:
		return 800
	}
	return 1000
}

// nextUID gives a number that is valid until the next boot.
func (d *Device) nextUID() int {
	d.uid++
	return d.uid
}

// boot starts from the startup configuration: per-boot numbers change, the
// rest comes back as it was saved.
func (d *Device) boot() {
	d.boots++
	d.bootedAt = d.opt.Now().Add(d.opt.RebootTime)
	if d.boots == 1 {
		d.bootedAt = d.opt.Now()
	}
	d.running = d.startup.clone()
	d.copying = copyJob{status: "none"}
	d.uid = 100 * (d.boots - 1)
	for _, id := range ids(d.running.Profiles) {
		d.running.Profiles[id].UID = d.nextUID()
	}
	for _, id := range ids(d.running.Users) {
		d.running.Users[id].UID = d.nextUID()
	}
	for _, p := range d.plant {
		d.appear(p)
	}
}

// Reboot restarts the device as a power cut would: whatever was not saved is
// lost, and it is unreachable for Options.RebootTime.
func (d *Device) Reboot() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reboot()
}

func (d *Device) reboot() {
	d.restart()
	d.onDown()
}

// restart is a reboot without its effect on connections.
func (d *Device) restart() {
	d.settle()
	d.log.rebooted()
	d.downUntil = d.opt.Now().Add(d.opt.RebootTime)
	d.boot()
}

// LoseUnsaved puts the startup configuration back into force without a
// restart, as if somebody had copied it over.
func (d *Device) LoseUnsaved() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	d.running = d.startup.clone()
}

// down reports whether the device is restarting.
func (d *Device) down() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opt.Now().Before(d.downUntil)
}

// Accessors for what a test or a fleet has to know of a device.

// Model is the hardware model.
func (d *Device) Model() gam.Model { return d.hw }

// Serial is the chassis' serial number.
func (d *Device) Serial() string { return d.opt.Serial }

// MAC is the chassis' address.
func (d *Device) MAC() gam.MAC { return d.opt.MAC }

// Credentials are the user name and password that the device accepts.
func (d *Device) Credentials() (username, password string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.opt.Username, d.opt.Password
}

// FirmwareVersion is the version of the active image.
func (d *Device) FirmwareVersion() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fw.Version
}
