package positron

import (
	"strings"
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

	groupPortCounters = "ghnAgent.control.port.statistics"

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
// -32601), never by comparing version numbers; Since is for people.
type Feature struct {
	Group    string
	Evidence Evidence
	Since    string // first firmware known to have it, "" = not told
	What     string // what it gives, as in "this firmware does not offer ..."
	Without  string // what we do then
}

// Features is every group that this driver uses.
var Features = []Feature{
	{groupGlobal, Documented, "1.4", "the global settings", "the device counts as endpoint-aware unless its subscribers show otherwise"},
	{groupPort, Documented, "", "the list of G.hn ports", "the model is known by name only; ports cannot be changed"},
	{groupProfileByName, Documented, "1.4", "bandwidth profiles by name", "by id"},
	{groupProfileByID, Client, "", "bandwidth profiles by id", "a rename makes a new profile and moves its subscribers over"},
	{groupEndpointByName, Documented, "1.4", "endpoints by name", "by id"},
	{groupEndpointByID, Observed, "", "endpoints by id", "a rename or a replacement makes a new entry and moves its subscriber over"},
	{groupUserByName, Documented, "1.4", "subscribers by name", "by id"},
	{groupUserByID, Observed, "", "subscribers by id", "a rename makes a new entry"},
	{groupBriefByMAC, Documented, "", "the discovery of endpoints", "the configured ones only"},
	{groupBriefByID, Inferred, "", "the state of endpoints", "endpoints cannot be polled"},
	{groupDetailedByMAC, Observed, "", "link rates of endpoints", "by id"},
	{groupDetailedByID, Inferred, "", "link rates of endpoints by id", "no link rates"},
	{groupLinkByID, Observed, "", "the Ethernet ports of endpoints", "by MAC"},
	{groupLinkByMAC, Inferred, "", "the Ethernet ports of endpoints by MAC", "not shown"},
	{groupSystemByID, Client, "", "restarts and upgrades of endpoints", "by MAC"},
	{groupSystemByMAC, Inferred, "", "restarts and upgrades of endpoints that are not configured", "refused"},
	{groupPoEByID, Client, "", "the power cycle of what endpoints feed", "by MAC"},
	{groupPoEByMAC, Inferred, "", "the power cycle behind endpoints that are not configured", "refused"},
	{groupPortStatus, Observed, "", "the state of its ports", "ports are not shown"},
	{groupPortSettings, Client, "", "shutting down ports", "not shown and refused"},
	{groupPortCounters, Inferred, "", "resetting the counters of a port", "refused"},
	{groupUptime, Observed, "", "its uptime", "restarts are noticed by what is missing"},
	{groupBoard, Inferred, "", "serial number, chassis MAC and board type", "empty"},
	{groupSystemInfo, Inferred, "", "its hostname", "empty"},
	{groupReboot, Inferred, "", "a restart over this API", "refused"},
	{groupImages, Inferred, "", "its firmware versions", "the running version from the summary, where that is told"},
	{groupSwitch, Inferred, "", "a summary of hardware and software", "the model by the shape of the ports"},
	{groupCopy, Documented, "", "saving the configuration", "refused"},
	{groupCopyStatus, Inferred, "", "the outcome of saving", "an accepted copy counts as done"},
}

// notOffered says in words that a firmware lacks a method.
func notOffered(method string) (text, remedy string) {
	text, remedy = "this firmware does not offer that", "update the device's firmware"
	i := strings.LastIndexByte(method, '.')
	for _, f := range Features {
		if i > 0 && f.Group == method[:i] {
			text = "this firmware does not offer " + f.What
			if f.Since != "" {
				remedy += " to " + f.Since + " or newer"
			}
		}
	}
	return text, remedy
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

// drop takes back what was noted.
func (l *lacking) drop(what ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, w := range what {
		delete(l.since, w)
	}
}

func (l *lacking) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since = nil
}
