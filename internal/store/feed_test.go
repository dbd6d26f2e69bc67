package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func TestFeedTellsEveryWrite(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		var seq int64
		told := func(what string, want ...string) {
			t.Helper()
			same(t, what, eventsSince(t, st, seq), want)
			seq = got[int64](t)(st.LastEventSeq(ctx))
		}
		told("nothing yet")
		site := addSite(t, st, "s")
		told("add site", `site 1 0 {"action":"added"}`)
		must(t, st.UpdateSite(ctx, &site))
		must(t, st.DeleteSite(ctx, site.ID))
		told("change and delete site", `site 1 0 {"action":"changed"}`, `site 1 0 {"action":"deleted"}`)
		d := addDevice(t, st, "d")
		must(t, st.UpdateDevice(ctx, &d))
		told("add and change device", `device 1 1 {"action":"added"}`, `device 1 1 {"action":"changed"}`)
		must(t, st.SaveIdentity(ctx, d.ID, gam.Identity{Model: "GAM-12-C"}))
		must(t, st.SaveReach(ctx, d.ID, store.Reach{Status: gam.StatusOnline}))
		must(t, st.SaveDeviceSync(ctx, d.ID, gam.Sync{Phase: gam.SyncInSync}))
		must(t, st.ApprovePlan(ctx, d.ID, "x"))
		told("state of device", `device 1 1 {"action":"identified"}`, `device 1 1 {"action":"status","status":"online"}`,
			`device 1 1 {"action":"sync","sync":"in_sync"}`, `device 1 1 {"action":"changed"}`)
		must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{{MAC: mac(1)}}, noon))
		told("endpoints", `endpoint  1 {"action":"seen"}`)
		p := addPlan(t, st, "p")
		must(t, st.UpdatePlan(ctx, &p))
		must(t, st.DeletePlan(ctx, p.ID))
		told("plan", `plan 1 0 {"action":"added"}`, `plan 1 0 {"action":"changed"}`, `plan 1 0 {"action":"deleted"}`)
		s := addSub(t, st, "s", func(s *gam.Subscriber) { s.DeviceID = d.ID })
		must(t, st.UpdateSubscriber(ctx, &s))
		told("subscriber", `subscriber 1 1 {"action":"added"}`, `subscriber 1 1 {"action":"changed"}`)
		c := gam.Change{DeviceID: d.ID, Result: gam.ChangeStarted}
		must(t, st.AddChange(ctx, &c))
		told("journal", `change 1 1 {"action":"added","result":"started"}`)
		must(t, st.SaveSettings(ctx, gam.DefaultSettings(), 0))
		told("settings", `settings  0 {"action":"changed"}`)
		s.Status = gam.SubEnded
		must(t, st.UpdateSubscriber(ctx, &s))
		must(t, st.DeleteDevice(ctx, d.ID))
		told("delete device", `subscriber 1 1 {"action":"changed"}`, `device 1 1 {"action":"deleted"}`)
		must(t, st.AddEvent(ctx, store.Event{Kind: store.EventJob, ID: "7", Data: json.RawMessage(`{"state":"done"}`)}))
		told("of others", `job 7 0 {"state":"done"}`)
		must(t, st.SaveReach(ctx, addDevice(t, st, "e").ID, store.Reach{Status: gam.StatusUnknown}))
		told("no change of status", `device 2 2 {"action":"added"}`)
	})
}

