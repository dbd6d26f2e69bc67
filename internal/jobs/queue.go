package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"github.com/opengam/opengam/internal/store"
)

// Options set a Queue up. Zero values mean the default.
type Options struct {
	Log *slog.Logger
	// Workers is the number of jobs that run at the same time in this process
	// (default 64: a job mostly waits for its device).
	Workers int
	// Timeout bounds a run of any kind, overriding the table of kinds.
	Timeout time.Duration
	// RescueAfter is when a job that still counts as running is taken for
	// lost, if nothing told so earlier (see orphans.go). It must exceed the
	// longest timeout; default is one minute more.
	RescueAfter time.Duration
	// PollInterval is how often the table is looked at when nobody rings
	// (default 250 ms).
	PollInterval time.Duration
	// StopPatience is how long Stop lets handlers finish before their context
	// is cancelled (default 5 s).
	StopPatience time.Duration
}

// Queue is the jobs of one database, and the workers of this process.
type Queue struct {
	store   *store.Store
	log     *slog.Logger
	options Options
	id      string // of this process in the job rows

	river   *river.Client[*sql.Tx]
	driver  *driver
	workers *river.Workers
	ownDB   *sql.DB // River's single connection to a SQLite file; nil on PostgreSQL
	added   *added
	backoff func(failures int) time.Duration

	mu      sync.Mutex
	running bool
	halt    context.CancelFunc
	side    sync.WaitGroup // goroutines beside River's
}

// New makes a queue over the store's database. Nothing runs before Start;
// Add works after Migrate. Close gives back what New has opened.
func New(st *store.Store, o Options) (*Queue, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers == 0 {
		o.Workers = 64
	}
	if o.PollInterval == 0 {
		o.PollInterval = 250 * time.Millisecond
	}
	if o.StopPatience == 0 {
		o.StopPatience = 5 * time.Second
	}
	longest := max(o.Timeout, defaultTimeout)
	if o.Timeout == 0 {
		for _, t := range timeouts {
			longest = max(longest, t)
		}
	}
	if o.RescueAfter == 0 {
		o.RescueAfter = longest + time.Minute
	}
	if o.RescueAfter <= longest {
		return nil, fmt.Errorf("jobs: a job is rescued after %s, before its timeout of %s has passed", o.RescueAfter, longest)
	}
	q := &Queue{
		store:   st,
		log:     o.Log.With("part", "jobs"),
		options: o,
		id:      uuid.NewString(),
		workers: river.NewWorkers(),
		added:   newAdded(),
		backoff: backoff,
	}
	if q.sqlite() {
		// One connection, because River's parts run in parallel and SQLite
		// has one writer; its own, because it would starve behind the
		// store's readers otherwise.
		db, err := sql.Open("sqlite", store.SQLiteDSN(st.SQLitePath()))
		if err != nil {
			return nil, fmt.Errorf("jobs: open %s: %w", st.SQLitePath(), err)
		}
		db.SetMaxOpenConns(1)
		q.ownDB = db
		q.driver = &driver{Driver: riversqlite.New(db), store: st, local: newListener()}
	} else {
		q.driver = &driver{Driver: riverdatabasesql.NewWithPgxListener(st.DB().DB, st.Pool()), store: st}
	}
	client, err := river.NewClient(q.driver, &river.Config{
		ID:                   q.id,
		FetchCooldown:        time.Millisecond, // the default of 100 ms is the latency of a second order
		FetchPollInterval:    o.PollInterval,
		FetchOnlyKnownKinds:  true, // a job of a newer version waits for it
		JobTimeout:           longest,
		MaxAttempts:          maxAttempts,
		Logger:               slog.New(quiet{o.Log.Handler()}),
		Queues:               map[string]river.QueueConfig{queueName: {MaxWorkers: o.Workers}},
		RescueStuckJobsAfter: o.RescueAfter,
		RetryPolicy:          retryPolicy{},
		SkipUnknownJobCheck:  true, // another process may bring the handler
		SoftStopTimeout:      o.StopPatience,
		Workers:              q.workers,
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("jobs: %w", err), q.Close())
	}
	q.river = client
	return q, nil
}

// maxAttempts is the most that fits the column on PostgreSQL. It bounds
// River's own paths only (a row that cannot be decoded); settle counts for
// itself.
const maxAttempts = 32767

func (q *Queue) sqlite() bool { return q.store.Dialect() == store.SQLite }

// Migrate brings River's tables up to date. The store's come first.
func (q *Queue) Migrate(ctx context.Context) error {
	m, err := rivermigrate.New(q.driver, &rivermigrate.Config{Logger: slog.New(quiet{q.log.Handler()})})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("jobs: create the tables for jobs: %w", err)
	}
	return nil
}

