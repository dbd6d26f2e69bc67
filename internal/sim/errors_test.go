package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// prepared is a coax device with two profiles, three endpoints on ports 1 and
// 2, and one subscriber.
func prepared(t *testing.T) *sim.Running {
	t.Helper()
	r := sim.StartDevice(t, sim.Options{
		EndpointReboot: time.Hour,
		Endpoints: []sim.Plug{
			{MAC: gam.MustMAC("000ED8201101"), Port: 1},
			{MAC: gam.MustMAC("000ED8201102"), Port: 2, Model: "G1002-C+"},
			{MAC: gam.MustMAC("000ED82011FF"), Port: 2, Model: "G1000-C"},
		},
	})
	must(t, r, "ghnAgent.config.bwProfile.add", `[0,{"Name":"gold","DsBw":500,"UsBw":50}]`)
	must(t, r, "ghnAgent.config.bwProfile.add", `[0,{"Name":"idle","DsBw":50,"UsBw":50}]`)
	must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"e1","MacAddress":"00:0E:D8:20:11:01","PortIfIndex":"G.hn 1/1"}]`)
	must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"e2","MacAddress":"00:0E:D8:20:11:02","PortIfIndex":"G.hn 1/2"}]`)
	must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"e3","MacAddress":"00:0E:D8:20:11:03","PortIfIndex":"G.hn 1/2"}]`)
	must(t, r, "ghnAgent.config.user.add", `[0,{"Name":"u1","EndpointId":1,"BwProfileId":2,"VlanId":100}]`)
	return r
}

// TestVendorErrors provokes every error number that a prepared device gives,
// and looks that nothing has changed by the refused call.
func TestVendorErrors(t *testing.T) {
	user := func(members string) string { return `[0,{"Name":"u9","VlanId":100,` + members + `}]` }
	tests := []struct {
		code           int
		method, params string
	}{
		{-3, "ghnAgent.status.vectorBoost.get", `[]`},
		{-3, "ghnAgent.control.endpoint.poe.set", `[1,{"CyclePower":true}]`},
		{-4, "ghnAgent.status.endpoint.link.get", `[1,3]`},
		{-5, "ghnAgent.config.port.get", `["G.hn 1/13"]`},
		{-5, "ghnAgent.config.port.get", `["10G 1/1"]`},
		{-5, "ghnAgent.config.port.get", `["NONE"]`},
		{-5, "ghnAgent.config.endpoint.set", `[1,{"PortIfIndex":"G.hn 1/13"}]`},
		{-5, "ghnAgent.config.endpoint.set", `[1,{"PortIfIndex":"10G 1/1"}]`},
		{-5, "ghnAgent.config.user.set", `[1,{"PortIfIndex":"G.hn 1/1"}]`},
		{-6, "ghnAgent.config.user.get", `[0]`},
		{-6, "ghnAgent.config.user.get", `[385]`},
		{-6, "ghnAgent.config.user.add", `[385,{"Name":"u9","VlanId":100}]`},
		{-7, "ghnAgent.config.user.get", `[2]`},
		{-7, "ghnAgent.config.userByName.set", `["nobody",{"VlanId":100}]`},
		{-7, "ghnAgent.config.user.del", `[384]`},
		{-8, "ghnAgent.config.endpoint.get", `[385]`},
		{-8, "ghnAgent.config.user.add", user(`"EndpointId":385`)},
		{-9, "ghnAgent.config.endpoint.get", `[9]`},
		{-9, "ghnAgent.config.endpointByName.del", `["nobody"]`},
		{-9, "ghnAgent.config.user.add", user(`"EndpointId":9`)},
		{-9, "ghnAgent.config.userByName.set", `["u1",{"EndpointName":"nobody"}]`},
		{-10, "ghnAgent.control.endpoint.poe.set", `[2,{"CyclePower":true}]`},
		{-12, "ghnAgent.status.endpointByMac.brief.get", `["00:0E:D8:20:11:EE"]`},
		{-12, "ghnAgent.status.endpointByMac.detailed.get", `["00:0E:D8:20:11:EE"]`},
		{-13, "ghnAgent.config.user.add", user(`"EndpointId":1`)},
		{-13, "ghnAgent.config.endpoint.del", `[1]`},
		{-15, "ghnAgent.config.user.set", `[1,{"Name":""}]`},
		{-15, "ghnAgent.config.userByName.add", `["thirty-two characters are too many",{"VlanId":100}]`},
		{-16, "ghnAgent.config.user.add", `[0,{"Name":"u1","VlanId":100}]`},
		{-17, "ghnAgent.config.endpoint.set", `[2,{"Name":"e1"}]`},
		{-18, "ghnAgent.config.bwProfile.set", `[3,{"Name":"gold"}]`},
		{-19, "ghnAgent.config.port.set", `["G.hn 1/1",{"Name":"G.hn 1/2"}]`},
		{-20, "ghnAgent.config.bwProfile.get", `[16]`},
		{-20, "ghnAgent.config.bwProfile.get", `[0]`},
		{-20, "ghnAgent.config.bwProfile.del", `[1]`},
		{-20, "ghnAgent.config.bwProfileByName.del", `["Default BW Profile"]`},
		{-20, "ghnAgent.config.bwProfile.del", `[2]`},
		{-20, "ghnAgent.config.user.set", `[1,{"BwProfileId":16}]`},
		{-21, "ghnAgent.config.bwProfile.get", `[4]`},
		{-21, "ghnAgent.config.bwProfileByName.set", `["nothing",{"DsBw":10}]`},
		{-21, "ghnAgent.config.user.set", `[1,{"BwProfileId":4}]`},
		{-21, "ghnAgent.config.userByName.set", `["u1",{"BwProfileName":"nothing"}]`},
		{-22, "ghnAgent.config.bwProfileByName.get", `["a\"b"]`},
		{-22, "ghnAgent.config.bwProfileByName.get", `["é"]`},
		{-22, "ghnAgent.config.bwProfileByName.get", `[" a"]`},
		{-22, "ghnAgent.config.bwProfile.set", `[1,{"Name":"other"}]`},
		{-23, "ghnAgent.config.bwProfile.set", `[2,{"DsBw":9}]`},
		{-23, "ghnAgent.config.bwProfile.set", `[2,{"DsBw":801}]`},
		{-23, "ghnAgent.config.bwProfile.add", `[0,{"Name":"p9"}]`},
		{-24, "ghnAgent.config.bwProfile.set", `[2,{"UsBw":9}]`},
		{-24, "ghnAgent.config.bwProfile.set", `[2,{"UsBw":801}]`},
		{-25, "ghnAgent.config.user.add", `[0,{"Name":"u9"}]`},
		{-25, "ghnAgent.config.user.set", `[1,{"VlanId":2}]`},
		{-25, "ghnAgent.config.user.set", `[1,{"VlanId":3840}]`},
		{-25, "ghnAgent.config.user.set", `[1,{"VlanId":3842}]`},
		{-25, "ghnAgent.config.user.set", `[1,{"VlanId":4094}]`},
		{-25, "ghnAgent.config.user.set", `[1,{"AllowedTaggedVlans":[2]}]`},
		{-26, "ghnAgent.config.user.set", `[1,{"RemappedVlanId":3841}]`},
		{-26, "ghnAgent.config.user.set", `[1,{"RemappedVlanId":1}]`},
		{-27, "ghnAgent.config.user.set", `[1,{"Port2VlanId":4094}]`},
		{-28, "ghnAgent.config.user.set", `[1,{"Port2VlanId":100}]`},
		{-29, "ghnAgent.config.user.set", `[1,{"AllowedTaggedVlans":[3,4,5,6,7,8,9,10,11,12,13,14,15]}]`},
		{-30, "ghnAgent.config.endpointByName.add", `["?",{"MacAddress":"00:0E:D8:20:11:EE"}]`},
		{-31, "ghnAgent.config.endpointByName.add", `["e9",{}]`},
		{-31, "ghnAgent.config.endpointByName.add", `["e9",{"MacAddress":"01:0E:D8:20:11:EE"}]`},
		{-31, "ghnAgent.config.endpoint.set", `[1,{"MacAddress":"00:00:00:00:00:00"}]`},
		{-32, "ghnAgent.config.endpoint.set", `[1,{"MacAddress":"00:0e:d8:20:11:02"}]`},
		{-37, "ghnAgent.config.port.set", `["G.hn 1/1",{"PortMode":"mimo"}]`},
		{-38, "ghnAgent.config.port.set", `["G.hn 1/1",{"PortRole":"endpoint"}]`},
		{-39, "ghnAgent.config.port.set", `["G.hn 1/1",{"Rfc5517Mode":"undefined"}]`},
		{-39, "ghnAgent.config.port.set", `["G.hn 1/1",{"AllowedVlans":[100]}]`},
		{-40, "ghnAgent.config.port.set", `["G.hn 1/1",{"Rfc5517Mode":"community","Rfc5517Community":100}]`},
		{-40, "ghnAgent.config.port.set", `["G.hn 1/1",{"Rfc5517Mode":"community","Rfc5517Community":0}]`},
		{-41, "ghnAgent.config.user.set", `[1,{"NNIIfIndex":"10G 1/3"}]`},
		{-41, "ghnAgent.config.global.set", `[{"DefaultNNIIfIndex":"NONE"}]`},
		{-42, "ghnAgent.config.user.set", `[1,{"DoubleTags":true}]`},
		{-42, "ghnAgent.config.user.set", `[1,{"DoubleTags":true,"OuterTagVlanId":3841}]`},
		{-42, "ghnAgent.config.user.set", `[1,{"OuterTagVlanId":4094}]`},
		{-43, "ghnAgent.config.user.set", `[1,{"NNIIfIndex":"G.hn 1/1"}]`},
		{-43, "ghnAgent.config.global.set", `[{"DefaultNNIIfIndex":"Gi 1/1"}]`},
		{-45, "ghnAgent.config.endpoint.add", `[1,{"Name":"e9","MacAddress":"00:0E:D8:20:11:EE"}]`},
		{-45, "ghnAgent.config.endpointByName.add", `["e1",{"MacAddress":"00:0E:D8:20:11:EE"}]`},
		{-46, "ghnAgent.config.bwProfileByName.add", `["gold",{"DsBw":10,"UsBw":10}]`},
		{-46, "ghnAgent.config.bwProfile.add", `[1,{"Name":"p9","DsBw":10,"UsBw":10}]`},
		{-47, "ghnAgent.config.userByName.add", `["u1",{"VlanId":100}]`},
		{-47, "ghnAgent.config.user.add", `[1,{"Name":"u9","VlanId":100}]`},
		{-52, "ghnAgent.control.endpointByMac.system.set", `["00:0E:D8:20:11:EE",{"Reboot":true}]`},
		{-53, "ghnAgent.control.endpoint.system.set", `[3,{"Reboot":true}]`},
		{-53, "ghnAgent.status.endpoint.link.get", `[3,1]`},
		{-57, "ghnAgent.config.global.set", `[{"SubscriberModel":"portAware"}]`},
	}
	r := prepared(t)
	before := r.State()
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d %s %s", tt.code, tt.method, tt.params), func(t *testing.T) {
			a := ask(t, r, tt.method, tt.params)
			if a.Error.ModuleCode() != tt.code {
				t.Errorf("got %v, want vendor error %d", a.Error, tt.code)
			}
			if string(a.Result) != "null" {
				t.Errorf("an error came with the result %s", a.Result)
			}
		})
	}
	if diff := diffConfigs(before, r.State()); diff != "" {
		t.Errorf("refused calls have changed the device:\n%s", diff)
	}
	if m := r.Manners(); m.FailedWrites == 0 || m.NoOpWrites != 0 {
		t.Errorf("manners count %d failed and %d no-op writes; want some and none", m.FailedWrites, m.NoOpWrites)
	}
}

// TestErrorsOfOtherDevices provokes the numbers that need another device than
// the prepared one.
func TestErrorsOfOtherDevices(t *testing.T) {
	t.Run("-14 port taken", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{Model: "GAM-12-M", PortAware: true})
		must(t, r, "ghnAgent.config.userByName.add", `["a",{"PortIfIndex":"G.hn 1/2","VlanId":100}]`)
		wantCode(t, r, -14, "ghnAgent.config.userByName.add", `["b",{"PortIfIndex":"G.hn 1/2","VlanId":100}]`)
		must(t, r, "ghnAgent.config.userByName.add", `["b",{"PortIfIndex":"NONE","VlanId":100}]`)
	})
	t.Run("-5 and -8 port-aware", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{Model: "GAM-12-M", PortAware: true})
		must(t, r, "ghnAgent.config.endpointByName.add", `["e",{"MacAddress":"00:0E:D8:20:11:01"}]`)
		wantCode(t, r, -5, "ghnAgent.config.endpointByName.set", `["e",{"PortIfIndex":"G.hn 1/1"}]`)
		wantCode(t, r, -5, "ghnAgent.config.userByName.add", `["a",{"PortIfIndex":"10G 1/1","VlanId":100}]`)
		wantCode(t, r, -5, "ghnAgent.config.userByName.add", `["a",{"PortIfIndex":"G.hn 1/13","VlanId":100}]`)
		wantCode(t, r, -8, "ghnAgent.config.userByName.add", `["a",{"EndpointName":"e","VlanId":100}]`)
	})
	t.Run("-41 small units have one uplink", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX"})
		wantCode(t, r, -41, "ghnAgent.config.global.set", `[{"DefaultNNIIfIndex":"10G 1/2"}]`)
	})
	t.Run("-54 and -55", func(t *testing.T) {
		mac := gam.MustMAC("000ED8201101")
		r := sim.StartDevice(t, sim.Options{
			Firmware: "1.2.0", EndpointReboot: time.Hour,
			Endpoints: []sim.Plug{{MAC: mac, Port: 1, Model: "G1000-C"}},
		})
		must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"e","MacAddress":"00:0E:D8:20:11:01","PortIfIndex":"G.hn 1/1"}]`)
		wantCode(t, r, -55, "ghnAgent.control.endpoint.system.set", `[1,{"StartFwUpgrade":true}]`)
		must(t, r, "ghnAgent.control.endpoint.system.set", `[1,{"Reboot":true}]`)
		wantCode(t, r, -54, "ghnAgent.control.endpoint.system.set", `[1,{"Reboot":true}]`)
	})
	t.Run("every other by fault", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{})
		for code := -1; code >= -57; code-- {
			r.MustFault(t, sim.Fault{Kind: sim.FaultError, Code: code, Count: 1})
			wantCode(t, r, code, "ghnAgent.config.global.get", `[]`)
		}
		if _, err := r.Fault(sim.Fault{Kind: sim.FaultError, Code: -58}); err == nil {
			t.Error("vendor error -58 does not exist and was taken")
		}
	})
}

func wantCode(t *testing.T, r *sim.Running, code int, method, params string) {
	t.Helper()
	if a := ask(t, r, method, params); a.Error.ModuleCode() != code {
		t.Errorf("%s %s: got %v, want vendor error %d", method, params, a.Error, code)
	}
}
