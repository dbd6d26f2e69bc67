package positron

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// Identify implements driver.Driver. The documented questions come first:
// they decide whether this is a GAM at all. What the others tell is taken
// where it is told.
func (d *Driver) Identify(ctx context.Context) (gam.Identity, error) {
	var id gam.Identity
	global, told, err := d.global(ctx)
	if err != nil {
		return id, err
	}
	ports, err := d.portConfigs(ctx)
	if err != nil {
		return id, err
	}
	var subscribers []userConfig
	if !told {
		if subscribers, err = d.anyGAM(ctx); err != nil {
			return id, err
		}
	}
	id.SubscriberModel, id.DefaultNNI = modelOf(global, subscribers), global.DefaultNNIIfIndex.nni()
	id.PortCount = len(ports)
	for _, p := range ports {
		if p.Type != gam.PortTypeNil {
			id.Medium = p.Type.Medium()
			break
		}
	}
	words, err := d.selfDescription(ctx, &id)
	if err != nil {
		return id, err
	}
	nameModel(&id, words)
	d.noticeFirmware(id.Firmware)
	return id, nil
}

// anyGAM tells a GAM whose firmware is very old from something else that
// speaks JSON-RPC: even the oldest lists its subscribers, which also show what
// the missing settings would have said.
func (d *Driver) anyGAM(ctx context.Context) ([]userConfig, error) {
	all, err := list(ctx, d, users)
	if codeOf(err) == jsonrpc.CodeNoMethod {
		d.lacks.forget() // what was learned here was not learned of a GAM
		return nil, &driver.Error{Kind: driver.Garbled, Device: d.target.Name, Op: "identify the device",
			Text: "what answers speaks JSON-RPC, but knows none of a GAM's methods", Remedy: remedyAddress, Err: err}
	}
	if err == nil && !named(d, users) {
		d.lacks.note(groupGlobal + ".get") // older than them for certain
	}
	return all, err
}

// selfDescription reads what the device says of itself, all of it optional,
// and returns the words in which a model may be named, best first.
func (d *Driver) selfDescription(ctx context.Context, id *gam.Identity) ([]string, error) {
	const op = "identify the device"
	var words []string
	board, err := optional[boardInfo](ctx, d, op, groupBoard+".get")
	if err != nil {
		return nil, err
	}
	b := first(board)
	id.SerialNumber, id.MACAddress = string(b.BoardSerial), b.BoardMacAddress.MAC
	words = append(words, string(b.BoardType))
	images, err := optional[imageStatus](ctx, d, op, groupImages+".get")
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		switch choice(i.val.Type, "bootloader", "activeFirmware", "alternativeFirmware") {
		case 1:
			id.Firmware = firmwareVersion(i.val.Version)
			words = append(words, string(i.val.Version), string(i.val.Name))
		case 2:
			id.FirmwareAlternate = firmwareVersion(i.val.Version)
		}
	}
	if !modelNamed(words) || id.Firmware == "" {
		unit, err := optional[switchStatus](ctx, d, op, groupSwitch+".get")
		if err != nil {
			return nil, err
		}
		u := first(unit)
		words = append(words, string(u.BoardType), string(u.Product), string(u.Version))
		if id.Firmware == "" {
			id.Firmware = firmwareVersion(u.Version)
		}
	}
	info, err := optional[systemInfo](ctx, d, op, groupSystemInfo+".get")
	if err != nil {
		return nil, err
	}
	id.Hostname = string(first(info).Hostname)
	up, err := d.Uptime(ctx)
	if err != nil && !d.untold(groupUptime+".get", err) {
		return nil, err
	}
	id.Uptime = up
	return words, nil
}

// versionForm finds the number in a firmware's own spelling: "1.8.2",
// "_v1.8.2", "GAM-4/8-C_v1.8.2".
var versionForm = regexp.MustCompile(`(?i)^(?:.*_)?v?(\d+(?:\.\d+)+.*)$`)

func firmwareVersion(t text) string {
	if f := versionForm.FindStringSubmatch(string(t)); f != nil {
		return f[1]
	}
	return string(t)
}

// inner is the model in some firmware's product text: "Positron GAM-24-M
// Switch".
func inner(word string) string {
	for f := range strings.FieldsSeq(word) {
		if strings.HasPrefix(strings.ToUpper(f), "GAM") {
			return f
		}
	}
	return word
}

func modelNamed(words []string) bool {
	for _, w := range words {
		if _, ok := gam.ModelByName(inner(w)); ok {
			return true
		}
	}
	return false
}

// nameModel finds the model: named outright, else by the ports seen and the
// medium of the ports or of the firmware's family, else in the device's own
// words.
func nameModel(id *gam.Identity, words []string) {
	for _, w := range words {
		if m, ok := gam.ModelByName(inner(w)); ok && (id.PortCount == 0 || m.Ports == id.PortCount) {
			id.Model = m.Name
			if id.Medium == "" {
				id.Medium = m.Medium
			}
			if id.PortCount == 0 {
				id.PortCount = m.Ports
			}
			return
		}
	}
	for _, w := range words {
		if medium, ok := gam.MediumByFamily(inner(w)); ok && id.Medium == "" {
			id.Medium = medium
		}
	}
	if m, ok := gam.ModelByShape(id.PortCount, id.Medium); ok && id.Medium != "" {
		id.Model = m.Name
		return
	}
	for _, w := range words {
		if w != "" {
			id.Model = w
			return
		}
	}
}

// noticeFirmware forgets what a firmware lacks once another one runs.
func (d *Driver) noticeFirmware(now string) {
	d.mu.Lock()
	before := d.firmware
	d.firmware = now
	d.mu.Unlock()
	if before != "" && before != now {
		d.lacks.forget()
	}
}

// Uptime implements driver.Monitor. A device that does not tell it, or in a
// form that is not known, counts as one that cannot.
func (d *Driver) Uptime(ctx context.Context) (time.Duration, error) {
	const op = "read the uptime"
	raw, err := d.ask(ctx, op, groupUptime+".get")
	var rpc *jsonrpc.RPCError
	if errors.As(err, &rpc) && driver.KindOf(err) != driver.Busy {
		e := d.fail(op, err)
		e.Kind = driver.Unsupported // whatever it says: this device does not tell its uptime
		return 0, e
	}
	if err != nil {
		return 0, err
	}
	up, ok := decodeUptime(raw)
	if !ok {
		return 0, &driver.Error{Kind: driver.Unsupported, Device: d.target.Name, Op: op,
			Text: "the uptime is told in a form that is not known: " + gam.Clip(string(raw), 60)}
	}
	return up, nil
}

// decodeUptime reads {"SystemUptime": "3d 13:32:27"}, the bare text or
// number, or either in an array of one.
func decodeUptime(raw []byte) (time.Duration, bool) {
	if s, ok, err := single[uptimeStatus](raw); err == nil && ok {
		return parseUptime(string(s.SystemUptime))
	}
	var list []text
	if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		return parseUptime(string(list[0]))
	}
	var t text
	_ = t.UnmarshalJSON(raw)
	return parseUptime(string(t))
}
