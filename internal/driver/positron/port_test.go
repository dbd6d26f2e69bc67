package positron

import (
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

func pointer[T any](v T) *T { return &v }

func (b *bench) port(n int) gam.PortSettings {
	b.t.Helper()
	p, err := b.d.PortSettings(b.ctx, n)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) setPort(n int, c gam.PortChange) {
	b.t.Helper()
	if err := b.d.SetPort(b.ctx, n, c); err != nil {
		b.t.Fatal(err)
	}
}

func TestSetPort(t *testing.T) {
	t.Parallel()
	everyFirmware(t, func(t *testing.T, firmware string) {
		b := setup(t, sim.Options{Model: "GAM-12-M", Firmware: firmware, EndpointsPerPort: 1})
		before := b.config().Ports
		b.sim.ForgetCalls()

		b.setPort(3, gam.PortChange{Name: pointer("riser A pair 1"), Type: pointer(gam.SISO)})
		b.wrote(groupPort + ".set")
		want := gam.PortSettings{Number: 3, Name: "riser A pair 1", Type: gam.SISO, AdminUp: pointer(true)}
		if got := b.port(3); !got.Equal(want) {
			t.Errorf("port %+v, want %+v", got, want)
		}
		b.sim.ForgetCalls()
		b.setPort(3, gam.PortChange{Name: pointer("riser A pair 1"), Type: pointer(gam.SISO), AdminUp: pointer(true)})
		b.wrote() // it stands already

		b.setPort(3, gam.PortChange{AdminUp: pointer(false)})
		b.wrote(groupPortSettings + ".set")
		b.setPort(3, gam.PortChange{Name: pointer(""), AdminUp: pointer(true)})
		b.wrote(groupPort+".set", groupPortSettings+".set")
		after := b.config().Ports
		if after[2].Name != "" || after[2].Type != gam.SISO {
			t.Errorf("port 3: %+v", after[2])
		}
		after[2] = before[2]
		if !slices.Equal(before, after) {
			t.Errorf("other ports changed: %+v, want %+v", after, before)
		}
		if err := b.d.Save(b.ctx); err != nil {
			t.Fatal(err)
		}
		b.polite()
	})
}

// What OpenGAM has no name for stays as it is.
func TestSetPortMerges(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	for method, members := range map[string]map[string]any{
		groupPort:         {"Rfc5517Mode": "community", "Rfc5517Community": 7},
		groupPortSettings: {"MTU": 1600, "FC": "on"},
	} {
		if _, err := b.sim.OutOfBand(method+".set", "G.hn 1/2", members); err != nil {
			t.Fatal(err)
		}
	}
	b.setPort(2, gam.PortChange{Name: pointer("east"), AdminUp: pointer(false)})
	for method, want := range map[string][]string{
		groupPort:         {`"Rfc5517Mode":"community"`, `"Rfc5517Community":7`, `"Name":"east"`},
		groupPortSettings: {`"MTU":1600`, `"FC":"on"`, `"Shutdown":true`},
	} {
		raw, err := b.d.ask(b.ctx, "look", method+".get", "G.hn 1/2")
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(raw), w) {
				t.Errorf("%s: %s is not in %s", method, w, raw)
			}
		}
	}
}

func TestSetPortRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{Model: "GAM-12-C"})
	b.setPort(1, gam.PortChange{Name: pointer("east")})
	b.sim.ForgetCalls()
	for name, c := range map[string]struct {
		port   int
		change gam.PortChange
		text   string
	}{
		"another port's name": {2, gam.PortChange{Name: pointer("east")}, ""},
		"the wrong medium":    {2, gam.PortChange{Type: pointer(gam.MIMO)}, "copper ports are MIMO or SISO"},
		"no such port":        {13, gam.PortChange{Name: pointer("x")}, "no G.hn port 13"},
	} {
		err := b.d.SetPort(b.ctx, c.port, c.change)
		if driver.KindOf(err) != driver.Rejected || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Without the table of administrative states a name can be given and a port
// not be shut down; without that of ports nothing.
func TestSetPortWithout(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.make(without(groupPortSettings))
	err := b.d.SetPort(b.ctx, 1, gam.PortChange{Name: pointer("east"), AdminUp: pointer(false)})
	if driver.KindOf(err) != driver.Unsupported || !strings.Contains(err.Error(), "does not offer shutting down ports") {
		t.Errorf("shut down: %v", err)
	}
	b.wrote()
	b.setPort(1, gam.PortChange{Name: pointer("east")})
	if got := b.port(1); got.Name != "east" || got.AdminUp != nil {
		t.Errorf("port %+v", got)
	}

	b = setup(t, sim.Options{})
	b.make(without(groupPort, groupPortCounters))
	if err := b.d.SetPort(b.ctx, 1, gam.PortChange{Name: pointer("east")}); driver.KindOf(err) != driver.Unsupported {
		t.Errorf("rename: %v", err)
	}
	err = b.d.ResetPortCounters(b.ctx, 1)
	if driver.KindOf(err) != driver.Unsupported || !strings.Contains(err.Error(), "does not offer resetting the counters of a port") {
		t.Errorf("reset: %v", err)
	}
}

// A firmware that answers for all ports only, and does not take back what it
// told of one.
func TestSetPortOnOddFirmware(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
		refuse := strings.HasSuffix(c.Method, ".get") && len(c.Params) > 0
		if o, ok := c.Params[max(len(c.Params)-1, 0):], strings.HasSuffix(c.Method, ".set"); ok && len(o) == 1 {
			b, _ := json.Marshal(o[0])
			refuse = strings.Contains(string(b), "Rfc5517Mode") || strings.Contains(string(b), "MTU")
		}
		if refuse {
			return nil, true, &jsonrpc.RPCError{Code: jsonrpc.CodeInvalidParams, Message: "Invalid params"}
		}
		return nil, false, nil
	})
	b.setPort(5, gam.PortChange{Name: pointer("east"), AdminUp: pointer(false)})
	if got, want := b.port(5), (gam.PortSettings{Number: 5, Name: "east", Type: gam.COAX, AdminUp: pointer(false)}); !got.Equal(want) {
		t.Errorf("port %+v, want %+v", got, want)
	}
}

