package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

// upsertBatch is the rows of one statement; larger ones cost more to build
// than they save.
const upsertBatch = 500

// The subscriber of an endpoint is whoever ordered its MAC address; on a
// port-aware device, whoever has the port it is on.
var endpointJoins = []join{
	{"d", "JOIN devices AS d ON d.id = e.device_id"},
	{"ds", "JOIN device_states AS ds ON ds.device_id = e.device_id"},
	{"sm", "LEFT JOIN subscribers AS sm ON sm.endpoint_mac = e.mac_address AND sm.endpoint_mac <> '' AND sm.status <> 'ended'"},
	// CASE keeps the inner query from running for every other endpoint; min
	// keeps an endpoint from being listed twice.
	{"sp", "LEFT JOIN subscribers AS sp ON sp.id = CASE WHEN sm.id IS NULL AND ds.subscriber_model = 'port_aware' AND e.port <> 0 THEN" +
		" (SELECT min(x.id) FROM subscribers AS x WHERE x.device_id = e.device_id AND x.port = e.port" +
		" AND x.endpoint_mac = '' AND x.status <> 'ended') END"},
}

var endpointColumns = []string{
	"e.*", "d.name AS device_name", "COALESCE(d.site_id, 0) AS site_id",
	"COALESCE(sm.id, sp.id, 0) AS subscriber_id", "COALESCE(sm.name, sp.name, '') AS subscriber_name",
}

var endpointList = &listing{
	fields: map[string]field{
		"mac_address":       {"e.mac_address", kMAC},
		"device_id":         {"e.device_id", kInt},
		"device_name":       {"d.name", kFold},
		"site_id":           {"COALESCE(d.site_id, 0)", kInt},
		"port":              {"e.port", kInt},
		"state":             {"e.state", kText},
		"configured":        {"e.configured", kBool},
		"model":             {"e.model", kText},
		"serial_number":     {"e.serial_number", kText},
		"firmware":          {"e.firmware", kText},
		"firmware_mismatch": {"e.firmware_mismatch", kBool},
		"profile":           {"e.profile_name", kText},
		"phy_rate_rx_mbps":  {"e.phy_rate_rx_mbps", kMbps},
		"phy_rate_tx_mbps":  {"e.phy_rate_tx_mbps", kMbps},
		"wire_length_m":     {"e.wire_length_m", kMbps},
		"subscriber_id":     {"COALESCE(sm.id, sp.id, 0)", kInt},
		"subscriber_name":   {"COALESCE(sm.name, sp.name, '')", kFold},
		"first_seen_at":     {"e.first_seen_at", kTime},
		"last_seen_at":      {"e.last_seen_at", kTime},
	},
	sort: "mac_address",
	tie:  []field{{"e.mac_address", kMAC}, {"e.device_id", kInt}},
	keys: []string{"device_id", "mac_address"}, table: "endpoint_states", alias: "e",
	joins:  endpointJoins,
	search: []string{"e.search_text", "d.search_text", "COALESCE(sm.search_text, sp.search_text, '')"},
	mac:    "e.mac_address",
}

func (q *Queries) selectEndpoints() *bun.SelectQuery {
	sel := q.db.NewSelect().Model((*endpointView)(nil))
	for _, j := range endpointJoins {
		sel = sel.Join(j.on)
	}
	return sel
}

// Endpoints lists the endpoints of all devices.
func (q *Queries) Endpoints(ctx context.Context, lq ListQuery) (Page[Endpoint], error) {
	return list(ctx, q, "endpoints", endpointList, lq, endpointColumns, endpointView.endpoint)
}

// Endpoint finds an endpoint by its address. When two devices list it, the
// one that detects it counts, then the one that has seen it last.
func (q *Queries) Endpoint(ctx context.Context, mac gam.MAC) (Endpoint, error) {
	all, err := q.endpointsWhere(ctx, "e.mac_address = ?", mac.Compact(),
		"(CASE WHEN e.detected_port <> 0 THEN 0 ELSE 1 END), e.last_seen_at DESC, e.seen_at DESC, e.device_id")
	if err != nil {
		return Endpoint{}, err
	}
	if len(all) == 0 {
		return Endpoint{}, fmt.Errorf("endpoint %s: %w", mac, gam.ErrNotFound)
	}
	return all[0], nil
}

// EndpointsOf is every endpoint of a device, by port and address.
func (q *Queries) EndpointsOf(ctx context.Context, id gam.DeviceID) ([]Endpoint, error) {
	return q.endpointsWhere(ctx, "e.device_id = ?", id, "e.port, e.mac_address")
}

func (q *Queries) endpointsWhere(ctx context.Context, where string, arg any, order string) ([]Endpoint, error) {
	var rows []endpointView
	sel := q.selectEndpoints().Where(where, arg).OrderExpr(order)
	for _, c := range endpointColumns {
		sel = sel.ColumnExpr(c)
	}
	if err := sel.Scan(ctx, &rows); err != nil {
		return nil, q.failed(err, "read endpoints")
	}
	out := make([]Endpoint, 0, len(rows))
	for _, r := range rows {
		e, err := r.endpoint()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// SaveEndpoints keeps the endpoints of a device as a read at a time saw them:
// seen is the device's whole list, configured and detected ones. What is not
// in it is forgotten. Where Detail is missing or not alive, the last known
// values of the link stay and are marked as not alive. The feed is told once
// when an endpoint came, went, or changed its state or port.
func (q *Queries) SaveEndpoints(ctx context.Context, id gam.DeviceID, seen []gam.EndpointStatus, seenAt time.Time) error {
	what := fmt.Sprintf("save the endpoints of device %d", id)
	rows := make([]endpointRow, 0, len(seen))
	news := make(map[string]string, len(seen))
	for _, s := range seen {
		r := newEndpointRow(id, s, seenAt)
		if _, twice := news[r.MACAddress]; twice || s.MAC.IsZero() {
			continue // a device that lists an address twice means it once
		}
		news[r.MACAddress] = r.brief()
		rows = append(rows, r)
	}
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		var old []endpointRow
		if err := q.db.NewSelect().Model(&old).Column("mac_address", "port", "configured", "state", "firmware_mismatch").
			Where("device_id = ?", id).Scan(ctx); err != nil {
			return q.failed(err, "%s", what)
		}
		changed, gone := len(rows)-len(old), []string(nil)
		for _, o := range old {
			brief, still := news[o.MACAddress]
			if !still {
				gone = append(gone, o.MACAddress)
			}
			if brief != o.brief() {
				changed++
			}
		}
		if len(gone) > 0 {
			if _, err := q.db.NewDelete().Table("endpoint_states").Where("device_id = ?", id).
				Where("mac_address IN (?)", bun.List(gone)).Exec(ctx); err != nil {
				return q.failed(err, "%s", what)
			}
		}
		for rest := rows; len(rest) > 0; {
			batch := rest[:min(upsertBatch, len(rest))]
			rest = rest[len(batch):]
			if _, err := q.db.NewInsert().Model(&batch).On("CONFLICT (device_id, mac_address) DO UPDATE").
				Set(endpointUpsert).Returning("NULL").Exec(ctx); err != nil {
				return q.hung(err, "%s", what)
			}
		}
		if changed == 0 && len(gone) == 0 {
			return nil
		}
		return q.tell(ctx, EventEndpoint, 0, id, "seen")
	})
}

// brief is what the feed tells changes of.
func (r endpointRow) brief() string {
	return strings.Join([]string{r.State, fmt.Sprint(r.Port), fmt.Sprint(r.Configured), fmt.Sprint(r.FirmwareMismatch)}, "|")
}
