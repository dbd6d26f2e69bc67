package sim_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// TestReferenceSamples plays the request and answer pairs of the JSON-RPC
// reference page in an order in which they can all be true.
func TestReferenceSamples(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{
		Model: "GAM-12-C",
		Endpoints: []sim.Plug{
			{MAC: gam.MustMAC("00:0E:D8:20:11:A4"), Port: 4},
			{MAC: gam.MustMAC("00:0E:D8:20:11:B0"), Port: 4, Model: "G1002-C+", FwMismatch: true},
		},
	})
	steps := []struct{ request, answer string }{
		{
			`{"jsonrpc": "2.0", "id": 17, "method": "ghnAgent.config.global.get", "params": []}`,
			`{"id": 17, "error": null, "result": {"SubscriberModel": "endpointAware", "DefaultNNIIfIndex": "10G 1/1", "EndpointAutoFwUpgrade": true, "ShelfSeedIndex": 0}}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 18, "method": "ghnAgent.config.global.set", "params": [{"DefaultNNIIfIndex": "10G 1/2"}]}`,
			`{"id": 18, "error": null, "result": null}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 19, "method": "ghnAgent.config.bwProfileByName.add", "params": ["res-500", {"Description": "500/50 plan", "DsBw": 530, "UsBw": 53}]}`,
			`{"id": 19, "error": null, "result": null}`,
		},
		{
			`{"id": 3, "method": "ghnAgent.config.bwProfileByName.get", "params": []}`,
			`{"id": 3, "error": null, "result": [
			  {"key": "Default BW Profile", "val": {"Id": 1, "Uid": 1, "Name": "Default BW Profile", "Description": "", "DsBw": 10, "UsBw": 10}},
			  {"key": "res-500", "val": {"Id": 2, "Uid": 2, "Name": "res-500", "Description": "500/50 plan", "DsBw": 530, "UsBw": 53}}]}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 40, "method": "ghnAgent.config.endpointByName.add", "params": ["cpe-101", {"MacAddress": "00:0E:D8:20:11:A3", "Description": "unit 101", "PortIfIndex": "G.hn 1/4", "AutoPort": false, "AllowMgmtVlan": false}]}`,
			`{"id": 40, "error": null, "result": null}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 41, "method": "ghnAgent.config.endpoint.add", "params": [0, {"MacAddress": "00:0E:D8:20:11:A4", "Name": "cpe-102", "Description": "", "PortIfIndex": "G.hn 1/4", "AutoPort": false, "AllowMgmtVlan": false}]}`,
			`{"id": 41, "error": null, "result": null}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 31, "method": "ghnAgent.config.userByName.add", "params": ["apt-101", {"Description": "unit 101", "EndpointName": "cpe-101", "BwProfileName": "res-500", "VlanId": 100}]}`,
			`{"id": 31, "error": null, "result": null}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 32, "method": "ghnAgent.config.user.add", "params": [0, {"Name": "apt-102", "Description": "", "EndpointId": 2, "BwProfileId": 2, "VlanId": 100, "VlanIsTagged": false, "RemappedVlanId": 0, "Port2VlanId": 0, "TrunkMode": false, "PortIfIndex": "NONE", "DoubleTags": false, "NNIIfIndex": "NONE", "OuterTagVlanId": 0, "PoeModeCtrl": "disable"}]}`,
			`{"id": 32, "error": null, "result": null}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 33, "method": "ghnAgent.config.user.get", "params": [2]}`,
			`{"id": 33, "error": null, "result": {"Id": 2, "Uid": 4, "Name": "apt-102", "Description": "", "EndpointId": 2, "EndpointName": "cpe-102", "EndpointMacAddress": "00:0E:D8:20:11:A4", "BwProfileId": 2, "BwProfileName": "res-500", "BwProfileUid": 2, "VlanId": 100, "VlanIsTagged": false, "RemappedVlanId": 0, "Port2VlanId": 0, "Port2VlanIsTagged": false, "AllowedTaggedVlans": [], "TrunkMode": false, "PortIfIndex": "NONE", "DoubleTags": false, "NNIIfIndex": "NONE", "OuterTagVlanId": 0, "PoeModeCtrl": "disable"}}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 20, "method": "ghnAgent.config.bwProfileByName.add", "params": ["res-300", {"Description": "300/30 plan", "DsBw": 320, "UsBw": 32}]}`,
			`{"id": 20, "error": null, "result": null}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 21, "method": "ghnAgent.config.bwProfileByName.set", "params": ["res-300", {"DsBw": 324, "UsBw": 33}]}`,
			`{"id": 21, "error": null, "result": null}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 22, "method": "ghnAgent.config.bwProfileByName.get", "params": ["res-300"]}`,
			`{"id": 22, "error": null, "result": {"Id": 3, "Uid": 5, "Name": "res-300", "Description": "300/30 plan", "DsBw": 324, "UsBw": 33}}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 35, "method": "ghnAgent.config.userByName.set", "params": ["apt-101", {"BwProfileName": "res-300"}]}`,
			`{"id": 35, "error": null, "result": null}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 50, "method": "ghnAgent.status.endpointByMac.brief.get", "params": []}`,
			`{"id": 50, "error": null, "result": [
			  {"key": "00:0E:D8:20:11:A3", "val": {"MacAddress": "00:0E:D8:20:11:A3", "ConfEndpointId": 1, "ConfEndpointName": "cpe-101", "ConfPortIfIndex": "G.hn 1/4", "ConfAutoPort": false, "DetectedPortIfIndex": "NONE", "ConfUserId": 1, "ConfUserName": "apt-101", "ConfUserUid": 3, "ConfBwProfileId": 3, "ConfBwProfileName": "res-300", "ConfBwProfileUid": 5, "State": "notDetected", "ModelType": "unknown", "ModelString": "", "FwMismatch": false}},
			  {"key": "00:0E:D8:20:11:A4", "val": {"MacAddress": "00:0E:D8:20:11:A4", "ConfEndpointId": 2, "ConfEndpointName": "cpe-102", "ConfPortIfIndex": "G.hn 1/4", "ConfAutoPort": false, "DetectedPortIfIndex": "G.hn 1/4", "ConfUserId": 2, "ConfUserName": "apt-102", "ConfUserUid": 4, "ConfBwProfileId": 2, "ConfBwProfileName": "res-500", "ConfBwProfileUid": 2, "State": "ok", "ModelType": "g1001c", "ModelString": "G1001-C", "FwMismatch": false}},
			  {"key": "00:0E:D8:20:11:B0", "val": {"MacAddress": "00:0E:D8:20:11:B0", "ConfEndpointId": 0, "ConfEndpointName": "", "ConfPortIfIndex": "NONE", "ConfAutoPort": false, "DetectedPortIfIndex": "G.hn 1/4", "ConfUserId": 0, "ConfUserName": "", "ConfUserUid": 0, "ConfBwProfileId": 1, "ConfBwProfileName": "Default BW Profile", "ConfBwProfileUid": 1, "State": "quarantinedUnknownMAC", "ModelType": "g1002cPlus", "ModelString": "G1002-C+", "FwMismatch": true}}
			]}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 100, "method": "icfg.control.copy.set", "params": [{"Copy": true, "SourceConfigType": "runningConfig", "SourceConfigFile": "runningConfig", "DestinationConfigType": "startupConfig", "DestinationConfigFile": "startupConfig", "Merge": false}]}`,
			`{"id": 100, "error": null, "result": null}`,
		},
		{
			`{"id": 101, "method": "icfg.status.copy.get", "params": []}`,
			`{"id": 101, "error": null, "result": {"Status": "success"}}`,
		},
		{
			`{"jsonrpc": "2.0", "id": 34, "method": "ghnAgent.config.user.del", "params": [2]}`,
			`{"id": 34, "error": null, "result": null}`,
		},
		{
			`{"id": "1", "method": "ghnAgent.config.userByName.add", "params": ["x", {"BwProfileName": "a \" b", "VlanId": 100}]}`,
			`{"id": "1", "result": null, "error": {"code": -32603, "message": "Invalid G.hn bandwidth profile name",
			  "data": {"vtss-error-code": -9437162, "vtss-failing-function-ptr": 71303168, "vtss-failing-module": 143, "vtss-module-code": -22}}}`,
		},
	}
	for _, s := range steps {
		status, got := rpc(t, r, s.request)
		if status != 200 {
			t.Fatalf("%s: HTTP %d", s.request, status)
		}
		if diff := cmp.Diff(parsed(t, s.answer), parsed(t, got)); diff != "" {
			t.Errorf("%s (-reference +device):\n%s", s.request, diff)
		}
	}
}

func parsed(t *testing.T, s string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}
