package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
)

// shop is a device with orders for it, as one test sees them.
type shop struct {
	t     testing.TB
	dev   gam.Device
	box   *box
	subs  []gam.Subscriber
	plans map[gam.PlanID]gam.Plan
	set   gam.Settings
	owned []gam.Owned
	seen  map[gam.MAC]int // where endpoints are detected
}

func openShop(t testing.TB, modelName string) *shop {
	hw, ok := gam.ModelByName(modelName)
	if !ok {
		t.Fatalf("no model %s", modelName)
	}
	mbps := func(v int) *int { return &v }
	return &shop{
		t:   t,
		dev: gam.Device{ID: 7, Identity: gam.Identity{Model: hw.Name, SubscriberModel: gam.EndpointAware}},
		box: newBox(hw, gam.EndpointAware),
		plans: map[gam.PlanID]gam.Plan{
			1: {ID: 1, Name: "Basic 100", DownstreamMbps: mbps(100), UpstreamMbps: mbps(10)},
			2: {ID: 2, Name: "Fast 300", DownstreamMbps: mbps(300), UpstreamMbps: mbps(30)},
			3: {ID: 3, Name: "Also 300", DownstreamMbps: mbps(300), UpstreamMbps: mbps(30)},
			4: {ID: 4, Name: "Unlimited"},
			5: {ID: 5, Name: "Slow", DownstreamMbps: mbps(10), UpstreamMbps: mbps(10)},
		},
		set: gam.DefaultSettings(),
	}
}

func mac(n int) gam.MAC { return gam.MAC{0, 0x0e, 0xd8, 0, byte(n >> 8), byte(n)} }

func unit(id int) gam.Subscriber {
	return gam.Subscriber{
		ID: gam.SubscriberID(id), DeviceID: 7, Name: fmt.Sprintf("Customer %d", id), DeviceName: fmt.Sprintf("apt-%d", id),
		Description: fmt.Sprintf("unit %d", id), EndpointMAC: mac(id), Port: 1, PlanID: 1, VLANID: 100 + id,
		Tagging: gam.Untagged, Status: gam.SubActive,
	}
}

func (s *shop) sub(id int) *gam.Subscriber {
	for i := range s.subs {
		if s.subs[i].ID == gam.SubscriberID(id) {
			return &s.subs[i]
		}
	}
	s.t.Fatalf("no subscriber %d", id)
	return nil
}

func (s *shop) diff(mode ...gam.Mode) Plan {
	p := Policy{Owned: s.owned, Hardware: s.box.hw, Mode: gam.ModeManage, RepairDrift: s.set.RepairDrift}
	if len(mode) > 0 {
		p.Mode = mode[0]
	}
	return Diff(s.want(s.subs), s.box.config(), p)
}

func (s *shop) want(subs []gam.Subscriber) Wanted {
	return facts{device: s.dev, subs: subs, plans: s.plans, set: s.set, seen: s.seen}.want()
}

// settle plans and applies, checks the laws on the way and returns the steps.
func (s *shop) settle() []string {
	s.t.Helper()
	p := s.diff()
	for i, step := range p.Steps {
		if err := s.box.apply(step); err != nil {
			s.t.Fatalf("step %d of %d, %s: %v\nplan:\n%s", i+1, len(p.Steps), step, err, strings.Join(lines(p.Steps), "\n"))
		}
	}
	s.owned = follow(s.owned, p, s.box.config())
	if again := s.diff(); len(again.Steps) != 0 {
		s.t.Fatalf("not settled after\n%s\nstill:\n%s", strings.Join(lines(p.Steps), "\n"), strings.Join(lines(again.Steps), "\n"))
	}
	return lines(p.Steps)
}

func lines(steps []gam.Step) []string {
	out := []string{}
	for _, s := range steps {
		out = append(out, s.String())
	}
	return out
}

func (s *shop) service(name string) gam.Service {
	s.t.Helper()
	v, ok := s.box.config().Service(name)
	if !ok {
		s.t.Fatalf("no subscriber %q on the device", name)
	}
	return v
}

