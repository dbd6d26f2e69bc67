package order

import (
	"context"

	"github.com/opengam/opengam/internal/store"
)

// Made is what an operation has brought into being.
type Made struct {
	Kind string // "subscriber", "plan", "device"
	ID   int64
}

type receiptKey struct{}

// WithReceipt has fn write down, in the transaction of the order itself, what
// was made: a client whose answer is lost with a killed process finds its
// order by it instead of ordering twice.
func WithReceipt(ctx context.Context, fn func(ctx context.Context, tx *store.Tx, made Made) error) context.Context {
	return context.WithValue(ctx, receiptKey{}, fn)
}

// receipt calls the function of WithReceipt when something was made.
func (w *order) receipt(ctx context.Context) error {
	fn, ok := ctx.Value(receiptKey{}).(func(context.Context, *store.Tx, Made) error)
	if !ok || w.made == (Made{}) {
		return nil
	}
	return fn(ctx, w.Tx, w.made)
}
