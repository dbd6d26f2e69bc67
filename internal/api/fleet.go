package api

import (
	"context"
	"net/http"

	"github.com/opengam/opengam/internal/store"
)

// Hit is one answer of a search.
type Hit struct {
	Kind     string `json:"kind" doc:"device, subscriber, endpoint, plan, site"`
	ID       string `json:"id" doc:"the thing's id; an endpoint's MAC address"`
	Title    string `json:"title"`
	Detail   string `json:"detail"`
	DeviceID *int64 `json:"device_id"`
}

type searchInput struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"MAC in any spelling or its last digits, name, VLAN, serial number, address, customer id"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type summaryOutput struct{ Body store.Summary }

func (s *server) fleetRoutes() {
	add(s, route{method: http.MethodGet, path: "/api/v1/search", id: "search", access: Viewer, tag: "fleet", summary: "Find anything"}, s.search)
	add(s, route{method: http.MethodGet, path: "/api/v1/fleet/summary", id: "fleet-summary", access: Viewer, tag: "fleet", summary: "The dashboard's figures"}, s.fleetSummary)
}

func (s *server) search(ctx context.Context, in *searchInput) (*listOutput[Hit], error) {
	hits, err := s.store.Search(ctx, in.Q, in.Limit)
	if err != nil {
		return nil, err
	}
	return all(hits, func(h store.Hit) Hit {
		return Hit{Kind: h.Kind, ID: h.ID, Title: h.Title, Detail: h.Detail, DeviceID: orNull(int64(h.DeviceID))}
	}), nil
}

func (s *server) fleetSummary(ctx context.Context, _ *none) (*summaryOutput, error) {
	sum, err := s.store.FleetSummary(ctx)
	if err != nil {
		return nil, err
	}
	return &summaryOutput{sum}, nil
}
