package api

import (
	"context"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
)

// Orders is the one way in which what is wanted changes.
type Orders interface {
	AddDevice(ctx context.Context, actor string, d gam.Device) (gam.Device, error)
	UpdateDevice(ctx context.Context, actor string, id gam.DeviceID, p order.DevicePatch) (gam.Device, error)
	DeleteDevice(ctx context.Context, actor string, id gam.DeviceID) error
	Read(ctx context.Context, actor string, id gam.DeviceID) (gam.Device, error)
	Apply(ctx context.Context, actor string, id gam.DeviceID) (gam.Device, error)
	ApprovePlan(ctx context.Context, actor string, id gam.DeviceID, fingerprint string) (gam.Device, error)
	AcceptDrift(ctx context.Context, actor string, id gam.DeviceID) error
	Adopt(ctx context.Context, actor string, id gam.DeviceID, keys []string) (int, error)

	CreatePlan(ctx context.Context, actor string, p gam.Plan) (gam.Plan, error)
	UpdatePlan(ctx context.Context, actor string, id gam.PlanID, p order.PlanPatch) (gam.Plan, error)
	DeletePlan(ctx context.Context, actor string, id gam.PlanID) error

	UpdateSettings(ctx context.Context, actor string, in gam.Settings, version int64) (gam.Settings, int64, error)

	// DraftCreate and DraftUpdate are the orders of the same names, checked and
	// completed, but not placed.
	DraftCreate(ctx context.Context, s gam.Subscriber) (gam.Subscriber, error)
	DraftUpdate(ctx context.Context, id gam.SubscriberID, p order.SubscriberPatch) (gam.Subscriber, error)
	CreateSubscriber(ctx context.Context, actor string, s gam.Subscriber) (gam.Subscriber, error)
	UpdateSubscriber(ctx context.Context, actor string, id gam.SubscriberID, p order.SubscriberPatch) (gam.Subscriber, error)
	Suspend(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error)
	Resume(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error)
	End(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error)
	Move(ctx context.Context, actor string, id gam.SubscriberID, to order.Place) (gam.Subscriber, error)
	Swap(ctx context.Context, actor string, a, b gam.SubscriberID) (first, second gam.Subscriber, err error)
	ReplaceEndpoint(ctx context.Context, actor string, id gam.SubscriberID, mac gam.MAC) (gam.Subscriber, error)
}
