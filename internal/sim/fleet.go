package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// FleetOptions describe a number of simulated devices. Equal options give
// equal fleets.
type FleetOptions struct {
	Devices int // default 1
	// Model of every device; empty gives the mix of a small provider: mostly
	// coax buildings of 12 ports, some small ones, some copper.
	Model            string
	EndpointsPerPort int // default 6 on coax (fewer where there is less room), 1 on copper
	Seed             uint64

	Username, Password string
	Latency, Jitter    time.Duration
	SaveTime           time.Duration
	RebootTime         time.Duration
	EndpointReboot     time.Duration
	HTTPS              bool
	Firmware           string // default: 1.8.2 with some older ones in between
	Quirks             *Quirks
	// Bare leaves out old configuration and trouble: every endpoint is plugged
	// in where it belongs, none is configured.
	Bare bool

	// Listen is the address of the first device. With port 0, the default,
	// every device gets a free port; else ports are counted up, or with
	// EachAddress the addresses, as in 127.0.10.1:80, 127.0.10.2:80.
	Listen      string
	EachAddress bool
	// Control is the address of the control API; "" = none.
	Control string

	Now func() time.Time
}

// Unit is one dwelling of a building with the endpoint that hangs there.
type Unit struct {
	Number   string // "1204"
	Customer string
	MAC      gam.MAC
	Port     int // where the wiring plan says it is
}

// Member is one device of a fleet with the building that it serves.
type Member struct {
	*Running
	Building Building
	Units    []Unit
}

// Info describes the member, named as its operator would.
func (m Member) Info() Info {
	i := m.Running.Info()
	i.Name, i.Site = m.Building.DeviceName, m.Building.Name+", "+m.Building.Address()
	return i
}

// Fleet is a number of devices that start and stop together.
type Fleet struct {
	opt FleetOptions

	mu      sync.Mutex
	members []Member
	control *http.Server
	// ControlAddress is where the control API listens, after Start.
	ControlAddress string
}

// NewFleet prepares a fleet; Start opens it.
func NewFleet(o FleetOptions) *Fleet {
	if o.Devices == 0 {
		o.Devices = 1
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	return &Fleet{opt: o}
}

// Start puts every device on the network, or none. The fleet stops with the
// context, or by Stop.
func (f *Fleet) Start(ctx context.Context) error {
	if f.opt.Devices < 1 || f.opt.Devices > 10_000 {
		return fmt.Errorf("a fleet has 1 to 10000 devices, not %d", f.opt.Devices)
	}
	for i := range f.opt.Devices {
		m, err := f.member(i)
		if err != nil {
			f.Stop()
			return fmt.Errorf("simulated device %d: %w", i+1, err)
		}
		f.mu.Lock()
		f.members = append(f.members, m)
		f.mu.Unlock()
	}
	if f.opt.Control != "" {
		if err := f.startControl(); err != nil {
			f.Stop()
			return err
		}
	}
	context.AfterFunc(ctx, f.Stop)
	return nil
}

// Stop closes every listener. It may be called at any time and twice.
func (f *Fleet) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.members {
		m.Running.Stop()
	}
	if f.control != nil {
		_ = f.control.Close() // closing is all that is wanted
	}
}

// Devices lists the members in order.
func (f *Fleet) Devices() []Member {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Member(nil), f.members...)
}

func (f *Fleet) startControl() error {
	l, err := net.Listen("tcp", f.opt.Control)
	if err != nil {
		return fmt.Errorf("open the control API: %w", err)
	}
	devices := func() []*Running {
		var all []*Running
		for _, m := range f.Devices() {
			all = append(all, m.Running)
		}
		return all
	}
	info := func(r *Running) Info {
		for _, m := range f.Devices() {
			if m.Running == r {
				return m.Info()
			}
		}
		return r.Info()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ControlAddress = l.Addr().String()
	f.control = &http.Server{Handler: ControlAPI(devices, info), ReadHeaderTimeout: 10 * time.Second, ErrorLog: quiet}
	go func(s *http.Server) {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			f.Stop()
		}
	}(f.control)
	return nil
}

// listen is the address of the nth device.
func (f *Fleet) listen(n int) (string, error) {
	at, err := netip.ParseAddrPort(f.opt.Listen)
	if err != nil {
		return "", fmt.Errorf("listen address %q: want IP:port: %w", f.opt.Listen, err)
	}
	switch {
	case at.Port() == 0 && !f.opt.EachAddress:
		return f.opt.Listen, nil
	case f.opt.EachAddress:
		a := at.Addr()
		for range n {
			if a = a.Next(); !a.IsValid() {
				return "", fmt.Errorf("listen address %q: no address left for device %d", f.opt.Listen, n+1)
			}
		}
		return netip.AddrPortFrom(a, at.Port()).String(), nil
	case int(at.Port())+n > 65535:
		return "", fmt.Errorf("listen address %q: no port left for device %d", f.opt.Listen, n+1)
	}
	return net.JoinHostPort(at.Addr().String(), strconv.Itoa(int(at.Port())+n)), nil
}

// mix is what a small provider's fleet is made of.
var mix = []string{"GAM-12-C", "GAM-12-C", "GAM-4-CX", "GAM-24-C", "GAM-12-M", "GAM-12-C", "GAM-8-MX", "GAM-4-CX"}

// member makes and starts the nth device.
func (f *Fleet) member(n int) (Member, error) {
	o := f.opt
	model := o.Model
	if model == "" {
		model = mix[n%len(mix)]
	}
	hw, ok := gam.ModelByName(model)
	if !ok {
		return Member{}, fmt.Errorf("model %q is not known; give for example GAM-12-C", model)
	}
	firmware := o.Firmware
	if firmware == "" {
		firmware = "1.8.2"
		if n%7 == 5 && !o.Bare {
			firmware = "1.5.4"
		}
	}
	at, err := f.listen(n)
	if err != nil {
		return Member{}, err
	}
	r := rand.New(rand.NewPCG(o.Seed, uint64(n)))
	b := building(o.Seed, n)
	units, plugs := wiring(hw, o, n, r)
	running, err := Start(Options{
		Model: model, Firmware: firmware, Quirks: o.Quirks,
		Serial:   fmt.Sprintf("0%d", 1_012_000+n),
		MAC:      gam.MAC{0x00, 0x0E, 0xD8, 0x10 | byte(n>>11)&0x0f, byte(n >> 3), byte(n) << 5},
		Hostname: b.DeviceName, Username: o.Username, Password: o.Password,
		Listen: at, HTTPS: o.HTTPS, Endpoints: plugs, Seed: o.Seed + uint64(n),
		Latency: o.Latency, Jitter: o.Jitter, SaveTime: o.SaveTime, RebootTime: o.RebootTime, EndpointReboot: o.EndpointReboot,
		Now: o.Now,
	})
	if err != nil {
		return Member{}, err
	}
	m := Member{Running: running, Building: b, Units: units}
	if !o.Bare {
		if err := m.age(n, r); err != nil {
			running.Stop()
			return Member{}, err
		}
	}
	return m, nil
}