func TestResetPortCounters(t *testing.T) {
	t.Parallel()
	var now atomic.Pointer[time.Time] // the device reads it beside the test
	set := func(at time.Time) { now.Store(&at) }
	set(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	b := setup(t, sim.Options{EndpointsPerPort: 1, Now: func() time.Time { return *now.Load() }})
	set(now.Load().Add(time.Hour))
	counters := func() string {
		raw, err := b.d.ask(b.ctx, "look", "ghnAgent.statistics.port.eth.get", "G.hn 1/2")
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if strings.Contains(counters(), `"RxBytes":0`) {
		t.Fatal("nothing was counted in an hour")
	}
	if err := b.d.ResetPortCounters(b.ctx, 2); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(counters(), `"RxBytes":0`) {
		t.Errorf("after the reset: %s", counters())
	}
	if err := b.d.ResetPortCounters(b.ctx, 13); driver.KindOf(err) != driver.Rejected {
		t.Errorf("no such port: %v", err)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	everyFirmware(t, func(t *testing.T, firmware string) {
		b := setup(t, sim.Options{Model: "GAM-12-M", Firmware: firmware, Endpoints: []sim.Plug{{MAC: macA, Port: 4, WireMetres: 162}}})
		e, err := b.d.Endpoint(b.ctx, macA)
		if err != nil {
			t.Fatal(err)
		}
		if e.MAC != macA || e.DetectedPort != 4 || e.State != gam.EndpointUnknownMAC || e.Detail == nil || *e.Detail.WireLengthMetres != 162 {
			t.Errorf("%+v %+v", e, e.Detail)
		}
		b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)))
		b.sim.Unplug(macA)
		if e, err = b.d.Endpoint(b.ctx, macA); err != nil || e.State != gam.EndpointNotDetected || e.Detail != nil || e.ConfigPort != 4 {
			t.Errorf("unplugged: %+v, %v", e, err)
		}
		if _, err := b.d.Endpoint(b.ctx, macB); driver.KindOf(err) != driver.Rejected {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestUpgradeEndpoint(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{Endpoints: []sim.Plug{{MAC: macA, Port: 4, FwMismatch: true}, {MAC: macB, Port: 4, FwMismatch: true}}})
	b.apply(addStep(endpointEntry(cpe)))
	for mac, group := range map[gam.MAC]string{macA: groupSystemByID, macB: groupSystemByMAC} {
		b.sim.ForgetCalls()
		if err := b.d.UpgradeEndpoint(b.ctx, mac); err != nil {
			t.Fatal(err)
		}
		b.wrote(group + ".set")
		if e, err := b.d.Endpoint(b.ctx, mac); err != nil || e.FwMismatch {
			t.Errorf("%s: %+v, %v", mac, e, err)
		}
	}
	old := setup(t, sim.Options{Firmware: "1.2.0", Endpoints: []sim.Plug{{MAC: macA, Port: 4, Model: "G1000-C", FwMismatch: true}}})
	err := old.d.UpgradeEndpoint(old.ctx, macA)
	if driver.KindOf(err) != driver.Rejected || codeOf(err) != -55 || !strings.Contains(err.Error(), "upgraded by hand") || !strings.Contains(err.Error(), "1.5.1") {
		t.Errorf("a G1000-C on old firmware: %v", err)
	}
}
