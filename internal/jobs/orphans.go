package jobs

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/opengam/opengam/internal/store"
)

// A killed process leaves its jobs marked as running. River would notice
// after RescueStuckJobsAfter, half an hour; here it is seconds.
//
// On SQLite the data folder belongs to one process, so at Start every running
// job is an orphan. On PostgreSQL each process holds an advisory lock named
// after its id for as long as its connection lives; a job whose owner's lock
// is free twice in a row is an orphan. Should the lock mislead (a connection
// broke, the process lives), a job runs twice, and the device's lease keeps
// the two apart.

// othersEvery is how often PostgreSQL is asked who is alive.
const othersEvery = 2 * time.Second

// crashesAtOnce is how many lost runs in a row a job is restarted without a
// pause: beyond it, the job itself may be what kills the process.
const crashesAtOnce = 3

// rescueAll puts back every job that counts as running.
func (q *Queue) rescueAll(ctx context.Context) error {
	return q.rescue(ctx, func(owner string) bool { return owner != q.id })
}

// rescue puts back the running jobs of owners that are lost.
func (q *Queue) rescue(ctx context.Context, lost func(owner string) bool) error {
	return q.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		ids, err := q.runningOf(ctx, tx, lost)
		if err != nil {
			return err
		}
		for _, id := range ids {
			w, err := q.lock(ctx, tx, id)
			if err != nil {
				return err
			}
			if w.State != "running" || !lost(w.Owner) {
				continue
			}
			state, at := "available", time.Now()
			w.Notes.Runs++
			w.Notes.More = false
			w.Notes.Reason = "the process that ran it ended unexpectedly; it is run again"
			switch {
			case w.Notes.CancelAttemptedAt != nil:
				state, w.Notes.Reason = "cancelled", "cancelled while the process that ran it ended unexpectedly"
			case w.Attempt > crashesAtOnce:
				at = at.Add(q.backoff(w.Attempt - crashesAtOnce))
			}
			if err := q.put(ctx, tx, id, state, at, w); err != nil {
				return err
			}
			if err := q.ringOnCommit(ctx, tx, id); err != nil {
				return err
			}
			q.log.InfoContext(ctx, "a job whose process is gone is run again", "job", id, "owner", w.Owner)
		}
		return nil
	})
}

func (q *Queue) runningOf(ctx context.Context, tx *store.Tx, lost func(owner string) bool) ([]int64, error) {
	rows, err := tx.SQL().QueryContext(ctx, q.sql(`SELECT id, {owner} FROM river_job WHERE state = 'running' ORDER BY id`))
	if err != nil {
		return nil, fmt.Errorf("list running jobs: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	var ids []int64
	for rows.Next() {
		var id int64
		var owner string
		if err := rows.Scan(&id, &owner); err != nil {
			return nil, fmt.Errorf("list running jobs: %w", err)
		}
		if lost(owner) {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

// aliveKey is the advisory lock that the process with this id holds.
func aliveKey(id string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("opengam jobs of " + id)) // never fails
	return int64(h.Sum64())                         // any 64 bits will do
}

// watchOthers keeps our own lock and puts back the jobs of processes without
// one. alive is closed when our lock is held for the first time.
func (q *Queue) watchOthers(ctx context.Context, alive chan<- struct{}) {
	var conn *pgx.Conn
	drop := func() {
		if conn != nil {
			cctx, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			_ = conn.Close(cctx)
			done()
			conn = nil
		}
	}
	defer drop()
	silent := map[string]int{} // owner → rounds without a lock
	for {
		err := func() error {
			if conn == nil {
				c, err := q.ownConn(ctx)
				if err != nil {
					return err
				}
				conn = c
				clear(silent) // who was alive when the connection broke gets time to come back
				if alive != nil {
					close(alive)
					alive = nil
				}
			}
			return q.rescueSilent(ctx, conn, silent)
		}()
		if err != nil && ctx.Err() == nil {
			q.log.WarnContext(ctx, "cannot see which other processes live", "err", err)
			drop()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(othersEvery):
		}
	}
}

// ownConn takes a connection out of the pool for good and locks our id on it.
func (q *Queue) ownConn(ctx context.Context) (*pgx.Conn, error) {
	pooled, err := q.store.Pool().Acquire(ctx)
	if err != nil {
		return nil, err
	}
	conn := pooled.Hijack()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, aliveKey(q.id)); err != nil {
		_ = conn.Close(ctx)
		return nil, err
	}
	return conn, nil
}

// rescueSilent counts for each owner of running jobs the rounds in which its
// lock was free, and puts back its jobs at the second.
func (q *Queue) rescueSilent(ctx context.Context, conn *pgx.Conn, silent map[string]int) error {
	rows, err := conn.Query(ctx, `SELECT DISTINCT coalesce(attempted_by[array_upper(attempted_by, 1)], '') FROM river_job WHERE state = 'running'`)
	if err != nil {
		return err
	}
	owners, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	seen := map[string]int{}
	for _, owner := range owners {
		if owner == q.id {
			continue
		}
		var free bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, aliveKey(owner)).Scan(&free); err != nil {
			return err
		}
		if free {
			if _, err := conn.Exec(ctx, `SELECT pg_advisory_unlock($1)`, aliveKey(owner)); err != nil {
				return err
			}
			seen[owner] = silent[owner] + 1
		}
	}
	clear(silent)
	for owner, rounds := range seen {
		if rounds < 2 {
			silent[owner] = rounds
			continue
		}
		if err := q.rescue(ctx, func(o string) bool { return o == owner }); err != nil {
			return err
		}
	}
	return nil
}
