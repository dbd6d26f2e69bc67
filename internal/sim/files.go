package sim

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Firmware images, configuration files, alarms, and what the device says of
// its own API.

func fileMethods() map[string]method {
	return map[string]method{
		"icfg.control.copy.set":          {1, 1, Save, copyConfig},
		"icfg.status.copy.get":           {0, 0, Read, copyStatus},
		"icfg.status.fileStatistics.get": scalar(fileStatistics),
		"icfg.control.global.set":        {1, 1, Action, icfgGlobal},
		"icfg.control.download.get":      {1, 1, Read, download},

		"firmware.control.imageUpload.set": {1, 1, Action, imageUpload},
		"firmware.control.global.set":      {1, 1, Action, swapFirmware},
		"firmware.control.configCopy.set":  {1, 1, Action, configCopy},
		"firmware.status.imageUpload.get":  scalar(func(d *Device) any { return object{{"Status", d.upload}} }),
		"firmware.status.image.get":        scalar(images),
		"firmware.status.switch.get":       scalar(switchStatus),

		"alarm.status.active.get":   scalar(alarms),
		"alarm.status.log.get":      scalar(func(*Device) any { return keyVal{} }),
		"alarm.control.actions.set": {1, 1, Action, clearAlarms},

		"jsonRpc.status.introspection.generic.inventory.get": {1, 1, Read, inventory},
	}
}

func fileStatistics(d *Device) any {
	n := 3 + len(d.files)
	return object{{"NumberOfFiles", n}, {"TotalBytes", 9000 * n}, {"FlashSizeBytes", 16 << 20}, {"FlashFreeBytes", 16<<20 - 9000*n}}
}

type icfgOrder struct{ reload, file string }

func icfgGlobal(d *Device, p []json.RawMessage) (any, *RPCError) {
	o := icfgOrder{reload: "none"}
	err := setMembers(d, &o, p[0], map[string]field[icfgOrder]{
		"ReloadDefault": label([]string{"none", "default", "defaultKeepIp"}, func(o *icfgOrder) *string { return &o.reload }),
		"DeleteFile":    text(127, func(o *icfgOrder) *string { return &o.file }),
	})
	if err != nil {
		return nil, err
	}
	if o.reload != "none" {
		d.running = d.factory()
		for _, plugged := range d.plant {
			d.appear(plugged)
		}
	}
	if o.file != "" {
		name, flash := strings.CutPrefix(o.file, "flash:")
		if d.files[name] == nil || !flash {
			return nil, internal("No such file")
		}
		delete(d.files, name)
	}
	return nil, nil
}

// download gives a configuration as CLI text. The text is short: nothing
// reads it back.
func download(d *Device, p []json.RawMessage) (any, *RPCError) {
	o := copyOrder{from: "none", to: "none"}
	if err := setMembers(d, &o, p[0], copyFields); err != nil {
		return nil, err
	}
	c, status := d.copySource(o)
	if status != "" {
		return nil, internal(status)
	}
	return c.cli(), nil
}

// cli is the configuration in the words of the command line.
func (c *config) cli() string {
	var b strings.Builder
	fmt.Fprintf(&b, "hostname %s\n", c.Hostname)
	for _, id := range ids(c.Profiles) {
		p := c.Profiles[id]
		fmt.Fprintf(&b, "ghn bw-profile %d name %q downstream %d upstream %d\n", id, p.Name, p.Down, p.Up)
	}
	for _, id := range ids(c.Endpoints) {
		e := c.Endpoints[id]
		fmt.Fprintf(&b, "ghn endpoint %d mac %s name %q port %q\n", id, strings.ToLower(e.MAC.String()), e.Name, e.Port)
	}
	for _, id := range ids(c.Users) {
		u := c.Users[id]
		fmt.Fprintf(&b, "ghn subscriber %d name %q endpoint %d bw-profile %d vlan %d\n", id, u.Name, u.Endpoint, u.Profile, u.VLAN)
	}
	b.WriteString("end\n")
	return b.String()
}

type uploadOrder struct {
	do, noSwap bool
	kind, url  string
}

// imageUpload believes the version in the file's name; there is nothing
// behind the URL.
func imageUpload(d *Device, p []json.RawMessage) (any, *RPCError) {
	o := uploadOrder{kind: "firmware"}
	err := setMembers(d, &o, p[0], map[string]field[uploadOrder]{
		"DoUpload":  flag(func(o *uploadOrder) *bool { return &o.do }),
		"NoSwap":    flag(func(o *uploadOrder) *bool { return &o.noSwap }),
		"ImageType": label([]string{"bootloader", "firmware"}, func(o *uploadOrder) *string { return &o.kind }),
		"Url":       text(255, func(o *uploadOrder) *string { return &o.url }),
	})
	if err != nil || !o.do {
		return nil, err
	}
	scheme, _, ok := strings.Cut(o.url, "://")
	file := o.url[strings.LastIndexByte(o.url, '/')+1:]
	medium := map[string]string{"C": "coax", "M": "mimo"}[d.hw.Letter()]
	d.upload = "success"
	switch {
	case !ok || !strings.Contains("ftp http https tftp", scheme):
		d.upload = "errInvalidUrl"
	case o.kind != "firmware" || !strings.HasSuffix(file, ".mfip") && !strings.HasSuffix(file, ".mfi"):
		d.upload = "errInvalidImage"
	case !strings.Contains(file, medium):
		d.upload = "errIncompatibleTarget"
	}
	if d.upload != "success" {
		return nil, nil
	}
	d.upload = "errUnknownImage"
	for _, fw := range firmwares {
		if !strings.Contains(file, "_"+strings.ReplaceAll(fw.Version, ".", "_")+"_") {
			continue
		}
		if fw.Version == d.images[1].Version {
			d.upload = "errSameImageExisted"
			return nil, nil
		}
		d.upload, d.images[1] = "success", fw
		if !o.noSwap {
			d.swap()
		}
	}
	return nil, nil
}

