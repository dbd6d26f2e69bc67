package jobs

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/opengam/opengam/internal/store"
)

// added remembers jobs of transactions that may not have committed yet, so
// that the next commit of this process makes River look for them.
type added struct {
	mu sync.Mutex
	at map[int64]time.Time
}

// forgetAfter is when an added job is left to the regular look at the table:
// it was rolled back, or all workers are busy.
const forgetAfter = time.Second

func newAdded() *added { return &added{at: map[int64]time.Time{}} }

func (a *added) put(id int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at[id] = time.Now()
}

func (a *added) started(id int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.at, id)
}

// any reports whether jobs are expected, and forgets old ones.
func (a *added) any(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	maps.DeleteFunc(a.at, func(_ int64, at time.Time) bool { return now.Sub(at) > forgetAfter })
	return len(a.at) > 0
}

// ringOnCommit makes sure that the job starts as soon as tx commits. On
// PostgreSQL that is a notification, which every node hears; River's own is
// left out when two come within its cooldown, and the second order then waits
// for the next look at the table.
func (q *Queue) ringOnCommit(ctx context.Context, tx *store.Tx, id int64) error {
	if q.sqlite() {
		q.added.put(id)
		return nil
	}
	_, err := tx.SQL().ExecContext(ctx, `SELECT pg_notify(concat(current_schema(), '.', $1::text), $2::text)`,
		topicInsert, `{"queue": "`+queueName+`"}`)
	return err
}

// ring passes commits on to River for as long as added jobs have not started.
func (q *Queue) ring(ctx context.Context) {
	commits, done := q.store.Watch()
	defer done()
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-commits:
			if !open {
				return
			}
			if q.added.any(time.Now()) {
				q.driver.local.wake()
			}
		}
	}
}
