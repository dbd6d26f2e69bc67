package app

import (
	"context"
	"errors"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
)

// handleJobs says which part does which kind of durable work.
func (a *App) handleJobs() {
	jobs.Handle(a.queue, a.engine.HandleJob)
	jobs.Handle(a.queue, func(ctx context.Context, run *jobs.Run[jobs.ReadDevice]) error {
		err := a.poller.Device(ctx, run.Args.DeviceID)
		switch {
		case err == nil:
			return nil
		case errors.Is(err, gam.ErrNotFound):
			return jobs.GiveUp{Err: err}
		case driver.KindOf(err) != "":
			// The poller has noted why and comes back by its own schedule.
			return jobs.GiveUp{Err: err}
		}
		return err
	})
	jobs.Handle(a.queue, func(ctx context.Context, _ *jobs.Run[jobs.PlaceSubscribers]) error {
		placed, err := a.orders.PlaceSeen(ctx, "system")
		if len(placed) > 0 {
			a.log.InfoContext(ctx, "subscribers placed where their endpoint was seen", "count", len(placed))
		}
		return err
	})
}