func swapFirmware(d *Device, p []json.RawMessage) (any, *RPCError) {
	f, err := d.flags(p[0], "SwapFirmware")
	if err == nil && f["SwapFirmware"] {
		d.swap()
	}
	return nil, err
}

// swap makes the alternate image the active one; the restart follows the
// answer. Configurations are kept per side.
func (d *Device) swap() {
	d.images[0], d.images[1] = d.images[1], d.images[0]
	quirks := d.fw.Quirks
	d.fw = d.images[0]
	d.fw.Quirks = quirks // they belong to the unit that a test asked for
	other := d.alternate
	if other == nil {
		other = d.factory()
	}
	d.alternate, d.startup = d.startup, other
	d.rebootSoon = true
}

func configCopy(d *Device, p []json.RawMessage) (any, *RPCError) {
	f, err := d.flags(p[0], "ConfigCopy")
	if err == nil && f["ConfigCopy"] {
		d.alternate = d.startup.clone()
	}
	return nil, err
}

// family is the firmware family that a version string names.
func (d *Device) family() string {
	sizes := "12/24"
	if d.hw.Ports <= 8 {
		sizes = "4/8"
	}
	return "GAM-" + sizes + "-" + d.hw.Letter()
}

func images(d *Device) any {
	image := func(kind, name string, fw Firmware) object {
		return object{
			{"Type", kind}, {"Name", name}, {"Version", d.family() + "_v" + fw.Version}, {"BuiltDate", fw.Built},
			{"CodeRevision", fw.Revision}, {"NorFlashSupport", "MX25L51245G"}, {"MgmtPhySupport", "VSC8211"},
		}
	}
	boot := object{
		{"Type", "bootloader"}, {"Name", "RedBoot"}, {"Version", "version 1_4-18990"}, {"BuiltDate", "13:09:38, Jul 25 2019"},
		{"CodeRevision", ""}, {"NorFlashSupport", ""}, {"MgmtPhySupport", ""},
	}
	return keyVal{
		{0, boot},
		{1, image("activeFirmware", "linux", d.images[0])},
		{2, image("alternativeFirmware", "linux.bk", d.images[1])},
	}
}

func switchStatus(d *Device) any {
	return keyVal{{1, object{
		{"ChipId", "VSC7468"}, {"BoardType", boardType(d.hw)}, {"PortCnt", len(d.interfaces())},
		{"Product", "Positron " + d.family() + " Switch"}, {"Version", d.family() + "_v" + d.fw.Version},
		{"BuiltDate", d.fw.Built}, {"NorFlashSupport", "MX25L51245G"}, {"MgmtPhySupport", "VSC8211"},
	}}}
}

// alarms are worked out from the state: a configured endpoint that is absent
// (los), one on a wrong port (portmismatch), one with other firmware
// (swrevmismat).
func alarms(d *Device) any {
	all := keyVal{}
	raise := func(i ifindex, descr, cond, severity string, affecting bool, at time.Time) {
		id := hash(d.opt.Serial + descr + cond)
		uuid := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(id), uint16(id>>32), uint16(id>>40)&0xfff, uint16(id>>48)&0xfff, id&0xffffffffffff)
		all = append(all, pair{len(all) + 1, object{
			{"IfIndex", i}, {"UUID", uuid}, {"IfDescr", descr}, {"CondType", cond}, {"SwFaultFileName", ""},
			{"SwFltLine", 0}, {"SwFltModuleId", 0}, {"HwFltId", 0}, {"Severity", severity}, {"ServAff", affecting},
			{"OccurTime", at.Format(time.RFC3339)},
		}})
	}
	for _, s := range d.sightings() {
		if s.conf == nil {
			continue
		}
		descr := fmt.Sprintf("CPE-%d", s.conf.ID)
		switch d.state(s) {
		case stateNotDetected:
			raise(s.conf.Port, descr, "los", "mj", true, d.bootedAt)
		case stateWrongPort:
			raise(ghn(s.plug.Port), descr, "portmismatch", "mj", true, s.plug.since)
		}
		if s.seen && s.plug.FwMismatch {
			raise(ghn(s.plug.Port), descr, "swrevmismat", "mn", false, s.plug.since)
		}
	}
	return all
}

func clearAlarms(d *Device, p []json.RawMessage) (any, *RPCError) {
	_, err := d.flags(p[0], "Clear")
	return nil, err
}
