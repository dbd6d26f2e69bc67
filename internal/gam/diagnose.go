package gam

import (
	"fmt"
	"strings"
)

// Verdict is what a check says of one quantity.
type Verdict string

// Verdicts, best first. Unknown is not bad: nobody told.
const (
	Good    Verdict = "good"
	Suspect Verdict = "suspect"
	Bad     Verdict = "bad"
	Unknown Verdict = "unknown"
)

// Band is a quantity with two limits. Where MoreIsWorse, values of Suspect and
// above are suspect, of Bad and above bad; else those below Suspect are
// suspect and those below Bad are bad.
type Band struct {
	Suspect, Bad int
	MoreIsWorse  bool
}

// Verdict sorts a value into the band.
func (b Band) Verdict(v int) Verdict {
	past := func(limit int) bool {
		if b.MoreIsWorse {
			return v >= limit
		}
		return v < limit
	}
	switch {
	case past(b.Bad):
		return Bad
	case past(b.Suspect):
		return Suspect
	}
	return Good
}

// Thresholds of a healthy endpoint (reference: operations, "Troubleshooting
// thresholds").
var (
	// AsymmetryBand is how far the PHY rates of the two directions are apart,
	// in percent of the higher one. More than 25 is inferred there; where
	// "strongly different" begins is ours.
	AsymmetryBand = Band{Suspect: 26, Bad: 50, MoreIsWorse: true}
	// UsableBand is the usable throughput of one direction in Mbps.
	UsableBand = Band{Suspect: 800, Bad: 300}
	// CoaxLoadBand is the number of endpoints on one coax port, which share
	// its capacity; the limit is MaxEndpointsCoax.
	CoaxLoadBand = Band{Suspect: 11, Bad: 14, MoreIsWorse: true}
	// LinkBand is the speed of an endpoint's Ethernet link in Mbps: 100 holds
	// up a gigabit service, 10 any.
	LinkBand = Band{Suspect: 1000, Bad: 100}
	// GigabitReach is the longest wire for gigabit rates in metres (CAT3); the
	// device's lengths are estimates, so that more is suspect at most.
	GigabitReach = map[PortType]int{MIMO: 250, SISO: 150}
)

// Check is one look at an endpoint, in words.
type Check struct {
	Code    string  // stable, for programs
	Name    string  // what was looked at
	Value   string  // what was found
	Verdict Verdict // good, suspect, bad, unknown
	Rule    string  // what the verdict rests on
	Advice  string  // what to do, empty when good
}

// Symptoms is what is known of an endpoint when it is diagnosed. Status and
// Links are read from the device for it.
type Symptoms struct {
	Status EndpointStatus
	// Links are its Ethernet ports; LinksTrouble says why they are not known.
	Links        []EndpointLink
	LinksTrouble string
	// Medium of the device, "" when its model is not known.
	Medium Medium
	// OnPort is the number of endpoints on its port, itself among them.
	OnPort int
}

// Diagnosis is every check of an endpoint and their sum in one sentence.
type Diagnosis struct {
	Checks  []Check
	Summary string
}

// Diagnose looks at an endpoint by the thresholds above.
func Diagnose(s Symptoms) Diagnosis {
	var d Diagnosis
	add := func(c Check) {
		if c.Verdict == Good {
			c.Advice = ""
		}
		d.Checks = append(d.Checks, c)
	}
	add(checkState(s.Status))
	if s.Status.Configured {
		add(checkService(s.Status))
	}
	here := s.Status.DetectedPort != 0
	if here {
		add(checkFirmware(s.Status))
		add(checkSymmetry(s.Status.Detail))
		add(checkUsable("usable_downstream", "usable throughput downstream", s.Status.Detail, func(e EndpointDetail) *int { return e.MaxXputRxMbps }))
		add(checkUsable("usable_upstream", "usable throughput upstream", s.Status.Detail, func(e EndpointDetail) *int { return e.MaxXputTxMbps }))
		if e := s.Status.Detail; e != nil && GigabitReach[e.Mode] != 0 {
			add(checkWire(*e))
		}
		for _, c := range checkLinks(s) {
			add(c)
		}
	}
	if s.Medium == Coax && s.OnPort > 0 {
		add(checkLoad(s.OnPort))
	}
	d.Summary = summary(d.Checks)
	return d
}

