package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// State is how a job stands, in words for people.
type State string

// States.
const (
	Queued    State = "queued"    // its turn is now
	Running   State = "running"   //
	Waiting   State = "waiting"   // for a later time, on purpose
	Retrying  State = "retrying"  // for a later time, after a failure
	Completed State = "completed" //
	Cancelled State = "cancelled" // by a person
	Discarded State = "discarded" // given up; a person has to act
)

// Progress is how far a run is, as its handler says.
type Progress struct {
	Done  int    `json:"done"`
	Total int    `json:"total"`
	Text  string `json:"text"`
}

// Info is a job as people see it.
type Info struct {
	ID          int64
	Kind        string
	State       State
	DeviceID    gam.DeviceID // 0 for nobody's
	Attempts    int          // runs begun
	LastError   string       // or the reason to wait; empty when all went well
	Progress    Progress     // of the last run
	ScheduledAt time.Time    // when its turn is, or was
	CreatedAt   time.Time
	StartedAt   time.Time // of the last run; zero: never
	FinishedAt  time.Time // zero: not yet
}

func (i Info) idText() string { return strconv.FormatInt(i.ID, 10) }

// eventData is what a line of the change feed tells of a job.
func (i Info) eventData() json.RawMessage {
	d := map[string]any{"kind": i.Kind, "state": i.State}
	if i.Progress != (Progress{}) {
		d["progress"] = i.Progress
	}
	if i.LastError != "" {
		d["last_error"] = i.LastError
	}
	b, err := json.Marshal(d)
	if err != nil { // strings and numbers always encode
		return nil
	}
	return b
}

func (n notes) progress() Progress {
	if n.Progress == nil {
		return Progress{}
	}
	return *n.Progress
}

func notesOf(metadata []byte) notes {
	var n notes
	_ = json.Unmarshal(metadata, &n) // foreign metadata leaves the notes empty
	return n
}

// infoColumns are the columns of a list, with River's states in our words.
const infoColumns = `SELECT id, kind, attempt, created_at, scheduled_at, attempted_at, finalized_at,
	{metadata} AS notes, {error} AS error, {device} AS device_id,
	CASE {state} WHEN 'available' THEN CASE WHEN scheduled_at <= {time} THEN 'queued' WHEN {failures} > 0 THEN 'retrying' ELSE 'waiting' END
		WHEN 'retryable' THEN 'retrying' WHEN 'scheduled' THEN 'waiting' WHEN 'pending' THEN 'waiting'
		ELSE {state} END AS shown
	FROM river_job`

// sortable are the fields that a list of jobs sorts by; all end in the id.
var sortable = map[string]string{"id": "id", "created_at": "id", "scheduled_at": "scheduled_at"}

// List gives jobs, the newest first unless told otherwise. It filters by id,
// kind, state and device_id, and sorts by id (created_at) and scheduled_at.
// Finished jobs are kept for a day, discarded ones for a week.
func (q *Queue) List(ctx context.Context, lq store.ListQuery) (store.Page[Info], error) {
	var page store.Page[Info]
	where, args, err := jobFilter(lq)
	if err != nil {
		return page, err
	}
	field, down := strings.CutPrefix(lq.Sort, "-")
	if lq.Sort == "" {
		field, down = "id", true
	}
	column, ok := sortable[field]
	if !ok {
		return page, invalid("sort", "jobs sort by id, created_at and scheduled_at, not by %q", gam.Clip(field, 40))
	}
	limit := lq.Limit
	switch {
	case limit == 0:
		limit = store.DefaultLimit
	case limit < 0 || limit > store.MaxLimit:
		return page, invalid("limit", "a page has 1 to %d entries", store.MaxLimit)
	}
	offset, err := cursorOffset(lq.Cursor)
	if err != nil {
		return page, err
	}

	args = append([]any{q.at(time.Now())}, args...)
	from := q.sql(`FROM (` + infoColumns + `) AS j` + where)
	if err := q.store.DB().DB.QueryRowContext(ctx, q.sql(`SELECT count(*) FROM (`+infoColumns+`) AS j`+where), args...).Scan(&page.Total); err != nil {
		return page, fmt.Errorf("count jobs: %w", err)
	}
	direction := ""
	if down {
		direction = " DESC"
	}
	rows, err := q.store.DB().DB.QueryContext(ctx, `SELECT * `+from+ //nolint:gosec // column and direction are ours, the rest are numbers
		fmt.Sprintf(` ORDER BY %s%s, id%s LIMIT %d OFFSET %d`, column, direction, direction, limit, offset), args...)
	if err != nil {
		return page, fmt.Errorf("list jobs: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err tells
	for rows.Next() {
		i, err := scanInfo(rows.Scan)
		if err != nil {
			return page, fmt.Errorf("list jobs: %w", err)
		}
		page.Items = append(page.Items, i)
	}
	if err := rows.Err(); err != nil {
		return page, fmt.Errorf("list jobs: %w", err)
	}
	if offset+len(page.Items) < page.Total {
		page.Next = strconv.Itoa(offset + len(page.Items))
	}
	return page, nil
}

// Get gives one job.
func (q *Queue) Get(ctx context.Context, id int64) (Info, error) {
	page, err := q.List(ctx, store.ListQuery{Where: map[string]string{"id": strconv.FormatInt(id, 10)}, Limit: 1})
	if err != nil {
		return Info{}, err
	}
	if len(page.Items) == 0 {
		return Info{}, fmt.Errorf("job %d: %w", id, gam.ErrNotFound)
	}
	return page.Items[0], nil
}

// Cancel ends a job that waits, and cancels the context of one that runs. A
// finished job stays as it is.
func (q *Queue) Cancel(ctx context.Context, id int64) (Info, error) {
	if _, err := q.Get(ctx, id); err != nil {
		return Info{}, err
	}
	if _, err := q.river.JobCancel(ctx, id); err != nil {
		return Info{}, fmt.Errorf("cancel job %d: %w", id, err)
	}
	if q.driver.local != nil {
		q.driver.local.cancel(id)
	}
	return q.told(ctx, id)
}

// Retry makes a job's turn come now, and starts one anew that has been given
// up, cancelled or finished. A running job stays as it is.
func (q *Queue) Retry(ctx context.Context, id int64) (Info, error) {
	err := q.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		w, err := q.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		switch w.State {
		case "running":
			return nil
		case "completed", "cancelled", "discarded":
			var other int64
			err := tx.SQL().QueryRowContext(ctx, q.sql(`SELECT coalesce(max(o.id), 0) FROM river_job AS o JOIN river_job AS j
				ON o.unique_key = j.unique_key WHERE j.id = ? AND o.id <> j.id AND o.state NOT IN ('completed', 'cancelled', 'discarded')`), id).Scan(&other)
			if err != nil {
				return fmt.Errorf("retry job %d: %w", id, err)
			}
			if other != 0 {
				return fmt.Errorf("job %d waits or runs for the same purpose; retry that one: %w", other, gam.ErrConflict)
			}
		}
		w.Notes = notes{Runs: w.Notes.Runs}
		w.Attempt = 0
		if err := q.put(ctx, tx, id, "available", time.Now(), w); err != nil {
			return err
		}
		return q.ringOnCommit(ctx, tx, id)
	})
	if err != nil {
		return Info{}, err
	}
	return q.told(ctx, id)
}

