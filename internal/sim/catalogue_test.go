package sim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// TestReads calls everything that can be read, on coax and copper, and looks
// at the members of one answer each.
func TestReads(t *testing.T) {
	ghn := []string{"IfIndex", "Name", "MacAddress", "PortMode", "PortRole", "Rfc5517Mode", "Rfc5517Community", "AllowedVlans"}
	brief := []string{
		"MacAddress", "ConfEndpointId", "ConfEndpointName", "ConfPortIfIndex", "ConfAutoPort", "DetectedPortIfIndex",
		"ConfUserId", "ConfUserName", "ConfUserUid", "ConfBwProfileId", "ConfBwProfileName", "ConfBwProfileUid",
		"State", "ModelType", "ModelString", "FwMismatch",
	}
	detailed := []string{
		"MacAddress", "Alive", "DeviceName", "HwProduct", "SerialNumber", "Uptime", "FwVersion", "XputIndicator", "Mode",
		"WireLengthMeters", "WireLengthFeet", "RxPhyRate", "TxPhyRate", "RxAllocBands", "TxAllocBands", "RxMaxXput", "TxMaxXput", "RxUsage", "TxUsage",
	}
	link := []string{"Valid", "Link", "Fdx", "Speed"}
	eth := []string{"Valid", "RxBytes", "TxBytes", "RxPackets", "TxPackets", "RxErrors"}
	phy := []string{"UsFrames", "UsPDUs", "UsErrorPercent", "UsAbortPercent", "DsFrames", "DsPDUs", "DsErrorPercent", "DsAbortPercent"}
	const mac = `"00:0E:D8:20:11:01"`
	tests := []struct {
		method, params string
		members        []string
	}{
		{"ghnAgent.config.port.get", `["G.hn 1/4"]`, ghn},
		{"ghnAgent.status.endpointByMac.brief.get", `[` + mac + `]`, brief},
		{"ghnAgent.status.endpointByMac.detailed.get", `[` + mac + `]`, detailed},
		{"ghnAgent.status.endpointByMac.link.get", `[` + mac + `,1]`, link},
		{"ghnAgent.status.endpointByMac.fwUpgrade.get", `[` + mac + `]`, []string{"Status", "DownloadedBytes", "Stage"}},
		{"ghnAgent.status.endpointByMac.poe.get", `[` + mac + `]`, []string{"CpePort", "Enabled", "Mode", "PSEOverload", "InputPwrSrc", "InputPwrLevel", "OutputStatus"}},
		{"ghnAgent.status.endpoint.brief.get", `[1]`, brief},
		{"ghnAgent.status.endpoint.detailed.get", `[1]`, detailed},
		{"ghnAgent.status.endpoint.link.get", `[1,2]`, link},
		{"ghnAgent.status.endpoint.fwUpgrade.get", `[1]`, []string{"Status", "DownloadedBytes", "Stage"}},
		{"ghnAgent.status.endpoint.poe.get", `[1]`, []string{"CpePort", "Enabled", "Mode", "PSEOverload", "InputPwrSrc", "InputPwrLevel", "OutputStatus"}},
		{"ghnAgent.status.port.brief.get", `["G.hn 1/1"]`, []string{"IfIndex", "AdminEnabled", "MacAddress", "EndpointsMacAddressList", "OutageNSA", "OutageSA", "Rpf"}},
		{"ghnAgent.status.port.detailed.get", `["G.hn 1/1"]`, detailed},
		{"ghnAgent.statistics.port.eth.get", `["G.hn 1/1"]`, eth},
		{"ghnAgent.statistics.endpoint.eth.get", `[1,1]`, eth},
		{"ghnAgent.statistics.endpoint.ghn.get", `[1]`, phy},
		{"ghnAgent.statistics.endpointByMac.eth.get", `[` + mac + `,1]`, eth},
		{"ghnAgent.statistics.endpointByMac.ghn.get", `[` + mac + `]`, phy},
		{"port.status.get", `["Gi 1/1"]`, []string{"Link", "Fdx", "Fiber", "Speed", "SFPType", "SFPVendorName", "SFPVendorPN", "SFPVendorRev", "SFPVendorSN"}},
		{"port.config.get", `["10G 1/1"]`, []string{"Shutdown", "Speed", "MTU", "FC"}},
		{"systemUtility.status.boardInfo.get", `[]`, []string{
			"BoardMacAddress", "BoardID", "BoardSerial", "BoardType", "BoardHwVersion",
			"BoardFPGA1Version", "BoardFPGA2Version", "BoardNorFlashModel", "BoardMgmtPhyModel",
		}},
		{"systemUtility.status.cpuLoad.get", `[]`, []string{"Average100msec", "Average1sec", "Average10sec"}},
		{"systemUtility.config.systemInfo.get", `[]`, []string{"Hostname", "Contact", "Location"}},
		{"icfg.status.fileStatistics.get", `[]`, []string{"NumberOfFiles", "TotalBytes", "FlashSizeBytes", "FlashFreeBytes"}},
		{"firmware.status.imageUpload.get", `[]`, []string{"Status"}},
		{"ntp.config.global.get", `[]`, []string{"Mode"}},
		{"ntp.config.servers.get", `[1]`, []string{"Address"}},
		{"discoveryAgent.config.global.get", `[]`, []string{"Enabled", "UseSsl"}},
		{"discoveryAgent.config.target.get", `[]`, []string{"Url", "Username", "Password", "Period"}},
	}
	for _, model := range []string{"GAM-12-C", "GAM-12-M"} {
		r := sim.StartDevice(t, sim.Options{Model: model, Endpoints: []sim.Plug{{MAC: cpe, Port: 1}}})
		must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"e","MacAddress":`+mac+`,"PortIfIndex":"G.hn 1/1"}]`)
		for _, tt := range tests {
			var o map[string]any
			got := must(t, r, tt.method, tt.params)
			if err := json.Unmarshal([]byte(got), &o); err != nil {
				t.Errorf("%s: %v in %s", tt.method, err, got)
				continue
			}
			if len(o) != len(tt.members) {
				t.Errorf("%s: %d members, want %d: %s", tt.method, len(o), len(tt.members), got)
			}
			for _, m := range tt.members {
				if _, ok := o[m]; !ok {
					t.Errorf("%s: %s is missing in %s", tt.method, m, got)
				}
			}
		}
	}
}

// TestGetAllKeys: what the tables are keyed by.
func TestGetAllKeys(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", Endpoints: []sim.Plug{{MAC: cpe, Port: 1}}})
	must(t, r, "ghnAgent.config.endpoint.add", `[0,{"Name":"e","MacAddress":"00:0E:D8:20:11:01","PortIfIndex":"G.hn 1/2"}]`)
	g := []any{"G.hn 1/1", "G.hn 1/2", "G.hn 1/3", "G.hn 1/4"}
	for method, want := range map[string][]any{
		"ghnAgent.config.port.get":                   g,
		"ghnAgent.status.port.brief.get":             g,
		"ghnAgent.statistics.port.eth.get":           g,
		"port.status.get":                            append(append([]any{}, g...), "10G 1/1", "Gi 1/1"),
		"port.config.get":                            append(append([]any{}, g...), "10G 1/1", "Gi 1/1"),
		"ghnAgent.config.user.get":                   {},
		"ghnAgent.config.endpoint.get":               {1.0},
		"ghnAgent.config.endpointByName.get":         {"e"},
		"ghnAgent.status.endpoint.brief.get":         {1.0},
		"ghnAgent.status.endpointByMac.detailed.get": {"00:0E:D8:20:11:01"},
		"alarm.status.active.get":                    {1.0},
		"alarm.status.log.get":                       {},
		"firmware.status.image.get":                  {0.0, 1.0, 2.0},
		"firmware.status.switch.get":                 {1.0},
		"systemUtility.status.fan.get":               {},
	} {
		var all []struct {
			Key any `json:"key"`
			Val any `json:"val"`
		}
		got := must(t, r, method, `[]`)
		if err := json.Unmarshal([]byte(got), &all); err != nil {
			t.Errorf("%s: %v in %s", method, err, got)
			continue
		}
		keys := []any{}
		for _, p := range all {
			keys = append(keys, p.Key)
		}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
}

func TestFirmwareVersions(t *testing.T) {
	old := sim.StartDevice(t, sim.Options{Firmware: "1.2.0"})
	for _, method := range []string{
		"ghnAgent.config.global.get", "ghnAgent.config.userByName.get",
		"ghnAgent.config.endpointByName.get", "ghnAgent.config.bwProfileByName.get",
	} {
		wantProtocol(t, old, -32601, method, `[]`)
	}
	must(t, old, "ghnAgent.config.user.add", `[0,{"Name":"u","VlanId":100}]`)
	if got := must(t, old, "ghnAgent.config.user.get", `[1]`); strings.Contains(got, "DoubleTags") || strings.Contains(got, "PortIfIndex") || !strings.Contains(got, "VlanId") {
		t.Errorf("firmware 1.2.0 answers %s", got)
	}
	for _, m := range []string{`"DoubleTags":false`, `"PortIfIndex":"NONE"`, `"NNIIfIndex":"NONE"`, `"OuterTagVlanId":0`} {
		wantProtocol(t, old, -32602, "ghnAgent.config.user.set", `[1,{`+m+`}]`)
	}
	if got := must(t, old, "jsonRpc.status.introspection.generic.inventory.get", `[""]`); strings.Contains(got, "userByName") || !strings.Contains(got, `"method-name":"ghnAgent.config.user.get"`) || !strings.Contains(got, "-9437127") {
		t.Error("the inventory does not describe firmware 1.2.0")
	}
	middle := sim.StartDevice(t, sim.Options{Firmware: "1.5.4"})
	if got := must(t, middle, "ghnAgent.config.global.get", `[]`); strings.Contains(got, "AutoFw") {
		t.Errorf("firmware 1.5.4 answers %s", got)
	}
	wantProtocol(t, middle, -32602, "ghnAgent.config.userByName.add", `["u",{"VlanId":100,"Port2VlanIsTagged":false}]`)
	if got := must(t, middle, "firmware.status.image.get", `[]`); !strings.Contains(got, "GAM-12/24-C_v1.5.4") {
		t.Errorf("images: %s", got)
	}
	if _, err := sim.New(sim.Options{Firmware: "1.2.0", Model: "GAM-12-M", PortAware: true}); err == nil {
		t.Error("firmware 1.2.0 is port-aware")
	}
}

func TestQuirks(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{
		Endpoints: []sim.Plug{{MAC: cpe, Port: 1}},
		Quirks: &sim.Quirks{
			NumbersAsStrings: true, DetailedAsPairs: true, NoDetailedAll: true, NoCopyStatus: true, NullForEmpty: true,
			UptimeInArray: true, NoPortStatusAll: true, NoProfiles: true,
		},
	})
	const mac = `["00:0E:D8:20:11:01"]`
	if got := must(t, r, "ghnAgent.status.endpointByMac.brief.get", mac); !strings.Contains(got, `"ConfEndpointId":"0"`) {
		t.Errorf("numbers as strings: %s", got)
	}
	if got := must(t, r, "ghnAgent.status.endpointByMac.detailed.get", mac); !strings.HasPrefix(got, `[{"key":"00:0E:D8:20:11:01","val":{`) {
		t.Errorf("detailed as pairs: %s", got)
	}
	wantProtocol(t, r, -32602, "ghnAgent.status.endpointByMac.detailed.get", `[]`)
	wantProtocol(t, r, -32601, "icfg.status.copy.get", `[]`)
	if got := must(t, r, "ghnAgent.config.user.get", `[]`); got != "null" {
		t.Errorf("an empty table answers %s, want null", got)
	}
	if got := must(t, r, "systemUtility.status.systemUptime.get", `[]`); !strings.HasPrefix(got, `[{"SystemUptime"`) {
		t.Errorf("uptime in an array: %s", got)
	}
	wantProtocol(t, r, -32602, "port.status.get", `[]`)
	wantCode(t, r, -44, "ghnAgent.config.bwProfileByName.add", `["p",{"DsBw":100,"UsBw":10}]`)

	fast := sim.StartDevice(t, sim.Options{Quirks: &sim.Quirks{MaxRate: 1999}})
	must(t, fast, "ghnAgent.config.bwProfileByName.add", `["p",{"DsBw":1999,"UsBw":1999}]`)
	wantCode(t, fast, -23, "ghnAgent.config.bwProfileByName.set", `["p",{"DsBw":2000}]`)
}

// TestNames: what the device calls itself and its parts.
func TestNames(t *testing.T) {
	mac := gam.MustMAC("00:0E:D8:13:03:40")
	r := sim.StartDevice(t, sim.Options{Model: "GAM-24-C", Serial: "01013599", MAC: mac})
	if got := must(t, r, "systemUtility.status.boardInfo.get", `[]`); !strings.Contains(got, `"BoardSerial":"01013599"`) || !strings.Contains(got, `"BoardMacAddress":"00:0E:D8:13:03:40"`) {
		t.Errorf("boardInfo: %s", got)
	}
	if got := must(t, r, "firmware.status.switch.get", `[]`); !strings.Contains(got, `"PortCnt":27`) {
		t.Errorf("switch: %s", got)
	}
	if got := must(t, r, "ghnAgent.config.port.get", `["G.hn 1/24"]`); !strings.Contains(got, `"MacAddress":"00:0E:D8:13:03:58"`) || !strings.Contains(got, `"PortMode":"coax"`) {
		t.Errorf("port 24: %s", got)
	}
}
