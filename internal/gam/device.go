package gam

import (
	"log/slog"
	"time"
)

type (
	// DeviceID names a GAM.
	DeviceID int64
	// SiteID names a building; 0 is none.
	SiteID int64
)

// SubscriberModel is what a GAM binds a subscriber to.
type SubscriberModel string

// Subscriber models (reference: "Endpoint-aware versus port-aware").
const (
	EndpointAware SubscriberModel = "endpoint_aware"
	PortAware     SubscriberModel = "port_aware" // copper only, firmware 1.4 and newer
)

// Mode says how far OpenGAM may go on a device.
type Mode string

// Modes.
const (
	ModeManage  Mode = "manage"  // make it as wanted
	ModeConfirm Mode = "confirm" // a person approves each plan of steps
	ModeWatch   Mode = "watch"   // never write, report drift
)

// Status is what polling knows of a device. Unknown is not down: nothing has
// been heard yet, or not for long enough to say.
type Status string

// Statuses.
const (
	StatusOnline   Status = "online"
	StatusDegraded Status = "degraded" // answers, but something is wrong
	StatusOffline  Status = "offline"  // several reads in a row failed
	StatusUnknown  Status = "unknown"
)

// SyncPhase says how a device or a subscriber stands between wanted and
// observed.
type SyncPhase string

// Sync phases.
const (
	SyncInSync  SyncPhase = "in_sync"
	SyncPending SyncPhase = "pending" // wanted has changed, work is queued or waits for approval
	SyncDrifted SyncPhase = "drifted" // somebody else changed what is ours
	SyncFailed  SyncPhase = "failed"  // the last try failed and will be repeated
	SyncStuck   SyncPhase = "stuck"   // a person has to act; Reason says how
)

// Sync is a phase with its reason in the operator's words.
type Sync struct {
	Phase  SyncPhase
	Reason string
	Since  time.Time
}

// Device is one GAM as OpenGAM keeps it.
type Device struct {
	ID      DeviceID
	Version int64 // grows with every change by people; the ETag
	Name    string
	SiteID  SiteID
	Address string // host or host:port as the operator gave it; shown, and the base of an empty JSON-RPC URL
	Notes   string

	Mode   Mode
	Access Access

	// What the device says of itself.
	Identity

	Status       Status
	StatusReason string
	Failures     int // reads that failed in a row
	LastSeenAt   time.Time
	NextPollAt   time.Time
	Sync         Sync

	// WantedRev grows in the same transaction as every change of what this
	// device should be; AppliedRev is the one the last settled pass has read.
	WantedRev  int64
	AppliedRev int64
	// ApprovedPlan is the fingerprint of the plan that a person approved, for
	// mode confirm.
	ApprovedPlan string
	// Unsaved means that we wrote to the running configuration and have not
	// yet seen it saved.
	Unsaved   bool
	CreatedAt time.Time
}

// LogValue gives a device the same keys in every log line.
func (d Device) LogValue() slog.Value {
	return slog.GroupValue(
		slog.Int64("id", int64(d.ID)),
		slog.String("name", d.Name),
		slog.String("addr", d.Address),
	)
}

// Hardware is the device's model; when the name is unknown, the plain model
// with as many ports as were seen, so that the rules still hold.
func (d Device) Hardware() (Model, bool) { return d.Identity.Hardware() }

// Identity is what a device says of itself. Members are empty where a
// firmware does not tell.
type Identity struct {
	Model             string // Model.Name where known, else the device's own words
	ObjectID          string
	SerialNumber      string
	MACAddress        MAC
	Firmware          string // active image
	FirmwareAlternate string
	SubscriberModel   SubscriberModel
	DefaultNNI        int // uplink of double-tagged subscribers without their own
	PortCount         int // G.hn ports
	Medium            Medium
	Hostname          string
	Uptime            time.Duration
}

// Hardware finds the model by name, else by its shape.
func (i Identity) Hardware() (Model, bool) {
	if m, ok := ModelByName(i.Model); ok {
		return m, true
	}
	return ModelByShape(i.PortCount, i.Medium)
}

// Via chooses the protocol for one kind of work.
type Via string

// Ways to a device.
const (
	ViaAuto    Via = "auto"
	ViaJSONRPC Via = "jsonrpc"
	ViaSSH     Via = "ssh"
	ViaSNMP    Via = "snmp"
)

// Access is how a device is reached. Secrets are encrypted at rest.
type Access struct {
	JSONRPC JSONRPCAccess
	SSH     SSHAccess
	SNMP    SNMPAccess

	ProvisionVia Via
	MonitorVia   Via
}

// JSONRPCAccess reaches the device's own API.
type JSONRPCAccess struct {
	URL      string // http(s)://host[:port]; "/json_rpc" is added when no path is given; empty = http://<device address>
	Username string // default "admin"
	Password Secret
	// TLSPin is the SHA-256 of the certificate seen first, as hex; a device
	// with another one is refused until a person clears the pin. Empty: pin
	// the next one. Ignored when TLSVerify is set.
	TLSPin    string
	TLSVerify bool // verify against the system's authorities instead of pinning
}

// SSHAccess reaches the device's command line.
type SSHAccess struct {
	Port     int
	Username string
	Password Secret
	HostKey  string
}

// SNMPAccess reaches the device's agent.
type SNMPAccess struct {
	Version      string // "1", "2c", "3"
	Port         int
	Community    Secret
	User         string
	AuthProtocol string
	AuthPassword Secret
	PrivProtocol string
	PrivPassword Secret
}

// Site is a building with its address and VLAN policy.
type Site struct {
	ID      SiteID
	Version int64
	Name    string
	Address string
	Notes   string
	// VLANPolicy nil means the policy of the settings.
	VLANPolicy *VLANPolicy
	CreatedAt  time.Time
}
