package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/opengam/opengam/internal/gam"
)

// The laws of architecture.md, on worlds that are small enough to collide all
// the time: few names, few endpoints, few ports, few rates.

// town draws a settled device and then new orders for it.
type town struct {
	*shop
}

// foreignOnes puts entries on the device that are nobody's orders. Their names,
// endpoints and ports are from the same small sets as the orders'.
func (tn *town) foreignOnes(t *rapid.T) {
	for i := range rapid.IntRange(0, 3).Draw(t, "foreign profiles") {
		// Rates that plans have, so that they are shared.
		r := rapid.SampledFrom([]gam.Rate{{DownMbps: 100, UpMbps: 10}, {DownMbps: 200, UpMbps: 20}, {DownMbps: 55, UpMbps: 5}}).Draw(t, "foreign rate")
		tn.try(gam.Step{Action: gam.Add, After: &gam.Entry{Profile: &gam.Profile{Name: fmt.Sprintf("theirs-%d", i), Rate: r}}})
	}
	if tn.box.model == gam.EndpointAware {
		for range rapid.IntRange(0, 3).Draw(t, "foreign endpoints") {
			m := drawMAC(t)
			name := rapid.SampledFrom([]string{"cpe-x", "cpe-y", m.Compact(), mac(1).Compact()}).Draw(t, "foreign endpoint name")
			port := rapid.IntRange(0, tn.box.hw.Ports).Draw(t, "foreign endpoint port")
			tn.try(gam.Step{Action: gam.Add, After: &gam.Entry{Endpoint: &gam.Endpoint{MAC: m, Name: name, Port: port, AutoPort: port == 0}}})
		}
	}
	for range rapid.IntRange(0, 3).Draw(t, "foreign subscribers") {
		v := gam.Service{Name: drawName(t), VLAN: 700}
		c := tn.box.config()
		if tn.box.model == gam.PortAware {
			v.Port = rapid.IntRange(1, tn.box.hw.Ports).Draw(t, "foreign subscriber port")
		} else if len(c.Endpoints) > 0 {
			v.EndpointName = rapid.SampledFrom(c.Endpoints).Draw(t, "foreign subscriber endpoint").Name
		}
		if rapid.Bool().Draw(t, "has profile") {
			v.ProfileName = rapid.SampledFrom(c.Profiles).Draw(t, "foreign subscriber profile").Name
		}
		tn.try(gam.Step{Action: gam.Add, After: &gam.Entry{Service: &v}})
	}
}

// try makes a step of somebody else; what the device refuses does not happen.
func (tn *town) try(s gam.Step) { _ = tn.box.apply(s) }

func drawMAC(t *rapid.T) gam.MAC { return mac(rapid.IntRange(1, 8).Draw(t, "mac")) }

func drawName(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "moving-1", "moving-2"}).Draw(t, "name")
}

// orders draws subscribers whose wishes collide often.
func (tn *town) orders(t *rapid.T) {
	n := rapid.IntRange(0, 7).Draw(t, "subscribers")
	tn.subs = nil
	tn.seen = map[gam.MAC]int{}
	for m := 1; m <= 8; m++ {
		tn.seen[mac(m)] = rapid.IntRange(0, tn.box.hw.Ports).Draw(t, "seen")
	}
	// Mostly a permutation of what there is, so that chains and circles come
	// up, now and then anything.
	macs := rapid.Permutation([]int{1, 2, 3, 4, 5, 6, 7, 8}).Draw(t, "macs")
	names := rapid.Permutation([]string{"a", "b", "c", "d", "e", "f", "g"}).Draw(t, "names")
	wild := rapid.IntRange(0, 3).Draw(t, "wild") == 0
	for i := range n {
		u := unit(i + 1)
		u.EndpointMAC, u.DeviceName = mac(macs[i]), names[i]
		u.Port = i%tn.box.hw.Ports + 1
		if rapid.IntRange(0, 2).Draw(t, "elsewhere") == 0 {
			u.Port = rapid.IntRange(0, tn.box.hw.Ports).Draw(t, "port")
		}
		if wild {
			u.EndpointMAC, u.DeviceName = drawMAC(t), drawName(t)
		}
		u.PlanID = gam.PlanID(rapid.IntRange(1, len(tn.plans)).Draw(t, "plan"))
		u.VLANID = rapid.IntRange(100, 103).Draw(t, "vlan")
		u.Status = rapid.SampledFrom([]gam.SubscriberStatus{gam.SubActive, gam.SubActive, gam.SubActive, gam.SubSuspended, gam.SubEnded, gam.SubPending}).Draw(t, "status")
		u.Trunk = rapid.Bool().Draw(t, "trunk")
		if !u.Trunk {
			u.AllowedVLANs = rapid.SampledFrom([][]int{nil, {410}, {411, 410}}).Draw(t, "allowed")
		}
		u.PoE = rapid.Bool().Draw(t, "poe")
		if rapid.Bool().Draw(t, "double") {
			u.DoubleTag = &gam.DoubleTag{OuterVLANID: 2900, NNI: rapid.IntRange(0, 1).Draw(t, "nni")}
		}
		tn.subs = append(tn.subs, u)
	}
	tn.set.SuspendPolicy = rapid.SampledFrom([]gam.SuspendPolicy{gam.SuspendRemove, gam.SuspendGarden, gam.SuspendSlow}).Draw(t, "policy")
	tn.set.SlowPlanID = 1
}

