package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Run is one run of a job, handed to its handler.
type Run[A Args] struct {
	Args    A
	ID      int64
	Attempt int // 1 for the first try, one more after each failure in a row

	queue    *Queue
	fetched  time.Time // tells this run from a later one of the same job
	progress progress
}

// ErrLost means that the job is no longer this run's: it was finished, or
// taken for lost and given to another process. The handler ends.
var ErrLost = errors.New("the job has been taken over by another run")

// CompleteTx finishes the job inside tx, so that a handler can look whether
// anything new was ordered, and finish, in one piece. If work was added to
// the job while it ran, it is not finished but run once more when the handler
// returns; that costs the handler nothing and loses no order. A handler that
// has seen the new order and served it in the same run calls Seen before it
// reads what is wanted.
func (r *Run[A]) CompleteTx(ctx context.Context, tx *store.Tx) error {
	w, err := r.queue.lock(ctx, tx, r.ID)
	switch {
	case err != nil:
		return err
	case !w.heldBy(r.queue.id, r.fetched):
		return fmt.Errorf("finish job %d: %w", r.ID, ErrLost)
	case w.Notes.More:
		return nil // settle sees it and runs the handler again
	}
	return r.queue.finish(ctx, tx, r.ID, r.Args, w)
}

// Seen forgets the orders that were added to the job so far. It is called
// before what is wanted is read a second time in one run.
func (r *Run[A]) Seen(ctx context.Context) error {
	return r.queue.begin(ctx, r.ID, r.fetched, r.Args)
}

// finish writes a job as completed.
func (q *Queue) finish(ctx context.Context, tx *store.Tx, id int64, args Args, w row) error {
	w.Notes = notes{Runs: w.Notes.Runs, Progress: w.Notes.Progress}
	if err := q.put(ctx, tx, id, "completed", time.Now(), w); err != nil {
		return err
	}
	return q.tell(ctx, tx, Info{ID: id, Kind: args.Kind(), State: Completed, DeviceID: args.Device(), Progress: w.Notes.progress()})
}

// begin says that the job runs, and that what was ordered up to now will be
// seen by this run.
func (q *Queue) begin(ctx context.Context, id int64, fetched time.Time, args Args) error {
	return q.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		w, err := q.lock(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case !w.heldBy(q.id, fetched):
			return fmt.Errorf("begin job %d: %w", id, ErrLost)
		}
		if w.Notes.More {
			w.Notes.More = false
			if _, err := tx.SQL().ExecContext(ctx, q.sql(`UPDATE river_job SET metadata = {merge} WHERE id = ?`), w.Notes.patch(), id); err != nil {
				return fmt.Errorf("begin job %d: %w", id, err)
			}
		}
		return q.tell(ctx, tx, Info{ID: id, Kind: args.Kind(), State: Running, DeviceID: args.Device(), Attempts: w.Notes.Runs + 1})
	})
}

// worker is a handler in River's clothes.
type worker[A Args] struct {
	river.WorkerDefaults[A]
	queue *Queue
	fn    func(ctx context.Context, run *Run[A]) error
}

// Timeout implements river.Worker.
func (w *worker[A]) Timeout(job *river.Job[A]) time.Duration {
	if w.queue.options.Timeout != 0 {
		return w.queue.options.Timeout
	}
	if t, ok := timeouts[job.Kind]; ok {
		return t
	}
	return defaultTimeout
}

// rerunsAtMost bounds how often one fetched job is run in a row because
// orders keep arriving; then it queues behind the others.
const rerunsAtMost = 3

// Work implements river.Worker: it runs the handler and settles how the run
// ended. Nil is returned whatever happened, see executor.
func (w *worker[A]) Work(ctx context.Context, job *river.Job[A]) error {
	q := w.queue
	q.added.started(job.ID)
	var fetched time.Time
	if job.AttemptedAt != nil {
		fetched = *job.AttemptedAt
	}
	for reruns := rerunsAtMost; ; reruns-- {
		if err := q.begin(ctx, job.ID, fetched, job.Args); errors.Is(err, ErrLost) {
			return nil
		} else if err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "the job's start was not noted", "job", job.ID, "kind", job.Kind, "err", err)
		}
		run := &Run[A]{
			Args:    job.Args,
			ID:      job.ID,
			Attempt: failuresOf(job.JobRow) + 1,
			queue:   q,
			fetched: fetched,
		}
		err := w.call(ctx, run)
		again, err := q.settle(ctx, job.ID, fetched, job.Args, err, reruns > 0)
		if err != nil {
			// The database has been gone for minutes. The row says running
			// and will be rescued.
			q.log.ErrorContext(ctx, "the end of a job was not written; it will be repeated", "job", job.ID, "kind", job.Kind, "err", err)
			return nil
		}
		if !again {
			return nil
		}
	}
}

// call runs the handler; a panic in it is a failure like others.
func (w *worker[A]) call(ctx context.Context, run *Run[A]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.queue.log.ErrorContext(ctx, "a job's handler panicked", "job", run.ID, "kind", run.Args.Kind(), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("a fault in the program: %v (the log has the details)", p)
		}
	}()
	return w.fn(ctx, run)
}

