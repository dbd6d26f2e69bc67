package roster

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Export is a list that is ready to be written.
type Export struct {
	store *store.Store
	names names
	query store.ListQuery
	first store.Page[gam.Subscriber]
}

// NewExport asks for the subscribers of a list, whose paging is left aside.
// What is wrong with the query is told now, before anything is written.
func NewExport(ctx context.Context, st *store.Store, lq store.ListQuery) (*Export, error) {
	lq.Limit, lq.Cursor = store.MaxLimit, ""
	first, err := st.Subscribers(ctx, lq)
	if err != nil {
		return nil, err
	}
	n, err := readNames(ctx, st)
	return &Export{st, n, lq, first}, err
}

// Write writes the list page by page, so that its length does not matter. flush
// is called after each page. bom puts a byte order mark in front, which old
// spreadsheets need to see UTF-8.
func (e *Export) Write(ctx context.Context, to io.Writer, bom bool, flush func()) error {
	if bom {
		if _, err := io.WriteString(to, "\ufeff"); err != nil {
			return fmt.Errorf("write subscribers: %w", err)
		}
	}
	w := csv.NewWriter(to)
	_ = w.Write(Columns) // Error tells
	for page := e.first; ; {
		for _, s := range page.Items {
			_ = w.Write(e.names.show(s))
		}
		w.Flush()
		if err := w.Error(); err != nil {
			return fmt.Errorf("write subscribers: %w", err)
		}
		flush()
		if page.Next == "" {
			return nil
		}
		lq := e.query
		lq.Cursor = page.Next
		var err error
		if page, err = e.store.Subscribers(ctx, lq); err != nil {
			return err
		}
	}
}
