package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// CreatePlan adds a plan. ID and Version of in are ignored.
func (o *Orders) CreatePlan(ctx context.Context, actor string, in gam.Plan) (gam.Plan, error) {
	var out gam.Plan
	err := o.take(ctx, actor, func(ctx context.Context, w *order) error {
		p := in
		p.ID, p.Version = 0, 0
		if err := w.checkPlan(ctx, &p); err != nil {
			return err
		}
		if err := w.AddPlan(ctx, &p); err != nil {
			return err
		}
		w.made = Made{Kind: "plan", ID: int64(p.ID)}
		out = p
		return w.audit(ctx, "plan.create", planObject(p), planText(p))
	})
	return out, err
}

// UpdatePlan changes a plan. If its rates or its name change, every device
// that has it follows.
func (o *Orders) UpdatePlan(ctx context.Context, actor string, id gam.PlanID, patch PlanPatch) (gam.Plan, error) {
	var out gam.Plan
	err := o.take(ctx, actor, func(ctx context.Context, w *order) error {
		old, err := w.Plan(ctx, id)
		if err != nil {
			return err
		}
		if err := sameVersion(planObject(old), patch.Version, old.Version); err != nil {
			return err
		}
		p := old
		set(&p.Name, patch.Name)
		set(&p.Description, patch.Description)
		set(&p.DownstreamMbps, patch.DownstreamMbps)
		set(&p.UpstreamMbps, patch.UpstreamMbps)
		set(&p.OverheadPercent, patch.OverheadPercent)
		if err := w.checkPlan(ctx, &p); err != nil {
			return err
		}
		before, after := planText(old), planText(p)
		if before == after && old.Description == p.Description {
			out = old
			return nil
		}
		if err := w.UpdatePlan(ctx, &p); err != nil {
			return err
		}
		if before != after {
			if err := w.touchPlan(ctx, id); err != nil {
				return err
			}
		}
		out = p
		return w.audit(ctx, "plan.update", planObject(p), before+" → "+after)
	})
	return out, err
}

// DeletePlan forgets a plan that nobody has: gam.ErrConflict otherwise.
func (o *Orders) DeletePlan(ctx context.Context, actor string, id gam.PlanID) error {
	return o.take(ctx, actor, func(ctx context.Context, w *order) error {
		p, err := w.Plan(ctx, id)
		if err != nil {
			return err
		}
		if err := w.DeletePlan(ctx, id); err != nil {
			return err
		}
		return w.audit(ctx, "plan.delete", planObject(p), planText(p))
	})
}

// checkPlan refuses a plan that no device could deliver, or whose name
// another has.
func (w *order) checkPlan(ctx context.Context, p *gam.Plan) error {
	p.Name = gam.Clean(p.Name, maxNotes)
	p.Description = gam.Clean(p.Description, maxNotes)
	var bad refusals
	if err := bad.check(p.Validate()); err != nil {
		return err
	}
	all, err := w.AllPlans(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Name == p.Name && other.ID != p.ID {
			bad.add("name", "name_taken", "plan %d has the name %q; choose another", other.ID, p.Name)
		}
	}
	return bad.Err()
}

// touchPlan makes every device follow that serves somebody by this plan.
func (w *order) touchPlan(ctx context.Context, id gam.PlanID) error {
	devices, err := w.DevicesOfPlan(ctx, id)
	if err != nil {
		return err
	}
	w.touch(devices...)
	if err := w.awaitAll(ctx, map[string]string{"plan_id": strconv.FormatInt(int64(id), 10)}); err != nil {
		return err
	}
	if w.settings.SuspendPolicy == gam.SuspendSlow && w.settings.SlowPlanID == id {
		return w.touchSuspended(ctx)
	}
	return nil
}

// touchSuspended makes every device follow that has suspended subscribers.
func (w *order) touchSuspended(ctx context.Context) error {
	return w.awaitAll(ctx, map[string]string{"status": string(gam.SubSuspended)})
}

