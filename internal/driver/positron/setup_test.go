package positron

import (
	"context"
	"slices"
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
