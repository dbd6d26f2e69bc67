package gam

import "time"

// SubscriberID names a subscriber.
type SubscriberID int64

// SubscriberStatus is what people or billing ordered.
type SubscriberStatus string

// Subscriber statuses.
const (
	SubPending   SubscriberStatus = "pending"   // ordered, not yet to be served (no endpoint or port known)
	SubActive    SubscriberStatus = "active"    // to be served
	SubSuspended SubscriberStatus = "suspended" // to be held back, see SuspendPolicy
	SubEnded     SubscriberStatus = "ended"     // to be removed from the device
)

// Tagging says how VLANID appears on the endpoint's port 1.
type Tagging string

// Taggings.
const (
	Untagged Tagging = "untagged"
	Tagged   Tagging = "tagged"
)

// DoubleTag puts an outer tag (S-VLAN) on a subscriber's frames at the uplink.
type DoubleTag struct {
	OuterVLANID int `json:"outer_vlan_id"`
	NNI         int `json:"nni"` // uplink number, 0 = the device's default
}

// Subscriber is one ordered service: who, where, which plan, which VLANs.
type Subscriber struct {
	ID          SubscriberID
	Version     int64
	Name        string // as people know the customer; any text up to 127 bytes
	Description string // unit, floor; any text up to 127 bytes
	DeviceID    DeviceID
	Port        int // G.hn port, 0 = wherever the endpoint is (endpoint-aware only)
	EndpointMAC MAC
	PlanID      PlanID

	VLANID         int  // C-VLAN; 0 before allocation
	VLANAllocated  bool // chosen by OpenGAM, given back when the subscriber ends
	Tagging        Tagging
	RemappedVLANID int // 0 = none
	Port2VLANID    int // 0 = none
	AllowedVLANs   []int
	Trunk          bool
	DoubleTag      *DoubleTag
	PoE            bool

	Status     SubscriberStatus
	DeviceName string // the name it bears on the GAM; unique per device
	External   []ExternalRef
	Notes      string

	Sync      Sync
	CreatedAt time.Time
	UpdatedAt time.Time
	UpdatedBy string // who or what ordered it as it stands, for the journal
}

// ExternalRef ties a subscriber to a record of a billing system.
type ExternalRef struct {
	SystemID   int64  `json:"system_id"`
	CustomerID string `json:"customer_id"`
	ServiceID  string `json:"service_id"`
	URL        string `json:"url"`
}

// maxText is the longest free text kept of names and descriptions.
const maxText = 127

// Validate refuses what no device could be given. Rules that depend on the
// device are in CheckOn; rules that depend on other subscribers are the
// caller's.
func (s Subscriber) Validate(operator VLANRange) error {
	var bad Invalid
	if s.Name == "" {
		bad.Check("name", ruleErr("name_empty", "a subscriber needs a name"))
	} else if len(s.Name) > maxText {
		bad.Check("name", ruleErr("name_too_long", "a subscriber's name has at most %d bytes", maxText))
	}
	if len(s.Description) > maxText {
		bad.Check("description", ruleErr("description_too_long", "a description has at most %d bytes", maxText))
	}
	if s.DeviceName != "" {
		bad.Check("device_name", CheckName(s.DeviceName))
	}
	if s.VLANID != 0 {
		bad.Check("vlan_id", CheckSubscriberVLAN(s.VLANID, operator))
	}
	if s.RemappedVLANID != 0 {
		bad.Check("remapped_vlan_id", CheckVLAN(s.RemappedVLANID))
	}
	if s.Port2VLANID != 0 {
		bad.Check("port2_vlan_id", CheckSubscriberVLAN(s.Port2VLANID, operator))
		if s.Port2VLANID == s.VLANID {
			bad.Check("port2_vlan_id", ruleErr("port2_vlan_same", "port 2 of the endpoint needs another VLAN than port 1 (both are %d)", s.VLANID))
		}
	}
	bad.Check("allowed_vlans", CheckAllowedVLANs(s.AllowedVLANs))
	if s.Trunk && len(s.AllowedVLANs) > 0 {
		bad.Check("allowed_vlans", ruleErr("trunk_has_no_list", "a trunk carries every VLAN; the list of extra tagged VLANs must be empty"))
	}
	if d := s.DoubleTag; d != nil {
		bad.Check("double_tag.outer_vlan_id", CheckVLAN(d.OuterVLANID))
		if d.NNI < 0 {
			bad.Check("double_tag.nni", ruleErr("nni_out_of_range", "an uplink is numbered from 1, or 0 for the device's default"))
		}
	}
	switch s.Tagging {
	case Untagged, Tagged:
	default:
		bad.Check("tagging", ruleErr("tagging", "tagging is untagged or tagged"))
	}
	switch s.Status {
	case SubPending, SubActive, SubSuspended, SubEnded:
	default:
		bad.Check("status", ruleErr("status", "a subscriber is pending, active, suspended or ended"))
	}
	return bad.Err()
}

// Placed reports whether enough is known to serve the subscriber on a device
// of this subscriber model.
func (s Subscriber) Placed(m SubscriberModel) bool {
	if s.DeviceID == 0 || s.PlanID == 0 {
		return false
	}
	if m == PortAware {
		return s.Port != 0
	}
	return !s.EndpointMAC.IsZero()
}

