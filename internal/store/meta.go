package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

type metaRow struct {
	bun.BaseModel `bun:"table:meta,alias:m"`
	Key           string `bun:"key,pk"`
	Value         string `bun:"value"`
}

// Meta reads a value that OpenGAM keeps about itself.
func (q *Queries) Meta(ctx context.Context, key string) (string, error) {
	var r metaRow
	if err := q.db.NewSelect().Model(&r).Where("key = ?", text(key)).Scan(ctx); err != nil {
		return "", q.failed(err, "meta value %q", key)
	}
	return r.Value, nil
}

// SetMeta writes a value that OpenGAM keeps about itself.
func (q *Queries) SetMeta(ctx context.Context, key, val string) error {
	r := metaRow{Key: text(key), Value: text(val)}
	_, err := q.db.NewInsert().Model(&r).On("CONFLICT (key) DO UPDATE").Set("value = EXCLUDED.value").Returning("NULL").Exec(ctx)
	return q.failed(err, "write meta value %q", key)
}

// TakeMeta reads a value and removes it: of several who ask at the same time,
// one gets it.
func (q *Queries) TakeMeta(ctx context.Context, key string) (string, error) {
	var val string
	err := q.db.NewDelete().Table("meta").Where("key = ?", text(key)).Returning("value").Scan(ctx, &val)
	return val, q.failed(err, "meta value %q", key)
}

const (
	// idempotencyLife is how long an answer is repeated instead of the work.
	idempotencyLife = 24 * time.Hour
	// trimEvery is how many writes of a kind pass between two sweeps of what
	// is too old.
	trimEvery = 200
)

type idempotencyRow struct {
	bun.BaseModel `bun:"table:idempotency_keys,alias:ik"`
	Actor         string `bun:"actor,pk"`
	Key           string `bun:"key,pk"`
	Status        int    `bun:"status"`
	Body          string `bun:"body"`
	CreatedAt     int64  `bun:"created_at"`
}

func idempotencyPlace(actor, key string) string {
	enc := base64.RawURLEncoding
	return strings.Join([]string{"idempotency_keys", enc.EncodeToString([]byte(actor)), enc.EncodeToString([]byte(key)), "body"}, "/")
}

// Idempotent finds the answer that the actor was given for this key within
// the last day.
func (q *Queries) Idempotent(ctx context.Context, key, actor string) (status int, body []byte, found bool, err error) {
	var r idempotencyRow
	err = q.db.NewSelect().Model(&r).Where("actor = ?", text(actor)).Where("key = ?", text(key)).
		Where("created_at > ?", us(now().Add(-idempotencyLife))).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, false, nil
	}
	if err != nil {
		return 0, nil, false, q.failed(err, "look for an idempotency key")
	}
	plain, err := q.key.open(r.Body, idempotencyPlace(r.Actor, r.Key))
	if err != nil {
		return 0, nil, false, err
	}
	return r.Status, []byte(plain.Reveal()), true, nil
}

// KeepIdempotent keeps an answer for a day, encrypted because it may hold a
// new token. When the actor used the key already, it is gam.ErrConflict: in
// the transaction of the work, that undoes the second of two equal requests.
func (q *Queries) KeepIdempotent(ctx context.Context, key, actor string, status int, body []byte) error {
	r := idempotencyRow{Actor: text(actor), Key: text(key), Status: status, CreatedAt: us(now())}
	var err error
	if r.Body, err = q.key.seal(gam.NewSecret(string(body)), idempotencyPlace(r.Actor, r.Key)); err != nil {
		return err
	}
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		old := q.db.NewDelete().Table("idempotency_keys").Where("created_at <= ?", us(now().Add(-idempotencyLife)))
		if q.writes.Add(1)%trimEvery != 1 {
			old = old.Where("actor = ?", r.Actor).Where("key = ?", r.Key)
		}
		if _, err := old.Exec(ctx); err != nil {
			return q.failed(err, "forget old idempotency keys")
		}
		_, err := q.db.NewInsert().Model(&r).Returning("NULL").Exec(ctx)
		return q.failed(err, "keep idempotency key %q", gam.Clip(key, 60))
	})
}