// told reads a job that somebody has just changed and tells the change feed.
func (q *Queue) told(ctx context.Context, id int64) (Info, error) {
	i, err := q.Get(ctx, id)
	if err != nil {
		return Info{}, err
	}
	return i, q.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return q.tell(ctx, tx, i) })
}

func jobFilter(lq store.ListQuery) (where string, args []any, err error) {
	var bad gam.Invalid
	var terms []string
	for _, field := range []string{"id", "kind", "state", "device_id"} {
		text, ok := lq.Where[field]
		if !ok {
			continue
		}
		column := map[string]string{"id": "id", "kind": "kind", "state": "shown", "device_id": "device_id"}[field]
		var marks []string
		for v := range strings.SplitSeq(text, ",") {
			v = strings.TrimSpace(v)
			if field == "id" || field == "device_id" {
				n, err := strconv.ParseInt(v, 10, 64)
				if err != nil {
					bad.Fields = append(bad.Fields, gam.FieldError{Field: field, Code: "not_a_number", Message: fmt.Sprintf("%q is not a number", gam.Clip(v, 40))})
					continue
				}
				args = append(args, n)
			} else {
				args = append(args, v)
			}
			marks = append(marks, "?")
		}
		terms = append(terms, column+" IN ("+strings.Join(marks, ", ")+")")
	}
	for field := range lq.Where {
		if field != "id" && field != "kind" && field != "state" && field != "device_id" {
			bad.Fields = append(bad.Fields, gam.FieldError{Field: gam.Clip(field, 40), Code: "unknown_field", Message: "jobs filter by id, kind, state and device_id"})
		}
	}
	if lq.Q != "" {
		bad.Fields = append(bad.Fields, gam.FieldError{Field: "q", Code: "unknown_field", Message: "jobs have no text to search"})
	}
	if err := bad.Err(); err != nil {
		return "", nil, err
	}
	if len(terms) > 0 {
		where = " WHERE " + strings.Join(terms, " AND ")
	}
	return where, args, nil
}

func cursorOffset(cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cursor)
	if err != nil || n < 0 {
		return 0, invalid("cursor", "this cursor is not from a list of jobs")
	}
	return n, nil
}

func invalid(field, format string, args ...any) error {
	return &gam.Invalid{Fields: []gam.FieldError{{Field: field, Code: "invalid", Message: fmt.Sprintf(format, args...)}}}
}

func scanInfo(scan func(...any) error) (Info, error) {
	var (
		i                            Info
		attempt                      int
		created, scheduled           moment
		attempted, finalized         moment
		metadata, riverError, device string
	)
	err := scan(&i.ID, &i.Kind, &attempt, &created, &scheduled, &attempted, &finalized, &metadata, &riverError, &device, &i.State)
	if err != nil {
		return Info{}, err
	}
	n := notesOf([]byte(metadata))
	if d, err := strconv.ParseInt(device, 10, 64); err == nil {
		i.DeviceID = gam.DeviceID(d)
	}
	i.Attempts = n.Runs
	if i.State == Running || i.State == Completed {
		i.Attempts++
	}
	i.LastError = n.Reason
	if i.LastError == "" {
		i.LastError = gam.Clean(riverError, maxReason)
	}
	i.Progress = n.progress()
	i.CreatedAt, i.ScheduledAt, i.StartedAt, i.FinishedAt = created.Time, scheduled.Time, attempted.Time, finalized.Time
	return i, nil
}

// moment reads a time of either database, absent ones as zero.
type moment struct{ time.Time }

var errMoment = errors.New("not a time")

// Scan implements sql.Scanner.
func (m *moment) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		m.Time = time.Time{}
	case time.Time:
		m.Time = v.UTC()
	case string:
		for _, form := range []string{"2006-01-02 15:04:05.999999999", time.RFC3339Nano} {
			if t, err := time.Parse(form, v); err == nil {
				m.Time = t.UTC()
				return nil
			}
		}
		return fmt.Errorf("%q: %w", gam.Clip(v, 40), errMoment)
	default:
		return fmt.Errorf("%T: %w", v, errMoment)
	}
	return nil
}
