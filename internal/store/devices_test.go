package store_test

import (
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// wholeDevice is a device with every member set.
func wholeDevice(t testing.TB, st *store.Store) gam.Device {
	t.Helper()
	d := filled[gam.Device]()
	d.SiteID = addSite(t, st, "site of "+d.Name).ID
	must(t, st.AddDevice(t.Context(), &d))
	return d
}

func TestDeviceKeepsEveryMember(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		want := wholeDevice(t, st)
		if want.ID == 0 || want.Version != 1 || want.CreatedAt.IsZero() {
			t.Errorf("AddDevice did not fill id %d, version %d, created %s", want.ID, want.Version, want.CreatedAt)
		}
		same(t, "Device", got[gam.Device](t)(st.Device(t.Context(), want.ID)), want)
		same(t, "DeviceBySerial", got[gam.Device](t)(st.DeviceBySerial(t.Context(), want.SerialNumber)), want)
		page := got[store.Page[gam.Device]](t)(st.Devices(t.Context(), store.ListQuery{}))
		same(t, "Devices", page, store.Page[gam.Device]{Items: []gam.Device{want}, Total: 1})
	})
}

func TestNewDeviceStartsWith(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		d := addDevice(t, st, "gam1")
		if d.Mode != gam.ModeManage || d.Status != gam.StatusUnknown || d.Sync.Phase != gam.SyncPending ||
			d.Access.ProvisionVia != gam.ViaAuto || d.Access.MonitorVia != gam.ViaAuto {
			t.Errorf("new device is %+v", d)
		}
		same(t, "as read", got[gam.Device](t)(st.Device(t.Context(), d.ID)), d)
	})
}

func TestDeviceMissing(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		_, err := st.Device(ctx, 404)
		refused(t, err, gam.ErrNotFound, "device 404")
		_, err = st.DeviceBySerial(ctx, "S404")
		refused(t, err, gam.ErrNotFound, "S404")
		addDevice(t, st, "without serial")
		_, err = st.DeviceBySerial(ctx, "")
		refused(t, err, gam.ErrNotFound)
		_, err = st.BumpWanted(ctx, 404)
		refused(t, err, gam.ErrNotFound, "404")
		_, err = st.WantedRev(ctx, 404)
		refused(t, err, gam.ErrNotFound, "404")
		_, err = st.Lease(ctx, 404, "me", time.Minute)
		refused(t, err, gam.ErrNotFound, "404")
		_, _, err = st.Config(ctx, 404)
		refused(t, err, gam.ErrNotFound, "404")
		for name, err := range map[string]error{
			"UpdateDevice":   st.UpdateDevice(ctx, &gam.Device{ID: 404, Version: 1}),
			"DeleteDevice":   st.DeleteDevice(ctx, 404),
			"SaveIdentity":   st.SaveIdentity(ctx, 404, gam.Identity{}),
			"SaveReach":      st.SaveReach(ctx, 404, store.Reach{}),
			"SaveDeviceSync": st.SaveDeviceSync(ctx, 404, gam.Sync{}),
			"SetUnsaved":     st.SetUnsaved(ctx, 404, true),
			"SetApplied":     st.SetApplied(ctx, 404, 1),
			"PinCertificate": st.PinCertificate(ctx, 404, "ab"),
			"ApprovePlan":    st.ApprovePlan(ctx, 404, "ab"),
			"SaveConfig":     st.SaveConfig(ctx, 404, gam.Config{}, time.Now()),
			"SavePorts":      st.SavePorts(ctx, 404, []gam.PortStatus{{Kind: gam.PortGhn, Number: 1}}, time.Now()),
			"SaveEndpoints":  st.SaveEndpoints(ctx, 404, []gam.EndpointStatus{{MAC: mac(1)}}, time.Now()),
			"PutOwned":       st.PutOwned(ctx, 404, gam.Owned{}),
		} {
			t.Run(name, func(t *testing.T) { refused(t, err, gam.ErrNotFound) })
		}
	})
}

func TestDeviceIsUnique(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		a, b := addDevice(t, st, "a"), addDevice(t, st, "b") // two without serial number are fine
		refused(t, st.AddDevice(t.Context(), &gam.Device{Name: "a"}), gam.ErrConflict, `"a"`, "another device has this name")
		b.Name = "a"
		refused(t, st.UpdateDevice(t.Context(), &b), gam.ErrConflict, "another device has this name")
		must(t, st.SaveIdentity(t.Context(), a.ID, gam.Identity{SerialNumber: "S1"}))
		refused(t, st.SaveIdentity(t.Context(), b.ID, gam.Identity{SerialNumber: "S1"}), gam.ErrConflict, "serial number")
	})
}

