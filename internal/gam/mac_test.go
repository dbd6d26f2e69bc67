package gam

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMACSpellings(t *testing.T) {
	want := MAC{0x00, 0x0E, 0xD8, 0x20, 0x11, 0xA4}
	for _, s := range []string{
		"00:0E:D8:20:11:A4", // JSON-RPC
		"00:0e:d8:20:11:a4", // running-config
		"00-0E-D8-20-11-A4", // show version
		"000e.d820.11a4",    // Cisco
		"00 0e d8 20 11 a4",
		"000ED82011A4",
		"000ed82011a4",
		" 00:0E:D8:20:11:A4 ",
		"00:0E-D820.11a4",
	} {
		got, err := ParseMAC(s)
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v", s, got, err)
		}
	}
	if got := want.String(); got != "00:0E:D8:20:11:A4" {
		t.Errorf("String: %q", got)
	}
	if got := want.Compact(); got != "000ED82011A4" {
		t.Errorf("Compact: %q", got)
	}
}

func TestNotAMAC(t *testing.T) {
	for _, s := range []string{
		"", "00", "00:0E:D8:20:11", "00:0E:D8:20:11:A4:FF", "00:0E:D8:20:11:A",
		"00:0E:D8:20:11:G4", "zz:zz:zz:zz:zz:zz", "00:0E:D8:20:11:Ä4", "0x000ED82011A4", "00/0E/D8/20/11/A4",
		"000ED82011A\x00", "\xff\xfe", strings.Repeat("0", 1<<16),
	} {
		m, err := ParseMAC(s)
		if err == nil {
			t.Errorf("%q: accepted as %v", s, m)
			continue
		}
		if !m.IsZero() {
			t.Errorf("%q: refused, but gave %v", s, m)
		}
		if len(err.Error()) > 200 || strings.ContainsRune(err.Error(), 0) {
			t.Errorf("%.20q…: the error carries foreign bytes or is long: %.300q", s, err.Error())
		}
	}
}

func TestNoMAC(t *testing.T) {
	var m MAC
	if !m.IsZero() || m.String() != "" || m.Compact() != "" {
		t.Errorf("the zero MAC prints %q, %q", m.String(), m.Compact())
	}
	got := MustMAC("00:0E:D8:00:00:01")
	if got.IsZero() {
		t.Error("an address is not none")
	}
	if err := got.UnmarshalText(nil); err != nil || !got.IsZero() {
		t.Errorf("empty text: got %v, %v; want none", got, err)
	}
}

func TestMACInJSON(t *testing.T) {
	type row struct {
		MAC MAC `json:"mac"`
	}
	for _, c := range []struct{ in, out string }{
		{`{"mac":"000e.d820.11a4"}`, `{"mac":"00:0E:D8:20:11:A4"}`},
		{`{"mac":""}`, `{"mac":""}`},
	} {
		var r row
		if err := json.Unmarshal([]byte(c.in), &r); err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if out, _ := json.Marshal(r); string(out) != c.out {
			t.Errorf("%s: back as %s, want %s", c.in, out, c.out)
		}
	}
	r := row{MAC: MustMAC("000ED82011A4")}
	if err := json.Unmarshal([]byte(`{"mac":"nonsense"}`), &r); err == nil {
		t.Error("nonsense accepted")
	}
	if r.MAC != MustMAC("000ED82011A4") {
		t.Errorf("a refused text changed the address to %v", r.MAC)
	}
}

func TestMustMACPanicsOnAMistake(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a wrong constant must not pass silently")
		}
	}()
	MustMAC("00:0E:D8")
}
