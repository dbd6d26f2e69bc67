package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
)

// Device is one GAM.
type Device struct {
	ID       int64  `json:"id"`
	Version  int64  `json:"version" doc:"also the ETag"`
	Name     string `json:"name"`
	SiteID   *int64 `json:"site_id"`
	SiteName string `json:"site_name"`
	Address  string `json:"address"`
	Notes    string `json:"notes"`
	Mode     string `json:"mode" enum:"manage,confirm,watch"`

	Model             string `json:"model" doc:"empty until the device was read"`
	Medium            string `json:"medium" doc:"copper, coax, or empty"`
	SerialNumber      string `json:"serial_number"`
	MACAddress        string `json:"mac_address"`
	Firmware          string `json:"firmware"`
	FirmwareAlternate string `json:"firmware_alternate"`
	SubscriberModel   string `json:"subscriber_model" doc:"endpoint_aware, port_aware, or empty until the device was read"`
	Hostname          string `json:"hostname"`
	PortCount         int    `json:"port_count" doc:"G.hn ports"`
	UplinkCount       int    `json:"uplink_count" doc:"10G ports; 0 while the model is not known"`
	EndpointsPerPort  int    `json:"endpoints_per_port" doc:"1 on copper, 16 on coax; 0 while the model is not known"`

	Status       string     `json:"status" enum:"online,degraded,offline,unknown"`
	StatusReason string     `json:"status_reason"`
	LastSeenAt   *time.Time `json:"last_seen_at"`
	NextPollAt   *time.Time `json:"next_poll_at"`
	UptimeS      int64      `json:"uptime_s" doc:"seconds since the device's last start, as last read"`
	Sync         Sync       `json:"sync"`
	Unsaved      bool       `json:"unsaved" doc:"we wrote to the running configuration and have not yet seen it saved"`
	WorkWaiting  bool       `json:"work_waiting" doc:"something was ordered that no finished pass has read yet"`

	ActiveSubscribers int  `json:"active_subscribers"`
	HealthScore       *int `json:"health_score" doc:"0 to 100; null while nothing measures it"`

	AccessSummary AccessSummary `json:"access_summary"`
	CreatedAt     time.Time     `json:"created_at"`
}

// DeviceCreate adds a GAM.
type DeviceCreate struct {
	Name    string       `json:"name" minLength:"1" maxLength:"63" example:"Riverside 12, basement"`
	Address string       `json:"address,omitempty" maxLength:"255" doc:"host or host:port; may be left out when access.jsonrpc.url is given" example:"10.20.0.11"`
	SiteID  Null[int64]  `json:"site_id,omitzero"`
	Mode    string       `json:"mode,omitempty" enum:"manage,confirm,watch" default:"manage"`
	Notes   string       `json:"notes,omitempty" maxLength:"4000"`
	Access  *AccessInput `json:"access,omitempty"`
}

// DevicePatch changes a GAM's record; absent members stay.
type DevicePatch struct {
	Name    *string      `json:"name,omitempty" minLength:"1" maxLength:"63"`
	Address *string      `json:"address,omitempty" maxLength:"255" doc:"admin only: stored credentials are sent there"`
	SiteID  Null[int64]  `json:"site_id,omitzero"`
	Mode    *string      `json:"mode,omitempty" enum:"manage,confirm,watch"`
	Notes   *string      `json:"notes,omitempty" maxLength:"4000"`
	Access  *AccessInput `json:"access,omitempty" doc:"admin only"`
}

type deviceOutput struct {
	ETag string `header:"ETag"`
	Body Device
}

type devicesInput struct {
	ListParams
	SiteID          string `query:"site_id"`
	Status          string `query:"status" doc:"online, degraded, offline, unknown"`
	SyncState       string `query:"sync_state" doc:"in_sync, pending, drifted, failed, stuck"`
	Mode            string `query:"mode"`
	Model           string `query:"model"`
	Firmware        string `query:"firmware"`
	SerialNumber    string `query:"serial_number"`
	MACAddress      string `query:"mac_address"`
	SubscriberModel string `query:"subscriber_model"`
	Name            string `query:"name"`
	Medium          string `query:"medium" doc:"copper, coax"`
	PortCount       string `query:"port_count"`
	Unsaved         string `query:"unsaved" doc:"true or false"`
	SeenAfter       string `query:"last_seen_at_after" doc:"RFC 3339"`
	SeenBefore      string `query:"last_seen_at_before" doc:"RFC 3339"`
	Address         string `query:"address"`
}

