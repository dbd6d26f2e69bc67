package gam

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClean(t *testing.T) {
	for _, c := range []struct {
		about, in string
		max       int
		want      string
	}{
		{"plain", "Unit 101", 31, "Unit 101"},
		{"NUL", "Unit\x00 101", 31, "Unit 101"},
		{"control characters and escape", "a\x01b\x1b[31mc\x7f\u0085d", 31, "ab[31mcd"},
		{"line ends and tabs", "a\tb\nc\r\nd", 31, "a b c  d"},
		{"invalid UTF-8", "a\xffb\xc3", 31, "ab"},
		{"surrogate half", "a\xed\xa0\x80b", 31, "ab"},
		{"right-to-left marks", "a\u202eb\u200fc\u2066d\u061ce", 31, "abcde"},
		{"emoji stays", "🏠 101", 31, "🏠 101"},
		{"accents stay", "Zoé Lefèvre", 31, "Zoé Lefèvre"},
		{"spaces around", "  a  ", 31, "a"},
		{"31 characters", strings.Repeat("w", 31), 31, strings.Repeat("w", 31)},
		{"32 characters", strings.Repeat("w", 32), 31, strings.Repeat("w", 31)},
		{"cut at a rune boundary", strings.Repeat("w", 30) + "é", 31, strings.Repeat("w", 30)},
		{"cut before a space", "abc def", 4, "abc"},
		{"nothing allowed", "abc", 0, ""},
		{"less than nothing", "abc", -1, ""},
		{"empty", "", 31, ""},
	} {
		if got := Clean(c.in, c.max); got != c.want {
			t.Errorf("%s: got %q, want %q", c.about, got, c.want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{
		{"short", 10, "short"},
		{"  short  ", 10, "short"},
		{"0123456789", 10, "0123456789"},
		{"0123456789a", 10, "0123456789…"},
		{"ab\x00cd", 10, "abcd…"}, // something was left out
	} {
		if got := Clip(c.in, c.max); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestNamesOnADevice(t *testing.T) {
	for _, c := range []struct {
		about, name, code string
	}{
		{"1 character", "a", ""},
		{"31 characters", strings.Repeat("n", 31), ""},
		{"32 characters", strings.Repeat("n", 32), "name_too_long"},
		{"none", "", "name_empty"},
		{"spaces, underscores and slashes", "Apt 4_B/2", ""},
		{"digits first", "101 Main", ""},
		{"leading space", " a", "name_spaces"},
		{"trailing space", "a ", "name_spaces"},
		{"double quote", `a"b`, "name_characters"},
		{"backslash", `a\b`, "name_characters"},
		{"question mark", "a?", "name_characters"},
		{"NUL", "a\x00", "name_characters"},
		{"delete", "a\x7f", "name_characters"},
		{"line end", "a\nb", "name_characters"},
		{"accent", "Zoé", "name_characters"},
		{"emoji", "🏠", "name_characters"},
		{"invalid UTF-8", "a\xff", "name_characters"},
	} {
		wantRule(t, CheckName(c.name), c.code == "", c.code, "%s", c.about)
	}
}

func TestDescriptionsOnADevice(t *testing.T) {
	for _, c := range []struct {
		about, text, code string
	}{
		{"none", "", ""},
		{"63 characters", strings.Repeat("d", 63), ""},
		{"64 characters", strings.Repeat("d", 64), "description_too_long"},
		{"127 characters, which only the command line takes", strings.Repeat("d", 127), "description_too_long"},
		{"quote", `the "blue" door`, "description_characters"},
		{"trailing space", "door ", "description_spaces"},
		{"accent", "étage", "description_characters"},
	} {
		wantRule(t, CheckDescription(c.text), c.code == "", c.code, "%s", c.about)
	}
}

func TestDeviceText(t *testing.T) {
	for _, c := range []struct{ about, in, want string }{
		{"plain", "Apt 101", "Apt 101"},
		{"accents", "Zoé Lefèvre-Ñuñez", "Zoe Lefevre-Nunez"},
		{"every lower-case accent", "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ", "aaaaaaceeeeiiiinoooooouuuuyy"},
		{"every upper-case accent", "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ", "AAAAAACEEEEIIIINOOOOOOUUUUY"},
		{"accents behind their letters", "Zoe\u0301 Lefe\u0300vre", "Zoe Lefevre"},
		{"ligatures", "cœur, Œuvre, æ, Straße", "coeur, OEuvre, ae, Strasse"},
		{"typographic signs", "l’été ‘x’ – a — b", "l'ete 'x' - a - b"},
		{"other scripts", "Дом 5", "___ 5"},
		{"emoji", "🏠 101", "_ 101"},
		{"quotes, backslash, question mark", `a"b\c?d`, "a_b_c_d"},
		{"NUL", "a\x00b", "ab"},
		{"invalid UTF-8", "a\xffb", "ab"},
		{"right-to-left mark", "a\u202eb", "ab"},
		{"hard space", "a\u00a0b", "a b"},
		{"31 characters", strings.Repeat("w", 31), strings.Repeat("w", 31)},
		{"32 characters", strings.Repeat("w", 32), strings.Repeat("w", 31)},
		{"31 accented characters are 62 bytes", strings.Repeat("é", 31), strings.Repeat("e", 31)},
		{"cut at a space", strings.Repeat("w", 30) + " x", strings.Repeat("w", 30)},
		{"only spaces", "   ", ""},
	} {
		if got := DeviceText(c.in, MaxName); got != c.want {
			t.Errorf("%s: got %q, want %q", c.about, got, c.want)
		}
	}
}

// What DeviceText makes, every interface of the device accepts.
func TestDeviceTextIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkDeviceText(t, rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text"))
	})
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkDeviceText(t failer, in string) {
	t.Helper()
	name := DeviceText(in, MaxName)
	if err := CheckName(name); err != nil && name != "" {
		t.Fatalf("%q became the name %q: %v", in, name, err)
	}
	if again := DeviceText(name, MaxName); again != name {
		t.Fatalf("%q became %q, and that %q", in, name, again)
	}
	if d := DeviceText(in, MaxDescription); CheckDescription(d) != nil {
		t.Fatalf("%q became the description %q: %v", in, d, CheckDescription(d))
	}
}

func checkClean(t failer, in string, max int) {
	t.Helper()
	out := Clean(in, max)
	if len(out) > max && out != "" {
		t.Fatalf("Clean(%q, %d) has %d bytes", in, max, len(out))
	}
	if !utf8.ValidString(out) {
		t.Fatalf("Clean(%q, %d) is not UTF-8: %q", in, max, out)
	}
	for _, r := range out {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Fatalf("Clean(%q, %d) keeps %U", in, max, r)
		}
	}
	if again := Clean(out, max); again != out {
		t.Fatalf("Clean(%q, %d) is %q, cleaned again %q", in, max, out, again)
	}
}
