package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
)

func (s *shop) wantProblem(id int, code string, words ...string) {
	s.t.Helper()
	p := s.diff()
	q, ok := p.Problem(gam.SubscriberID(id))
	if !ok || q.Code != code {
		s.t.Fatalf("problems %+v, want %s for subscriber %d", p.Problems, code, id)
	}
	for _, w := range words {
		if !strings.Contains(q.Message, w) {
			s.t.Errorf("%q does not name %q", q.Message, w)
		}
	}
	if q.Remedy == "" {
		s.t.Errorf("no remedy for %q", q.Message)
	}
}

func TestProblems(t *testing.T) {
	setup := func(t *testing.T) *shop {
		s := openShop(t, "GAM-12-C")
		s.subs = []gam.Subscriber{unit(1), unit(2)}
		return s
	}
	// The other subscriber is served whatever happens to the first.
	served := func(t *testing.T, s *shop) {
		t.Helper()
		s.settle()
		if v := s.service("apt-2"); v.VLAN != 102 {
			t.Errorf("the other subscriber: %+v", v)
		}
	}
	t.Run("no plan", func(t *testing.T) {
		s := setup(t)
		s.sub(1).PlanID = 0
		s.wantProblem(1, CodeNoPlan, "Customer 1")
		s.sub(1).PlanID = 99
		s.wantProblem(1, CodeNoPlan, "99")
		served(t, s)
	})
	t.Run("no VLAN", func(t *testing.T) {
		s := setup(t)
		s.sub(1).VLANID = 0
		s.wantProblem(1, CodeVLAN)
		s.sub(1).VLANID = 3841
		s.wantProblem(1, CodeVLAN, "3841")
		served(t, s)
	})
	t.Run("no name", func(t *testing.T) {
		s := setup(t)
		s.sub(1).DeviceName = ""
		s.wantProblem(1, CodeName)
		served(t, s)
	})
	t.Run("no endpoint", func(t *testing.T) {
		s := setup(t)
		s.sub(1).EndpointMAC = gam.MAC{}
		s.wantProblem(1, CodeNotPlaced)
		served(t, s)
	})
	t.Run("no such port or uplink", func(t *testing.T) {
		s := setup(t)
		s.sub(1).Port = 13
		s.wantProblem(1, CodePort, "13", "GAM-12-C")
		s.sub(1).Port = 1
		s.sub(1).DoubleTag = &gam.DoubleTag{OuterVLANID: 2900, NNI: 3}
		s.wantProblem(1, CodePort, "10G 1/3")
		served(t, s)
	})
	t.Run("the same thing twice", func(t *testing.T) {
		s := setup(t)
		third := unit(3)
		third.EndpointMAC = mac(2)
		s.subs = append(s.subs, third)
		s.wantProblem(3, CodeDoubled, mac(2).String())
		s.sub(3).EndpointMAC, s.sub(3).DeviceName = mac(3), "apt-2"
		s.wantProblem(3, CodeDoubled, "apt-2")
		served(t, s)
	})
	t.Run("name of an unmanaged subscriber", func(t *testing.T) {
		s := setup(t)
		s.endpoint(50, "cpe", 2)
		s.put(gam.Entry{Service: &gam.Service{Name: "apt-1", EndpointName: "cpe", VLAN: 700}})
		s.wantProblem(1, CodeNameTaken, "apt-1")
		served(t, s)
	})
	t.Run("unmanaged endpoint on another port", func(t *testing.T) {
		s := setup(t)
		s.endpoint(1, "cpe", 2)
		s.wantProblem(1, CodeAdopt, "cpe", "port 2", "port 1")
		served(t, s)
	})
	t.Run("unmanaged subscriber on the endpoint", func(t *testing.T) {
		s := setup(t)
		s.endpoint(1, "cpe", 1)
		s.put(gam.Entry{Service: &gam.Service{Name: "someone", EndpointName: "cpe", VLAN: 700}})
		s.wantProblem(1, CodeAdopt, "someone", mac(1).String())
		served(t, s)
	})
	t.Run("unmanaged subscriber on an endpoint that is no longer ordered", func(t *testing.T) {
		s := setup(t)
		s.settle()
		c := s.box.config()
		v, _ := c.Service("apt-1")
		if err := s.box.apply(gam.Step{Action: gam.Remove, Before: &gam.Entry{Service: &v}}); err != nil {
			t.Fatal(err)
		}
		s.put(gam.Entry{Service: &gam.Service{Name: "someone", EndpointName: mac(1).Compact(), VLAN: 700}})
		s.sub(1).Status = gam.SubEnded
		s.wantProblem(1, CodeAdopt, "someone")
		served(t, s)
		if _, ok := s.box.config().Endpoint(mac(1)); !ok {
			t.Error("the endpoint of the unmanaged subscriber is gone")
		}
	})
	t.Run("in the way of a problem", func(t *testing.T) {
		s := setup(t)
		s.settle()
		s.sub(1).PlanID = 99
		third := unit(3)
		third.EndpointMAC = mac(1)
		s.sub(1).EndpointMAC = mac(8)
		s.subs = append(s.subs, third)
		s.wantProblem(3, CodeInTheWay, mac(1).String(), "subscriber 1")
		served(t, s)
		if v := s.service("apt-1"); v.EndpointMAC != mac(1) {
			t.Errorf("a subscriber with a problem was touched: %+v", v)
		}
	})
	t.Run("port-aware and no port", func(t *testing.T) {
		s := openShop(t, "GAM-12-M")
		s.box.model = gam.PortAware
		s.subs = []gam.Subscriber{unit(1)}
		s.sub(1).Port = 0
		s.wantProblem(1, CodeNotPlaced, "port-aware")
	})
}

