package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

type ownedRow struct {
	bun.BaseModel `bun:"table:owned_entries,alias:o"`
	DeviceID      int64  `bun:"device_id,pk"`
	Kind          string `bun:"kind,pk"`
	Key           string `bun:"key,pk"`
	EntryID       int    `bun:"entry_id"`
	SubscriberID  int64  `bun:"subscriber_id"`
	Claimed       bool   `bun:"claimed"`
	Written       string `bun:"written"`
}

// OwnedOf is every entry of a device that is ours, by kind and key.
func (q *Queries) OwnedOf(ctx context.Context, id gam.DeviceID) ([]gam.Owned, error) {
	var rows []ownedRow
	if err := q.db.NewSelect().Model(&rows).Where("device_id = ?", id).Order("kind", "key").Scan(ctx); err != nil {
		return nil, q.failed(err, "owned entries of device %d", id)
	}
	out := make([]gam.Owned, 0, len(rows))
	for _, r := range rows {
		o := gam.Owned{
			Kind: gam.EntryKind(r.Kind), Key: r.Key, EntryID: r.EntryID,
			SubscriberID: gam.SubscriberID(r.SubscriberID), Claimed: r.Claimed,
		}
		if err := json.Unmarshal([]byte(r.Written), &o.Written); err != nil {
			return nil, fmt.Errorf("decode owned %s %q of device %d: %w", r.Kind, r.Key, id, err)
		}
		out = append(out, o)
	}
	return out, nil
}

// PutOwned notes an entry of a device as ours, or what we know of it anew.
func (q *Queries) PutOwned(ctx context.Context, id gam.DeviceID, o gam.Owned) error {
	what := fmt.Sprintf("note %s %q of device %d as ours", o.Kind, gam.Clip(o.Key, 40), id)
	written, err := toJSON(o.Written)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	r := ownedRow{
		DeviceID: int64(id), Kind: text(string(o.Kind)), Key: text(o.Key), EntryID: o.EntryID,
		SubscriberID: int64(o.SubscriberID), Claimed: o.Claimed, Written: written,
	}
	_, err = q.db.NewInsert().Model(&r).On("CONFLICT (device_id, kind, key) DO UPDATE").
		Set("entry_id = EXCLUDED.entry_id, subscriber_id = EXCLUDED.subscriber_id, claimed = EXCLUDED.claimed, written = EXCLUDED.written").
		Returning("NULL").Exec(ctx)
	return q.hung(err, "%s", what)
}

// DropOwned lets an entry go; one that is not noted is no error.
func (q *Queries) DropOwned(ctx context.Context, id gam.DeviceID, kind gam.EntryKind, key string) error {
	_, err := q.db.NewDelete().Table("owned_entries").
		Where("device_id = ?", id).Where("kind = ?", text(string(kind))).Where("key = ?", text(key)).Exec(ctx)
	return q.failed(err, "let go of %s %q of device %d", kind, gam.Clip(key, 40), id)
}

type changeRow struct {
	bun.BaseModel `bun:"table:changes,alias:ch"`
	ID            int64  `bun:"id,pk,autoincrement"`
	DeviceID      int64  `bun:"device_id"`
	SubscriberID  int64  `bun:"subscriber_id"`
	PassID        string `bun:"pass_id"`
	Actor         string `bun:"actor"`
	Step          string `bun:"step"`
	Result        string `bun:"result"`
	Error         string `bun:"error"`
	At            int64  `bun:"at"`
	DurationMS    int64  `bun:"duration_ms"`
	cursorCols
}

var changeList = &listing{
	fields: map[string]field{
		"id":            {"ch.id", kInt},
		"device_id":     {"ch.device_id", kInt},
		"subscriber_id": {"ch.subscriber_id", kInt},
		"pass_id":       {"ch.pass_id", kText},
		"actor":         {"ch.actor", kText},
		"result":        {"ch.result", kText},
		"at":            {"ch.at", kTime},
		"duration_ms":   {"ch.duration_ms", kInt},
	},
	sort: "-id",
	tie:  []field{{"ch.id", kInt}},
}

// AddChange writes a line of the journal and fills its ID, and At when zero.
func (q *Queries) AddChange(ctx context.Context, c *gam.Change) error {
	n := *c
	if n.At.IsZero() {
		n.At = now()
	}
	step, err := toJSON(n.Step)
	if err != nil {
		return fmt.Errorf("write the journal of device %d: %w", n.DeviceID, err)
	}
	r := changeRow{
		DeviceID: int64(n.DeviceID), SubscriberID: int64(n.SubscriberID), PassID: text(n.PassID), Actor: text(n.Actor),
		Step: step, Result: text(string(n.Result)), Error: text(n.Error), At: us(n.At), DurationMS: n.DurationMS,
	}
	err = q.write(ctx, func(ctx context.Context, q *Queries) error {
		r.ID = 0
		if _, err := q.db.NewInsert().Model(&r).Exec(ctx); err != nil {
			return q.failed(err, "write the journal of device %d", n.DeviceID)
		}
		return q.tell(ctx, EventChange, r.ID, n.DeviceID, "added", "result", r.Result)
	})
	if err == nil {
		n.ID = r.ID
		give(q, c, n)
	}
	return err
}

// FinishChange notes how an attempt ended and how long it took.
func (q *Queries) FinishChange(ctx context.Context, id int64, result gam.ChangeResult, errText string, took time.Duration) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		var device gam.DeviceID
		err := q.db.NewUpdate().Table("changes").
			Set("result = ?", text(string(result))).Set("error = ?", text(errText)).Set("duration_ms = ?", took.Milliseconds()).
			Where("id = ?", id).Returning("device_id").Scan(ctx, &device)
		if err != nil {
			return q.failed(err, "finish change %d in the journal", id)
		}
		return q.tell(ctx, EventChange, id, device, "finished", "result", text(string(result)))
	})
}

// Changes lists the journal, newest first unless sorted otherwise.
func (q *Queries) Changes(ctx context.Context, lq ListQuery) (Page[gam.Change], error) {
	return list(ctx, q, "changes", changeList, lq,
		[]string{"ch.*"}, changeRow.change)
}

func (r changeRow) change() (gam.Change, error) {
	c := gam.Change{
		ID: r.ID, DeviceID: gam.DeviceID(r.DeviceID), SubscriberID: gam.SubscriberID(r.SubscriberID),
		PassID: r.PassID, Actor: r.Actor, Result: gam.ChangeResult(r.Result), Error: r.Error,
		At: at(r.At), DurationMS: r.DurationMS,
	}
	if err := json.Unmarshal([]byte(r.Step), &c.Step); err != nil {
		return gam.Change{}, fmt.Errorf("decode the step of change %d: %w", r.ID, err)
	}
	return c, nil
}
