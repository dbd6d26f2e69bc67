package order

import (
	"context"
	"errors"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// A receipt is written in the order's own transaction: both stand, or neither.
func TestReceipt(t *testing.T) {
	each(t, func(b *bundle) {
		t, st := b.t, b.store
		var got Made
		ctx := WithReceipt(t.Context(), func(ctx context.Context, tx *store.Tx, made Made) error {
			got = made
			return tx.SetMeta(ctx, "receipt", "written")
		})
		plan, err := b.orders.CreatePlan(ctx, "anna", gam.Plan{Name: "Gold"})
		if err != nil {
			t.Fatal(err)
		}
		if want := (Made{Kind: "plan", ID: int64(plan.ID)}); got != want {
			t.Errorf("receipt of %+v, want %+v", got, want)
		}
		if v, err := st.Meta(t.Context(), "receipt"); err != nil || v != "written" {
			t.Errorf("receipt not kept: %q, %v", v, err)
		}
		torn := errors.New("torn")
		ctx = WithReceipt(t.Context(), func(context.Context, *store.Tx, Made) error { return torn })
		if _, err := b.orders.CreatePlan(ctx, "anna", gam.Plan{Name: "Silver"}); !errors.Is(err, torn) {
			t.Errorf("an order without its receipt: %v", err)
		}
		plans, err := st.AllPlans(t.Context())
		if err != nil || len(plans) != 1 {
			t.Errorf("plans after a torn receipt: %v, %v", plans, err)
		}
	})
}
