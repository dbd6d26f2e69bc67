package api

import (
	"context"
	"net/http"

	"github.com/opengam/opengam/internal/gam"
)

// Settings is what an operator changes while OpenGAM runs.
type Settings struct {
	Version int64 `json:"version" doc:"also the ETag"`

	EndpointPollS   int `json:"endpoint_poll_s" doc:"seconds between two reads of a device's endpoints, 10 to 3600"`
	ConfigPollS     int `json:"config_poll_s" doc:"seconds between two reads of a device's configuration, 60 to 86400"`
	DeviceDeadlineS int `json:"device_deadline_s" doc:"seconds that one call to a device may take, 1 to 300"`
	OfflineAfter    int `json:"offline_after" doc:"failed reads in a row, 1 to 100"`

	SubscriberVLANs  VLANRange  `json:"subscriber_vlans" doc:"where subscribers' VLANs may lie"`
	VLANPolicy       VLANPolicy `json:"vlan_policy"`
	SuspendPolicy    string     `json:"suspend_policy" enum:"remove,walled_garden,slow_plan"`
	WalledGardenVLAN *int       `json:"walled_garden_vlan" doc:"for walled_garden"`
	SlowPlanID       *int64     `json:"slow_plan_id" doc:"for slow_plan"`
	RepairDrift      bool       `json:"repair_drift" doc:"true repairs what others changed of our entries, false reports it"`
	NameTemplate     string     `json:"name_template" doc:"makes device_name where none is given; {id}, {name}, {description}"`
}

// SettingsPatch changes settings; absent members stay.
type SettingsPatch struct {
	EndpointPollS    *int        `json:"endpoint_poll_s,omitempty"`
	ConfigPollS      *int        `json:"config_poll_s,omitempty"`
	DeviceDeadlineS  *int        `json:"device_deadline_s,omitempty"`
	OfflineAfter     *int        `json:"offline_after,omitempty"`
	SubscriberVLANs  *VLANRange  `json:"subscriber_vlans,omitempty"`
	VLANPolicy       *VLANPolicy `json:"vlan_policy,omitempty"`
	SuspendPolicy    *string     `json:"suspend_policy,omitempty" enum:"remove,walled_garden,slow_plan"`
	WalledGardenVLAN Null[int]   `json:"walled_garden_vlan,omitzero"`
	SlowPlanID       Null[int64] `json:"slow_plan_id,omitzero"`
	RepairDrift      *bool       `json:"repair_drift,omitempty"`
	NameTemplate     *string     `json:"name_template,omitempty" maxLength:"127"`
}

type settingsOutput struct {
	ETag string `header:"ETag"`
	Body Settings
}

func (s *server) settingsRoutes() {
	const path = "/api/v1/settings"
	add(s, route{method: http.MethodGet, path: path, id: "get-settings", access: Viewer, tag: "settings", summary: "Show the settings"}, s.getSettings)
	add(s, route{method: http.MethodPatch, path: path, id: "update-settings", access: Admin, tag: "settings", summary: "Change settings",
		doc: "What changes the wanted state of devices (suspension, drift) reaches them by itself."}, s.updateSettings)
}

func (s *server) getSettings(ctx context.Context, _ *none) (*settingsOutput, error) {
	set, version, err := s.store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return &settingsOutput{etag(version), settingsOf(set, version)}, nil
}

func (s *server) updateSettings(ctx context.Context, in *struct {
	IfMatch
	Body SettingsPatch
}) (*settingsOutput, error) {
	set, version, err := s.store.Settings(ctx)
	if err != nil {
		return nil, err
	}
	if err := in.check("the settings", version); err != nil {
		return nil, err
	}
	set, version, err = s.orders.UpdateSettings(ctx, actor(ctx), in.Body.over(set), version)
	if err != nil {
		return nil, err
	}
	return &settingsOutput{etag(version), settingsOf(set, version)}, nil
}

func (b SettingsPatch) over(set gam.Settings) gam.Settings {
	set.EndpointPollSeconds = given(b.EndpointPollS, set.EndpointPollSeconds)
	set.ConfigPollSeconds = given(b.ConfigPollS, set.ConfigPollSeconds)
	set.DeviceDeadlineSec = given(b.DeviceDeadlineS, set.DeviceDeadlineSec)
	set.OfflineAfter = given(b.OfflineAfter, set.OfflineAfter)
	if b.SubscriberVLANs != nil {
		set.SubscriberVLANs = gam.VLANRange(*b.SubscriberVLANs)
	}
	if b.VLANPolicy != nil {
		set.VLANPolicy = *policyIn(b.VLANPolicy)
	}
	set.SuspendPolicy = gam.SuspendPolicy(given(b.SuspendPolicy, string(set.SuspendPolicy)))
	set.WalledGardenVLAN = b.WalledGardenVLAN.or(set.WalledGardenVLAN)
	set.SlowPlanID = gam.PlanID(b.SlowPlanID.or(int64(set.SlowPlanID)))
	set.RepairDrift = given(b.RepairDrift, set.RepairDrift)
	set.NameTemplate = given(b.NameTemplate, set.NameTemplate)
	return set
}

func settingsOf(s gam.Settings, version int64) Settings {
	return Settings{
		Version:       version,
		EndpointPollS: s.EndpointPollSeconds, ConfigPollS: s.ConfigPollSeconds, DeviceDeadlineS: s.DeviceDeadlineSec, OfflineAfter: s.OfflineAfter,
		SubscriberVLANs: VLANRange(s.SubscriberVLANs), VLANPolicy: policyOut(s.VLANPolicy),
		SuspendPolicy: string(s.SuspendPolicy), WalledGardenVLAN: orNull(s.WalledGardenVLAN), SlowPlanID: orNull(int64(s.SlowPlanID)),
		RepairDrift: s.RepairDrift, NameTemplate: s.NameTemplate,
	}
}
