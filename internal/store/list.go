package store

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

// kind is what a field of a list holds.
type kind int

const (
	kText kind = iota
	kFold      // text that is sorted without regard to case, compared exactly
	kInt       // a missing number is -1
	kBool      // true or false
	kMAC       // in any spelling
	kTime      // stored microseconds
	kMbps      // an int that may be NULL
)

// field is one field that a list can be filtered and sorted by.
type field struct {
	expr string // SQL, never NULL except kMbps
	kind kind
}

// order is the expression that is sorted by; never NULL, so that a cursor can
// compare with it.
func (f field) order() string {
	switch f.kind {
	case kFold:
		return "lower(" + f.expr + ")"
	case kBool:
		return "(CASE WHEN " + f.expr + " THEN 1 ELSE 0 END)"
	case kMbps:
		return "COALESCE(" + f.expr + ", -1)"
	}
	return f.expr
}

func (f field) numeric() bool { return f.kind != kText && f.kind != kFold && f.kind != kMAC }

// listing is how one kind of thing is listed.
type listing struct {
	fields map[string]field
	sort   string  // where none is asked for
	tie    []field // unique, ends every order
	// search is the folded texts that free text is looked for in, and mac
	// the column of addresses, if there is one.
	search []string
	mac    string
	// joins neither add nor drop rows, so that counting and ordering leave
	// out those that they do not mention.
	joins []join
	// keys is set for long lists of wide rows: the page is found by these
	// columns of table before anything else is read.
	keys         []string
	table, alias string
}

// join is one table that a list is joined with. One whose condition mentions
// another comes after it.
type join struct{ alias, on string }

// cond is one condition.
type cond struct {
	expr string
	args []any
}

func (c cond) add(q *bun.SelectQuery) *bun.SelectQuery { return q.Where(c.expr, c.args...) }

// cursor is the last row of a page: what the next one comes after.
type cursor struct {
	Sort string `json:"s"`
	V    string `json:"v"`
	T    string `json:"t"`
	T2   string `json:"u,omitempty"`
}

// ask is a checked ListQuery.
type ask struct {
	l     *listing
	sort  field
	desc  bool
	limit int
	words []string
	after *cursor
	name  string // of the sort, as in the cursor
	where []cond
}

func refuse(bad *gam.Invalid, name, code, format string, args ...any) {
	bad.Fields = append(bad.Fields, gam.FieldError{Field: name, Code: code, Message: fmt.Sprintf(format, args...)})
}

// check reads lq; every mistake in it is reported, as *gam.Invalid.
func (l *listing) check(lq ListQuery) (*ask, error) {
	var bad gam.Invalid
	a := &ask{l: l, limit: lq.Limit, name: lq.Sort, words: strings.Fields(fold(lq.Q))}
	switch {
	case a.limit == 0:
		a.limit = DefaultLimit
	case a.limit < 1 || a.limit > MaxLimit:
		refuse(&bad, "limit", "out_of_range", "a page has 1 to %d items; %d is outside", MaxLimit, a.limit)
	}
	if a.name == "" {
		a.name = l.sort
	}
	name, desc := strings.CutPrefix(a.name, "-")
	a.desc = desc
	var ok bool
	if a.sort, ok = l.fields[name]; !ok {
		refuse(&bad, "sort", "unknown_field", "cannot sort by %q; known are %s", gam.Clip(name, 40), l.names())
	}
	for _, name := range slices.Sorted(maps.Keys(lq.Where)) {
		f, err := l.filter(name, lq.Where[name])
		if err != nil {
			refuse(&bad, name, "invalid", "%s", err)
			continue
		}
		a.where = append(a.where, f)
	}
	if len(a.words) > 8 {
		refuse(&bad, "q", "too_long", "a search has at most 8 words")
	}
	if len(a.words) > 0 && len(l.search) == 0 {
		refuse(&bad, "q", "unsupported", "this list has no free text search")
	}
	if lq.Cursor != "" {
		a.after = &cursor{}
		b, err := base64.RawURLEncoding.DecodeString(lq.Cursor)
		if err != nil || json.Unmarshal(b, a.after) != nil || a.after.Sort != a.name || !a.fits() {
			refuse(&bad, "cursor", "invalid", "the cursor is not one of this list in this order; start from the first page")
		}
	}
	if err := bad.Err(); err != nil {
		return nil, err
	}
	return a, nil
}

// names lists the fields for people.
func (l *listing) names() string { return strings.Join(slices.Sorted(maps.Keys(l.fields)), ", ") }

// fits reports whether the cursor's values are of the sorted kinds: a forged
// cursor must not reach the database as text beside a number.
func (a *ask) fits() bool {
	isInt := func(f field, v string) bool {
		_, err := strconv.ParseInt(v, 10, 64)
		return !f.numeric() || err == nil
	}
	return isInt(a.sort, a.after.V) && isInt(a.l.tie[0], a.after.T) &&
		(len(a.l.tie) < 2 || isInt(a.l.tie[1], a.after.T2))
}

// filter is the condition for one member of Where.
func (l *listing) filter(name, value string) (cond, error) {
	if f, ok := l.fields[name]; ok {
		return f.anyOf(value)
	}
	for suffix, op := range map[string]string{"_min": ">=", "_max": "<=", "_after": ">", "_before": "<"} {
		base, ok := strings.CutSuffix(name, suffix)
		f, known := l.fields[base]
		if !ok || !known {
			continue
		}
		timed := suffix == "_after" || suffix == "_before"
		switch {
		case timed && f.kind == kTime:
			t, err := time.Parse(time.RFC3339, value)
			if err != nil {
				return cond{}, fmt.Errorf("want a time like 2026-01-31T12:00:00Z, not %q", gam.Clip(value, 40))
			}
			return cond{f.expr + " <> 0 AND " + f.expr + " " + op + " ?", []any{us(t)}}, nil
		case !timed && (f.kind == kInt || f.kind == kMbps):
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return cond{}, fmt.Errorf("want a whole number, not %q", gam.Clip(value, 40))
			}
			return cond{f.expr + " " + op + " ?", []any{n}}, nil
		}
	}
	return cond{}, fmt.Errorf("there is no field %q to filter by; known are %s", gam.Clip(name, 40), l.names())
}

func (f field) anyOf(value string) (cond, error) {
	if f.kind == kTime {
		return cond{}, fmt.Errorf("a time is filtered by …_after and …_before")
	}
	var values []any
	for v := range strings.SplitSeq(value, ",") {
		v = strings.TrimSpace(v)
		switch f.kind {
		case kInt, kMbps:
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return cond{}, fmt.Errorf("want a whole number, not %q", gam.Clip(v, 40))
			}
			values = append(values, n)
		case kBool:
			b, err := strconv.ParseBool(v)
			if err != nil {
				return cond{}, fmt.Errorf("want true or false, not %q", gam.Clip(v, 40))
			}
			values = append(values, b)
		case kMAC:
			m, err := gam.ParseMAC(v)
			if err != nil {
				return cond{}, err
			}
			values = append(values, m.Compact())
		default:
			values = append(values, text(v))
		}
	}
	if len(values) > MaxLimit {
		return cond{}, fmt.Errorf("at most %d values", MaxLimit)
	}
	return cond{f.expr + " IN (?)", []any{bun.List(values)}}, nil
}
