package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

type configRow struct {
	bun.BaseModel `bun:"table:device_configs,alias:c"`
	DeviceID      int64  `bun:"device_id,pk"`
	Data          string `bun:"data"`
	VLANs         string `bun:"vlans"`
	ReadAt        int64  `bun:"read_at"`
}

// SaveConfig keeps the configuration that was read from a device at a time.
func (q *Queries) SaveConfig(ctx context.Context, id gam.DeviceID, c gam.Config, readAt time.Time) error {
	what := fmt.Sprintf("save the configuration of device %d", id)
	data, err := toJSON(c)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	vlans, err := toJSON(configVLANs(c))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	r := configRow{DeviceID: int64(id), Data: data, VLANs: vlans, ReadAt: us(readAt)}
	_, err = q.db.NewInsert().Model(&r).On("CONFLICT (device_id) DO UPDATE").
		Set("data = EXCLUDED.data, vlans = EXCLUDED.vlans, read_at = EXCLUDED.read_at").Returning("NULL").Exec(ctx)
	return q.hung(err, "%s", what)
}

// configVLANs is every VLAN that the device's subscriber entries carry at the
// uplink or at an endpoint, ours or not.
func configVLANs(c gam.Config) []int {
	set := map[int]bool{}
	for _, s := range c.Services {
		for _, v := range append([]int{s.VLAN, s.RemappedVLAN, s.Port2VLAN}, s.AllowedVLANs...) {
			if v != 0 {
				set[v] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// Config is the configuration last read from a device, and when. Before the
// first read it is gam.ErrNotFound.
func (q *Queries) Config(ctx context.Context, id gam.DeviceID) (gam.Config, time.Time, error) {
	var r configRow
	if err := q.db.NewSelect().Model(&r).Where("device_id = ?", id).Scan(ctx); err != nil {
		return gam.Config{}, time.Time{}, q.failed(err, "configuration of device %d", id)
	}
	var c gam.Config
	if err := json.Unmarshal([]byte(r.Data), &c); err != nil {
		return gam.Config{}, time.Time{}, fmt.Errorf("decode the configuration of device %d: %w", id, err)
	}
	return c, at(r.ReadAt), nil
}

type portRow struct {
	bun.BaseModel `bun:"table:device_ports,alias:p"`
	DeviceID      int64  `bun:"device_id,pk"`
	Kind          string `bun:"kind,pk"`
	Number        int    `bun:"number,pk"`
	Name          string `bun:"name"`
	PortType      string `bun:"port_type"`
	AdminUp       *bool  `bun:"admin_up"`
	Up            bool   `bun:"up"`
	FullDuplex    bool   `bun:"full_duplex"`
	SpeedMbps     int    `bun:"speed_mbps"`
	SFP           string `bun:"sfp"`
	SeenAt        int64  `bun:"seen_at"`
	EndpointCount int    `bun:"endpoint_count,scanonly"`
}

// SavePorts keeps the ports of a device as a read at a time saw them; ports
// that the list does not name are forgotten.
func (q *Queries) SavePorts(ctx context.Context, id gam.DeviceID, ports []gam.PortStatus, seenAt time.Time) error {
	what := fmt.Sprintf("save the ports of device %d", id)
	seen := map[string]bool{}
	var rows []portRow
	for _, p := range ports {
		if seen[p.IfName()] {
			continue // a device that lists a port twice means it once
		}
		seen[p.IfName()] = true
		rows = append(rows, portRow{
			DeviceID: int64(id), Kind: text(string(p.Kind)), Number: p.Number, Name: text(p.Name), PortType: text(string(p.Type)),
			AdminUp: p.AdminUp, Up: p.Up, FullDuplex: p.FullDuplex, SpeedMbps: p.SpeedMbps, SFP: text(p.SFP), SeenAt: us(seenAt),
		})
	}
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		if _, err := q.db.NewDelete().Table("device_ports").Where("device_id = ?", id).Exec(ctx); err != nil {
			return q.failed(err, "%s", what)
		}
		if len(rows) == 0 {
			return nil
		}
		_, err := q.db.NewInsert().Model(&rows).Returning("NULL").Exec(ctx)
		return q.hung(err, "%s", what)
	})
}

// Ports is the ports of a device as last seen: G.hn ports, uplinks, then
// management.
func (q *Queries) Ports(ctx context.Context, id gam.DeviceID) ([]Port, error) {
	var rows []portRow
	err := q.db.NewSelect().Model(&rows).ColumnExpr("?TableColumns").
		ColumnExpr("(SELECT count(*) FROM endpoint_states e WHERE e.device_id = p.device_id AND e.port = p.number AND p.kind = ?) AS endpoint_count", gam.PortGhn).
		Where("p.device_id = ?", id).
		OrderExpr("CASE p.kind WHEN ? THEN 0 WHEN ? THEN 1 ELSE 2 END, p.number", gam.PortGhn, gam.PortUplink).Scan(ctx)
	if err != nil {
		return nil, q.failed(err, "ports of device %d", id)
	}
	out := make([]Port, 0, len(rows))
	for _, r := range rows {
		out = append(out, Port{
			PortStatus: gam.PortStatus{
				Kind: gam.PortKind(r.Kind), Number: r.Number, Name: r.Name, Type: gam.PortType(r.PortType),
				AdminUp: r.AdminUp, Up: r.Up, FullDuplex: r.FullDuplex, SpeedMbps: r.SpeedMbps, SFP: r.SFP,
			},
			EndpointCount: r.EndpointCount,
			SeenAt:        at(r.SeenAt),
		})
	}
	return out, nil
}