// UpdateSettings replaces the settings as read at version. If suspension or
// the handling of drift changes, the devices concerned follow. VLANs that are
// given out already stay.
func (o *Orders) UpdateSettings(ctx context.Context, actor string, in gam.Settings, version int64) (gam.Settings, int64, error) {
	var out gam.Settings
	var now int64
	err := o.take(ctx, actor, func(ctx context.Context, w *order) error {
		var bad refusals
		if err := bad.check(in.Validate()); err != nil {
			return err
		}
		if in.SuspendPolicy == gam.SuspendSlow && in.SlowPlanID != 0 {
			if _, err := w.Plan(ctx, in.SlowPlanID); errors.Is(err, gam.ErrNotFound) {
				bad.add("slow_plan_id", "plan_unknown", "there is no plan %d", in.SlowPlanID)
			} else if err != nil {
				return err
			}
		}
		if !strings.Contains(in.NameTemplate, "{id}") && !strings.Contains(in.NameTemplate, "{name}") &&
			!strings.Contains(in.NameTemplate, "{description}") && !has(bad, "name_template") {
			bad.add("name_template", "name_template", "a name template needs at least one of {id}, {name}, {description}")
		}
		if err := bad.Err(); err != nil {
			return err
		}
		old := w.settings
		if err := w.SaveSettings(ctx, in, version); err != nil {
			return err
		}
		if old.SuspendPolicy != in.SuspendPolicy || old.WalledGardenVLAN != in.WalledGardenVLAN || old.SlowPlanID != in.SlowPlanID {
			if err := w.touchSuspended(ctx); err != nil {
				return err
			}
		}
		if !old.RepairDrift && in.RepairDrift {
			ids, err := w.DeviceIDs(ctx)
			if err != nil {
				return err
			}
			w.touch(ids...)
		}
		if err := w.audit(ctx, "settings.update", "settings", ""); err != nil {
			return err
		}
		var err error
		out, now, err = w.Settings(ctx)
		return err
	})
	return out, now, err
}

func planText(p gam.Plan) string {
	return fmt.Sprintf("%s: %s/%s Mbps, overhead %d %%", p.Name, mbps(p.DownstreamMbps), mbps(p.UpstreamMbps), p.OverheadPercent)
}

func mbps(v *int) string {
	if v == nil {
		return "unthrottled"
	}
	return fmt.Sprint(*v)
}

// planOfRate finds a plan that sets exactly this rate on a medium, or makes
// one. The plan without overhead is preferred, then the oldest.
func (w *order) planOfRate(ctx context.Context, rate gam.Rate, m gam.Medium) (gam.Plan, error) {
	all, err := w.AllPlans(ctx)
	if err != nil {
		return gam.Plan{}, err
	}
	var found *gam.Plan
	for i := range all {
		p := &all[i]
		if p.Rate(m) == rate && (found == nil || found.OverheadPercent != 0 && p.OverheadPercent == 0) {
			found = p
		}
	}
	if found != nil {
		return *found, nil
	}
	p := gam.Plan{Name: "Adopted unthrottled", Description: "made from what was found on a device"}
	if !rate.Unthrottled() {
		p.Name = fmt.Sprintf("Adopted %d/%d", rate.DownMbps, rate.UpMbps)
		down, up := rate.DownMbps, rate.UpMbps
		p.DownstreamMbps, p.UpstreamMbps = &down, &up
	}
	if p.Rate(m) != rate || p.Validate() != nil {
		return gam.Plan{}, refuse("plan_id", "rate_not_a_plan", "its profile limits to %d/%d Mbps, which no plan sets (%d to %d Mbps, or unthrottled); change the profile on the device first",
			rate.DownMbps, rate.UpMbps, gam.MinRateMbps, gam.MaxRate(m))
	}
	base := p.Name
	for n := 2; slices.ContainsFunc(all, func(o gam.Plan) bool { return o.Name == p.Name }); n++ {
		p.Name = numbered(base, n)
	}
	if err := w.AddPlan(ctx, &p); err != nil {
		return gam.Plan{}, err
	}
	return p, w.audit(ctx, "plan.create", planObject(p), planText(p))
}
