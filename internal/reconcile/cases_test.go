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

// put writes an entry on the device that is nobody's order.
func (s *shop) put(e gam.Entry) {
	s.t.Helper()
	if err := s.box.apply(gam.Step{Action: gam.Add, After: &e}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) change(before, after gam.Entry) {
	s.t.Helper()
	if err := s.box.apply(gam.Step{Action: gam.Set, Before: &before, After: &after}); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shop) putProfiles(n int) {
	for i := range n {
		s.put(gam.Entry{Profile: &gam.Profile{Name: fmt.Sprintf("old-%02d", i), Rate: gam.Rate{DownMbps: 20 + i, UpMbps: 20}}})
	}
}

func (s *shop) endpoint(id int, name string, port int) {
	s.put(gam.Entry{Endpoint: &gam.Endpoint{MAC: mac(id), Name: name, Port: port}})
}

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

func TestForeignProfileOfEqualRateIsShared(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.put(gam.Entry{Profile: &gam.Profile{Name: "theirs", Rate: gam.Rate{DownMbps: 100, UpMbps: 10}}})
	s.subs = []gam.Subscriber{unit(1)}
	s.settle()
	if v := s.service("apt-1"); v.ProfileName != "theirs" {
		t.Errorf("on %q, want the profile that was there", v.ProfileName)
	}
	// When it changes its rate it does not serve any more; it is not ours.
	p, _ := s.box.config().Profile("theirs")
	to := p
	to.DownMbps = 111
	s.change(gam.Entry{Profile: &p}, gam.Entry{Profile: &to})
	want := []string{
		`add profile "Basic 100": needed for plan "Basic 100"`,
		`set subscriber "apt-1": plan changed`,
	}
	if d := cmp.Diff(want, s.settle()); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
	s.subs = nil
	s.settle()
	if d := cmp.Diff([]gam.Profile{to}, s.box.config().Profiles[1:]); d != "" {
		t.Errorf("profiles left (-want +got):\n%s", d)
	}
}

func TestDefaultProfileIsNobodysPlan(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.subs = []gam.Subscriber{unit(1)}
	s.sub(1).PlanID = 5 // 10/10, as the default profile
	s.settle()
	if v := s.service("apt-1"); v.ProfileName != "Slow" {
		t.Errorf("on %q, want its own profile", v.ProfileName)
	}
}

func TestAdoptedEntriesKeepTheirLabels(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.endpoint(1, "cpe-101", 1)
	s.put(gam.Entry{Profile: &gam.Profile{Name: "res-100", Rate: gam.Rate{DownMbps: 100, UpMbps: 10}}})
	s.put(gam.Entry{Service: &gam.Service{Name: "apt-1", Description: "unit 1", EndpointName: "cpe-101", ProfileName: "res-100", VLAN: 101, PoE: gam.PoEForce, AllowedVLANs: []int{5, 4}}})
	s.subs = []gam.Subscriber{unit(1)}
	s.sub(1).PoE, s.sub(1).AllowedVLANs = true, []int{4, 5}
	c := s.box.config()
	for _, e := range []gam.Entry{{Profile: &c.Profiles[1]}, {Endpoint: &c.Endpoints[0]}, {Service: &c.Services[0]}} {
		s.owned = append(s.owned, gam.Owned{Kind: e.Kind(), Key: e.Key(), EntryID: e.ID(), SubscriberID: 1, Written: e})
	}
	if got := s.settle(); len(got) != 0 {
		t.Errorf("adoption writes: %q", got)
	}
	if p := s.diff(); len(p.Unmanaged) != 0 || len(p.Drift) != 0 {
		t.Errorf("unmanaged %+v, drift %+v", p.Unmanaged, p.Drift)
	}
	s.sub(1).Port, s.sub(1).VLANID = 4, 321
	want := []string{`set endpoint "cpe-101": port changed`, `set subscriber "apt-1": VLAN changed`}
	if d := cmp.Diff(want, s.settle()); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
}

func TestDrift(t *testing.T) {
	setup := func(t *testing.T) *shop {
		s := openShop(t, "GAM-12-C")
		s.subs = []gam.Subscriber{unit(1), unit(2)}
		s.settle()
		return s
	}
	for _, c := range []struct {
		name  string
		do    func(s *shop)
		drift string // kind, key and what
		steps []string
	}{
		{"VLAN", func(s *shop) {
			v := s.service("apt-1")
			to := v
			to.VLAN, to.Tagged = 999, true
			s.change(gam.Entry{Service: &v}, gam.Entry{Service: &to})
		}, "subscriber apt-1 VLAN and tagging changed", []string{`set subscriber "apt-1": drift: VLAN and tagging changed`}},
		{"renamed", func(s *shop) {
			v := s.service("apt-1")
			to := v
			to.Name = "their name"
			s.change(gam.Entry{Service: &v}, gam.Entry{Service: &to})
		}, "subscriber apt-1 name changed", []string{`set subscriber "their name", renamed to "apt-1": drift: renamed`}},
		{"removed", func(s *shop) {
			v := s.service("apt-1")
			if err := s.box.apply(gam.Step{Action: gam.Remove, Before: &gam.Entry{Service: &v}}); err != nil {
				s.t.Fatal(err)
			}
		}, "subscriber apt-1 is missing", []string{`add subscriber "apt-1": drift: was removed`}},
		{"endpoint moved", func(s *shop) {
			e, _ := s.box.config().Endpoint(mac(1))
			to := e
			to.Port = 5
			s.change(gam.Entry{Endpoint: &e}, gam.Entry{Endpoint: &to})
		}, "endpoint 00:0E:D8:00:00:01 port changed", []string{`set endpoint "000ED8000001": drift: port changed`}},
		{"endpoint renamed", func(s *shop) {
			e, _ := s.box.config().Endpoint(mac(1))
			to := e
			to.Name = "their cpe"
			s.change(gam.Entry{Endpoint: &e}, gam.Entry{Endpoint: &to})
		}, "endpoint 00:0E:D8:00:00:01 name changed", []string{`set endpoint "their cpe", renamed to "000ED8000001": drift: name changed`}},
		{"profile", func(s *shop) {
			p, _ := s.box.config().Profile("Basic 100")
			to := p
			to.DownMbps = 999
			s.change(gam.Entry{Profile: &p}, gam.Entry{Profile: &to})
		}, "profile Basic 100 rate changed", []string{`set profile "Basic 100": drift: rate changed`}},
		{"other plan", func(s *shop) {
			v := s.service("apt-1")
			to := v
			to.ProfileName = ""
			s.change(gam.Entry{Service: &v}, gam.Entry{Service: &to})
		}, "subscriber apt-1 profile changed", []string{`set subscriber "apt-1": drift: plan changed`}},
	} {
		show := func(p Plan) string {
			var out []string
			for _, it := range p.Drift {
				out = append(out, fmt.Sprintf("%s %s %s", it.Kind, it.Key, it.What))
			}
			return strings.Join(out, "; ")
		}
		t.Run(c.name+", repaired", func(t *testing.T) {
			s := setup(t)
			c.do(s)
			p := s.diff()
			if got := show(p); got != c.drift || !p.Drift[0].Repaired {
				t.Errorf("drift %q, want %q, repaired; %+v", got, c.drift, p.Drift)
			}
			if d := cmp.Diff(c.steps, s.settle()); d != "" {
				t.Errorf("steps (-want +got):\n%s", d)
			}
			if got := show(s.diff()); got != "" {
				t.Errorf("repaired, and still drift: %s", got)
			}
		})
		t.Run(c.name+", reported", func(t *testing.T) {
			s := setup(t)
			s.set.RepairDrift = false
			c.do(s)
			p := s.diff()
			if got := show(p); got != c.drift || p.Drift[0].Repaired {
				t.Errorf("drift %q, want %q, not repaired", got, c.drift)
			}
			if len(p.Steps) != 0 {
				t.Errorf("steps: %q", lines(p.Steps))
			}
			// The order itself changes: now it is made as ordered, all of it.
			s.sub(1).VLANID = 555
			s.settle()
			if v := s.service("apt-1"); v.VLAN != 555 || v.EndpointMAC != mac(1) {
				t.Errorf("after a new order: %+v", v)
			}
		})
	}
	t.Run("whoever made it as ordered, it is not drift", func(t *testing.T) {
		s := setup(t)
		v := s.service("apt-1")
		to := v
		to.VLAN = 555
		s.change(gam.Entry{Service: &v}, gam.Entry{Service: &to})
		s.sub(1).VLANID = 555
		if p := s.diff(); len(p.Steps) != 0 || len(p.Drift) != 0 {
			t.Errorf("steps %q, drift %+v", lines(p.Steps), p.Drift)
		}
	})
}

func TestClaims(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.subs = []gam.Subscriber{unit(1)}
	p := s.diff()
	// A crash after the claims: nothing has been written yet.
	for _, step := range p.Steps {
		s.owned = append(s.owned, gam.Owned{Kind: step.After.Kind(), Key: step.After.Key(), SubscriberID: step.SubscriberID, Claimed: true, Written: *step.After})
	}
	if d := cmp.Diff(lines(p.Steps), lines(s.diff().Steps)); d != "" {
		t.Errorf("nothing written yet (-want +got):\n%s", d)
	}
	// Everything has been written, and nothing noted: it is ours.
	for _, step := range p.Steps {
		if err := s.box.apply(step); err != nil {
			t.Fatal(err)
		}
	}
	if q := s.diff(); len(q.Steps)+len(q.Problems)+len(q.Unmanaged) != 0 {
		t.Errorf("all written: %+v", q)
	}
	// Somebody else has made an entry of that name meanwhile: it is theirs.
	v := s.service("apt-1")
	to := v
	to.VLAN = 777
	s.change(gam.Entry{Service: &v}, gam.Entry{Service: &to})
	s.wantProblem(1, CodeNameTaken, "apt-1")
	if q := s.diff(); len(q.Steps) != 0 {
		t.Errorf("steps against somebody else's entry: %q", lines(q.Steps))
	}
}

func TestPortAware(t *testing.T) {
	s := openShop(t, "GAM-12-M")
	s.box.model, s.dev.SubscriberModel = gam.PortAware, gam.PortAware
	s.subs = []gam.Subscriber{unit(1), unit(2)}
	s.sub(2).Port = 2
	want := []string{
		`add profile "Basic 100": needed for plan "Basic 100"`,
		`add subscriber "apt-1": ordered`,
		`add subscriber "apt-2": ordered`,
	}
	if d := cmp.Diff(want, s.settle()); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
	s.sub(1).Port, s.sub(2).Port = 2, 1
	want = []string{
		`remove subscriber "apt-1": leaves for a moment while endpoints are exchanged`,
		`set subscriber "apt-2": moved to port 1`,
		`add subscriber "apt-1": comes back after an exchange`,
	}
	if d := cmp.Diff(want, s.settle()); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
	s.sub(1).EndpointMAC = mac(77)
	if got := s.settle(); len(got) != 0 {
		t.Errorf("another endpoint behind a port is nothing to write: %q", got)
	}
}

func TestRenameAndSwapTogether(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.subs = []gam.Subscriber{unit(1), unit(2), unit(3)}
	s.settle()
	s.sub(1).DeviceName, s.sub(2).DeviceName, s.sub(3).DeviceName = "apt-2", "apt-3", "apt-1"
	s.sub(1).EndpointMAC, s.sub(2).EndpointMAC, s.sub(3).EndpointMAC = mac(3), mac(1), mac(2)
	s.settle()
	for name, want := range map[string]struct {
		vlan int
		mac  gam.MAC
	}{"apt-2": {101, mac(3)}, "apt-3": {102, mac(1)}, "apt-1": {103, mac(2)}} {
		if v := s.service(name); v.VLAN != want.vlan || v.EndpointMAC != want.mac {
			t.Errorf("%s: %+v, want %+v", name, v, want)
		}
	}
}

func TestModesWait(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.subs = []gam.Subscriber{unit(1)}
	if p := s.diff(gam.ModeManage); p.Waiting || p.CustomersAffected() != 1 {
		t.Errorf("manage: waiting %v, %d affected", p.Waiting, p.CustomersAffected())
	}
	for _, m := range []gam.Mode{gam.ModeConfirm, gam.ModeWatch} {
		if p := s.diff(m); !p.Waiting || len(p.Steps) == 0 {
			t.Errorf("%s: waiting %v with %d steps", m, p.Waiting, len(p.Steps))
		}
	}
	s.settle()
	if p := s.diff(gam.ModeConfirm); p.Waiting || p.Fingerprint() != "" {
		t.Errorf("nothing to do, and waiting %v, fingerprint %q", p.Waiting, p.Fingerprint())
	}
	a := s.fingerprintWith(func() { s.sub(1).VLANID = 200 })
	b := s.fingerprintWith(func() { s.sub(1).VLANID = 201 })
	if a == b || a == "" {
		t.Errorf("two different plans have fingerprints %q and %q", a, b)
	}
}

func (s *shop) fingerprintWith(do func()) string { do(); return s.diff().Fingerprint() }

// TestDiffIsTotal feeds it what no device and no store would give.
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
		return Line{SubscriberID: gam.SubscriberID(rapid.IntRange(0, 5).Draw(t, "sub")), PlanID: gam.PlanID(number.Draw(t, "plan")), PlanName: name.Draw(t, "plan name"), Rate: rate.Draw(t, "rate"), MAC: macs.Draw(t, "mac"), Port: number.Draw(t, "port"), Entry: service.Draw(t, "entry")}
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
