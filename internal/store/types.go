package store

import (
	"encoding/json"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Sizes of pages and batches.
const (
	// DefaultLimit is the size of a page when none is asked for.
	DefaultLimit = 50
	// MaxLimit is the largest page.
	MaxLimit = 500
)

// ListQuery asks for one page of a list.
type ListQuery struct {
	// Where filters: field → value; a comma list matches any of its values.
	// Numbers also take field_min and field_max, times field_after and
	// field_before (RFC 3339).
	Where map[string]string
	// Q is free text: every word of it must occur in the thing's texts.
	Q string
	// Sort is a field, "-field" for descending; empty is the list's own order.
	Sort string
	// Limit is 1 to MaxLimit, 0 for DefaultLimit.
	Limit int
	// Cursor is Next of the page before; filters and sort must stay the same.
	Cursor string
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	Total int    // of all pages
	Next  string // cursor of the next page, empty on the last one
}

// Reach is what a read of a device tells about reaching it.
type Reach struct {
	Status     gam.Status
	Reason     string    // in the operator's words, empty when online
	Failures   int       // reads that failed in a row
	LastSeenAt time.Time // zero keeps what is stored
	NextPollAt time.Time
}

// Port is one port of a device as last seen.
type Port struct {
	gam.PortStatus
	EndpointCount int       // endpoints on it, detected or configured there
	SeenAt        time.Time // of the read
}

// Endpoint is one endpoint as last seen, with the names around it.
type Endpoint struct {
	gam.EndpointStatus
	DeviceID       gam.DeviceID
	DeviceName     string
	SiteID         gam.SiteID
	SubscriberID   gam.SubscriberID // 0: nobody ordered it
	SubscriberName string
	FirstSeenAt    time.Time // first read that listed it
	LastSeenAt     time.Time // last read that detected it, zero: never
	SeenAt         time.Time // last read that listed it
}

// Port is where the endpoint is: the port where it is detected, else the one
// it is configured for, 0 when neither is known.
func (e Endpoint) Port() int {
	if e.DetectedPort != 0 {
		return e.DetectedPort
	}
	return e.ConfigPort
}

// Plan is a plan with the number of subscribers on it that have not ended.
type Plan struct {
	gam.Plan
	InUse int
}

// Counts is what hangs on one device.
type Counts struct {
	Subscribers       int // not ended
	ActiveSubscribers int
	Endpoints         int // seen, configured or not
	EndpointsOK       int
}

// User is a person's account.
type User struct {
	ID           int64
	Name         string // unique whatever the case
	Role         Role
	PasswordHash string `json:"-"` // argon2id
	Disabled     bool
	CreatedAt    time.Time
	LastLoginAt  time.Time // zero: never
}

// Token is a machine's account. The token itself is known to its owner only.
type Token struct {
	ID         int64
	Name       string
	Role       Role
	Hash       string    `json:"-"` // of the token, unique
	ExpiresAt  time.Time // zero: never
	CreatedAt  time.Time
	LastUsedAt time.Time // zero: never
	CreatedBy  string
}

// Audit is one line of who did what.
type Audit struct {
	ID     int64
	Actor  string // for example "user:anna"
	Action string // for example "subscriber.suspend"
	Object string // for example "subscriber 12 (Anna)"
	Detail string // never holds a credential
	At     time.Time
}

// Kinds of event.
const (
	EventDevice     = "device"
	EventSubscriber = "subscriber"
	EventPlan       = "plan"
	EventEndpoint   = "endpoint"
	EventChange     = "change"
	EventJob        = "job"
	EventSite       = "site"
	EventSettings   = "settings"
)

// Event is one line of the change feed. It says that something changed and
// where to look; the truth is in the row.
type Event struct {
	Seq      int64
	Kind     string
	ID       string // of the thing, "" when DeviceID says it all
	DeviceID gam.DeviceID
	At       time.Time
	Data     json.RawMessage // small, may be nil
}

// Hit is one answer of a search.
type Hit struct {
	Kind     string // device, subscriber, endpoint, plan, site
	ID       string // id, an endpoint's MAC address
	Title    string
	Detail   string
	DeviceID gam.DeviceID // 0 when none
}

// Summary is the dashboard's figures.
type Summary struct {
	Devices           int            `json:"devices"`
	DevicesByStatus   map[string]int `json:"devices_by_status"`
	DevicesBySync     map[string]int `json:"devices_by_sync"`
	Endpoints         int            `json:"endpoints"`
	EndpointsByState  map[string]int `json:"endpoints_by_state"`
	EndpointsUnknown  int            `json:"endpoints_unconfigured"` // detected, nobody configured them
	FirmwareMismatch  int            `json:"firmware_mismatch"`
	Subscribers       int            `json:"subscribers"` // not ended
	SubscribersByStat map[string]int `json:"subscribers_by_status"`
	SubscribersBySync map[string]int `json:"subscribers_by_sync"`
	Plans             int            `json:"plans"`
	Sites             int            `json:"sites"`
}

// Migration is one step of the schema.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero: pending
}
