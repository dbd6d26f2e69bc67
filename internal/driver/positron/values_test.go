package positron

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opengam/opengam/internal/gam"
)

// TestValues decodes one value of each type as different firmware writes it.
func TestValues(t *testing.T) {
	t.Parallel()
	type values struct {
		T text
		N number
		F flag
		M hwaddr
		I ifname
		V vids
	}
	mac := gam.MustMAC("00:0E:D8:20:11:A4")
	tests := []struct {
		json string
		want values
	}{
		{`{"T":"Apt 101"}`, values{T: "Apt 101"}},
		{`{"T":" padded "}`, values{T: "padded"}},
		{`{"T":"caf\u00e9\u0000\u0007"}`, values{T: "café"}},
		{`{"T":17}`, values{T: "17"}},
		{`{"T":true}`, values{T: "true"}},
		{`{"T":null}`, values{}},
		{`{"T":{"a":1}}`, values{}},
		{`{"T":["a"]}`, values{}},
		{`{"N":530}`, values{N: number{530, true}}},
		{`{"N":"530"}`, values{N: number{530, true}}},
		{`{"N":" 530 "}`, values{N: number{530, true}}},
		{`{"N":530.0}`, values{N: number{530, true}}},
		{`{"N":-5}`, values{N: number{-5, true}}},
		{`{"N":5e2}`, values{N: number{500, true}}},
		{`{"N":0}`, values{N: number{0, true}}},
		{`{"N":99999999999999}`, values{}},
		{`{"N":1e300}`, values{}},
		{`{"N":"many"}`, values{}},
		{`{"N":""}`, values{}},
		{`{"N":null}`, values{}},
		{`{"N":[1]}`, values{}},
		{`{"F":true}`, values{F: flag{true, true}}},
		{`{"F":"True"}`, values{F: flag{true, true}}},
		{`{"F":"1"}`, values{F: flag{true, true}}},
		{`{"F":1}`, values{F: flag{true, true}}},
		{`{"F":false}`, values{F: flag{false, true}}},
		{`{"F":"disabled"}`, values{F: flag{false, true}}},
		{`{"F":0}`, values{F: flag{false, true}}},
		{`{"F":2}`, values{}},
		{`{"F":null}`, values{}},
		{`{"F":{}}`, values{}},
		{`{"M":"00:0E:D8:20:11:A4"}`, values{M: hwaddr{mac}}},
		{`{"M":"00-0e-d8-20-11-a4"}`, values{M: hwaddr{mac}}},
		{`{"M":"000ed82011a4"}`, values{M: hwaddr{mac}}},
		{`{"M":"00:00:00:00:00:00"}`, values{}},
		{`{"M":"not yet"}`, values{}},
		{`{"M":null}`, values{}},
		{`{"M":12}`, values{}},
		{`{"I":"G.hn 1/4"}`, values{I: ifname{gam.PortGhn, 4}}},
		{`{"I":" g.hn  1/4"}`, values{I: ifname{gam.PortGhn, 4}}},
		{`{"I":"10G 1/2"}`, values{I: ifname{gam.PortUplink, 2}}},
		{`{"I":"10GigabitEthernet 1/1"}`, values{I: ifname{gam.PortUplink, 1}}},
		{`{"I":"Gi 1/1"}`, values{I: ifname{gam.PortMgmt, 1}}},
		{`{"I":"NONE"}`, values{}},
		{`{"I":""}`, values{}},
		{`{"I":4}`, values{I: ifname{gam.PortGhn, 4}}},
		{`{"I":0}`, values{}},
		{`{"I":"G.hn 1/99"}`, values{}},
		{`{"I":"Vlan 12"}`, values{}},
		{`{"V":[411,410]}`, values{V: vids{410, 411}}},
		{`{"V":["411",410,410]}`, values{V: vids{410, 411}}},
		{`{"V":"410, 411,500-502"}`, values{V: vids{410, 411, 500, 501, 502}}},
		{`{"V":[]}`, values{}},
		{`{"V":""}`, values{}},
		{`{"V":null}`, values{}},
		{`{"V":{"a":1}}`, values{}},
		{`{"t":"any case","n":7}`, values{T: "any case", N: number{7, true}}},
		{`{"Unknown":{"deep":[{}]}}`, values{}},
	}
	for _, tt := range tests {
		var got values
		if err := json.Unmarshal([]byte(tt.json), &got); err != nil {
			t.Errorf("%s: %v: an odd value may not cost the row", tt.json, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(number{}, flag{}, ifname{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", tt.json, diff)
		}
	}
	if got := parseVIDs("1-999999999"); len(got) != maxVIDs {
		t.Errorf("a hostile range grew to %d", len(got))
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	for label, want := range map[text]gam.PortType{"coax": gam.COAX, "MIMO": gam.MIMO, "siso": gam.SISO, "2": gam.SISO, "unknown": "", "255": "", "": ""} {
		if got := portType(label); got != want {
			t.Errorf("port type %q: %q, want %q", label, got, want)
		}
	}
	for label, want := range map[text]gam.EndpointState{
		"notDetected": gam.EndpointNotDetected, "ok": gam.EndpointOK, "OK": gam.EndpointOK, "quarantinedWrongPort": gam.EndpointWrongPort,
		"quarantinedUnknownMAC": gam.EndpointUnknownMAC, "quarantinedUnknownMac": gam.EndpointUnknownMAC, "3": gam.EndpointUnknownMAC,
		"onHoliday": gam.EndpointStateOther, "": gam.EndpointStateOther,
	} {
		if got := endpointState(label); got != want {
			t.Errorf("state %q: %q, want %q", label, got, want)
		}
	}
	for label, want := range map[text]gam.PoEMode{"disable": gam.PoEDisable, "Enable": gam.PoEEnable, "force": gam.PoEForce, "2": gam.PoEForce, "": "", "half": ""} {
		if got := poeMode(label); got != want {
			t.Errorf("PoE %q: %q, want %q", label, got, want)
		}
	}
	for label, want := range map[text]int{"speed10M": 10, "speed100M": 100, "speed1G": 1000, "speed2G5": 2500, "speed5G": 5000, "speed10G": 10000, "speed12G": 12000, "undefined": 0, "": 0, "speedG": 0} {
		if got := speedMbps(label); got != want {
			t.Errorf("speed %q: %d, want %d", label, got, want)
		}
	}
	for label, want := range map[text]gam.SubscriberModel{"endpointAware": gam.EndpointAware, "portaware": gam.PortAware, "1": gam.PortAware, "both": ""} {
		if got := (globalConfig{SubscriberModel: label}).model(); got != want {
			t.Errorf("subscriber model %q: %q, want %q", label, got, want)
		}
	}
	for label, want := range map[text]string{"1.8.2": "1.8.2", "_v1.8.2": "1.8.2", "GAM-4/8-C_v1.8.2": "1.8.2", "v1.5.4 r24310": "1.5.4 r24310", "nightly": "nightly", "": ""} {
		if got := firmwareVersion(label); got != want {
			t.Errorf("firmware %q: %q, want %q", label, got, want)
		}
	}
}

func TestUptimes(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for s, want := range map[string]time.Duration{
		"3d 13:32:27": 3*day + 13*time.Hour + 32*time.Minute + 27*time.Second, "18d 06:33:06": 18*day + 6*time.Hour + 33*time.Minute + 6*time.Second,
		"00:00:09": 9 * time.Second, "12 days, 2h 18m 33s": 12*day + 2*time.Hour + 18*time.Minute + 33*time.Second,
		"1 day, 2h 18m 33s": day + 2*time.Hour + 18*time.Minute + 33*time.Second, "2h 18m 33s": 2*time.Hour + 18*time.Minute + 33*time.Second,
		"33s": 33 * time.Second, "12 days, 02:18:33": 12*day + 2*time.Hour + 18*time.Minute + 33*time.Second,
		"307947": 307947 * time.Second, "307947.5": 307947*time.Second + 500*time.Millisecond, "0": 0,
	} {
		if got, ok := parseUptime(s); !ok || got != want {
			t.Errorf("%q: %v %v, want %v", s, got, ok, want)
		}
	}
	for _, s := range []string{"", "soon", "-5", "1e99", "NaN", "12:34", "3d 13:32", "99999999d 1:2:3", "107000d"} {
		if got, ok := parseUptime(s); ok {
			t.Errorf("%q was read as %v", s, got)
		}
	}
	for raw, want := range map[string]time.Duration{
		`{"SystemUptime":"3d 13:32:27"}`: 3*day + 13*time.Hour + 32*time.Minute + 27*time.Second, `{"SystemUptime":60}`: time.Minute,
		`[{"SystemUptime":"00:01:00"}]`: time.Minute, `["00:01:00"]`: time.Minute, `[60]`: time.Minute, `60`: time.Minute, `"00:01:00"`: time.Minute,
		`[{"key":1,"val":{"SystemUptime":"00:01:00"}}]`: time.Minute,
	} {
		if got, ok := decodeUptime([]byte(raw)); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", raw, got, ok, want)
		}
	}
	for _, raw := range []string{`null`, `[]`, `{}`, `{"Other":1}`, `true`, `[[]]`} {
		if got, ok := decodeUptime([]byte(raw)); ok {
			t.Errorf("%s was read as %v", raw, got)
		}
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	type entry struct{ Name text }
	tests := []struct {
		json string
		want []string // key=name
		bad  int
		err  bool
	}{
		{`null`, nil, 0, false},
		{``, nil, 0, false},
		{`[]`, nil, 0, false},
		{`{}`, nil, 0, false},
		{`[{"key":"a","val":{"Name":"x"}},{"key":2,"val":{"Name":"y"}}]`, []string{"a=x", "2=y"}, 0, false},
		{`[{"Key":"a","Value":{"name":"x"}}]`, []string{"a=x"}, 0, false},
		{`[{"Name":"x"},{"Name":"y"}]`, []string{"=x", "=y"}, 0, false},
		{`[["a",{"Name":"x"}]]`, []string{"a=x"}, 0, false},
		{`{"b":{"Name":"y"},"a":{"Name":"x"}}`, []string{"a=x", "b=y"}, 0, false},
		{`{"Name":"x"}`, []string{"=x"}, 0, false},
		{`[{"key":"a","val":null},{"key":"b","val":{"Name":"y"}},7,"z",[1],null]`, []string{"b=y"}, 5, false},
		{`{"key":"a","val":{"Name":"x"}}`, []string{"a=x"}, 0, false},
		{`"text"`, nil, 0, true},
		{`7`, nil, 0, true},
		{`true`, nil, 0, true},
		{`[{"key":`, nil, 0, true},
	}
	for _, tt := range tests {
		got, bad, err := rows[entry](json.RawMessage(tt.json))
		var names []string
		for _, r := range got {
			names = append(names, string(r.key)+"="+string(r.val.Name))
		}
		if !slices.Equal(names, tt.want) || bad != tt.bad || (err != nil) != tt.err {
			t.Errorf("%s: %q, %d bad, %v; want %q, %d bad, error %v", tt.json, names, bad, err, tt.want, tt.bad, tt.err)
		}
	}
}

// TestTablesAreReadWhole refuses a configuration that can be read in part
// only, and takes keys for members that are left out.
func TestTablesAreReadWhole(t *testing.T) {
	t.Parallel()
	if _, err := decodeTable(users, json.RawMessage(`[{"key":"a","val":{"Name":"a"}},{"key":"b","val":"lost"}]`), true); err == nil {
		t.Error("a table with an unreadable entry was taken")
	}
	byName, err := decodeTable(users, json.RawMessage(`[{"key":"101","val":{"VlanId":"100"}}]`), true)
	if err != nil || byName[0].Name != "101" || byName[0].Id.ok || byName[0].VlanId.v != 100 {
		t.Errorf("by name: %+v, %v", byName, err)
	}
	byID, err := decodeTable(users, json.RawMessage(`[{"key":101,"val":{"Name":"a"}}]`), false)
	if err != nil || byID[0].Name != "a" || byID[0].Id.v != 101 {
		t.Errorf("by id: %+v, %v", byID, err)
	}
}

func TestServicesInOurWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		json string
		want gam.Service
	}{
		{`{"Id":"3","VlanId":"100","VlanIsTagged":"true","AllowedTaggedVlans":null,"PoeModeCtrl":"turbo"}`, gam.Service{ID: 3, VLAN: 100, Tagged: true}},
		{`{"TrunkMode":true,"AllowedTaggedVlans":[5,6]}`, gam.Service{Trunk: true}},
		{`{"DoubleTags":false,"OuterTagVlanId":2900,"NNIIfIndex":"10G 1/2"}`, gam.Service{}},
		{`{"DoubleTags":1,"OuterTagVlanId":2900,"NNIIfIndex":"10G 1/2"}`, gam.Service{DoubleTag: true, OuterVLAN: 2900, NNI: 2}},
		{`{"DoubleTags":true,"OuterTagVlanId":2900,"NNIIfIndex":"NONE"}`, gam.Service{DoubleTag: true, OuterVLAN: 2900}},
		{`{"PortIfIndex":"G.hn 1/2","EndpointName":"auto-1"}`, gam.Service{Port: 2}},
		{`{"BwProfileName":"unthrottled","VlanId":-4}`, gam.Service{}},
	}
	for _, tt := range tests {
		var u userConfig
		if err := json.Unmarshal([]byte(tt.json), &u); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, u.entry()); diff != "" {
			t.Errorf("%s: %s", tt.json, diff)
		}
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	tests := []struct {
		words  []string
		ports  int
		medium gam.Medium
		want   string
	}{
		{[]string{"GAM-12-C"}, 12, gam.Coax, "GAM-12-C"},
		{[]string{"jr2", "GAM-24-M_v1.8.2"}, 24, gam.Copper, "GAM-24-M"},
		{[]string{"board 7", "_v1.8.2", "Positron GAM-24-M Switch"}, 24, gam.Copper, "GAM-24-M"},
		{[]string{"GAM4CRX"}, 0, "", "GAM-4-CRX"},
		{[]string{"GAM-4/8-C_v1.8.2"}, 8, "", "GAM-8-CX"},
		{[]string{"Positron GAM-xx-M Switch"}, 12, "", "GAM-12-M"},
		{[]string{"GAM-12-C"}, 24, gam.Coax, "GAM-24-C"}, // what is seen outweighs what is said
		{[]string{"board 7"}, 5, gam.Coax, "board 7"},
		{nil, 4, gam.Coax, "GAM-4-CX"},
		{nil, 0, "", ""},
	}
	for _, tt := range tests {
		id := gam.Identity{PortCount: tt.ports, Medium: tt.medium}
		nameModel(&id, tt.words)
		if id.Model != tt.want {
			t.Errorf("%q with %d ports of %q: %q, want %q", tt.words, tt.ports, tt.medium, id.Model, tt.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"192.0.2.1": "http://192.0.2.1/json_rpc", "gam.example:8080": "http://gam.example:8080/json_rpc", "https://gam.example": "https://gam.example/json_rpc",
		"https://gam.example/": "https://gam.example/json_rpc", "http://proxy.example/gam7/rpc": "http://proxy.example/gam7/rpc",
		"2001:db8::1": "http://[2001:db8::1]/json_rpc", "[2001:db8::1]:8080": "http://[2001:db8::1]:8080/json_rpc",
	} {
		if got, err := endpointURL(target(in)); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "ftp://gam.example", "http://admin:" + bait + "@gam.example", "not a host at all%"} {
		_, err := New(target(in))
		if err == nil {
			t.Errorf("%q was taken", in)
		} else if strings.Contains(err.Error(), bait) {
			t.Errorf("the password is in %q", err)
		}
	}
}
