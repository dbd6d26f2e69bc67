package gam

import (
	"fmt"
	"strconv"
	"strings"
)

// PortKind tells what a port is for.
type PortKind string

// Kinds of port.
const (
	PortGhn    PortKind = "ghn"    // subscriber side, "G.hn 1/N"
	PortUplink PortKind = "uplink" // NNI, "10G 1/N"
	PortMgmt   PortKind = "mgmt"   // "Gi 1/1"
)

// PortType is how a G.hn port uses its medium.
type PortType string

// Port types.
const (
	MIMO        PortType = "MIMO" // two copper pairs, 100 MHz each
	SISO        PortType = "SISO" // one copper pair, 200 MHz
	COAX        PortType = "COAX" // coax, 2–200 MHz
	PortTypeNil PortType = ""     // not a G.hn port, or not told
)

// Medium is the port type's medium; copper unless COAX.
func (t PortType) Medium() Medium {
	if t == COAX {
		return Coax
	}
	return Copper
}

// IfNone is the interface name that stands for "none".
const IfNone = "NONE"

// GhnName is the interface name of G.hn port n, "NONE" for 0.
func GhnName(n int) string {
	if n == 0 {
		return IfNone
	}
	return "G.hn 1/" + strconv.Itoa(n)
}

// NNIName is the interface name of uplink n.
func NNIName(n int) string { return "10G 1/" + strconv.Itoa(n) }

// ParseIf takes an interface name apart: "G.hn 1/4" is port 4 of kind ghn,
// "10G 1/1" and "10GigabitEthernet 1/1" uplink 1, "Gi 1/1" the management
// port. "NONE" and "" are number 0 with an empty kind. Spaces and case are
// forgiven.
func ParseIf(name string) (kind PortKind, number int, err error) {
	s := strings.ToLower(strings.ReplaceAll(name, " ", ""))
	if s == "" || s == "none" {
		return "", 0, nil
	}
	for _, p := range []struct {
		prefix string
		kind   PortKind
	}{
		{"g.hn1/", PortGhn},
		{"ghn1/", PortGhn},
		{"10gigabitethernet1/", PortUplink},
		{"10g1/", PortUplink},
		{"gigabitethernet1/", PortMgmt},
		{"gi1/", PortMgmt},
	} {
		rest, ok := strings.CutPrefix(s, p.prefix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(rest, 10, 8) // digits only, unlike Atoi
		if err != nil || n < 1 || n > 24 {
			break
		}
		return p.kind, int(n), nil
	}
	return "", 0, fmt.Errorf("interface name %q: want G.hn 1/N, 10G 1/N, Gi 1/1 or NONE", Clip(name, 40))
}

// CheckPort refuses a G.hn port that the model does not have.
func (m Model) CheckPort(n int) error {
	if n < 1 || n > m.Ports {
		return ruleErr("port_out_of_range", "%s has G.hn ports 1 to %d; there is no port %d", m.Name, m.Ports, n)
	}
	return nil
}

// CheckEndpointCount refuses one endpoint too many on a G.hn port.
func (m Model) CheckEndpointCount(port, count int) error {
	if limit := m.EndpointsPerPort(); count > limit {
		return ruleErr("port_full", "port %d takes %d endpoint(s) on %s (%s), this would be number %d; choose another port or remove an endpoint", port, limit, m.Name, m.Medium, count)
	}
	return nil
}

// CheckNNI refuses an uplink that the model does not have; 0 means the
// device's default uplink.
func (m Model) CheckNNI(n int) error {
	if n < 0 || n > m.Uplinks {
		return ruleErr("nni_out_of_range", "%s has %d uplink(s); there is no 10G 1/%d", m.Name, m.Uplinks, n)
	}
	return nil
}