func TestTooManyPlans(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.putProfiles(12)
	for i := 1; i <= 4; i++ {
		rate := 100 * i
		s.plans[gam.PlanID(i)] = gam.Plan{ID: gam.PlanID(i), Name: fmt.Sprintf("Plan %d", i), DownstreamMbps: &rate, UpstreamMbps: &rate}
		u := unit(i)
		u.PlanID = gam.PlanID(i)
		s.subs = append(s.subs, u)
	}
	s.sub(1).Status = gam.SubEnded
	s.settle() // plans 2 and 3 take the last slots; plan 4 finds none
	s.wantProblem(4, CodeTooManyPlans, "Plan 4", "400/400", "old-00", "Plan 2", "unmanaged")
	// A lower plan number does not push out what is on the device.
	s.sub(1).Status = gam.SubActive
	s.wantProblem(1, CodeTooManyPlans, "Plan 1")
	s.settle()
	if got := len(s.box.profiles); got != gam.MaxProfiles {
		t.Errorf("%d profiles, want %d", got, gam.MaxProfiles)
	}
	// When one plan is not needed any more its slot goes to the next.
	s.sub(2).PlanID = 3
	want := []string{
		`add endpoint "000ED8000001": ordered`,
		`set subscriber "apt-2": plan changed`,
		`remove profile "Plan 2": no longer needed`,
		`add profile "Plan 1": needed for plan "Plan 1"`,
		`add subscriber "apt-1": ordered`,
	}
	if d := cmp.Diff(want, s.settle()); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
}

func TestPlansExchangeRatesWithFullSlots(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.putProfiles(12)
	for id := 1; id <= 4; id++ {
		s.subs = append(s.subs, unit(id))
		s.sub(id).PlanID = gam.PlanID(1 + id%2)
	}
	s.settle()
	// Both profiles become obsolete at once, and each has users of both new
	// rates: neither can be removed first, and no slot is free.
	for i, name := range []string{"New A", "New B"} {
		rate := 500 + i
		s.plans[gam.PlanID(10+i)] = gam.Plan{ID: gam.PlanID(10 + i), Name: name, DownstreamMbps: &rate, UpstreamMbps: &rate}
	}
	s.sub(1).PlanID, s.sub(2).PlanID, s.sub(3).PlanID, s.sub(4).PlanID = 10, 10, 11, 11
	got := s.settle()
	if n := slices.IndexFunc(got, func(l string) bool { return strings.HasPrefix(l, "remove") || strings.HasPrefix(l, "add") }); n >= 0 || len(got) != 4 {
		t.Errorf("want two profiles changed in place and two subscribers moved, got:\n%s", strings.Join(got, "\n"))
	}
}
