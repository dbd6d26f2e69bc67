package sim

import (
	"fmt"
	"slices"
	"strings"
)

// Quirks are ways in which units have been seen, or said, to answer
// differently. They are data, so that a test can put any of them on any
// device.
type Quirks struct {
	NumbersAsStrings bool // endpoint status has its numbers as strings
	DetailedAsPairs  bool // detailed.get of one MAC answers with a one-element key/val array
	NoDetailedAll    bool // detailed.get without a key is -32602
	NoCopyStatus     bool // icfg.status.copy.get is -32601; saving has to be believed
	NullForEmpty     bool // get-all of an empty table answers null instead of []
	UptimeInArray    bool // systemUptime.get answers with a one-element array
	NoPortStatusAll  bool // port.status.get without a key is -32602
	NoProfiles       bool // a platform without rate limiting (-44)
	// MaxRate is the highest profile rate in Mbit/s, up to the MIB's 1999;
	// 0 = as the guides say: 800 on coax, 1000 on copper.
	MaxRate int
}

// Firmware is what differs between firmware versions.
type Firmware struct {
	Version, Revision string
	Built             string
	// LacksMethods are groups of methods that answer -32601.
	LacksMethods []string
	// LacksMembers are members, as "group.Member", that are neither answered
	// nor accepted.
	LacksMembers []string
	// NoPortAware refuses the port-aware subscriber model (-57).
	NoPortAware bool
	// NoG1000C is a version from before 1.5.1: a G1000-C cannot be upgraded
	// from it (-55).
	NoG1000C bool
	Quirks   Quirks
}

// firmwares are the versions that the reference speaks of. 1.2.0 stands for
// everything before 1.4: no by-name methods, no port-aware model and no
// double tagging, and so no global settings, which hold just those two.
var firmwares = []Firmware{
	{Version: "1.8.2", Revision: "28146", Built: "2025-08-20T10:00:00-04:00"},
	{
		Version: "1.5.4", Revision: "24310", Built: "2023-02-14T09:12:41-05:00",
		LacksMembers: []string{"global.EndpointAutoFwUpgrade", "user.Port2VlanIsTagged"},
	},
	{
		Version: "1.2.0", Revision: "21298", Built: "2020-06-30T15:20:10-04:00",
		LacksMethods: []string{
			"ghnAgent.config.global", "ghnAgent.config.bwProfileByName",
			"ghnAgent.config.userByName", "ghnAgent.config.endpointByName",
		},
		LacksMembers: []string{
			"user.Port2VlanIsTagged", "user.PortIfIndex", "user.DoubleTags",
			"user.NNIIfIndex", "user.OuterTagVlanId", "user.PoeModeCtrl",
		},
		NoPortAware: true, NoG1000C: true,
	},
}

// FirmwareVersions lists the firmware versions that a device can run.
func FirmwareVersions() []string {
	var v []string
	for _, f := range firmwares {
		v = append(v, f.Version)
	}
	return v
}

func firmwareOf(version string) (Firmware, error) {
	i := slices.IndexFunc(firmwares, func(f Firmware) bool { return f.Version == version })
	if i < 0 {
		return Firmware{}, fmt.Errorf("firmware %q is not known; there are %v", version, FirmwareVersions())
	}
	return firmwares[i], nil
}

// lacks lists the members of a group that this firmware does not have.
func (f Firmware) lacks(group string) []string {
	var names []string
	for _, m := range f.LacksMembers {
		if name, ok := strings.CutPrefix(m, group+"."); ok {
			names = append(names, name)
		}
	}
	return names
}

// has reports whether this firmware has a method.
func (f Firmware) has(method string) bool {
	return !slices.ContainsFunc(f.LacksMethods, func(g string) bool { return strings.HasPrefix(method, g+".") })
}
