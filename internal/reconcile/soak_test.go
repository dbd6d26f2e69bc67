package reconcile_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// TestSoak lets operators, somebody at the device's console and bad luck loose
// on one device at the same time, on every firmware, and looks after each
// round whether everybody has what was ordered.
func TestSoak(t *testing.T) {
	for i, fw := range sim.FirmwareVersions() {
		for seed := range 3 {
			t.Run(fmt.Sprintf("%s seed %d", fw, seed), func(t *testing.T) {
				t.Parallel()
				soak(t, fw, rand.New(rand.NewPCG(uint64(seed), uint64(i))))
			})
		}
	}
}

func soak(t *testing.T, firmware string, rng *rand.Rand) {
	s := openSite(t, sim.Options{Model: "GAM-12-C", Firmware: firmware, EndpointsPerPort: 0})
	s.foreign(2)
	foreign := foreignOf(s.sim.State().Running)
	var subs []gam.Subscriber
	for n := 1; n <= 8; n++ {
		subs = append(subs, customer(n, n))
	}
	s.order(subs...)
	for n := 1; n <= 20; n++ {
		s.must(s.sim.Plug(sim.Plug{MAC: mac(n), Port: (n-1)%12 + 1}))
	}
	s.settle()
	for round := range 5 {
		var did []string
		for range 1 + rng.IntN(6) {
			did = append(did, s.operator(subs, rng))
		}
		if rng.IntN(2) == 0 {
			did = append(did, s.console(rng))
		}
		faults := []sim.FaultKind{sim.FaultRefuse, sim.FaultHTTP500, sim.FaultNotAGAM}
		if rng.IntN(2) == 0 {
			f := sim.Fault{Kind: faults[rng.IntN(len(faults))], Skip: rng.IntN(30), Count: 1 + rng.IntN(2)}
			if _, err := s.sim.Fault(f); err != nil {
				t.Fatal(err)
			}
			did = append(did, fmt.Sprintf("fault %s after %d calls", f.Kind, f.Skip))
		}
		if rng.IntN(4) == 0 {
			at := 1 + rng.IntN(8)
			first := true
			s.onStep = func(int) {
				if at--; at == 0 && first {
					first = false
					s.sim.Reboot()
				}
			}
			did = append(did, "restart in the pass")
		}
		s.settle()
		s.onStep = nil
		s.sim.ClearFaults()
		s.settle()
		var active []gam.Subscriber
		for _, u := range subs {
			now, err := s.st.Subscriber(t.Context(), s.subs[u.DeviceName])
			s.must(err)
			if now.Sync.Phase != gam.SyncInSync {
				t.Errorf("%s: %+v", now.DeviceName, now.Sync)
			}
			if now.Status == gam.SubActive {
				s.must(s.sim.Plug(sim.Plug{MAC: now.EndpointMAC, Port: now.Port}))
				active = append(active, now)
			}
		}
		s.served(active...)
		st := s.sim.State()
		if len(st.Running.Services) != len(active)+2 || !st.Saved {
			t.Errorf("%d entries for %d subscribers, saved %v", len(st.Running.Services), len(active), st.Saved)
		}
		if d := cmp.Diff(foreign, foreignOf(st.Running)); d != "" {
			t.Errorf("foreign entries (-before +after):\n%s", d)
		}
		if m := s.sim.Manners(); m.OverlappingCalls+m.OverlappingWrites+m.UnsavedWrites != 0 {
			t.Errorf("manners: %+v", m)
		}
		if t.Failed() {
			t.Fatalf("round %d: %q", round, did)
		}
	}
}

// operator changes orders at random, always to something that can be served.
func (s *site) operator(subs []gam.Subscriber, rng *rand.Rand) string {
	pick := func() string { return subs[rng.IntN(len(subs))].DeviceName }
	a := pick()
	switch what := rng.IntN(8); what {
	case 0:
		s.change(a, func(u *gam.Subscriber) { u.PlanID = gam.PlanID(1 + rng.IntN(4)) })
		return a + " plan"
	case 1:
		s.change(a, func(u *gam.Subscriber) { u.Port = 1 + rng.IntN(12) })
		return a + " port"
	case 2:
		s.change(a, func(u *gam.Subscriber) {
			u.Status = []gam.SubscriberStatus{gam.SubActive, gam.SubSuspended}[rng.IntN(2)]
		})
		return a + " status"
	case 3: // a spare endpoint
		used := s.orders()
		m := mac(9 + rng.IntN(12))
		if slices.ContainsFunc(used, func(u gam.Subscriber) bool { return u.EndpointMAC == m }) {
			return "nothing"
		}
		s.change(a, func(u *gam.Subscriber) { u.EndpointMAC = m })
		return a + " endpoint"
	case 4: // two exchange their endpoints
		b := pick()
		if a == b {
			return "nothing"
		}
		var ma, mb gam.MAC
		s.change(a, func(u *gam.Subscriber) { ma, u.EndpointMAC = u.EndpointMAC, mac(500) })
		s.change(b, func(u *gam.Subscriber) { mb, u.EndpointMAC = u.EndpointMAC, ma })
		s.change(a, func(u *gam.Subscriber) { u.EndpointMAC = mb })
		return a + " and " + b + " endpoints"
	case 5: // two exchange their names
		b := pick()
		if a == b {
			return "nothing"
		}
		var na, nb string
		s.change(a, func(u *gam.Subscriber) { na, u.DeviceName = u.DeviceName, "between" })
		s.change(b, func(u *gam.Subscriber) { nb, u.DeviceName = u.DeviceName, na })
		s.change(a, func(u *gam.Subscriber) { u.DeviceName = nb })
		return a + " and " + b + " names"
	case 6:
		s.change(a, func(u *gam.Subscriber) {
			u.AllowedVLANs = [][]int{nil, {410}, {411, 410}}[rng.IntN(3)]
			u.Tagging = []gam.Tagging{gam.Untagged, gam.Tagged}[rng.IntN(2)]
		})
		return a + " VLANs"
	default:
		s.change(a, func(u *gam.Subscriber) { u.Description = fmt.Sprint("unit ", rng.IntN(100)) })
		return a + " description"
	}
}

func (s *site) orders() []gam.Subscriber {
	all, err := s.st.SubscribersOf(context.Background(), s.id)
	s.must(err)
	return all
}

// console changes what is ours on the device itself.
func (s *site) console(rng *rand.Rand) string {
	c := s.sim.State().Running
	ours := slices.DeleteFunc(c.Services, func(v gam.Service) bool { return len(v.Name) > 4 && v.Name[:4] == "old-" })
	if len(ours) == 0 {
		return "nothing"
	}
	v := ours[rng.IntN(len(ours))]
	var err error
	what := ""
	switch rng.IntN(3) {
	case 0:
		what = "VLAN of " + v.Name
		_, err = s.sim.OutOfBand("ghnAgent.config.user.set", v.ID, map[string]any{"VlanId": 3000 + rng.IntN(100)})
	case 1:
		what = "removal of " + v.Name
		_, err = s.sim.OutOfBand("ghnAgent.config.user.del", v.ID)
	case 2:
		what = "name of " + v.Name
		_, err = s.sim.OutOfBand("ghnAgent.config.user.set", v.ID, map[string]any{"Name": fmt.Sprint("theirs ", rng.IntN(100))})
	}
	if err != nil {
		what += fmt.Sprint(" refused: ", err)
	}
	return "at the console: " + what
}
