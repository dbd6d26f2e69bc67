package store

import (
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

// endpointCols is one endpoint on one device.
type endpointCols struct {
	DeviceID         int64  `bun:"device_id,pk"`
	MACAddress       string `bun:"mac_address,pk"`
	Port             int    `bun:"port"`
	DetectedPort     int    `bun:"detected_port"`
	ConfigPort       int    `bun:"config_port"`
	Configured       bool   `bun:"configured"`
	EntryID          int    `bun:"entry_id"`
	EntryName        string `bun:"entry_name"`
	ServiceName      string `bun:"service_name"`
	ProfileName      string `bun:"profile_name"`
	State            string `bun:"state"`
	Model            string `bun:"model"`
	FirmwareMismatch bool   `bun:"firmware_mismatch"`
	HasDetail        bool   `bun:"has_detail"`
	Alive            bool   `bun:"alive"`
	OwnName          string `bun:"own_name"`
	HwProduct        string `bun:"hw_product"`
	SerialNumber     string `bun:"serial_number"`
	Firmware         string `bun:"firmware"`
	UptimeUS         int64  `bun:"uptime_us"`
	PortMode         string `bun:"port_mode"`
	WireLengthM      *int   `bun:"wire_length_m"`
	PhyRateRxMbps    *int   `bun:"phy_rate_rx_mbps"`
	PhyRateTxMbps    *int   `bun:"phy_rate_tx_mbps"`
	MaxXputRxMbps    *int   `bun:"max_xput_rx_mbps"`
	MaxXputTxMbps    *int   `bun:"max_xput_tx_mbps"`
	XputMbps         *int   `bun:"xput_mbps"`
	FirstSeenAt      int64  `bun:"first_seen_at"`
	LastSeenAt       int64  `bun:"last_seen_at"`
	SeenAt           int64  `bun:"seen_at"`
	SearchText       string `bun:"search_text"`
}

type endpointRow struct {
	bun.BaseModel `bun:"table:endpoint_states,alias:e"`
	endpointCols
}

// endpointView is an endpoint with the names around it.
type endpointView struct {
	bun.BaseModel `bun:"table:endpoint_states,alias:e"`
	endpointCols
	DeviceName     string `bun:"device_name"`
	SiteID         int64  `bun:"site_id"`
	SubscriberID   int64  `bun:"subscriber_id"`
	SubscriberName string `bun:"subscriber_name"`
	cursorCols
}

// detailColumns is what an upsert leaves alone when the read told nothing
// about the link: the last known values stay, marked as not alive.
var detailColumns = []string{
	"own_name", "hw_product", "serial_number", "firmware", "uptime_us", "port_mode", "wire_length_m",
	"phy_rate_rx_mbps", "phy_rate_tx_mbps", "max_xput_rx_mbps", "max_xput_tx_mbps", "xput_mbps",
}

// statusColumns is what every upsert writes.
var statusColumns = []string{
	"port", "detected_port", "config_port", "configured", "entry_id", "entry_name", "service_name", "profile_name",
	"state", "model", "firmware_mismatch", "alive", "seen_at",
}

// endpointUpsert is the part after ON CONFLICT … DO UPDATE SET.
var endpointUpsert = func() string {
	var set []string
	for _, c := range statusColumns {
		set = append(set, c+" = EXCLUDED."+c)
	}
	for _, c := range detailColumns {
		set = append(set, c+" = CASE WHEN EXCLUDED.alive OR NOT e.has_detail THEN EXCLUDED."+c+" ELSE e."+c+" END")
	}
	set = append(set,
		"search_text = CASE WHEN EXCLUDED.alive OR NOT e.has_detail THEN EXCLUDED.search_text ELSE EXCLUDED.search_text || ' ' || lower(e.serial_number) END",
		"has_detail = (e.has_detail OR EXCLUDED.has_detail)",
		// Never backwards: an endpoint that is gone keeps when it was last there.
		"last_seen_at = CASE WHEN EXCLUDED.last_seen_at > e.last_seen_at THEN EXCLUDED.last_seen_at ELSE e.last_seen_at END")
	return strings.Join(set, ", ")
}()

func newEndpointRow(id gam.DeviceID, s gam.EndpointStatus, seenAt time.Time) endpointRow {
	c := endpointCols{
		DeviceID: int64(id), MACAddress: s.MAC.Compact(), Port: Endpoint{EndpointStatus: s}.Port(),
		DetectedPort: s.DetectedPort, ConfigPort: s.ConfigPort, Configured: s.Configured,
		EntryID: s.EntryID, EntryName: text(s.EntryName), ServiceName: text(s.ServiceName), ProfileName: text(s.ProfileName),
		State: text(string(s.State)), Model: text(s.Model), FirmwareMismatch: s.FwMismatch,
		FirstSeenAt: us(seenAt), SeenAt: us(seenAt),
	}
	if s.DetectedPort != 0 {
		c.LastSeenAt = us(seenAt)
	}
	if d := s.Detail; d != nil {
		c.HasDetail, c.Alive = true, d.Alive
		c.OwnName, c.HwProduct, c.SerialNumber = text(d.DeviceName), text(d.HwProduct), text(d.SerialNumber)
		c.Firmware, c.UptimeUS, c.PortMode = text(d.Firmware), d.Uptime.Microseconds(), text(string(d.Mode))
		c.WireLengthM, c.PhyRateRxMbps, c.PhyRateTxMbps = d.WireLengthMetres, d.PhyRateRxMbps, d.PhyRateTxMbps
		c.MaxXputRxMbps, c.MaxXputTxMbps, c.XputMbps = d.MaxXputRxMbps, d.MaxXputTxMbps, d.XputMbps
	}
	c.SearchText = fold(c.MACAddress, c.EntryName, c.ServiceName, c.SerialNumber, c.Model)
	return endpointRow{endpointCols: c}
}

func (r endpointView) endpoint() (Endpoint, error) {
	mac, err := storedMAC(r.MACAddress)
	if err != nil {
		return Endpoint{}, fmt.Errorf("endpoint of device %d: %w", r.DeviceID, err)
	}
	e := Endpoint{
		EndpointStatus: gam.EndpointStatus{
			MAC: mac, DetectedPort: r.DetectedPort, ConfigPort: r.ConfigPort, Configured: r.Configured,
			EntryID: r.EntryID, EntryName: r.EntryName, ServiceName: r.ServiceName, ProfileName: r.ProfileName,
			State: gam.EndpointState(r.State), Model: r.Model, FwMismatch: r.FirmwareMismatch,
		},
		DeviceID: gam.DeviceID(r.DeviceID), DeviceName: r.DeviceName, SiteID: gam.SiteID(r.SiteID),
		SubscriberID: gam.SubscriberID(r.SubscriberID), SubscriberName: r.SubscriberName,
		FirstSeenAt: at(r.FirstSeenAt), LastSeenAt: at(r.LastSeenAt), SeenAt: at(r.SeenAt),
	}
	if r.HasDetail {
		e.Detail = &gam.EndpointDetail{
			MAC: mac, Alive: r.Alive, DeviceName: r.OwnName, HwProduct: r.HwProduct, SerialNumber: r.SerialNumber,
			Firmware: r.Firmware, Uptime: time.Duration(r.UptimeUS) * time.Microsecond, Mode: gam.PortType(r.PortMode),
			WireLengthMetres: r.WireLengthM, PhyRateRxMbps: r.PhyRateRxMbps, PhyRateTxMbps: r.PhyRateTxMbps,
			MaxXputRxMbps: r.MaxXputRxMbps, MaxXputTxMbps: r.MaxXputTxMbps, XputMbps: r.XputMbps,
		}
	}
	return e, nil
}
