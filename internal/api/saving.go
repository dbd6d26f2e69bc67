package api

import (
	"context"

	"github.com/opengam/opengam/internal/gam"
)

func (s *server) saveSettings(ctx context.Context, set gam.Settings, version int64) error {
	return s.audited(ctx, "settings.update", "settings", func(ctx context.Context, w writer) error { return w.SaveSettings(ctx, set, version) })
}