// vandal changes the device behind our back.
func (tn *town) vandal(t *rapid.T) {
	c := tn.box.config()
	for range rapid.IntRange(0, 3).Draw(t, "out-of-band changes") {
		switch rapid.IntRange(0, 6).Draw(t, "change") {
		case 0:
			if len(c.Services) > 0 {
				v := rapid.SampledFrom(c.Services).Draw(t, "subscriber")
				tn.try(gam.Step{Action: gam.Remove, Before: &gam.Entry{Service: &v}})
			}
		case 1:
			if len(c.Services) > 0 {
				v := rapid.SampledFrom(c.Services).Draw(t, "subscriber")
				to := v
				to.Name, to.VLAN = drawName(t), 999
				tn.try(gam.Step{Action: gam.Set, Before: &gam.Entry{Service: &v}, After: &gam.Entry{Service: &to}})
			}
		case 2:
			if len(c.Endpoints) > 0 {
				v := rapid.SampledFrom(c.Endpoints).Draw(t, "endpoint")
				to := v
				to.Port = rapid.IntRange(0, tn.box.hw.Ports).Draw(t, "port")
				to.Name = rapid.SampledFrom([]string{v.Name, "cpe-z", mac(2).Compact()}).Draw(t, "endpoint name")
				tn.try(gam.Step{Action: gam.Set, Before: &gam.Entry{Endpoint: &v}, After: &gam.Entry{Endpoint: &to}})
			}
		case 3:
			if len(c.Endpoints) > 0 {
				v := rapid.SampledFrom(c.Endpoints).Draw(t, "endpoint")
				tn.try(gam.Step{Action: gam.Remove, Before: &gam.Entry{Endpoint: &v}})
			}
		case 4:
			if len(c.Profiles) > 1 {
				v := rapid.SampledFrom(c.Profiles[1:]).Draw(t, "profile")
				to := v
				to.Rate = rapid.SampledFrom([]gam.Rate{{DownMbps: 100, UpMbps: 10}, {DownMbps: 77, UpMbps: 7}, {DownMbps: 300, UpMbps: 30}}).Draw(t, "rate")
				tn.try(gam.Step{Action: gam.Set, Before: &gam.Entry{Profile: &v}, After: &gam.Entry{Profile: &to}})
			}
		case 6:
			if len(c.Profiles) > 1 { // takes a profile away from everybody
				p := rapid.SampledFrom(c.Profiles[1:]).Draw(t, "profile")
				for _, v := range c.Services {
					if v.ProfileName == p.Name {
						to := v
						to.ProfileName = ""
						tn.try(gam.Step{Action: gam.Set, Before: &gam.Entry{Service: &v}, After: &gam.Entry{Service: &to}})
					}
				}
				tn.try(gam.Step{Action: gam.Remove, Before: &gam.Entry{Profile: &p}})
			}
		case 5:
			if len(tn.owned) > 0 { // a crash left a claim behind
				i := rapid.IntRange(0, len(tn.owned)-1).Draw(t, "claim")
				tn.owned[i].Claimed = true
				tn.owned[i].EntryID = 0
			}
		}
		c = tn.box.config()
	}
}

func (tn *town) drawPlans(t *rapid.T) {
	clear(tn.plans)
	n := rapid.SampledFrom([]int{2, 4, 20}).Draw(t, "plans")
	for i := 1; i <= n; i++ {
		rate := 100 * rapid.IntRange(1, min(n, 9)).Draw(t, "rate of plan")
		up := rate / 10
		tn.plans[gam.PlanID(i)] = gam.Plan{ID: gam.PlanID(i), Name: fmt.Sprintf("Plan %d", i%5), DownstreamMbps: &rate, UpstreamMbps: &up}
	}
}

