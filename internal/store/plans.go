package store

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/opengam/opengam/internal/gam"
)

type planCols struct {
	ID              int64  `bun:"id,pk,autoincrement"`
	Version         int64  `bun:"version"`
	Name            string `bun:"name"`
	Description     string `bun:"description"`
	DownstreamMbps  *int   `bun:"downstream_mbps"`
	UpstreamMbps    *int   `bun:"upstream_mbps"`
	OverheadPercent int    `bun:"overhead_percent"`
	SearchText      string `bun:"search_text"`
}

type planRow struct {
	bun.BaseModel `bun:"table:plans,alias:pl"`
	planCols
}

type planView struct {
	bun.BaseModel `bun:"table:plans,alias:pl"`
	planCols
	InUse int `bun:"in_use"`
	cursorCols
}

const planInUse = "(SELECT count(*) FROM subscribers AS s WHERE s.plan_id = pl.id AND s.status <> 'ended')"

var planList = &listing{
	fields: map[string]field{
		"id":               {"pl.id", kInt},
		"name":             {"pl.name", kFold},
		"downstream_mbps":  {"pl.downstream_mbps", kMbps},
		"upstream_mbps":    {"pl.upstream_mbps", kMbps},
		"overhead_percent": {"pl.overhead_percent", kInt},
		"in_use":           {planInUse, kInt},
	},
	sort:   "name",
	tie:    []field{{"pl.id", kInt}},
	search: []string{"pl.search_text"},
}

func newPlanRow(p *gam.Plan) planRow {
	return planRow{planCols: planCols{
		ID: int64(p.ID), Version: p.Version, Name: text(p.Name), Description: text(p.Description),
		DownstreamMbps: p.DownstreamMbps, UpstreamMbps: p.UpstreamMbps, OverheadPercent: p.OverheadPercent,
		SearchText: fold(p.Name, p.Description),
	}}
}

func (r planCols) plan() gam.Plan {
	return gam.Plan{
		ID: gam.PlanID(r.ID), Version: r.Version, Name: r.Name, Description: r.Description,
		DownstreamMbps: r.DownstreamMbps, UpstreamMbps: r.UpstreamMbps, OverheadPercent: r.OverheadPercent,
	}
}

// Plans lists plans with their use.
func (q *Queries) Plans(ctx context.Context, lq ListQuery) (Page[Plan], error) {
	return list(ctx, q, "plans", planList, lq,
		[]string{"pl.*", planInUse + " AS in_use"},
		func(r planView) (Plan, error) { return Plan{Plan: r.plan(), InUse: r.InUse}, nil })
}

// AllPlans is every plan, by id.
func (q *Queries) AllPlans(ctx context.Context) ([]gam.Plan, error) {
	var rows []planRow
	if err := q.db.NewSelect().Model(&rows).Order("id").Scan(ctx); err != nil {
		return nil, q.failed(err, "read plans")
	}
	out := make([]gam.Plan, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.plan())
	}
	return out, nil
}

// Plan reads one plan.
func (q *Queries) Plan(ctx context.Context, id gam.PlanID) (gam.Plan, error) {
	var r planRow
	if err := q.db.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return gam.Plan{}, q.failed(err, "plan %d", id)
	}
	return r.plan(), nil
}

// PlanInUse counts the subscribers on a plan that have not ended.
func (q *Queries) PlanInUse(ctx context.Context, id gam.PlanID) (int, error) {
	n, err := q.db.NewSelect().Table("subscribers").Where("plan_id = ?", id).Where("status <> ?", gam.SubEnded).Count(ctx)
	return int(n), q.failed(err, "count subscribers on plan %d", id)
}

// AddPlan keeps a new plan and fills its ID and Version.
func (q *Queries) AddPlan(ctx context.Context, p *gam.Plan) error {
	n := *p
	n.ID, n.Version = 0, 1
	err := q.write(ctx, func(ctx context.Context, q *Queries) error {
		r := newPlanRow(&n)
		r.ID = 0
		if _, err := q.db.NewInsert().Model(&r).Exec(ctx); err != nil {
			return q.failed(err, "add plan %q", gam.Clip(n.Name, 60))
		}
		n.ID = gam.PlanID(r.ID)
		return q.tell(ctx, EventPlan, r.ID, 0, "added")
	})
	if err == nil {
		give(q, p, n)
	}
	return err
}

// UpdatePlan writes a plan and raises Version; when p.Version is not the
// stored one, nothing is written: gam.ErrStale.
func (q *Queries) UpdatePlan(ctx context.Context, p *gam.Plan) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("update plan %d", p.ID)
		r := newPlanRow(p)
		res, err := q.db.NewUpdate().Model(&r).
			Column("name", "description", "downstream_mbps", "upstream_mbps", "overhead_percent", "search_text").
			Set("version = version + 1").WherePK().Where("version = ?", p.Version).Exec(ctx)
		if err := q.stale(ctx, "plans", r.ID, res, err, what); err != nil {
			return err
		}
		if err := q.tell(ctx, EventPlan, r.ID, 0, "changed"); err != nil {
			return err
		}
		give(q, &p.Version, p.Version+1)
		return nil
	})
}

// DeletePlan forgets a plan. It is gam.ErrConflict while subscribers that have
// not ended, or the settings, use it.
func (q *Queries) DeletePlan(ctx context.Context, id gam.PlanID) error {
	return q.write(ctx, func(ctx context.Context, q *Queries) error {
		what := fmt.Sprintf("delete plan %d", id)
		n, err := q.PlanInUse(ctx, id)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%s: %w: %d subscriber(s) have it; give them another plan first", what, gam.ErrConflict, n)
		}
		settings, _, err := q.Settings(ctx)
		if err != nil {
			return err
		}
		if settings.SuspendPolicy == gam.SuspendSlow && settings.SlowPlanID == id {
			return fmt.Errorf("%s: %w: the settings give it to suspended subscribers; choose another there first", what, gam.ErrConflict)
		}
		res, err := q.db.NewDelete().Table("plans").Where("id = ?", id).Exec(ctx)
		if err := q.touched(res, err, "%s", what); err != nil {
			return err
		}
		return q.tell(ctx, EventPlan, int64(id), 0, "deleted")
	})
}

// DevicesOfPlan lists the devices with subscribers on a plan that have not
// ended, by id.
func (q *Queries) DevicesOfPlan(ctx context.Context, id gam.PlanID) ([]gam.DeviceID, error) {
	var ids []gam.DeviceID
	err := q.db.NewSelect().Table("subscribers").ColumnExpr("DISTINCT device_id").
		Where("plan_id = ?", id).Where("status <> ?", gam.SubEnded).Where("device_id IS NOT NULL").
		Order("device_id").Scan(ctx, &ids)
	return ids, q.failed(err, "devices of plan %d", id)
}
