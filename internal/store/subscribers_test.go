package store_test

import (
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// wholeSubscriber is a subscriber with every member set.
func wholeSubscriber(t testing.TB, st *store.Store) gam.Subscriber {
	t.Helper()
	s := filled[gam.Subscriber]()
	s.DeviceID, s.PlanID = addDevice(t, st, "of "+s.Name).ID, addPlan(t, st, "of "+s.Name).ID
	must(t, st.AddSubscriber(t.Context(), &s))
	return s
}

func TestSubscriberKeepsEveryMember(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		want := wholeSubscriber(t, st)
		if want.ID == 0 || want.Version != 1 || want.CreatedAt.IsZero() || want.UpdatedAt != want.CreatedAt {
			t.Errorf("AddSubscriber did not fill %+v", want)
		}
		same(t, "Subscriber", got[gam.Subscriber](t)(st.Subscriber(ctx, want.ID)), want)
		same(t, "SubscriberOnEndpoint", got[gam.Subscriber](t)(st.SubscriberOnEndpoint(ctx, want.EndpointMAC)), want)
		same(t, "SubscriberOnPort", got[gam.Subscriber](t)(st.SubscriberOnPort(ctx, want.DeviceID, want.Port)), want)
		same(t, "SubscribersOf", got[[]gam.Subscriber](t)(st.SubscribersOf(ctx, want.DeviceID)), []gam.Subscriber{want})
		page := got[store.Page[gam.Subscriber]](t)(st.Subscribers(ctx, store.ListQuery{}))
		same(t, "Subscribers", page, store.Page[gam.Subscriber]{Items: []gam.Subscriber{want}, Total: 1})

		bare := gam.Subscriber{Name: "bare", Status: gam.SubPending}
		must(t, st.AddSubscriber(ctx, &bare))
		if bare.Sync.Phase != gam.SyncPending || bare.Sync.Since.IsZero() {
			t.Errorf("a new subscriber's sync is %+v, want pending since now", bare.Sync)
		}
		same(t, "bare", got[gam.Subscriber](t)(st.Subscriber(ctx, bare.ID)), bare)
	})
}

func TestUpdateSubscriber(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		old := wholeSubscriber(t, st)
		want := filled[gam.Subscriber]()
		want.ID, want.Version = old.ID, 1
		want.Name, want.DeviceName, want.EndpointMAC = "new", "new", mac(77)
		want.DeviceID, want.PlanID = addDevice(t, st, "new").ID, addPlan(t, st, "new").ID
		want.VLANAllocated, want.Trunk, want.PoE, want.DoubleTag, want.AllowedVLANs, want.External = false, false, false, nil, nil, nil
		must(t, st.UpdateSubscriber(ctx, &want))
		if want.Version != 2 || want.UpdatedAt.Before(old.UpdatedAt) {
			t.Errorf("version %d, updated %s after the update", want.Version, want.UpdatedAt)
		}
		have := got[gam.Subscriber](t)(st.Subscriber(ctx, old.ID))
		want.Sync, want.CreatedAt = old.Sync, old.CreatedAt // not written
		same(t, "updated", have, want)
		old.Name = "stale"
		refused(t, st.UpdateSubscriber(ctx, &old), gam.ErrStale, "subscriber")
		same(t, "after a stale update", got[gam.Subscriber](t)(st.Subscriber(ctx, old.ID)), want)
		refused(t, st.UpdateSubscriber(ctx, &gam.Subscriber{ID: 404, Version: 1}), gam.ErrNotFound, "404")
	})
}

func TestSubscriberMissing(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		addSub(t, st, "nowhere", nil) // neither endpoint nor port
		_, err := st.Subscriber(ctx, 404)
		refused(t, err, gam.ErrNotFound, "subscriber 404")
		_, err = st.SubscriberOnEndpoint(ctx, mac(4))
		refused(t, err, gam.ErrNotFound, mac(4).String())
		_, err = st.SubscriberOnEndpoint(ctx, gam.MAC{})
		refused(t, err, gam.ErrNotFound)
		_, err = st.SubscriberOnPort(ctx, 1, 4)
		refused(t, err, gam.ErrNotFound, "port 4")
		same(t, "SubscribersOf", got[[]gam.Subscriber](t)(st.SubscribersOf(ctx, 404)), []gam.Subscriber(nil))
		err = st.AddSubscriber(ctx, &gam.Subscriber{Name: "x", DeviceID: 404})
		refused(t, err, gam.ErrConflict, `"x"`)
	})
}

