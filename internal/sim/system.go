package sim

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/opengam/opengam/internal/gam"
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
	return map[string]method{
		"systemUtility.status.systemUptime.get":       {0, 0, Read, uptimeGet},
		"systemUtility.status.boardInfo.get":          scalar(boardInfo),
		"systemUtility.status.cpuLoad.get":            scalar(cpuLoad),
		"systemUtility.status.temperatureSensors.get": scalar(temperatures),
		"systemUtility.status.fan.get":                scalar(fans),
		"systemUtility.status.powerSupply.get":        scalar(powerSupply),
		"systemUtility.status.systemLed.get":          scalar(systemLed),
		"systemUtility.config.systemInfo.get":         scalar(systemInfo),
		"systemUtility.config.systemInfo.set":         {1, 1, Write, systemInfoSet},
		"systemUtility.control.reboot.set":            {2, 2, Action, rebootSet},

		"ntp.config.global.get":            scalar(func(d *Device) any { return object{{"Mode", d.running.NTPMode}} }),
		"ntp.config.global.set":            {1, 1, Write, ntpModeSet},
		"ntp.config.servers.get":           {0, 1, Read, ntpServersGet},
		"ntp.config.servers.set":           {2, 2, Write, ntpServersSet},
		"daylightSaving.config.global.get": scalar(func(d *Device) any { return d.running.DST }),
		"daylightSaving.config.global.set": {1, 1, Write, dstSet},

		"discoveryAgent.config.global.get": scalar(discovery("Enabled", "UseSsl")),
		"discoveryAgent.config.global.set": {1, 1, Write, discoverySet("Enabled", "UseSsl")},
		"discoveryAgent.config.target.get": scalar(discovery("Url", "Username", "Password", "Period")),
		"discoveryAgent.config.target.set": {1, 1, Write, discoverySet("Url", "Username", "Password", "Period")},
		"discoveryAgent.config.rpt.set":    {1, 1, Write, discoverySet("Port")},
	}
}

func boardInfo(d *Device) any {
	return object{
		{"BoardMacAddress", d.opt.MAC}, {"BoardID", 1}, {"BoardSerial", d.opt.Serial},
		{"BoardType", boardType(d.hw)}, {"BoardHwVersion", "A03"},
		{"BoardFPGA1Version", -1}, {"BoardFPGA2Version", -1},
		{"BoardNorFlashModel", "MX25L51245G"}, {"BoardMgmtPhyModel", "VSC8211"},
	}
}

func boardType(m gam.Model) string { return fmt.Sprintf("Jaguar2-cu%dsfp%d", 2*m.Uplinks, m.Ports) }

func cpuLoad(d *Device) any {
	slot := d.opt.Now().Unix() / 10
	load := 12 + int(hash(fmt.Sprint(d.opt.Serial, slot))%15)
	return object{{"Average100msec", load + 3}, {"Average1sec", load + 1}, {"Average10sec", load}}
}

func temperatures(d *Device) any {
	all := keyVal{}
	for i, name := range []string{"CPU", "Intake #1", "Exhaust #1"} {
		slot := d.opt.Now().Unix() / 600
		t := []int{520, 240, 330}[i] + int(hash(fmt.Sprint(d.opt.Serial, name, slot))%25)
		all = append(all, pair{i + 1, object{{"Name", name}, {"TemperatureX10", t}}})
	}
	return all
}

// fans: indoor units have them, outdoor ones are cooled by their housing.
func fans(d *Device) any {
	all := keyVal{}
	if d.hw.Ports >= 12 {
		for i := 1; i <= 2; i++ {
			all = append(all, pair{i, object{{"RPM", 6900 + 40*i}}})
		}
	}
	return all
}

func powerSupply(*Device) any {
	return keyVal{{1, object{{"State", "active"}, {"Description", "Internal supply"}}}}
}

func systemLed(*Device) any {
	return keyVal{{1, object{{"Description", "System LED: green, solid, normal indication."}}}}
}

func systemInfo(d *Device) any {
	c := d.running
	return object{{"Hostname", c.Hostname}, {"Contact", c.Contact}, {"Location", c.Location}}
}

func systemInfoSet(d *Device, p []json.RawMessage) (any, *RPCError) {
	return change(d, p[0], map[string]field[config]{
		"Hostname": text(255, func(c *config) *string { return &c.Hostname }),
		"Contact":  text(255, func(c *config) *string { return &c.Contact }),
		"Location": text(255, func(c *config) *string { return &c.Location }),
	})
}

// change puts members on the running configuration as a whole.
func change(d *Device, raw json.RawMessage, fields map[string]field[config]) (any, *RPCError) {
	c := *d.running
	if err := setMembers(d, &c, raw, fields); err != nil {
		return nil, err
	}
	d.noOp = reflect.DeepEqual(*d.running, c)
	*d.running = c
	return nil, nil
}

