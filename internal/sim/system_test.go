package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// TestEndpointActions: what an endpoint does when it is told to, and who
// notices.
func TestEndpointActions(t *testing.T) {
	c := newClock()
	other := gam.MustMAC("000ED8201102")
	r := sim.StartDevice(t, sim.Options{Now: c.Now, EndpointReboot: time.Minute, Endpoints: []sim.Plug{
		{MAC: cpe, Port: 1, Model: "G1002-C+", FwMismatch: true}, {MAC: other, Port: 1},
	}})
	must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"e","MacAddress":"00:0E:D8:20:11:01","PortIfIndex":"G.hn 1/1"}]`)
	must(t, r, "ghnAgent.config.user.add", `[0,{"Name":"u","EndpointId":1,"VlanId":100,"PoeModeCtrl":"enable"}]`)
	if got := must(t, r, "ghnAgent.status.endpoint.poe.get", `[1]`); !strings.Contains(got, `"CpePort":1,"Enabled":true`) || !strings.Contains(got, `"OutputStatus":"feedingPower"`) {
		t.Errorf("PoE: %s", got)
	}
	must(t, r, "ghnAgent.control.endpoint.poe.set", `[1,{"CyclePower":true}]`)
	must(t, r, "ghnAgent.control.endpoint.poe.set", `[1,{"CyclePower":false}]`)

	must(t, r, "ghnAgent.control.endpointByMac.system.set", `["00:0E:D8:20:11:02",{"Reboot":true,"StartFwUpgrade":false}]`)
	if _, seen := r.State().Serves(other); seen {
		t.Error("an unconfigured endpoint is seen while it restarts")
	}
	c.move(time.Minute)
	if e := serves(t, r, other); e.Port != 1 {
		t.Errorf("after its restart it is on port %d", e.Port)
	}

	must(t, r, "ghnAgent.control.endpoint.system.set", `[1,{"Reboot":false,"StartFwUpgrade":true}]`)
	if got := must(t, r, "ghnAgent.status.endpoint.fwUpgrade.get", `[1]`); !strings.Contains(got, `"Stage":"upgrading"`) {
		t.Errorf("upgrade: %s", got)
	}
	if e := serves(t, r, cpe); e.State != "notDetected" || e.VLAN != 0 {
		t.Errorf("while it upgrades: %+v", e)
	}
	c.move(2 * time.Minute)
	if got := must(t, r, "ghnAgent.status.endpoint.brief.get", `[1]`); !strings.Contains(got, `"FwMismatch":false`) || !strings.Contains(got, `"State":"ok"`) {
		t.Errorf("after the upgrade: %s", got)
	}
	c.move(26*time.Hour + 3*time.Minute)
	if got := must(t, r, "ghnAgent.status.endpoint.detailed.get", `[1]`); !strings.Contains(got, `"Uptime":"1 day, 2h 3m 0s"`) {
		t.Errorf("uptime: %s", got)
	}
}

func TestCounters(t *testing.T) {
	c := newClock()
	r := sim.StartDevice(t, sim.Options{Now: c.Now, Endpoints: []sim.Plug{{MAC: cpe, Port: 1}}})
	const mac = `"00:0E:D8:20:11:01"`
	c.move(time.Hour)
	for _, tt := range []struct{ get, params, clear, clearParams, zero string }{
		{"ghnAgent.statistics.port.eth.get", `["G.hn 1/1"]`, "ghnAgent.control.port.statistics.set", `["G.hn 1/1",{"ClearEthStats":true}]`, `"RxBytes":0,`},
		{"ghnAgent.statistics.endpointByMac.eth.get", `[` + mac + `,1]`, "ghnAgent.control.endpointByMac.statistics.set", `[` + mac + `,{"ClearEthStats":true}]`, `"RxBytes":0,`},
		{"ghnAgent.statistics.endpointByMac.ghn.get", `[` + mac + `]`, "ghnAgent.control.endpointByMac.statistics.set", `[` + mac + `,{"ClearGhnStats":true}]`, `"UsPDUs":0,`},
	} {
		if got := must(t, r, tt.get, tt.params); strings.Contains(got, tt.zero) {
			t.Errorf("%s does not count: %s", tt.get, got)
		}
		must(t, r, tt.clear, tt.clearParams)
		if got := must(t, r, tt.get, tt.params); !strings.Contains(got, tt.zero) {
			t.Errorf("%s was cleared: %s", tt.get, got)
		}
	}
	if got := must(t, r, "ghnAgent.statistics.endpointByMac.eth.get", `[`+mac+`,2]`); !strings.Contains(got, `"Valid":false`) {
		t.Errorf("the second port of a G1001: %s", got)
	}
}

// TestSystemSettings writes each of the smaller settings, reads it back, and
// finds it again after a save and a reboot.
func TestSystemSettings(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	settings := []struct{ set, params, get, key, want string }{
		{"systemUtility.config.systemInfo.set", `[{"Hostname":"gam-bldg7","Location":"riser 2"}]`, "systemUtility.config.systemInfo.get", `[]`, `{"Hostname":"gam-bldg7","Contact":"","Location":"riser 2"}`},
		{"ntp.config.global.set", `[{"Mode":true}]`, "ntp.config.global.get", `[]`, `{"Mode":true}`},
		{"ntp.config.servers.set", `[1,{"Address":"192.0.2.123"}]`, "ntp.config.servers.get", `[1]`, `{"Address":"192.0.2.123"}`},
		{"daylightSaving.config.global.set", `[{"TimeZoneAcronym":"CST","TimeZoneOffset":-360,"SummerTimeMode":"recurring"}]`, "daylightSaving.config.global.get", `[]`, ""},
		{"discoveryAgent.config.target.set", `[{"Url":"http://192.0.2.9/announce","Period":5}]`, "discoveryAgent.config.target.get", `[]`, `{"Url":"http://192.0.2.9/announce","Username":"","Password":"","Period":5}`},
		{"discoveryAgent.config.global.set", `[{"Enabled":true}]`, "discoveryAgent.config.global.get", `[]`, `{"Enabled":true,"UseSsl":false}`},
		{"port.config.set", `["10G 1/1",{"Shutdown":true,"Speed":"force10GModeFdx","MTU":2048}]`, "port.config.get", `["10G 1/1"]`, `{"Shutdown":true,"Speed":"force10GModeFdx","MTU":2048,"FC":"off"}`},
		{"ghnAgent.config.port.set", `["G.hn 1/1",{"Name":"riser A pair 1","Rfc5517Mode":"community","Rfc5517Community":9}]`, "ghnAgent.config.port.get", `["G.hn 1/1"]`, ""},
	}
	for _, s := range settings {
		must(t, r, s.set, s.params)
		if got := must(t, r, s.get, s.key); s.want != "" && got != s.want {
			t.Errorf("%s: %s, want %s", s.get, got, s.want)
		}
	}
	if got := must(t, r, "daylightSaving.config.global.get", `[]`); !strings.Contains(got, `"TimeZoneAcronym":"CST","TimeZoneOffset":-360`) || !strings.Contains(got, `"SummerTimeMode":"recurring"`) {
		t.Errorf("time zone: %s", got)
	}
	if got := must(t, r, "port.status.get", `["10G 1/1"]`); !strings.Contains(got, `"Link":false`) || !strings.Contains(got, `"LossOfSignal":true`) {
		t.Errorf("an uplink that is shut down: %s", got)
	}
	must(t, r, "icfg.control.copy.set", shortSave)
	must(t, r, "ntp.config.global.set", `[{"Mode":false}]`)
	r.Reboot()
	for _, s := range settings {
		if got := must(t, r, s.get, s.key); s.want != "" && got != s.want {
			t.Errorf("after the reboot, %s: %s, want %s", s.get, got, s.want)
		}
	}
}

func TestFactoryReset(t *testing.T) {
	r := prepared(t)
	must(t, r, "icfg.control.copy.set", `[{"Copy":true,"SourceConfigType":"runningConfig","DestinationConfigType":"configFile","DestinationConfigFile":"flash:mine"}]`)
	text := must(t, r, "icfg.control.download.get", `[{"SourceConfigType":"runningConfig"}]`)
	for _, want := range []string{`name \"gold\" downstream 500 upstream 50`, `mac 00:0e:d8:20:11:01`, `ghn subscriber 1 name \"u1\" endpoint 1`} {
		if !strings.Contains(text, want) {
			t.Errorf("the configuration as text lacks %s: %s", want, text)
		}
	}
	must(t, r, "icfg.control.global.set", `[{"ReloadDefault":"defaultKeepIp"}]`)
	if s := r.State().Running; len(s.Profiles) != 1 || len(s.Endpoints) != 0 || len(s.Services) != 0 {
		t.Errorf("after the reset: %+v", s)
	}
	must(t, r, "icfg.control.global.set", `[{"DeleteFile":"flash:mine"}]`)
	if a := ask(t, r, "icfg.control.global.set", `[{"DeleteFile":"flash:mine"}]`); a.Error == nil || a.Error.Code != -32603 {
		t.Errorf("deleting a file twice: %v", a.Error)
	}
	if a := ask(t, r, "icfg.control.download.get", `[{"SourceConfigType":"configFile","SourceConfigFile":"flash:mine"}]`); a.Error == nil {
		t.Error("a deleted file was downloaded")
	}
}

