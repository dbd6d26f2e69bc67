package api

import (
	"context"
	"net/http"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/store"
)

// Plan is what is sold.
type Plan struct {
	ID              int64  `json:"id"`
	Version         int64  `json:"version" doc:"also the ETag"`
	Name            string `json:"name"`
	DownstreamMbps  *int   `json:"downstream_mbps" doc:"as sold, without overhead; null = unthrottled"`
	UpstreamMbps    *int   `json:"upstream_mbps" doc:"as sold, without overhead; null = unthrottled"`
	OverheadPercent int    `json:"overhead_percent" doc:"added on top for layer-2 overhead"`
	Description     string `json:"description"`
	InUse           int    `json:"in_use" doc:"subscribers that have it"`
}

// PlanCreate adds a plan.
type PlanCreate struct {
	Name            string    `json:"name" minLength:"1"`
	DownstreamMbps  Null[int] `json:"downstream_mbps,omitzero" doc:"null or absent = unthrottled"`
	UpstreamMbps    Null[int] `json:"upstream_mbps,omitzero" doc:"null or absent = unthrottled"`
	OverheadPercent *int      `json:"overhead_percent,omitempty" doc:"absent: 7"`
	Description     string    `json:"description,omitempty" maxLength:"127"`
}

// PlanPatch changes a plan; absent members stay.
type PlanPatch struct {
	Name            *string   `json:"name,omitempty" minLength:"1"`
	DownstreamMbps  Null[int] `json:"downstream_mbps,omitzero" doc:"null = unthrottled"`
	UpstreamMbps    Null[int] `json:"upstream_mbps,omitzero" doc:"null = unthrottled"`
	OverheadPercent *int      `json:"overhead_percent,omitempty"`
	Description     *string   `json:"description,omitempty" maxLength:"127"`
}

type planOutput struct {
	ETag string `header:"ETag"`
	Body Plan
}

type plansInput struct {
	ListParams
	Name           string `query:"name"`
	DownstreamMbps string `query:"downstream_mbps"`
	UpstreamMbps   string `query:"upstream_mbps"`
	Overhead       string `query:"overhead_percent"`
}

func (s *server) planRoutes() {
	const one = "/api/v1/plans/{id}"
	add(s, route{method: http.MethodGet, path: "/api/v1/plans", id: "list-plans", access: Viewer, tag: "plans", summary: "List plans"}, s.listPlans)
	add(s, route{method: http.MethodPost, path: "/api/v1/plans", id: "create-plan", access: Operator, tag: "plans", summary: "Add a plan", status: http.StatusCreated}, s.createPlan)
	add(s, route{method: http.MethodGet, path: one, id: "get-plan", access: Viewer, tag: "plans", summary: "Show a plan"}, s.getPlan)
	add(s, route{method: http.MethodPatch, path: one, id: "update-plan", access: Operator, tag: "plans", summary: "Change a plan",
		doc: "Every device with subscribers of the plan follows."}, s.updatePlan)
	add(s, route{method: http.MethodDelete, path: one, id: "delete-plan", access: Operator, tag: "plans", summary: "Remove a plan", doc: "Refused while subscribers have it."}, s.deletePlan)
}

func (s *server) listPlans(ctx context.Context, in *plansInput) (*listOutput[Plan], error) {
	p, err := s.store.Plans(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	return page(p, planOf), nil
}

func (s *server) getPlan(ctx context.Context, in *idInput) (*planOutput, error) {
	return s.showPlan(ctx, gam.PlanID(in.ID))
}

func (s *server) showPlan(ctx context.Context, id gam.PlanID) (*planOutput, error) {
	p, err := s.store.Plan(ctx, id)
	if err != nil {
		return nil, err
	}
	n, err := s.store.PlanInUse(ctx, id)
	if err != nil {
		return nil, err
	}
	return &planOutput{ETag: etag(p.Version), Body: planOf(store.Plan{Plan: p, InUse: n})}, nil
}

func (s *server) createPlan(ctx context.Context, in *struct{ Body PlanCreate }) (*planOutput, error) {
	b := in.Body
	p := gam.Plan{
		Name: b.Name, Description: b.Description, DownstreamMbps: b.DownstreamMbps.Value, UpstreamMbps: b.UpstreamMbps.Value,
		OverheadPercent: given(b.OverheadPercent, gam.DefaultOverheadPercent),
	}
	p, err := s.orders.CreatePlan(ctx, actor(ctx), p)
	if err != nil {
		return nil, err
	}
	return s.showPlan(ctx, p.ID)
}

func (s *server) updatePlan(ctx context.Context, in *struct {
	IDMatch
	Body PlanPatch
}) (*planOutput, error) {
	p, err := s.store.Plan(ctx, gam.PlanID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := in.check("plan "+p.Name, p.Version); err != nil {
		return nil, err
	}
	b := in.Body
	patch := order.PlanPatch{
		Version: in.version(p.Version), Name: b.Name, Description: b.Description, OverheadPercent: b.OverheadPercent,
	}
	if b.DownstreamMbps.Set {
		patch.DownstreamMbps = &b.DownstreamMbps.Value
	}
	if b.UpstreamMbps.Set {
		patch.UpstreamMbps = &b.UpstreamMbps.Value
	}
	if _, err := s.orders.UpdatePlan(ctx, actor(ctx), p.ID, patch); err != nil {
		return nil, err
	}
	return s.showPlan(ctx, p.ID)
}

func (s *server) deletePlan(ctx context.Context, in *IDMatch) (*none, error) {
	p, err := s.store.Plan(ctx, gam.PlanID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := in.check("plan "+p.Name, p.Version); err != nil {
		return nil, err
	}
	return nil, s.orders.DeletePlan(ctx, actor(ctx), p.ID)
}

func planOf(p store.Plan) Plan {
	return Plan{
		ID: int64(p.ID), Version: p.Version, Name: p.Name, Description: p.Description,
		DownstreamMbps: p.DownstreamMbps, UpstreamMbps: p.UpstreamMbps, OverheadPercent: p.OverheadPercent, InUse: p.InUse,
	}
}
