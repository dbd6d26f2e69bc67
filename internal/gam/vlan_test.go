package gam

import (
	"testing"

	"pgregory.net/rapid"
)

func TestVLANsOfTheHardware(t *testing.T) {
	const fine = ""
	everything := VLANRange{First: 3, Last: 4093}
	for _, c := range []struct {
		vlan                           int
		hardware, subscriber, operator string // refusal by each check
	}{
		{-1, "vlan_out_of_range", "vlan_out_of_range", "vlan_out_of_range"},
		{0, "vlan_out_of_range", "vlan_out_of_range", "vlan_out_of_range"},
		{1, "vlan_out_of_range", "vlan_out_of_range", "vlan_out_of_range"},
		{2, "vlan_out_of_range", "vlan_out_of_range", "vlan_out_of_range"},
		{3, fine, fine, "vlan_outside_operator_range"},
		{99, fine, fine, "vlan_outside_operator_range"},
		{100, fine, fine, fine},
		{3839, fine, fine, fine},
		{3840, "vlan_reserved", "vlan_reserved", "vlan_reserved"},
		{3841, "vlan_reserved", "vlan_reserved", "vlan_reserved"},
		{3842, "vlan_reserved", "vlan_reserved", "vlan_reserved"},
		{3843, fine, fine, fine},
		{4000, fine, fine, fine},
		{4001, fine, fine, "vlan_outside_operator_range"},
		{4092, fine, fine, "vlan_outside_operator_range"},
		{4093, fine, "vlan_management", "vlan_management"},
		{4094, "vlan_out_of_range", "vlan_out_of_range", "vlan_out_of_range"},
		{4095, "vlan_out_of_range", "vlan_out_of_range", "vlan_out_of_range"},
		{4096, "vlan_out_of_range", "vlan_out_of_range", "vlan_out_of_range"},
	} {
		wantRule(t, CheckVLAN(c.vlan), c.hardware == fine, c.hardware, "VLAN %d for the hardware", c.vlan)
		wantRule(t, CheckSubscriberVLAN(c.vlan, everything), c.subscriber == fine, c.subscriber, "VLAN %d for a subscriber", c.vlan)
		wantRule(t, CheckSubscriberVLAN(c.vlan, DefaultVLANRange), c.operator == fine, c.operator, "VLAN %d within 100–4000", c.vlan)
	}
}

func TestVLANRange(t *testing.T) {
	for _, c := range []struct {
		r  VLANRange
		ok bool
	}{
		{VLANRange{100, 4000}, true},
		{VLANRange{3, 4093}, true},
		{VLANRange{500, 500}, true},
		{VLANRange{2, 4000}, false},
		{VLANRange{100, 4094}, false},
		{VLANRange{200, 100}, false},
		{VLANRange{}, false},
	} {
		wantRule(t, c.r.Check(), c.ok, "vlan_range", "%+v", c.r)
	}
	r := VLANRange{First: 10, Last: 20}
	for v, want := range map[int]bool{9: false, 10: true, 20: true, 21: false} {
		if r.Contains(v) != want {
			t.Errorf("%+v contains %d: got %v", r, v, !want)
		}
	}
}

func TestAllowedVLANs(t *testing.T) {
	list := func(n int) []int {
		vs := make([]int, n)
		for i := range vs {
			vs[i] = 100 + i
		}
		return vs
	}
	for _, c := range []struct {
		about string
		vs    []int
		code  string
	}{
		{"none", nil, ""},
		{"12", list(12), ""},
		{"13", list(13), "too_many_allowed_vlans"},
		{"14, as the older guides say", list(14), "too_many_allowed_vlans"},
		{"both ends of the hardware's range", []int{3, 4093}, ""},
		{"VLAN 2", []int{2}, "vlan_out_of_range"},
		{"VLAN 4094", []int{4094}, "vlan_out_of_range"},
		{"reserved", []int{500, 3841}, "vlan_reserved"},
		{"doubled", []int{500, 501, 500}, "allowed_vlan_doubled"},
	} {
		wantRule(t, CheckAllowedVLANs(c.vs), c.code == "", c.code, "%s", c.about)
	}
}

