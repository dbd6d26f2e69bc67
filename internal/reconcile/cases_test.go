package reconcile

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

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
