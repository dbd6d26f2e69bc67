package reconcile

import (
	"context"
	"errors"
	"fmt"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
)

// refusalsBeforeRest is how often in a row a job tries again what the device
// has refused. After that it rests until something changes: an order, the
// device's configuration, or a person who asks.
const refusalsBeforeRest = 3

// passesPerRun bounds how many passes one run of a job makes because orders
// keep coming; then it queues behind the others.
const passesPerRun = 4

// HandleJob is the handler of jobs.ReconcileDevice. It ends the job only in a
// transaction in which what is wanted is still what the pass has read: an
// order that was placed meanwhile, whose own job was taken for this one, gets
// another pass.
func (e *Engine) HandleJob(ctx context.Context, run *jobs.Run[jobs.ReconcileDevice]) error {
	id := run.Args.DeviceID
	ask := Ask{
		Actor:    run.Args.Actor,
		Progress: func(done, total int, text string) { run.Progress(ctx, done, total, text) },
	}
	for n := range passesPerRun {
		// Orders up to here are read by the pass; what is added from now on
		// makes the queue run the job once more. The queue has said so itself
		// before the first pass.
		if n > 0 {
			if err := run.Seen(ctx); err != nil {
				return err
			}
		}
		outcome, rev := e.device(ctx, id, ask)
		if ctx.Err() != nil {
			return fmt.Errorf("pass on device %d: %w", id, ctx.Err())
		}
		switch o := outcome.(type) {
		case Again:
			return jobs.Again{After: o.After, Reason: o.Reason}
		case Failed:
			if !o.Lasting || run.Attempt < refusalsBeforeRest {
				return o.Err
			}
			e.o.Log.WarnContext(ctx, "rests until something changes", "device_id", id, "err", o.Err)
		}
		done, err := e.complete(ctx, run, rev)
		if done || err != nil {
			return err
		}
	}
	return jobs.Again{Reason: "orders keep coming"}
}

// complete ends the job if nothing was ordered since rev was read.
func (e *Engine) complete(ctx context.Context, run *jobs.Run[jobs.ReconcileDevice], rev int64) (done bool, err error) {
	err = e.o.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := tx.WantedRev(ctx, run.Args.DeviceID)
		if errors.Is(err, gam.ErrNotFound) {
			done = true // deleted: there is nothing left to do
			return run.CompleteTx(ctx, tx)
		}
		if err != nil {
			return err
		}
		if done = now == rev; !done {
			return nil
		}
		return run.CompleteTx(ctx, tx)
	})
	return done, err
}
