package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Step is one write on a device: preview, journal and execution show the same.
type Step struct {
	Action       string     `json:"action" enum:"add,set,remove"`
	Kind         string     `json:"kind" enum:"profile,endpoint,subscriber,port" doc:"port stands in the journal only"`
	Name         string     `json:"name" doc:"of the entry on the device"`
	Summary      string     `json:"summary" doc:"the step in one line, for people"`
	Reason       string     `json:"reason"`
	SubscriberID *int64     `json:"subscriber_id" doc:"whose order it serves; null when it serves several"`
	Before       *gam.Entry `json:"before,omitempty" doc:"as observed; absent for add"`
	After        *gam.Entry `json:"after,omitempty" doc:"as wanted; absent for remove"`
}

// Change is one line of the journal.
type Change struct {
	ID         int64     `json:"id"`
	DeviceID   int64     `json:"device_id"`
	DeviceName string    `json:"device_name"`
	PassID     string    `json:"pass_id" doc:"groups the changes of one pass"`
	Actor      string    `json:"actor" doc:"who or what asked"`
	Result     string    `json:"result" enum:"started,applied,verified,failed"`
	Error      string    `json:"error"`
	At         time.Time `json:"at"`
	DurationMS int64     `json:"duration_ms"`
	Step
}

type changesInput struct {
	PageParams
	DeviceID string `query:"device_id"`
	ChangeFilters
}

// ChangeFilters is what both lists of changes filter by.
type ChangeFilters struct {
	SubscriberID string `query:"subscriber_id"`
	PassID       string `query:"pass_id"`
	Result       string `query:"result" doc:"started, applied, verified, failed"`
	Actor        string `query:"actor"`
	After        string `query:"at_after" doc:"RFC 3339"`
	Before       string `query:"at_before" doc:"RFC 3339"`
}

type deviceChangesInput struct {
	ID int64 `path:"id" minimum:"1"`
	PageParams
	ChangeFilters
}

func (s *server) changeRoutes() {
	add(s, route{method: http.MethodGet, path: "/api/v1/changes", id: "list-changes", access: Viewer, tag: "changes", summary: "List what was changed on devices, newest first"}, s.listChanges)
	add(s, route{method: http.MethodGet, path: "/api/v1/devices/{id}/changes", id: "list-device-changes", access: Viewer, tag: "devices", summary: "List what was changed on a device, newest first"}, s.listDeviceChanges)
}

func (s *server) listChanges(ctx context.Context, in *changesInput) (*listOutput[Change], error) {
	p, err := s.store.Changes(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	ids := make([]gam.DeviceID, len(p.Items))
	for i, c := range p.Items {
		ids[i] = c.DeviceID
	}
	n, err := s.lookup(ctx).onDevices(ids...)
	if err != nil {
		return nil, err
	}
	return page(p, n.showChange), nil
}

func (s *server) listDeviceChanges(ctx context.Context, in *deviceChangesInput) (*listOutput[Change], error) {
	if _, err := s.store.Device(ctx, gam.DeviceID(in.ID)); err != nil {
		return nil, err
	}
	return s.listChanges(ctx, &changesInput{
		PageParams: in.PageParams, DeviceID: strconv.FormatInt(in.ID, 10), ChangeFilters: in.ChangeFilters,
	})
}

func (n *names) showChange(c gam.Change) Change {
	out := Change{
		ID: c.ID, DeviceID: int64(c.DeviceID), DeviceName: n.device[c.DeviceID].Name, PassID: c.PassID, Actor: c.Actor,
		Result: string(c.Result), Error: c.Error, At: c.At.UTC(), DurationMS: c.DurationMS, Step: stepOf(c.Step),
	}
	out.SubscriberID = orNull(int64(c.SubscriberID))
	return out
}

func stepOf(s gam.Step) Step {
	e := s.Entry()
	return Step{
		Action: string(s.Action), Kind: string(e.Kind()), Name: e.Name(), Summary: s.String(), Reason: s.Reason,
		SubscriberID: orNull(int64(s.SubscriberID)), Before: s.Before, After: s.After,
	}
}

func stepsOf(steps []gam.Step) []Step {
	out := make([]Step, len(steps))
	for i, s := range steps {
		out[i] = stepOf(s)
	}
	return out
}
