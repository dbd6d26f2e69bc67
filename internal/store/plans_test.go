package store_test

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func TestPlans(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		want := filled[gam.Plan]()
		must(t, st.AddPlan(ctx, &want))
		free := addPlan(t, st, "free") // nil rates stay nil
		same(t, "Plan", got[gam.Plan](t)(st.Plan(ctx, want.ID)), want)
		same(t, "unthrottled", got[gam.Plan](t)(st.Plan(ctx, free.ID)), free)
		same(t, "AllPlans", got[[]gam.Plan](t)(st.AllPlans(ctx)), []gam.Plan{want, free})

		refused(t, st.AddPlan(ctx, &gam.Plan{Name: "free"}), gam.ErrConflict, `"free"`, "another plan has this name")
		stale := want
		want.Name, want.DownstreamMbps = "renamed", nil
		must(t, st.UpdatePlan(ctx, &want))
		if want.Version != 2 {
			t.Errorf("version is %d after the update, want 2", want.Version)
		}
		same(t, "updated", got[gam.Plan](t)(st.Plan(ctx, want.ID)), want)
		refused(t, st.UpdatePlan(ctx, &stale), gam.ErrStale, "plan")
		refused(t, st.UpdatePlan(ctx, &gam.Plan{ID: 404}), gam.ErrNotFound, "plan 404")
		_, err := st.Plan(ctx, 404)
		refused(t, err, gam.ErrNotFound, "plan 404")
		refused(t, st.DeletePlan(ctx, 404), gam.ErrNotFound, "plan 404")
	})
}

func TestPlanUse(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, e, p := addDevice(t, st, "d"), addDevice(t, st, "e"), addPlan(t, st, "gold")
		unused := addPlan(t, st, "unused")
		var last gam.Subscriber
		for name, device := range map[string]gam.DeviceID{"a": e.ID, "b": e.ID, "c": d.ID, "nowhere": 0} {
			last = addSub(t, st, name, func(s *gam.Subscriber) { s.DeviceID, s.PlanID = device, p.ID })
		}
		addSub(t, st, "gone", func(s *gam.Subscriber) { s.DeviceID, s.PlanID, s.Status = d.ID, unused.ID, gam.SubEnded })

		page := got[store.Page[store.Plan]](t)(st.Plans(ctx, store.ListQuery{Sort: "-in_use"}))
		same(t, "Plans", page.Items, []store.Plan{{Plan: p, InUse: 4}, {Plan: unused, InUse: 0}})
		if n := got[int](t)(st.PlanInUse(ctx, p.ID)); n != 4 {
			t.Errorf("PlanInUse is %d, want 4", n)
		}
		same(t, "DevicesOfPlan", got[[]gam.DeviceID](t)(st.DevicesOfPlan(ctx, p.ID)), []gam.DeviceID{d.ID, e.ID})
		same(t, "devices of an unused one", got[[]gam.DeviceID](t)(st.DevicesOfPlan(ctx, unused.ID)), []gam.DeviceID(nil))
		refused(t, st.DeletePlan(ctx, p.ID), gam.ErrConflict, "4 subscriber")

		s := gam.DefaultSettings()
		s.SuspendPolicy, s.SlowPlanID = gam.SuspendSlow, unused.ID
		must(t, st.SaveSettings(ctx, s, 0))
		refused(t, st.DeletePlan(ctx, unused.ID), gam.ErrConflict, "settings")
		s.SuspendPolicy = gam.SuspendRemove
		must(t, st.SaveSettings(ctx, s, 1))
		must(t, st.DeletePlan(ctx, unused.ID))
		if s := got[gam.Subscriber](t)(st.Subscriber(ctx, last.ID)); s.PlanID != p.ID {
			t.Errorf("deleting another plan changed a subscriber's to %d", s.PlanID)
		}
	})
}

func TestSites(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		want := filled[gam.Site]()
		must(t, st.AddSite(ctx, &want))
		bare := addSite(t, st, "bare")
		same(t, "Site", got[gam.Site](t)(st.Site(ctx, want.ID)), want)
		same(t, "without a policy", got[gam.Site](t)(st.Site(ctx, bare.ID)), bare)
		page := got[store.Page[gam.Site]](t)(st.Sites(ctx, store.ListQuery{Sort: "id"}))
		same(t, "Sites", page.Items, []gam.Site{want, bare})

		refused(t, st.AddSite(ctx, &gam.Site{Name: "bare"}), gam.ErrConflict, "another site has this name")
		stale := want
		want.Name, want.VLANPolicy = "renamed", nil
		must(t, st.UpdateSite(ctx, &want))
		same(t, "updated", got[gam.Site](t)(st.Site(ctx, want.ID)), want)
		refused(t, st.UpdateSite(ctx, &stale), gam.ErrStale, "site")

		must(t, st.AddDevice(ctx, &gam.Device{Name: "in it", SiteID: want.ID}))
		refused(t, st.DeleteSite(ctx, want.ID), gam.ErrConflict, "1 device")
		must(t, st.DeleteSite(ctx, bare.ID))
		_, err := st.Site(ctx, bare.ID)
		refused(t, err, gam.ErrNotFound, "site")
		refused(t, st.DeleteSite(ctx, bare.ID), gam.ErrNotFound, "site")
	})
}

func TestSettings(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		read := func() (gam.Settings, int64) {
			s, v, err := st.Settings(ctx)
			must(t, err)
			return s, v
		}
		s, v := read()
		same(t, "before the first save", s, gam.DefaultSettings())
		if v != 0 {
			t.Errorf("version %d before the first save, want 0", v)
		}
		want := filled[gam.Settings]()
		must(t, st.SaveSettings(ctx, want, 0))
		s, v = read()
		same(t, "saved", s, want)
		if v != 1 {
			t.Errorf("version %d after the first save, want 1", v)
		}
		refused(t, st.SaveSettings(ctx, gam.DefaultSettings(), 0), gam.ErrStale, "settings")
		must(t, st.SaveSettings(ctx, gam.DefaultSettings(), 1))
		if s, v = read(); v != 2 {
			t.Errorf("version %d after the second save, want 2", v)
		}
		same(t, "saved again", s, gam.DefaultSettings())

		// A program that knows more than the one that wrote has its defaults.
		_, err := st.DB().NewRaw(`UPDATE settings SET data = '{"offline_after": 9}'`).Exec(ctx)
		must(t, err)
		want = gam.DefaultSettings()
		want.OfflineAfter = 9
		s, _ = read()
		same(t, "partly known", s, want)
	})
}