func ntpModeSet(d *Device, p []json.RawMessage) (any, *RPCError) {
	return change(d, p[0], map[string]field[config]{"Mode": flag(func(c *config) *bool { return &c.NTPMode })})
}

func ntpServer(raw json.RawMessage) (int, *RPCError) {
	n, err := readUint(raw, "key", 8)
	if err == nil && (n < 1 || n > len(config{}.NTPServers)) {
		err = badParams("key: 1 to %d expected", len(config{}.NTPServers))
	}
	return n, err
}

func ntpServersGet(d *Device, p []json.RawMessage) (any, *RPCError) {
	show := func(n int) object { return object{{"Address", d.running.NTPServers[n-1]}} }
	if len(p) == 1 {
		n, err := ntpServer(p[0])
		if err != nil {
			return nil, err
		}
		return show(n), nil
	}
	all := keyVal{}
	for n := 1; n <= len(d.running.NTPServers); n++ {
		all = append(all, pair{n, show(n)})
	}
	return all, nil
}

func ntpServersSet(d *Device, p []json.RawMessage) (any, *RPCError) {
	n, err := ntpServer(p[0])
	if err != nil {
		return nil, err
	}
	return change(d, p[1], map[string]field[config]{
		"Address": text(255, func(c *config) *string { return &c.NTPServers[n-1] }),
	})
}

// dstMembers are the time zone's members with the ranges of their numbers.
var dstMembers = map[string][2]int{
	"TimeZoneOffset": {-1439, 1439}, "SummerTimeOffset": {1, 1439},
	"SummerTimeWeekStart": {0, 5}, "SummerTimeDayStart": {0, 7}, "SummerTimeMonthStart": {0, 12},
	"SummerTimeDateStart": {0, 31}, "SummerTimeYearStart": {0, 2097}, "SummerTimeHourStart": {0, 23}, "SummerTimeMinuteStart": {0, 59},
	"SummerTimeWeekEnd": {0, 5}, "SummerTimeDayEnd": {0, 7}, "SummerTimeMonthEnd": {0, 12},
	"SummerTimeDateEnd": {0, 31}, "SummerTimeYearEnd": {0, 2097}, "SummerTimeHourEnd": {0, 23}, "SummerTimeMinuteEnd": {0, 59},
}

func dstSet(d *Device, p []json.RawMessage) (any, *RPCError) {
	o, err := readObject(p[0], "value")
	if err != nil {
		return nil, err
	}
	next := maps.Clone(d.running.DST)
	for name, raw := range o {
		switch between, isNumber := dstMembers[name]; {
		case name == "TimeZoneAcronym":
			s, err := readString(raw, name, 16)
			if err != nil {
				return nil, err
			}
			next[name] = s
		case name == "SummerTimeMode":
			s, err := readEnum(raw, name, []string{"disable", "recurring", "nonRecurring"})
			if err != nil {
				return nil, err
			}
			next[name] = s
		case isNumber:
			v, err := readInt(raw, name)
			if err != nil {
				return nil, err
			}
			if v < between[0] || v > between[1] {
				return nil, badParams("%s: %d to %d expected", name, between[0], between[1])
			}
			next[name] = v
		default:
			return nil, badParams("%s: no such member", name)
		}
	}
	d.noOp = reflect.DeepEqual(d.running.DST, next)
	d.running.DST = next
	return nil, nil
}

// discoveryDefaults are the discovery agent's members; no document tells
// their ranges, so only the types are held.
var discoveryDefaults = map[string]any{
	"Enabled": false, "UseSsl": false, "Url": "", "Username": "", "Password": "", "Period": 5, "Port": 0,
}

func discovery(members ...string) func(*Device) any {
	return func(d *Device) any {
		var o object
		for _, m := range members {
			v, ok := d.running.Discovery[m]
			if !ok {
				v = discoveryDefaults[m]
			}
			o = append(o, member{m, v})
		}
		return o
	}
}

func discoverySet(members ...string) handler {
	allowed := map[string]bool{}
	for _, m := range members {
		allowed[m] = true
	}
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		o, err := readObject(p[0], "value")
		if err != nil {
			return nil, err
		}
		next := maps.Clone(d.running.Discovery)
		for name, raw := range o {
			if !allowed[name] {
				return nil, badParams("%s: no such member", name)
			}
			var v any
			switch discoveryDefaults[name].(type) {
			case bool:
				v, err = readBool(raw, name)
			case string:
				v, err = readString(raw, name, 254)
			default:
				v, err = readUint(raw, name, 16)
			}
			if err != nil {
				return nil, err
			}
			next[name] = v
		}
		d.noOp = reflect.DeepEqual(d.running.Discovery, next)
		d.running.Discovery = next
		return nil, nil
	}
}