func checkState(e EndpointStatus) Check {
	c := Check{Code: "state", Name: "where it is", Rule: "a configured endpoint is seen on the port that it is configured for"}
	switch e.State {
	case EndpointOK:
		c.Verdict, c.Value = Good, fmt.Sprintf("on port %d, as configured", e.DetectedPort)
		if e.DetectedPort == 0 {
			c.Value = "ok"
		}
	case EndpointNotDetected:
		c.Verdict, c.Value = Bad, "the device does not see it"
		c.Advice = "check its power, the cable and splitters, and that the port is not shut down; on copper, a port set to MIMO over a single pair has to be SISO"
	case EndpointWrongPort:
		c.Verdict, c.Value = Bad, fmt.Sprintf("quarantined: configured for port %d, seen on port %d", e.ConfigPort, e.DetectedPort)
		c.Advice = "somebody moved the cabling, or the wrong port was configured: move the cable back, or move the subscriber"
	case EndpointUnknownMAC:
		c.Verdict, c.Value = Bad, "quarantined: nobody has configured it, it has no service"
		c.Advice = "set up a service for it; if nobody knows it, find out who plugged it in"
	default:
		c.Verdict, c.Value = Unknown, "the device tells a state that is not known"
		c.Advice = "read the device again"
	}
	return c
}

func checkService(e EndpointStatus) Check {
	c := Check{Code: "service", Name: "service", Rule: "without a subscriber entry an endpoint carries no traffic", Verdict: Good, Value: e.ServiceName}
	if e.ServiceName == "" {
		c.Verdict, c.Value, c.Advice = Bad, "no subscriber entry uses it", "set up a service, or look for the order that should be here"
	}
	return c
}

func checkFirmware(e EndpointStatus) Check {
	c := Check{Code: "firmware", Name: "firmware", Rule: "an endpoint runs the firmware that its GAM brings along", Verdict: Good, Value: "fits the GAM"}
	if e.FwMismatch {
		c.Verdict, c.Value = Suspect, "does not fit the GAM"
		c.Advice = "upgrade the endpoint; if that does not help, switch its power off and on, then upgrade again"
	}
	return c
}

func checkSymmetry(e *EndpointDetail) Check {
	c := Check{
		Code: "phy_symmetry", Name: "PHY rates of both directions", Verdict: Unknown, Value: "not told",
		Rule:   fmt.Sprintf("the two directions are alike; more than %d %% apart is suspect, %d %% or more is bad", AsymmetryBand.Suspect-1, AsymmetryBand.Bad),
		Advice: "look for a bad connector, splitter or tap on the way",
	}
	if e == nil || !e.Alive || e.PhyRateRxMbps == nil || e.PhyRateTxMbps == nil || max(*e.PhyRateRxMbps, *e.PhyRateTxMbps) <= 0 {
		c.Advice = ""
		return c
	}
	rx, tx := *e.PhyRateRxMbps, *e.PhyRateTxMbps
	high, low := max(rx, tx), min(rx, tx)
	// Rounded up, so that the least bit more than the limit counts.
	apart := (100*(high-low) + high - 1) / high
	c.Verdict = AsymmetryBand.Verdict(apart)
	c.Value = fmt.Sprintf("%d Mbps downstream, %d Mbps upstream: %d %% apart", rx, tx, apart)
	return c
}

func checkUsable(code, name string, e *EndpointDetail, of func(EndpointDetail) *int) Check {
	c := Check{
		Code: code, Name: name, Verdict: Unknown, Value: "not told",
		Rule: fmt.Sprintf("%d Mbps and more is good, below %d is bad", UsableBand.Suspect, UsableBand.Bad),
	}
	if e == nil || !e.Alive || of(*e) == nil {
		return c
	}
	v := *of(*e)
	c.Verdict, c.Value = UsableBand.Verdict(v), fmt.Sprintf("%d Mbps", v)
	c.Advice = "check the wiring between the port and the endpoint: length, splitters, connectors; on coax, also how many share the port"
	return c
}