func drawTown(t *rapid.T) *town {
	s := openShop(nil, rapid.SampledFrom([]string{"GAM-4-MX", "GAM-4-CX", "GAM-8-MX"}).Draw(t, "model"))
	tn := &town{shop: s}
	if s.box.hw.Medium == gam.Copper && rapid.Bool().Draw(t, "port-aware") {
		s.box.model, s.dev.SubscriberModel = gam.PortAware, gam.PortAware
	}
	if rapid.IntRange(0, 2).Draw(t, "crowded") == 0 {
		// Foreign profiles leave few slots.
		for i := range rapid.IntRange(9, 13).Draw(t, "occupied slots") {
			tn.try(gam.Step{Action: gam.Add, After: &gam.Entry{Profile: &gam.Profile{Name: fmt.Sprintf("old-%02d", i), Rate: gam.Rate{DownMbps: 11 + i, UpMbps: 11}}}})
		}
	}
	tn.drawPlans(t)
	tn.foreignOnes(t)
	tn.orders(t)
	return tn
}

// execute applies a plan on the box and fails where the device refuses.
func (tn *town) execute(t *rapid.T, p Plan) {
	for i, s := range p.Steps {
		if err := tn.box.apply(s); err != nil {
			t.Fatalf("step %d, %s: %v\n%s", i+1, s, err, strings.Join(lines(p.Steps), "\n"))
		}
	}
	tn.owned = follow(tn.owned, p, tn.box.config())
}

// foreignEntries is everything on the device that has no row of ownership.
func foreignEntries(c gam.Config, owned []gam.Owned) []gam.Entry {
	var out []gam.Entry
	is := func(e gam.Entry) bool {
		return slices.ContainsFunc(owned, func(o gam.Owned) bool {
			return o.Kind == e.Kind() && (o.Key == e.Key() || o.EntryID != 0 && o.EntryID == e.ID())
		})
	}
	for _, v := range c.Profiles {
		if e := (gam.Entry{Profile: &v}); !is(e) {
			out = append(out, e)
		}
	}
	for _, v := range c.Endpoints {
		if e := (gam.Entry{Endpoint: &v}); !is(e) {
			out = append(out, e)
		}
	}
	for _, v := range c.Services {
		if e := (gam.Entry{Service: &v}); !is(e) {
			out = append(out, e)
		}
	}
	return out
}

// checkServed compares the device with the orders, one by one and in its own
// words.
func (tn *town) checkServed(t *rapid.T, p Plan) {
	c := tn.box.config()
	for _, u := range tn.subs {
		_, bad := p.Problem(u.ID)
		if bad {
			continue
		}
		v, there := c.Service(u.DeviceName)
		serve := u.Status == gam.SubActive || u.Status == gam.SubSuspended && tn.set.SuspendPolicy != gam.SuspendRemove
		if !serve {
			if slices.ContainsFunc(tn.owned, func(o gam.Owned) bool {
				return o.Kind == gam.KindService && o.SubscriberID == u.ID && !o.Claimed && slices.ContainsFunc(c.Services, func(v gam.Service) bool { return v.Name == o.Key })
			}) {
				t.Fatalf("subscriber %d is %s and still on the device", u.ID, u.Status)
			}
			continue
		}
		if !there {
			t.Fatalf("subscriber %d %q is not on the device", u.ID, u.DeviceName)
		}
		plan, vlan := u.PlanID, u.VLANID
		if u.Status == gam.SubSuspended && tn.set.SuspendPolicy == gam.SuspendSlow {
			plan = tn.set.SlowPlanID
		}
		if u.Status == gam.SubSuspended && tn.set.SuspendPolicy == gam.SuspendGarden {
			vlan = tn.set.WalledGardenVLAN
		}
		prof, _ := c.Profile(v.ProfileName)
		if want := tn.plans[plan].Rate(tn.box.hw.Medium); prof.Rate != want || prof.ID == 1 {
			t.Fatalf("subscriber %d has %+v, want %+v", u.ID, prof, want)
		}
		if v.VLAN != vlan {
			t.Fatalf("subscriber %d has VLAN %d, want %d", u.ID, v.VLAN, vlan)
		}
		if tn.box.model == gam.PortAware {
			if v.Port != u.Port {
				t.Fatalf("subscriber %d is on port %d, want %d", u.ID, v.Port, u.Port)
			}
			continue
		}
		e, _ := c.Endpoint(u.EndpointMAC)
		if v.EndpointMAC != u.EndpointMAC || u.Port != 0 && e.Port != u.Port || u.Port == 0 && e.Port == 0 && !e.AutoPort && tn.ours(e) {
			t.Fatalf("subscriber %d is on %+v, want %s on port %d", u.ID, e, u.EndpointMAC, u.Port)
		}
	}
}

