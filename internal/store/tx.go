package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/uptrace/bun"
	"modernc.org/sqlite"
)

const (
	// txTries is how often a transaction is run that lost against another.
	txTries = 8
	// txPause is the first wait between tries; it doubles, with jitter.
	txPause = 10 * time.Millisecond
)

// Tx is a running transaction.
type Tx struct {
	Queries
	sql    bun.Tx
	events []Event // written last, just before the commit
	undo   []func()
}

// SQL is the transaction itself, for adding jobs to it.
func (tx *Tx) SQL() *sql.Tx { return tx.sql.Tx }

// Part runs fn as a part of the transaction. When it fails, what it wrote is
// undone, and the transaction can go on without it.
func (tx *Tx) Part(ctx context.Context, fn func(ctx context.Context) error) error {
	run := func(command string) error {
		_, err := tx.sql.ExecContext(ctx, command)
		return tx.failed(err, "%s", command)
	}
	if err := run("SAVEPOINT part"); err != nil {
		return err
	}
	events, undo := len(tx.events), len(tx.undo)
	err := fn(ctx)
	if err == nil {
		return run("RELEASE SAVEPOINT part")
	}
	tx.events = tx.events[:events]
	for _, f := range slices.Backward(tx.undo[undo:]) {
		f()
	}
	tx.undo = tx.undo[:undo]
	if back := run("ROLLBACK TO SAVEPOINT part"); back != nil {
		return errors.Join(back, err)
	}
	return errors.Join(err, run("RELEASE SAVEPOINT part"))
}

type txKey struct{ *core }

// Tx runs fn in a transaction: all of it happens, or nothing when fn fails.
// When it loses against another transaction (deadlock, serialization, busy)
// it is run again, so fn must have no effect outside tx. What the store gave
// to callers (ids, versions) is taken back when the transaction fails.
//
// Rows are read committed; what must not change meanwhile is locked by its
// query (WantedRev, UsedVLANs). On SQLite transactions run one after the
// other.
//
// Inside fn use tx, never the Store: that would wait for itself, and is
// refused.
func (s *Store) Tx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	return s.transact(ctx, fn)
}

func (c *core) transact(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if ctx.Value(txKey{c}) != nil {
		return errors.New("transaction inside a transaction: use the tx that the function was given")
	}
	pause := txPause
	for try := 1; ; try++ {
		err := c.once(ctx, fn)
		if err == nil || try == txTries || !again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause/2 + rand.N(pause)): //nolint:gosec // jitter is nobody's secret
		}
		pause *= 2
	}
}

func (c *core) once(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) (err error) {
	if c.dialect == SQLite {
		// Waiting here is fair and costs nothing; SQLite's own waiting polls.
		select {
		case c.writer <- struct{}{}:
			defer func() { <-c.writer }()
		case <-ctx.Done():
			return fmt.Errorf("wait for the database: %w", ctx.Err())
		}
	}
	btx, err := c.bun.BeginTx(ctx, nil)
	if err != nil {
		return c.failed(err, "begin a transaction")
	}
	tx := &Tx{sql: btx, Queries: Queries{core: c, db: btx}}
	tx.Queries.tx = tx
	done := false
	defer func() {
		if !done {
			tx.takeBack()
		}
		if p := recover(); p != nil {
			_ = btx.Rollback() // the panic says more
			panic(p)
		}
	}()
	err = fn(context.WithValue(ctx, txKey{c}, true), tx)
	if err == nil {
		err = tx.writeEvents(ctx)
	}
	if err != nil {
		return errors.Join(err, rollback(btx))
	}
	if err := btx.Commit(); err != nil {
		return c.failed(err, "commit")
	}
	done = true
	if len(tx.events) > 0 {
		c.feed.wake()
	}
	return nil
}

// takeBack gives callers' values back what they were before.
func (tx *Tx) takeBack() {
	for _, undo := range slices.Backward(tx.undo) {
		undo()
	}
}

// give fills a caller's value with what was written. When the transaction
// fails it is undone, so that running it again starts from the same.
func give[T any](q *Queries, to *T, v T) {
	if q.tx != nil {
		old := *to
		q.tx.undo = append(q.tx.undo, func() { *to = old })
	}
	*to = v
}

// rollback is silent about a transaction that is over already, for example
// because its context ended.
func rollback(tx bun.Tx) error {
	if err := tx.Rollback(); err != nil && !errors.Is(err, sql.ErrTxDone) {
		return fmt.Errorf("roll back: %w", err)
	}
	return nil
}

// write runs fn in the transaction that q belongs to, or in one of its own.
func (q *Queries) write(ctx context.Context, fn func(ctx context.Context, q *Queries) error) error {
	if q.tx != nil {
		return fn(ctx, q)
	}
	return q.transact(ctx, func(ctx context.Context, tx *Tx) error { return fn(ctx, &tx.Queries) })
}

// again reports whether err means that the same transaction may succeed when
// run again.
func again(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == pgSerialization || pg.Code == pgDeadlock
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && (lite.Code()&0xff == sqliteBusy || lite.Code()&0xff == sqliteLocked)
}
