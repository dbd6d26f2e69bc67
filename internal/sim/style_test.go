package sim_test

import (
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// TestForeignStyleIsIgnored: reference members of the other style have no
// effect, and are still held to their type.
func TestForeignStyleIsIgnored(t *testing.T) {
	r := prepared(t)
	service := func() gam.Service {
		s, _ := r.State().Running.Service("u1")
		return s
	}
	must(t, r, "ghnAgent.config.userByName.set", `["u1",{"EndpointId":2,"BwProfileId":3,"Id":77,"Uid":99,"BwProfileUid":1,"EndpointMacAddress":"00:0E:D8:00:00:01"}]`)
	if s := service(); s.EndpointName != "e1" || s.ProfileName != "gold" || s.ID != 1 {
		t.Errorf("by name, ids had an effect: %+v", s)
	}
	must(t, r, "ghnAgent.config.user.set", `[1,{"EndpointName":"e2","BwProfileName":"idle","Id":77}]`)
	if s := service(); s.EndpointName != "e1" || s.ProfileName != "gold" || s.ID != 1 {
		t.Errorf("by id, names had an effect: %+v", s)
	}
	// Not even a name that does not exist is looked up.
	must(t, r, "ghnAgent.config.user.set", `[1,{"EndpointName":"nobody"}]`)
	for _, params := range []string{`["u1",{"EndpointId":"2"}]`, `["u1",{"Id":"1"}]`, `["u1",{"EndpointMacAddress":"x"}]`} {
		wantProtocol(t, r, -32602, "ghnAgent.config.userByName.set", params)
	}

	must(t, r, "ghnAgent.config.userByName.set", `["u1",{"EndpointName":"e2","BwProfileName":""}]`)
	if s := service(); s.EndpointName != "e2" || s.ProfileName != "" {
		t.Errorf("by name: %+v", s)
	}
	must(t, r, "ghnAgent.config.user.set", `[1,{"EndpointId":0,"BwProfileId":3}]`)
	if s := service(); s.EndpointName != "" || !s.EndpointMAC.IsZero() || s.ProfileName != "idle" {
		t.Errorf("by id: %+v", s)
	}
}

func TestRename(t *testing.T) {
	r := prepared(t)
	must(t, r, "ghnAgent.config.endpointByName.set", `["e1",{"Name":"other"}]`)
	if _, ok := r.State().Running.EndpointNamed("e1"); !ok {
		t.Error("a by-name set renamed its key")
	}
	must(t, r, "ghnAgent.config.endpoint.set", `[1,{"Name":"lobby"}]`)
	if s, _ := r.State().Running.Service("u1"); s.EndpointName != "lobby" {
		t.Errorf("the subscriber's endpoint is called %q, want the new name", s.EndpointName)
	}
}

// TestReplaceEndpoint: a new MAC keeps the subscriber.
func TestReplaceEndpoint(t *testing.T) {
	r := prepared(t)
	must(t, r, "ghnAgent.config.endpoint.set", `[1,{"MacAddress":"00:0e:d8:20:11:aa"}]`)
	if s, _ := r.State().Running.Service("u1"); s.EndpointMAC != gam.MustMAC("000ED82011AA") {
		t.Errorf("the subscriber's endpoint is %s", s.EndpointMAC)
	}
	if e := serves(t, r, gam.MustMAC("000ED8201101")); e.State != "quarantinedUnknownMAC" {
		t.Errorf("the old endpoint is %s", e.State)
	}
}

// TestGetAllOrder: by id in the order of ids, by name in the order of names.
func TestGetAllOrder(t *testing.T) {
	r := prepared(t)
	must(t, r, "ghnAgent.config.bwProfile.add", `[9,{"Name":"a first","DsBw":50,"UsBw":50}]`)
	for method, want := range map[string][]string{
		"ghnAgent.config.bwProfile.get":       {`"key":1,`, `"key":2,`, `"key":3,`, `"key":9,`},
		"ghnAgent.config.bwProfileByName.get": {`"key":"Default BW Profile"`, `"key":"a first"`, `"key":"gold"`, `"key":"idle"`},
	} {
		got, at := must(t, r, method, `[]`), 0
		for _, w := range want {
			i := strings.Index(got[at:], w)
			if i < 0 {
				t.Fatalf("%s: %s is missing or out of order in %s", method, w, got)
			}
			at += i
		}
	}
}

func wantProtocol(t *testing.T, r *sim.Running, code int, method, params string) {
	t.Helper()
	a := ask(t, r, method, params)
	if a.Error == nil || a.Error.Code != code || a.Error.Data != nil {
		t.Errorf("%s %s: got %+v, want %d without data", method, params, a.Error, code)
	}
}

// TestStrictTypes: only the documented form of each type is taken.
func TestStrictTypes(t *testing.T) {
	r := prepared(t)
	before := r.State()
	for method, all := range map[string][]string{
		"ghnAgent.config.userByName.set": {
			`["u1",{"VlanId":"100"}]`, `["u1",{"VlanId":100.0}]`, `["u1",{"VlanId":1e2}]`, `["u1",{"VlanId":-1}]`, `["u1",{"VlanId":65536}]`,
			`["u1",{"VlanId":null}]`, `["u1",{"VlanIsTagged":"true"}]`, `["u1",{"VlanIsTagged":1}]`, `["u1",{"PoeModeCtrl":""}]`,
			`["u1",{"PoeModeCtrl":"on"}]`, `["u1",{"PoeModeCtrl":1}]`, `["u1",{"NNIIfIndex":25}]`, `["u1",{"NNIIfIndex":"10G1/1"}]`,
			`["u1",{"NNIIfIndex":""}]`, `["u1",{"NNIIfIndex":"none"}]`, `["u1",{"PortIfIndex":0}]`, `["u1",{"PortIfIndex":"G.hn 1/01"}]`,
			`["u1",{"AllowedTaggedVlans":"410"}]`, `["u1",{"AllowedTaggedVlans":["410"]}]`, `["u1",{"AllowedTaggedVlans":[4096]}]`,
			`["u1",{"AllowedTaggedVlans":{}}]`, `["u1",{"vlanId":100}]`, `["u1",{"Vlan":100}]`, `["u1",{"Description":7}]`,
			`["u1",{"Description":"` + strings.Repeat("x", 64) + `"}]`, `["u1",{"Description":"two\nlines"}]`,
			`["u1"]`, `["u1",{},1]`, `[]`, `["u1",[]]`, `["u1",null]`, `[1,{}]`,
			// A wrong type wins over a wrong value.
			`["u1",{"BwProfileName":"nothing","VlanId":"100"}]`,
		},
		"ghnAgent.config.user.set":                           {`["1",{}]`, `[1.5,{}]`, `[-1,{}]`, `[null,{}]`, `["u1",{}]`},
		"ghnAgent.config.user.get":                           {`[1,2]`, `["u1"]`, `[true]`},
		"ghnAgent.config.endpointByName.set":                 {`["e1",{"MacAddress":"000ED8201101"}]`, `["e1",{"MacAddress":"00-0E-D8-20-11-01"}]`, `["e1",{"MacAddress":1}]`, `["e1",{"PortIfIndex":"autoPort"}]`},
		"ghnAgent.config.global.set":                         {`[]`, `[{"SubscriberModel":"port_aware"}]`, `["portAware"]`, `[{"ShelfSeedIndex":"0"}]`},
		"ghnAgent.config.port.get":                           {`[1]`, `["G.hn 1/0"]`, `["g.hn 1/1"]`},
		"ghnAgent.config.port.set":                           {`["G.hn 1/1",{"PortMode":"COAX"}]`, `["G.hn 1/1",{"Enabled":true}]`, `["G.hn 1/1",{"Rfc5517Community":256}]`},
		"ghnAgent.status.endpointByMac.brief.get":            {`["000ED8201101"]`, `[1]`},
		"ghnAgent.status.endpoint.link.get":                  {`[1]`, `[1,"1"]`},
		"port.status.get":                                    {`[1]`, `["G.hn 1/13"]`, `["NONE"]`},
		"port.config.set":                                    {`["10G 1/1",{"Speed":100}]`, `["10G 1/1",{"MTU":1}]`, `["10G 1/1",{"Description":"x"}]`, `[25,{}]`},
		"icfg.control.copy.set":                              {`[]`, `[{"Copy":"true"}]`, `[{"Copy":true,"SourceConfigType":"running"}]`},
		"systemUtility.control.reboot.set":                   {`[{"Type":"coldReboot"}]`, `[2,{"Type":"coldReboot"}]`, `[1,{"Type":"cold"}]`},
		"ghnAgent.control.endpoint.system.set":               {`[1,{"Reboot":1}]`, `[1,{"Restart":true}]`},
		"ntp.config.global.set":                              {`[{"Enabled":true}]`},
		"ntp.config.servers.set":                             {`[6,{"Address":"192.0.2.1"}]`, `[0,{"Address":"192.0.2.1"}]`},
		"daylightSaving.config.global.set":                   {`[{"SummerTimeMode":"enable"}]`, `[{"TimeZoneOffset":1440}]`, `[{"Zone":"CST"}]`},
		"discoveryAgent.config.target.set":                   {`[{"Period":"5"}]`, `[{"Enabled":true}]`},
		"jsonRpc.status.introspection.generic.inventory.get": {`[]`, `[1]`},
	} {
		for _, params := range all {
			wantProtocol(t, r, -32602, method, params)
		}
	}
	if diff := diffConfigs(before, r.State()); diff != "" {
		t.Errorf("refused calls have changed the device:\n%s", diff)
	}
}
