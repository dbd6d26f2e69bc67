package gam

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// MAC is an endpoint's or a port's hardware address. Its zero value means
// "none". It is comparable and orders like its text.
type MAC [6]byte

// ParseMAC accepts every spelling in use: colons, dashes, Cisco dots, spaces
// or nothing between the twelve hexadecimal digits, in either case (the
// JSON-RPC API writes upper case with colons, running-config lower case,
// "show version" dashes).
func ParseMAC(s string) (MAC, error) {
	var m MAC
	digits := make([]byte, 0, 12)
	for i := range len(s) {
		switch c := s[i]; {
		case c == ':' || c == '-' || c == '.' || c == ' ':
			continue
		case len(digits) == 12:
			return m, fmt.Errorf("MAC address %q: more than 12 hexadecimal digits", Clip(s, 40))
		default:
			digits = append(digits, c)
		}
	}
	if len(digits) != 12 {
		return m, fmt.Errorf("MAC address %q: need 12 hexadecimal digits, have %d", Clip(s, 40), len(digits))
	}
	if _, err := hex.Decode(m[:], digits); err != nil {
		return MAC{}, fmt.Errorf("MAC address %q: not hexadecimal", Clip(s, 40))
	}
	return m, nil
}

// MustMAC is ParseMAC for constants in tests and demonstrations.
func MustMAC(s string) MAC {
	m, err := ParseMAC(s)
	if err != nil {
		panic(err)
	}
	return m
}

// String gives the API's spelling: upper case with colons, "" for none.
func (m MAC) String() string {
	if m.IsZero() {
		return ""
	}
	return fmt.Sprintf("%02X:%02X:%02X:%02X:%02X:%02X", m[0], m[1], m[2], m[3], m[4], m[5])
}

// Compact gives the twelve digits without separators, for names.
func (m MAC) Compact() string { return strings.ReplaceAll(m.String(), ":", "") }

// IsZero reports whether no address is held.
func (m MAC) IsZero() bool { return m == MAC{} }

// MarshalText implements encoding.TextMarshaler.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; empty text is no address.
func (m *MAC) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*m = MAC{}
		return nil
	}
	v, err := ParseMAC(string(b))
	if err != nil {
		return err
	}
	*m = v
	return nil
}
