package store

import (
	"context"
	"fmt"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// SaveIdentity keeps what a device says of itself.
func (q *Queries) SaveIdentity(ctx context.Context, id gam.DeviceID, i gam.Identity) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("save the identity of device %d", id)
		old, err := q.state(ctx, id, what)
		if err != nil {
			return err
		}
		r := old
		r.identity(i)
		if _, err := q.db.NewUpdate().Model(&r).Column("model", "object_id", "serial_number", "mac_address", "firmware",
			"firmware_alternate", "subscriber_model", "default_nni", "port_count", "medium", "hostname", "uptime_us", "state_search").
			WherePK().Exec(ctx); err != nil {
			return q.failed(err, "%s", what)
		}
		old.UptimeUS = r.UptimeUS // it always differs
		if old == r {
			return nil
		}
		return q.tell(ctx, EventDevice, int64(id), id, "identified")
	})
}

func (q *Queries) state(ctx context.Context, id gam.DeviceID, what string) (stateRow, error) {
	var r stateRow
	err := q.db.NewSelect().Model(&r).Where("device_id = ?", id).Scan(ctx)
	return r, q.failed(err, "%s", what)
}

// SaveReach keeps whether and when a device was reached, and tells the feed
// when its status changed.
func (q *Queries) SaveReach(ctx context.Context, id gam.DeviceID, re Reach) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("save the status of device %d", id)
		old, err := q.state(ctx, id, what)
		if err != nil {
			return err
		}
		r := stateRow{stateCols: stateCols{
			DeviceID: int64(id), Status: text(string(re.Status)), StatusReason: text(re.Reason), Failures: re.Failures,
			LastSeenAt: us(re.LastSeenAt), NextPollAt: us(re.NextPollAt),
		}}
		up := q.db.NewUpdate().Model(&r).Column("status", "status_reason", "failures", "next_poll_at").WherePK()
		if !re.LastSeenAt.IsZero() {
			up = up.Column("last_seen_at")
		}
		if _, err := up.Exec(ctx); err != nil {
			return q.failed(err, "%s", what)
		}
		if old.Status == r.Status && old.StatusReason == r.StatusReason {
			return nil
		}
		return q.tell(ctx, EventDevice, int64(id), id, "status", "status", r.Status)
	})
}

// SaveDeviceSync keeps how a device stands between wanted and observed. While
// phase and reason stay the same, Since stays too and nothing is written. A
// zero Since is now.
func (q *Queries) SaveDeviceSync(ctx context.Context, id gam.DeviceID, s gam.Sync) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("save the sync state of device %d", id)
		old, err := q.state(ctx, id, what)
		if err != nil {
			return err
		}
		r := stateRow{stateCols: stateCols{DeviceID: int64(id)}}
		r.SyncPhase, r.SyncReason, r.SyncSince = syncCols(s)
		if old.SyncPhase == r.SyncPhase && old.SyncReason == r.SyncReason {
			return nil
		}
		if _, err := q.db.NewUpdate().Model(&r).Column("sync_phase", "sync_reason", "sync_since").WherePK().Exec(ctx); err != nil {
			return q.failed(err, "%s", what)
		}
		return q.tell(ctx, EventDevice, int64(id), id, "sync", "sync", r.SyncPhase)
	})
}

func syncCols(s gam.Sync) (phase, reason string, since int64) {
	if s.Since.IsZero() {
		s.Since = now()
	}
	return text(string(s.Phase)), text(s.Reason), us(s.Since)
}

// SetUnsaved notes whether the running configuration holds writes of ours
// that are not known to be saved.
func (q *Queries) SetUnsaved(ctx context.Context, id gam.DeviceID, unsaved bool) error {
	res, err := q.db.NewUpdate().Table("device_states").Set("unsaved = ?", unsaved).Where("device_id = ?", id).Exec(ctx)
	return q.touched(res, err, "note unsaved changes of device %d", id)
}

// SetApplied notes which revision of wanted the last settled pass has read.
func (q *Queries) SetApplied(ctx context.Context, id gam.DeviceID, rev int64) error {
	res, err := q.db.NewUpdate().Table("device_states").Set("applied_rev = ?", rev).Where("device_id = ?", id).Exec(ctx)
	return q.touched(res, err, "note the applied revision of device %d", id)
}

// BumpWanted raises the revision of what a device should be and returns it.
// In a transaction it holds the device's row until the end.
func (q *Queries) BumpWanted(ctx context.Context, id gam.DeviceID) (int64, error) {
	var rev int64
	err := q.db.NewUpdate().Table("devices").Set("wanted_rev = wanted_rev + 1").Where("id = ?", id).
		Returning("wanted_rev").Scan(ctx, &rev)
	return rev, q.failed(err, "raise the wanted revision of device %d", id)
}

// WantedRev is the revision of what a device should be. In a transaction it
// locks the device's row: nobody raises it before the end.
func (q *Queries) WantedRev(ctx context.Context, id gam.DeviceID) (int64, error) {
	var rev int64
	sel := q.db.NewSelect().Table("devices").Column("wanted_rev").Where("id = ?", id)
	if q.tx != nil && q.dialect == Postgres {
		sel = sel.For("UPDATE")
	}
	err := sel.Scan(ctx, &rev)
	return rev, q.failed(err, "read the wanted revision of device %d", id)
}

// Lease takes or extends the right to work on a device for d; false means
// that somebody else holds it. On PostgreSQL the server's clock counts, so
// nodes need not agree on the time.
func (q *Queries) Lease(ctx context.Context, id gam.DeviceID, owner string, d time.Duration) (bool, error) {
	what := fmt.Sprintf("lease device %d to %s", id, gam.Clip(owner, 60))
	clock := fmt.Sprint(us(now()))
	if q.dialect == Postgres {
		clock = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
	}
	res, err := q.db.NewRaw(`INSERT INTO device_leases AS l (device_id, owner, until) VALUES (?, ?, `+clock+` + ?)
		ON CONFLICT (device_id) DO UPDATE SET owner = excluded.owner, until = excluded.until
		WHERE l.owner = excluded.owner OR l.until <= `+clock, id, text(owner), d.Microseconds()).Exec(ctx)
	if err != nil {
		return false, q.hung(err, "%s", what)
	}
	n, err := res.RowsAffected()
	return n > 0, q.failed(err, "%s", what)
}

// ReleaseLease gives a lease back; one that is somebody else's stays.
func (q *Queries) ReleaseLease(ctx context.Context, id gam.DeviceID, owner string) error {
	_, err := q.db.NewDelete().Table("device_leases").Where("device_id = ?", id).Where("owner = ?", text(owner)).Exec(ctx)
	return q.failed(err, "release the lease of device %d", id)
}

// ClearLeases gives every lease back. It is for the start of the only process
// on a database: leases of a process that died need not run out.
func (q *Queries) ClearLeases(ctx context.Context) error {
	_, err := q.db.NewDelete().Table("device_leases").Where("1 = 1").Exec(ctx)
	return q.failed(err, "clear leases")
}
