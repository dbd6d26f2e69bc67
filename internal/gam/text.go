package gam

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of text on a device (reference: models and limits, "Limits").
const (
	// MaxName is the longest name of a profile, endpoint or subscriber.
	MaxName = 31
	// MaxDescription is the longest description every interface accepts;
	// the CLI takes 127, the web and JSON-RPC guides say 63.
	MaxDescription = 63
)

// Clean makes a string from outside storable and printable: invalid UTF-8,
// NUL and other control characters are removed (tabs and line ends become a
// space), and the result is cut to max bytes at a rune boundary. Databases,
// logs and terminals downstream rely on it.
func Clean(s string, max int) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			continue
		case r == '\t' || r == '\n' || r == '\r':
			r = ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r):
			continue
		}
		if b.Len()+utf8.RuneLen(r) > max {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// Clip shortens s for an error message.
func Clip(s string, max int) string {
	c := Clean(s, max)
	if len(c) < len(strings.TrimSpace(s)) {
		return c + "…"
	}
	return c
}

// CheckName refuses a name that a device would refuse: 1 to 31 printable
// ASCII characters without quotes or backslash (MIB display strings are ASCII
// 32–126; quotes would break the device's own configuration file), no space
// at either end.
func CheckName(s string) error {
	switch {
	case s == "":
		return ruleErr("name_empty", "a name has 1 to %d characters; give one", MaxName)
	case len(s) > MaxName:
		return ruleErr("name_too_long", "a name on a GAM has at most %d characters, %q has %d; shorten it", MaxName, Clip(s, 40), len(s))
	}
	return checkPrintable("name", s)
}

// CheckDescription refuses a description that a device would refuse.
func CheckDescription(s string) error {
	if len(s) > MaxDescription {
		return ruleErr("description_too_long", "a description on a GAM has at most %d characters, this one has %d; shorten it", MaxDescription, len(s))
	}
	return checkPrintable("description", s)
}

func checkPrintable(what, s string) error {
	for _, r := range s {
		if r < 32 || r > 126 || r == '"' || r == '\\' || r == '?' {
			return ruleErr(what+"_characters", "a %s on a GAM is printable ASCII without quotes, backslash or question mark; %q is not allowed", what, string(r))
		}
	}
	if strings.TrimSpace(s) != s {
		return ruleErr(what+"_spaces", "a %s on a GAM neither starts nor ends with a space", what)
	}
	return nil
}

// DeviceText turns any text into one that every interface of the device
// accepts: accents are dropped to their base letter where that is known,
// other characters become "_", and the result is cut to max characters.
func DeviceText(s string, max int) string {
	var b strings.Builder
	for _, r := range Clean(s, 4*max+64) {
		switch {
		case r == '"' || r == '\\' || r == '?':
			b.WriteByte('_')
		case r < 127:
			b.WriteByte(byte(r))
		case unicode.Is(unicode.Mn, r):
			// An accent written behind its letter; the letter is there already.
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteString(asciiOf(r))
		}
	}
	out := b.String()
	if len(out) > max {
		out = out[:max]
	}
	return strings.TrimSpace(out)
}

// PlainName is DeviceText for names that OpenGAM makes itself: letters, digits,
// and of signs only those that the vendor's samples use, since the guides speak
// of alphanumeric names; other signs become "_".
func PlainName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', strings.ContainsRune(" _/-", r):
			return r
		}
		return '_'
	}, DeviceText(s, MaxName))
}

// asciiOf is the base letter of the accented letters met in the customers'
// languages; anything else is "_".
func asciiOf(r rune) string {
	const from = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝ"
	const to = "aaaaaaceeeeiiiinoooooouuuuyyAAAAAACEEEEIIIINOOOOOOUUUUY"
	i := 0
	for _, f := range from {
		if f == r {
			return to[i : i+1]
		}
		i++
	}
	switch r {
	case 'œ':
		return "oe"
	case 'Œ':
		return "OE"
	case 'æ':
		return "ae"
	case 'ß':
		return "ss"
	case '’', '‘':
		return "'"
	case '–', '—':
		return "-"
	}
	return "_"
}

// Rule is a refusal by a rule of the hardware or of the operator: a stable
// code for programs and a sentence with the remedy for people.
type Rule struct {
	Code    string
	Message string
}

func (r *Rule) Error() string { return r.Message }

func ruleErr(code, format string, args ...any) *Rule {
	return &Rule{Code: code, Message: fmt.Sprintf(format, args...)}
}
