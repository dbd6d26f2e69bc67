package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

const (
	// keepEvents is how many events a reader may lag behind; older ones are
	// trimmed.
	keepEvents = 50_000
	// maxEvents bounds one read.
	maxEvents = 1000
	// lockEvents is the advisory lock of PostgreSQL under which events are
	// numbered: they appear in the order of their numbers, so a reader that
	// asks for "after 7" never misses a late 6.
	lockEvents = 0x6f67616d_0002
)

type eventRow struct {
	bun.BaseModel `bun:"table:events,alias:ev"`
	Seq           int64   `bun:"seq,pk,autoincrement"`
	Kind          string  `bun:"kind"`
	ThingID       string  `bun:"thing_id"`
	DeviceID      int64   `bun:"device_id"`
	At            int64   `bun:"at"`
	Data          *string `bun:"data"`
}

// feed wakes those who watch.
type feed struct {
	mu       sync.Mutex
	watchers map[chan struct{}]bool
}

func (f *feed) wake() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.watchers {
		select {
		case w <- struct{}{}:
		default: // it is awake already
		}
	}
}

// Watch returns a channel that gets a value after commits of this process
// that added events; several commits may be one value. The function ends it.
// Other processes on the same database do not wake it: a reader looks now and
// then by itself.
func (s *Store) Watch() (<-chan struct{}, func()) {
	w := make(chan struct{}, 1)
	s.feed.mu.Lock()
	defer s.feed.mu.Unlock()
	if s.feed.watchers == nil {
		s.feed.watchers = map[chan struct{}]bool{}
	}
	s.feed.watchers[w] = true
	return w, func() {
		s.feed.mu.Lock()
		defer s.feed.mu.Unlock()
		delete(s.feed.watchers, w)
	}
}

// AddEvent adds a line to the change feed; Seq and At are given by the store.
// In a transaction it is numbered and visible with the commit.
func (q *Queries) AddEvent(ctx context.Context, e Event) error {
	return q.write(ctx, func(_ context.Context, q *Queries) error {
		q.tx.events = append(q.tx.events, e)
		return nil
	})
}

// tell adds the event of one of the store's own writes. What was done and
// further pairs of key and value are its data.
func (q *Queries) tell(ctx context.Context, kind string, id int64, device gam.DeviceID, done string, pairs ...string) error {
	data := map[string]string{"action": done}
	for i := 0; i+1 < len(pairs); i += 2 {
		data[pairs[i]] = pairs[i+1]
	}
	j, err := toJSON(data)
	if err != nil {
		return err
	}
	e := Event{Kind: kind, DeviceID: device, Data: json.RawMessage(j)}
	if id != 0 {
		e.ID = strconv.FormatInt(id, 10)
	}
	return q.AddEvent(ctx, e)
}

// writeEvents numbers and keeps the transaction's events.
func (tx *Tx) writeEvents(ctx context.Context) error {
	if len(tx.events) == 0 {
		return nil
	}
	if tx.dialect == Postgres {
		if _, err := tx.db.NewRaw("SELECT pg_advisory_xact_lock(?)", int64(lockEvents)).Exec(ctx); err != nil {
			return tx.failed(err, "write the change feed")
		}
	}
	rows := make([]eventRow, 0, len(tx.events))
	for _, e := range tx.events {
		r := eventRow{Kind: text(e.Kind), ThingID: text(e.ID), DeviceID: int64(e.DeviceID), At: us(now())}
		if e.Data != nil {
			if !json.Valid(e.Data) {
				return fmt.Errorf("event %s %s: its data is not JSON", e.Kind, e.ID)
			}
			j := withoutNUL(text(string(e.Data)))
			r.Data = &j
		}
		rows = append(rows, r)
	}
	for rest := rows; len(rest) > 0; {
		batch := rest[:min(upsertBatch, len(rest))]
		rest = rest[len(batch):]
		if _, err := tx.db.NewInsert().Model(&batch).Exec(ctx); err != nil {
			return tx.failed(err, "write the change feed")
		}
	}
	last := rows[len(rows)-1].Seq
	if last/trimEvery == (last-int64(len(rows)))/trimEvery {
		return nil
	}
	_, err := tx.db.NewDelete().Table("events").Where("seq <= ?", last-keepEvents).Exec(ctx)
	return tx.failed(err, "trim the change feed")
}

// EventsSince is the events after seq, oldest first: at most limit, and never
// more than 1000.
func (q *Queries) EventsSince(ctx context.Context, seq int64, limit int) ([]Event, error) {
	if limit < 1 || limit > maxEvents {
		limit = maxEvents
	}
	var rows []eventRow
	if err := q.db.NewSelect().Model(&rows).Where("seq > ?", seq).Order("seq").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, q.failed(err, "read the change feed")
	}
	out := make([]Event, 0, len(rows))
	for _, r := range rows {
		e := Event{Seq: r.Seq, Kind: r.Kind, ID: r.ThingID, DeviceID: gam.DeviceID(r.DeviceID), At: at(r.At)}
		if r.Data != nil {
			e.Data = json.RawMessage(*r.Data)
		}
		out = append(out, e)
	}
	return out, nil
}

// LastEventSeq is the number of the newest event, 0 when there is none.
func (q *Queries) LastEventSeq(ctx context.Context) (int64, error) {
	var seq int64
	err := q.db.NewSelect().Table("events").ColumnExpr("COALESCE(max(seq), 0)").Scan(ctx, &seq)
	return seq, q.failed(err, "read the change feed")
}
