package gam

import (
	"strings"
	"testing"
)

func TestSubscriberIsValidated(t *testing.T) {
	good := Subscriber{
		Name: "Zoé Lefèvre 🏠", Description: "Unit 101", DeviceName: "Zoe Lefevre _", VLANID: 500,
		Tagging: Untagged, Status: SubActive,
	}
	with := func(change func(*Subscriber)) Subscriber { s := good; change(&s); return s }
	for _, c := range []struct {
		about string
		s     Subscriber
		bad   map[string]string
	}{
		{"good", good, nil},
		{"no VLAN yet", with(func(s *Subscriber) { s.VLANID = 0 }), nil},
		{"no device name yet", with(func(s *Subscriber) { s.DeviceName = "" }), nil},
		{"no name", with(func(s *Subscriber) { s.Name = "" }), map[string]string{"name": "name_empty"}},
		{"name of 127 bytes", with(func(s *Subscriber) { s.Name = strings.Repeat("n", 127) }), nil},
		{"name of 128 bytes", with(func(s *Subscriber) { s.Name = strings.Repeat("n", 128) }), map[string]string{"name": "name_too_long"}},
		{"description of 128 bytes", with(func(s *Subscriber) { s.Description = strings.Repeat("d", 128) }), map[string]string{"description": "description_too_long"}},
		{"device name of 32", with(func(s *Subscriber) { s.DeviceName = strings.Repeat("n", 32) }), map[string]string{"device_name": "name_too_long"}},
		{"device name with accents", with(func(s *Subscriber) { s.DeviceName = "Zoé" }), map[string]string{"device_name": "name_characters"}},
		{"VLAN 3841", with(func(s *Subscriber) { s.VLANID = 3841 }), map[string]string{"vlan_id": "vlan_reserved"}},
		{"management VLAN", with(func(s *Subscriber) { s.VLANID = 4093 }), map[string]string{"vlan_id": "vlan_management"}},
		{"VLAN 99", with(func(s *Subscriber) { s.VLANID = 99 }), map[string]string{"vlan_id": "vlan_outside_operator_range"}},
		{"remapped outside the operator's range", with(func(s *Subscriber) { s.RemappedVLANID = 50 }), nil},
		{"remapped reserved", with(func(s *Subscriber) { s.RemappedVLANID = 3840 }), map[string]string{"remapped_vlan_id": "vlan_reserved"}},
		{"port 2", with(func(s *Subscriber) { s.Port2VLANID = 501 }), nil},
		{"port 2 like port 1", with(func(s *Subscriber) { s.Port2VLANID = 500 }), map[string]string{"port2_vlan_id": "port2_vlan_same"}},
		{"port 2 management", with(func(s *Subscriber) { s.Port2VLANID = 4093 }), map[string]string{"port2_vlan_id": "vlan_management"}},
		{"allowed VLANs", with(func(s *Subscriber) { s.AllowedVLANs = []int{600, 601} }), nil},
		{"allowed VLANs with 2", with(func(s *Subscriber) { s.AllowedVLANs = []int{2} }), map[string]string{"allowed_vlans": "vlan_out_of_range"}},
		{"trunk", with(func(s *Subscriber) { s.Trunk = true }), nil},
		{"trunk with a list", with(func(s *Subscriber) { s.Trunk, s.AllowedVLANs = true, []int{600} }), map[string]string{"allowed_vlans": "trunk_has_no_list"}},
		{"double tag", with(func(s *Subscriber) { s.DoubleTag = &DoubleTag{OuterVLANID: 50, NNI: 1} }), nil},
		{"double tag without outer VLAN", with(func(s *Subscriber) { s.DoubleTag = &DoubleTag{} }), map[string]string{"double_tag.outer_vlan_id": "vlan_out_of_range"}},
		{"double tag below the first uplink", with(func(s *Subscriber) { s.DoubleTag = &DoubleTag{OuterVLANID: 50, NNI: -1} }), map[string]string{"double_tag.nni": "nni_out_of_range"}},
		{"tagged", with(func(s *Subscriber) { s.Tagging = Tagged }), nil},
		{"unknown tagging", with(func(s *Subscriber) { s.Tagging = "both" }), map[string]string{"tagging": "tagging"}},
		{"suspended", with(func(s *Subscriber) { s.Status = SubSuspended }), nil},
		{"unknown status", with(func(s *Subscriber) { s.Status = "gone" }), map[string]string{"status": "status"}},
		{
			"everything wrong at once", Subscriber{VLANID: 1, Port2VLANID: 2, AllowedVLANs: []int{0}},
			map[string]string{"name": "name_empty", "vlan_id": "vlan_out_of_range", "port2_vlan_id": "vlan_out_of_range", "allowed_vlans": "vlan_out_of_range", "tagging": "tagging", "status": "status"},
		},
	} {
		wantFields(t, c.s.Validate(DefaultVLANRange), c.about, c.bad)
	}
}

