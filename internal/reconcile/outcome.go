package reconcile

import (
	"fmt"
	"time"
)

// Outcome is how a pass ended: Settled, Again, Failed or Stuck.
type Outcome interface {
	// String says it in one line, for people.
	String() string
	outcome()
}

// Settled means that the device is as wanted, as far as this pass may go: in
// mode watch, and in mode confirm before approval, steps may be left, and
// subscribers with a problem wait for a person.
type Settled struct{}

// Again means that it is too early: another pass holds the device, or the
// device was busy or restarted.
type Again struct {
	After  time.Duration
	Reason string
}

// Failed means that the same pass may succeed later.
type Failed struct {
	Err error
	// Lasting means that the device understood and said no: without a change
	// of the order or of the device the next try is likely to end the same.
	Lasting bool
}

// Stuck means that a person has to act before another try makes sense.
type Stuck struct{ Reason string }

func (Settled) outcome() {}
func (Again) outcome()   {}
func (Failed) outcome()  {}
func (Stuck) outcome()   {}

func (Settled) String() string  { return "settled" }
func (o Again) String() string  { return fmt.Sprintf("again after %s: %s", o.After, o.Reason) }
func (o Failed) String() string { return "failed: " + o.Err.Error() }
func (o Stuck) String() string  { return "stuck: " + o.Reason }
