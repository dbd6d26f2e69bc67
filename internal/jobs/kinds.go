package jobs

import (
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Args are a job's arguments: what it is and, by the fields marked unique,
// which one. They are kept as JSON.
type Args interface {
	Kind() string         // one of the kinds below
	Device() gam.DeviceID // whose job it is, 0 for nobody's
}

// Kinds of job. This is the table of contents of everything asynchronous.
const (
	KindReconcileDevice  = "reconcile_device"
	KindReadDevice       = "read_device"
	KindPlaceSubscribers = "place_subscribers"
)

// timeouts bound one run of each kind. A full pass of 384 new subscribers is
// some 1,200 calls; at a second per call, the slowest firmware seen, it takes
// twenty minutes.
var timeouts = map[string]time.Duration{
	KindReconcileDevice:  30 * time.Minute,
	KindReadDevice:       5 * time.Minute,
	KindPlaceSubscribers: 5 * time.Minute,
}

// defaultTimeout is for kinds that are not in the table (tests).
const defaultTimeout = 5 * time.Minute

// ReconcileDevice makes one device be as wanted. One per device.
type ReconcileDevice struct {
	DeviceID gam.DeviceID `json:"device_id" river:"unique"`
	// Actor is who or what asked first, for the journal.
	Actor string `json:"actor,omitempty"`
}

// Kind implements Args.
func (ReconcileDevice) Kind() string { return KindReconcileDevice }

// Device implements Args.
func (a ReconcileDevice) Device() gam.DeviceID { return a.DeviceID }

// ReadDevice reads everything of one device now, outside its schedule. One
// per device.
type ReadDevice struct {
	DeviceID gam.DeviceID `json:"device_id" river:"unique"`
}

// Kind implements Args.
func (ReadDevice) Kind() string { return KindReadDevice }

// Device implements Args.
func (a ReadDevice) Device() gam.DeviceID { return a.DeviceID }

// PlaceSubscribers gives subscribers who wait for an endpoint the device that
// has just seen it. One per device.
type PlaceSubscribers struct {
	DeviceID gam.DeviceID `json:"device_id" river:"unique"`
}

// Kind implements Args.
func (PlaceSubscribers) Kind() string { return KindPlaceSubscribers }

// Device implements Args.
func (a PlaceSubscribers) Device() gam.DeviceID { return a.DeviceID }
