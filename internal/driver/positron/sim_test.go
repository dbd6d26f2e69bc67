package positron

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

const bait = "Bait-Pw-4711"

// bench is one simulated device and its driver.
type bench struct {
	t   *testing.T
	sim *sim.Running
	d   *Driver
	ctx context.Context
}

func setup(t *testing.T, o sim.Options, change ...func(*driver.Target)) *bench {
	t.Helper()
	if o.Password == "" {
		o.Password = bait
	}
	r := sim.StartDevice(t, o)
	tg := driver.Target{ID: 1, Name: "gam-test", Address: r.Address, CallTimeout: 10 * time.Second}
	tg.Access.JSONRPC.Password = gam.NewSecret(o.Password)
	for _, f := range change {
		f(&tg)
	}
	d, err := open(tg, jsonrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return &bench{t: t, sim: r, d: d, ctx: t.Context()}
}

func (b *bench) apply(steps ...gam.Step) {
	b.t.Helper()
	for _, s := range steps {
		if err := b.d.Apply(b.ctx, s); err != nil {
			b.t.Fatalf("%s: %v", s, err)
		}
	}
}

func (b *bench) config() gam.Config {
	b.t.Helper()
	c, err := b.d.Config(b.ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// writes is the methods that changed or tried to change something, in order.
func (b *bench) writes() []string {
	var out []string
	for _, c := range b.sim.Calls() {
		if c.Effect != sim.Read {
			m := c.Method
			if c.Error != nil {
				m += " refused"
			}
			out = append(out, m)
		}
	}
	return out
}

// polite fails the test when the driver was rude to the device.
func (b *bench) polite() {
	b.t.Helper()
	m := b.sim.Manners()
	if m.OverlappingCalls != 0 || m.NoOpWrites != 0 || m.IdleSaves != 0 || m.UnsavedWrites != 0 {
		b.t.Errorf("manners %+v", m)
	}
}

func (b *bench) wrote(want ...string) {
	b.t.Helper()
	got := b.writes()
	if !slices.Equal(got, want) {
		b.t.Errorf("writes %q, want %q", got, want)
	}
	b.sim.ForgetCalls()
}

func profileEntry(p gam.Profile) *gam.Entry   { return &gam.Entry{Profile: &p} }
func endpointEntry(e gam.Endpoint) *gam.Entry { return &gam.Entry{Endpoint: &e} }
func serviceEntry(s gam.Service) *gam.Entry   { return &gam.Entry{Service: &s} }

func addStep(e *gam.Entry) gam.Step    { return gam.Step{Action: gam.Add, After: e, Reason: "ordered"} }
func removeStep(e *gam.Entry) gam.Step { return gam.Step{Action: gam.Remove, Before: e} }
func setStep(before, after *gam.Entry) gam.Step {
	return gam.Step{Action: gam.Set, Before: before, After: after}
}

var (
	macA = gam.MustMAC("00:0E:D8:20:11:A4")
	macB = gam.MustMAC("00:0E:D8:20:11:B0")

	fast = gam.Profile{Name: "res-500", Description: "500/50 plan", Rate: gam.Rate{DownMbps: 535, UpMbps: 54}}
	slow = gam.Profile{Name: "res-100", Rate: gam.Rate{DownMbps: 107, UpMbps: 11}}
	cpe  = gam.Endpoint{MAC: macA, Name: macA.Compact(), Description: "unit 101", Port: 4}
	apt  = gam.Service{
		Name: "apt-101", Description: "unit 101", EndpointName: cpe.Name, ProfileName: fast.Name,
		VLAN: 100, AllowedVLANs: []int{410, 411}, PoE: gam.PoEDisable,
	}
)

// sameConfig compares what is managed: not the device's own numbers.
func sameConfig(t *testing.T, got, want any) {
	t.Helper()
	opts := cmp.Options{
		cmpopts.EquateEmpty(), cmpopts.IgnoreFields(gam.Profile{}, "ID"), cmpopts.IgnoreFields(gam.Endpoint{}, "ID"),
		cmpopts.IgnoreFields(gam.Service{}, "ID", "EndpointMAC", "PoE"),
	}
	if diff := cmp.Diff(want, got, opts); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
}

func everyFirmware(t *testing.T, f func(t *testing.T, firmware string)) {
	for _, v := range sim.FirmwareVersions() {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			f(t, v)
		})
	}
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	for _, model := range []string{"GAM-12-C", "GAM-24-M", "GAM-4-CX", "GAM-8-MX"} {
		everyFirmware(t, func(t *testing.T, firmware string) {
			b := setup(t, sim.Options{Model: model, Firmware: firmware, Hostname: "gam-bldg7"})
			got, err := b.d.Identify(b.ctx)
			if err != nil {
				t.Fatal(err)
			}
			hw := b.sim.Model()
			want := gam.Identity{
				Model: hw.Name, SerialNumber: b.sim.Serial(), MACAddress: b.sim.MAC(), SubscriberModel: gam.EndpointAware,
				DefaultNNI: 1, PortCount: hw.Ports, Medium: hw.Medium, Hostname: "gam-bldg7",
			}
			if firmware == "1.2.0" {
				want.DefaultNNI = 0 // not told
			}
			if !strings.HasPrefix(got.Firmware, firmware) {
				t.Errorf("firmware %q, want %s", got.Firmware, firmware)
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(gam.Identity{}, "Firmware", "FirmwareAlternate", "Uptime")); diff != "" {
				t.Error(diff)
			}
			b.sim.ForgetCalls()
			if _, err := b.d.Identify(b.ctx); err != nil {
				t.Fatal(err)
			}
			for _, c := range b.sim.Calls() {
				if c.Error != nil {
					t.Errorf("%s is asked again although this firmware has refused it", c.Method)
				}
			}
			b.polite()
		})
	}
}

func TestLifeOfASubscriber(t *testing.T) {
	t.Parallel()
	everyFirmware(t, func(t *testing.T, firmware string) {
		b := setup(t, sim.Options{Firmware: firmware})
		b.apply(addStep(profileEntry(fast)), addStep(profileEntry(slow)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
		if err := b.d.Save(b.ctx); err != nil {
			t.Fatal(err)
		}
		b.polite()
		c := b.config()
		def := c.Profiles[0]
		if def.ID != gam.DefaultProfileID || c.Profiles[1].ID == 0 || c.Endpoints[0].ID == 0 || c.Services[0].ID == 0 {
			t.Errorf("numbers are missing: %+v", c)
		}
		if c.Services[0].EndpointMAC != macA {
			t.Errorf("endpoint MAC of the subscriber %s, want %s", c.Services[0].EndpointMAC, macA)
		}
		sameConfig(t, c.Profiles[1:], []gam.Profile{fast, slow})
		sameConfig(t, c.Endpoints, []gam.Endpoint{cpe})
		sameConfig(t, c.Services, []gam.Service{apt})

		// The same again changes nothing.
		b.sim.ForgetCalls()
		observed := c.Services[0]
		b.apply(setStep(serviceEntry(observed), serviceEntry(apt)), setStep(profileEntry(c.Profiles[1]), profileEntry(fast)),
			setStep(endpointEntry(c.Endpoints[0]), endpointEntry(cpe)))
		b.wrote()

		// Plan change, VLAN change and rename in one step.
		other := apt
		other.Name, other.ProfileName, other.VLAN, other.Tagged = "apt-101 new", slow.Name, 300, true
		b.apply(setStep(serviceEntry(observed), serviceEntry(other)))
		sameConfig(t, b.config().Services, []gam.Service{other})
		b.sim.ForgetCalls()
		b.apply(setStep(serviceEntry(observed), serviceEntry(other))) // once more, as after a crash
		b.wrote()

		// Unthrottled, then off its endpoint.
		free := other
		free.ProfileName = ""
		b.apply(setStep(serviceEntry(other), serviceEntry(free)))
		sameConfig(t, b.config().Services, []gam.Service{free})
		off := free
		off.EndpointName = ""
		b.apply(setStep(serviceEntry(free), serviceEntry(off)))
		sameConfig(t, b.config().Services, []gam.Service{off})

		// Rename of endpoint and profile, with a change beside it.
		moved := cpe
		moved.Name, moved.Port = "cpe-101", 5
		faster := fast
		faster.Name, faster.DownMbps = "res-600", 640
		b.apply(setStep(endpointEntry(cpe), endpointEntry(moved)), setStep(profileEntry(fast), profileEntry(faster)))
		c = b.config()
		sameConfig(t, c.Endpoints, []gam.Endpoint{moved})
		sameConfig(t, c.Profiles[1:], []gam.Profile{faster, slow})

		// A new endpoint in the old one's place keeps the entry.
		replaced := moved
		replaced.MAC = macB
		b.apply(setStep(endpointEntry(moved), endpointEntry(replaced)))
		if got := b.config().Endpoints; len(got) != 1 || got[0].MAC != macB || got[0].ID != c.Endpoints[0].ID {
			t.Errorf("after replacement: %+v", got)
		}

		// Everything away, twice.
		b.sim.ForgetCalls()
		for range 2 {
			b.apply(removeStep(serviceEntry(off)), removeStep(endpointEntry(replaced)), removeStep(profileEntry(faster)), removeStep(profileEntry(slow)))
		}
		c = b.config()
		if len(c.Services)+len(c.Endpoints) != 0 || len(c.Profiles) != 1 {
			t.Errorf("left over: %+v", c)
		}
		if err := b.d.Save(b.ctx); err != nil {
			t.Fatal(err)
		}
		b.polite()
	})
}

func TestPortAware(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{Model: "GAM-12-M", PortAware: true, EndpointsPerPort: 1})
	s := gam.Service{
		Name: "apt-203", Description: "unit 203", Port: 2, ProfileName: fast.Name, VLAN: 1205, Tagged: true, RemappedVLAN: 205,
		AllowedVLANs: []int{411, 410}, DoubleTag: true, OuterVLAN: 2900, NNI: 2,
	}
	b.apply(addStep(profileEntry(fast)), addStep(serviceEntry(s)))
	s.AllowedVLANs = []int{410, 411}
	c := b.config()
	if c.SubscriberModel != gam.PortAware {
		t.Errorf("model %q", c.SubscriberModel)
	}
	sameConfig(t, c.Services, []gam.Service{s})
	b.sim.ForgetCalls()
	b.apply(setStep(serviceEntry(s), serviceEntry(s)))
	b.wrote()
	moved := s
	moved.Port, moved.NNI, moved.DoubleTag, moved.OuterVLAN = 3, 0, false, 0
	b.apply(setStep(serviceEntry(s), serviceEntry(moved)))
	sameConfig(t, b.config().Services, []gam.Service{moved})
	b.wrote("ghnAgent.config.userByName.set")
	renamed := moved
	renamed.Name = "apt-203b"
	b.apply(setStep(serviceEntry(moved), serviceEntry(renamed)))
	sameConfig(t, b.config().Services, []gam.Service{renamed})
	b.wrote("ghnAgent.config.user.set")
}

func TestDocumentedMethodsAreUsed(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	b.wrote("ghnAgent.config.bwProfileByName.add", "ghnAgent.config.endpointByName.add", "ghnAgent.config.userByName.add")
	changed := apt
	changed.VLAN = 101
	b.apply(setStep(serviceEntry(apt), serviceEntry(changed)))
	b.wrote("ghnAgent.config.userByName.set")
	b.apply(removeStep(serviceEntry(changed)), removeStep(endpointEntry(cpe)), removeStep(profileEntry(fast)))
	b.wrote("ghnAgent.config.userByName.del", "ghnAgent.config.endpointByName.del", "ghnAgent.config.bwProfileByName.del")
	if err := b.d.Save(b.ctx); err != nil {
		t.Fatal(err)
	}
	b.wrote("icfg.control.copy.set")
}

func TestAddOfWhatIsThere(t *testing.T) {
	t.Parallel()
	everyFirmware(t, func(t *testing.T, firmware string) {
		b := setup(t, sim.Options{Firmware: firmware})
		b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
		b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))

		foreign := fast
		foreign.DownMbps = 50
		other := cpe
		other.MAC = macB
		neighbour := apt
		neighbour.VLAN = 999
		before := b.config()
		for _, s := range []gam.Step{addStep(profileEntry(foreign)), addStep(endpointEntry(other)), addStep(serviceEntry(neighbour))} {
			if err := b.d.Apply(b.ctx, s); driver.KindOf(err) != driver.Busy {
				t.Errorf("%s over another one's entry: %v, want busy: plan anew", s, err)
			}
		}
		if diff := cmp.Diff(before, b.config()); diff != "" {
			t.Errorf("somebody else's entry was changed:\n%s", diff)
		}
	})
}

