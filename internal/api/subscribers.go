package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Subscriber is one ordered service.
type Subscriber struct {
	ID             int64           `json:"id"`
	Version        int64           `json:"version" doc:"also the ETag"`
	Name           string          `json:"name"`
	Description    string          `json:"description"`
	DeviceID       *int64          `json:"device_id"`
	GAMName        string          `json:"gam_name" doc:"name of the device it is on"`
	SiteID         *int64          `json:"site_id"`
	SiteName       string          `json:"site_name"`
	Port           *int            `json:"port" doc:"G.hn port; null: wherever the endpoint is"`
	EndpointMAC    *string         `json:"endpoint_mac"`
	PlanID         *int64          `json:"plan_id"`
	PlanName       string          `json:"plan_name"`
	VLANID         *int            `json:"vlan_id" doc:"null before one was allocated"`
	VLANAllocated  bool            `json:"vlan_allocated" doc:"OpenGAM chose it"`
	Tagging        string          `json:"tagging" enum:"untagged,tagged"`
	RemappedVLANID *int            `json:"remapped_vlan_id"`
	Port2VLANID    *int            `json:"port2_vlan_id"`
	AllowedVLANs   []int           `json:"allowed_vlans" nullable:"false"`
	Trunk          bool            `json:"trunk"`
	DoubleTag      Null[DoubleTag] `json:"double_tag"`
	PoE            bool            `json:"poe"`
	Status         string          `json:"status" enum:"pending,active,suspended,ended"`
	Sync           Sync            `json:"sync"`
	DeviceName     string          `json:"device_name" doc:"the name it bears on the GAM"`
	External       []ExternalID    `json:"external" nullable:"false"`
	Notes          string          `json:"notes"`
	CreatedAt      time.Time       `json:"created_at"`
	UpdatedAt      time.Time       `json:"updated_at"`
}

// DoubleTag is an outer tag (S-VLAN) at the uplink.
type DoubleTag struct {
	OuterVLANID int     `json:"outer_vlan_id"`
	NNI         *string `json:"nni" required:"false" doc:"uplink; null: the device's default" example:"10G 1/1"`
}

// ExternalID ties a subscriber to a record of a billing system.
type ExternalID struct {
	SystemID   int64  `json:"system_id"`
	CustomerID string `json:"customer_id" maxLength:"127"`
	ServiceID  string `json:"service_id,omitempty" maxLength:"127"`
	URL        string `json:"url,omitempty" maxLength:"500"`
}

// SubscriberFields is what an order may say. Absent members stay as they are,
// or take their default when the subscriber is new.
type SubscriberFields struct {
	Description    *string         `json:"description,omitempty" doc:"unit, floor"`
	DeviceID       Null[int64]     `json:"device_id,omitzero" doc:"absent on creation: where the endpoint was seen"`
	Port           Null[int]       `json:"port,omitzero" doc:"G.hn port; null: wherever the endpoint is"`
	EndpointMAC    Null[string]    `json:"endpoint_mac,omitzero" doc:"in any spelling; null: none yet"`
	PlanID         Null[int64]     `json:"plan_id,omitzero"`
	VLANID         Null[int]       `json:"vlan_id,omitzero" doc:"null or absent on creation: allocate"`
	Tagging        *string         `json:"tagging,omitempty" enum:"untagged,tagged"`
	RemappedVLANID Null[int]       `json:"remapped_vlan_id,omitzero"`
	Port2VLANID    Null[int]       `json:"port2_vlan_id,omitzero"`
	AllowedVLANs   Null[[]int]     `json:"allowed_vlans,omitzero"`
	Trunk          *bool           `json:"trunk,omitempty"`
	DoubleTag      Null[DoubleTag] `json:"double_tag,omitzero"`
	PoE            *bool           `json:"poe,omitempty"`
	DeviceName     Null[string]    `json:"device_name,omitzero" doc:"the name on the GAM; null: made from the template of the settings"`
	External       *[]ExternalID   `json:"external,omitempty" maxItems:"20"`
	Notes          *string         `json:"notes,omitempty" maxLength:"4000"`
}

// SubscriberCreate orders a service.
type SubscriberCreate struct {
	Name   string `json:"name" minLength:"1" doc:"as people know the customer"`
	Status string `json:"status,omitempty" enum:"pending,active,suspended" doc:"only suspended is taken as given; else it is active when it can be served, pending when not"`
	SubscriberFields
}

// SubscriberPatch changes an order.
type SubscriberPatch struct {
	Name *string `json:"name,omitempty" minLength:"1"`
	SubscriberFields
}

type subscriberOutput struct {
	ETag string `header:"ETag"`
	Body Subscriber
}

type subscribersInput struct {
	ListParams
	SubscriberFilters
}

