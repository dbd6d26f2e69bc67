package api

import (
	"context"
	"net/http"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
)

// MoveInput says where a service goes. Absent members stay; with a new
// endpoint alone, device and port follow it.
type MoveInput struct {
	DeviceID    *int64    `json:"device_id,omitempty" minimum:"1"`
	Port        Null[int] `json:"port,omitzero" doc:"G.hn port; null: wherever the endpoint is"`
	EndpointMAC *string   `json:"endpoint_mac,omitempty"`
}

// ReplaceEndpointInput names the endpoint that takes over.
type ReplaceEndpointInput struct {
	EndpointMAC string `json:"endpoint_mac" doc:"of the new endpoint, in any spelling"`
}

func (s *server) subscriberActionRoutes() {
	const one = "/api/v1/subscribers/{id}"
	add(s, route{method: http.MethodPost, path: one + "/suspend", id: "suspend-subscriber", access: Operator, tag: "subscribers", summary: "Suspend a service", doc: "What that means on the device is a setting."}, s.suspend)
	add(s, route{method: http.MethodPost, path: one + "/resume", id: "resume-subscriber", access: Operator, tag: "subscribers", summary: "Resume a suspended service"}, s.resume)
	add(s, route{method: http.MethodPost, path: one + "/end", id: "end-subscriber", access: Operator, tag: "subscribers", summary: "End a service", doc: "It is taken off the device; the record stays."}, s.end)
	add(s, route{method: http.MethodPost, path: one + "/move", id: "move-subscriber", access: Technician, tag: "subscribers", summary: "Move a service to another port, device or endpoint"}, s.move)
	add(s, route{method: http.MethodPost, path: one + "/replace-endpoint", id: "replace-endpoint", access: Technician, tag: "subscribers", summary: "Put another endpoint in the place of a subscriber's"}, s.replaceEndpoint)
	add(s, route{method: http.MethodPost, path: one + "/swap", id: "swap-subscribers", access: Technician, tag: "subscribers", summary: "Exchange the endpoints of two subscribers", doc: "For two that were plugged in the wrong way round."}, s.swap)
}

// SwapInput names the other subscriber.
type SwapInput struct {
	With int64 `json:"with" minimum:"1" doc:"the subscriber to exchange endpoints with"`
}

type swapOutput struct{ Body List[Subscriber] }

func (s *server) suspend(ctx context.Context, in *IDMatch) (*subscriberOutput, error) {
	return s.order(ctx, *in, s.orders.Suspend)
}

func (s *server) resume(ctx context.Context, in *IDMatch) (*subscriberOutput, error) {
	return s.order(ctx, *in, s.orders.Resume)
}

func (s *server) end(ctx context.Context, in *IDMatch) (*subscriberOutput, error) {
	return s.order(ctx, *in, s.orders.End)
}

func (s *server) order(ctx context.Context, in IDMatch, do func(context.Context, string, gam.SubscriberID) (gam.Subscriber, error)) (*subscriberOutput, error) {
	sub, err := s.matching(ctx, in)
	if err != nil {
		return nil, err
	}
	if sub, err = do(ctx, actor(ctx), sub.ID); err != nil {
		return nil, err
	}
	return s.showSubscriber(ctx, sub)
}

func (s *server) move(ctx context.Context, in *struct {
	IDMatch
	Body MoveInput
}) (*subscriberOutput, error) {
	sub, err := s.matching(ctx, in.IDMatch)
	if err != nil {
		return nil, err
	}
	to := order.Place{Version: in.version(sub.Version)}
	if in.Body.DeviceID != nil {
		id := gam.DeviceID(*in.Body.DeviceID)
		to.DeviceID = &id
	}
	if in.Body.Port.Set {
		port := in.Body.Port.or(0)
		to.Port = &port
	}
	if in.Body.EndpointMAC != nil {
		mac, err := parseEndpointMAC(*in.Body.EndpointMAC)
		if err != nil {
			return nil, err
		}
		to.EndpointMAC = &mac
	}
	if sub, err = s.orders.Move(ctx, actor(ctx), sub.ID, to); err != nil {
		return nil, err
	}
	return s.showSubscriber(ctx, sub)
}

func (s *server) replaceEndpoint(ctx context.Context, in *struct {
	IDMatch
	Body ReplaceEndpointInput
}) (*subscriberOutput, error) {
	sub, err := s.matching(ctx, in.IDMatch)
	if err != nil {
		return nil, err
	}
	mac, err := parseEndpointMAC(in.Body.EndpointMAC)
	if err != nil {
		return nil, err
	}
	if sub, err = s.orders.ReplaceEndpoint(ctx, actor(ctx), sub.ID, mac); err != nil {
		return nil, err
	}
	return s.showSubscriber(ctx, sub)
}

func (s *server) swap(ctx context.Context, in *struct {
	IDMatch
	Body SwapInput
}) (*swapOutput, error) {
	sub, err := s.matching(ctx, in.IDMatch)
	if err != nil {
		return nil, err
	}
	a, b, err := s.orders.Swap(ctx, actor(ctx), sub.ID, gam.SubscriberID(in.Body.With))
	if err != nil {
		return nil, err
	}
	n, err := s.lookup(ctx).subscribers(a, b)
	if err != nil {
		return nil, err
	}
	return &swapOutput{all([]gam.Subscriber{a, b}, n.showSubscriber).Body}, nil
}

func parseEndpointMAC(text string) (gam.MAC, error) {
	mac, err := gam.ParseMAC(text)
	if err != nil || mac.IsZero() {
		return mac, invalid("endpoint_mac", "mac", macRule)
	}
	return mac, nil
}
