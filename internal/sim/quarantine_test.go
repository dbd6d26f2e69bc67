package sim_test

import (
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

var cpe = gam.MustMAC("00:0E:D8:20:11:01")

func serves(t *testing.T, r *sim.Running, mac gam.MAC) sim.EndpointState {
	t.Helper()
	e, ok := r.State().Serves(mac)
	if !ok {
		t.Fatalf("the device does not know %s", mac)
	}
	return e
}

// TestQuarantine follows one endpoint through its life.
func TestQuarantine(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{Endpoints: []sim.Plug{{MAC: cpe, Port: 4}}})
	step := func(what, state string, port int, captive bool, vlan int) {
		t.Helper()
		if e := serves(t, r, cpe); e.State != state || e.Port != port || e.Captive != captive || e.VLAN != vlan {
			t.Errorf("%s: %+v; want state %s, port %d, captive %v, VLAN %d", what, e, state, port, captive, vlan)
		}
		if brief := must(t, r, "ghnAgent.status.endpointByMac.brief.get", `["`+cpe.String()+`"]`); !strings.Contains(brief, `"State":"`+state+`"`) {
			t.Errorf("%s: the API says %s", what, brief)
		}
	}
	step("plugged in", "quarantinedUnknownMAC", 4, true, 0)
	must(t, r, "ghnAgent.config.endpointByName.add", `["e",{"MacAddress":"00:0E:D8:20:11:01"}]`)
	step("configured without a port", "quarantinedWrongPort", 4, true, 0)
	must(t, r, "ghnAgent.config.endpointByName.set", `["e",{"PortIfIndex":"G.hn 1/5"}]`)
	step("configured for another port", "quarantinedWrongPort", 4, true, 0)
	must(t, r, "ghnAgent.config.endpointByName.set", `["e",{"PortIfIndex":"G.hn 1/4"}]`)
	step("configured for its port", "ok", 4, true, 0)
	must(t, r, "ghnAgent.config.userByName.add", `["u",{"EndpointName":"e","VlanId":100,"BwProfileName":"Default BW Profile"}]`)
	step("with a subscriber", "ok", 4, false, 100)
	if e := serves(t, r, cpe); e.Rate != (gam.Rate{DownMbps: 10, UpMbps: 10}) || e.Subscriber != "u" {
		t.Errorf("the customer gets %+v", e)
	}
	if err := r.Plug(sim.Plug{MAC: cpe, Port: 6}); err != nil {
		t.Fatal(err)
	}
	step("moved to another port", "quarantinedWrongPort", 6, true, 0)
	r.Unplug(cpe)
	step("unplugged", "notDetected", 0, false, 0)
}

func TestAutoPort(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	must(t, r, "ghnAgent.config.endpointByName.add", `["e",{"MacAddress":"00:0E:D8:20:11:01","PortIfIndex":"NONE","AutoPort":true}]`)
	if err := r.Plug(sim.Plug{MAC: cpe, Port: 7}); err != nil {
		t.Fatal(err)
	}
	if e := serves(t, r, cpe); e.State != "ok" {
		t.Errorf("state %s, want ok", e.State)
	}
	if err := r.Plug(sim.Plug{MAC: cpe, Port: 8}); err != nil {
		t.Fatal(err)
	}
	if e := serves(t, r, cpe); e.State != "quarantinedWrongPort" {
		t.Errorf("bound to port 7 and moved to 8: state %s, want quarantinedWrongPort", e.State)
	}
}

// TestPortAware: an endpoint is taken as it comes, the port has the service.
func TestPortAware(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{Model: "GAM-12-M", PortAware: true})
	must(t, r, "ghnAgent.config.userByName.add", `["u",{"PortIfIndex":"G.hn 1/2","VlanId":205,"AllowedTaggedVlans":[411,410]}]`)
	if err := r.Plug(sim.Plug{MAC: cpe, Port: 2}); err != nil {
		t.Fatal(err)
	}
	if e := serves(t, r, cpe); e.State != "ok" || e.VLAN != 205 || e.Captive {
		t.Errorf("on the subscriber's port: %+v", e)
	}
	if e, ok := r.State().Running.Endpoint(cpe); !ok || e.Name != "EP-000ED8201101" || e.Port != 0 {
		t.Errorf("the endpoint was added as %+v, %v", e, ok)
	}
	if err := r.Plug(sim.Plug{MAC: cpe, Port: 3}); err != nil {
		t.Fatal(err)
	}
	if e := serves(t, r, cpe); e.State != "ok" || e.VLAN != 0 || !e.Captive {
		t.Errorf("on a port without a subscriber: %+v", e)
	}
	if err := r.Plug(sim.Plug{MAC: gam.MustMAC("000ED8201102"), Port: 3}); err == nil {
		t.Error("a second endpoint was plugged into a copper port")
	}
}

// TestModelChange: what the device makes of its entries when the subscriber
// model changes.
func TestModelChange(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{Model: "GAM-12-M", Endpoints: []sim.Plug{{MAC: cpe, Port: 2}}})
	must(t, r, "ghnAgent.config.endpointByName.add", `["e",{"MacAddress":"00:0E:D8:20:11:01","PortIfIndex":"G.hn 1/2"}]`)
	must(t, r, "ghnAgent.config.userByName.add", `["u",{"EndpointName":"e","VlanId":100}]`)
	must(t, r, "ghnAgent.config.userByName.add", `["lost",{"VlanId":101}]`)
	must(t, r, "ghnAgent.config.global.set", `[{"SubscriberModel":"portAware"}]`)
	c := r.State().Running
	if u, _ := c.Service("u"); u.Port != 2 || u.EndpointName != "" {
		t.Errorf("port-aware, the subscriber is %+v, want port 2 and no endpoint", u)
	}
	if u, _ := c.Service("lost"); u.Port != 0 {
		t.Errorf("the subscriber without endpoint got port %d", u.Port)
	}
	if e, _ := c.Endpoint(cpe); e.Port != 0 {
		t.Errorf("the endpoint stays bound to port %d", e.Port)
	}
	must(t, r, "ghnAgent.config.global.set", `[{"SubscriberModel":"endpointAware"}]`)
	c = r.State().Running
	if u, _ := c.Service("u"); u.Port != 0 || u.EndpointName != "e" {
		t.Errorf("back again, the subscriber is %+v", u)
	}
	if e := serves(t, r, cpe); e.State != "ok" || e.VLAN != 100 {
		t.Errorf("back again, the customer gets %+v", e)
	}
}
