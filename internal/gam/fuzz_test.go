package gam

import (
	"strings"
	"testing"
)

func FuzzParseMAC(f *testing.F) {
	for _, s := range []string{"00:0E:D8:20:11:A4", "000e.d820.11a4", "00-0e-d8-20-11-a4", "", "00:", "\x00", "00:0E:D8:20:11:Ä4", "000000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMAC(s)
		if err != nil {
			if !m.IsZero() {
				t.Fatalf("%q: refused, but gave %v", s, m)
			}
			return
		}
		if m.IsZero() {
			return // twelve zeros are the spelling of none
		}
		for _, form := range []string{m.String(), m.Compact(), strings.ToLower(m.String())} {
			if again, err := ParseMAC(form); err != nil || again != m {
				t.Fatalf("%q is %v, whose own form %q is %v, %v", s, m, form, again, err)
			}
		}
	})
}

func FuzzParseIf(f *testing.F) {
	for _, s := range []string{"G.hn 1/1", "10G 1/2", "10GigabitEthernet 1/1", "Gi 1/1", "NONE", "", "G.hn 1/0", "G.hn 1/+1", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kind, n, err := ParseIf(s)
		switch {
		case err != nil || kind == "":
			if n != 0 {
				t.Fatalf("%q: no port, but number %d", s, n)
			}
		case n < 1 || n > 24:
			t.Fatalf("%q: number %d", s, n)
		case kind != PortMgmt: // there is one management port, whatever its number
			name := PortStatus{Kind: kind, Number: n}.IfName()
			if k, m, err := ParseIf(name); err != nil || k != kind || m != n {
				t.Fatalf("%q is %s %d, whose own name %q is %s %d, %v", s, kind, n, name, k, m, err)
			}
		}
	})
}

func FuzzModelByName(f *testing.F) {
	for _, m := range Models {
		f.Add(m.Name)
		f.Add(m.Product)
	}
	for _, s := range []string{"GAM-4-CX-AC", "GAM12MIMO", "GAM-4/8-C_v1.8.2", "GAM-xx-M", "", "GAM-", "GAM-8-MVX", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := ModelByName(s)
		if !ok {
			if m != (Model{}) {
				t.Fatalf("%q: not a model, but gave %+v", s, m)
			}
			return
		}
		if again, ok := ModelByName(m.Name); !ok || again != m {
			t.Fatalf("%q is %s, whose own name is %s", s, m.Name, again.Name)
		}
		if !strings.Contains(s, itoa(m.Ports)) {
			t.Fatalf("%q is %s with %d ports", s, m.Name, m.Ports)
		}
	})
}

func FuzzClean(f *testing.F) {
	f.Add("Unit 101", 31)
	f.Add("a\x00b\xff\u202e🏠\n", 4)
	f.Add(strings.Repeat("é", 40), 31)
	f.Add("", -1)
	f.Fuzz(func(t *testing.T, s string, max int) { checkClean(t, s, max) })
}

func FuzzDeviceText(f *testing.F) {
	for _, s := range []string{"Zoé", "🏠 101", `a"b\c?`, "\x00\xff", "Straße", strings.Repeat("œ", 40), "e\u0301", "  "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkDeviceText(t, s) })
}
