package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Port is one port of a device as last read.
type Port struct {
	Number        int        `json:"number"`
	Name          string     `json:"name"`
	Interface     string     `json:"interface" doc:"its name on the device" example:"G.hn 1/4"`
	Kind          string     `json:"kind" enum:"ghn,uplink,mgmt"`
	PortType      string     `json:"port_type" doc:"MIMO, SISO, COAX; empty for other kinds"`
	AdminUp       *bool      `json:"admin_up" doc:"null where the firmware does not tell"`
	OperUp        bool       `json:"oper_up"`
	FullDuplex    bool       `json:"full_duplex"`
	SpeedMbps     int        `json:"speed_mbps"`
	SNRdB         *float64   `json:"snr_db" doc:"null where nothing measured it"`
	SFP           string     `json:"sfp" doc:"vendor and part number, uplinks only"`
	EndpointCount int        `json:"endpoint_count"`
	Available     int        `json:"available" doc:"endpoints that the port can still take; 0 for other kinds"`
	SeenAt        *time.Time `json:"seen_at"`
}

type portsInput struct {
	ID int64 `path:"id" minimum:"1"`
	ListParams
	Kind string `query:"kind"`
}

// PortPatch changes a G.hn port. Absent members stay.
type PortPatch struct {
	Name     *string `json:"name,omitempty" maxLength:"100" doc:"at most 31 characters; empty: none" example:"riser A pair 1"`
	PortType *string `json:"port_type,omitempty" enum:"MIMO,SISO,COAX" doc:"MIMO or SISO on copper; coax ports are always COAX"`
	AdminUp  *bool   `json:"admin_up,omitempty" doc:"false shuts the port down"`
	Confirm  bool    `json:"confirm,omitempty" doc:"shut a coax port down although it serves several customers"`
}

// PortParam names a G.hn port in a path.
type PortParam struct {
	ID     int64 `path:"id" minimum:"1"`
	Number int   `path:"number" minimum:"1" maximum:"999" doc:"of a G.hn port, as printed on the front"`
}

type portOutput struct{ Body Port }

func (s *server) portRoutes() {
	const one = "/api/v1/devices/{id}/ports/{number}"
	add(s, route{method: http.MethodPatch, path: one, id: "update-port", access: Operator, tag: "devices", summary: "Change a G.hn port at once",
		doc: "Written only where it differs, read back, saved, and kept in the journal. Refused in mode watch and while a pass works on the device. Shutting down a coax port with several customers takes confirm.", timeout: liveTimeout}, s.updatePort)
	add(s, route{method: http.MethodPost, path: one + "/reset-counters", id: "reset-port-counters", access: Technician, tag: "devices", summary: "Set a G.hn port's counters to zero", timeout: liveTimeout}, s.resetPortCounters)
	add(s, route{method: http.MethodGet, path: "/api/v1/devices/{id}/ports", id: "list-ports", access: Viewer, tag: "devices", summary: "List a device's ports"}, s.listPorts)
}

