package gam

import "time"

// EndpointState is what the device says of an endpoint (reference: "Endpoint
// states").
type EndpointState string

// Endpoint states.
const (
	EndpointNotDetected EndpointState = "not_detected"
	EndpointOK          EndpointState = "ok"
	EndpointWrongPort   EndpointState = "quarantined_wrong_port"
	EndpointUnknownMAC  EndpointState = "quarantined_unknown_mac" // discovered, not configured yet
	EndpointStateOther  EndpointState = "unknown"                 // a label that we do not know
)

// EndpointStatus is one endpoint as a poll saw it, configured or merely
// detected.
type EndpointStatus struct {
	MAC          MAC
	DetectedPort int // 0 = not detected
	ConfigPort   int // 0 = not configured or unassigned
	Configured   bool
	EntryID      int    // number of the configured endpoint, 0 when not configured
	EntryName    string // "" when not configured
	ServiceName  string // subscriber entry on the device, "" when none
	ProfileName  string
	State        EndpointState
	Model        string // valid only while detected
	FwMismatch   bool
	Detail       *EndpointDetail // nil when not read or not told
}

// EndpointDetail is the link side of one endpoint. Downstream is the
// endpoint's Rx. Pointers are nil where the device does not tell.
type EndpointDetail struct {
	MAC              MAC
	Alive            bool // false: the rest is absent or stale
	DeviceName       string
	HwProduct        string
	SerialNumber     string
	Firmware         string
	Uptime           time.Duration
	Mode             PortType
	WireLengthMetres *int // copper only
	PhyRateRxMbps    *int // downstream PHY rate, Mbps
	PhyRateTxMbps    *int // upstream PHY rate, Mbps
	MaxXputRxMbps    *int // usable downstream capacity, Mbps
	MaxXputTxMbps    *int // usable upstream capacity, Mbps
	XputMbps         *int // allocation indicator, Mbps
}

// EndpointLink is one Ethernet port of an endpoint.
type EndpointLink struct {
	Port       int // 1 or 2
	Valid      bool
	Up         bool
	FullDuplex bool
	SpeedMbps  int // 0 when down or not told
}

// PortStatus is one port of the device as a poll saw it.
type PortStatus struct {
	Kind       PortKind
	Number     int
	Name       string // operator's name of a G.hn port
	Type       PortType
	AdminUp    *bool // nil where the firmware does not tell
	Up         bool
	FullDuplex bool
	SpeedMbps  int
	SFP        string // vendor and part number, uplinks only
}

// IfName is the port's interface name on the device.
func (p PortStatus) IfName() string {
	switch p.Kind {
	case PortUplink:
		return NNIName(p.Number)
	case PortMgmt:
		return "Gi 1/1"
	default:
		return GhnName(p.Number)
	}
}
