package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

// lockVLANs is the advisory lock of PostgreSQL under which VLANs are given
// out: between looking for a free one and taking it nobody else looks.
const lockVLANs = 0x6f67616d_0001

var subscriberList = &listing{
	fields: map[string]field{
		"id":           {"s.id", kInt},
		"name":         {"s.name", kFold},
		"description":  {"s.description", kFold},
		"device_id":    {"COALESCE(s.device_id, 0)", kInt},
		"site_id":      {"COALESCE(d.site_id, 0)", kInt},
		"port":         {"s.port", kInt},
		"endpoint_mac": {"s.endpoint_mac", kMAC},
		"plan_id":      {"COALESCE(s.plan_id, 0)", kInt},
		"vlan_id":      {"s.vlan_id", kInt},
		"tagging":      {"s.tagging", kText},
		"status":       {"s.status", kText},
		"sync":         {"s.sync_phase", kText},
		"device_name":  {"s.device_name", kFold},
		"created_at":   {"s.created_at", kTime},
		"updated_at":   {"s.updated_at", kTime},
	},
	sort: "name",
	tie:  []field{{"s.id", kInt}},
	keys: []string{"id"}, table: "subscribers", alias: "s",
	joins:  []join{{"d", "LEFT JOIN devices AS d ON d.id = s.device_id"}},
	search: []string{"s.search_text"},
	mac:    "s.endpoint_mac",
}

// Subscribers lists subscribers, the ended ones too unless filtered by status.
func (q *Queries) Subscribers(ctx context.Context, lq ListQuery) (Page[gam.Subscriber], error) {
	return list(ctx, q, "subscribers", subscriberList, lq,
		[]string{"s.*"}, func(r subscriberView) (gam.Subscriber, error) { return r.subscriber() })
}

// Subscriber reads one subscriber.
func (q *Queries) Subscriber(ctx context.Context, id gam.SubscriberID) (gam.Subscriber, error) {
	return q.oneSubscriber(ctx, fmt.Sprintf("subscriber %d", id), "id = ?", id)
}

// SubscriberOnEndpoint finds who ordered an endpoint and has not ended.
func (q *Queries) SubscriberOnEndpoint(ctx context.Context, mac gam.MAC) (gam.Subscriber, error) {
	return q.oneSubscriber(ctx, fmt.Sprintf("subscriber on endpoint %s", mac),
		"endpoint_mac = ? AND endpoint_mac <> '' AND status <> 'ended'", mac.Compact())
}

// SubscriberOnPort finds who ordered a port and has not ended; where several
// share it (coax), the first.
func (q *Queries) SubscriberOnPort(ctx context.Context, id gam.DeviceID, port int) (gam.Subscriber, error) {
	return q.oneSubscriber(ctx, fmt.Sprintf("subscriber on port %d of device %d", port, id),
		"device_id = ? AND port = ? AND port <> 0 AND status <> 'ended'", id, port)
}

func (q *Queries) oneSubscriber(ctx context.Context, what, where string, args ...any) (gam.Subscriber, error) {
	var r subscriberRow
	if err := q.db.NewSelect().Model(&r).Where(where, args...).Order("id").Limit(1).Scan(ctx); err != nil {
		return gam.Subscriber{}, q.failed(err, "%s", what)
	}
	return r.subscriber()
}

