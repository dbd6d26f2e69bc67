package positron

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

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

// TestPortsOfOldFirmware names the ports of a firmware that does not tell how
// they are: where an endpoint is detected, the port is up.
func TestPortsOfOldFirmware(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{Model: "GAM-12-C", EndpointsPerPort: 1})
	b.make(without(groupPortStatus, groupPortSettings))
	ports, err := b.d.Ports(b.ctx)
	if err != nil || len(ports) != 12 {
		t.Fatalf("%d ports, %v, want 12 G.hn", len(ports), err)
	}
	for i, p := range ports {
		if p.Kind != gam.PortGhn || p.Number != i+1 || p.Type != gam.COAX || p.Name == "" || !p.Up || p.AdminUp != nil {
			t.Errorf("port %+v", p)
		}
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
