package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// notes are what we keep of a job in River's metadata. As a merge patch, a
// pointer that is nil leaves the note as it is.
type notes struct {
	More     bool      `json:"og_more,omitempty"` // work arrived while it ran
	Failures int       `json:"og_failures,omitempty"`
	Runs     int       `json:"og_runs,omitempty"` // that ended without finishing the job
	Reason   string    `json:"og_reason,omitempty"`
	GaveUp   bool      `json:"og_gave_up,omitempty"`
	Progress *Progress `json:"og_progress,omitempty"`

	// CancelAttemptedAt is River's own: somebody cancelled a running job.
	CancelAttemptedAt *time.Time `json:"cancel_attempted_at,omitempty"`
}

// patch is notes as a JSON merge patch in which every note is said, absent
// ones as null.
func (n notes) patch() string {
	p := map[string]any{
		"og_more": nil, "og_failures": nil, "og_runs": nil, "og_reason": nil,
		"og_gave_up": nil, "og_progress": nil, "cancel_attempted_at": nil,
	}
	if n.More {
		p["og_more"] = true
	}
	if n.Failures != 0 {
		p["og_failures"] = n.Failures
	}
	if n.Runs != 0 {
		p["og_runs"] = n.Runs
	}
	if n.Reason != "" {
		p["og_reason"] = n.Reason
	}
	if n.GaveUp {
		p["og_gave_up"] = true
	}
	if n.Progress != nil {
		p["og_progress"] = n.Progress
	}
	if n.CancelAttemptedAt != nil {
		p["cancel_attempted_at"] = n.CancelAttemptedAt
	}
	b, err := json.Marshal(p)
	if err != nil { // numbers, booleans and strings always encode
		return "{}"
	}
	return string(b)
}

// row is the part of a job's row that decides how it goes on.
type row struct {
	State   string
	Owner   string    // the process that has it, or had it last
	Fetched time.Time // when that process took it, zero: nobody did
	Attempt int
	Notes   notes
}

// heldBy reports whether the job is still the run's that this process began
// when it fetched the job at that time.
func (r row) heldBy(owner string, fetched time.Time) bool {
	return r.State == "running" && r.Owner == owner && r.Fetched.Equal(fetched)
}

// Pieces of SQL that differ between the databases. River's times are text on
// SQLite, compared as text, so they must be in exactly its form.
type piece struct{ sqlite, postgres string }

var (
	sqlMerge    = piece{`jsonb_patch(metadata, ?)`, `jsonb_strip_nulls(metadata || CAST(? AS text)::jsonb)`}
	sqlMetadata = piece{`json(metadata)`, `metadata::text`}
	sqlOwner    = piece{`coalesce(attempted_by ->> '$[#-1]', '')`, `coalesce(attempted_by[array_upper(attempted_by, 1)], '')`}
	sqlForWrite = piece{``, `FOR UPDATE`}
	sqlTime     = piece{`CAST(? AS text)`, `CAST(? AS timestamptz)`}
	sqlState    = piece{`state`, `state::text`}
)

func (q *Queue) pick(p piece) string {
	if q.sqlite() {
		return p.sqlite
	}
	return p.postgres
}

// sql fills the pieces into a query ("{merge}") and numbers the arguments for
// PostgreSQL.
func (q *Queue) sql(text string) string {
	text = strings.NewReplacer(
		"{merge}", q.pick(sqlMerge),
		"{metadata}", q.pick(sqlMetadata),
		"{owner}", q.pick(sqlOwner),
		"{for_write}", q.pick(sqlForWrite),
		"{time}", q.pick(sqlTime),
		"{state}", q.pick(sqlState),
		"{args}", q.pick(piece{`json(args)`, `args::text`}),
		"{error}", q.pick(piece{`coalesce(errors ->> '$[#-1].error', '')`, `coalesce(errors[array_upper(errors, 1)] ->> 'error', '')`}),
		"{device}", q.pick(piece{`coalesce(args ->> '$.device_id', 0)`, `coalesce((args ->> 'device_id')::bigint, 0)`}),
		"{failures}", q.pick(piece{`coalesce(metadata ->> '$.og_failures', 0)`, `coalesce((metadata ->> 'og_failures')::int, 0)`}),
		"{gave_up}", q.pick(piece{`coalesce(metadata ->> '$.og_gave_up', 0)`, `coalesce((metadata ->> 'og_gave_up')::boolean, false)`}),
		"{cancelling}", q.pick(piece{`(metadata ->> '$.cancel_attempted_at') IS NOT NULL`, `(metadata ->> 'cancel_attempted_at') IS NOT NULL`}),
	).Replace(text)
	if q.sqlite() {
		return text
	}
	var b strings.Builder
	n := 0
	for _, r := range text {
		if r == '?' {
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// at is a time as an argument of {time}.
func (q *Queue) at(t time.Time) any {
	if q.sqlite() {
		return t.UTC().Round(time.Millisecond).Format("2006-01-02 15:04:05.000")
	}
	return t.UTC()
}

// lock reads a job's row and keeps it from others until tx ends.
func (q *Queue) lock(ctx context.Context, tx *store.Tx, id int64) (row, error) {
	var r row
	var fetched moment
	var meta string
	err := tx.SQL().QueryRowContext(ctx,
		q.sql(`SELECT {state}, {owner}, attempted_at, attempt, {metadata} FROM river_job WHERE id = ? {for_write}`), id).
		Scan(&r.State, &r.Owner, &fetched, &r.Attempt, &meta)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, fmt.Errorf("job %d: %w", id, gam.ErrNotFound)
	}
	if err != nil {
		return row{}, fmt.Errorf("read job %d: %w", id, err)
	}
	r.Fetched = fetched.Time
	// A metadata that is not ours to read leaves the notes empty.
	_ = json.Unmarshal([]byte(meta), &r.Notes)
	return r, nil
}

// mark adds notes to a row without touching the others.
func (q *Queue) mark(ctx context.Context, tx *store.Tx, id int64, n notes) error {
	patch, err := json.Marshal(n)
	if err != nil {
		return err
	}
	_, err = tx.SQL().ExecContext(ctx, q.sql(`UPDATE river_job SET metadata = {merge} WHERE id = ?`), string(patch), id)
	return err
}

// hurry makes a waiting job's turn come now.
func (q *Queue) hurry(ctx context.Context, tx *store.Tx, id int64) error {
	now := q.at(time.Now())
	_, err := tx.SQL().ExecContext(ctx, q.sql(`UPDATE river_job SET state = 'available', scheduled_at = {time}
		WHERE id = ? AND state IN ('available', 'scheduled', 'retryable', 'pending') AND scheduled_at > {time}`), now, id, now)
	return err
}

// put writes how a job goes on: state is one of River's.
func (q *Queue) put(ctx context.Context, tx *store.Tx, id int64, state string, at time.Time, r row) error {
	var finalized any
	if state == "completed" || state == "cancelled" || state == "discarded" {
		finalized = q.at(time.Now())
	}
	_, err := tx.SQL().ExecContext(ctx, q.sql(`UPDATE river_job SET state = '`+state+`', scheduled_at = {time},
		finalized_at = {time}, attempt = ?, metadata = {merge} WHERE id = ?`),
		q.at(at), finalized, r.Attempt, r.Notes.patch(), id)
	if err != nil {
		return fmt.Errorf("write job %d as %s: %w", id, state, err)
	}
	return nil
}
