package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

var deviceList = &listing{
	fields: map[string]field{
		"id":               {"d.id", kInt},
		"name":             {"d.name", kFold},
		"site_id":          {"COALESCE(d.site_id, 0)", kInt},
		"address":          {"d.address", kText},
		"mode":             {"d.mode", kText},
		"status":           {"ds.status", kText},
		"sync":             {"ds.sync_phase", kText},
		"model":            {"ds.model", kText},
		"serial_number":    {"ds.serial_number", kText},
		"mac_address":      {"ds.mac_address", kMAC},
		"firmware":         {"ds.firmware", kText},
		"subscriber_model": {"ds.subscriber_model", kText},
		"medium":           {"ds.medium", kText},
		"port_count":       {"ds.port_count", kInt},
		"unsaved":          {"ds.unsaved", kBool},
		"last_seen_at":     {"ds.last_seen_at", kTime},
		"next_poll_at":     {"ds.next_poll_at", kTime},
		"created_at":       {"d.created_at", kTime},
	},
	sort:   "name",
	tie:    []field{{"d.id", kInt}},
	joins:  []join{{"ds", joinStates}},
	search: []string{"d.search_text", "ds.state_search"},
	mac:    "ds.mac_address",
}

// Devices lists devices.
func (q *Queries) Devices(ctx context.Context, lq ListQuery) (Page[gam.Device], error) {
	return list(ctx, q, "devices", deviceList, lq, []string{"d.*", "ds.*"},
		func(r deviceView) (gam.Device, error) { return r.device(q.key) })
}

func (q *Queries) selectDevices() *bun.SelectQuery {
	return q.db.NewSelect().Model((*deviceView)(nil)).Join(joinStates)
}

// Device reads one device, with its credentials.
func (q *Queries) Device(ctx context.Context, id gam.DeviceID) (gam.Device, error) {
	return q.oneDevice(ctx, fmt.Sprintf("device %d", id), "d.id = ?", id)
}

// DeviceBySerial finds the device that told this serial number.
func (q *Queries) DeviceBySerial(ctx context.Context, serial string) (gam.Device, error) {
	return q.oneDevice(ctx, fmt.Sprintf("device with serial number %q", gam.Clip(serial, 40)), "ds.serial_number = ? AND ds.serial_number <> ''", text(serial))
}

func (q *Queries) oneDevice(ctx context.Context, what, where string, arg any) (gam.Device, error) {
	var r deviceView
	err := q.selectDevices().ColumnExpr("d.*").ColumnExpr("ds.*").Where(where, arg).Scan(ctx, &r)
	if err != nil {
		return gam.Device{}, q.failed(err, "%s", what)
	}
	return r.device(q.key)
}

// DeviceIDs lists every device, by id.
func (q *Queries) DeviceIDs(ctx context.Context) ([]gam.DeviceID, error) {
	var ids []gam.DeviceID
	err := q.db.NewSelect().Table("devices").Column("id").Order("id").Scan(ctx, &ids)
	return ids, q.failed(err, "list device ids")
}

// DeviceCounts counts what hangs on these devices, or on all when none is
// named. A device with nothing on it is in the map too.
func (q *Queries) DeviceCounts(ctx context.Context, ids ...gam.DeviceID) (map[gam.DeviceID]Counts, error) {
	var rows []struct {
		ID                gam.DeviceID
		Subscribers       int
		ActiveSubscribers int
		Endpoints         int
		EndpointsOK       int `bun:"endpoints_ok"`
	}
	sel := q.db.NewSelect().Table("devices").ColumnExpr("devices.id").
		ColumnExpr("(SELECT count(*) FROM subscribers s WHERE s.device_id = devices.id AND s.status <> 'ended') AS subscribers").
		ColumnExpr("(SELECT count(*) FROM subscribers s WHERE s.device_id = devices.id AND s.status = 'active') AS active_subscribers").
		ColumnExpr("(SELECT count(*) FROM endpoint_states e WHERE e.device_id = devices.id) AS endpoints").
		ColumnExpr("(SELECT count(*) FROM endpoint_states e WHERE e.device_id = devices.id AND e.state = 'ok') AS endpoints_ok")
	if len(ids) > 0 {
		sel = sel.Where("devices.id IN (?)", bun.List(ids))
	}
	if err := sel.Scan(ctx, &rows); err != nil {
		return nil, q.failed(err, "count what is on the devices")
	}
	out := make(map[gam.DeviceID]Counts, len(rows))
	for _, r := range rows {
		out[r.ID] = Counts{Subscribers: r.Subscribers, ActiveSubscribers: r.ActiveSubscribers, Endpoints: r.Endpoints, EndpointsOK: r.EndpointsOK}
	}
	return out, nil
}

