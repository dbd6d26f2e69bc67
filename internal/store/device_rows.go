package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

// deviceCols is the wanted side of a device.
type deviceCols struct {
	ID               int64  `bun:"id,pk,autoincrement"`
	Version          int64  `bun:"version"`
	Name             string `bun:"name"`
	SiteID           int64  `bun:"site_id,nullzero"`
	Address          string `bun:"address"`
	Notes            string `bun:"notes"`
	Mode             string `bun:"mode"`
	Access           string `bun:"access"`
	TLSPin           string `bun:"tls_pin"`
	JSONRPCPassword  string `bun:"jsonrpc_password"`
	SSHPassword      string `bun:"ssh_password"`
	SNMPCommunity    string `bun:"snmp_community"`
	SNMPAuthPassword string `bun:"snmp_auth_password"`
	SNMPPrivPassword string `bun:"snmp_priv_password"`
	WantedRev        int64  `bun:"wanted_rev"`
	ApprovedPlan     string `bun:"approved_plan"`
	SearchText       string `bun:"search_text"`
	CreatedAt        int64  `bun:"created_at"`
}

// stateCols is the observed side of a device.
type stateCols struct {
	DeviceID          int64  `bun:"device_id,pk"`
	Model             string `bun:"model"`
	ObjectID          string `bun:"object_id"`
	SerialNumber      string `bun:"serial_number"`
	MACAddress        string `bun:"mac_address"`
	Firmware          string `bun:"firmware"`
	FirmwareAlternate string `bun:"firmware_alternate"`
	SubscriberModel   string `bun:"subscriber_model"`
	DefaultNNI        int    `bun:"default_nni"`
	PortCount         int    `bun:"port_count"`
	Medium            string `bun:"medium"`
	Hostname          string `bun:"hostname"`
	UptimeUS          int64  `bun:"uptime_us"`
	Status            string `bun:"status"`
	StatusReason      string `bun:"status_reason"`
	Failures          int    `bun:"failures"`
	LastSeenAt        int64  `bun:"last_seen_at"`
	NextPollAt        int64  `bun:"next_poll_at"`
	SyncPhase         string `bun:"sync_phase"`
	SyncReason        string `bun:"sync_reason"`
	SyncSince         int64  `bun:"sync_since"`
	AppliedRev        int64  `bun:"applied_rev"`
	Unsaved           bool   `bun:"unsaved"`
	StateSearch       string `bun:"state_search"`
}

type deviceRow struct {
	bun.BaseModel `bun:"table:devices,alias:d"`
	deviceCols
}

type stateRow struct {
	bun.BaseModel `bun:"table:device_states,alias:ds"`
	stateCols
}

// deviceView is both sides joined.
type deviceView struct {
	bun.BaseModel `bun:"table:devices,alias:d"`
	deviceCols
	stateCols
	cursorCols
}

const joinStates = "JOIN device_states AS ds ON ds.device_id = d.id"

// accessJSON is gam.Access without what is secret or has its own column.
type accessJSON struct {
	JSONRPC struct {
		URL       string `json:"url"`
		Username  string `json:"username"`
		TLSVerify bool   `json:"tls_verify"`
	} `json:"jsonrpc"`
	SSH struct {
		Port     int    `json:"port"`
		Username string `json:"username"`
		HostKey  string `json:"host_key"`
	} `json:"ssh"`
	SNMP struct {
		Version      string `json:"version"`
		Port         int    `json:"port"`
		User         string `json:"user"`
		AuthProtocol string `json:"auth_protocol"`
		PrivProtocol string `json:"priv_protocol"`
	} `json:"snmp"`
	ProvisionVia gam.Via `json:"provision_via"`
	MonitorVia   gam.Via `json:"monitor_via"`
}

func accessToJSON(a gam.Access) (string, error) {
	var j accessJSON
	j.JSONRPC.URL, j.JSONRPC.Username, j.JSONRPC.TLSVerify = a.JSONRPC.URL, a.JSONRPC.Username, a.JSONRPC.TLSVerify
	j.SSH.Port, j.SSH.Username, j.SSH.HostKey = a.SSH.Port, a.SSH.Username, a.SSH.HostKey
	j.SNMP.Version, j.SNMP.Port, j.SNMP.User = a.SNMP.Version, a.SNMP.Port, a.SNMP.User
	j.SNMP.AuthProtocol, j.SNMP.PrivProtocol = a.SNMP.AuthProtocol, a.SNMP.PrivProtocol
	j.ProvisionVia, j.MonitorVia = a.ProvisionVia, a.MonitorVia
	return toJSON(j)
}

// secretCol is one credential and the column that keeps it.
type secretCol struct {
	name   string
	secret *gam.Secret
	column *string
}

// secrets pairs a device's credentials with their columns.
func (r *deviceCols) secrets(a *gam.Access) []secretCol {
	return []secretCol{
		{"jsonrpc_password", &a.JSONRPC.Password, &r.JSONRPCPassword},
		{"ssh_password", &a.SSH.Password, &r.SSHPassword},
		{"snmp_community", &a.SNMP.Community, &r.SNMPCommunity},
		{"snmp_auth_password", &a.SNMP.AuthPassword, &r.SNMPAuthPassword},
		{"snmp_priv_password", &a.SNMP.PrivPassword, &r.SNMPPrivPassword},
	}
}

