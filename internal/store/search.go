package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// maxHits bounds one search.
const maxHits = 100

// Search finds things of every kind by MAC address in any spelling or part of
// it, name, VLAN, serial number, address or the other system's customer id.
// Subscribers come first, then devices, endpoints, sites and plans; together
// they are at most limit (1 to 100, else 20).
func (q *Queries) Search(ctx context.Context, words string, limit int) ([]Hit, error) {
	if limit < 1 || limit > maxHits {
		limit = 20
	}
	out := []Hit{}
	// A MAC address in groups ("00 0E D8…") is one word.
	if mac, err := gam.ParseMAC(words); err == nil {
		words = mac.Compact()
	}
	if fold(words) == "" {
		return out, nil
	}
	for _, find := range []func(context.Context, ListQuery) ([]Hit, error){
		q.findSubscribers, q.findDevices, q.findEndpoints, q.findSites, q.findPlans,
	} {
		if len(out) == limit {
			break
		}
		hits, err := find(ctx, ListQuery{Q: words, Limit: limit - len(out)})
		if err != nil {
			return nil, err
		}
		out = append(out, hits...)
	}
	return out, nil
}

func hits[T any](p Page[T], err error, hit func(T) Hit) ([]Hit, error) {
	if err != nil {
		return nil, err
	}
	var out []Hit
	for _, v := range p.Items {
		out = append(out, hit(v))
	}
	return out, nil
}

// detail joins what is known.
func detail(parts ...string) string {
	var known []string
	for _, p := range parts {
		if p != "" {
			known = append(known, p)
		}
	}
	return strings.Join(known, " · ")
}

func (q *Queries) findSubscribers(ctx context.Context, lq ListQuery) ([]Hit, error) {
	lq.Sort = "-updated_at"
	p, err := q.Subscribers(ctx, lq)
	return hits(p, err, func(s gam.Subscriber) Hit {
		vlan := ""
		if s.VLANID != 0 {
			vlan = fmt.Sprintf("VLAN %d", s.VLANID)
		}
		return Hit{
			Kind: EventSubscriber, ID: strconv.FormatInt(int64(s.ID), 10), Title: s.Name,
			Detail: detail(s.Description, s.EndpointMAC.String(), vlan, string(s.Status)), DeviceID: s.DeviceID,
		}
	})
}

func (q *Queries) findDevices(ctx context.Context, lq ListQuery) ([]Hit, error) {
	p, err := q.Devices(ctx, lq)
	return hits(p, err, func(d gam.Device) Hit {
		return Hit{
			Kind: EventDevice, ID: strconv.FormatInt(int64(d.ID), 10), Title: d.Name,
			Detail: detail(d.Model, d.SerialNumber, d.Address), DeviceID: d.ID,
		}
	})
}

func (q *Queries) findEndpoints(ctx context.Context, lq ListQuery) ([]Hit, error) {
	p, err := q.Endpoints(ctx, lq)
	return hits(p, err, func(e Endpoint) Hit {
		return Hit{
			Kind: EventEndpoint, ID: e.MAC.String(), Title: e.MAC.String(),
			Detail: detail(e.DeviceName, gam.GhnName(e.Port()), e.SubscriberName, string(e.State)), DeviceID: e.DeviceID,
		}
	})
}

func (q *Queries) findSites(ctx context.Context, lq ListQuery) ([]Hit, error) {
	p, err := q.Sites(ctx, lq)
	return hits(p, err, func(s gam.Site) Hit {
		return Hit{Kind: EventSite, ID: strconv.FormatInt(int64(s.ID), 10), Title: s.Name, Detail: s.Address}
	})
}

func (q *Queries) findPlans(ctx context.Context, lq ListQuery) ([]Hit, error) {
	p, err := q.Plans(ctx, lq)
	return hits(p, err, func(p Plan) Hit {
		return Hit{Kind: EventPlan, ID: strconv.FormatInt(int64(p.ID), 10), Title: p.Name, Detail: p.Description}
	})
}

// FleetSummary is the dashboard's figures.
func (q *Queries) FleetSummary(ctx context.Context) (Summary, error) {
	s := Summary{}
	for _, g := range []struct {
		table, column, where string
		into                 *map[string]int
		total                *int
	}{
		{"device_states", "status", "1 = 1", &s.DevicesByStatus, &s.Devices},
		{"device_states", "sync_phase", "1 = 1", &s.DevicesBySync, nil},
		{"endpoint_states", "state", "1 = 1", &s.EndpointsByState, &s.Endpoints},
		{"subscribers", "status", "1 = 1", &s.SubscribersByStat, nil},
		{"subscribers", "sync_phase", "status <> 'ended'", &s.SubscribersBySync, &s.Subscribers},
	} {
		var rows []struct {
			Name string
			N    int
		}
		err := q.db.NewSelect().Table(g.table).ColumnExpr(g.column+" AS name").ColumnExpr("count(*) AS n").
			Where(g.where).Group(g.column).Scan(ctx, &rows)
		if err != nil {
			return Summary{}, q.failed(err, "count %s by %s", g.table, g.column)
		}
		*g.into = map[string]int{}
		for _, r := range rows {
			(*g.into)[r.Name] = r.N
			if g.total != nil {
				*g.total += r.N
			}
		}
	}
	for _, c := range []struct {
		table, where string
		into         *int
	}{
		{"endpoint_states", "NOT configured AND detected_port <> 0", &s.EndpointsUnknown},
		{"endpoint_states", "firmware_mismatch", &s.FirmwareMismatch},
		{"plans", "1 = 1", &s.Plans},
		{"sites", "1 = 1", &s.Sites},
	} {
		n, err := q.db.NewSelect().Table(c.table).Where(c.where).Count(ctx)
		if err != nil {
			return Summary{}, q.failed(err, "count %s", c.table)
		}
		*c.into = int(n)
	}
	return s, nil
}
