package gam

import (
	"strings"
	"testing"
)

// hardware is the table of hardware models of the device reference, one row
// per sysObjectID.
var hardware = []struct {
	arc          int
	product      string
	name         string
	ports        int
	medium       Medium
	maxEndpoints int
	uplinks      int
}{
	{1, "gam4MRX", "GAM-4-MRX", 4, Copper, 4, 1},
	{2, "gam4CRX", "GAM-4-CRX", 4, Coax, 64, 1},
	{3, "gam4CRXLC", "GAM-4-CRX-LC", 4, Coax, 64, 1},
	{4, "gam4CRXOPTI", "GAM-4-CRX-OPTI", 4, Coax, 64, 1},
	{5, "gam4MRXLC", "GAM-4-MRX-LC", 4, Copper, 4, 1},
	{6, "gam4MRXOPTI", "GAM-4-MRX-OPTI", 4, Copper, 4, 1},
	{7, "gam8MRX", "GAM-8-MRX", 8, Copper, 8, 1},
	{8, "gam8MRXLC", "GAM-8-MRX-LC", 8, Copper, 8, 1},
	{9, "gam8MRXOPTI", "GAM-8-MRX-OPTI", 8, Copper, 8, 1},
	{10, "gam8CRX", "GAM-8-CRX", 8, Coax, 128, 1},
	{11, "gam8CRXLC", "GAM-8-CRX-LC", 8, Coax, 128, 1},
	{12, "gam8CRXOPTI", "GAM-8-CRX-OPTI", 8, Coax, 128, 1},
	{13, "gam12M", "GAM-12-M", 12, Copper, 12, 2},
	{14, "gam12C", "GAM-12-C", 12, Coax, 192, 2},
	{15, "gam24M", "GAM-24-M", 24, Copper, 24, 2},
	{16, "gam24C", "GAM-24-C", 24, Coax, 384, 2},
	{17, "gam4MX", "GAM-4-MX", 4, Copper, 4, 1},
	{18, "gam4CX", "GAM-4-CX", 4, Coax, 64, 1},
	{19, "gam8MX", "GAM-8-MX", 8, Copper, 8, 1},
	{20, "gam8CX", "GAM-8-CX", 8, Coax, 128, 1},
	{21, "gam8MVXA", "GAM-8-MVX-A", 8, Copper, 8, 1},
	{22, "gam8MVXG", "GAM-8-MVX-G", 8, Copper, 8, 1},
	{23, "gam8MDVXA", "GAM-8-MDVX-A", 8, Copper, 8, 1},
	{24, "gam8MDVXG", "GAM-8-MDVX-G", 8, Copper, 8, 1},
	{25, "gam4MRXLBE", "GAM-4-MRX-LBE", 4, Copper, 4, 1},
	{26, "gam8MRXLBE", "GAM-8-MRX-LBE", 8, Copper, 8, 1},
	{27, "gam12MLBE", "GAM-12-M-LBE", 12, Copper, 12, 2},
}

func TestEveryModelOfTheReference(t *testing.T) {
	if len(Models) != len(hardware) {
		t.Errorf("%d models, the reference has %d", len(Models), len(hardware))
	}
	for _, row := range hardware {
		oid := ObjectIDBase + "." + itoa(row.arc)
		m, ok := ModelByObjectID(oid)
		if !ok {
			t.Errorf("%s: no model", oid)
			continue
		}
		want := Model{row.name, row.product, row.arc, row.ports, row.medium, row.uplinks}
		if m != want {
			t.Errorf("%s: got %+v, want %+v", oid, m, want)
		}
		if m.ObjectID() != oid {
			t.Errorf("%s: ObjectID gives %s", m.Name, m.ObjectID())
		}
		if m.MaxEndpoints() != row.maxEndpoints {
			t.Errorf("%s: %d endpoints at most, want %d", m.Name, m.MaxEndpoints(), row.maxEndpoints)
		}
		perPort := map[Medium]int{Copper: 1, Coax: 16}[row.medium]
		if m.EndpointsPerPort() != perPort {
			t.Errorf("%s: %d endpoints per port, want %d", m.Name, m.EndpointsPerPort(), perPort)
		}
		if letter := map[Medium]string{Copper: "M", Coax: "C"}[row.medium]; m.Letter() != letter {
			t.Errorf("%s: letter %s, want %s", m.Name, m.Letter(), letter)
		}
		// Every way of writing the model's own name leads back to it.
		for _, form := range []string{
			row.name, row.product, strings.ToLower(row.name), strings.ToUpper(row.product),
			" " + row.name + "\n", strings.ReplaceAll(row.name, "-", " "), strings.ReplaceAll(row.name, "-", ""),
			row.name + "_v1.8.2", row.name + " rev. B",
		} {
			if got, ok := ModelByName(form); !ok || got != m {
				t.Errorf("%q: got %q, want %q", form, got.Name, m.Name)
			}
		}
		shape, ok := ModelByShape(row.ports, row.medium)
		if !ok || shape.Ports != row.ports || shape.Medium != row.medium || shape.Uplinks != row.uplinks {
			t.Errorf("%d ports of %s: got %+v", row.ports, row.medium, shape)
		}
	}
}

func TestModelByObjectIDForms(t *testing.T) {
	for oid, want := range map[string]string{
		".1.3.6.1.4.1.20095.2000.1.14":  "GAM-12-C",
		" 1.3.6.1.4.1.20095.2000.1.1 ":  "GAM-4-MRX",
		"1.3.6.1.4.1.20095.2000.1":      "",
		"1.3.6.1.4.1.20095.2000.1.0":    "",
		"1.3.6.1.4.1.20095.2000.1.28":   "",
		"1.3.6.1.4.1.20095.2000.1.14.0": "",
		"1.3.6.1.4.1.9.1.14":            "",
		"":                              "",
	} {
		m, ok := ModelByObjectID(oid)
		if m.Name != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", oid, m.Name, ok, want)
		}
	}
}