// place is where a credential stands; it is encrypted for this place only.
func (r *deviceCols) place(column string) string {
	return "devices/" + strconv.FormatInt(r.ID, 10) + "/" + column
}

func (r *deviceCols) access(key Key) (gam.Access, error) {
	var j accessJSON
	if err := json.Unmarshal([]byte(r.Access), &j); err != nil {
		return gam.Access{}, fmt.Errorf("decode access: %w", err)
	}
	a := gam.Access{
		JSONRPC: gam.JSONRPCAccess{URL: j.JSONRPC.URL, Username: j.JSONRPC.Username, TLSVerify: j.JSONRPC.TLSVerify, TLSPin: r.TLSPin},
		SSH:     gam.SSHAccess{Port: j.SSH.Port, Username: j.SSH.Username, HostKey: j.SSH.HostKey},
		SNMP: gam.SNMPAccess{
			Version: j.SNMP.Version, Port: j.SNMP.Port, User: j.SNMP.User,
			AuthProtocol: j.SNMP.AuthProtocol, PrivProtocol: j.SNMP.PrivProtocol,
		},
		ProvisionVia: j.ProvisionVia,
		MonitorVia:   j.MonitorVia,
	}
	for _, c := range r.secrets(&a) {
		var err error
		if *c.secret, err = key.open(*c.column, r.place(c.name)); err != nil {
			return gam.Access{}, err
		}
	}
	return a, nil
}

// wanted fills the columns that people write, credentials excepted.
func (r *deviceCols) wanted(d *gam.Device) error {
	access, err := accessToJSON(d.Access)
	if err != nil {
		return err
	}
	r.Name, r.SiteID, r.Address, r.Notes, r.Mode = text(d.Name), int64(d.SiteID), text(d.Address), text(d.Notes), text(string(d.Mode))
	r.Access, r.TLSPin = access, text(d.Access.JSONRPC.TLSPin)
	r.SearchText = fold(d.Name, d.Address, d.Notes, d.Access.JSONRPC.URL)
	return nil
}

func (r *stateCols) identity(i gam.Identity) {
	r.Model, r.ObjectID, r.SerialNumber = text(i.Model), text(i.ObjectID), text(i.SerialNumber)
	r.MACAddress, r.Firmware, r.FirmwareAlternate = i.MACAddress.Compact(), text(i.Firmware), text(i.FirmwareAlternate)
	r.SubscriberModel, r.DefaultNNI, r.PortCount = text(string(i.SubscriberModel)), i.DefaultNNI, i.PortCount
	r.Medium, r.Hostname, r.UptimeUS = text(string(i.Medium)), text(i.Hostname), i.Uptime.Microseconds()
	r.StateSearch = fold(i.Model, i.SerialNumber, i.MACAddress.Compact(), i.Firmware, i.Hostname)
}

func (r deviceView) device(key Key) (gam.Device, error) {
	access, err := r.access(key)
	if err != nil {
		return gam.Device{}, fmt.Errorf("device %q: %w", r.Name, err)
	}
	mac, err := storedMAC(r.MACAddress)
	if err != nil {
		return gam.Device{}, fmt.Errorf("device %q: %w", r.Name, err)
	}
	return gam.Device{
		ID: gam.DeviceID(r.ID), Version: r.Version, Name: r.Name, SiteID: gam.SiteID(r.SiteID),
		Address: r.Address, Notes: r.Notes, Mode: gam.Mode(r.Mode), Access: access,
		Identity: gam.Identity{
			Model: r.Model, ObjectID: r.ObjectID, SerialNumber: r.SerialNumber, MACAddress: mac,
			Firmware: r.Firmware, FirmwareAlternate: r.FirmwareAlternate,
			SubscriberModel: gam.SubscriberModel(r.SubscriberModel), DefaultNNI: r.DefaultNNI,
			PortCount: r.PortCount, Medium: gam.Medium(r.Medium), Hostname: r.Hostname,
			Uptime: time.Duration(r.UptimeUS) * time.Microsecond,
		},
		Status: gam.Status(r.Status), StatusReason: r.StatusReason, Failures: r.Failures,
		LastSeenAt: at(r.LastSeenAt), NextPollAt: at(r.NextPollAt),
		Sync:      gam.Sync{Phase: gam.SyncPhase(r.SyncPhase), Reason: r.SyncReason, Since: at(r.SyncSince)},
		WantedRev: r.WantedRev, AppliedRev: r.AppliedRev, ApprovedPlan: r.ApprovedPlan, Unsaved: r.Unsaved,
		CreatedAt: at(r.CreatedAt),
	}, nil
}

// storedMAC reads an address as it is stored; ” is none.
func storedMAC(s string) (gam.MAC, error) {
	var m gam.MAC
	err := m.UnmarshalText([]byte(s))
	return m, err
}
