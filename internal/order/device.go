package order

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// AddDevice adds a device and has it read at once. Name and Address are
// needed; the mode is manage unless given. What the device says of itself,
// and everything else that is observed, is ignored in in.
func (o *Orders) AddDevice(ctx context.Context, actor string, in gam.Device) (gam.Device, error) {
	var out gam.Device
	err := o.take(ctx, actor, func(ctx context.Context, w *order) error {
		d := gam.Device{Name: in.Name, SiteID: in.SiteID, Address: in.Address, Notes: in.Notes, Mode: in.Mode, Access: in.Access}
		if err := w.checkDevice(ctx, &d); err != nil {
			return err
		}
		if err := w.AddDevice(ctx, &d); err != nil {
			return err
		}
		w.made = Made{Kind: "device", ID: int64(d.ID)}
		if err := w.read(ctx, d.ID); err != nil {
			return err
		}
		if err := w.audit(ctx, "device.create", deviceObject(d), fmt.Sprintf("address: %s; mode: %s", d.Address, d.Mode)); err != nil {
			return err
		}
		var err error
		out, err = w.Device(ctx, d.ID)
		return err
	})
	return out, err
}

// UpdateDevice changes people's fields of a device. A change of how it is
// reached has it read at once; one of its mode has it compared at once.
func (o *Orders) UpdateDevice(ctx context.Context, actor string, id gam.DeviceID, p DevicePatch) (gam.Device, error) {
	var out gam.Device
	err := o.take(ctx, actor, func(ctx context.Context, w *order) error {
		old, err := w.Device(ctx, id)
		if err != nil {
			return err
		}
		if err := sameVersion(deviceObject(old), p.Version, old.Version); err != nil {
			return err
		}
		d := old
		set(&d.Name, p.Name)
		set(&d.SiteID, p.SiteID)
		set(&d.Address, p.Address)
		set(&d.Notes, p.Notes)
		set(&d.Mode, p.Mode)
		set(&d.Access, p.Access)
		if err := w.checkDevice(ctx, &d); err != nil {
			return err
		}
		if err := w.UpdateDevice(ctx, &d); err != nil {
			return err
		}
		if p.Access != nil || d.Address != old.Address {
			if err := w.read(ctx, id); err != nil {
				return err
			}
			w.touch(id)
		}
		if d.Mode != old.Mode {
			w.touch(id)
		}
		if err := w.audit(ctx, "device.update", deviceObject(d), deviceChanges(old, d, p.Access != nil)); err != nil {
			return err
		}
		out, err = w.Device(ctx, id)
		return err
	})
	return out, err
}

// DeleteDevice forgets a device; nothing is changed on it. It is
// gam.ErrConflict while subscribers that have not ended are on it.
func (o *Orders) DeleteDevice(ctx context.Context, actor string, id gam.DeviceID) error {
	return o.take(ctx, actor, func(ctx context.Context, w *order) error {
		d, err := w.Device(ctx, id)
		if err != nil {
			return err
		}
		if err := w.DeleteDevice(ctx, id); err != nil {
			return err
		}
		return w.audit(ctx, "device.delete", deviceObject(d), "address: "+d.Address)
	})
}

// ApprovePlan lets a device in mode confirm be changed by exactly the plan
// with this fingerprint.
func (o *Orders) ApprovePlan(ctx context.Context, actor string, id gam.DeviceID, fingerprint string) (gam.Device, error) {
	fingerprint = gam.Clean(fingerprint, maxFingerprint)
	if fingerprint == "" {
		return gam.Device{}, refuse("fingerprint", "fingerprint_needed", "give the fingerprint of the plan that you have looked at")
	}
	return o.onDevice(ctx, actor, "device.approve", id, "plan "+fingerprint, func(ctx context.Context, w *order) error {
		w.touch(id)
		return w.ApprovePlan(ctx, id, fingerprint)
	})
}

// maxFingerprint is the longest fingerprint kept, in bytes.
const maxFingerprint = 128

// Apply has a device compared with what is wanted, and changed as its mode
// allows, now.
func (o *Orders) Apply(ctx context.Context, actor string, id gam.DeviceID) (gam.Device, error) {
	return o.onDevice(ctx, actor, "device.apply", id, "", func(ctx context.Context, w *order) error {
		return w.enqueue(ctx, id)
	})
}

// Read has everything of a device read now, outside its schedule.
func (o *Orders) Read(ctx context.Context, actor string, id gam.DeviceID) (gam.Device, error) {
	return o.onDevice(ctx, actor, "device.read", id, "", func(ctx context.Context, w *order) error {
		return w.read(ctx, id)
	})
}

