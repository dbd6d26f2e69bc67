package api

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/opengam/opengam/internal/store"
)

// List is the answer of every list.
type List[T any] struct {
	Items []T     `json:"items" nullable:"false"`
	Total int     `json:"total" doc:"how many match, on all pages"`
	Next  *string `json:"next" doc:"cursor of the next page; null on the last one"`
}

// PageParams is what every list understands beside its own filters. A filter
// is a string field with a query tag; a comma-separated list means "any of".
type PageParams struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"items per page"`
	Cursor string `query:"cursor" doc:"next of the page before"`
	Sort   string `query:"sort" doc:"a field; -field for descending"`
}

// ListParams is PageParams of a list that can be searched.
type ListParams struct {
	PageParams
	Q string `query:"q" maxLength:"200" doc:"free text"`
}

// listQuery gathers paging and the filters of in, a pointer to a struct that
// embeds PageParams.
func listQuery(in any) store.ListQuery {
	q := store.ListQuery{Where: map[string]string{}}
	gather(reflect.ValueOf(in).Elem(), &q)
	q.Q = q.Where["q"]
	delete(q.Where, "q")
	// The member state of the object sync has a column of its own.
	if v, ok := q.Where["sync_state"]; ok {
		delete(q.Where, "sync_state")
		q.Where["sync"] = v
	}
	if rest, ok := strings.CutSuffix(q.Sort, "sync_state"); ok {
		q.Sort = rest + "sync"
	}
	return q
}

func gather(v reflect.Value, q *store.ListQuery) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if base, ok := v.Field(i).Interface().(PageParams); ok {
			q.Limit, q.Cursor, q.Sort = base.Limit, base.Cursor, base.Sort
			continue
		}
		if f.Anonymous {
			gather(v.Field(i), q)
			continue
		}
		name := f.Tag.Get("query")
		if name == "" || f.Type.Kind() != reflect.String {
			continue
		}
		if s := v.Field(i).String(); s != "" {
			q.Where[name] = s
		}
	}
}

// listOutput is a huma output with a List.
type listOutput[T any] struct{ Body List[T] }

// page turns a page of rows into a list of resources.
func page[R, T any](p store.Page[R], show func(R) T) *listOutput[T] {
	out := &listOutput[T]{Body: List[T]{Items: make([]T, 0, len(p.Items)), Total: p.Total}}
	for _, r := range p.Items {
		out.Body.Items = append(out.Body.Items, show(r))
	}
	if p.Next != "" {
		out.Body.Next = &p.Next
	}
	return out
}

// all is a list that has one page only.
func all[R, T any](rows []R, show func(R) T) *listOutput[T] {
	return page(store.Page[R]{Items: rows, Total: len(rows)}, show)
}

// pageOf pages rows that are in memory already; the cursor is an offset.
func pageOf[R any](rows []R, q store.ListQuery) (store.Page[R], error) {
	from := 0
	if q.Cursor != "" {
		n, err := strconv.Atoi(q.Cursor)
		if err != nil || n < 0 {
			return store.Page[R]{}, invalid("cursor", "cursor", "take next of the page before")
		}
		from = min(n, len(rows))
	}
	if q.Sort != "" {
		return store.Page[R]{}, invalid("sort", "sort", "this list has one order only")
	}
	to := min(from+q.Limit, len(rows))
	p := store.Page[R]{Items: rows[from:to], Total: len(rows)}
	if to < len(rows) {
		p.Next = strconv.Itoa(to)
	}
	return p, nil
}

// matchesAny is a filter's rule: empty matches all, a comma list any of its
// values.
func matchesAny(filter, value string) bool {
	return filter == "" || slices.Contains(strings.Split(filter, ","), value)
}

// containsFold reports whether one of texts holds q, whatever the case.
func containsFold(q string, texts ...string) bool {
	q = strings.ToLower(q)
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(strings.ToLower(t), q) })
}
