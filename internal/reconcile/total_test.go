package reconcile

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opengam/opengam/internal/gam"
)

func TestDiffIsTotal(t *testing.T) {
	macs := rapid.Custom(func(t *rapid.T) gam.MAC { return mac(rapid.IntRange(-1, 4).Draw(t, "mac")) })
	name := rapid.SampledFrom([]string{"", "a", "b", "c", mac(1).Compact(), "\x00", strings.Repeat("x", 99), "Default BW Profile"})
	number := rapid.SampledFrom([]int{-1, 0, 1, 2, 3, 13, 384, 1 << 40})
	rate := rapid.Custom(func(t *rapid.T) gam.Rate {
		return gam.Rate{DownMbps: number.Draw(t, "down"), UpMbps: number.Draw(t, "up")}
	})
	profile := rapid.Custom(func(t *rapid.T) gam.Profile {
		return gam.Profile{ID: number.Draw(t, "id"), Name: name.Draw(t, "name"), Rate: rate.Draw(t, "rate")}
	})
	endpoint := rapid.Custom(func(t *rapid.T) gam.Endpoint {
		return gam.Endpoint{ID: number.Draw(t, "id"), MAC: macs.Draw(t, "mac"), Name: name.Draw(t, "name"), Port: number.Draw(t, "port"), AutoPort: rapid.Bool().Draw(t, "auto")}
	})
	service := rapid.Custom(func(t *rapid.T) gam.Service {
		return gam.Service{ID: number.Draw(t, "id"), Name: name.Draw(t, "name"), EndpointName: name.Draw(t, "endpoint"), EndpointMAC: macs.Draw(t, "mac"), Port: number.Draw(t, "port"), ProfileName: name.Draw(t, "profile"), VLAN: number.Draw(t, "vlan")}
	})
	owned := rapid.Custom(func(t *rapid.T) gam.Owned {
		var e gam.Entry
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			v := profile.Draw(t, "profile")
			e.Profile = &v
		case 1:
			v := endpoint.Draw(t, "endpoint")
			e.Endpoint = &v
		case 2:
			v := service.Draw(t, "service")
			e.Service = &v
		}
		o := gam.Owned{Kind: e.Kind(), Key: e.Key(), EntryID: number.Draw(t, "id"), SubscriberID: gam.SubscriberID(rapid.IntRange(0, 4).Draw(t, "sub")), Claimed: rapid.Bool().Draw(t, "claimed"), Written: e}
		if rapid.IntRange(0, 9).Draw(t, "wrong") == 0 {
			o.Kind, o.Key = gam.EntryKind(name.Draw(t, "odd kind")), name.Draw(t, "odd key")
		}
		return o
	})
	line := rapid.Custom(func(t *rapid.T) Line {
		return Line{SubscriberID: gam.SubscriberID(rapid.IntRange(0, 5).Draw(t, "sub")), PlanID: gam.PlanID(number.Draw(t, "plan")), PlanName: name.Draw(t, "plan name"), Rate: rate.Draw(t, "rate"), MAC: macs.Draw(t, "mac"), Port: number.Draw(t, "port"), SeenPort: number.Draw(t, "seen"), Entry: service.Draw(t, "entry")}
	})
	rapid.Check(t, func(t *rapid.T) {
		c := gam.Config{
			SubscriberModel: rapid.SampledFrom([]gam.SubscriberModel{"", gam.EndpointAware, gam.PortAware, "odd"}).Draw(t, "model"),
			DefaultNNI:      number.Draw(t, "nni"),
			Ports:           []gam.PortConfig{{Number: number.Draw(t, "port"), Type: gam.COAX}},
			Profiles:        rapid.SliceOfN(profile, 0, 18).Draw(t, "profiles"),
			Endpoints:       rapid.SliceOfN(endpoint, 0, 6).Draw(t, "endpoints"),
			Services:        rapid.SliceOfN(service, 0, 6).Draw(t, "services"),
		}
		p := Policy{
			Owned:       rapid.SliceOfN(owned, 0, 10).Draw(t, "owned"),
			RepairDrift: rapid.Bool().Draw(t, "repair"),
			Hardware:    rapid.SampledFrom(append([]gam.Model{{}}, gam.Models...)).Draw(t, "hardware"),
		}
		w := Wanted{Lines: rapid.SliceOfN(line, 0, 6).Draw(t, "lines")}
		before := c.Clone()
		plan := Diff(w, c, p)
		if d := cmp.Diff(before, c); d != "" {
			t.Fatalf("Diff changed its input:\n%s", d)
		}
		mine := map[Key]bool{}
		for _, s := range plan.Steps {
			if s.Before != nil && !mine[Key{s.Before.Kind(), s.Before.Key()}] && !slices.ContainsFunc(p.Owned, func(o gam.Owned) bool {
				return o.Kind == s.Before.Kind() && (o.Key == s.Before.Key() || o.EntryID == s.Before.ID())
			}) {
				t.Fatalf("%s touches what is not ours", s)
			}
			if s.After != nil {
				mine[Key{s.After.Kind(), s.After.Key()}] = true
			}
		}
	})
}