func (tn *town) ours(e gam.Endpoint) bool {
	return slices.ContainsFunc(tn.owned, func(o gam.Owned) bool { return o.Key == e.MAC.String() })
}

// TestLaws settles a device, changes orders and device, and settles it again.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tn := drawTown(t)
		for round := range rapid.IntRange(1, 3).Draw(t, "rounds") {
			if round > 0 {
				tn.drawPlans(t)
				tn.orders(t)
				if rapid.Bool().Draw(t, "trouble") {
					tn.vandal(t)
				}
			}
			before := foreignEntries(tn.box.config(), tn.owned)
			owned := slices.Clone(tn.owned)
			p := tn.diff()
			for _, s := range p.Steps {
				// Nothing is touched that is not ours, or that the same plan made.
				if s.Before != nil && s.Before.ID() != 0 && !slices.ContainsFunc(owned, func(o gam.Owned) bool {
					return o.Kind == s.Before.Kind() && (o.Key == s.Before.Key() || o.EntryID == s.Before.ID())
				}) && !slices.ContainsFunc(p.Steps, func(q gam.Step) bool {
					return q.After != nil && q.After.Kind() == s.Before.Kind() && q.After.Key() == s.Before.Key()
				}) {
					t.Fatalf("%s touches %+v, which is not ours", s, *s.Before)
				}
				if s.Reason == "" {
					t.Fatalf("%s has no reason", s)
				}
			}
			tn.execute(t, p)
			if d := cmp.Diff(before, foreignEntries(tn.box.config(), append(owned, tn.owned...))); d != "" {
				t.Fatalf("foreign entries changed:\n%s\nby\n%s", d, strings.Join(lines(p.Steps), "\n"))
			}
			tn.checkServed(t, p)
			if again := tn.diff(); len(again.Steps) > 0 {
				t.Fatalf("second diff:\n%s\nafter\n%s\nproblems %+v", strings.Join(lines(again.Steps), "\n"), strings.Join(lines(p.Steps), "\n"), p.Problems)
			}
			for _, q := range p.Problems {
				if q.Code == CodeOrder {
					t.Fatalf("no order found: %+v", q)
				}
				if q.Message == "" || q.Remedy == "" {
					t.Fatalf("problem without words: %+v", q)
				}
			}
		}
	})
}

// TestOrderOfInputsDoesNotMatter shuffles everything that comes as a list.
func TestOrderOfInputsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tn := drawTown(t)
		tn.execute(t, tn.diff())
		tn.orders(t)
		tn.vandal(t)
		p := tn.diff()
		c := tn.box.config()
		c.Profiles = rapid.Permutation(c.Profiles).Draw(t, "profiles")
		c.Endpoints = rapid.Permutation(c.Endpoints).Draw(t, "endpoints")
		c.Services = rapid.Permutation(c.Services).Draw(t, "services")
		subs := rapid.Permutation(tn.subs).Draw(t, "subs")
		owned := rapid.Permutation(tn.owned).Draw(t, "owned")
		q := Diff(tn.want(subs), c, Policy{Owned: owned, Hardware: tn.box.hw, Mode: gam.ModeManage, RepairDrift: tn.set.RepairDrift})
		if d := cmp.Diff(p, q); d != "" {
			t.Fatalf("another plan from the same facts:\n%s", d)
		}
		if p.Fingerprint() != q.Fingerprint() {
			t.Fatal("another fingerprint of the same plan")
		}
	})
}

// TestUnrepairedDriftStaysUntilTheOrderChanges: with repair off nothing is
// written for what others changed; the plan says what it is.
func TestUnrepairedDriftStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tn := drawTown(t)
		tn.execute(t, tn.diff())
		tn.set.RepairDrift = false
		if p := tn.diff(); len(p.Steps) > 0 || len(p.Drift) > 0 {
			t.Fatalf("settled, but %v %+v", lines(p.Steps), p.Drift)
		}
		owned := slices.Clone(tn.owned)
		before := tn.box.config()
		tn.vandal(t)
		tn.owned = owned // no claims in this test
		p := tn.diff()
		for _, s := range p.Steps {
			if strings.Contains(s.Reason, "drift") {
				t.Fatalf("%s, although drift is not to be repaired", s)
			}
		}
		tn.execute(t, p)
		if again := tn.diff(); len(again.Steps) > 0 {
			t.Fatalf("second diff:\n%s\nafter\n%s\nproblems %+v", strings.Join(lines(again.Steps), "\n"), strings.Join(lines(p.Steps), "\n"), p.Problems)
		}
		_ = before
	})
}