// Start begins to work. Jobs that a killed process left running are put back
// first (SQLite) or as soon as its connection is seen gone (PostgreSQL). A
// second Start does nothing. Cancelling ctx is a Stop without patience.
func (q *Queue) Start(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running {
		return nil
	}
	if q.sqlite() {
		if err := q.rescueAll(ctx); err != nil {
			return fmt.Errorf("jobs: put back what was running: %w", err)
		}
	}
	side, halt := context.WithCancel(context.WithoutCancel(ctx))
	if q.sqlite() {
		q.side.Go(func() { q.ring(side) })
	} else {
		alive := make(chan struct{})
		q.side.Go(func() { q.watchOthers(side, alive) })
		select { // be seen alive before anything of ours counts as running
		case <-alive:
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
	}
	if err := q.river.Start(ctx); err != nil {
		halt()
		q.side.Wait()
		return fmt.Errorf("jobs: start: %w", err)
	}
	q.halt, q.running = halt, true
	return nil
}

// Stop lets running handlers finish for a few seconds, then cancels them, and
// returns when all are over or ctx is done. What was cut short is waiting
// again, without having failed. A second Stop does nothing.
func (q *Queue) Stop(ctx context.Context) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.running {
		return nil
	}
	if err := q.river.Stop(ctx); err != nil {
		return fmt.Errorf("jobs: stop: %w", err)
	}
	q.halt()
	q.side.Wait()
	q.running = false
	return nil
}

// Close gives back River's own connection. Stop comes first.
func (q *Queue) Close() error {
	if q.ownDB == nil {
		return nil
	}
	return q.ownDB.Close()
}

// Handle registers what is done for one kind of job. It is called before
// Start, once per kind; a second time for the same kind panics.
func Handle[A Args](q *Queue, fn func(ctx context.Context, run *Run[A]) error) {
	river.AddWorker(q.workers, &worker[A]{queue: q, fn: fn})
}

// Add adds a job in the caller's transaction: it exists when, and only when,
// that commits, and then starts within milliseconds. If the same job exists
// already, the package comment says what happens.
func (q *Queue) Add(ctx context.Context, tx *store.Tx, args Args) error {
	_, err := q.add(ctx, tx, args)
	return err
}

// AddNow adds a job in a transaction of its own.
func (q *Queue) AddNow(ctx context.Context, args Args) error {
	return q.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return q.Add(ctx, tx, args)
	})
}

func (q *Queue) add(ctx context.Context, tx *store.Tx, args Args) (int64, error) {
	res, err := q.river.InsertTx(ctx, tx.SQL(), args, &river.InsertOpts{
		Queue: queueName,
		UniqueOpts: river.UniqueOpts{
			ByArgs: true,
			// All but the finished ones. River demands running among them.
			ByState: []rivertype.JobState{
				rivertype.JobStateAvailable,
				rivertype.JobStatePending,
				rivertype.JobStateRunning,
				rivertype.JobStateRetryable,
				rivertype.JobStateScheduled,
			},
		},
	})
	if err != nil {
		return 0, fmt.Errorf("add job %s: %w", describe(args), err)
	}
	id := res.Job.ID
	if res.UniqueSkippedAsDuplicate {
		// The insert has locked the existing row, so its state is certain.
		if res.Job.State == rivertype.JobStateRunning {
			err = q.mark(ctx, tx, id, notes{More: true})
		} else {
			err = q.hurry(ctx, tx, id)
		}
		if err != nil {
			return 0, fmt.Errorf("add to job %d, %s: %w", id, describe(args), err)
		}
	}
	if err := q.tell(ctx, tx, Info{ID: id, Kind: args.Kind(), State: Queued, DeviceID: args.Device()}); err != nil {
		return 0, err
	}
	return id, q.ringOnCommit(ctx, tx, id)
}

func describe(args Args) string {
	if d := args.Device(); d != 0 {
		return fmt.Sprintf("%s of device %d", args.Kind(), d)
	}
	return args.Kind()
}

// tell writes a line of the change feed.
func (q *Queue) tell(ctx context.Context, tx *store.Tx, i Info) error {
	return tx.AddEvent(ctx, store.Event{
		Kind:     store.EventJob,
		ID:       i.idText(),
		DeviceID: i.DeviceID,
		At:       time.Now(),
		Data:     i.eventData(),
	})
}

// retryPolicy is for River's own paths only, see settle.
type retryPolicy struct{}

func (retryPolicy) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(backoff(len(job.Errors) + 1))
}

// quiet lowers River's chatter: its information is for debugging.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return h.Handler.Enabled(ctx, lower(l))
}

func (h quiet) Handle(ctx context.Context, r slog.Record) error {
	r.Level = lower(r.Level)
	return h.Handler.Handle(ctx, r)
}

func (h quiet) WithAttrs(as []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(as)} }
func (h quiet) WithGroup(name string) slog.Handler    { return quiet{h.Handler.WithGroup(name)} }

func lower(l slog.Level) slog.Level {
	if l == slog.LevelInfo {
		return slog.LevelDebug
	}
	return l
}
