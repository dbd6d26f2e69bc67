package positron

import (
	"sync"
	"time"
)

// Groups of methods. A method is a group with .get, .set, .add or .del.
const (
	groupGlobal         = "ghnAgent.config.global"
	groupPort           = "ghnAgent.config.port"
	groupProfileByName  = "ghnAgent.config.bwProfileByName"
	groupProfileByID    = "ghnAgent.config.bwProfile"
	groupEndpointByName = "ghnAgent.config.endpointByName"
	groupEndpointByID   = "ghnAgent.config.endpoint"
	groupUserByName     = "ghnAgent.config.userByName"
	groupUserByID       = "ghnAgent.config.user"

	groupBriefByMAC    = "ghnAgent.status.endpointByMac.brief"
	groupBriefByID     = "ghnAgent.status.endpoint.brief"
	groupDetailedByMAC = "ghnAgent.status.endpointByMac.detailed"
	groupDetailedByID  = "ghnAgent.status.endpoint.detailed"
	groupLinkByID      = "ghnAgent.status.endpoint.link"
	groupLinkByMAC     = "ghnAgent.status.endpointByMac.link"

	groupSystemByID  = "ghnAgent.control.endpoint.system"
	groupSystemByMAC = "ghnAgent.control.endpointByMac.system"
	groupPoEByID     = "ghnAgent.control.endpoint.poe"
	groupPoEByMAC    = "ghnAgent.control.endpointByMac.poe"

	groupPortStatus   = "port.status"
	groupPortSettings = "port.config"
	groupUptime       = "systemUtility.status.systemUptime"
	groupBoard        = "systemUtility.status.boardInfo"
	groupSystemInfo   = "systemUtility.config.systemInfo"
	groupReboot       = "systemUtility.control.reboot"
	groupImages       = "firmware.status.image"
	groupSwitch       = "firmware.status.switch"
	groupCopy         = "icfg.control.copy"
	groupCopyStatus   = "icfg.status.copy"
)

// Evidence of a group, as the device reference tags it.
type Evidence string

// Grades of evidence, strongest first.
const (
	Documented Evidence = "DOC" // in a vendor guide
	Observed   Evidence = "OBS" // seen on a real unit
	Client     Evidence = "CTL" // used by an existing client
	Inferred   Evidence = "INF" // by the vendor's naming rule
)

// Feature is one group of methods: what we know of it and what we do on a
// firmware without it. Whether a firmware has it is found by asking (error
// -32601), never by comparing version numbers.
type Feature struct {
	Group    string
	Evidence Evidence
	Since    string // first firmware known to have it, "" = not told
	For      string // what is lost without it
	Instead  string // group that takes its place, "" = we go without
}

// Features is every group that this driver uses.
var Features = []Feature{
	{groupGlobal, Documented, "1.4", "subscriber model and default uplink; without it a device is endpoint-aware", ""},
	{groupPort, Documented, "", "number, names and medium of the G.hn ports", ""},
	{groupProfileByName, Documented, "1.4", "bandwidth profiles", groupProfileByID},
	{groupProfileByID, Client, "", "rename of a bandwidth profile", groupProfileByName},
	{groupEndpointByName, Documented, "1.4", "configured endpoints", groupEndpointByID},
	{groupEndpointByID, Observed, "", "rename and replacement of an endpoint", groupEndpointByName},
	{groupUserByName, Documented, "1.4", "subscriber entries", groupUserByID},
	{groupUserByID, Observed, "", "rename of a subscriber, and clearing of its profile", groupUserByName},
	{groupBriefByMAC, Documented, "", "discovery and state of endpoints", groupBriefByID},
	{groupBriefByID, Inferred, "", "state of configured endpoints", ""},
	{groupDetailedByMAC, Observed, "", "link rates of endpoints", groupDetailedByID},
	{groupDetailedByID, Inferred, "", "link rates of configured endpoints", ""},
	{groupLinkByID, Observed, "", "Ethernet ports of an endpoint", groupLinkByMAC},
	{groupLinkByMAC, Inferred, "", "Ethernet ports of an endpoint", ""},
	{groupSystemByID, Client, "", "restart of a configured endpoint", groupSystemByMAC},
	{groupSystemByMAC, Inferred, "", "restart of an endpoint that is not configured", ""},
	{groupPoEByID, Client, "", "power cycle of what an endpoint feeds", groupPoEByMAC},
	{groupPoEByMAC, Inferred, "", "power cycle behind an endpoint that is not configured", ""},
	{groupPortStatus, Observed, "", "state of ports", ""},
	{groupPortSettings, Client, "", "whether a port is shut down", ""},
	{groupUptime, Observed, "", "uptime", ""},
	{groupBoard, Inferred, "", "serial number, chassis MAC and board type", ""},
	{groupSystemInfo, Inferred, "", "hostname", ""},
	{groupReboot, Inferred, "", "restart of the device", ""},
	{groupImages, Inferred, "", "firmware versions", ""},
	{groupSwitch, Inferred, "", "board type and running version, where the board and the images do not tell", ""},
	{groupCopy, Documented, "", "saving the configuration", ""},
	{groupCopyStatus, Inferred, "", "the outcome of saving; without it an accepted copy counts as done", ""},
}

// forgetAfter is how long "this firmware does not have it" is believed. A
// device that is just starting may not have loaded every module, and one that
// has got new firmware has more.
const forgetAfter = time.Hour

// lacking remembers what the device at hand does not have, so that it is not
// asked again with every poll.
type lacking struct {
	mu    sync.Mutex
	since map[string]time.Time
}

// has reports whether asking is worth a call. What is a method, or any other
// name for a form of a call.
func (l *lacking) has(what string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, lacks := l.since[what]
	if lacks && time.Since(at) > forgetAfter {
		delete(l.since, what)
		return true
	}
	return !lacks
}

func (l *lacking) note(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.since == nil {
		l.since = map[string]time.Time{}
	}
	l.since[what] = time.Now()
}

func (l *lacking) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since = nil
}