func checkWire(e EndpointDetail) Check {
	reach := GigabitReach[e.Mode]
	c := Check{
		Code: "wire_length", Name: "wire length", Verdict: Unknown, Value: "not told",
		Rule: fmt.Sprintf("%s carries gigabit rates over up to %d m; the length is an estimate of the device", e.Mode, reach),
	}
	if !e.Alive || e.WireLengthMetres == nil {
		return c
	}
	v := *e.WireLengthMetres
	c.Verdict, c.Value = Good, fmt.Sprintf("about %d m", v)
	if v > reach {
		c.Verdict, c.Advice = Suspect, "expect lower rates; a shorter way, or both pairs (MIMO) where one is used, gives more"
	}
	return c
}

func checkLinks(s Symptoms) []Check {
	const code, rule = "ethernet", "the customer's side runs at 1 Gbps, full duplex; 100 Mbps caps the service"
	if s.LinksTrouble != "" {
		return []Check{{Code: code, Name: "Ethernet", Verdict: Unknown, Value: "could not be read: " + s.LinksTrouble, Rule: rule}}
	}
	var out []Check
	for _, l := range s.Links {
		if !l.Valid || !l.Up {
			continue
		}
		c := Check{Code: code, Name: fmt.Sprintf("Ethernet %d", l.Port), Verdict: Unknown, Value: "up, speed not told", Rule: rule}
		if l.SpeedMbps > 0 {
			duplex := "full"
			c.Verdict = LinkBand.Verdict(l.SpeedMbps)
			if !l.FullDuplex {
				duplex = "half"
				if c.Verdict == Good {
					c.Verdict = Suspect
				}
			}
			c.Value = fmt.Sprintf("%d Mbps, %s duplex", l.SpeedMbps, duplex)
			c.Advice = "check the customer's cable (all four pairs) and the port of their router"
		}
		out = append(out, c)
	}
	switch {
	case len(out) > 0:
	case len(s.Links) == 0:
		out = []Check{{Code: code, Name: "Ethernet", Verdict: Unknown, Value: "not told", Rule: rule}}
	default:
		out = []Check{{Code: code, Name: "Ethernet", Verdict: Suspect, Value: "no link on any port", Rule: "something is plugged into a working endpoint", Advice: "check that the customer's router is on and plugged in"}}
	}
	return out
}

func checkLoad(n int) Check {
	return Check{
		Code: "port_load", Name: "endpoints that share the coax port", Verdict: CoaxLoadBand.Verdict(n), Value: fmt.Sprintf("%d", n),
		Rule:   fmt.Sprintf("up to %d is good, %d and more is bad; %d is the limit", CoaxLoadBand.Suspect-1, CoaxLoadBand.Bad, MaxEndpointsCoax),
		Advice: "move some of them to a port with more room",
	}
}

// summary is the checks in one sentence: the worst first, with what to do.
func summary(checks []Check) string {
	by := map[Verdict][]Check{}
	for _, c := range checks {
		by[c.Verdict] = append(by[c.Verdict], c)
	}
	worst := append(append([]Check{}, by[Bad]...), by[Suspect]...)
	if len(worst) == 0 {
		if n := len(by[Unknown]); n > 0 {
			return fmt.Sprintf("Nothing suspicious was found; %d of %d checks could not be made.", n, len(checks))
		}
		return "Everything that was checked is good."
	}
	var b strings.Builder
	switch bad, suspect := len(by[Bad]), len(by[Suspect]); {
	case bad > 0 && suspect > 0:
		fmt.Fprintf(&b, "%d bad, %d suspect", bad, suspect)
	case bad > 0:
		fmt.Fprintf(&b, "%d bad", bad)
	default:
		fmt.Fprintf(&b, "%d suspect", suspect)
	}
	first := worst[0]
	fmt.Fprintf(&b, " of %d checks. First: %s: %s", len(checks), first.Name, first.Value)
	if first.Advice != "" {
		b.WriteString("; " + first.Advice)
	}
	return b.String() + "."
}
