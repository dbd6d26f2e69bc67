package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// text makes a string storable: PostgreSQL refuses NUL bytes and invalid
// UTF-8, with an error that names neither the row nor the column.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// toJSON encodes a value of ours; PostgreSQL refuses an escaped NUL in JSON
// too, so it is taken out.
func toJSON(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return withoutNUL(string(b)), nil
}

// withoutNUL drops every \u0000 of a JSON text, and leaves an escaped
// backslash before "u0000" alone.
func withoutNUL(s string) string {
	const nul = `\u0000`
	if !strings.Contains(s, nul) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], nul):
			i += len(nul)
		case s[i] == '\\' && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i += 2
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// fold is text as it is searched: lower case, without accents, single spaces.
func fold(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		space := true
		for _, r := range norm.NFKD.String(text(p)) {
			switch {
			case unicode.Is(unicode.Mn, r):
			case unicode.IsSpace(r) || unicode.IsControl(r):
				space = true
			default:
				if space && b.Len() > 0 {
					b.WriteByte(' ')
				}
				space = false
				b.WriteRune(unicode.ToLower(r))
			}
		}
	}
	return b.String()
}

// macDigits is the digits of a full or partial MAC address in any spelling,
// in upper case; ok is false for what cannot be one. Fewer than four digits
// are not taken for an address.
func macDigits(s string) (digits string, ok bool) {
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		switch {
		case r == ':' || r == '-' || r == '.':
		case r >= '0' && r <= '9' || r >= 'A' && r <= 'F':
			b.WriteRune(r)
		default:
			return "", false
		}
	}
	return b.String(), b.Len() >= 4 && b.Len() <= 12
}

// us is a time as it is stored, microseconds since 1970, 0 for the zero time.
func us(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// at is a stored time.
func at(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// now is the present in the precision that is stored, so that what a caller
// is given equals what is read later.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
