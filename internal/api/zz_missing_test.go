package api

import (
	"context"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
)

type testOrders struct{ *order.Orders }

func (testOrders) AcceptDrift(ctx context.Context, actor string, id gam.DeviceID) error { return nil }
func (testOrders) Adopt(ctx context.Context, actor string, id gam.DeviceID, keys []string) (int, error) {
	return 0, nil
}
func (o testOrders) DraftCreate(ctx context.Context, s gam.Subscriber) (gam.Subscriber, error) {
	return s, nil
}
func (o testOrders) DraftUpdate(ctx context.Context, id gam.SubscriberID, p order.SubscriberPatch) (gam.Subscriber, error) {
	return o.UpdateSubscriber(ctx, "", id, p)
}