func TestPlacedBySubscriberModel(t *testing.T) {
	mac := MustMAC("00:0E:D8:00:00:01")
	for _, c := range []struct {
		about         string
		s             Subscriber
		endpoint, prt bool // placed on an endpoint-aware, on a port-aware device
	}{
		{"nothing", Subscriber{}, false, false},
		{"no plan", Subscriber{DeviceID: 1, EndpointMAC: mac, Port: 2}, false, false},
		{"no device", Subscriber{PlanID: 1, EndpointMAC: mac, Port: 2}, false, false},
		{"endpoint", Subscriber{DeviceID: 1, PlanID: 1, EndpointMAC: mac}, true, false},
		{"port", Subscriber{DeviceID: 1, PlanID: 1, Port: 2}, false, true},
		{"both", Subscriber{DeviceID: 1, PlanID: 1, EndpointMAC: mac, Port: 2}, true, true},
	} {
		if got := c.s.Placed(EndpointAware); got != c.endpoint {
			t.Errorf("%s, endpoint-aware: got %v", c.about, got)
		}
		if got := c.s.Placed(PortAware); got != c.prt {
			t.Errorf("%s, port-aware: got %v", c.about, got)
		}
	}
}

func TestSubscriberOnItsDevice(t *testing.T) {
	outdoor := Device{Name: "north", Identity: Identity{Model: "GAM-4-CX", SubscriberModel: EndpointAware}}
	indoor := Device{Name: "south", Identity: Identity{Model: "GAM-24-M", SubscriberModel: PortAware}}
	unread := Device{Name: "new"}
	for _, c := range []struct {
		about string
		d     Device
		s     Subscriber
		bad   map[string]string
	}{
		{"wherever the endpoint is", outdoor, Subscriber{Status: SubActive}, nil},
		{"last port", outdoor, Subscriber{Port: 4}, nil},
		{"one port too far", outdoor, Subscriber{Port: 5}, map[string]string{"port": "port_out_of_range"}},
		{"negative port", outdoor, Subscriber{Port: -1}, map[string]string{"port": "port_out_of_range"}},
		{"second uplink of one", outdoor, Subscriber{DoubleTag: &DoubleTag{OuterVLANID: 50, NNI: 2}}, map[string]string{"double_tag.nni": "nni_out_of_range"}},
		{"second uplink of two", indoor, Subscriber{Port: 1, DoubleTag: &DoubleTag{OuterVLANID: 50, NNI: 2}}, nil},
		{"port-aware without port", indoor, Subscriber{Status: SubActive}, map[string]string{"port": "port_needed"}},
		{"port-aware, suspended without port", indoor, Subscriber{Status: SubSuspended}, map[string]string{"port": "port_needed"}},
		{"port-aware, not yet placed", indoor, Subscriber{Status: SubPending}, nil},
		{"port-aware, ended", indoor, Subscriber{Status: SubEnded}, nil},
		{"a device that was never read", unread, Subscriber{Port: 99, Status: SubActive}, nil},
	} {
		wantFields(t, c.s.CheckOn(c.d), c.about, c.bad)
	}
}

func TestSettingsAreValidated(t *testing.T) {
	with := func(change func(*Settings)) Settings { s := DefaultSettings(); change(&s); return s }
	for _, c := range []struct {
		about string
		s     Settings
		bad   map[string]string
	}{
		{"defaults", DefaultSettings(), nil},
		{"endpoint poll 10", with(func(s *Settings) { s.EndpointPollSeconds = 10 }), nil},
		{"endpoint poll 9", with(func(s *Settings) { s.EndpointPollSeconds = 9 }), map[string]string{"endpoint_poll_s": "out_of_range"}},
		{"endpoint poll 3601", with(func(s *Settings) { s.EndpointPollSeconds = 3601 }), map[string]string{"endpoint_poll_s": "out_of_range"}},
		{"config poll 59", with(func(s *Settings) { s.ConfigPollSeconds = 59 }), map[string]string{"config_poll_s": "out_of_range"}},
		{"config poll 86401", with(func(s *Settings) { s.ConfigPollSeconds = 86401 }), map[string]string{"config_poll_s": "out_of_range"}},
		{"deadline 0", with(func(s *Settings) { s.DeviceDeadlineSec = 0 }), map[string]string{"device_deadline_s": "out_of_range"}},
		{"deadline 301", with(func(s *Settings) { s.DeviceDeadlineSec = 301 }), map[string]string{"device_deadline_s": "out_of_range"}},
		{"offline after 0", with(func(s *Settings) { s.OfflineAfter = 0 }), map[string]string{"offline_after": "out_of_range"}},
		{"range upside down", with(func(s *Settings) { s.SubscriberVLANs = VLANRange{200, 100} }), map[string]string{"subscriber_vlans": "vlan_range", "vlan_policy": "vlan_policy_empty"}},
		{"shared VLAN outside the range", with(func(s *Settings) { s.VLANPolicy = VLANPolicy{Mode: VLANShared, Shared: 50} }), map[string]string{"vlan_policy": "vlan_outside_operator_range"}},
		{"walled garden", with(func(s *Settings) { s.SuspendPolicy = SuspendGarden }), nil},
		{"walled garden in a reserved VLAN", with(func(s *Settings) { s.SuspendPolicy, s.WalledGardenVLAN = SuspendGarden, 3842 }), map[string]string{"walled_garden_vlan": "vlan_reserved"}},
		{"slow plan", with(func(s *Settings) { s.SuspendPolicy, s.SlowPlanID = SuspendSlow, 7 }), nil},
		{"slow plan not chosen", with(func(s *Settings) { s.SuspendPolicy = SuspendSlow }), map[string]string{"slow_plan_id": "slow_plan_needed"}},
		{"unknown suspend policy", with(func(s *Settings) { s.SuspendPolicy = "shout" }), map[string]string{"suspend_policy": "suspend_policy"}},
		{"no name template", with(func(s *Settings) { s.NameTemplate = "" }), map[string]string{"name_template": "name_template"}},
	} {
		wantFields(t, c.s.Validate(), c.about, c.bad)
	}
}
