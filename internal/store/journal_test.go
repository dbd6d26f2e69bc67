package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func TestOwned(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, e := addDevice(t, st, "d"), addDevice(t, st, "e")
		same(t, "before", got[[]gam.Owned](t)(st.OwnedOf(ctx, d.ID)), []gam.Owned(nil))
		whole := filled[gam.Owned]()
		whole.Kind, whole.Key = gam.KindService, "b"
		other := gam.Owned{Kind: gam.KindProfile, Key: "b"} // same key, another kind
		first := gam.Owned{Kind: gam.KindService, Key: "a"}
		for _, o := range []gam.Owned{{Kind: whole.Kind, Key: whole.Key}, other, first, whole} { // whole replaces the first
			must(t, st.PutOwned(ctx, d.ID, o))
		}
		must(t, st.PutOwned(ctx, e.ID, first))
		same(t, "OwnedOf", got[[]gam.Owned](t)(st.OwnedOf(ctx, d.ID)), []gam.Owned{other, first, whole})
		must(t, st.DropOwned(ctx, d.ID, gam.KindService, "a"))
		must(t, st.DropOwned(ctx, d.ID, gam.KindService, "never there"))
		same(t, "after a drop", got[[]gam.Owned](t)(st.OwnedOf(ctx, d.ID)), []gam.Owned{other, whole})
		same(t, "of the other device", got[[]gam.Owned](t)(st.OwnedOf(ctx, e.ID)), []gam.Owned{first})
	})
}

func TestJournal(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		whole := filled[gam.Change]()
		must(t, st.AddChange(ctx, &whole))
		started := gam.Change{DeviceID: 7, SubscriberID: 8, PassID: "p", Actor: "user:anna", Result: gam.ChangeStarted}
		must(t, st.AddChange(ctx, &started))
		if started.ID <= whole.ID || time.Since(started.At) > time.Minute {
			t.Errorf("AddChange did not fill id %d, at %s", started.ID, started.At)
		}
		seq := got[int64](t)(st.LastEventSeq(ctx))
		must(t, st.FinishChange(ctx, started.ID, gam.ChangeFailed, "no such port", 1500*time.Millisecond))
		started.Result, started.Error, started.DurationMS = gam.ChangeFailed, "no such port", 1500
		same(t, "events", eventsSince(t, st, seq), []string{fmt.Sprintf(`change %d 7 {"action":"finished","result":"failed"}`, started.ID)})
		list := func(field, value string) []gam.Change {
			t.Helper()
			return got[store.Page[gam.Change]](t)(st.Changes(ctx, store.ListQuery{Where: map[string]string{field: value}})).Items
		}
		same(t, "newest first", got[store.Page[gam.Change]](t)(st.Changes(ctx, store.ListQuery{})).Items, []gam.Change{started, whole})
		for field, value := range map[string]string{"device_id": "7", "subscriber_id": "8", "pass_id": "p", "result": "failed", "actor": "user:anna"} {
			same(t, "by "+field, list(field, value), []gam.Change{started})
		}
		refused(t, st.FinishChange(ctx, 404, gam.ChangeApplied, "", 0), gam.ErrNotFound, "change 404")
	})
}

func TestAudit(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		whole := filled[store.Audit]()
		must(t, st.AddAudit(ctx, &whole))
		other := store.Audit{Actor: "user:anna", Action: "device.delete", Object: "device 1 (Élysée)"}
		must(t, st.AddAudit(ctx, &other))
		if other.ID == 0 || other.At.IsZero() {
			t.Errorf("AddAudit did not fill %+v", other)
		}
		page := got[store.Page[store.Audit]](t)(st.Audits(ctx, store.ListQuery{}))
		same(t, "newest first", page.Items, []store.Audit{other, whole})
		page = got[store.Page[store.Audit]](t)(st.Audits(ctx, store.ListQuery{Q: "ANNA delete elysee"}))
		same(t, "by words", page.Items, []store.Audit{other})
	})
}
