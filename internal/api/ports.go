package api

import (
	"context"
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

func (s *server) portRoutes() {
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