func TestAlarms(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{Endpoints: []sim.Plug{{MAC: cpe, Port: 1, FwMismatch: true}}})
	must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"a","MacAddress":"00:0E:D8:20:11:01","PortIfIndex":"G.hn 1/2"}]`)
	must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"b","MacAddress":"00:0E:D8:20:11:02","PortIfIndex":"G.hn 1/2"}]`)
	got := must(t, r, "alarm.status.active.get", `[]`)
	for _, want := range []string{`"IfDescr":"CPE-2","CondType":"los"`, `"IfDescr":"CPE-1","CondType":"portmismatch"`, `"IfDescr":"CPE-1","CondType":"swrevmismat"`} {
		if !strings.Contains(got, want) {
			t.Errorf("no alarm %s in %s", want, got)
		}
	}
	must(t, r, "alarm.control.actions.set", `[{"Clear":true}]`)
	must(t, r, "ghnAgent.config.endpoint.del", `[2]`)
	if got := must(t, r, "alarm.status.active.get", `[]`); strings.Contains(got, "CPE-2") {
		t.Errorf("the alarm of a deleted endpoint stays: %s", got)
	}
}

// TestCooling: indoor units have fans, outdoor ones do not.
func TestCooling(t *testing.T) {
	for model, fans := range map[string]int{"GAM-12-C": 2, "GAM-4-CX": 0} {
		r := sim.StartDevice(t, sim.Options{Model: model})
		if got := must(t, r, "systemUtility.status.fan.get", `[]`); strings.Count(got, `"RPM"`) != fans {
			t.Errorf("%s: %s, want %d fans", model, got, fans)
		}
		if got := must(t, r, "systemUtility.status.temperatureSensors.get", `[]`); strings.Count(got, `"TemperatureX10"`) != 3 {
			t.Errorf("%s: %s", model, got)
		}
		if got := must(t, r, "systemUtility.status.powerSupply.get", `[]`); !strings.Contains(got, `"State":"active"`) {
			t.Errorf("%s: %s", model, got)
		}
		if got := must(t, r, "systemUtility.status.systemLed.get", `[]`); !strings.Contains(got, "green") {
			t.Errorf("%s: %s", model, got)
		}
	}
}
