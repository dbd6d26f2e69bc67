package gam

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels that callers act on; wrap them with the thing's name.
var (
	// ErrNotFound means that no such thing exists.
	ErrNotFound = errors.New("not found")
	// ErrConflict means that the thing exists already or is in use.
	ErrConflict = errors.New("conflict")
	// ErrStale means that somebody else changed the thing since it was read.
	ErrStale = errors.New("changed by somebody else since you read it")
)

// FieldError is one refused field of an input.
type FieldError struct {
	Field   string // as named in the API, for example "vlan_id"
	Code    string // stable, for programs
	Message string // for people: the rule and the remedy
}

// Invalid collects every refused field of one input, so that a person sees
// all mistakes at once.
type Invalid struct{ Fields []FieldError }

func (e *Invalid) Error() string {
	var b strings.Builder
	for i, f := range e.Fields {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s: %s", f.Field, f.Message)
	}
	return b.String()
}

// Check adds err under field when it is not nil.
func (e *Invalid) Check(field string, err error) {
	if err == nil {
		return
	}
	f := FieldError{Field: field, Code: "invalid", Message: err.Error()}
	var r *Rule
	if errors.As(err, &r) {
		f.Code = r.Code
	}
	e.Fields = append(e.Fields, f)
}

// Err is nil when nothing was refused.
func (e *Invalid) Err() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}
