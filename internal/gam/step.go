package gam

import (
	"fmt"
	"strings"
	"time"
)

// Action is what a step does to one entry.
type Action string

// Actions.
const (
	Add    Action = "add"
	Set    Action = "set" // a changed name is a rename
	Remove Action = "remove"
)

// EntryKind is the kind of entry that OpenGAM writes on a device.
type EntryKind string

// Kinds of entry.
const (
	KindProfile  EntryKind = "profile"
	KindEndpoint EntryKind = "endpoint"
	KindService  EntryKind = "subscriber"
	// KindPort is the settings of a G.hn port. Ports are never added, removed
	// or owned: a person changes one at once, and the journal keeps it.
	KindPort EntryKind = "port"
)

// Entry is one row of a device's configuration: exactly one member is set.
type Entry struct {
	Profile  *Profile  `json:"profile,omitempty"`
	Endpoint *Endpoint `json:"endpoint,omitempty"`
	Service  *Service  `json:"subscriber,omitempty"`
	// Port stands in the journal only; plans have no steps for ports.
	Port *PortSettings `json:"port,omitempty"`
}

// Kind tells which member is set.
func (e Entry) Kind() EntryKind {
	switch {
	case e.Profile != nil:
		return KindProfile
	case e.Endpoint != nil:
		return KindEndpoint
	case e.Port != nil:
		return KindPort
	default:
		return KindService
	}
}

// Key is what identifies the entry on its device over its life: an
// endpoint's MAC, a port's interface name, else the name.
func (e Entry) Key() string {
	switch {
	case e.Profile != nil:
		return e.Profile.Name
	case e.Endpoint != nil:
		return e.Endpoint.MAC.String()
	case e.Service != nil:
		return e.Service.Name
	case e.Port != nil:
		return GhnName(e.Port.Number)
	}
	return ""
}

// Name is the entry's name on the device.
func (e Entry) Name() string {
	if e.Endpoint != nil {
		return e.Endpoint.Name
	}
	return e.Key()
}

// ID is the entry's number on the device, 0 before the device gave one.
func (e Entry) ID() int {
	switch {
	case e.Profile != nil:
		return e.Profile.ID
	case e.Endpoint != nil:
		return e.Endpoint.ID
	case e.Service != nil:
		return e.Service.ID
	case e.Port != nil:
		return e.Port.Number
	}
	return 0
}

// Step is one write on a device: the preview that a person sees, the line in
// the journal, and what is executed are the same value.
type Step struct {
	Action Action `json:"action"`
	Before *Entry `json:"before,omitempty"` // as observed; nil for add
	After  *Entry `json:"after,omitempty"`  // as wanted; nil for remove
	// SubscriberID is the order that the step serves, 0 when none (for
	// example a profile shared by several).
	SubscriberID SubscriberID `json:"subscriber_id,omitempty"`
	// Reason says in a few words why, for example "plan changed".
	Reason string `json:"reason"`
}

// Entry is After, or Before for a removal.
func (s Step) Entry() Entry {
	switch {
	case s.After != nil:
		return *s.After
	case s.Before != nil:
		return *s.Before
	}
	return Entry{}
}

// String says what the step does in one line, for people.
func (s Step) String() string {
	var b strings.Builder
	e := s.Entry()
	name := e.Name()
	if s.Before != nil {
		name = s.Before.Name()
	}
	fmt.Fprintf(&b, "%s %s %q", s.Action, e.Kind(), name)
	if s.Action == Set && s.After.Name() != name {
		fmt.Fprintf(&b, ", renamed to %q", s.After.Name())
	}
	if s.Reason != "" {
		b.WriteString(": " + s.Reason)
	}
	return b.String()
}

// Owned is one entry of a device that is ours: we created or adopted it.
// Everything that has no Owned row is never changed and never removed.
type Owned struct {
	Kind         EntryKind
	Key          string // Entry.Key
	EntryID      int    // the device's number, 0 when unknown; finds an entry that somebody renamed
	SubscriberID SubscriberID
	// Claimed means that the row was written before the device was: the entry
	// is ours only if what stands there is what we were about to write.
	Claimed bool
	// Written is the value as we last wrote, adopted or accepted it; a
	// different one on the device is drift.
	Written Entry
}

// Change is one line of the journal: a change made on a device, or an
// attempt.
type Change struct {
	ID           int64
	DeviceID     DeviceID
	SubscriberID SubscriberID
	PassID       string // groups the changes of one pass
	Actor        string // who or what asked, for example "user:anna", "drift repair"
	Step         Step
	Result       ChangeResult
	Error        string // the device's own words and ours, when it failed
	At           time.Time
	DurationMS   int64
}

// ChangeResult is how an attempt ended.
type ChangeResult string

// Results.
const (
	ChangeStarted  ChangeResult = "started"  // written to the journal before the device; stays only after a crash
	ChangeApplied  ChangeResult = "applied"  // the device accepted it
	ChangeVerified ChangeResult = "verified" // read back and found as wanted
	ChangeFailed   ChangeResult = "failed"
)
