package gam

import (
	"slices"
	"strconv"
	"strings"
)

// VLAN numbers with a meaning on every GAM (reference: models and limits,
// "Limits"; operations, "VLAN schemes").
const (
	MinVLAN        = 3    // 1 is internal, 2 runs between GAM and endpoints
	MaxVLAN        = 4093 // 4095 is internal
	ManagementVLAN = 4093 // customary in-band management; not for subscribers
	CaptiveVLAN    = 4094 // where unprovisioned endpoints land

	// MaxAllowedVLANs is the number of extra tagged VLANs per subscriber: the
	// older guides say 14, the 2024 VLAN guide 12; 12 fits both.
	MaxAllowedVLANs = 12
)

// ReservedVLANs are used inside the device (3840–3842).
var ReservedVLANs = []int{3840, 3841, 3842}

// VLANRange is a range of VLAN ids, both ends included.
type VLANRange struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// DefaultVLANRange is where subscribers' VLANs come from unless the operator
// says otherwise.
var DefaultVLANRange = VLANRange{First: 100, Last: 4000}

// Contains reports whether v lies in the range.
func (r VLANRange) Contains(v int) bool { return v >= r.First && v <= r.Last }

// Check refuses a range that no subscriber could use.
func (r VLANRange) Check() error {
	if r.First < MinVLAN || r.Last > MaxVLAN || r.First > r.Last {
		return ruleErr("vlan_range", "a VLAN range lies within %d to %d and starts before it ends; %d–%d does not", MinVLAN, MaxVLAN, r.First, r.Last)
	}
	return nil
}

// CheckVLAN refuses a VLAN id that the hardware refuses for a subscriber, its
// remapped or its outer tag.
func CheckVLAN(v int) error {
	switch {
	case v < MinVLAN || v > MaxVLAN:
		return ruleErr("vlan_out_of_range", "the hardware takes VLANs %d to %d; %d is outside", MinVLAN, MaxVLAN, v)
	case slices.Contains(ReservedVLANs, v):
		return ruleErr("vlan_reserved", "VLAN %d is reserved inside the GAM (3840 to 3842); choose another", v)
	}
	return nil
}

// CheckSubscriberVLAN is CheckVLAN plus the management VLAN and the
// operator's own range.
func CheckSubscriberVLAN(v int, operator VLANRange) error {
	if err := CheckVLAN(v); err != nil {
		return err
	}
	if v == ManagementVLAN {
		return ruleErr("vlan_management", "VLAN %d is the in-band management VLAN; a subscriber in it could reach the GAMs", v)
	}
	if !operator.Contains(v) {
		return ruleErr("vlan_outside_operator_range", "VLAN %d is outside the range for subscribers %d to %d (settings, VLAN policy)", v, operator.First, operator.Last)
	}
	return nil
}

// CheckAllowedVLANs refuses a list of extra tagged VLANs that the device
// refuses: too many, out of range, doubled.
func CheckAllowedVLANs(vs []int) error {
	if len(vs) > MaxAllowedVLANs {
		return ruleErr("too_many_allowed_vlans", "a subscriber carries at most %d extra tagged VLANs, this list has %d", MaxAllowedVLANs, len(vs))
	}
	seen := map[int]bool{}
	for _, v := range vs {
		if err := CheckVLAN(v); err != nil {
			return err
		}
		if seen[v] {
			return ruleErr("allowed_vlan_doubled", "VLAN %d is twice in the list of extra tagged VLANs", v)
		}
		seen[v] = true
	}
	return nil
}

// FreeVLAN is the lowest VLAN of the range that used does not hold and the
// rules allow; ok is false when the range is exhausted.
func FreeVLAN(r VLANRange, used map[int]bool) (v int, ok bool) {
	for v = max(r.First, MinVLAN); v <= min(r.Last, MaxVLAN); v++ {
		if !used[v] && CheckSubscriberVLAN(v, r) == nil {
			return v, true
		}
	}
	return 0, false
}

// VLANList prints VLANs as people write them: "410, 411".
func VLANList(vs []int) string {
	s := make([]string, len(vs))
	for i, v := range vs {
		s[i] = strconv.Itoa(v)
	}
	return strings.Join(s, ", ")
}