// TestNamedCases is the everyday work of an operator, each case from a device
// that is settled with subscribers 1 and 2 on a coax unit.
func TestNamedCases(t *testing.T) {
	const m1, m2, m9 = "000ED8000001", "000ED8000002", "000ED8000009"
	for _, c := range []struct {
		name   string
		change func(s *shop)
		steps  []string
	}{
		{"nothing changes", func(*shop) {}, nil},
		{"plan change to a rate that is not there", func(s *shop) { s.sub(1).PlanID = 2 }, []string{
			`add profile "Fast 300": needed for plan "Fast 300"`,
			`set subscriber "apt-1": plan changed`,
		}},
		{"plan change to unthrottled", func(s *shop) { s.sub(1).PlanID = 4 }, []string{
			`set subscriber "apt-1": plan changed`,
		}},
		{"both leave a plan for another", func(s *shop) { s.sub(1).PlanID, s.sub(2).PlanID = 2, 3 }, []string{
			`add profile "Fast 300": needed for plan "Fast 300"`,
			`set subscriber "apt-1": plan changed`,
			`set subscriber "apt-2": plan changed`,
			`remove profile "Basic 100": no longer needed`,
		}},
		{"the plan's rate changes", func(s *shop) {
			p := s.plans[1]
			p.OverheadPercent = 7
			s.plans[1] = p
		}, []string{
			`set profile "Basic 100": rate of plan "Basic 100" changed`,
		}},
		{"move to another port", func(s *shop) { s.sub(1).Port = 3 }, []string{
			`set endpoint "` + m1 + `": port changed`,
		}},
		{"any port will do", func(s *shop) { s.sub(1).Port = 0 }, nil},
		{"endpoint replaced", func(s *shop) { s.sub(1).EndpointMAC = mac(9) }, []string{
			`add endpoint "` + m9 + `": ordered`,
			`set subscriber "apt-1": other endpoint`,
			`remove endpoint "` + m1 + `": left over`,
		}},
		{"endpoints swapped", func(s *shop) {
			s.sub(1).EndpointMAC, s.sub(2).EndpointMAC = mac(2), mac(1)
			s.sub(1).Description, s.sub(2).Description = "", ""
		}, []string{
			`set endpoint "` + m2 + `": description changed`,
			`set endpoint "` + m1 + `": description changed`,
			`remove subscriber "apt-1": leaves for a moment while endpoints are exchanged`,
			`set subscriber "apt-2": description changed, other endpoint`,
			`add subscriber "apt-1": comes back after an exchange`,
		}},
		{"renamed", func(s *shop) { s.sub(1).DeviceName = "penthouse" }, []string{
			`set subscriber "apt-1", renamed to "penthouse": renamed`,
		}},
		{"rename chain", func(s *shop) { s.sub(1).DeviceName, s.sub(2).DeviceName = "apt-2", "apt-3" }, []string{
			`set subscriber "apt-2", renamed to "apt-3": renamed`,
			`set subscriber "apt-1", renamed to "apt-2": renamed`,
		}},
		{"names exchanged", func(s *shop) { s.sub(1).DeviceName, s.sub(2).DeviceName = "apt-2", "apt-1" }, []string{
			`set subscriber "apt-1", renamed to "moving-1": steps aside under another name while names are exchanged`,
			`set subscriber "apt-2", renamed to "apt-1": renamed`,
			`set subscriber "moving-1", renamed to "apt-2": renamed`,
		}},
		{"suspended: removed", func(s *shop) { s.sub(1).Status = gam.SubSuspended }, []string{
			`remove subscriber "apt-1": suspended`,
			`remove endpoint "` + m1 + `": suspended`,
		}},
		{"suspended: walled garden", func(s *shop) {
			s.set.SuspendPolicy, s.set.WalledGardenVLAN = gam.SuspendGarden, 3999
			s.sub(1).Status = gam.SubSuspended
		}, []string{
			`set subscriber "apt-1": VLAN changed`,
		}},
		{"suspended: slow plan", func(s *shop) {
			s.set.SuspendPolicy, s.set.SlowPlanID = gam.SuspendSlow, 5
			s.sub(1).Status = gam.SubSuspended
		}, []string{
			`add profile "Slow": needed for plan "Slow"`,
			`set subscriber "apt-1": plan changed`,
		}},
		{"ended", func(s *shop) { s.sub(1).Status = gam.SubEnded }, []string{
			`remove subscriber "apt-1": ended`,
			`remove endpoint "` + m1 + `": ended`,
		}},
		{"the order is gone", func(s *shop) { s.subs = s.subs[1:] }, []string{
			`remove subscriber "apt-1": no longer ordered`,
			`remove endpoint "` + m1 + `": no longer ordered`,
		}},
		{"the last of a plan ended", func(s *shop) { s.sub(1).Status, s.sub(2).Status = gam.SubEnded, gam.SubEnded }, []string{
			`remove subscriber "apt-1": ended`,
			`remove subscriber "apt-2": ended`,
			`remove endpoint "` + m1 + `": ended`,
			`remove endpoint "` + m2 + `": ended`,
			`remove profile "Basic 100": no longer needed`,
		}},
		{"tagged and remapped", func(s *shop) { s.sub(1).Tagging, s.sub(1).RemappedVLANID = gam.Tagged, 205 }, []string{
			`set subscriber "apt-1": tagging and remapped VLAN changed`,
		}},
		{"second port and extra VLANs", func(s *shop) { s.sub(1).Port2VLANID, s.sub(1).AllowedVLANs = 900, []int{411, 410} }, []string{
			`set subscriber "apt-1": port 2 VLAN and extra VLANs changed`,
		}},
		{"trunk", func(s *shop) { s.sub(1).Trunk = true }, []string{
			`set subscriber "apt-1": trunk changed`,
		}},
		{"double tag", func(s *shop) { s.sub(1).DoubleTag = &gam.DoubleTag{OuterVLANID: 2900} }, []string{
			`set subscriber "apt-1": double tag and outer VLAN changed`,
		}},
		{"PoE", func(s *shop) { s.sub(1).PoE = true }, []string{
			`set subscriber "apt-1": PoE changed`,
		}},
		{"a third one of another plan with the same rate", func(s *shop) {
			n := unit(9)
			p := s.plans[1]
			p.ID, p.Name = 6, "Basic again"
			s.plans[6] = p
			n.PlanID = 6
			s.subs = append(s.subs, n)
		}, []string{
			`add endpoint "` + m9 + `": ordered`,
			`add subscriber "apt-9": ordered`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openShop(t, "GAM-12-C")
			s.subs = []gam.Subscriber{unit(1), unit(2)}
			s.settle()
			c.change(s)
			want := append([]string{}, c.steps...)
			if d := cmp.Diff(want, s.settle()); d != "" {
				t.Errorf("steps (-want +got):\n%s", d)
			}
		})
	}
}

