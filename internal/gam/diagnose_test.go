package gam

import (
	"strings"
	"testing"
)

// healthy is an endpoint that nothing is wrong with.
func healthy() Symptoms {
	n := func(v int) *int { return &v }
	return Symptoms{
		Status: EndpointStatus{
			State: EndpointOK, DetectedPort: 4, ConfigPort: 4, Configured: true, ServiceName: "apt-101",
			Detail: &EndpointDetail{
				Alive: true, Mode: MIMO, WireLengthMetres: n(120),
				PhyRateRxMbps: n(1100), PhyRateTxMbps: n(1080), MaxXputRxMbps: n(900), MaxXputTxMbps: n(880),
			},
		},
		Links:  []EndpointLink{{Port: 1, Valid: true, Up: true, FullDuplex: true, SpeedMbps: 1000}, {Port: 2, Valid: true}},
		Medium: Copper, OnPort: 1,
	}
}

func TestDiagnoseThresholds(t *testing.T) {
	t.Parallel()
	n := func(v int) *int { return &v }
	rates := func(rx, tx int) func(*Symptoms) {
		return func(s *Symptoms) { s.Status.Detail.PhyRateRxMbps, s.Status.Detail.PhyRateTxMbps = n(rx), n(tx) }
	}
	wire := func(mode PortType, metres int) func(*Symptoms) {
		return func(s *Symptoms) { s.Status.Detail.Mode, s.Status.Detail.WireLengthMetres = mode, n(metres) }
	}
	down := func(v int) func(*Symptoms) {
		return func(s *Symptoms) { s.Status.Detail.MaxXputRxMbps = n(v) }
	}
	load := func(count int) func(*Symptoms) {
		return func(s *Symptoms) { s.Medium, s.OnPort = Coax, count }
	}
	link := func(mbps int, full bool) func(*Symptoms) {
		return func(s *Symptoms) {
			s.Links = []EndpointLink{{Port: 1, Valid: true, Up: true, FullDuplex: full, SpeedMbps: mbps}}
		}
	}
	state := func(st EndpointState) func(*Symptoms) { return func(s *Symptoms) { s.Status.State = st } }
	for _, c := range []struct {
		name  string
		make  func(*Symptoms)
		code  string
		want  Verdict
		value string // in the value
	}{
		{"equal rates", rates(1000, 1000), "phy_symmetry", Good, "0 %"},
		{"a quarter apart", rates(1000, 750), "phy_symmetry", Good, "25 %"},
		{"a bit more than a quarter", rates(1000, 749), "phy_symmetry", Suspect, "26 %"},
		{"just under half", rates(1000, 510), "phy_symmetry", Suspect, "49 %"},
		{"half", rates(1000, 500), "phy_symmetry", Bad, "50 %"},
		{"the other way round", rates(500, 1000), "phy_symmetry", Bad, "500 Mbps downstream"},
		{"one direction dead", rates(1000, 0), "phy_symmetry", Bad, "100 %"},
		{"both dead", rates(0, 0), "phy_symmetry", Unknown, "not told"},
		{"800 usable", down(800), "usable_downstream", Good, "800"},
		{"799 usable", down(799), "usable_downstream", Suspect, "799"},
		{"300 usable", down(300), "usable_downstream", Suspect, "300"},
		{"299 usable", down(299), "usable_downstream", Bad, "299"},
		{"299 upstream", func(s *Symptoms) { s.Status.Detail.MaxXputTxMbps = n(299) }, "usable_upstream", Bad, "299"},
		{"usable not told", func(s *Symptoms) { s.Status.Detail.MaxXputTxMbps = nil }, "usable_upstream", Unknown, "not told"},
		{"no details", func(s *Symptoms) { s.Status.Detail = nil }, "usable_downstream", Unknown, "not told"},
		{"stale details", func(s *Symptoms) { s.Status.Detail.Alive = false }, "phy_symmetry", Unknown, "not told"},
		{"in place", func(*Symptoms) {}, "state", Good, "port 4"},
		{"absent", state(EndpointNotDetected), "state", Bad, "does not see"},
		{"wrong port", func(s *Symptoms) { s.Status.State, s.Status.DetectedPort = EndpointWrongPort, 7 }, "state", Bad, "configured for port 4, seen on port 7"},
		{"nobody's", state(EndpointUnknownMAC), "state", Bad, "quarantined"},
		{"odd state", state(EndpointStateOther), "state", Unknown, "not known"},
		{"service", func(*Symptoms) {}, "service", Good, "apt-101"},
		{"no service", func(s *Symptoms) { s.Status.ServiceName = "" }, "service", Bad, "no subscriber"},
		{"firmware", func(*Symptoms) {}, "firmware", Good, "fits"},
		{"old firmware", func(s *Symptoms) { s.Status.FwMismatch = true }, "firmware", Suspect, "does not fit"},
		{"gigabit", link(1000, true), "ethernet", Good, "1000 Mbps, full"},
		{"2.5G", link(2500, true), "ethernet", Good, "2500"},
		{"100M", link(100, true), "ethernet", Suspect, "100 Mbps"},
		{"10M", link(10, true), "ethernet", Bad, "10 Mbps"},
		{"half duplex", link(1000, false), "ethernet", Suspect, "half"},
		{"speed not told", link(0, true), "ethernet", Unknown, "not told"},
		{"nothing plugged in", func(s *Symptoms) { s.Links = []EndpointLink{{Port: 1, Valid: true}} }, "ethernet", Suspect, "no link"},
		{"links not told", func(s *Symptoms) { s.Links = nil }, "ethernet", Unknown, "not told"},
		{"links failed", func(s *Symptoms) { s.LinksTrouble = "busy" }, "ethernet", Unknown, "busy"},
		{"10 on coax", load(10), "port_load", Good, "10"},
		{"11 on coax", load(11), "port_load", Suspect, "11"},
		{"13 on coax", load(13), "port_load", Suspect, "13"},
		{"14 on coax", load(14), "port_load", Bad, "14"},
		{"MIMO in reach", wire(MIMO, 250), "wire_length", Good, "250 m"},
		{"MIMO over reach", wire(MIMO, 251), "wire_length", Suspect, "251 m"},
		{"SISO in reach", wire(SISO, 150), "wire_length", Good, "150 m"},
		{"SISO over reach", wire(SISO, 151), "wire_length", Suspect, "151 m"},
		{"length not told", func(s *Symptoms) { s.Status.Detail.WireLengthMetres = nil }, "wire_length", Unknown, "not told"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := healthy()
			c.make(&s)
			for _, got := range Diagnose(s).Checks {
				if got.Code != c.code {
					continue
				}
				if got.Verdict != c.want || !strings.Contains(got.Value, c.value) {
					t.Errorf("%+v, want %s with %q", got, c.want, c.value)
				}
				if got.Name == "" || got.Rule == "" || (got.Advice == "") != (got.Verdict == Good) && got.Verdict != Unknown {
					t.Errorf("not in words: %+v", got)
				}
				return
			}
			t.Errorf("no check %s in %+v", c.code, Diagnose(s).Checks)
		})
	}
}

func TestDiagnoseLeavesOutWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	codes := func(s Symptoms) string {
		var all []string
		for _, c := range Diagnose(s).Checks {
			all = append(all, c.Code)
		}
		return strings.Join(all, " ")
	}
	s := healthy()
	if got := codes(s); strings.Contains(got, "port_load") {
		t.Errorf("copper: %s", got)
	}
	s.Medium, s.Status.Detail.Mode, s.OnPort = Coax, COAX, 3
	if got := codes(s); strings.Contains(got, "wire_length") || !strings.Contains(got, "port_load") {
		t.Errorf("coax: %s", got)
	}
	s.Status.State, s.Status.DetectedPort = EndpointNotDetected, 0
	if got := codes(s); got != "state service port_load" {
		t.Errorf("absent: %s", got)
	}
	s.Status.Configured = false
	if got := codes(s); strings.Contains(got, "service") {
		t.Errorf("not configured: %s", got)
	}
}

func TestDiagnosisInOneSentence(t *testing.T) {
	t.Parallel()
	s := healthy()
	if got := Diagnose(s).Summary; got != "Everything that was checked is good." {
		t.Errorf("healthy: %q", got)
	}
	s.Links = nil
	if got := Diagnose(s).Summary; !strings.HasPrefix(got, "Nothing suspicious") || !strings.Contains(got, "1 of 8") {
		t.Errorf("links not told: %q", got)
	}
	s.Status.FwMismatch = true
	if got := Diagnose(s).Summary; !strings.HasPrefix(got, "1 suspect of 8 checks. First: firmware") {
		t.Errorf("old firmware: %q", got)
	}
	s.Status.ServiceName = ""
	if got := Diagnose(s).Summary; !strings.HasPrefix(got, "1 bad, 1 suspect of 8 checks. First: service") || !strings.Contains(got, "set up a service") {
		t.Errorf("no service either: %q", got)
	}
	s.Status.FwMismatch = false
	if got := Diagnose(s).Summary; !strings.HasPrefix(got, "1 bad of 8") {
		t.Errorf("no service: %q", got)
	}
}