func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)))
	gone := setStep(serviceEntry(apt), serviceEntry(gam.Service{Name: "apt-101", VLAN: 5}))
	if err := b.d.Apply(b.ctx, gone); driver.KindOf(err) != driver.Busy || !strings.Contains(err.Error(), "apt-101") {
		t.Errorf("set of an entry that is gone: %v", err)
	}
	swapped := cpe
	swapped.MAC = macB
	wish := swapped
	wish.Description = "x"
	if err := b.d.Apply(b.ctx, setStep(endpointEntry(swapped), endpointEntry(wish))); driver.KindOf(err) != driver.Busy {
		t.Errorf("set of an endpoint entry with another MAC: %v", err)
	}
	sameConfig(t, b.config().Endpoints, []gam.Endpoint{cpe})
}

func TestManagementVLANOfAnEndpointStays(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.apply(addStep(endpointEntry(cpe)))
	if _, err := b.sim.OutOfBand("ghnAgent.config.endpointByName.set", cpe.Name, map[string]any{"AllowMgmtVlan": true}); err != nil {
		t.Fatal(err)
	}
	moved := cpe
	moved.Port = 7
	b.apply(setStep(endpointEntry(cpe), endpointEntry(moved)))
	moved.AllowMgmtVLAN = true
	sameConfig(t, b.config().Endpoints, []gam.Endpoint{moved})
	off := moved
	off.AllowMgmtVLAN = false
	b.apply(setStep(endpointEntry(moved), endpointEntry(off)))
	sameConfig(t, b.config().Endpoints, []gam.Endpoint{off})
}