func TestNewSubscribersInOrder(t *testing.T) {
	s := openShop(t, "GAM-12-C")
	s.subs = []gam.Subscriber{unit(2), unit(1)}
	s.sub(2).PlanID = 3
	want := []string{
		`add profile "Basic 100": needed for plan "Basic 100"`,
		`add profile "Also 300": needed for plan "Also 300"`,
		`add endpoint "000ED8000001": ordered`,
		`add subscriber "apt-1": ordered`,
		`add endpoint "000ED8000002": ordered`,
		`add subscriber "apt-2": ordered`,
	}
	if d := cmp.Diff(want, s.settle()); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
	v := s.service("apt-1")
	v.ID = 0
	if d := cmp.Diff(gam.Service{Name: "apt-1", Description: "unit 1", EndpointName: "000ED8000001", EndpointMAC: mac(1), ProfileName: "Basic 100", VLAN: 101}, v); d != "" {
		t.Errorf("entry (-want +got):\n%s", d)
	}
}

func TestResumeGivesBackWhatWas(t *testing.T) {
	for _, policy := range []gam.SuspendPolicy{gam.SuspendRemove, gam.SuspendGarden, gam.SuspendSlow} {
		s := openShop(t, "GAM-12-C")
		s.set.SuspendPolicy, s.set.SlowPlanID, s.set.WalledGardenVLAN = policy, 5, 3999
		full := unit(1)
		full.Port2VLANID, full.AllowedVLANs, full.DoubleTag = 900, []int{410}, &gam.DoubleTag{OuterVLANID: 2900}
		s.subs = []gam.Subscriber{full}
		s.settle()
		before := s.service("apt-1")
		s.sub(1).Status = gam.SubSuspended
		s.settle()
		during, there := s.box.config().Service("apt-1")
		switch policy {
		case gam.SuspendRemove:
			if there {
				t.Errorf("%s: still there: %+v", policy, during)
			}
		case gam.SuspendGarden:
			want := before
			want.VLAN, want.Port2VLAN, want.AllowedVLANs, want.DoubleTag, want.OuterVLAN = 3999, 0, nil, false, 0
			if d := cmp.Diff(want, during); d != "" {
				t.Errorf("%s (-want +got):\n%s", policy, d)
			}
		case gam.SuspendSlow:
			want := before
			want.ProfileName = "Slow"
			if d := cmp.Diff(want, during); d != "" {
				t.Errorf("%s (-want +got):\n%s", policy, d)
			}
		}
		s.sub(1).Status = gam.SubActive
		s.settle()
		after := s.service("apt-1")
		after.ID = before.ID
		if d := cmp.Diff(before, after); d != "" {
			t.Errorf("%s, resumed (-before +after):\n%s", policy, d)
		}
	}
}

