package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Null is a member of an input that may be absent (leave it), null (none, or
// let OpenGAM choose) or a value. Declare it with omitzero.
type Null[T any] struct {
	Set   bool // present, with a value or null
	Value *T   // nil for null
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Null[T]) UnmarshalJSON(b []byte) error {
	n.Set, n.Value = true, nil
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		return nil
	}
	return json.Unmarshal(b, &n.Value)
}

// IsZero reports whether the member was absent.
func (n Null[T]) IsZero() bool { return !n.Set }

// MarshalJSON implements json.Marshaler: the value, else null.
func (n Null[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.Value) }

// Schema implements huma.SchemaProvider: T or null. An object is written out,
// because a reference cannot be made nullable.
func (n Null[T]) Schema(r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	s := *r.Schema(t, false, t.Name())
	s.Nullable = true
	return &s
}

// some is a Null that shows p.
func some[T any](p *T) Null[T] { return Null[T]{Set: true, Value: p} }

// or is the value, the zero value for null, or was when absent.
func (n Null[T]) or(was T) T {
	switch {
	case !n.Set:
		return was
	case n.Value == nil:
		var none T
		return none
	}
	return *n.Value
}

// given is *p, or was when p is nil.
func given[T any](p *T, was T) T {
	if p == nil {
		return was
	}
	return *p
}

// orNull shows a zero value as null.
func orNull[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}

// timeOrNull shows a time that never was as null, others in UTC.
func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// notNil makes a list that shows as [] rather than null.
func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