// CheckOn refuses what the subscriber's device cannot do.
func (s Subscriber) CheckOn(d Device) error {
	var bad Invalid
	hw, known := d.Hardware()
	if known && s.Port != 0 {
		bad.Check("port", hw.CheckPort(s.Port))
	}
	if known && s.DoubleTag != nil {
		bad.Check("double_tag.nni", hw.CheckNNI(s.DoubleTag.NNI))
	}
	if d.SubscriberModel == PortAware && s.Port == 0 && s.Status != SubPending && s.Status != SubEnded {
		bad.Check("port", ruleErr("port_needed", "%s is port-aware: give the G.hn port that this subscriber is wired to", d.Name))
	}
	return bad.Err()
}

// SuspendPolicy says what being suspended means on the device.
type SuspendPolicy string

// Suspend policies.
const (
	SuspendRemove SuspendPolicy = "remove"        // take the subscriber off the device, keep the order
	SuspendGarden SuspendPolicy = "walled_garden" // another VLAN, where a portal answers
	SuspendSlow   SuspendPolicy = "slow_plan"     // another plan
)

// VLANMode says how VLANs are given out.
type VLANMode string

// VLAN modes.
const (
	VLANUnique VLANMode = "unique" // one per subscriber within a site
	VLANShared VLANMode = "shared" // the same for all; isolation keeps them apart
)

// VLANPolicy gives out VLANs where an order names none.
type VLANPolicy struct {
	Mode   VLANMode  `json:"mode"`
	Range  VLANRange `json:"range"`  // for unique
	Shared int       `json:"shared"` // for shared
}

// Check refuses a policy that could give out nothing.
func (p VLANPolicy) Check(operator VLANRange) error {
	switch p.Mode {
	case VLANUnique:
		if err := p.Range.Check(); err != nil {
			return err
		}
		both := VLANRange{First: max(p.Range.First, operator.First), Last: min(p.Range.Last, operator.Last)}
		if _, ok := FreeVLAN(both, nil); !ok {
			return ruleErr("vlan_policy_empty", "no VLAN of %d to %d may be given to a subscriber (range for subscribers: %d to %d); choose another range", p.Range.First, p.Range.Last, operator.First, operator.Last)
		}
		return nil
	case VLANShared:
		return CheckSubscriberVLAN(p.Shared, operator)
	}
	return ruleErr("vlan_mode", "a VLAN policy is unique or shared")
}

// Settings is what an operator changes while OpenGAM runs.
type Settings struct {
	// Polling.
	EndpointPollSeconds int `json:"endpoint_poll_s"`   // 10–3600
	ConfigPollSeconds   int `json:"config_poll_s"`     // 60–86400
	DeviceDeadlineSec   int `json:"device_deadline_s"` // of one call to a device, 1–300
	OfflineAfter        int `json:"offline_after"`     // failed reads in a row

	// VLANs.
	SubscriberVLANs VLANRange  `json:"subscriber_vlans"`
	VLANPolicy      VLANPolicy `json:"vlan_policy"`

	// Suspension.
	SuspendPolicy    SuspendPolicy `json:"suspend_policy"`
	WalledGardenVLAN int           `json:"walled_garden_vlan"` // for walled_garden
	SlowPlanID       PlanID        `json:"slow_plan_id"`       // for slow_plan

	// Drift: true repairs out-of-band changes of our entries, false reports them.
	RepairDrift bool `json:"repair_drift"`

	// NameTemplate makes device_name where none is given; {id}, {name},
	// {description} stand for the subscriber's fields.
	NameTemplate string `json:"name_template"`
}

// DefaultSettings is what a new installation starts with.
func DefaultSettings() Settings {
	return Settings{
		EndpointPollSeconds: 60,
		ConfigPollSeconds:   15 * 60,
		DeviceDeadlineSec:   30,
		OfflineAfter:        3,
		SubscriberVLANs:     DefaultVLANRange,
		VLANPolicy:          VLANPolicy{Mode: VLANUnique, Range: DefaultVLANRange, Shared: DefaultVLANRange.First},
		SuspendPolicy:       SuspendRemove,
		WalledGardenVLAN:    DefaultVLANRange.Last,
		RepairDrift:         true,
		NameTemplate:        "{name}",
	}
}

// Validate refuses settings that would break the service.
func (s Settings) Validate() error {
	var bad Invalid
	between := func(field string, v, lo, hi int) {
		if v < lo || v > hi {
			bad.Check(field, ruleErr("out_of_range", "%s is %d to %d; %d is outside", field, lo, hi, v))
		}
	}
	between("endpoint_poll_s", s.EndpointPollSeconds, 10, 3600)
	between("config_poll_s", s.ConfigPollSeconds, 60, 86400)
	between("device_deadline_s", s.DeviceDeadlineSec, 1, 300)
	between("offline_after", s.OfflineAfter, 1, 100)
	bad.Check("subscriber_vlans", s.SubscriberVLANs.Check())
	bad.Check("vlan_policy", s.VLANPolicy.Check(s.SubscriberVLANs))
	switch s.SuspendPolicy {
	case SuspendRemove:
	case SuspendGarden:
		bad.Check("walled_garden_vlan", CheckVLAN(s.WalledGardenVLAN))
	case SuspendSlow:
		if s.SlowPlanID == 0 {
			bad.Check("slow_plan_id", ruleErr("slow_plan_needed", "choose the plan that suspended subscribers get"))
		}
	default:
		bad.Check("suspend_policy", ruleErr("suspend_policy", "a suspend policy is remove, walled_garden or slow_plan"))
	}
	if s.NameTemplate == "" {
		bad.Check("name_template", ruleErr("name_template", "a name template needs at least one of {id}, {name}, {description}"))
	}
	return bad.Err()
}