// AddDevice keeps a new device and fills its ID, Version and CreatedAt. Empty
// Mode, ways, Status and Sync get what a new device starts with: manage, auto,
// unknown, pending.
func (q *Queries) AddDevice(ctx context.Context, d *gam.Device) error {
	n := *d
	n.Version, n.CreatedAt = 1, now()
	n.Mode = cmp.Or(n.Mode, gam.ModeManage)
	n.Access.ProvisionVia = cmp.Or(n.Access.ProvisionVia, gam.ViaAuto)
	n.Access.MonitorVia = cmp.Or(n.Access.MonitorVia, gam.ViaAuto)
	n.Status = cmp.Or(n.Status, gam.StatusUnknown)
	n.Sync.Phase = cmp.Or(n.Sync.Phase, gam.SyncPending)
	if n.Sync.Since.IsZero() {
		n.Sync.Since = n.CreatedAt
	}
	err := q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("add device %q", gam.Clip(n.Name, 60))
		r := deviceRow{deviceCols: deviceCols{Version: 1, CreatedAt: us(n.CreatedAt), WantedRev: n.WantedRev, ApprovedPlan: text(n.ApprovedPlan)}}
		if err := r.wanted(&n); err != nil {
			return err
		}
		if _, err := q.db.NewInsert().Model(&r).Exec(ctx); err != nil {
			return q.failed(err, "%s", what)
		}
		n.ID = gam.DeviceID(r.ID)
		// Encrypting needs the id.
		if err := q.sealDevice(ctx, &r, &n.Access); err != nil {
			return err
		}
		st := stateRow{stateCols: stateCols{
			DeviceID: r.ID, Status: text(string(n.Status)), StatusReason: text(n.StatusReason), Failures: n.Failures,
			LastSeenAt: us(n.LastSeenAt), NextPollAt: us(n.NextPollAt),
			SyncPhase: text(string(n.Sync.Phase)), SyncReason: text(n.Sync.Reason), SyncSince: us(n.Sync.Since),
			AppliedRev: n.AppliedRev, Unsaved: n.Unsaved,
		}}
		st.identity(n.Identity)
		if _, err := q.db.NewInsert().Model(&st).Returning("NULL").Exec(ctx); err != nil {
			return q.failed(err, "%s", what)
		}
		return q.tell(ctx, EventDevice, int64(n.ID), n.ID, "added")
	})
	if err == nil {
		give(q, d, n)
	}
	return err
}

// sealDevice encrypts the credentials that are given; an empty one leaves
// what is stored.
func (q *Queries) sealDevice(ctx context.Context, r *deviceRow, a *gam.Access) error {
	up := q.db.NewUpdate().Model(r).WherePK()
	given := false
	for _, c := range r.secrets(a) {
		if c.secret.Empty() {
			continue
		}
		sealed, err := q.key.seal(*c.secret, r.place(c.name))
		if err != nil {
			return err
		}
		*c.column, given = sealed, true
		up = up.Column(c.name)
	}
	if !given {
		return nil
	}
	_, err := up.Exec(ctx)
	return q.failed(err, "keep the credentials of device %d", r.ID)
}

