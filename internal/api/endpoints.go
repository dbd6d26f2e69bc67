package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Endpoint is one endpoint as last read, configured or merely detected.
type Endpoint struct {
	MACAddress       string     `json:"mac_address"`
	DeviceID         int64      `json:"device_id"`
	DeviceName       string     `json:"device_name"`
	Port             *int       `json:"port" doc:"where it is detected, else where it is configured"`
	DetectedPort     *int       `json:"detected_port"`
	ConfiguredPort   *int       `json:"configured_port"`
	State            string     `json:"state" enum:"ok,not_detected,quarantined_wrong_port,quarantined_unknown_mac,unknown"`
	Configured       bool       `json:"configured"`
	EntryName        string     `json:"entry_name" doc:"its name on the device; empty when not configured"`
	ServiceName      string     `json:"service_name" doc:"the subscriber entry on the device that uses it"`
	ProfileName      string     `json:"profile_name"`
	Model            string     `json:"model"`
	SerialNumber     string     `json:"serial_number"`
	Firmware         string     `json:"firmware"`
	FirmwareMismatch bool       `json:"firmware_mismatch"`
	PhyRateRxMbps    *int       `json:"phy_rate_rx_mbps" doc:"downstream"`
	PhyRateTxMbps    *int       `json:"phy_rate_tx_mbps" doc:"upstream"`
	CapacityRxMbps   *int       `json:"capacity_rx_mbps" doc:"usable downstream"`
	CapacityTxMbps   *int       `json:"capacity_tx_mbps" doc:"usable upstream"`
	WireLengthM      *int       `json:"wire_length_m" doc:"copper only"`
	UptimeS          *int64     `json:"uptime_s"`
	SubscriberID     *int64     `json:"subscriber_id"`
	SubscriberName   string     `json:"subscriber_name"`
	FirstSeenAt      *time.Time `json:"first_seen_at"`
	LastSeenAt       *time.Time `json:"last_seen_at" doc:"when it was last detected"`
	ReadAt           *time.Time `json:"read_at" doc:"when the device was last asked"`
}

// EndpointDetail is an endpoint with what only the device knows right now.
type EndpointDetail struct {
	Endpoint
	Links      []EndpointLink `json:"links,omitempty" nullable:"false" doc:"with ?links=true: its Ethernet ports, read from the device now"`
	LinksError string         `json:"links_error,omitempty" doc:"why the links could not be read"`
}

// EndpointLink is one Ethernet port of an endpoint.
type EndpointLink struct {
	Port       int  `json:"port"`
	Valid      bool `json:"valid" doc:"the model has this port"`
	Up         bool `json:"up"`
	FullDuplex bool `json:"full_duplex"`
	SpeedMbps  int  `json:"speed_mbps"`
}

type endpointOutput struct{ Body EndpointDetail }

type endpointsInput struct {
	ListParams
	DeviceID         string `query:"device_id"`
	SiteID           string `query:"site_id"`
	Port             string `query:"port"`
	State            string `query:"state" doc:"ok, not_detected, quarantined_wrong_port, quarantined_unknown_mac (not configured yet)"`
	Configured       string `query:"configured" doc:"true or false"`
	Model            string `query:"model"`
	Firmware         string `query:"firmware"`
	FirmwareMismatch string `query:"firmware_mismatch" doc:"true or false"`
	SubscriberID     string `query:"subscriber_id"`
	MACAddress       string `query:"mac_address"`
	SerialNumber     string `query:"serial_number"`
	RxMin            string `query:"phy_rate_rx_mbps_min"`
	RxMax            string `query:"phy_rate_rx_mbps_max"`
	TxMin            string `query:"phy_rate_tx_mbps_min"`
	TxMax            string `query:"phy_rate_tx_mbps_max"`
	WireMin          string `query:"wire_length_m_min"`
	WireMax          string `query:"wire_length_m_max"`
	SeenAfter        string `query:"last_seen_at_after" doc:"RFC 3339"`
	SeenBefore       string `query:"last_seen_at_before" doc:"RFC 3339"`
}

// MACParam names an endpoint in a path.
type MACParam struct {
	MAC string `path:"mac" maxLength:"40" doc:"in any spelling" example:"00:0E:D8:20:11:A4"`
}

// macRule is the sentence for a MAC address that is none.
const macRule = "a MAC address has twelve hexadecimal digits, separated by anything usual"

func (in MACParam) parse() (gam.MAC, error) {
	mac, err := gam.ParseMAC(in.MAC)
	if err != nil || mac.IsZero() {
		return mac, invalid("mac", "mac", macRule)
	}
	return mac, nil
}