func TestPoE(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	for _, c := range b.sim.Calls() {
		if strings.Contains(string(c.Params), "PoeModeCtrl") {
			t.Errorf("PoE is not wanted, and yet %s says %s", c.Method, c.Params)
		}
	}
	on := apt
	on.PoE = gam.PoEEnable
	b.apply(setStep(serviceEntry(apt), serviceEntry(on)))
	if got := b.config().Services[0].PoE; got != gam.PoEEnable {
		t.Errorf("PoE %q", got)
	}
	if _, err := b.sim.OutOfBand("ghnAgent.config.userByName.set", apt.Name, map[string]any{"PoeModeCtrl": "force"}); err != nil {
		t.Fatal(err)
	}
	unsaid := on
	unsaid.PoE, unsaid.VLAN = gam.PoEUnknown, 123
	b.apply(setStep(serviceEntry(on), serviceEntry(unsaid)))
	if got := b.config().Services[0]; got.PoE != gam.PoEForce || got.VLAN != 123 {
		t.Errorf("a step that does not speak of PoE left %+v", got)
	}
}

func TestSaveWaits(t *testing.T) {
	t.Parallel()
	for _, quirk := range []sim.Quirks{{}, {NoCopyStatus: true}} {
		b := setup(t, sim.Options{Quirks: &quirk, SaveTime: 300 * time.Millisecond})
		b.apply(addStep(profileEntry(fast)))
		if err := b.d.Save(b.ctx); err != nil {
			t.Fatalf("%+v: %v", quirk, err)
		}
		if quirk.NoCopyStatus {
			continue // how long it goes on after that is not told
		}
		b.polite()
		b.sim.Reboot()
		sameConfig(t, b.config().Profiles[1:], []gam.Profile{fast})
	}
}

