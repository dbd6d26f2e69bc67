package store

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
)

// cursorCols is embedded in the row of every list: the sorted values of the
// row as text, for the cursor.
type cursorCols struct {
	CursorSort string `bun:"cursor_sort,scanonly"`
	CursorTie  string `bun:"cursor_tie,scanonly"`
	CursorTie2 string `bun:"cursor_tie2,scanonly"`
	ListTotal  int64  `bun:"list_total,scanonly"`
}

func (c cursorCols) cursor() cursorCols { return c }

// joined adds the joins that the expressions mention, and those that these
// mention in turn; all of them when everything is set.
func (a *ask) joined(q *bun.SelectQuery, mentioned string, everything bool) *bun.SelectQuery {
	needed := map[int]bool{}
	for i := len(a.l.joins) - 1; i >= 0; i-- {
		j := a.l.joins[i]
		if everything || regexp.MustCompile(`\b`+j.alias+`\.`).MatchString(mentioned) {
			needed[i] = true
			mentioned += " " + j.on
		}
	}
	for i, j := range a.l.joins {
		if needed[i] {
			q = q.Join(j.on)
		}
	}
	return q
}

// conditions is every expression of the filters and the search.
func (a *ask) conditions() string {
	var all []string
	for _, w := range a.where {
		all = append(all, w.expr)
	}
	if len(a.words) > 0 {
		all = append(append(all, a.l.search...), a.l.mac)
	}
	return strings.Join(all, " ")
}

// order is every expression of the order.
func (a *ask) order() []field { return append([]field{a.sort}, a.l.tie...) }

func (a *ask) orders() string {
	var all []string
	for _, f := range a.order() {
		all = append(all, f.expr)
	}
	return strings.Join(all, " ")
}

func (a *ask) ordered(q *bun.SelectQuery) *bun.SelectQuery {
	dir := " ASC"
	if a.desc {
		dir = " DESC"
	}
	for _, f := range a.order() {
		q = q.OrderExpr(f.order() + dir)
	}
	return q
}

// has is "the argument is somewhere in expr"; LIKE would need escapes and is
// several times slower.
func has(q *bun.SelectQuery, expr string) string {
	if q.Dialect().Name() == dialect.SQLite {
		return "instr(" + expr + ", ?) > 0"
	}
	return "strpos(" + expr + ", ?) > 0"
}

// filtered adds the conditions of the page and of its total.
func (a *ask) filtered(q *bun.SelectQuery) *bun.SelectQuery {
	for _, w := range a.where {
		q = w.add(q)
	}
	for _, word := range a.words {
		q = q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			for _, expr := range a.l.search {
				q = q.WhereOr(has(q, expr), word)
			}
			// In one piece an address stands in the texts too.
			if digits, ok := macDigits(word); ok && a.l.mac != "" && !strings.EqualFold(digits, word) {
				q = q.WhereOr(has(q, a.l.mac), digits)
			}
			return q
		})
	}
	return q
}

// paged adds order, position and size to a filtered query; it fetches one row
// more than the page, which tells whether there is a next one.
func (a *ask) paged(q *bun.SelectQuery) *bun.SelectQuery {
	op := ">"
	if a.desc {
		op = "<"
	}
	var exprs []string
	for _, f := range a.order() {
		exprs = append(exprs, f.order())
	}
	if a.after != nil {
		var values []any
		for i, v := range []string{a.after.V, a.after.T, a.after.T2}[:len(exprs)] {
			if a.order()[i].numeric() {
				n, _ := strconv.ParseInt(v, 10, 64) // checked by fits
				values = append(values, n)
			} else {
				values = append(values, text(v))
			}
		}
		q = q.Where("("+strings.Join(exprs, ", ")+") "+op+" (?)", bun.List(values))
	}
	return a.ordered(q).Limit(int64(a.limit) + 1)
}

// cursorColumns adds the sorted values as text.
func (a *ask) cursorColumns(q *bun.SelectQuery) *bun.SelectQuery {
	for i, f := range a.order() {
		q = q.ColumnExpr("CAST(" + f.order() + " AS TEXT) AS " + []string{"cursor_sort", "cursor_tie", "cursor_tie2"}[i])
	}
	return q
}

// list reads one page of rows of type R, which names the table; columns are
// what it is read from.
func list[R interface{ cursor() cursorCols }, T any](ctx context.Context, q *Queries, what string, l *listing, lq ListQuery,
	columns []string, convert func(R) (T, error),
) (Page[T], error) {
	a, err := l.check(lq)
	if err != nil {
		return Page[T]{}, err
	}
	from := func() *bun.SelectQuery { return q.db.NewSelect().Model((*R)(nil)) }
	// Looking for words in a long list takes much longer than all else, so
	// the first page is counted on the way.
	onTheWay := len(l.keys) > 0 && len(a.words) > 0 && a.after == nil
	var total int64
	if !onTheWay {
		if total, err = a.filtered(a.joined(from(), a.conditions(), false)).Count(ctx); err != nil {
			return Page[T]{}, q.failed(err, "count %s", what)
		}
	}
	sel := a.joined(from(), "", true)
	if len(l.keys) == 0 {
		sel = a.paged(a.filtered(sel))
	} else {
		inner := q.db.NewSelect().TableExpr(l.table + " AS " + l.alias)
		var same []string
		for _, k := range l.keys {
			inner = inner.ColumnExpr(l.alias + "." + k)
			same = append(same, "k."+k+" = "+l.alias+"."+k)
		}
		if onTheWay {
			inner = inner.ColumnExpr("count(*) OVER () AS total")
			sel = sel.ColumnExpr("k.total AS list_total")
		}
		inner = a.paged(a.filtered(a.joined(inner, a.conditions()+" "+a.orders(), false)))
		sel = a.ordered(sel.Join("JOIN (?) AS k ON "+strings.Join(same, " AND "), inner))
	}
	for _, c := range columns {
		sel = sel.ColumnExpr(c)
	}
	var rows []R
	if err := a.cursorColumns(sel).Scan(ctx, &rows); err != nil {
		return Page[T]{}, q.failed(err, "list %s", what)
	}
	if onTheWay && len(rows) > 0 {
		total = rows[0].cursor().ListTotal
	}
	page := Page[T]{Total: int(total), Items: []T{}}
	if len(rows) > a.limit {
		rows = rows[:a.limit]
		c := rows[a.limit-1].cursor()
		b, err := json.Marshal(cursor{Sort: a.name, V: c.CursorSort, T: c.CursorTie, T2: c.CursorTie2})
		if err != nil {
			return Page[T]{}, fmt.Errorf("list %s: encode cursor: %w", what, err)
		}
		page.Next = base64.RawURLEncoding.EncodeToString(b)
	}
	for _, r := range rows {
		item, err := convert(r)
		if err != nil {
			return Page[T]{}, fmt.Errorf("list %s: %w", what, err)
		}
		page.Items = append(page.Items, item)
	}
	return page, nil
}