func (s *server) endpointRoutes() {
	const one = "/api/v1/endpoints/{mac}"
	add(s, route{method: http.MethodGet, path: "/api/v1/endpoints", id: "list-endpoints", access: Viewer, tag: "endpoints", summary: "List endpoints"}, s.listEndpoints)
	add(s, route{method: http.MethodGet, path: one, id: "get-endpoint", access: Viewer, tag: "endpoints", summary: "Show an endpoint", timeout: liveTimeout}, s.getEndpoint)
	add(s, route{method: http.MethodPost, path: one + "/reboot", id: "reboot-endpoint", access: Technician, tag: "endpoints", summary: "Restart an endpoint", status: http.StatusAccepted, timeout: liveTimeout}, s.rebootEndpoint)
	add(s, route{method: http.MethodPost, path: one + "/upgrade", id: "upgrade-endpoint", access: Operator, tag: "endpoints", summary: "Bring an endpoint to the firmware of its device",
		doc: "Takes one or two minutes, in which the endpoint restarts. Refused when its firmware fits already, unless force is set.", status: http.StatusAccepted, timeout: liveTimeout}, s.upgradeEndpoint)
	add(s, route{method: http.MethodPost, path: one + "/diagnose", id: "diagnose-endpoint", access: Technician, tag: "endpoints", summary: "Read an endpoint now and judge it by known thresholds", noReplay: true, timeout: liveTimeout}, s.diagnoseEndpoint)
	add(s, route{method: http.MethodPost, path: one + "/poe-cycle", id: "cycle-endpoint-poe", access: Technician, tag: "endpoints", summary: "Switch an endpoint's power output off and on", status: http.StatusAccepted, timeout: liveTimeout}, s.cyclePoE)
}

func (s *server) listEndpoints(ctx context.Context, in *endpointsInput) (*listOutput[Endpoint], error) {
	p, err := s.store.Endpoints(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	return page(p, endpointOf), nil
}

func (s *server) getEndpoint(ctx context.Context, in *struct {
	MACParam
	Links bool `query:"links" doc:"also ask the device for the endpoint's Ethernet links"`
}) (*endpointOutput, error) {
	mac, err := in.parse()
	if err != nil {
		return nil, err
	}
	e, err := s.store.Endpoint(ctx, mac)
	if err != nil {
		return nil, err
	}
	out := &endpointOutput{Body: EndpointDetail{Endpoint: endpointOf(e)}}
	if !in.Links {
		return out, nil
	}
	links, err := s.devices.EndpointLinks(ctx, e.DeviceID, mac)
	switch {
	case err == nil:
	case driver.KindOf(err) != "":
		out.Body.LinksError = err.Error()
	default:
		return nil, err
	}
	for _, l := range links {
		out.Body.Links = append(out.Body.Links, EndpointLink(l))
	}
	return out, nil
}

func (s *server) rebootEndpoint(ctx context.Context, in *MACParam) (*queuedOutput, error) {
	return s.onEndpoint(ctx, *in, "endpoint.reboot", s.devices.RebootEndpoint, "the endpoint is restarting; it is back within a minute or two")
}

func (s *server) cyclePoE(ctx context.Context, in *MACParam) (*queuedOutput, error) {
	return s.onEndpoint(ctx, *in, "endpoint.poe_cycle", s.devices.CyclePoE, "the endpoint's power output goes off and on")
}

func (s *server) onEndpoint(ctx context.Context, in MACParam, action string, do func(context.Context, gam.DeviceID, gam.MAC) error, done string) (*queuedOutput, error) {
	mac, err := in.parse()
	if err != nil {
		return nil, err
	}
	e, err := s.store.Endpoint(ctx, mac)
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, action, "endpoint "+mac.String(), "on "+e.DeviceName); err != nil {
		return nil, err
	}
	if err := do(ctx, e.DeviceID, mac); err != nil {
		return nil, err
	}
	return queued(done), nil
}

func endpointOf(e store.Endpoint) Endpoint {
	out := Endpoint{
		MACAddress: e.MAC.String(), DeviceID: int64(e.DeviceID), DeviceName: e.DeviceName,
		Port: orNull(e.Port()), DetectedPort: orNull(e.DetectedPort), ConfiguredPort: orNull(e.ConfigPort),
		State: string(e.State), Configured: e.Configured,
		EntryName: e.EntryName, ServiceName: e.ServiceName, ProfileName: e.ProfileName,
		Model: e.Model, FirmwareMismatch: e.FwMismatch,
		SubscriberID: orNull(int64(e.SubscriberID)), SubscriberName: e.SubscriberName,
		FirstSeenAt: timeOrNull(e.FirstSeenAt), LastSeenAt: timeOrNull(e.LastSeenAt), ReadAt: timeOrNull(e.SeenAt),
	}
	if d := e.Detail; d != nil {
		out.SerialNumber, out.Firmware = d.SerialNumber, d.Firmware
		out.WireLengthM = d.WireLengthMetres
		out.PhyRateRxMbps, out.PhyRateTxMbps = d.PhyRateRxMbps, d.PhyRateTxMbps
		out.CapacityRxMbps, out.CapacityTxMbps = d.MaxXputRxMbps, d.MaxXputTxMbps
		out.UptimeS = orNull(int64(d.Uptime / time.Second))
		if out.Model == "" {
			out.Model = d.HwProduct
		}
	}
	return out
}