func TestUpdateDevice(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := wholeDevice(t, st)
		want := d
		want.Name, want.SiteID, want.Address, want.Notes, want.Mode = "new", 0, "10.0.0.1", "new notes", gam.ModeWatch
		want.Access.JSONRPC.URL, want.Access.JSONRPC.TLSPin, want.Access.SSH.Port = "https://gam", "", 2222
		want.Access.SNMP.Community = gam.NewSecret("another")
		input := want
		input.Access.JSONRPC.Password = gam.Secret{} // keeps the stored one
		input.Access.SSH.Password = gam.Secret{}
		input.Status, input.Firmware, input.WantedRev = "ignored", "ignored", 99 // not people's
		must(t, st.UpdateDevice(ctx, &input))
		want.Version = 2
		same(t, "updated", got[gam.Device](t)(st.Device(ctx, d.ID)), want)
		if input.Version != 2 {
			t.Errorf("version is %d after the update, want 2", input.Version)
		}
		d.Name = "stale"
		refused(t, st.UpdateDevice(ctx, &d), gam.ErrStale, "device")
		same(t, "after a stale update", got[gam.Device](t)(st.Device(ctx, d.ID)), want)
	})
}

func TestDeleteDevice(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := wholeDevice(t, st)
		must(t, st.SavePorts(ctx, d.ID, []gam.PortStatus{{Kind: gam.PortGhn, Number: 1}}, time.Now()))
		must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{{MAC: mac(1)}}, time.Now()))
		must(t, st.SaveConfig(ctx, d.ID, gam.Config{}, time.Now()))
		must(t, st.PutOwned(ctx, d.ID, gam.Owned{Kind: gam.KindProfile, Key: "p"}))
		must(t, st.AddChange(ctx, &gam.Change{DeviceID: d.ID}))
		got[bool](t)(st.Lease(ctx, d.ID, "me", time.Minute))
		s := addSub(t, st, "anna", func(s *gam.Subscriber) { s.DeviceID = d.ID })
		refused(t, st.DeleteDevice(ctx, d.ID), gam.ErrConflict, "1 subscriber")
		s.Status = gam.SubEnded
		must(t, st.UpdateSubscriber(ctx, &s))
		must(t, st.DeleteDevice(ctx, d.ID))
		_, err := st.Device(ctx, d.ID)
		refused(t, err, gam.ErrNotFound)
		_, err = st.Endpoint(ctx, mac(1))
		refused(t, err, gam.ErrNotFound, mac(1).String())
		if s := got[gam.Subscriber](t)(st.Subscriber(ctx, s.ID)); s.DeviceID != 0 {
			t.Errorf("the ended subscriber is still on device %d", s.DeviceID)
		}
		if p := got[store.Page[gam.Change]](t)(st.Changes(ctx, store.ListQuery{})); p.Total != 1 {
			t.Errorf("the journal has %d lines, want 1: it outlives the device", p.Total)
		}
	})
}

func TestIdentityReachAndSync(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		want := addDevice(t, st, "gam1")
		want.Identity = filled[gam.Identity]()
		must(t, st.SaveIdentity(ctx, want.ID, want.Identity))
		same(t, "identity", got[gam.Device](t)(st.Device(ctx, want.ID)), want)

		seq := got[int64](t)(st.LastEventSeq(ctx))
		want.Identity.Uptime += time.Minute
		must(t, st.SaveIdentity(ctx, want.ID, want.Identity))
		same(t, "events of a growing uptime", eventsSince(t, st, seq), []string(nil))

		r := filled[store.Reach]()
		want.Status, want.StatusReason, want.Failures = r.Status, r.Reason, r.Failures
		want.LastSeenAt, want.NextPollAt = r.LastSeenAt, r.NextPollAt
		must(t, st.SaveReach(ctx, want.ID, r))
		r.LastSeenAt = time.Time{} // keeps
		r.NextPollAt = r.NextPollAt.Add(time.Minute)
		want.NextPollAt = r.NextPollAt
		must(t, st.SaveReach(ctx, want.ID, r))
		same(t, "reach", got[gam.Device](t)(st.Device(ctx, want.ID)), want)
		if n := len(eventsSince(t, st, seq)); n != 1 {
			t.Errorf("%d events of two reads with one status, want 1", n)
		}

		seq = got[int64](t)(st.LastEventSeq(ctx))
		want.Sync = filled[gam.Sync]()
		must(t, st.SaveDeviceSync(ctx, want.ID, want.Sync))
		later := want.Sync
		later.Since = later.Since.Add(time.Hour)
		must(t, st.SaveDeviceSync(ctx, want.ID, later))
		same(t, "sync, Since kept", got[gam.Device](t)(st.Device(ctx, want.ID)), want)
		if n := len(eventsSince(t, st, seq)); n != 1 {
			t.Errorf("%d events of one change of phase, want 1", n)
		}
		must(t, st.SaveDeviceSync(ctx, want.ID, gam.Sync{Phase: gam.SyncInSync}))
		if s := got[gam.Device](t)(st.Device(ctx, want.ID)).Sync; s.Phase != gam.SyncInSync || time.Since(s.Since) > time.Minute {
			t.Errorf("sync %+v, want in_sync since now", s)
		}
	})
}