func TestReplacementOnAFullCopperPort(t *testing.T) {
	s := openShop(t, "GAM-4-MX")
	s.subs = []gam.Subscriber{unit(1)}
	s.settle()
	s.sub(1).EndpointMAC = mac(9)
	want := []string{
		`remove subscriber "apt-1": leaves for a moment while endpoints are exchanged`,
		`remove endpoint "000ED8000001": left over`,
		`add endpoint "000ED8000009": ordered`,
		`add subscriber "apt-1": comes back after an exchange`,
	}
	if d := cmp.Diff(want, s.settle()); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
}

func TestReplacementOnAFullDevice(t *testing.T) {
	s := openShop(t, "GAM-24-C")
	for id := 1; id <= gam.MaxEndpoints; id++ {
		u := unit(id)
		u.Port = (id-1)/16 + 1
		s.subs = append(s.subs, u)
	}
	s.settle()
	s.sub(5).EndpointMAC, s.sub(5).Port = mac(999), 0
	if got := s.settle(); len(got) != 4 || !strings.HasPrefix(got[0], "remove subscriber") {
		t.Errorf("steps: %q", got)
	}
	extra := unit(500)
	extra.Port = 2
	s.subs = append(s.subs, extra)
	p := s.diff()
	if q, ok := p.Problem(500); !ok || q.Code != CodePortFull {
		t.Errorf("the 385th: %+v, want %s", p.Problems, CodePortFull)
	}
	s.sub(500).Port = 0
	if q, ok := s.diff().Problem(500); !ok || q.Code != CodeDeviceFull || !strings.Contains(q.Message, "384") {
		t.Errorf("the 385th anywhere: %+v, want %s", q, CodeDeviceFull)
	}
}

func TestPortsExchangedOnCopper(t *testing.T) {
	s := openShop(t, "GAM-4-MX")
	for id := 1; id <= 3; id++ {
		u := unit(id)
		u.Port = id
		s.subs = append(s.subs, u)
	}
	s.settle()
	s.sub(1).Port, s.sub(2).Port, s.sub(3).Port = 2, 3, 1
	want := []string{
		`set endpoint "000ED8000001": leaves its port while ports are exchanged`,
		`set endpoint "000ED8000003": port changed`,
		`set endpoint "000ED8000002": port changed`,
		`set endpoint "000ED8000001": port changed`,
	}
	if d := cmp.Diff(want, s.settle()); d != "" {
		t.Errorf("steps (-want +got):\n%s", d)
	}
}

func TestOneTooManyOnAPort(t *testing.T) {
	s := openShop(t, "GAM-4-CX")
	for id := 1; id <= 17; id++ {
		s.subs = append(s.subs, unit(id))
	}
	p := s.diff()
	q, ok := p.Problem(17)
	if !ok || q.Code != CodePortFull || !strings.Contains(q.Message, "port 1 takes 16") || len(p.Problems) != 1 {
		t.Errorf("problems: %+v", p.Problems)
	}
	if got, _ := count(p.Steps, gam.KindService, gam.Add); got != 16 {
		t.Errorf("%d are added, want 16", got)
	}
	s.settle()
	s.subs = s.subs[1:16] // the first has left and another one took its place
	s.settle()
	late := unit(30)
	s.subs = append(s.subs, late)
	s.settle()
	s.subs = append(s.subs, unit(1)) // an older order, but the port is full
	if q, ok := s.diff().Problem(1); !ok || q.Code != CodePortFull {
		t.Errorf("who is there stays: problem %+v, want %s", q, CodePortFull)
	}
}

func count(steps []gam.Step, k gam.EntryKind, a gam.Action) (n int, names []string) {
	for _, s := range steps {
		if s.Entry().Kind() == k && s.Action == a {
			n++
			names = append(names, s.Entry().Name())
		}
	}
	slices.Sort(names)
	return n, names
}

// TestProfileNames keeps to the characters that every firmware takes.
func TestProfileNames(t *testing.T) {
	for plan, want := range map[string]string{
		"Fiber 500/50": "Fiber 500/50", "res_500-a": "res_500-a",
		"Gigabit (1.000 / 50) + TV": "Gigabit _1_000 / 50_ _ TV", "Größe #1": "Grosse _1", "": "plan-7",
	} {
		if got := profileName(&need{name: plan, plan: 7}); got != want {
			t.Errorf("plan %q: profile %q, want %q", plan, got, want)
		}
	}
}