// settlePatience is how long the end of a run is tried to be written while
// the database is away.
const settlePatience = 3 * time.Minute

// settle writes how a run ended, in one transaction with the row locked:
//
//	handler says     and meanwhile        the job
//	nil              nothing              is completed
//	error            nothing              waits for its backoff
//	Again{After}     nothing              waits for After
//	GiveUp{Err}      nothing              is discarded
//	any of these     an order was added   runs again at once
//	error            it was cancelled     is cancelled
//	error            we are stopping      waits its turn, nothing counted
//
// again asks the caller to run the handler once more; mayRerun false makes
// the job queue for that.
func (q *Queue) settle(ctx context.Context, id int64, fetched time.Time, args Args, result error, mayRerun bool) (again bool, err error) {
	cancelled := errors.Is(context.Cause(ctx), rivertype.ErrJobCancelledRemotely)
	stopping := ctx.Err() != nil && !cancelled && !errors.Is(ctx.Err(), context.DeadlineExceeded)
	mayRerun = mayRerun && ctx.Err() == nil

	write := func(ctx context.Context, tx *store.Tx) error {
		again = false
		w, err := q.lock(ctx, tx, id)
		if errors.Is(err, gam.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if !w.heldBy(q.id, fetched) {
			return nil // CompleteTx has finished it, or it was lost to another process
		}
		more := w.Notes.More
		w.Notes.More = false
		if result == nil && !more {
			return q.finish(ctx, tx, id, args, w)
		}
		w.Attempt = max(w.Attempt-1, 0) // the column is narrow and we count ourselves
		state, at, shown := "available", time.Now(), Queued
		var later Again
		var never GiveUp
		switch {
		case result == nil: // and more
		case stopping:
		case cancelled && !more:
			state, shown = "cancelled", Cancelled
		case errors.As(result, &later):
			at = at.Add(later.After)
			shown = Waiting
			w.Notes.Reason = cleanReason(later)
			w.Notes.Runs++
		case errors.As(result, &never):
			state, shown = "discarded", Discarded
			w.Notes.Reason, w.Notes.GaveUp = cleanReason(never), true
			w.Notes.Runs++
		default:
			w.Notes.Failures++
			w.Notes.Runs++
			w.Notes.Reason = cleanReason(result)
			at = at.Add(q.backoff(w.Notes.Failures))
			shown = Retrying
		}
		if more && !stopping {
			w.Notes.GaveUp, w.Notes.CancelAttemptedAt = false, nil
			if mayRerun {
				again = true
				_, err := tx.SQL().ExecContext(ctx, q.sql(`UPDATE river_job SET metadata = {merge} WHERE id = ?`), w.Notes.patch(), id)
				return err
			}
			state, at, shown = "available", time.Now(), Queued
		}
		if err := q.put(ctx, tx, id, state, at, w); err != nil {
			return err
		}
		return q.tell(ctx, tx, Info{ID: id, Kind: args.Kind(), State: shown, DeviceID: args.Device(),
			Attempts: w.Notes.Runs, LastError: w.Notes.Reason, ScheduledAt: at, Progress: w.Notes.progress()})
	}

	// The end is written even when the run was cut short.
	wctx, done := context.WithTimeout(context.WithoutCancel(ctx), settlePatience)
	defer done()
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		if err = q.store.Tx(wctx, write); err == nil {
			return again, nil
		}
		select {
		case <-wctx.Done():
			return false, err
		case <-time.After(pause):
		}
	}
}

// progress throttles what a handler says of how far it is.
type progress struct {
	mu   sync.Mutex
	last time.Time
}

// progressEvery is how often progress is written at most.
const progressEvery = 200 * time.Millisecond

// Progress says how far the run is, for people: done of total, and what is
// being done. It is written now and then and at the end; a failure to write
// it is nobody's problem.
func (r *Run[A]) Progress(ctx context.Context, done, total int, text string) {
	r.progress.mu.Lock()
	defer r.progress.mu.Unlock()
	now := time.Now()
	if now.Sub(r.progress.last) < progressEvery && done < total {
		return
	}
	r.progress.last = now
	p := &Progress{Done: done, Total: total, Text: gam.Clean(text, maxReason)}
	err := r.queue.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := r.queue.mark(ctx, tx, r.ID, notes{Progress: p}); err != nil {
			return err
		}
		return r.queue.tell(ctx, tx, Info{ID: r.ID, Kind: r.Args.Kind(), State: Running, DeviceID: r.Args.Device(), Progress: *p})
	})
	if err != nil && ctx.Err() == nil {
		r.queue.log.DebugContext(ctx, "progress was not written", "job", r.ID, "err", err)
	}
}

// maxReason is the longest reason and progress text kept, in bytes.
const maxReason = 500

func cleanReason(err error) string { return gam.Clean(err.Error(), maxReason) }

func failuresOf(job *rivertype.JobRow) int { return notesOf(job.Metadata).Failures }