func TestDeviceNotes(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		want := addDevice(t, st, "gam1")
		for i := range int64(3) {
			if rev := got[int64](t)(st.BumpWanted(ctx, want.ID)); rev != i+1 {
				t.Errorf("BumpWanted gave %d, want %d", rev, i+1)
			}
		}
		if rev := got[int64](t)(st.WantedRev(ctx, want.ID)); rev != 3 {
			t.Errorf("WantedRev is %d, want 3", rev)
		}
		must(t, st.SetApplied(ctx, want.ID, 2))
		must(t, st.SetUnsaved(ctx, want.ID, true))
		must(t, st.ApprovePlan(ctx, want.ID, "fingerprint"))
		must(t, st.PinCertificate(ctx, want.ID, "abcd"))
		must(t, st.PinCertificate(ctx, want.ID, "abcd")) // says so already
		want.WantedRev, want.AppliedRev, want.Unsaved, want.ApprovedPlan = 3, 2, true, "fingerprint"
		want.Access.JSONRPC.TLSPin, want.Version = "abcd", 2
		same(t, "notes", got[gam.Device](t)(st.Device(ctx, want.ID)), want)
	})
}

func TestDeviceIDsAndCounts(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		same(t, "no devices", got[[]gam.DeviceID](t)(st.DeviceIDs(ctx)), []gam.DeviceID(nil))
		b, a := addDevice(t, st, "b"), addDevice(t, st, "a")
		same(t, "DeviceIDs", got[[]gam.DeviceID](t)(st.DeviceIDs(ctx)), []gam.DeviceID{b.ID, a.ID})
		for i, status := range []gam.SubscriberStatus{gam.SubActive, gam.SubSuspended, gam.SubEnded} {
			addSub(t, st, string(status), func(s *gam.Subscriber) { s.DeviceID, s.Status, s.Port = a.ID, status, i })
		}
		must(t, st.SaveEndpoints(ctx, a.ID, []gam.EndpointStatus{{MAC: mac(1), State: gam.EndpointOK}, {MAC: mac(2)}}, time.Now()))
		want := map[gam.DeviceID]store.Counts{a.ID: {Subscribers: 2, ActiveSubscribers: 1, Endpoints: 2, EndpointsOK: 1}, b.ID: {}}
		same(t, "counts of all", got[map[gam.DeviceID]store.Counts](t)(st.DeviceCounts(ctx)), want)
		delete(want, b.ID)
		same(t, "counts of one", got[map[gam.DeviceID]store.Counts](t)(st.DeviceCounts(ctx, a.ID)), want)
	})
}

func TestLease(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, e := addDevice(t, st, "d"), addDevice(t, st, "e")
		lease := func(id gam.DeviceID, owner string, dur time.Duration, want bool) {
			t.Helper()
			if ok := got[bool](t)(st.Lease(ctx, id, owner, dur)); ok != want {
				t.Errorf("lease of %d to %s: %v, want %v", id, owner, ok, want)
			}
		}
		lease(d.ID, "one", time.Minute, true)
		lease(d.ID, "two", time.Minute, false)
		lease(d.ID, "one", time.Minute, true) // extended
		lease(e.ID, "two", time.Minute, true) // another device
		must(t, st.ReleaseLease(ctx, d.ID, "two"))
		lease(d.ID, "two", time.Minute, false) // it was not two's to release
		must(t, st.ReleaseLease(ctx, d.ID, "one"))
		lease(d.ID, "two", -time.Second, true)
		lease(d.ID, "one", time.Minute, true) // two's has run out
		must(t, st.ClearLeases(ctx))
		lease(d.ID, "two", time.Minute, true)
	})
}
