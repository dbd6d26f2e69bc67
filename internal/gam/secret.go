package gam

import (
	"fmt"
	"io"
	"log/slog"
	"unique"
)

// hidden is what every ordinary way of printing a Secret shows.
const hidden = "***"

// Secret holds a credential. Every ordinary way of printing, logging or
// encoding it shows "***"; Reveal is the one door, so its callers are easy to
// list. It implements encoding.TextUnmarshaler, so that it can be read from
// JSON, but never comes out again that way. Two secrets are == when their
// credentials are.
//
// The credential stands behind a handle rather than in a string field: fmt
// calls no method on an unexported field, so a plain string would be shown
// when somebody prints a struct that has a Secret inside.
type Secret struct{ v unique.Handle[string] }

// NewSecret wraps a credential.
func NewSecret(v string) Secret {
	if v == "" {
		return Secret{}
	}
	return Secret{v: unique.Make(v)}
}

// Reveal returns the credential in the clear.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.v.Value()
}

// Empty reports whether no credential is held.
func (s Secret) Empty() bool { return s == Secret{} }

// Format implements fmt.Formatter for every verb without showing the
// credential.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

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
	*s = NewSecret(string(b))
	return nil
}
