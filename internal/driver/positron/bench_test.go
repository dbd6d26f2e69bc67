package positron

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// canned answers each method with a prepared result.
type canned map[string]json.RawMessage

func (c canned) Call(_ context.Context, q jsonrpc.Call) (json.RawMessage, error) {
	raw, ok := c[q.Method]
	if !ok {
		return nil, &jsonrpc.RPCError{Code: jsonrpc.CodeNoMethod}
	}
	return raw, nil
}
func (c canned) Close() error { return nil }

// full is what a GAM-24-C with 384 configured endpoints answers.
func full(b *testing.B) (*Driver, int64) {
	b.Helper()
	var briefs, details, users, endpoints []any
	kv := func(key any, val object) object { return object{"key": key, "val": val} }
	for i := range gam.MaxEndpoints {
		mac := gam.MAC{0x00, 0x0E, 0xD8, 0x20, byte(i >> 8), byte(i)}
		port, name := gam.GhnName(i/16+1), mac.Compact()
		briefs = append(briefs, kv(mac.String(), object{
			"MacAddress": mac.String(), "ConfEndpointId": i + 1, "ConfEndpointName": name, "ConfPortIfIndex": port, "ConfAutoPort": false,
			"DetectedPortIfIndex": port, "ConfUserId": i + 1, "ConfUserName": fmt.Sprintf("apt-%d", i), "ConfUserUid": i + 4, "ConfBwProfileId": 2,
			"ConfBwProfileName": "res-500", "ConfBwProfileUid": 2, "State": "ok", "ModelType": "g1001c", "ModelString": "G1001-C", "FwMismatch": false,
		}))
		details = append(details, kv(mac.String(), object{
			"MacAddress": mac.String(), "Alive": true, "DeviceName": "G1001-C", "HwProduct": "G1001-C", "SerialNumber": fmt.Sprintf("0101%04d", i),
			"Uptime": "12 days, 2h 18m 33s", "FwVersion": "G1001C_positron_28146", "XputIndicator": 430, "Mode": "coax", "WireLengthMeters": 0,
			"WireLengthFeet": 0, "RxPhyRate": 1128, "TxPhyRate": 1104, "RxAllocBands": 1, "TxAllocBands": 1, "RxMaxXput": 905, "TxMaxXput": 890,
			"RxUsage": 0, "TxUsage": 0,
		}))
		endpoints = append(endpoints, kv(name, object{"Id": i + 1, "MacAddress": mac.String(), "Name": name, "Description": "unit", "PortIfIndex": port, "AutoPort": false, "AllowMgmtVlan": false}))
		users = append(users, kv(fmt.Sprintf("apt-%d", i), object{
			"Id": i + 1, "Uid": i + 4, "Name": fmt.Sprintf("apt-%d", i), "Description": "", "EndpointId": i + 1, "EndpointName": name, "EndpointMacAddress": mac.String(),
			"BwProfileId": 2, "BwProfileName": "res-500", "BwProfileUid": 2, "VlanId": 100 + i, "VlanIsTagged": false, "RemappedVlanId": 0, "Port2VlanId": 0,
			"Port2VlanIsTagged": false, "AllowedTaggedVlans": []int{410, 411}, "TrunkMode": false, "PortIfIndex": "NONE", "DoubleTags": false, "NNIIfIndex": "NONE",
			"OuterTagVlanId": 0, "PoeModeCtrl": "disable",
		}))
	}
	answers := canned{
		groupGlobal + ".get":        json.RawMessage(`{"SubscriberModel":"endpointAware","DefaultNNIIfIndex":"10G 1/1"}`),
		groupProfileByName + ".get": json.RawMessage(`[{"key":"res-500","val":{"Id":2,"Name":"res-500","DsBw":535,"UsBw":54}}]`),
	}
	var size int64
	for method, v := range map[string]any{groupBriefByMAC: briefs, groupDetailedByMAC: details, groupEndpointByName: endpoints, groupUserByName: users} {
		raw, err := json.Marshal(v)
		if err != nil {
			b.Fatal(err)
		}
		answers[method+".get"] = raw
		if method == groupBriefByMAC || method == groupDetailedByMAC {
			size += int64(len(raw))
		}
	}
	return &Driver{target: target("x"), rpc: answers, writing: driver.NewLane()}, size
}

// BenchmarkPoll384 is our share of one status poll of a full GAM: decoding
// the brief and the detailed table.
func BenchmarkPoll384(b *testing.B) {
	d, size := full(b)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		all, err := d.Endpoints(b.Context())
		if err != nil || len(all) != gam.MaxEndpoints || all[383].Detail == nil || all[383].Detail.PhyRateRxMbps == nil {
			b.Fatal(len(all), err)
		}
	}
}

// BenchmarkConfig384 is our share of reading the configuration of a full GAM.
func BenchmarkConfig384(b *testing.B) {
	d, _ := full(b)
	b.ReportAllocs()
	for b.Loop() {
		c, err := d.Config(b.Context())
		if err != nil || len(c.Services) != gam.MaxEndpoints || c.Services[0].EndpointMAC.IsZero() {
			b.Fatal(len(c.Services), err)
		}
	}
}