// SubscribersOf is the subscribers on a device that have not ended, by id.
func (q *Queries) SubscribersOf(ctx context.Context, id gam.DeviceID) ([]gam.Subscriber, error) {
	var rows []subscriberRow
	err := q.db.NewSelect().Model(&rows).Where("device_id = ?", id).Where("status <> ?", gam.SubEnded).Order("id").Scan(ctx)
	if err != nil {
		return nil, q.failed(err, "subscribers of device %d", id)
	}
	out := make([]gam.Subscriber, 0, len(rows))
	for _, r := range rows {
		s, err := r.subscriber()
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// AddSubscriber keeps a new subscriber and fills ID, Version, CreatedAt,
// UpdatedAt and, when empty, Sync (pending).
func (q *Queries) AddSubscriber(ctx context.Context, s *gam.Subscriber) error {
	n := *s
	n.ID, n.Version, n.CreatedAt = 0, 1, now()
	n.UpdatedAt = n.CreatedAt
	n.Sync.Phase = cmp.Or(n.Sync.Phase, gam.SyncPending)
	if n.Sync.Since.IsZero() {
		n.Sync.Since = n.CreatedAt
	}
	r, err := newSubscriberRow(&n)
	if err != nil {
		return err
	}
	err = q.write(ctx, func(ctx context.Context, q *Queries) error {
		r.ID = 0
		if _, err := q.db.NewInsert().Model(&r).Exec(ctx); err != nil {
			return q.failed(err, "add subscriber %q", gam.Clip(n.Name, 60))
		}
		return q.tell(ctx, EventSubscriber, r.ID, n.DeviceID, "added")
	})
	if err == nil {
		n.ID = gam.SubscriberID(r.ID)
		give(q, s, n)
	}
	return err
}

// UpdateSubscriber writes what was ordered, and raises Version; Sync is left
// alone. When s.Version is not the stored one, nothing is written:
// gam.ErrStale.
func (q *Queries) UpdateSubscriber(ctx context.Context, s *gam.Subscriber) error {
	n := *s
	n.UpdatedAt = now()
	r, err := newSubscriberRow(&n)
	if err != nil {
		return err
	}
	err = q.write(ctx, func(ctx context.Context, q *Queries) error {
		res, err := q.db.NewUpdate().Model(&r).Column(orderedColumns...).Set("version = version + 1").
			WherePK().Where("version = ?", s.Version).Exec(ctx)
		if err := q.stale(ctx, "subscribers", r.ID, res, err, fmt.Sprintf("update subscriber %d", s.ID)); err != nil {
			return err
		}
		return q.tell(ctx, EventSubscriber, r.ID, n.DeviceID, "changed")
	})
	if err == nil {
		n.Version++
		give(q, s, n)
	}
	return err
}

// SaveSubscriberSync keeps how subscribers stand between wanted and observed.
// Where phase and reason are the stored ones, nothing is written. One that no
// longer exists is passed over: it ended while the pass ran.
func (q *Queries) SaveSubscriberSync(ctx context.Context, syncs map[gam.SubscriberID]gam.Sync) error {
	ids := slices.Sorted(maps.Keys(syncs)) // always the same order of locks
	if len(ids) == 0 {
		return nil
	}
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		var old []subscriberRow
		if err := q.db.NewSelect().Model(&old).Column("id", "device_id", "sync_phase", "sync_reason").
			Where("id IN (?)", bun.List(ids)).Order("id").Scan(ctx); err != nil {
			return q.failed(err, "read the sync state of subscribers")
		}
		for _, o := range old {
			r := subscriberRow{subscriberCols: subscriberCols{ID: o.ID}}
			r.SyncPhase, r.SyncReason, r.SyncSince = syncCols(syncs[gam.SubscriberID(o.ID)])
			if r.SyncPhase == o.SyncPhase && r.SyncReason == o.SyncReason {
				continue
			}
			if _, err := q.db.NewUpdate().Model(&r).Column("sync_phase", "sync_reason", "sync_since").WherePK().Exec(ctx); err != nil {
				return q.failed(err, "save the sync state of subscriber %d", o.ID)
			}
			if err := q.tell(ctx, EventSubscriber, o.ID, gam.DeviceID(o.DeviceID), "sync", "sync", r.SyncPhase); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeviceNameTaken reports whether a subscriber of the device that has not
// ended, other than except, bears this name.
func (q *Queries) DeviceNameTaken(ctx context.Context, id gam.DeviceID, name string, except gam.SubscriberID) (bool, error) {
	taken, err := q.db.NewSelect().Table("subscribers").Where("device_id = ?", id).Where("device_name = ?", text(name)).
		Where("status <> ?", gam.SubEnded).Where("id <> ?", except).Exists(ctx)
	return taken, q.failed(err, "look for name %q on device %d", gam.Clip(name, 40), id)
}

// UsedVLANs is every VLAN that subscribers of a site take, or of one device
// when site is 0: those ordered, and those that devices were seen to use,
// whoever put them there. In a transaction nobody else looks before its end,
// so two orders cannot be given the same one.
func (q *Queries) UsedVLANs(ctx context.Context, site gam.SiteID, device gam.DeviceID) (map[int]bool, error) {
	what := fmt.Sprintf("read the VLANs in use at site %d, device %d", site, device)
	if q.tx != nil && q.dialect == Postgres {
		if _, err := q.db.NewRaw("SELECT pg_advisory_xact_lock(?)", int64(lockVLANs)).Exec(ctx); err != nil {
			return nil, q.failed(err, "%s", what)
		}
	}
	at := func(sel *bun.SelectQuery, column string) *bun.SelectQuery {
		if site != 0 {
			return sel.Where(column+" IN (SELECT id FROM devices WHERE site_id = ? OR id = ?)", site, device)
		}
		return sel.Where(column+" = ?", device)
	}
	used := map[int]bool{}
	var subs []subscriberRow
	sel := q.db.NewSelect().Model(&subs).Column("vlan_id", "remapped_vlan_id", "port2_vlan_id", "allowed_vlans").
		Where("status <> ?", gam.SubEnded)
	if err := at(sel, "device_id").Scan(ctx); err != nil {
		return nil, q.failed(err, "%s", what)
	}
	for _, r := range subs {
		var allowed []int
		if err := json.Unmarshal([]byte(r.AllowedVLANs), &allowed); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		for _, v := range vlansOf(gam.Subscriber{VLANID: r.VLANID, RemappedVLANID: r.RemappedVLANID, Port2VLANID: r.Port2VLANID, AllowedVLANs: allowed}) {
			used[v] = true
		}
	}
	var seen []configRow
	if err := at(q.db.NewSelect().Model(&seen).Column("vlans"), "device_id").Scan(ctx); err != nil {
		return nil, q.failed(err, "%s", what)
	}
	for _, r := range seen {
		var vlans []int
		if err := json.Unmarshal([]byte(r.VLANs), &vlans); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		for _, v := range vlans {
			used[v] = true
		}
	}
	return used, nil
}
