package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/opengam/opengam/internal/store"
)

func TestFold(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want string
	}{
		{[]string{"  Zoë\tMÜLLER \n"}, "zoe muller"},
		{[]string{"a", "", "B"}, "a b"},
		{[]string{"Œuvre ﬁn Ⅳ"}, "œuvre fin iv"},
		{[]string{"\x00\xff"}, ""},
		{nil, ""},
	} {
		if have := store.Fold(c.in...); have != c.want {
			t.Errorf("fold(%q) = %q, want %q", c.in, have, c.want)
		}
	}
}

func TestMACDigits(t *testing.T) {
	for in, want := range map[string]string{
		"2011a4": "2011A4", "20:11:A4": "2011A4", "00-0e-d8-20-11-a4": "000ED82011A4", "000e.d820.11a4": "000ED82011A4", "cafe": "CAFE",
	} {
		if have, ok := store.MACDigits(in); !ok || have != want {
			t.Errorf("macDigits(%q) = %q, %v, want %q", in, have, ok, want)
		}
	}
	for _, in := range []string{"", "123", "a1:b", "000ed82011a4f", "xyzw", "20 11 a4"} {
		if have, ok := store.MACDigits(in); ok {
			t.Errorf("macDigits(%q) = %q, want a refusal", in, have)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a\x00b", `\u0000`, `\\u0000`, `\\\u0000`, "\xff\x00", "é", `"\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := store.Text(s)
		if strings.ContainsRune(clean, 0) || !utf8.ValidString(clean) {
			t.Errorf("text(%q) = %q", s, clean)
		}
		if utf8.ValidString(s) && !strings.ContainsRune(s, 0) && clean != s {
			t.Errorf("text(%q) changed it to %q", s, clean)
		}
		j, err := store.ToJSON(map[string]string{"k": s})
		if err != nil {
			t.Fatal(err)
		}
		var back map[string]string
		if err := json.Unmarshal([]byte(j), &back); err != nil {
			t.Fatalf("%q became %s: %v", s, j, err)
		}
		want := strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "")
		if strings.ToValidUTF8(s, "") == s && back["k"] != want {
			t.Errorf("%q came back as %q, want %q", s, back["k"], want)
		}
	})
}
