package gam

import "math"

// PlanID names a plan.
type PlanID int64

// Plan is what is sold: rates without overhead. Null rates are unthrottled.
type Plan struct {
	ID              PlanID
	Version         int64
	Name            string // 1–63 characters
	Description     string
	DownstreamMbps  *int // Mbps as sold; nil = unthrottled
	UpstreamMbps    *int // Mbps as sold; nil = unthrottled
	OverheadPercent int  // added on top for layer-2 overhead; 6–8 is recommended, 0–30 allowed
}

// Limits of plans and profiles (reference: models and limits, "Limits").
const (
	DefaultOverheadPercent = 7  // middle of the recommended 6–8
	MaxOverheadPercent     = 30 // beyond it is a different plan
	MinRateMbps            = 10
	MaxRateCopperMbps      = 1000 // guides; newer firmware accepts more
	MaxRateCoaxMbps        = 800  // above it, unthrottled is the guide's advice
	MaxPlanMbps            = 1999 // MIB upper bound on all units

	// MaxProfiles counts profile slots with the default profile, which is
	// always there; 14 are free to use.
	MaxProfiles      = 15
	UsableProfiles   = MaxProfiles - 1
	DefaultProfileID = 1
)

// Rate is a limiter's setting in Mbps, or unthrottled when zero.
type Rate struct {
	DownMbps int `json:"down_mbps"`
	UpMbps   int `json:"up_mbps"`
}

// Unthrottled reports whether no limiter is wanted.
func (r Rate) Unthrottled() bool { return r == Rate{} }

// MaxRate is the highest limiter setting of a medium in Mbps.
func MaxRate(m Medium) int {
	if m == Coax {
		return MaxRateCoaxMbps
	}
	return MaxRateCopperMbps
}

// Rate is the limiter setting of the plan on a medium: sold rate plus
// overhead, rounded up. A profile limits both directions, so a plan with one
// unthrottled direction gets the medium's highest setting in it. A downstream
// rate above the medium's limiter range is unthrottled as a whole (the guide's
// advice for coax above 800 Mbps) unless upstream still needs its limit, in
// which case downstream gets the highest setting. Rates below the range are
// raised to 10 Mbps, the lowest setting there is.
func (p Plan) Rate(m Medium) Rate {
	highest := MaxRate(m)
	set := func(sold *int) (mbps int, unlimited bool) {
		if sold == nil {
			return highest, true
		}
		v := int(math.Ceil(float64(*sold) * float64(100+p.OverheadPercent) / 100))
		if v > highest {
			return highest, true
		}
		return max(v, MinRateMbps), false
	}
	down, downFree := set(p.DownstreamMbps)
	up, upFree := set(p.UpstreamMbps)
	if downFree && upFree {
		return Rate{}
	}
	return Rate{DownMbps: down, UpMbps: up}
}

// Validate refuses a plan that no GAM could deliver.
func (p Plan) Validate() error {
	var bad Invalid
	switch {
	case p.Name == "":
		bad.Check("name", ruleErr("name_empty", "a plan needs a name"))
	case len(p.Name) > MaxDescription:
		bad.Check("name", ruleErr("name_too_long", "a plan's name has at most %d characters", MaxDescription))
	}
	rate := func(field string, v *int) {
		if v != nil && (*v < MinRateMbps || *v > MaxPlanMbps) {
			bad.Check(field, ruleErr("rate_out_of_range", "a rate is %d to %d Mbps, or empty for unthrottled; %d is outside", MinRateMbps, MaxPlanMbps, *v))
		}
	}
	rate("downstream_mbps", p.DownstreamMbps)
	rate("upstream_mbps", p.UpstreamMbps)
	if p.OverheadPercent < 0 || p.OverheadPercent > MaxOverheadPercent {
		bad.Check("overhead_percent", ruleErr("overhead_out_of_range", "overhead is 0 to %d percent (6 to 8 is usual)", MaxOverheadPercent))
	}
	return bad.Err()
}
