package reconcile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
)

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
