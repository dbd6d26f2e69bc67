package sim_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/sim"
)

func diffConfigs(a, b sim.State) string {
	return cmp.Diff([]any{a.Running, a.Startup}, []any{b.Running, b.Startup})
}

func endpointParams(n, port int) string {
	where := `"NONE"`
	if port > 0 {
		where = fmt.Sprintf(`"G.hn 1/%d"`, port)
	}
	return fmt.Sprintf(`[0,{"Name":"e%d","MacAddress":"00:0E:D8:30:%02X:%02X","PortIfIndex":%s}]`, n, n>>8, n&0xff, where)
}

func TestLimits(t *testing.T) {
	t.Run("17th endpoint on a coax port", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{})
		for n := 1; n <= 16; n++ {
			must(t, r, "ghnAgent.config.endpoint.add", endpointParams(n, 3))
		}
		wantCode(t, r, -36, "ghnAgent.config.endpoint.add", endpointParams(17, 3))
		must(t, r, "ghnAgent.config.endpoint.add", endpointParams(17, 4))
		wantCode(t, r, -36, "ghnAgent.config.endpoint.set", `[17,{"PortIfIndex":"G.hn 1/3"}]`)
		must(t, r, "ghnAgent.config.endpoint.set", `[16,{"PortIfIndex":"G.hn 1/3"}]`)
	})
	t.Run("2nd endpoint on a copper port", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{Model: "GAM-4-MX"})
		must(t, r, "ghnAgent.config.endpoint.add", endpointParams(1, 4))
		wantCode(t, r, -36, "ghnAgent.config.endpoint.add", endpointParams(2, 4))
	})
	t.Run("15th profile besides the default one", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{})
		for n := 1; n <= 14; n++ {
			must(t, r, "ghnAgent.config.bwProfileByName.add", fmt.Sprintf(`["p%d",{"DsBw":100,"UsBw":10}]`, n))
		}
		wantCode(t, r, -34, "ghnAgent.config.bwProfileByName.add", `["p15",{"DsBw":100,"UsBw":10}]`)
		wantCode(t, r, -20, "ghnAgent.config.bwProfile.add", `[16,{"Name":"p15","DsBw":100,"UsBw":10}]`)
		must(t, r, "ghnAgent.config.bwProfileByName.del", `["p7"]`)
		must(t, r, "ghnAgent.config.bwProfileByName.add", `["p15",{"DsBw":100,"UsBw":10}]`)
		if p, ok := r.State().Running.Profile("p15"); !ok || p.ID != 8 {
			t.Errorf("the new profile has id %d, want 8, the lowest free one", p.ID)
		}
	})
	t.Run("385th endpoint and subscriber", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{Model: "GAM-24-C"})
		for n := 1; n <= 384; n++ {
			must(t, r, "ghnAgent.config.endpoint.add", endpointParams(n, 1+(n-1)/16))
			must(t, r, "ghnAgent.config.user.add", fmt.Sprintf(`[0,{"Name":"u%d","EndpointId":%d,"VlanId":100}]`, n, n))
		}
		wantCode(t, r, -33, "ghnAgent.config.endpoint.add", endpointParams(385, 0))
		wantCode(t, r, -35, "ghnAgent.config.user.add", `[0,{"Name":"u385","VlanId":100}]`)
		must(t, r, "ghnAgent.config.user.del", `[200]`)
		must(t, r, "ghnAgent.config.user.add", `[0,{"Name":"u385","VlanId":100}]`)
		if s, ok := r.State().Running.Service("u385"); !ok || s.ID != 200 {
			t.Errorf("the new subscriber has id %d, want 200, the free one", s.ID)
		}
	})
	t.Run("rates by medium", func(t *testing.T) {
		for model, limit := range map[string]int{"GAM-12-C": 800, "GAM-12-M": 1000} {
			r := sim.StartDevice(t, sim.Options{Model: model})
			must(t, r, "ghnAgent.config.bwProfileByName.add", fmt.Sprintf(`["p",{"DsBw":%d,"UsBw":10}]`, limit))
			wantCode(t, r, -23, "ghnAgent.config.bwProfileByName.set", fmt.Sprintf(`["p",{"DsBw":%d}]`, limit+1))
		}
	})
	t.Run("what just fits", func(t *testing.T) {
		r := sim.StartDevice(t, sim.Options{})
		must(t, r, "ghnAgent.config.userByName.add", `["the longest name has 31 letters",{"VlanId":4093,"RemappedVlanId":3,"Port2VlanId":3839,
			"AllowedTaggedVlans":[3,4,5,6,7,8,9,10,11,12,13,4093],"DoubleTags":true,"OuterTagVlanId":3843,"NNIIfIndex":"10G 1/2","PoeModeCtrl":"force"}]`)
		s := r.State().Running.Services[0]
		if s.VLAN != 4093 || len(s.AllowedVLANs) != 12 || s.OuterVLAN != 3843 || s.NNI != 2 || s.PoE != "force" {
			t.Errorf("the device holds %+v", s)
		}
		must(t, r, "ghnAgent.config.userByName.set", `["the longest name has 31 letters",{"TrunkMode":true}]`)
		if s := r.State().Running.Services[0]; len(s.AllowedVLANs) != 0 || !s.Trunk {
			t.Errorf("a trunk keeps its list: %+v", s)
		}
	})
}
