package api

import (
	"context"
	"net/http"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/reconcile"
)

// Engine compares wanted rows with the configuration of a device and changes
// neither.
type Engine interface {
	// Preview is the plan for one device with orders put in the place of, or
	// beside, the stored ones of the same id; without orders it is the plan
	// that the next pass would find.
	Preview(ctx context.Context, id gam.DeviceID, orders ...gam.Subscriber) (reconcile.Plan, error)
	// PreviewFresh is Preview on the configuration that the device tells now.
	PreviewFresh(ctx context.Context, id gam.DeviceID, orders ...gam.Subscriber) (reconcile.Plan, error)
}

// DevicePlan is the difference between wanted and observed of one device.
type DevicePlan struct {
	Fingerprint       string        `json:"fingerprint" doc:"approve the plan with it; empty when nothing is to be done"`
	Steps             []Step        `json:"steps" nullable:"false" doc:"in the order in which they are carried out"`
	Problems          []PlanProblem `json:"problems" nullable:"false" doc:"orders that cannot be served; the others proceed"`
	Drift             []Drift       `json:"drift" nullable:"false" doc:"entries of ours that somebody else changed"`
	Waiting           bool          `json:"waiting" doc:"the steps wait for approval, or are only shown"`
	UnmanagedCount    int           `json:"unmanaged_count" doc:"entries of the device that are not ours"`
	CustomersAffected int           `json:"customers_affected" doc:"subscribers whose service the steps touch"`
}

// PlanProblem is one order that cannot be served.
type PlanProblem struct {
	SubscriberID *int64 `json:"subscriber_id"`
	Code         string `json:"code"`
	Message      string `json:"message"`
	Remedy       string `json:"remedy"`
}

// Drift is one entry of ours that somebody else changed or removed.
type Drift struct {
	Kind         string     `json:"kind" enum:"profile,endpoint,subscriber"`
	Key          string     `json:"key"`
	SubscriberID *int64     `json:"subscriber_id"`
	What         string     `json:"what" doc:"the members that differ, for people"`
	Written      gam.Entry  `json:"written" doc:"as we left it"`
	Found        *gam.Entry `json:"found,omitempty" doc:"as it stands; absent when it is gone"`
	Repaired     bool       `json:"repaired" doc:"the plan's steps repair it"`
}

type devicePlanOutput struct{ Body DevicePlan }

func (s *server) devicePlanRoutes() {
	add(s, route{method: http.MethodGet, path: "/api/v1/devices/{id}/plan", id: "get-device-plan", access: Viewer, tag: "devices", summary: "Show the steps that would make a device as wanted",
		doc: "Compared with the configuration as last read, or with ?fresh=true as the device tells it now.", timeout: liveTimeout}, s.getDevicePlan)
	add(s, route{method: http.MethodPost, path: "/api/v1/subscribers/preview", id: "preview-subscriber", access: Technician, tag: "subscribers", summary: "Show the steps of an order without placing it", noReplay: true}, s.previewSubscriber)
}

func (s *server) getDevicePlan(ctx context.Context, in *struct {
	ID    int64 `path:"id" minimum:"1"`
	Fresh bool  `query:"fresh" doc:"read the device's configuration first"`
}) (*devicePlanOutput, error) {
	d, err := s.store.Device(ctx, gam.DeviceID(in.ID))
	if err != nil {
		return nil, err
	}
	preview := s.engine.Preview
	if in.Fresh {
		preview = s.engine.PreviewFresh
	}
	p, err := preview(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	return &devicePlanOutput{planView(p)}, nil
}

// PreviewInput is an order that is not placed.
type PreviewInput struct {
	SubscriberID int64   `json:"subscriber_id,omitempty" minimum:"1" doc:"the order that would change; absent: a new one"`
	Name         *string `json:"name,omitempty" minLength:"1"`
	SubscriberFields
}

// Preview is what an order would do.
type Preview struct {
	Subscriber Subscriber `json:"subscriber" doc:"as the order would stand, with its allocated VLAN and name"`
	Plan       DevicePlan `json:"plan" doc:"of the device where it would be; a device it leaves has a plan of its own"`
}

type previewOutput struct{ Body Preview }

func (s *server) previewSubscriber(ctx context.Context, in *struct{ Body PreviewInput }) (*previewOutput, error) {
	patch, err := in.Body.SubscriberFields.patch()
	if err != nil {
		return nil, err
	}
	patch.Name = in.Body.Name
	var sub gam.Subscriber
	if in.Body.SubscriberID != 0 {
		sub, err = s.orders.DraftUpdate(ctx, gam.SubscriberID(in.Body.SubscriberID), patch)
	} else {
		sub, err = s.orders.DraftCreate(ctx, put(patch, gam.Subscriber{Tagging: gam.Untagged}))
	}
	if err != nil {
		return nil, err
	}
	out := &previewOutput{Body: Preview{Plan: planView(reconcile.Plan{})}}
	n, err := s.lookup(ctx).subscribers(sub)
	if err != nil {
		return nil, err
	}
	out.Body.Subscriber = n.showSubscriber(sub)
	if sub.DeviceID == 0 {
		return out, nil
	}
	p, err := s.engine.Preview(ctx, sub.DeviceID, sub)
	if err != nil {
		return nil, err
	}
	out.Body.Plan = planView(p)
	return out, nil
}

func planView(p reconcile.Plan) DevicePlan {
	out := DevicePlan{
		Fingerprint: p.Fingerprint(), Steps: stepsOf(p.Steps), Problems: []PlanProblem{}, Drift: []Drift{},
		Waiting: p.Waiting, UnmanagedCount: len(p.Unmanaged), CustomersAffected: p.CustomersAffected(),
	}
	for _, q := range p.Problems {
		out.Problems = append(out.Problems, PlanProblem{orNull(int64(q.SubscriberID)), q.Code, q.Message, q.Remedy})
	}
	for _, d := range p.Drift {
		out.Drift = append(out.Drift, Drift{
			Kind: string(d.Kind), Key: d.Key, SubscriberID: orNull(int64(d.SubscriberID)), What: d.What,
			Written: d.Written, Found: d.Found, Repaired: d.Repaired,
		})
	}
	return out
}
