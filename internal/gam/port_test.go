package gam

import "testing"

func TestInterfaceNames(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   PortKind
		number int
	}{
		{"G.hn 1/1", PortGhn, 1},
		{"G.hn 1/24", PortGhn, 24},
		{"g.hn 1/4", PortGhn, 4},
		{"G.hn1/4", PortGhn, 4},
		{"Ghn 1/4", PortGhn, 4},
		{" G.hn  1/4 ", PortGhn, 4},
		{"10G 1/1", PortUplink, 1},
		{"10G 1/2", PortUplink, 2},
		{"10GigabitEthernet 1/1", PortUplink, 1},
		{"Gi 1/1", PortMgmt, 1},
		{"GigabitEthernet 1/1", PortMgmt, 1},
		{"NONE", "", 0},
		{"none", "", 0},
		{"", "", 0},
		{"  ", "", 0},
	} {
		kind, n, err := ParseIf(c.name)
		if err != nil || kind != c.kind || n != c.number {
			t.Errorf("%q: got %q %d, %v; want %q %d", c.name, kind, n, err, c.kind, c.number)
		}
	}
}

func TestNotAnInterfaceName(t *testing.T) {
	for _, name := range []string{
		"G.hn 1/0", "G.hn 1/25", "G.hn 1/-1", "G.hn 1/+1", "G.hn 1/", "G.hn 2/1", "G.hn 1/4/2", "G.hn 1/4x",
		"10G 1/x", "Gi", "1/1", "vlan 1/1", "G.hn 1/99999999999999999999", "NONE1", "\x00", "G.hn 1/\u0664",
	} {
		if kind, n, err := ParseIf(name); err == nil {
			t.Errorf("%q: accepted as %q %d", name, kind, n)
		} else if kind != "" || n != 0 {
			t.Errorf("%q: refused, but gave %q %d", name, kind, n)
		}
	}
}

func TestEveryInterfaceNameOfEveryModelComesBack(t *testing.T) {
	for _, m := range Models {
		var all []PortStatus
		for n := 1; n <= m.Ports; n++ {
			all = append(all, PortStatus{Kind: PortGhn, Number: n})
		}
		for n := 1; n <= m.Uplinks; n++ {
			all = append(all, PortStatus{Kind: PortUplink, Number: n})
		}
		all = append(all, PortStatus{Kind: PortMgmt, Number: 1})
		for _, p := range all {
			kind, n, err := ParseIf(p.IfName())
			if err != nil || kind != p.Kind || n != p.Number {
				t.Errorf("%s %s %d is %q, which reads as %q %d, %v", m.Name, p.Kind, p.Number, p.IfName(), kind, n, err)
			}
		}
	}
	if got := GhnName(0); got != IfNone {
		t.Errorf("port 0 is %q, want %q", got, IfNone)
	}
}

func TestPortTypeMedium(t *testing.T) {
	for typ, want := range map[PortType]Medium{MIMO: Copper, SISO: Copper, COAX: Coax, PortTypeNil: Copper} {
		if got := typ.Medium(); got != want {
			t.Errorf("%q: got %s, want %s", typ, got, want)
		}
	}
}
