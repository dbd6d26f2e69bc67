package gam

import "log/slog"

// hidden is what every ordinary way of printing a Secret shows.
const hidden = "***"

// Secret holds a credential. Every ordinary way of printing, logging or
// encoding it shows "***"; Reveal is the one door, so its callers are easy to
// list. It implements encoding.TextUnmarshaler, so that it can be read from
// JSON, but never comes out again that way.
type Secret struct{ v string }

// NewSecret wraps a credential.
func NewSecret(v string) Secret { return Secret{v: v} }

// Reveal returns the credential in the clear.
func (s Secret) Reveal() string { return s.v }

// Empty reports whether no credential is held.
func (s Secret) Empty() bool { return s.v == "" }

// String implements fmt.Stringer without showing the credential.
func (s Secret) String() string { return hidden }

// GoString implements fmt.GoStringer without showing the credential.
func (s Secret) GoString() string { return hidden }

// LogValue implements slog.LogValuer without showing the credential.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText implements encoding.TextMarshaler without showing the credential.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// UnmarshalText accepts a credential from outside.
func (s *Secret) UnmarshalText(b []byte) error {
	s.v = string(b)
	return nil
}
