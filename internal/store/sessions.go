package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/uptrace/bun"
)

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions,alias:se"`
	TokenHash     string `bun:"token_hash,pk"`
	Data          []byte `bun:"data"`
	ExpiresAt     int64  `bun:"expires_at"`
}

// Sessions keeps browser sessions. Only a hash of each session's token is
// stored. Sessions that ran out are swept now and then.
func (s *Store) Sessions() scs.CtxStore { return sessions{s} }

type sessions struct{ s *Store }

func sessionHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// FindCtx implements scs.CtxStore.
func (st sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var r sessionRow
	err := st.s.db.NewSelect().Model(&r).Where("token_hash = ?", sessionHash(token)).
		Where("expires_at > ?", us(now())).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, st.s.failed(err, "find a session")
	}
	return r.Data, true, nil
}

// CommitCtx implements scs.CtxStore.
func (st sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	if data == nil {
		data = []byte{}
	}
	r := sessionRow{TokenHash: sessionHash(token), Data: data, ExpiresAt: us(expiry)}
	_, err := st.s.db.NewInsert().Model(&r).On("CONFLICT (token_hash) DO UPDATE").
		Set("data = EXCLUDED.data, expires_at = EXCLUDED.expires_at").Returning("NULL").Exec(ctx)
	if err == nil && st.s.writes.Add(1)%trimEvery == 1 {
		_, err = st.s.db.NewDelete().Table("sessions").Where("expires_at <= ?", us(now())).Exec(ctx)
	}
	return st.s.failed(err, "keep a session")
}

// DeleteCtx implements scs.CtxStore.
func (st sessions) DeleteCtx(ctx context.Context, token string) error {
	_, err := st.s.db.NewDelete().Table("sessions").Where("token_hash = ?", sessionHash(token)).Exec(ctx)
	return st.s.failed(err, "end a session")
}

// Find implements scs.Store.
func (st sessions) Find(token string) ([]byte, bool, error) {
	return st.FindCtx(context.Background(), token)
}

// Commit implements scs.Store.
func (st sessions) Commit(token string, data []byte, expiry time.Time) error {
	return st.CommitCtx(context.Background(), token, data, expiry)
}

// Delete implements scs.Store.
func (st sessions) Delete(token string) error { return st.DeleteCtx(context.Background(), token) }
