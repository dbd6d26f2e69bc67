package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

type siteRow struct {
	bun.BaseModel `bun:"table:sites,alias:si"`
	ID            int64   `bun:"id,pk,autoincrement"`
	Version       int64   `bun:"version"`
	Name          string  `bun:"name"`
	Address       string  `bun:"address"`
	Notes         string  `bun:"notes"`
	VLANPolicy    *string `bun:"vlan_policy"`
	SearchText    string  `bun:"search_text"`
	CreatedAt     int64   `bun:"created_at"`
	cursorCols
}

var siteList = &listing{
	fields: map[string]field{
		"id":         {"si.id", kInt},
		"name":       {"si.name", kFold},
		"address":    {"si.address", kFold},
		"created_at": {"si.created_at", kTime},
	},
	sort:   "name",
	tie:    []field{{"si.id", kInt}},
	search: []string{"si.search_text"},
}

func newSiteRow(s *gam.Site) (siteRow, error) {
	r := siteRow{
		ID: int64(s.ID), Version: s.Version, Name: text(s.Name), Address: text(s.Address), Notes: text(s.Notes),
		SearchText: fold(s.Name, s.Address, s.Notes), CreatedAt: us(s.CreatedAt),
	}
	if s.VLANPolicy != nil {
		j, err := toJSON(s.VLANPolicy)
		if err != nil {
			return r, err
		}
		r.VLANPolicy = &j
	}
	return r, nil
}

func (r siteRow) site() (gam.Site, error) {
	s := gam.Site{ID: gam.SiteID(r.ID), Version: r.Version, Name: r.Name, Address: r.Address, Notes: r.Notes, CreatedAt: at(r.CreatedAt)}
	if r.VLANPolicy != nil {
		s.VLANPolicy = &gam.VLANPolicy{}
		if err := json.Unmarshal([]byte(*r.VLANPolicy), s.VLANPolicy); err != nil {
			return gam.Site{}, fmt.Errorf("decode the VLAN policy of site %d: %w", r.ID, err)
		}
	}
	return s, nil
}

// Sites lists sites.
func (q *Queries) Sites(ctx context.Context, lq ListQuery) (Page[gam.Site], error) {
	return list(ctx, q, "sites", siteList, lq,
		[]string{"si.*"}, siteRow.site)
}

// Site reads one site.
func (q *Queries) Site(ctx context.Context, id gam.SiteID) (gam.Site, error) {
	var r siteRow
	if err := q.db.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return gam.Site{}, q.failed(err, "site %d", id)
	}
	return r.site()
}

// AddSite keeps a new site and fills its ID, Version and CreatedAt.
func (q *Queries) AddSite(ctx context.Context, s *gam.Site) error {
	n := *s
	n.ID, n.Version, n.CreatedAt = 0, 1, now()
	r, err := newSiteRow(&n)
	if err != nil {
		return err
	}
	err = q.write(ctx, func(ctx context.Context, q *Queries) error {
		r.ID = 0
		if _, err := q.db.NewInsert().Model(&r).Exec(ctx); err != nil {
			return q.failed(err, "add site %q", gam.Clip(n.Name, 60))
		}
		return q.tell(ctx, EventSite, r.ID, 0, "added")
	})
	if err == nil {
		n.ID = gam.SiteID(r.ID)
		give(q, s, n)
	}
	return err
}

// UpdateSite writes a site and raises Version; when s.Version is not the
// stored one, nothing is written: gam.ErrStale.
func (q *Queries) UpdateSite(ctx context.Context, s *gam.Site) error {
	r, err := newSiteRow(s)
	if err != nil {
		return err
	}
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		res, err := q.db.NewUpdate().Model(&r).Column("name", "address", "notes", "vlan_policy", "search_text").
			Set("version = version + 1").WherePK().Where("version = ?", s.Version).Exec(ctx)
		if err := q.stale(ctx, "sites", r.ID, res, err, fmt.Sprintf("update site %d", s.ID)); err != nil {
			return err
		}
		if err := q.tell(ctx, EventSite, r.ID, 0, "changed"); err != nil {
			return err
		}
		give(q, &s.Version, s.Version+1)
		return nil
	})
}

// DeleteSite forgets a site. It is gam.ErrConflict while devices are in it.
func (q *Queries) DeleteSite(ctx context.Context, id gam.SiteID) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("delete site %d", id)
		n, err := q.db.NewSelect().Table("devices").Where("site_id = ?", id).Count(ctx)
		if err != nil {
			return q.failed(err, "%s", what)
		}
		if n > 0 {
			return fmt.Errorf("%s: %w: %d device(s) are in it; move them first", what, gam.ErrConflict, n)
		}
		res, err := q.db.NewDelete().Table("sites").Where("id = ?", id).Exec(ctx)
		if err := q.touched(res, err, "%s", what); err != nil {
			return err
		}
		return q.tell(ctx, EventSite, int64(id), 0, "deleted")
	})
}