func (s *server) listPorts(ctx context.Context, in *portsInput) (*listOutput[Port], error) {
	d, err := s.store.Device(ctx, gam.DeviceID(in.ID))
	if err != nil {
		return nil, err
	}
	ports, err := s.store.Ports(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	perPort := 0
	if hw, ok := d.Hardware(); ok {
		perPort = hw.EndpointsPerPort()
	}
	q := listQuery(in)
	var kept []store.Port
	for _, p := range ports {
		if want := q.Where["kind"]; want == "" || want == string(p.Kind) {
			kept = append(kept, p)
		}
	}
	p, err := pageOf(kept, q)
	if err != nil {
		return nil, err
	}
	return page(p, func(p store.Port) Port { return portOf(p, perPort) }), nil
}

// ghnPort is the device and its model, when it has the port.
func (s *server) ghnPort(ctx context.Context, in PortParam) (gam.Device, gam.Model, error) {
	d, err := s.store.Device(ctx, gam.DeviceID(in.ID))
	if err != nil {
		return d, gam.Model{}, err
	}
	hw, known := d.Hardware()
	if !known {
		return d, hw, fmt.Errorf("port %d of %s: %w: the device's model is not known yet; it is when the device has been read", in.Number, d.Name, gam.ErrConflict)
	}
	if err := hw.CheckPort(in.Number); err != nil {
		return d, hw, fmt.Errorf("port %d of %s: %w: %s", in.Number, d.Name, gam.ErrNotFound, err.Error()) // not a refused field: the address is wrong
	}
	return d, hw, nil
}

func (s *server) updatePort(ctx context.Context, in *struct {
	PortParam
	Body PortPatch
}) (*portOutput, error) {
	d, hw, err := s.ghnPort(ctx, in.PortParam)
	if err != nil {
		return nil, err
	}
	c := gam.PortChange{Name: in.Body.Name, AdminUp: in.Body.AdminUp}
	if in.Body.PortType != nil {
		t := gam.PortType(*in.Body.PortType)
		c.Type = &t
	}
	if err := hw.CheckPortChange(c); err != nil {
		return nil, err
	}
	if c.AdminUp != nil && !*c.AdminUp && hw.Medium == gam.Coax && !in.Body.Confirm {
		if err := s.checkShutdown(ctx, d, in.Number); err != nil {
			return nil, err
		}
	}
	if err := s.audit(ctx, "port.update", object("device", d.ID, d.Name), fmt.Sprintf("port %d", in.Number)); err != nil {
		return nil, err
	}
	if err := s.devices.SetPort(ctx, d.ID, in.Number, c, actor(ctx)); err != nil {
		return nil, err
	}
	ports, err := s.store.Ports(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range ports {
		if p.Kind == gam.PortGhn && p.Number == in.Number {
			return &portOutput{portOf(p, hw.EndpointsPerPort())}, nil
		}
	}
	return nil, fmt.Errorf("port %d of %s: %w: it is changed, and shows when the device has been read", in.Number, d.Name, gam.ErrNotFound)
}

// checkShutdown refuses to take a shared port from several customers by
// mistake (reference: operations, "Removing and suspending").
func (s *server) checkShutdown(ctx context.Context, d gam.Device, port int) error {
	all, err := s.store.EndpointsOf(ctx, d.ID)
	if err != nil {
		return err
	}
	customers := 0
	for _, e := range all {
		if e.Port() == port && (e.SubscriberID != 0 || e.ServiceName != "") {
			customers++
		}
	}
	if customers < 2 {
		return nil
	}
	return problem(http.StatusConflict, "confirm_needed", fmt.Sprintf(
		"port %d of %s is shared by %d customers, who would all lose their service; to suspend one, suspend the subscriber; to shut the port down all the same, send confirm: true",
		port, d.Name, customers))
}

func (s *server) resetPortCounters(ctx context.Context, in *PortParam) (*none, error) {
	d, _, err := s.ghnPort(ctx, *in)
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, "port.reset_counters", object("device", d.ID, d.Name), fmt.Sprintf("port %d", in.Number)); err != nil {
		return nil, err
	}
	return nil, s.devices.ResetPortCounters(ctx, d.ID, in.Number)
}

func portOf(p store.Port, perPort int) Port {
	out := Port{
		Number: p.Number, Name: p.Name, Interface: p.IfName(), Kind: string(p.Kind), PortType: string(p.Type),
		AdminUp: p.AdminUp, OperUp: p.Up, FullDuplex: p.FullDuplex, SpeedMbps: p.SpeedMbps, SFP: p.SFP,
		EndpointCount: p.EndpointCount, SeenAt: timeOrNull(p.SeenAt),
	}
	if p.Kind == gam.PortGhn {
		out.Available = max(perPort-p.EndpointCount, 0)
	}
	return out
}
