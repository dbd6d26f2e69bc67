package sim

import (
	"encoding/json"
	"fmt"
	"time"
)

func uptimeGet(d *Device, _ []json.RawMessage) (any, *RPCError) {
	o := object{{"SystemUptime", clockUptime(d.opt.Now().Sub(d.bootedAt))}}
	if d.fw.Quirks.UptimeInArray {
		return []object{o}, nil
	}
	return o, nil
}

// clockUptime is the chassis' uptime, "3d 13:32:27".
func clockUptime(t time.Duration) string {
	s := max(int(t.Seconds()), 0)
	days := ""
	if s >= 86400 {
		days = fmt.Sprintf("%dd ", s/86400)
	}
	return fmt.Sprintf("%s%02d:%02d:%02d", days, s/3600%24, s/60%60, s%60)
}

func systemMethods() map[string]method {
	return map[string]method{}
}
