package jobs

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/opengam/opengam/internal/store"
)

// queueName is River's name of our one queue.
const queueName = "default"

// topicInsert and topicControl are River's own names of its notifications.
const (
	topicInsert  = "river_insert"
	topicControl = "river_control"
)

// driver is River's driver with these changes: run outcomes are ours (see
// executor); on SQLite notifications stay in the process instead of being
// rows that are polled, and jobs are fetched in a transaction of the store.
type driver struct {
	riverdriver.Driver[*sql.Tx]
	store *store.Store
	local *listener // nil on PostgreSQL, which has LISTEN
}

func (d *driver) GetExecutor() riverdriver.Executor {
	return executor{d.Driver.GetExecutor(), d}
}

func (d *driver) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	if d.local != nil {
		return d.local
	}
	return d.Driver.GetListener(p)
}

func (d *driver) SupportsListener() bool { return d.local != nil || d.Driver.SupportsListener() }

// SupportsListenNotify is false on SQLite, so that no notification becomes a
// row.
func (d *driver) SupportsListenNotify() bool {
	return d.local == nil && d.Driver.SupportsListenNotify()
}

// executor drops River's late "completed": settle has written the outcome in
// a transaction already, and by now the job may be in its next run.
type executor struct {
	riverdriver.Executor
	driver *driver
}

// JobGetAvailable takes its turn among the store's writers on SQLite. On
// River's own connection it would wait by polling, and lose for seconds while
// orders come in one after the other.
func (e executor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	if e.driver.local == nil {
		return e.Executor.JobGetAvailable(ctx, p)
	}
	var got *riverdriver.JobGetAvailableResult
	err := e.driver.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		got, err = e.driver.UnwrapExecutor(tx.SQL()).JobGetAvailable(ctx, p)
		return err
	})
	return got, err
}

func (e executor) JobSetStateIfRunningMany(ctx context.Context, p *riverdriver.JobSetStateIfRunningManyParams) ([]*rivertype.JobRow, error) {
	kept := &riverdriver.JobSetStateIfRunningManyParams{Now: p.Now, Schema: p.Schema}
	for i, state := range p.State {
		if state == rivertype.JobStateCompleted {
			continue
		}
		kept.ID = append(kept.ID, p.ID[i])
		kept.Attempt = append(kept.Attempt, p.Attempt[i])
		kept.ErrData = append(kept.ErrData, p.ErrData[i])
		kept.FinalizedAt = append(kept.FinalizedAt, p.FinalizedAt[i])
		kept.MetadataDoMerge = append(kept.MetadataDoMerge, p.MetadataDoMerge[i])
		kept.MetadataUpdates = append(kept.MetadataUpdates, p.MetadataUpdates[i])
		kept.ScheduledAt = append(kept.ScheduledAt, p.ScheduledAt[i])
		kept.State = append(kept.State, p.State[i])
	}
	if len(kept.ID) == 0 {
		return nil, nil
	}
	return e.Executor.JobSetStateIfRunningMany(ctx, kept)
}

// listener brings River's notifications within one process.
type listener struct {
	ready chan *riverdriver.Notification
}

func newListener() *listener {
	return &listener{ready: make(chan *riverdriver.Notification, 64)}
}

// wake makes River look for jobs.
func (l *listener) wake() { l.send(topicInsert, fmt.Sprintf(`{"queue": %q}`, queueName)) }

// cancel makes River cancel the context of a running job.
func (l *listener) cancel(id int64) {
	l.send(topicControl, fmt.Sprintf(`{"action": "cancel", "job_id": %d, "queue": %q}`, id, queueName))
}

// send never blocks: a full buffer means that River will look anyway.
func (l *listener) send(topic, payload string) {
	select {
	case l.ready <- &riverdriver.Notification{Topic: topic, Payload: payload}:
	default:
	}
}

func (l *listener) Close(context.Context) error            { return nil }
func (l *listener) Connect(context.Context) error          { return nil }
func (l *listener) Listen(context.Context, string) error   { return nil }
func (l *listener) Unlisten(context.Context, string) error { return nil }
func (l *listener) Ping(context.Context) error             { return nil }
func (l *listener) Schema() string                         { return "" }
func (l *listener) SetAfterConnectExec(string)             {}

func (l *listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case n := <-l.ready:
		return n, nil
	}
}
