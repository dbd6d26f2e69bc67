// Package driver says what may be asked of a device, in our words: a small
// required interface, abilities on top, and the kinds of failure. It knows no
// vendor and no protocol; those are in the packages below this folder.
package driver

import (
	"context"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Driver is the part that every device has. Implementations never let two
// calls to one device overlap, put a deadline on each call, and return
// *Error for every failure.
type Driver interface {
	// Identify reads who the device is; members that a firmware does not tell
	// stay empty.
	Identify(ctx context.Context) (gam.Identity, error)
	// Close gives back connections. A closed driver is not used again.
	Close() error
}

// Provisioner is a Driver whose configuration can be read and changed.
type Provisioner interface {
	// Config reads what is configured, in one go.
	Config(ctx context.Context) (gam.Config, error)
	// Apply makes one change of the running configuration. It is careful: it
	// reads the entry, merges and writes the whole of it. Applying a step
	// whose result stands already is not an error.
	Apply(ctx context.Context, s gam.Step) error
	// Save copies the running configuration to the startup one and returns
	// when the device says that it is done.
	Save(ctx context.Context) error
}

// Monitor is a Driver whose state can be read.
type Monitor interface {
	// Uptime is the time since the device's last start.
	Uptime(ctx context.Context) (time.Duration, error)
	// Ports reads every port: G.hn, uplinks, management.
	Ports(ctx context.Context) ([]gam.PortStatus, error)
	// Endpoints reads every endpoint, configured or merely detected, with
	// link details where the device gives them.
	Endpoints(ctx context.Context) ([]gam.EndpointStatus, error)
	// EndpointLinks reads the Ethernet ports of one configured endpoint.
	EndpointLinks(ctx context.Context, mac gam.MAC) ([]gam.EndpointLink, error)
}

// Rebooter is a Driver that can restart its device.
type Rebooter interface {
	Reboot(ctx context.Context) error
}

// PortConfigurer is a Driver that can change G.hn ports.
type PortConfigurer interface {
	// PortSettings reads what is set of G.hn port n; a member that the
	// firmware does not tell stays empty.
	PortSettings(ctx context.Context, n int) (gam.PortSettings, error)
	// SetPort changes G.hn port n in the running configuration. It reads,
	// merges and writes the whole of it, and only what differs. A member that
	// the firmware does not offer is Unsupported, and then nothing is written.
	SetPort(ctx context.Context, n int, c gam.PortChange) error
	// ResetPortCounters sets the Ethernet counters of G.hn port n to zero.
	ResetPortCounters(ctx context.Context, n int) error
}

// EndpointReader is a Driver that can read one endpoint by itself.
type EndpointReader interface {
	// Endpoint reads the state of one endpoint now, with its link details
	// where the device gives them; Detail is nil where it does not.
	Endpoint(ctx context.Context, mac gam.MAC) (gam.EndpointStatus, error)
}

// EndpointController is a Driver that can act on one endpoint.
type EndpointController interface {
	RebootEndpoint(ctx context.Context, mac gam.MAC) error
	CyclePoE(ctx context.Context, mac gam.MAC) error
	// UpgradeEndpoint starts the upgrade to the firmware that the device
	// brings along, and does not wait for it: one to two minutes, in which the
	// endpoint restarts.
	UpgradeEndpoint(ctx context.Context, mac gam.MAC) error
}

// Probe is the answer of one protocol of a device to "can I come in?".
type Probe struct {
	Protocol string // "jsonrpc", "ssh", "snmp"
	OK       bool
	Detail   string // what answered, or why not and what to do
	Kind     Kind   // "" when OK
	Took     time.Duration
}

// Prober is a Driver that can say for each configured protocol whether it
// works.
type Prober interface {
	TestAccess(ctx context.Context) []Probe
}

// Target is what a driver needs to reach one device.
type Target struct {
	ID      gam.DeviceID
	Name    string
	Address string
	Access  gam.Access
	// CallTimeout bounds each single call to the device.
	CallTimeout time.Duration
	// OnPin is called when a certificate was pinned on first use, so that the
	// pin can be kept. It may be nil.
	OnPin func(pin string)
	// Lane is shared by every driver of one device, also by one that is just
	// being replaced: who holds its only place may call the device. Sessions
	// fills it; nil means a lane of the driver's own.
	Lane Lane
}

// Lane lets one call at a time through to a device. It is a channel with room
// for one, so that waiting ends with a context.
type Lane chan struct{}

// NewLane makes a free lane.
func NewLane() Lane { return make(Lane, 1) }
