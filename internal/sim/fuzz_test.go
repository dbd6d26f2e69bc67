package sim

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/opengam/opengam/internal/gam"
)

// FuzzRequest: whatever arrives, the device answers with one object that has
// the three members, and a refused call changes nothing.
func FuzzRequest(f *testing.F) {
	for _, s := range []string{
		`{"jsonrpc":"2.0","id":17,"method":"ghnAgent.config.global.get","params":[]}`,
		`{"id":"1","method":"ghnAgent.config.userByName.add","params":["u",{"VlanId":100,"AllowedTaggedVlans":[410,411],"PortIfIndex":"NONE"}]}`,
		`{"id":1,"method":"ghnAgent.config.endpoint.add","params":[0,{"MacAddress":"00:0E:D8:20:11:A4","Name":"e","PortIfIndex":"G.hn 1/4"}]}`,
		`{"id":1,"method":"ghnAgent.config.bwProfileByName.set","params":["p",{"DsBw":"320"}]}`,
		`{"id":1,"method":"ghnAgent.status.endpointByMac.brief.get","params":["00:0E:D8:20:11:A4"]}`,
		`{"id":1,"method":"port.config.set","params":["10G 1/1",{"MTU":2048}]}`,
		`{"id":1,"method":"icfg.control.copy.set","params":[{"Copy":true,"SourceConfigType":"runningConfig"}]}`,
		`{"id":1,"method":"daylightSaving.config.global.set","params":[{"TimeZoneOffset":-360}]}`,
		`{"id":{},"method":[],"params":7}`, `[]`, "\x00", ``,
	} {
		f.Add([]byte(s))
	}
	d, err := New(Options{Endpoints: []Plug{{MAC: gam.MustMAC("000ED82011A4"), Port: 4}}})
	if err != nil {
		f.Fatal(err)
	}
	clean := d.running.clone()
	f.Fuzz(func(t *testing.T, body []byte) {
		d.running = clean.clone()
		before := d.running.clone()
		r, rpcErr := decodeRequest(body)
		var result any
		if rpcErr == nil {
			result, rpcErr = d.call(r, &Call{})
		}
		if rpcErr != nil && !reflect.DeepEqual(before, d.running) {
			t.Errorf("a refused call changed the configuration: %v", rpcErr)
		}
		var a map[string]json.RawMessage
		if err := json.Unmarshal(answer(r.ID, result, rpcErr), &a); err != nil {
			t.Fatalf("the answer is no JSON object: %v", err)
		}
		if len(a) != 3 || a["id"] == nil || a["error"] == nil || a["result"] == nil {
			t.Errorf("the answer has the members %v", a)
		}
	})
}