func TestPolling(t *testing.T) {
	t.Parallel()
	quirks := map[string]sim.Quirks{
		"plain": {}, "texts": {NumbersAsStrings: true, UptimeInArray: true, NullForEmpty: true},
		"one by one": {NoDetailedAll: true, DetailedAsPairs: true},
	}
	for name, q := range quirks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sim.Options{Quirks: &q, EndpointsPerPort: 2})
			for range 2 {
				if _, err := b.d.Uptime(b.ctx); err != nil {
					t.Fatal(err)
				}
				all, err := b.d.Endpoints(b.ctx)
				if err != nil {
					t.Fatal(err)
				}
				if len(all) != 24 {
					t.Fatalf("%d endpoints, want 24", len(all))
				}
				for _, e := range all {
					if e.State != gam.EndpointUnknownMAC || e.DetectedPort == 0 || e.Model == "" || e.Configured || e.ProfileName != "" {
						t.Errorf("endpoint %+v", e)
					}
					if e.Detail == nil || !e.Detail.Alive || e.Detail.PhyRateRxMbps == nil || e.Detail.Mode != gam.COAX || e.Detail.WireLengthMetres != nil {
						t.Errorf("%s: detail %+v", e.MAC, e.Detail)
					}
				}
			}
			b.polite()
		})
	}
}