func TestSubscriberIsUnique(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, e := addDevice(t, st, "d"), addDevice(t, st, "e")
		anna := addSub(t, st, "anna", func(s *gam.Subscriber) { s.DeviceID, s.EndpointMAC = d.ID, mac(1) })
		refused(t, st.AddSubscriber(ctx, &gam.Subscriber{Name: "bea", EndpointMAC: mac(1), Status: gam.SubPending}),
			gam.ErrConflict, `"bea"`, "another subscriber uses this endpoint")
		refused(t, st.AddSubscriber(ctx, &gam.Subscriber{Name: "bea", DeviceID: d.ID, DeviceName: "anna", Status: gam.SubActive}),
			gam.ErrConflict, `"bea"`, "another subscriber has this name on the device")
		bea := addSub(t, st, "anna", func(s *gam.Subscriber) { s.DeviceID = e.ID }) // same name, other device
		addSub(t, st, "", func(s *gam.Subscriber) { s.DeviceID = d.ID })
		addSub(t, st, "", func(s *gam.Subscriber) { s.DeviceID = d.ID }) // no names, no endpoints

		for _, c := range []struct {
			device gam.DeviceID
			name   string
			except gam.SubscriberID
			want   bool
		}{
			{d.ID, "anna", 0, true},
			{d.ID, "anna", anna.ID, false},
			{d.ID, "anna", bea.ID, true},
			{d.ID, "bea", 0, false},
			{404, "anna", 0, false},
		} {
			if taken := got[bool](t)(st.DeviceNameTaken(ctx, c.device, c.name, c.except)); taken != c.want {
				t.Errorf("DeviceNameTaken(%d, %q, except %d) = %v", c.device, c.name, c.except, taken)
			}
		}

		anna.Status = gam.SubEnded // gives both free and keeps its row
		must(t, st.UpdateSubscriber(ctx, &anna))
		if got[bool](t)(st.DeviceNameTaken(ctx, d.ID, "anna", 0)) {
			t.Error("the name of an ended subscriber is still taken")
		}
		next := addSub(t, st, "anna", func(s *gam.Subscriber) { s.DeviceID, s.EndpointMAC = d.ID, mac(1) })
		same(t, "who is on the endpoint", got[gam.Subscriber](t)(st.SubscriberOnEndpoint(ctx, mac(1))), next)
		same(t, "the ended one", got[gam.Subscriber](t)(st.Subscriber(ctx, anna.ID)), anna)
		anna.Status = gam.SubActive
		refused(t, st.UpdateSubscriber(ctx, &anna), gam.ErrConflict)
	})
}

func TestSaveSubscriberSync(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		a, b := addSub(t, st, "a", nil), addSub(t, st, "b", nil)
		seq := got[int64](t)(st.LastEventSeq(ctx))
		stuck := gam.Sync{Phase: gam.SyncStuck, Reason: "port is full", Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		must(t, st.SaveSubscriberSync(ctx, map[gam.SubscriberID]gam.Sync{
			a.ID: stuck, b.ID: {Phase: gam.SyncPending, Since: time.Now()}, 404: stuck,
		}))
		a.Sync = stuck
		same(t, "changed", got[gam.Subscriber](t)(st.Subscriber(ctx, a.ID)), a)
		same(t, "unchanged, Since kept", got[gam.Subscriber](t)(st.Subscriber(ctx, b.ID)), b)
		same(t, "events", eventsSince(t, st, seq), []string{`subscriber 1 0 {"action":"sync","sync":"stuck"}`})

		must(t, st.SaveSubscriberSync(ctx, map[gam.SubscriberID]gam.Sync{a.ID: {Phase: gam.SyncStuck, Reason: "port is full"}}))
		must(t, st.SaveSubscriberSync(ctx, nil))
		same(t, "Since after the same again", got[gam.Subscriber](t)(st.Subscriber(ctx, a.ID)), a)
		if n := len(eventsSince(t, st, seq)); n != 1 {
			t.Errorf("%d events, want 1: saying the same again is not one", n)
		}
	})
}

func TestUsedVLANs(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		site := addSite(t, st, "house")
		in := func(name string, site gam.SiteID) gam.Device {
			d := gam.Device{Name: name, SiteID: site}
			must(t, st.AddDevice(ctx, &d))
			return d
		}
		d, e, other := in("d", site.ID), in("e", site.ID), in("other", 0)
		addSub(t, st, "all", func(s *gam.Subscriber) {
			s.DeviceID, s.VLANID, s.RemappedVLANID, s.Port2VLANID, s.AllowedVLANs = d.ID, 100, 101, 102, []int{103, 104}
			s.DoubleTag = &gam.DoubleTag{OuterVLANID: 999} // shared by several
		})
		addSub(t, st, "neighbour", func(s *gam.Subscriber) { s.DeviceID, s.VLANID = e.ID, 110 })
		addSub(t, st, "elsewhere", func(s *gam.Subscriber) { s.DeviceID, s.VLANID = other.ID, 120 })
		addSub(t, st, "gone", func(s *gam.Subscriber) { s.DeviceID, s.VLANID, s.Status = d.ID, 130, gam.SubEnded })
		addSub(t, st, "nowhere yet", func(s *gam.Subscriber) { s.VLANID = 140 })
		must(t, st.SaveConfig(ctx, e.ID, gam.Config{Services: []gam.Service{{VLAN: 150, AllowedVLANs: []int{151}}, {VLAN: 150}}}, time.Now()))

		set := func(vs ...int) map[int]bool {
			m := map[int]bool{}
			for _, v := range vs {
				m[v] = true
			}
			return m
		}
		used := got[map[int]bool](t)
		same(t, "of the site", used(st.UsedVLANs(ctx, site.ID, d.ID)), set(100, 101, 102, 103, 104, 110, 150, 151))
		same(t, "of one device", used(st.UsedVLANs(ctx, 0, d.ID)), set(100, 101, 102, 103, 104))
		same(t, "of another", used(st.UsedVLANs(ctx, 0, other.ID)), set(120))
		same(t, "of nothing", used(st.UsedVLANs(ctx, 404, 404)), set())
	})
}