// UpdateDevice writes what people decide (name, site, address, notes, mode,
// access) and raises Version. An empty credential keeps the stored one. When
// d.Version is not the stored one, nothing is written: gam.ErrStale.
func (q *Queries) UpdateDevice(ctx context.Context, d *gam.Device) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("update device %d", d.ID)
		r := deviceRow{deviceCols: deviceCols{ID: int64(d.ID)}}
		if err := r.wanted(d); err != nil {
			return err
		}
		res, err := q.db.NewUpdate().Model(&r).
			Column("name", "site_id", "address", "notes", "mode", "access", "tls_pin", "search_text").
			Set("version = version + 1").
			WherePK().Where("version = ?", d.Version).Exec(ctx)
		if err := q.stale(ctx, "devices", int64(d.ID), res, err, what); err != nil {
			return err
		}
		if err := q.sealDevice(ctx, &r, &d.Access); err != nil {
			return err
		}
		if err := q.tell(ctx, EventDevice, int64(d.ID), d.ID, "changed"); err != nil {
			return err
		}
		give(q, &d.Version, d.Version+1)
		return nil
	})
}

// DeleteDevice forgets a device and all that was observed of it; the journal
// stays. It is gam.ErrConflict while subscribers that have not ended are on
// it.
func (q *Queries) DeleteDevice(ctx context.Context, id gam.DeviceID) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("delete device %d", id)
		// Holds off an order that is being placed on it.
		if _, err := q.WantedRev(ctx, id); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		n, err := q.db.NewSelect().Table("subscribers").Where("device_id = ?", id).Where("status <> ?", gam.SubEnded).Count(ctx)
		if err != nil {
			return q.failed(err, "%s", what)
		}
		if n > 0 {
			return fmt.Errorf("%s: %w: %d subscriber(s) are on it; end or move them first", what, gam.ErrConflict, n)
		}
		res, err := q.db.NewDelete().Table("devices").Where("id = ?", id).Exec(ctx)
		if err := q.touched(res, err, "%s", what); err != nil {
			return err
		}
		return q.tell(ctx, EventDevice, int64(id), id, "deleted")
	})
}

// stale tells a row that somebody else changed from one that is gone.
func (q *Queries) stale(ctx context.Context, table string, id int64, res interface{ RowsAffected() (int64, error) }, err error, what string) error {
	if err != nil {
		return q.failed(err, "%s", what)
	}
	n, err := res.RowsAffected()
	if err != nil || n > 0 {
		return q.failed(err, "%s", what)
	}
	there, err := q.db.NewSelect().Table(table).Where("id = ?", id).Exists(ctx)
	switch {
	case err != nil:
		return q.failed(err, "%s", what)
	case there:
		return fmt.Errorf("%s: %w", what, gam.ErrStale)
	}
	return fmt.Errorf("%s: %w", what, gam.ErrNotFound)
}

// PinCertificate notes the certificate that a device showed first; "" forgets
// it. Version grows with it, because people see and edit the pin.
func (q *Queries) PinCertificate(ctx context.Context, id gam.DeviceID, pin string) error {
	return q.setDevice(ctx, id, "pin the certificate of", "tls_pin = ?, version = version + 1", "tls_pin <> ?", text(pin))
}

// ApprovePlan notes the fingerprint of the plan that a person approved; ""
// takes the approval back.
func (q *Queries) ApprovePlan(ctx context.Context, id gam.DeviceID, fingerprint string) error {
	return q.setDevice(ctx, id, "approve the plan of", "approved_plan = ?", "approved_plan <> ?", text(fingerprint))
}

// setDevice writes one column when it differs, and tells the feed.
func (q *Queries) setDevice(ctx context.Context, id gam.DeviceID, verb, set, differs, value string) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("%s device %d", verb, id)
		res, err := q.db.NewUpdate().Table("devices").Set(set, value).Where("id = ?", id).Where(differs, value).Exec(ctx)
		err = q.stale(ctx, "devices", int64(id), res, err, what)
		if errors.Is(err, gam.ErrStale) {
			return nil // it says so already
		}
		if err != nil {
			return err
		}
		return q.tell(ctx, EventDevice, int64(id), id, "changed")
	})
}
