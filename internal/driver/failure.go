package driver

import (
	"errors"
	"fmt"
)

// Kind is why a device did not do what was asked. Retry, alarm and advice
// depend on it; nobody above a driver reads message texts.
type Kind string

// Kinds of failure.
const (
	Unreachable Kind = "unreachable" // no answer in time, or no connection: back off
	Refused     Kind = "refused"     // credentials, rights or certificate: stop, ask a person
	Busy        Kind = "busy"        // the device, or the endpoint behind it, is occupied: soon again
	Unsupported Kind = "unsupported" // this firmware cannot: do not try again
	Rejected    Kind = "rejected"    // the device understood and said no: the wish is wrong for it
	Garbled     Kind = "garbled"     // an answer that cannot be read: is this a GAM?
)

// Error is a failure of one request to one device.
type Error struct {
	Kind   Kind
	Device string // the device's name
	Op     string // what was being done, for example "add subscriber \"apt-101\""
	Code   int    // the vendor's own code, 0 when none
	Text   string // what happened, in the operator's words
	Remedy string // what to do, in the operator's words; may be empty
	Err    error  // the cause, may be nil
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s: %s", e.Device, e.Op, e.Text)
	if e.Remedy != "" {
		s += "; " + e.Remedy
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of failure in err's chain, "" when there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// Transient reports whether the same request may succeed later without
// anybody acting.
func (k Kind) Transient() bool { return k == Unreachable || k == Busy || k == Garbled }
