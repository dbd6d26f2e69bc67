package gam

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Medium is what runs between a G.hn port and its endpoints.
type Medium string

// Media of G.hn ports.
const (
	Copper Medium = "copper" // telephone pairs, MIMO or SISO, one endpoint per port
	Coax   Medium = "coax"   // point to multipoint through splitters, up to 16 endpoints per port
)

// Hardware limits (reference: models and limits, "Limits").
const (
	// MaxEndpoints is the number of endpoints, and of subscribers, per GAM.
	MaxEndpoints = 384
	// MaxEndpointsCopper and MaxEndpointsCoax are per G.hn port.
	MaxEndpointsCopper = 1
	MaxEndpointsCoax   = 16
)

// Model is one hardware model of the GAM.
type Model struct {
	Name    string // commercial name, for example "GAM-12-C"
	Product string // name in the vendor's product MIB, for example "gam12C"
	Arc     int    // last number of sysObjectID under ObjectIDBase
	Ports   int    // G.hn ports
	Medium  Medium
	Uplinks int // 10G ports: 2 on indoor units (12, 24 ports), 1 outdoors
}

// ObjectIDBase is the parent of every GAM's sysObjectID.
const ObjectIDBase = "1.3.6.1.4.1.20095.2000.1"

// Models is every known model, ordered by sysObjectID (reference: hardware
// models).
var Models = []Model{
	{"GAM-4-MRX", "gam4MRX", 1, 4, Copper, 1},
	{"GAM-4-CRX", "gam4CRX", 2, 4, Coax, 1},
	{"GAM-4-CRX-LC", "gam4CRXLC", 3, 4, Coax, 1},
	{"GAM-4-CRX-OPTI", "gam4CRXOPTI", 4, 4, Coax, 1},
	{"GAM-4-MRX-LC", "gam4MRXLC", 5, 4, Copper, 1},
	{"GAM-4-MRX-OPTI", "gam4MRXOPTI", 6, 4, Copper, 1},
	{"GAM-8-MRX", "gam8MRX", 7, 8, Copper, 1},
	{"GAM-8-MRX-LC", "gam8MRXLC", 8, 8, Copper, 1},
	{"GAM-8-MRX-OPTI", "gam8MRXOPTI", 9, 8, Copper, 1},
	{"GAM-8-CRX", "gam8CRX", 10, 8, Coax, 1},
	{"GAM-8-CRX-LC", "gam8CRXLC", 11, 8, Coax, 1},
	{"GAM-8-CRX-OPTI", "gam8CRXOPTI", 12, 8, Coax, 1},
	{"GAM-12-M", "gam12M", 13, 12, Copper, 2},
	{"GAM-12-C", "gam12C", 14, 12, Coax, 2},
	{"GAM-24-M", "gam24M", 15, 24, Copper, 2},
	{"GAM-24-C", "gam24C", 16, 24, Coax, 2},
	{"GAM-4-MX", "gam4MX", 17, 4, Copper, 1},
	{"GAM-4-CX", "gam4CX", 18, 4, Coax, 1},
	{"GAM-8-MX", "gam8MX", 19, 8, Copper, 1},
	{"GAM-8-CX", "gam8CX", 20, 8, Coax, 1},
	{"GAM-8-MVX-A", "gam8MVXA", 21, 8, Copper, 1},
	{"GAM-8-MVX-G", "gam8MVXG", 22, 8, Copper, 1},
	{"GAM-8-MDVX-A", "gam8MDVXA", 23, 8, Copper, 1},
	{"GAM-8-MDVX-G", "gam8MDVXG", 24, 8, Copper, 1},
	{"GAM-4-MRX-LBE", "gam4MRXLBE", 25, 4, Copper, 1},
	{"GAM-8-MRX-LBE", "gam8MRXLBE", 26, 8, Copper, 1},
	{"GAM-12-M-LBE", "gam12MLBE", 27, 12, Copper, 2},
}

// EndpointsPerPort is 1 on copper and 16 on coax.
func (m Model) EndpointsPerPort() int {
	if m.Medium == Coax {
		return MaxEndpointsCoax
	}
	return MaxEndpointsCopper
}