func (o *Orders) onDevice(ctx context.Context, actor, action string, id gam.DeviceID, detail string,
	fn func(ctx context.Context, w *order) error) (gam.Device, error) {
	var out gam.Device
	err := o.take(ctx, actor, func(ctx context.Context, w *order) error {
		d, err := w.Device(ctx, id)
		if err != nil {
			return err
		}
		if err := fn(ctx, w); err != nil {
			return err
		}
		if err := w.audit(ctx, action, deviceObject(d), detail); err != nil {
			return err
		}
		out, err = w.Device(ctx, id)
		return err
	})
	return out, err
}

// maxDeviceName is the longest name that people may give a device, in bytes.
const maxDeviceName = 63

// checkDevice refuses what cannot be reached or told apart.
func (w *order) checkDevice(ctx context.Context, d *gam.Device) error {
	d.Name, d.Address, d.Notes = gam.Clean(d.Name, maxNotes), gam.Clean(d.Address, maxNotes), gam.Clean(d.Notes, maxNotes)
	if d.Mode == "" {
		d.Mode = gam.ModeManage
	}
	var bad refusals
	switch {
	case d.Name == "":
		bad.add("name", "name_empty", "a device needs a name")
	case len(d.Name) > maxDeviceName:
		bad.add("name", "name_too_long", "a device's name has at most %d bytes", maxDeviceName)
	default:
		same, err := w.Devices(ctx, store.ListQuery{Where: map[string]string{"name": d.Name}, Limit: store.MaxLimit})
		if err != nil {
			return err
		}
		for _, other := range same.Items {
			if other.Name == d.Name && other.ID != d.ID {
				bad.add("name", "name_taken", "device %d has the name %q; choose another", other.ID, d.Name)
			}
		}
	}
	if !plausibleAddress(d.Address) {
		bad.add("address", "address", "give the device's host name or IP address, with :port if it is not the usual one; %q is neither", gam.Clip(d.Address, 60))
	}
	if u := d.Access.JSONRPC.URL; u != "" && !plausibleURL(u) {
		bad.add("access.jsonrpc.url", "url", "a JSON-RPC URL looks like https://host:port; %q does not", gam.Clip(u, 60))
	}
	switch d.Mode {
	case gam.ModeManage, gam.ModeConfirm, gam.ModeWatch:
	default:
		bad.add("mode", "mode", "a mode is manage, confirm or watch")
	}
	via := func(field string, v *gam.Via, allowed ...gam.Via) {
		if *v == "" {
			*v = gam.ViaAuto
		}
		var names []string
		for _, a := range allowed {
			if *v == a {
				return
			}
			names = append(names, string(a))
		}
		bad.add(field, "via", "it is one of %s", strings.Join(names, ", "))
	}
	via("access.provision_via", &d.Access.ProvisionVia, gam.ViaAuto, gam.ViaJSONRPC, gam.ViaSSH)
	via("access.monitor_via", &d.Access.MonitorVia, gam.ViaAuto, gam.ViaJSONRPC, gam.ViaSNMP)
	if p := d.Access.SSH.Port; p < 0 || p > 65535 {
		bad.add("access.ssh.port", "port", "a TCP port is 1 to 65535")
	}
	if p := d.Access.SNMP.Port; p < 0 || p > 65535 {
		bad.add("access.snmp.port", "port", "a UDP port is 1 to 65535")
	}
	if d.SiteID != 0 {
		if _, err := w.Site(ctx, d.SiteID); errors.Is(err, gam.ErrNotFound) {
			bad.add("site_id", "site_unknown", "there is no site %d", d.SiteID)
		} else if err != nil {
			return err
		}
	}
	return bad.Err()
}

// plausibleAddress accepts a host name or an IP address, with or without a
// port.
func plausibleAddress(a string) bool {
	if a == "" || len(a) > 255 || strings.ContainsAny(a, " /\\@?#\"'<>") {
		return false
	}
	if net.ParseIP(strings.Trim(a, "[]")) != nil {
		return true
	}
	host, port, err := net.SplitHostPort(a)
	if err != nil {
		return !strings.ContainsAny(a, ":[]")
	}
	n, err := strconv.Atoi(port)
	return err == nil && n > 0 && n < 65536 && host != ""
}

func plausibleURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// deviceChanges says what is different, for the audit trail. Of access it
// says only that it was given.
func deviceChanges(before, after gam.Device, access bool) string {
	var out []string
	add := func(field string, b, a any) {
		if b != a {
			out = append(out, fmt.Sprintf("%s: %v → %v", field, b, a))
		}
	}
	add("name", before.Name, after.Name)
	add("site_id", before.SiteID, after.SiteID)
	add("address", before.Address, after.Address)
	add("mode", before.Mode, after.Mode)
	add("notes", before.Notes, after.Notes)
	if access {
		out = append(out, "access")
	}
	return strings.Join(out, "; ")
}