func TestModelByNameForms(t *testing.T) {
	for name, want := range map[string]string{
		// Forms of the reference.
		"GAM-4-C":         "GAM-4-CX",
		"GAM-4-CX-AC":     "GAM-4-CX",
		"GAM4CRX":         "GAM-4-CRX",
		"GAM12MIMO":       "GAM-12-M",
		"GAM-8-MVX":       "GAM-8-MVX-A",
		"GAM-8-MDVX":      "GAM-8-MDVX-A",
		"gam8MVXG":        "GAM-8-MVX-G",
		"GAM-24-C_v1.8.2": "GAM-24-C",
		// Relatives of them.
		"GAM-4-M":     "GAM-4-MX",
		"GAM-8-C":     "GAM-8-CX",
		"GAM-8-MX-AC": "GAM-8-MX",
		"GAM8COAX":    "GAM-8-CX",
		"GAM-12-COAX": "GAM-12-C",
		"GAM24MIMO":   "GAM-24-M",
		"gam-24-m":    "GAM-24-M",
		"GAM-4-MRX-G": "GAM-4-MRX",
		"GAM-12-CX":   "GAM-12-C",
		"GAM-24-MRX":  "GAM-24-M",
		"GAM-4-MVX":   "GAM-4-MRX",
		// Not a model: a family, another size, another thing.
		"GAM-xx-M":         "",
		"GAM-4/8-C_v1.8.2": "",
		"GAM-16-C":         "",
		"GAM-4":            "",
		"GAM-4-X":          "",
		"GAM-124-C":        "",
		"G1001-C":          "",
		"MyGAM-4-C":        "",
		"GAM-4-Cable":      "",
		"":                 "",
	} {
		m, ok := ModelByName(name)
		if m.Name != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", name, m.Name, ok, want)
		}
	}
}

func TestMediumByFamily(t *testing.T) {
	for name, want := range map[string]Medium{
		"GAM-4/8-C_v1.8.2": Coax,
		"GAM-4/8-M_v1.5.4": Copper,
		"GAM-xx-M":         Copper,
		"gam-XX-c":         Coax,
		"GAM-12/24-C":      Coax,
		"GAM-4-C":          "", // a model, not a family
		"GAM-xx-Z":         "",
		"":                 "",
	} {
		m, ok := MediumByFamily(name)
		if m != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", name, m, ok, want)
		}
	}
}

func TestModelByShapeForms(t *testing.T) {
	for _, c := range []struct {
		ports  int
		medium Medium
		want   string
	}{
		{4, Copper, "GAM-4-MX"},
		{4, Coax, "GAM-4-CX"},
		{8, Copper, "GAM-8-MX"},
		{8, Coax, "GAM-8-CX"},
		{12, Copper, "GAM-12-M"},
		{12, Coax, "GAM-12-C"},
		{24, Copper, "GAM-24-M"},
		{24, Coax, "GAM-24-C"},
		{0, Copper, ""},
		{27, Copper, ""}, // 24 ports with two uplinks and management, as the unit counts
		{-4, Coax, ""},
	} {
		m, ok := ModelByShape(c.ports, c.medium)
		if m.Name != c.want || ok != (c.want != "") {
			t.Errorf("%d ports of %s: got %q, %v; want %q", c.ports, c.medium, m.Name, ok, c.want)
		}
	}
}

func TestHardwareOfADevice(t *testing.T) {
	for _, c := range []struct {
		about string
		id    Identity
		want  string
	}{
		{"by name", Identity{Model: "GAM-12-C", PortCount: 4, Medium: Copper}, "GAM-12-C"},
		{"by shape when the name is a family", Identity{Model: "GAM-4/8-C_v1.8.2", PortCount: 8, Medium: Coax}, "GAM-8-CX"},
		{"nothing known", Identity{}, ""},
	} {
		m, ok := Device{Identity: c.id}.Hardware()
		if m.Name != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, %v; want %q", c.about, m.Name, ok, c.want)
		}
	}
}

func TestPortsUplinksAndEndpointsOfEveryModel(t *testing.T) {
	for _, m := range Models {
		for n, ok := range map[int]bool{-1: false, 0: false, 1: true, m.Ports: true, m.Ports + 1: false} {
			wantRule(t, m.CheckPort(n), ok, "port_out_of_range", "%s port %d", m.Name, n)
		}
		for n, ok := range map[int]bool{-1: false, 0: true, 1: true, m.Uplinks: true, m.Uplinks + 1: false} {
			wantRule(t, m.CheckNNI(n), ok, "nni_out_of_range", "%s uplink %d", m.Name, n)
		}
		limit := m.EndpointsPerPort()
		for n, ok := range map[int]bool{0: true, limit: true, limit + 1: false} {
			wantRule(t, m.CheckEndpointCount(1, n), ok, "port_full", "%s, %d endpoints on a port", m.Name, n)
		}
	}
	// The two cases that people meet.
	coax, _ := ModelByName("GAM-4-C")
	wantRule(t, coax.CheckEndpointCount(3, 17), false, "port_full", "17th endpoint on coax")
	copper, _ := ModelByName("GAM-24-M")
	wantRule(t, copper.CheckEndpointCount(3, 2), false, "port_full", "2nd endpoint on copper")
}