// MaxEndpoints is the model's own limit: ports times endpoints per port,
// never above 384.
func (m Model) MaxEndpoints() int { return min(m.Ports*m.EndpointsPerPort(), MaxEndpoints) }

// ObjectID is the model's sysObjectID.
func (m Model) ObjectID() string { return ObjectIDBase + "." + strconv.Itoa(m.Arc) }

// ModelByObjectID finds a model by sysObjectID, with or without a leading dot.
func ModelByObjectID(oid string) (Model, bool) {
	oid = strings.TrimPrefix(strings.TrimSpace(oid), ".")
	for _, m := range Models {
		if m.ObjectID() == oid {
			return m, true
		}
	}
	return Model{}, false
}

// nameForm takes a product name apart: ports, medium letters, variant. Seen
// forms: GAM-4-C, GAM-4-CX-AC, GAM4CRX, gam8MVXA, GAM12MIMO, GAM-12-COAX,
// GAM-24-C_v1.8.2.
var nameForm = regexp.MustCompile(`^GAM[- ]?(4|8|12|24)[- ]?(MIMO|COAX|MDVX|MVX|MRX|CRX|MX|CX|M|C)[- ]?(AC|LC|OPTI|LBE|A|G)?(?:[_ ].*)?$`)

// familyForm is a firmware family, which fits several sizes: "GAM-4/8-C_v1.8.2",
// "GAM-xx-M". The medium is known, the size is not.
var familyForm = regexp.MustCompile(`^GAM-(?:XX|4/8|12/24)-(M|C)(?:[_ ].*)?$`)

// ModelByName finds a model by any of the name forms that devices, firmware
// manifests and people use. A form that names a port count and a medium but
// no housing ("GAM-4-C") gives the plain or outdoor model of that size, whose
// rules are the same.
func ModelByName(name string) (Model, bool) {
	f := nameForm.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(name)))
	if f == nil {
		return Model{}, false
	}
	ports, _ := strconv.Atoi(f[1])
	letters, variant := f[2], f[3]
	switch letters {
	case "MIMO":
		letters = "M"
	case "COAX":
		letters = "C"
	}
	if ports <= 8 && len(letters) == 1 {
		letters += "X" // small units exist outdoors only
	}
	if variant == "AC" {
		variant = "" // mains-powered housing, same hardware rules
	}
	want := fmt.Sprintf("GAM%d%s%s", ports, letters, variant)
	for _, m := range Models {
		if strings.EqualFold(m.Product, want) {
			return m, true
		}
	}
	// A name that stops before the variant ("GAM-8-MVX") or has an unknown one
	// stays with its letters; unknown letters of a known size keep the size's
	// rules.
	family := fmt.Sprintf("GAM%d%s", ports, letters)
	for _, fits := range []func(Model) bool{
		func(m Model) bool { return strings.HasPrefix(strings.ToUpper(m.Product), family) },
		func(m Model) bool { return m.Ports == ports && strings.HasPrefix(letters, m.Letter()) },
	} {
		if m, ok := find(Models, fits); ok {
			return m, true
		}
	}
	return Model{}, false
}

// Letter is "M" for copper models and "C" for coax ones.
func (m Model) Letter() string {
	if m.Medium == Coax {
		return "C"
	}
	return "M"
}

// MediumByFamily reads the medium from a firmware family name such as
// "GAM-4/8-C_v1.8.2".
func MediumByFamily(name string) (Medium, bool) {
	f := familyForm.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(name)))
	switch {
	case f == nil:
		return "", false
	case f[1] == "C":
		return Coax, true
	default:
		return Copper, true
	}
}

// ModelByShape finds the plain model with this many G.hn ports of a medium,
// for a device that tells its ports but not its name.
func ModelByShape(ports int, medium Medium) (Model, bool) {
	want := map[int]string{4: "X", 8: "X", 12: "", 24: ""}
	suffix, ok := want[ports]
	if !ok {
		return Model{}, false
	}
	letter := "M"
	if medium == Coax {
		letter = "C"
	}
	return ModelByName(fmt.Sprintf("GAM-%d-%s%s", ports, letter, suffix))
}
