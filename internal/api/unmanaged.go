package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Unmanaged is one entry of a device that is not ours. It is never changed
// unless a person adopts it.
type Unmanaged struct {
	DeviceID    int64     `json:"device_id"`
	DeviceName  string    `json:"device_name"`
	Kind        string    `json:"kind" enum:"profile,endpoint,subscriber"`
	Key         string    `json:"key" doc:"names the entry when it is adopted"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	EndpointMAC *string   `json:"endpoint_mac"`
	Port        *int      `json:"port"`
	VLANID      *int      `json:"vlan_id"`
	ProfileName string    `json:"profile_name"`
	Adoptable   bool      `json:"adoptable" doc:"subscriber entries are adopted; their endpoint and profile come with them"`
	Entry       gam.Entry `json:"entry"`
}

// AdoptUnmanagedInput names entries of one device.
type AdoptUnmanagedInput struct {
	DeviceID int64 `json:"device_id" minimum:"1"`
	AdoptInput
}

type unmanagedInput struct {
	ListParams
	DeviceID string `query:"device_id"`
	Kind     string `query:"kind"`
}

func (s *server) unmanagedRoutes() {
	add(s, route{method: http.MethodGet, path: "/api/v1/unmanaged", id: "list-unmanaged", access: Viewer, tag: "unmanaged", summary: "List entries of devices that are not ours"}, s.listUnmanaged)
	add(s, route{method: http.MethodPost, path: "/api/v1/unmanaged/adopt", id: "adopt-unmanaged", access: Operator, tag: "unmanaged", summary: "Adopt entries of a device"}, s.adoptUnmanaged)
}

func (s *server) listUnmanaged(ctx context.Context, in *unmanagedInput) (*listOutput[Unmanaged], error) {
	q := listQuery(in)
	devices, err := s.devicesNamed(ctx, in.DeviceID)
	if err != nil {
		return nil, err
	}
	var rows []Unmanaged
	for _, d := range devices {
		found, err := s.unmanagedOn(ctx, d)
		if err != nil {
			return nil, err
		}
		for _, u := range found {
			if matchesAny(in.Kind, u.Kind) && containsFold(in.Q, u.Name, u.Description, u.Key) {
				rows = append(rows, u)
			}
		}
	}
	p, err := pageOf(rows, q)
	if err != nil {
		return nil, err
	}
	return page(p, func(u Unmanaged) Unmanaged { return u }), nil
}

// devicesNamed is the devices of a device_id filter, all of them without one.
func (s *server) devicesNamed(ctx context.Context, filter string) ([]gam.Device, error) {
	q := store.ListQuery{Limit: store.MaxLimit, Sort: "name", Where: map[string]string{}}
	if filter != "" {
		q.Where["id"] = filter
	}
	var out []gam.Device
	for {
		p, err := s.store.Devices(ctx, q)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Items...)
		if p.Next == "" {
			return out, nil
		}
		q.Cursor = p.Next
	}
}

func (s *server) unmanagedOn(ctx context.Context, d gam.Device) ([]Unmanaged, error) {
	c, _, err := s.store.Config(ctx, d.ID)
	if errors.Is(err, gam.ErrNotFound) {
		return nil, nil // not read yet
	}
	if err != nil {
		return nil, err
	}
	owned, err := s.store.OwnedOf(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	type key struct {
		kind gam.EntryKind
		key  string
	}
	ours := map[key]bool{}
	for _, o := range owned {
		ours[key{o.Kind, o.Key}] = true
	}
	var out []Unmanaged
	add := func(e gam.Entry, u Unmanaged) {
		if ours[key{e.Kind(), e.Key()}] {
			return
		}
		u.DeviceID, u.DeviceName = int64(d.ID), d.Name
		u.Kind, u.Key, u.Name, u.Entry = string(e.Kind()), e.Key(), e.Name(), e
		out = append(out, u)
	}
	for _, x := range c.Services {
		if x.EndpointMAC.IsZero() && x.EndpointName != "" {
			if ep, ok := c.EndpointNamed(x.EndpointName); ok {
				x.EndpointMAC = ep.MAC
			}
		}
		add(gam.Entry{Service: &x}, Unmanaged{
			Description: x.Description, EndpointMAC: orNull(x.EndpointMAC.String()), Port: orNull(x.Port),
			VLANID: orNull(x.VLAN), ProfileName: x.ProfileName, Adoptable: true,
		})
	}
	for _, x := range c.Endpoints {
		add(gam.Entry{Endpoint: &x}, Unmanaged{Description: x.Description, EndpointMAC: orNull(x.MAC.String()), Port: orNull(x.Port)})
	}
	for _, x := range c.Profiles {
		if x.ID == gam.DefaultProfileID {
			continue // the device's own, always there
		}
		add(gam.Entry{Profile: &x}, Unmanaged{Description: x.Description, ProfileName: x.Name})
	}
	return out, nil
}

func (s *server) adoptUnmanaged(ctx context.Context, in *struct{ Body AdoptUnmanagedInput }) (*listOutput[Adopted], error) {
	return s.adopt(ctx, gam.DeviceID(in.Body.DeviceID), in.Body.AdoptInput)
}
