package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// TestCommitsSurviveAPowerFailure: on every connection to the file, a commit
// returns when it is on the disk.
func TestCommitsSurviveAPowerFailure(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t)
	db, err := sql.Open("sqlite", store.SQLiteDSN(st.SQLitePath()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for name, db := range map[string]*sql.DB{"the store's": st.DB().DB, "the job queue's": db} {
		const full = 2
		var got int
		if err := db.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&got); err != nil || got != full {
			t.Errorf("%s connections: synchronous is %d (%v), want %d", name, got, err, full)
		}
	}
}

func TestTxIsAllOrNothing(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		boom := errors.New("boom")
		work := func(result error) func(context.Context, *store.Tx) error {
			return func(ctx context.Context, tx *store.Tx) error {
				p := gam.Plan{Name: "p"}
				must(t, tx.AddPlan(ctx, &p))
				if _, err := tx.Plan(ctx, p.ID); err != nil {
					t.Errorf("a transaction does not see its own write: %v", err)
				}
				var n int
				must(t, tx.SQL().QueryRowContext(ctx, "SELECT count(*) FROM plans").Scan(&n))
				if n != 1 {
					t.Errorf("SQL() sees %d plans, want 1: it is another transaction", n)
				}
				return result
			}
		}
		plans := func() int { return len(got[[]gam.Plan](t)(st.AllPlans(ctx))) }
		refused(t, st.Tx(ctx, work(boom)), boom)
		if n := plans(); n != 0 {
			t.Errorf("%d plans after a rollback", n)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a panic inside was swallowed")
				}
			}()
			_ = st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				must(t, tx.AddPlan(ctx, &gam.Plan{Name: "p"}))
				panic("boom")
			})
		}()
		must(t, st.Tx(ctx, work(nil)))
		if n := plans(); n != 1 {
			t.Errorf("%d plans after a commit, want 1", n)
		}
		canceled, cancel := context.WithCancel(ctx)
		err := st.Tx(canceled, func(ctx context.Context, tx *store.Tx) error {
			must(t, tx.AddPlan(ctx, &gam.Plan{Name: "q"}))
			cancel()
			_, err := tx.AllPlans(ctx)
			return err
		})
		refused(t, err, context.Canceled)
		if n := plans(); n != 1 {
			t.Errorf("%d plans after a canceled transaction, want 1", n)
		}
	})
}

// A Store used inside its own transaction would wait for itself.
func TestStoreInsideItsTransaction(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		err := st.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return st.AddPlan(ctx, &gam.Plan{Name: "p"})
		})
		if err == nil || !strings.Contains(err.Error(), "transaction inside a transaction") {
			t.Errorf("got %v, want a refusal", err)
		}
	})
}

func TestTxRunsAgainAfterALostRace(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		var lost error = &pgconn.PgError{Code: "40P01", Message: "deadlock detected"}
		tries := 0
		err := st.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			tries++
			must(t, tx.AddPlan(ctx, &gam.Plan{Name: "p"})) // would conflict if the first try had stayed
			if tries < 3 {
				return fmt.Errorf("wrapped: %w", lost)
			}
			return nil
		})
		if err != nil || tries != 3 {
			t.Errorf("%d tries, %v; want 3 and success", tries, err)
		}
		tries = 0
		err = st.Tx(t.Context(), func(context.Context, *store.Tx) error { tries++; return lost })
		if !errors.Is(err, lost) || tries < 3 || tries > 20 {
			t.Errorf("%d tries, %v; want it to give up", tries, err)
		}
		tries = 0
		err = st.Tx(t.Context(), func(context.Context, *store.Tx) error { tries++; return gam.ErrConflict })
		if !errors.Is(err, gam.ErrConflict) || tries != 1 {
			t.Errorf("%d tries of a conflict, %v; want 1", tries, err)
		}
	})
}

// A value that the caller made before the transaction is the same on each
// try, and after one that failed.
func TestLostRaceTakesIDsAndVersionsBack(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		lost := &pgconn.PgError{Code: "40001"}
		d, s, p := addDevice(t, st, "d"), addSub(t, st, "s", nil), addPlan(t, st, "p")
		site, next := addSite(t, st, "site"), gam.Subscriber{Name: "next"}
		tries := 0
		all := func(result error) func(context.Context, *store.Tx) error {
			return func(ctx context.Context, tx *store.Tx) error {
				tries++
				if next.ID != 0 {
					t.Errorf("try %d starts with id %d of the try before", tries, next.ID)
				}
				for _, err := range []error{
					tx.UpdateDevice(ctx, &d), tx.UpdateSubscriber(ctx, &s), tx.UpdateSubscriber(ctx, &s), tx.UpdatePlan(ctx, &p),
					tx.UpdateSite(ctx, &site), tx.AddSubscriber(ctx, &next),
				} {
					if err != nil {
						return err
					}
				}
				if s.Version != 3 || next.ID == 0 {
					t.Errorf("version %d and id %d inside, want 3 and one", s.Version, next.ID)
				}
				if tries < 3 {
					return lost
				}
				return result
			}
		}
		boom := errors.New("boom")
		before := s
		refused(t, st.Tx(ctx, all(boom)), boom)
		same(t, "after a failure", s, before)
		must(t, st.Tx(ctx, all(nil)))
		if d.Version != 2 || s.Version != 3 || p.Version != 2 || site.Version != 2 || next.ID == 0 {
			t.Errorf("versions %d, %d, %d, %d, id %d after success", d.Version, s.Version, p.Version, site.Version, next.ID)
		}
		same(t, "as stored", got[gam.Subscriber](t)(st.Subscriber(ctx, s.ID)), s)
	})
}

