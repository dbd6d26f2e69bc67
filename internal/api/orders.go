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
	Apply(ctx context.Context, actor string, id gam.DeviceID) error
	ApprovePlan(ctx context.Context, actor string, id gam.DeviceID, fingerprint string) error
	AcceptDrift(ctx context.Context, actor string, id gam.DeviceID) error
	Adopt(ctx context.Context, actor string, id gam.DeviceID, keys []string) (int, error)

	CreatePlan(ctx context.Context, actor string, p gam.Plan) (gam.Plan, error)
	UpdatePlan(ctx context.Context, actor string, id gam.PlanID, p order.PlanPatch) (gam.Plan, error)
	DeletePlan(ctx context.Context, actor string, id gam.PlanID) error

	Draft(ctx context.Context, s gam.Subscriber) (gam.Subscriber, error)
	CreateSubscriber(ctx context.Context, actor string, s gam.Subscriber) (gam.Subscriber, error)
	UpdateSubscriber(ctx context.Context, actor string, id gam.SubscriberID, p order.SubscriberPatch) (gam.Subscriber, error)
	Suspend(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error)
	Resume(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error)
	End(ctx context.Context, actor string, id gam.SubscriberID) (gam.Subscriber, error)
	Move(ctx context.Context, actor string, id gam.SubscriberID, to order.Place) (gam.Subscriber, error)
	ReplaceEndpoint(ctx context.Context, actor string, id gam.SubscriberID, mac gam.MAC) (gam.Subscriber, error)
}