func TestFreeVLAN(t *testing.T) {
	used := func(vs ...int) map[int]bool {
		m := map[int]bool{}
		for _, v := range vs {
			m[v] = true
		}
		return m
	}
	for _, c := range []struct {
		about string
		r     VLANRange
		used  map[int]bool
		want  int // 0 = exhausted
	}{
		{"lowest", VLANRange{100, 200}, nil, 100},
		{"first gap", VLANRange{100, 200}, used(100, 101, 103), 102},
		{"over the reserved ones", VLANRange{3840, 3850}, nil, 3843},
		{"last one", VLANRange{100, 101}, used(100), 101},
		{"all used", VLANRange{100, 101}, used(100, 101), 0},
		{"only reserved ones", VLANRange{3840, 3842}, nil, 0},
		{"never management", VLANRange{4093, 4093}, nil, 0},
		{"a range beyond the hardware", VLANRange{-1 << 62, 1 << 62}, used(3), 4},
		{"backwards", VLANRange{200, 100}, nil, 0},
	} {
		v, ok := FreeVLAN(c.r, c.used)
		if v != c.want || ok != (c.want != 0) {
			t.Errorf("%s: got %d, %v; want %d", c.about, v, ok, c.want)
		}
	}
}

func TestFreeVLANIsTheLowestThatTheRulesAllow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := VLANRange{First: rapid.IntRange(0, 4100).Draw(t, "first"), Last: rapid.IntRange(0, 4100).Draw(t, "last")}
		used := map[int]bool{}
		for _, v := range rapid.SliceOf(rapid.IntRange(r.First, max(r.First, r.Last))).Draw(t, "used") {
			used[v] = true
		}
		got, ok := FreeVLAN(r, used)
		for v := r.First; v <= r.Last && (!ok || v < got); v++ {
			if !used[v] && CheckSubscriberVLAN(v, r) == nil {
				t.Fatalf("range %+v: got %d, %v, but %d is free", r, got, ok, v)
			}
		}
		if ok && (used[got] || CheckSubscriberVLAN(got, r) != nil) {
			t.Fatalf("range %+v: gave out %d, which is used or refused", r, got)
		}
	})
}

func TestVLANPolicy(t *testing.T) {
	operator := VLANRange{First: 100, Last: 4000}
	for _, c := range []struct {
		about string
		p     VLANPolicy
		code  string
	}{
		{"unique", VLANPolicy{Mode: VLANUnique, Range: VLANRange{500, 599}}, ""},
		{"unique, partly outside", VLANPolicy{Mode: VLANUnique, Range: VLANRange{50, 150}}, ""},
		{"unique, wholly outside", VLANPolicy{Mode: VLANUnique, Range: VLANRange{10, 99}}, "vlan_policy_empty"},
		{"unique, reserved ones only", VLANPolicy{Mode: VLANUnique, Range: VLANRange{3840, 3842}}, "vlan_policy_empty"},
		{"unique, no range", VLANPolicy{Mode: VLANUnique}, "vlan_range"},
		{"shared", VLANPolicy{Mode: VLANShared, Shared: 700}, ""},
		{"shared, outside", VLANPolicy{Mode: VLANShared, Shared: 50}, "vlan_outside_operator_range"},
		{"shared, reserved", VLANPolicy{Mode: VLANShared, Shared: 3841}, "vlan_reserved"},
		{"shared, none", VLANPolicy{Mode: VLANShared}, "vlan_out_of_range"},
		{"no mode", VLANPolicy{}, "vlan_mode"},
	} {
		wantRule(t, c.p.Check(operator), c.code == "", c.code, "%s", c.about)
	}
}

func TestVLANList(t *testing.T) {
	if got := VLANList([]int{410, 411}); got != "410, 411" {
		t.Errorf("got %q", got)
	}
	if got := VLANList(nil); got != "" {
		t.Errorf("none: got %q", got)
	}
}