func TestPorts(t *testing.T) {
	t.Parallel()
	for _, q := range []sim.Quirks{{}, {NoPortStatusAll: true}} {
		testPorts(t, q)
	}
}

func testPorts(t *testing.T, q sim.Quirks) {
	t.Helper()
	b := setup(t, sim.Options{Model: "GAM-12-M", EndpointsPerPort: 1, Quirks: &q})
	if _, err := b.sim.OutOfBand("port.config.set", "G.hn 1/3", map[string]any{"Shutdown": true}); err != nil {
		t.Fatal(err)
	}
	ports, err := b.d.Ports(b.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(ports) != 15 {
		t.Fatalf("%d ports, want 12 G.hn, 2 uplinks, 1 for management", len(ports))
	}
	for i, p := range ports {
		switch {
		case i < 12 && (p.Kind != gam.PortGhn || p.Number != i+1 || p.Type != gam.MIMO || p.Name == ""):
			t.Errorf("port %+v", p)
		case i == 12 && (p.Kind != gam.PortUplink || p.Number != 1 || !p.Up || p.SpeedMbps != 10000 || p.SFP == ""):
			t.Errorf("uplink %+v", p)
		case i == 14 && p.Kind != gam.PortMgmt:
			t.Errorf("management port %+v", p)
		}
		if p.AdminUp == nil || *p.AdminUp == (i == 2) {
			t.Errorf("port %s: admin state %v", p.IfName(), p.AdminUp)
		}
	}
}

func TestEndpointActions(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{Endpoints: []sim.Plug{{MAC: macA, Port: 4, Model: "G1002-C+"}, {MAC: macB, Port: 5, Model: "G1001-C"}}})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	links, err := b.d.EndpointLinks(b.ctx, macA)
	if err != nil || len(links) != 2 || links[0].Port != 1 {
		t.Errorf("links %+v, %v", links, err)
	}
	if links, err = b.d.EndpointLinks(b.ctx, macB); err != nil || len(links) != 1 {
		t.Errorf("links of an endpoint that is not configured and has one port: %+v, %v", links, err)
	}
	b.sim.ForgetCalls()
	if err := errors.Join(b.d.CyclePoE(b.ctx, macA), b.d.RebootEndpoint(b.ctx, macA), b.d.RebootEndpoint(b.ctx, macB)); err != nil {
		t.Error(err)
	}
	b.wrote("ghnAgent.control.endpoint.poe.set", "ghnAgent.control.endpoint.system.set", "ghnAgent.control.endpointByMac.system.set")
	nobody := gam.MustMAC("00:0E:D8:00:00:01")
	if err := b.d.RebootEndpoint(b.ctx, nobody); driver.KindOf(err) != driver.Rejected {
		t.Errorf("restart of an endpoint that is not there: %v", err)
	}
	b.wrote()
	if err := b.d.Reboot(b.ctx); err != nil {
		t.Error(err)
	}
	b.wrote("systemUtility.control.reboot.set")
}

func TestTestAccess(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	got := b.d.TestAccess(b.ctx)
	if len(got) != 1 || !got[0].OK || got[0].Protocol != "jsonrpc" || got[0].Kind != "" || !strings.Contains(got[0].Detail, "endpoint-aware") {
		t.Errorf("probe %+v", got)
	}
	b.sim.SetPassword("something else")
	got = b.d.TestAccess(b.ctx)
	if got[0].OK || got[0].Kind != driver.Refused || !strings.Contains(got[0].Detail, "password") {
		t.Errorf("probe with a wrong password: %+v", got)
	}
}