// SubscriberFilters narrow the list and the export alike.
type SubscriberFilters struct {
	DeviceID    string `query:"device_id"`
	SiteID      string `query:"site_id"`
	Port        string `query:"port"`
	EndpointMAC string `query:"endpoint_mac"`
	PlanID      string `query:"plan_id"`
	VLANID      string `query:"vlan_id"`
	Status      string `query:"status" doc:"pending, active, suspended, ended"`
	SyncState   string `query:"sync_state" doc:"in_sync, pending, drifted, failed, stuck"`
	DeviceName  string `query:"device_name"`
	Name        string `query:"name"`
	Tagging     string `query:"tagging"`
	After       string `query:"created_at_after" doc:"RFC 3339"`
	Before      string `query:"created_at_before" doc:"RFC 3339"`
}

func (s *server) subscriberRoutes() {
	const list, one = "/api/v1/subscribers", "/api/v1/subscribers/{id}"
	add(s, route{method: http.MethodGet, path: list, id: "list-subscribers", access: Viewer, tag: "subscribers", summary: "List subscribers"}, s.listSubscribers)
	add(s, route{method: http.MethodPost, path: list, id: "create-subscriber", access: Operator, tag: "subscribers", summary: "Order a service", status: http.StatusCreated}, s.createSubscriber)
	add(s, route{method: http.MethodGet, path: one, id: "get-subscriber", access: Viewer, tag: "subscribers", summary: "Show a subscriber"}, s.getSubscriber)
	add(s, route{method: http.MethodPatch, path: one, id: "update-subscriber", access: Operator, tag: "subscribers", summary: "Change an order"}, s.updateSubscriber)
	add(s, route{method: http.MethodDelete, path: one, id: "delete-subscriber", access: Operator, tag: "subscribers", summary: "End a service",
		doc: "The same as POST end: the record stays, with status ended."}, s.deleteSubscriber)
}

func (s *server) listSubscribers(ctx context.Context, in *subscribersInput) (*listOutput[Subscriber], error) {
	p, err := s.store.Subscribers(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	l, err := s.lookup(ctx).subscribers(p.Items...)
	if err != nil {
		return nil, err
	}
	return page(p, l.showSubscriber), nil
}

func (s *server) getSubscriber(ctx context.Context, in *idInput) (*subscriberOutput, error) {
	sub, err := s.store.Subscriber(ctx, gam.SubscriberID(in.ID))
	if err != nil {
		return nil, err
	}
	return s.showSubscriber(ctx, sub)
}

func (s *server) showSubscriber(ctx context.Context, sub gam.Subscriber) (*subscriberOutput, error) {
	l, err := s.lookup(ctx).subscribers(sub)
	if err != nil {
		return nil, err
	}
	return &subscriberOutput{ETag: etag(sub.Version), Body: l.showSubscriber(sub)}, nil
}

func (s *server) createSubscriber(ctx context.Context, in *struct{ Body SubscriberCreate }) (*subscriberOutput, error) {
	patch, err := in.Body.SubscriberFields.patch()
	if err != nil {
		return nil, err
	}
	sub, err := s.orders.CreateSubscriber(ctx, actor(ctx), put(patch, gam.Subscriber{Name: in.Body.Name, Tagging: gam.Untagged, Status: gam.SubscriberStatus(in.Body.Status)}))
	if err != nil {
		return nil, err
	}
	return s.showSubscriber(ctx, sub)
}

func (s *server) updateSubscriber(ctx context.Context, in *struct {
	IDMatch
	Body SubscriberPatch
}) (*subscriberOutput, error) {
	sub, err := s.matching(ctx, in.IDMatch)
	if err != nil {
		return nil, err
	}
	patch, err := in.Body.SubscriberFields.patch()
	if err != nil {
		return nil, err
	}
	patch.Name, patch.Version = in.Body.Name, in.version(sub.Version)
	if sub, err = s.orders.UpdateSubscriber(ctx, actor(ctx), sub.ID, patch); err != nil {
		return nil, err
	}
	return s.showSubscriber(ctx, sub)
}

func (s *server) deleteSubscriber(ctx context.Context, in *IDMatch) (*none, error) {
	sub, err := s.matching(ctx, *in)
	if err != nil {
		return nil, err
	}
	_, err = s.orders.End(ctx, actor(ctx), sub.ID)
	return nil, err
}

// matching reads a subscriber and refuses a stale write of it.
func (s *server) matching(ctx context.Context, in IDMatch) (gam.Subscriber, error) {
	sub, err := s.store.Subscriber(ctx, gam.SubscriberID(in.ID))
	if err != nil {
		return sub, err
	}
	return sub, in.check("subscriber "+sub.Name, sub.Version)
}