func TestEventsSince(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i := range 1200 { // more than one batch, more than one read
				must(t, tx.AddEvent(ctx, store.Event{Kind: store.EventJob, ID: fmt.Sprint(i), DeviceID: 3}))
			}
			return nil
		}))
		first := got[[]store.Event](t)(st.EventsSince(ctx, 0, 5000))
		if len(first) != 1000 || first[0].ID != "0" || first[999].ID != "999" || first[0].DeviceID != 3 || time.Since(first[0].At) > time.Minute {
			t.Fatalf("%d events, %+v to %+v", len(first), first[0], first[len(first)-1])
		}
		rest := got[[]store.Event](t)(st.EventsSince(ctx, first[999].Seq, 2))
		if len(rest) != 2 || rest[0].ID != "1000" || rest[1].ID != "1001" {
			t.Errorf("after the first read come %+v", rest)
		}
		refusedJSON := st.AddEvent(ctx, store.Event{Kind: store.EventJob, Data: json.RawMessage(`{`)})
		if refusedJSON == nil || !strings.Contains(refusedJSON.Error(), "not JSON") {
			t.Errorf("data that is not JSON: %v", refusedJSON)
		}
	})
}

func TestOldEventsAreTrimmed(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		must(t, st.AddEvent(ctx, store.Event{Kind: store.EventJob, ID: "old"}))
		_, err := st.DB().NewRaw("INSERT INTO events (seq, kind, thing_id, device_id, at) VALUES (?, 'job', 'recent', 0, 1)", 100_000).Exec(ctx)
		must(t, err)
		if st.Dialect() == store.Postgres {
			_, err = st.DB().NewRaw("ALTER TABLE events ALTER COLUMN seq RESTART WITH 100001").Exec(ctx)
			must(t, err)
		}
		must(t, st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for range 200 {
				must(t, tx.AddEvent(ctx, store.Event{Kind: store.EventJob, ID: "new"}))
			}
			return nil
		}))
		all := got[[]store.Event](t)(st.EventsSince(ctx, 0, 0))
		if len(all) != 201 || all[0].ID != "recent" {
			t.Errorf("%d events are kept, the oldest is %q; want 201, recent", len(all), all[0].ID)
		}
	})
}

func TestWatch(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		w, stop := st.Watch()
		other, stopOther := st.Watch()
		defer stopOther()
		asleep := func(what string) {
			t.Helper()
			select {
			case <-w:
				t.Errorf("%s woke a watcher", what)
			default:
			}
		}
		asleep("nothing")
		must(t, st.SetMeta(ctx, "k", "v"))
		asleep("a write without events")
		undone := errors.New("undone")
		err := st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			must(t, tx.AddPlan(ctx, &gam.Plan{Name: "p"}))
			asleep("an event before its commit")
			return undone
		})
		refused(t, err, undone)
		asleep("an event that was rolled back")
		addPlan(t, st, "a")
		addPlan(t, st, "b") // nobody has read yet: must not block
		<-w                 // the test's deadline is the limit
		asleep("what was told already")
		if n := len(eventsSince(t, st, 0)); n != 2 {
			t.Errorf("%d events after waking, want 2", n)
		}
		stop()
		addPlan(t, st, "c")
		asleep("a commit after the end")
		<-other
	})
}

// Events are numbered in the order in which they appear, or a reader that
// asks for "after n" would miss a late one.
func TestReaderMissesNoEvent(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		const writers, each = 6, 15
		done := make(chan error, writers)
		for w := range writers {
			go func() {
				var err error
				for i := 0; i < each && err == nil; i++ {
					err = st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
						if err := tx.AddEvent(ctx, store.Event{Kind: store.EventJob, ID: fmt.Sprint(w, "/", i)}); err != nil {
							return err
						}
						return tx.SetMeta(ctx, fmt.Sprint(w), fmt.Sprint(i))
					})
				}
				done <- err
			}()
		}
		seen, last, running := map[string]bool{}, int64(0), writers
		for {
			if running > 0 {
				select {
				case err := <-done:
					must(t, err)
					running--
				default:
				}
			}
			finished := running == 0
			for _, e := range got[[]store.Event](t)(st.EventsSince(ctx, last, 0)) {
				seen[e.ID], last = true, e.Seq
			}
			if finished {
				break
			}
		}
		if len(seen) != writers*each {
			t.Errorf("the reader saw %d of %d events", len(seen), writers*each)
		}
	})
}
