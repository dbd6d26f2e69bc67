package positron

import "github.com/opengam/opengam/internal/gam"

// The structs of this file are the vendor's objects, member by member, as the
// JSON-RPC guide and the MIBs name them. Members that OpenGAM does not use
// are left out.

type globalConfig struct {
	SubscriberModel   text
	DefaultNNIIfIndex ifname
}

func (g globalConfig) model() gam.SubscriberModel {
	switch choice(g.SubscriberModel, "endpointAware", "portAware") {
	case 0:
		return gam.EndpointAware
	case 1:
		return gam.PortAware
	}
	return ""
}

type portConfig struct {
	IfIndex    ifname
	Name       text
	MacAddress hwaddr
	PortMode   text
}

type profileConfig struct {
	Id          number
	Name        text
	Description text
	DsBw        number
	UsBw        number
}

func (p profileConfig) entry() gam.Profile {
	return gam.Profile{
		ID: p.Id.count(), Name: string(p.Name), Description: string(p.Description),
		Rate: gam.Rate{DownMbps: p.DsBw.count(), UpMbps: p.UsBw.count()},
	}
}

type endpointConfig struct {
	Id            number
	MacAddress    hwaddr
	Name          text
	Description   text
	PortIfIndex   ifname
	AutoPort      flag
	AllowMgmtVlan flag
}

func (e endpointConfig) entry() gam.Endpoint {
	return gam.Endpoint{
		ID: e.Id.count(), MAC: e.MacAddress.MAC, Name: string(e.Name), Description: string(e.Description),
		Port: e.PortIfIndex.ghn(), AutoPort: e.AutoPort.v, AllowMgmtVLAN: e.AllowMgmtVlan.v,
	}
}

type userConfig struct {
	Id                 number
	Name               text
	Description        text
	EndpointId         number
	EndpointName       text
	EndpointMacAddress hwaddr
	BwProfileId        number
	BwProfileName      text
	VlanId             number
	VlanIsTagged       flag
	RemappedVlanId     number
	Port2VlanId        number
	Port2VlanIsTagged  flag
	AllowedTaggedVlans vids
	TrunkMode          flag
	PortIfIndex        ifname
	DoubleTags         flag
	NNIIfIndex         ifname
	OuterTagVlanId     number
	PoeModeCtrl        text
}

// entry is the subscriber entry in our words. What has no effect is left out,
// so that a leftover does not look like a difference: the list of a trunk,
// the outer tag where double tagging is off, the endpoint's name where a
// G.hn port is served.
func (u userConfig) entry() gam.Service {
	s := gam.Service{
		ID: u.Id.count(), Name: string(u.Name), Description: string(u.Description),
		EndpointName: string(u.EndpointName), EndpointMAC: u.EndpointMacAddress.MAC,
		Port: u.PortIfIndex.ghn(), ProfileName: profileName(u.BwProfileName),
		VLAN: u.VlanId.count(), Tagged: u.VlanIsTagged.v,
		RemappedVLAN: u.RemappedVlanId.count(), Port2VLAN: u.Port2VlanId.count(),
		AllowedVLANs: u.AllowedTaggedVlans, Trunk: u.TrunkMode.v,
		DoubleTag: u.DoubleTags.v, PoE: poeMode(u.PoeModeCtrl),
	}
	if s.Trunk {
		s.AllowedVLANs = nil
	}
	if s.DoubleTag {
		s.OuterVLAN, s.NNI = u.OuterTagVlanId.count(), u.NNIIfIndex.nni()
	}
	if s.Port != 0 {
		s.EndpointName = ""
	}
	return s
}

// profileName is "" for the words that stand for no profile.
func profileName(t text) string {
	switch string(t) {
	case "unthrottled", "Unthrottled", gam.IfNone:
		return ""
	}
	return string(t)
}

type endpointBrief struct {
	MacAddress          hwaddr
	ConfEndpointId      number
	ConfEndpointName    text
	ConfPortIfIndex     ifname
	DetectedPortIfIndex ifname
	ConfUserId          number
	ConfUserName        text
	ConfBwProfileName   text
	State               text
	ModelString         text
	FwMismatch          flag
}

type endpointDetailed struct {
	MacAddress       hwaddr
	Alive            flag
	DeviceName       text
	HwProduct        text
	SerialNumber     text
	FwVersion        text
	Uptime           text
	XputIndicator    number
	Mode             text
	WireLengthMeters number
	RxPhyRate        number
	TxPhyRate        number
	RxMaxXput        number
	TxMaxXput        number
}

type endpointLink struct {
	Valid flag
	Link  flag
	Fdx   flag
	Speed text
}

type portStatus struct {
	Link          flag
	Fdx           flag
	Speed         text
	SFPVendorName text
	SFPVendorPN   text
}

type portSettings struct {
	Shutdown flag
}

type boardInfo struct {
	BoardMacAddress hwaddr
	BoardSerial     text
	BoardType       text
}

type systemInfo struct {
	Hostname text
}

type imageStatus struct {
	Type    text
	Name    text
	Version text
}

type switchStatus struct {
	BoardType text
	Product   text
	Version   text
}

type uptimeStatus struct {
	SystemUptime text
}

type copyStatus struct {
	Status text
}
