package sim

import (
	"encoding/json"
	"maps"
)

// methods is everything that a device answers to. It is filled at start
// because the inventory, one of the methods, lists them all.
var methods map[string]method

func init() { methods = catalogue() }

func catalogue() map[string]method {
	all := map[string]method{}
	keyed(all, "ghnAgent.config.bwProfile", profiles)
	keyed(all, "ghnAgent.config.endpoint", endpoints)
	keyed(all, "ghnAgent.config.user", users)
	for prefix, is := range map[string]style{"ghnAgent.status.endpoint": byID, "ghnAgent.status.endpointByMac": byName} {
		all[prefix+".brief.get"] = method{0, 1, Read, perEndpoint(is, (*Device).brief)}
		all[prefix+".detailed.get"] = method{0, 1, Read, detailedGet(is)}
		all[prefix+".link.get"] = method{2, 2, Read, linkGet(is)}
		all[prefix+".fwUpgrade.get"] = method{0, 1, Read, perEndpoint(is, fwUpgradeStatus)}
		all[prefix+".poe.get"] = method{0, 1, Read, perEndpoint(is, poeStatus)}
	}
	for _, more := range []map[string]method{portMethods(), systemMethods(), fileMethods(), controlMethods(), counterMethods()} {
		maps.Copy(all, more)
	}
	return all
}

// copyStatusMethod is the one method that some units are said to lack.
const copyStatusMethod = "icfg.status.copy.get"

// keyed adds the eight methods of a keyed table: by id and by name.
func keyed[E any](all map[string]method, prefix string, t *table[E]) {
	for suffix, is := range map[string]style{"": byID, "ByName": byName} {
		all[prefix+suffix+".get"] = method{0, 1, Read, t.get(is)}
		all[prefix+suffix+".add"] = method{2, 2, Write, t.add(is)}
		all[prefix+suffix+".set"] = method{2, 2, Write, t.set(is)}
		all[prefix+suffix+".del"] = method{1, 1, Write, t.del(is)}
	}
}

// scalar answers a call without parameters.
func scalar(show func(d *Device) any) method {
	return method{0, 0, Read, func(d *Device, _ []json.RawMessage) (any, *RPCError) { return show(d), nil }}
}