// Two transactions that lock two devices in opposite order both get through.
func TestDeadlockIsSurvived(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		d, e := addDevice(t, st, "d"), addDevice(t, st, "e")
		done := make(chan error, 2)
		for _, pair := range [][2]gam.DeviceID{{d.ID, e.ID}, {e.ID, d.ID}} {
			go func() {
				var err error
				for i := 0; i < 20 && err == nil; i++ {
					err = st.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
						for _, id := range pair {
							if _, err := tx.BumpWanted(ctx, id); err != nil {
								return err
							}
						}
						return nil
					})
				}
				done <- err
			}()
		}
		must(t, errors.Join(<-done, <-done))
		for _, id := range []gam.DeviceID{d.ID, e.ID} {
			if rev := got[int64](t)(st.WantedRev(t.Context(), id)); rev != 40 {
				t.Errorf("device %d is at revision %d, want 40", id, rev)
			}
		}
	})
}

// What WantedRev read in a transaction holds until its end.
func TestWantedRevHolds(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := addDevice(t, st, "d")
		bumped := make(chan error, 1)
		var ended atomic.Bool
		must(t, st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			before := got[int64](t)(tx.WantedRev(ctx, d.ID))
			go func() {
				_, err := st.BumpWanted(t.Context(), d.ID)
				if !ended.Load() {
					err = errors.Join(err, errors.New("the revision rose inside a transaction that had read it"))
				}
				bumped <- err
			}()
			select {
			case err := <-bumped:
				bumped <- err
			case <-time.After(100 * time.Millisecond):
			}
			if after := got[int64](t)(tx.WantedRev(ctx, d.ID)); after != before {
				t.Errorf("revision %d became %d inside the transaction", before, after)
			}
			ended.Store(true)
			return nil
		}))
		must(t, <-bumped)
		if rev := got[int64](t)(st.WantedRev(ctx, d.ID)); rev != 1 {
			t.Errorf("revision is %d after the end, want 1", rev)
		}
	})
}

// Orders at the same time are never given the same VLAN.
func TestVLANsAreGivenOutOnce(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		d := addDevice(t, st, "d")
		const n = 12
		done := make(chan error, n)
		for i := range n {
			go func() {
				done <- st.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					used, err := tx.UsedVLANs(ctx, 0, d.ID)
					if err != nil {
						return err
					}
					vlan, _ := gam.FreeVLAN(gam.DefaultVLANRange, used)
					return tx.AddSubscriber(ctx, &gam.Subscriber{Name: fmt.Sprint(i), DeviceID: d.ID, VLANID: vlan, Status: gam.SubActive})
				})
			}()
		}
		for range n {
			must(t, <-done)
		}
		if used := got[map[int]bool](t)(st.UsedVLANs(t.Context(), 0, d.ID)); len(used) != n {
			t.Errorf("%d subscribers have %d different VLANs", n, len(used))
		}
	})
}

func TestOneLeaseForMany(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		d := addDevice(t, st, "d")
		const n = 10
		wins := make(chan bool, n)
		for i := range n {
			go func() {
				ok, err := st.Lease(t.Context(), d.ID, fmt.Sprint(i), time.Minute)
				if err != nil {
					t.Error(err)
				}
				wins <- ok
			}()
		}
		won := 0
		for range n {
			if <-wins {
				won++
			}
		}
		if won != 1 {
			t.Errorf("%d hold the lease, want 1", won)
		}
	})
}

// A part that fails is undone with its events and the versions it gave out;
// the rest of the transaction stands.
func TestPartOfATransaction(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx, boom := t.Context(), errors.New("boom")
		seq := got[int64](t)(st.LastEventSeq(ctx))
		must(t, st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			add := func(name string, fail error) (gam.Plan, error) {
				p := gam.Plan{Name: name}
				err := tx.Part(ctx, func(ctx context.Context) error {
					return errors.Join(tx.AddPlan(ctx, &p), fail)
				})
				return p, err
			}
			if p, err := add("kept", nil); err != nil || p.ID == 0 {
				t.Errorf("kept: %+v, %v", p, err)
			}
			if p, err := add("undone", boom); !errors.Is(err, boom) || p.ID != 0 {
				t.Errorf("undone: %+v, %v", p, err)
			}
			if p, err := add("kept", nil); !errors.Is(err, gam.ErrConflict) || p.ID != 0 {
				t.Errorf("a second one of the name: %+v, %v", p, err)
			}
			_, err := add("also kept", nil)
			return err
		}))
		plans := got[[]gam.Plan](t)(st.AllPlans(ctx))
		if len(plans) != 2 || plans[0].Name == "undone" || plans[1].Name == "undone" {
			t.Errorf("plans %+v", plans)
		}
		if events := got[[]store.Event](t)(st.EventsSince(ctx, seq, 10)); len(events) != 2 {
			t.Errorf("%d events, want those of what was kept: %+v", len(events), events)
		}
	})
}