func (s *server) deviceRoutes() {
	add(s, route{method: http.MethodGet, path: "/api/v1/devices", id: "list-devices", access: Viewer, tag: "devices", summary: "List devices"}, s.listDevices)
	add(s, route{method: http.MethodPost, path: "/api/v1/devices", id: "create-device", access: Operator, tag: "devices", summary: "Add a device",
		doc: "The device is read at once; watch `status` or the event stream.", status: http.StatusCreated}, s.createDevice)
	add(s, route{method: http.MethodGet, path: "/api/v1/devices/{id}", id: "get-device", access: Viewer, tag: "devices", summary: "Show a device"}, s.getDevice)
	add(s, route{method: http.MethodPatch, path: "/api/v1/devices/{id}", id: "update-device", access: Operator, tag: "devices", summary: "Change a device's record",
		doc: "`address` and `access` may be changed by an admin only."}, s.updateDevice)
	add(s, route{method: http.MethodDelete, path: "/api/v1/devices/{id}", id: "delete-device", access: Operator, tag: "devices", summary: "Forget a device",
		doc: "Refused while subscribers are on it. Nothing is changed on the device itself."}, s.deleteDevice)
}

func (s *server) listDevices(ctx context.Context, in *devicesInput) (*listOutput[Device], error) {
	p, err := s.store.Devices(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	l, err := s.lookup(ctx).devices(p.Items...)
	if err != nil {
		return nil, err
	}
	return page(p, l.showDevice), nil
}

func (s *server) getDevice(ctx context.Context, in *idInput) (*deviceOutput, error) {
	d, err := s.store.Device(ctx, gam.DeviceID(in.ID))
	if err != nil {
		return nil, err
	}
	return s.showDevice(ctx, d)
}

func (s *server) showDevice(ctx context.Context, d gam.Device) (*deviceOutput, error) {
	l, err := s.lookup(ctx).devices(d)
	if err != nil {
		return nil, err
	}
	return &deviceOutput{ETag: etag(d.Version), Body: l.showDevice(d)}, nil
}

func (s *server) createDevice(ctx context.Context, in *struct{ Body DeviceCreate }) (*deviceOutput, error) {
	d := gam.Device{
		Name: in.Body.Name, Address: in.Body.Address, Notes: in.Body.Notes,
		SiteID: gam.SiteID(in.Body.SiteID.or(0)), Mode: gam.Mode(in.Body.Mode),
		Access: gam.Access{ProvisionVia: gam.ViaAuto, MonitorVia: gam.ViaAuto},
	}
	if d.Mode == "" {
		d.Mode = gam.ModeManage
	}
	if in.Body.Access != nil {
		a, err := in.Body.Access.merge(d.Access)
		if err != nil {
			return nil, err
		}
		d.Access = a
	}
	if d.Address == "" {
		d.Address = hostOf(d.Access.JSONRPC.URL)
	}
	if d.Address == "" {
		return nil, invalid("address", "required", "give the device's address, or access.jsonrpc.url")
	}
	d, err := s.orders.AddDevice(ctx, actor(ctx), d)
	if err != nil {
		return nil, err
	}
	return s.showDevice(ctx, d)
}

func (s *server) updateDevice(ctx context.Context, in *struct {
	IDMatch
	Body DevicePatch
}) (*deviceOutput, error) {
	d, err := s.store.Device(ctx, gam.DeviceID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := in.check("device "+d.Name, d.Version); err != nil {
		return nil, err
	}
	b := in.Body
	if (b.Access != nil || b.Address != nil && *b.Address != d.Address) && !allowed(ctx, Admin) {
		return nil, problem(http.StatusForbidden, "forbidden", "address and access of a device are changed by an admin, because stored credentials are sent there")
	}
	patch := order.DevicePatch{Version: in.version(d.Version), Name: b.Name, Address: b.Address, Notes: b.Notes}
	if b.SiteID.Set {
		site := gam.SiteID(b.SiteID.or(0))
		patch.SiteID = &site
	}
	if b.Mode != nil {
		mode := gam.Mode(*b.Mode)
		patch.Mode = &mode
	}
	if b.Access != nil {
		access, err := b.Access.merge(d.Access)
		if err != nil {
			return nil, err
		}
		patch.Access = &access
	}
	if d, err = s.orders.UpdateDevice(ctx, actor(ctx), d.ID, patch); err != nil {
		return nil, err
	}
	return s.showDevice(ctx, d)
}

func (s *server) deleteDevice(ctx context.Context, in *IDMatch) (*none, error) {
	d, err := s.store.Device(ctx, gam.DeviceID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := in.check("device "+d.Name, d.Version); err != nil {
		return nil, err
	}
	return nil, s.orders.DeleteDevice(ctx, actor(ctx), d.ID)
}
