package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

type settingsRow struct {
	bun.BaseModel `bun:"table:settings,alias:st"`
	ID            int64  `bun:"id,pk"`
	Version       int64  `bun:"version"`
	Data          string `bun:"data"`
}

// Settings reads what an operator changes while OpenGAM runs, and its version.
// Before the first save it is the defaults with version 0; members that an
// older program did not know have their defaults.
func (q *Queries) Settings(ctx context.Context) (gam.Settings, int64, error) {
	s := gam.DefaultSettings()
	var r settingsRow
	err := q.db.NewSelect().Model(&r).Where("id = 1").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return s, 0, nil
	}
	if err != nil {
		return gam.Settings{}, 0, q.failed(err, "read settings")
	}
	if err := json.Unmarshal([]byte(r.Data), &s); err != nil {
		return gam.Settings{}, 0, fmt.Errorf("decode settings: %w", err)
	}
	return s, r.Version, nil
}

// SaveSettings writes the settings when version is the one that was read,
// else gam.ErrStale. The new version is one higher.
func (q *Queries) SaveSettings(ctx context.Context, s gam.Settings, version int64) error {
	data, err := toJSON(s)
	if err != nil {
		return err
	}
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		r := settingsRow{ID: 1, Version: version + 1, Data: data}
		res, err := q.db.NewInsert().Model(&r).On("CONFLICT (id) DO UPDATE").
			Set("version = EXCLUDED.version, data = EXCLUDED.data").Where("st.version = ?", version).Returning("NULL").Exec(ctx)
		if err != nil {
			return q.failed(err, "save settings")
		}
		n, err := res.RowsAffected()
		if err != nil {
			return q.failed(err, "save settings")
		}
		if n == 0 {
			return fmt.Errorf("save settings: %w", gam.ErrStale)
		}
		return q.tell(ctx, EventSettings, 0, 0, "changed")
	})
}
