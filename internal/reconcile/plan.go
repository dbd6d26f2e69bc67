package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// Policy is what Diff may do and what it knows besides the two sides.
type Policy struct {
	Owned    []gam.Owned // what is ours on the device
	Hardware gam.Model   // zero = unknown: only what the device tells is checked
	Mode     gam.Mode    // confirm and watch make a plan with steps wait
	// RepairDrift makes steps out of what somebody else changed; without it
	// drift is reported and left, until the order itself changes.
	RepairDrift bool
}

// Plan is the whole difference between wanted and observed.
type Plan struct {
	Steps    []gam.Step  `json:"steps"` // in the order in which they are valid
	Problems []Problem   `json:"problems"`
	Drift    []DriftItem `json:"drift"`
	// Unmanaged is every entry of the device that is not ours.
	Unmanaged []Key `json:"unmanaged"`
	// Forget is the rows of ownership whose entry is gone for good: neither on
	// the device nor ordered.
	Forget []Key `json:"-"`
	// Waiting means that the steps are not executed by themselves: they wait
	// for a person's approval (mode confirm) or are only shown (mode watch).
	Waiting bool `json:"waiting"`
	// Affected is the subscribers whose service the steps touch, ascending.
	Affected []gam.SubscriberID `json:"affected"`
}

// Key names one entry of a device.
type Key struct {
	Kind gam.EntryKind `json:"kind"`
	Key  string        `json:"key"` // as gam.Entry.Key
}

// Problem is one subscriber that cannot be served as ordered; the others
// proceed. SubscriberID is 0 when no order is behind the entry any more.
type Problem struct {
	SubscriberID gam.SubscriberID `json:"subscriber_id"`
	Code         string           `json:"code"` // stable, see the Code constants
	Message      string           `json:"message"`
	Remedy       string           `json:"remedy"`
}

// Codes of problems.
const (
	CodeNoPlan       = "no_plan"
	CodeName         = "name"           // the name is not one that a device takes
	CodeVLAN         = "vlan"           // no VLAN, or one that no device takes
	CodeNotPlaced    = "not_placed"     // no endpoint, or no port on a port-aware device
	CodePort         = "port"           // the device has no such port or uplink
	CodeDoubled      = "doubled"        // two orders want the same name, endpoint or port
	CodeNameTaken    = "name_taken"     // an entry that we do not manage bears the name
	CodeAdopt        = "adopt"          // an entry that we do not manage is in the way
	CodeInTheWay     = "in_the_way"     // another subscriber with a problem is in the way
	CodePortFull     = "port_full"      // one endpoint too many on a port
	CodeDeviceFull   = "device_full"    // one endpoint or subscriber too many on the device
	CodeTooManyPlans = "too_many_plans" // more plans than profile slots
	CodeOrder        = "order"          // no valid order of steps was found
	CodeRejected     = "rejected"       // the device refused a step
)

// DriftItem is one entry of ours that somebody else changed or removed.
type DriftItem struct {
	Kind         gam.EntryKind    `json:"kind"`
	Key          string           `json:"key"`
	SubscriberID gam.SubscriberID `json:"subscriber_id"`
	What         string           `json:"what"`            // for people: the members that differ, or "is missing"
	Written      gam.Entry        `json:"written"`         // as we left it
	Found        *gam.Entry       `json:"found,omitempty"` // as it stands; nil = missing
	Repaired     bool             `json:"repaired"`        // the plan's steps repair it
}

// Fingerprint is a stable hash of the steps, "" when there are none. A person
// approves a plan by it: another change on the device or of an order gives
// another fingerprint. Reasons do not count, they are words.
func (p Plan) Fingerprint() string {
	if len(p.Steps) == 0 {
		return ""
	}
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, s := range p.Steps {
		s.Reason = ""
		if err := enc.Encode(s); err != nil {
			// Steps hold text, numbers and MAC addresses, which always
			// encode; a hash never fails to write.
			return ""
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// CustomersAffected is the number of subscribers whose service the steps
// touch.
func (p Plan) CustomersAffected() int { return len(p.Affected) }

// Problem finds the problem of one subscriber.
func (p Plan) Problem(id gam.SubscriberID) (Problem, bool) {
	for _, q := range p.Problems {
		if q.SubscriberID == id {
			return q, true
		}
	}
	return Problem{}, false
}

func sortProblems(ps []Problem) {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.SubscriberID, b.SubscriberID), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
	})
}