func TestHTTPSPins(t *testing.T) {
	t.Parallel()
	var pin string
	b := setup(t, sim.Options{HTTPS: true}, func(tg *driver.Target) { tg.OnPin = func(p string) { pin = p } })
	tg := b.d.target
	tg.Access.JSONRPC.URL = b.sim.HTTPSURL
	x, err := New(tg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Identify(b.ctx); err != nil || pin == "" {
		t.Fatalf("first use: %v, pin %q", err, pin)
	}
	if err := b.sim.RenewCertificate(); err != nil {
		t.Fatal(err)
	}
	tg.Access.JSONRPC.TLSPin = pin
	x, err = New(tg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Identify(b.ctx); driver.KindOf(err) != driver.Refused || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another certificate: %v", err)
	}
}

// TestBadDays puts every fault on a read and on a write and asks for the
// right kind, for words, and for no password in them.
func TestBadDays(t *testing.T) {
	t.Parallel()
	want := map[sim.FaultKind]driver.Kind{
		sim.FaultHang: driver.Unreachable, sim.FaultRefuse: driver.Unreachable, sim.FaultHTTP500: driver.Unreachable,
		sim.FaultNotAGAM: driver.Garbled, sim.FaultPassword: driver.Refused, sim.FaultBusy: driver.Busy,
		sim.FaultHangAfter: driver.Unreachable, sim.FaultReset: driver.Unreachable, sim.FaultGarbage: driver.Garbled,
		sim.FaultTruncated: driver.Garbled, sim.FaultHuge: driver.Garbled, sim.FaultWrongID: driver.Garbled,
	}
	for kind, expect := range want {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := setup(t, sim.Options{}, func(tg *driver.Target) { tg.CallTimeout = 2 * time.Second })
			b.sim.MustFault(t, sim.Fault{Kind: kind})
			check := func(what string, err error) {
				t.Helper()
				var e *driver.Error
				if !errors.As(err, &e) || e.Kind != expect || e.Device != "gam-test" || e.Op == "" || e.Text == "" {
					t.Errorf("%s: %#v (%v), want kind %s", what, e, err, expect)
				}
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, e), bait) {
					t.Errorf("%s: the password is in %v", what, err)
				}
			}
			_, err := b.d.Config(b.ctx)
			check("config", err)
			check("apply", b.d.Apply(b.ctx, addStep(profileEntry(fast))))
		})
	}
}

// TestLostAnswer loses the answer of a write that was made: the step succeeds
// all the same and is made once.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []sim.FaultKind{sim.FaultReset, sim.FaultTruncated, sim.FaultRefuse} {
		everyFirmware(t, func(t *testing.T, firmware string) {
			b := setup(t, sim.Options{Firmware: firmware})
			b.config()
			for _, s := range []gam.Step{
				addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)),
				setStep(profileEntry(fast), profileEntry(gam.Profile{Name: fast.Name, Rate: gam.Rate{DownMbps: 20, UpMbps: 20}})),
				removeStep(serviceEntry(apt)),
			} {
				b.sim.MustFault(t, sim.Fault{Kind: kind, Effect: sim.Write, Count: 1})
				b.apply(s)
			}
			if n := len(b.sim.Faults()); n != 0 {
				t.Errorf("%d faults were not met", n)
			}
			if m := b.sim.Manners(); m.FailedWrites+m.NoOpWrites+m.OverlappingCalls != 0 {
				t.Errorf("manners %+v", m)
			}
			c := b.config()
			if len(c.Services) != 0 || len(c.Endpoints) != 1 || c.Profiles[1].DownMbps != 20 {
				t.Errorf("config %+v", c)
			}
		})
	}
}

// TestOddAnswers gives values of wrong types and labels that nobody knows:
// never a panic, and never a half-read configuration.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{EndpointsPerPort: 1})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	id := b.sim.MustFault(t, sim.Fault{Kind: sim.FaultUnknownEnum})
	if c, err := b.d.Config(b.ctx); err != nil || len(c.Services) != 1 || c.SubscriberModel != "" {
		t.Errorf("unknown labels: %+v, %v", c, err)
	}
	all, err := b.d.Endpoints(b.ctx)
	if err != nil || len(all) != 13 || all[0].State != gam.EndpointStateOther {
		t.Errorf("unknown labels: %+v, %v", all, err)
	}
	b.sim.ClearFault(id)
	b.sim.MustFault(t, sim.Fault{Kind: sim.FaultWrongTypes})
	if c, err := b.d.Config(b.ctx); err != nil && driver.KindOf(err) != driver.Garbled {
		t.Errorf("wrong types: %+v, %v", c, err)
	}
	if _, err := b.d.Endpoints(b.ctx); err != nil && driver.KindOf(err) != driver.Garbled {
		t.Errorf("wrong types: %v", err)
	}
}
