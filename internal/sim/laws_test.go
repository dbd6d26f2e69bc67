package sim_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// TestLaws throws random writes at a device. Whatever happens: no rule of the
// limits tables is broken, a refused write changes nothing, what the API says
// is what the state says, and a save followed by a reboot changes nothing.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := rapid.SampledFrom([]string{"GAM-4-CX", "GAM-4-MX"}).Draw(t, "model")
		aware := model == "GAM-4-MX" && rapid.Bool().Draw(t, "port-aware")
		d, err := sim.New(sim.Options{Model: model, PortAware: aware})
		if err != nil {
			t.Fatal(err)
		}
		number := func(hi int) *rapid.Generator[int] { return rapid.IntRange(0, hi) }
		name := rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "\"", "this name is one letter too long"})
		port := rapid.SampledFrom([]string{"NONE", "G.hn 1/1", "G.hn 1/2", "G.hn 1/5", "10G 1/1"})
		vlan := rapid.SampledFrom([]int{0, 2, 3, 100, 101, 3841, 4093, 4094})
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			group := rapid.SampledFrom([]string{"bwProfile", "endpoint", "user"}).Draw(t, "group")
			style := rapid.SampledFrom([]string{"", "ByName"}).Draw(t, "style")
			act := rapid.SampledFrom([]string{"add", "add", "set", "del"}).Draw(t, "act")
			var key any = number(6).Draw(t, "id")
			if style != "" {
				key = name.Draw(t, "key")
			}
			value := map[string]any{"Name": name.Draw(t, "name")}
			switch group {
			case "bwProfile":
				value["DsBw"], value["UsBw"] = number(1100).Draw(t, "down"), number(1100).Draw(t, "up")
			case "endpoint":
				value["MacAddress"] = gam.MAC{0, 0x0E, 0xD8, 0, 0, byte(number(20).Draw(t, "mac"))}.String()
				value["PortIfIndex"], value["AutoPort"] = port.Draw(t, "port"), rapid.Bool().Draw(t, "auto")
			case "user":
				value["EndpointId"], value["EndpointName"] = number(4).Draw(t, "endpoint"), name.Draw(t, "endpoint name")
				value["BwProfileId"], value["BwProfileName"] = number(4).Draw(t, "profile"), name.Draw(t, "profile name")
				value["VlanId"], value["Port2VlanId"] = vlan.Draw(t, "vlan"), vlan.Draw(t, "port 2 vlan")
				value["AllowedTaggedVlans"] = rapid.SliceOfN(rapid.IntRange(3, 30), 0, 14).Draw(t, "allowed")
				value["PortIfIndex"] = port.Draw(t, "port")
			}
			params := []any{key, value}
			if act == "del" {
				params = params[:1]
			}
			before := d.State()
			_, err := d.OutOfBand("ghnAgent.config."+group+style+"."+act, params...)
			after := d.State()
			if diff := cmp.Diff(before.Running, after.Running); err != nil && diff != "" {
				t.Fatalf("refused (%v) and changed:\n%s", err, diff)
			}
			checkRules(t, d.Model(), after.Running)
		}
		checkAPI(t, d)
		if _, err := d.OutOfBand("icfg.control.copy.set", json.RawMessage(shortSave[1:len(shortSave)-1])); err != nil {
			t.Fatal(err)
		}
		saved := d.State()
		d.Reboot()
		if diff := cmp.Diff(saved.Running, d.State().Running); diff != "" || !d.State().Saved {
			t.Fatalf("a saved configuration came back differently:\n%s", diff)
		}
	})
}

func checkRules(t *rapid.T, hw gam.Model, c gam.Config) {
	names := map[string]bool{}
	unique := func(kind string, id, limit int, name string) {
		k := kind + name
		if names[k] || id < 1 || id > limit || gam.CheckName(name) != nil {
			t.Fatalf("%s %d %q is doubled, badly named or badly numbered", kind, id, name)
		}
		names[k] = true
	}
	for _, p := range c.Profiles {
		unique("profile", p.ID, 15, p.Name)
		if hi := gam.MaxRate(hw.Medium); p.DownMbps < 10 || p.DownMbps > hi || p.UpMbps < 10 || p.UpMbps > hi {
			t.Fatalf("profile %+v", p)
		}
	}
	if _, ok := c.Profile("Default BW Profile"); !ok {
		t.Fatal("the default profile is gone")
	}
	onPort, macs := map[int]int{}, map[gam.MAC]bool{}
	for _, e := range c.Endpoints {
		unique("endpoint", e.ID, 384, e.Name)
		if onPort[e.Port]++; e.Port != 0 && (e.Port > hw.Ports || onPort[e.Port] > hw.EndpointsPerPort() || c.SubscriberModel == gam.PortAware) {
			t.Fatalf("endpoint %+v does not fit its port", e)
		}
		if macs[e.MAC] || e.MAC.IsZero() {
			t.Fatalf("endpoint %+v has a doubled or no MAC", e)
		}
		macs[e.MAC] = true
	}
	used := map[string]bool{}
	for _, s := range c.Services {
		unique("subscriber", s.ID, 384, s.Name)
		if gam.CheckVLAN(s.VLAN) != nil || s.Port2VLAN == s.VLAN || len(s.AllowedVLANs) > 12 {
			t.Fatalf("subscriber %+v has illegal VLANs", s)
		}
		where := fmt.Sprint(s.EndpointName, s.Port)
		if used[where] && where != "0" {
			t.Fatalf("subscriber %+v is where another one is", s)
		}
		used[where] = true
		if _, ok := c.EndpointNamed(s.EndpointName); !ok && s.EndpointName != "" {
			t.Fatalf("subscriber %+v has an endpoint that is not there", s)
		}
		if _, ok := c.Profile(s.ProfileName); !ok && s.ProfileName != "" {
			t.Fatalf("subscriber %+v has a profile that is not there", s)
		}
		if (s.Port != 0) && c.SubscriberModel == gam.EndpointAware || s.EndpointName != "" && c.SubscriberModel == gam.PortAware {
			t.Fatalf("subscriber %+v does not fit the subscriber model", s)
		}
	}
}

// checkAPI compares what the API lists with the state.
func checkAPI(t *rapid.T, d *sim.Device) {
	c := d.State().Running
	for method, want := range map[string]int{
		"ghnAgent.config.bwProfile.get": len(c.Profiles), "ghnAgent.config.bwProfileByName.get": len(c.Profiles),
		"ghnAgent.config.endpoint.get": len(c.Endpoints), "ghnAgent.config.endpointByName.get": len(c.Endpoints),
		"ghnAgent.config.user.get": len(c.Services), "ghnAgent.config.userByName.get": len(c.Services),
		"ghnAgent.status.endpoint.brief.get": len(c.Endpoints), "ghnAgent.status.endpointByMac.brief.get": len(c.Endpoints),
	} {
		b, err := d.OutOfBand(method)
		var all []struct{ Key, Val any }
		if err != nil || json.Unmarshal(b, &all) != nil || len(all) != want {
			t.Fatalf("%s lists %d entries, want %d (%v)", method, len(all), want, err)
		}
	}
}
