package jobs

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// addDevice makes a device to order for.
func addDevice(t testing.TB, st *store.Store) gam.DeviceID {
	t.Helper()
	d := gam.Device{Name: t.Name(), Address: "192.0.2.1", Mode: gam.ModeManage}
	if err := st.AddDevice(t.Context(), &d); err != nil {
		t.Fatal(err)
	}
	return d.ID
}

// TestNoOrderIsLost races orders against the end of passes: each order raises
// what is wanted and adds the job, each pass applies what it has read and
// finishes only if nothing new was ordered. In the end all is applied and no
// job is left.
func TestNoOrderIsLost(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		for _, way := range []string{"checks itself", "leaves it to the queue"} {
			t.Run(way, func(t *testing.T) {
				q, start := newQueue(t, st)
				device := addDevice(t, st)
				var applied, passes atomic.Int64
				Handle(q, func(ctx context.Context, run *Run[ReconcileDevice]) error {
					passes.Add(1)
					rev, err := st.WantedRev(ctx, device)
					if err != nil {
						return err
					}
					applied.Store(rev) // the pass
					if way == "leaves it to the queue" {
						return nil
					}
					return st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
						now, err := tx.WantedRev(ctx, device)
						if err != nil {
							return err
						}
						if now != rev {
							return Again{} // one more pass at once
						}
						return run.CompleteTx(ctx, tx)
					})
				})
				start()

				const orderers, each = 2, 60
				var wg sync.WaitGroup
				for range orderers {
					wg.Go(func() {
						for range each {
							err := st.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
								if _, err := tx.BumpWanted(ctx, device); err != nil {
									return err
								}
								return q.Add(ctx, tx, ReconcileDevice{DeviceID: device})
							})
							if err != nil {
								t.Error(err)
							}
							<-time.After(rand.N(4 * time.Millisecond)) // let passes begin and end in between
						}
					})
				}
				wg.Wait()

				want, err := st.WantedRev(t.Context(), device)
				if err != nil {
					t.Fatal(err)
				}
				deadline := time.Now().Add(patience)
				for {
					left, err := q.List(t.Context(), store.ListQuery{Where: map[string]string{
						"state": "queued,running,waiting,retrying", "device_id": q.text(device)}})
					if err != nil {
						t.Fatal(err)
					}
					if left.Total == 0 {
						break
					}
					if time.Now().After(deadline) {
						t.Fatalf("still not done: %+v", left.Items)
					}
					pause()
				}
				if applied.Load() != want {
					t.Errorf("revision %d is applied, %d is wanted: an order was lost", applied.Load(), want)
				}
				if passes.Load() < 5 {
					t.Errorf("%d passes: orders and passes did not meet, this run proves nothing", passes.Load())
				}
				t.Logf("%d orders, %d passes", orderers*each, passes.Load())
			})
		}
	})
}

// TestCompleteTxFollowsItsTransaction: rolled back, the job is not finished.
func TestCompleteTxFollowsItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		boom := errors.New("boom")
		var runs atomic.Int32
		Handle(q, func(ctx context.Context, run *Run[ReadDevice]) error {
			n := runs.Add(1)
			return st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				if err := run.CompleteTx(ctx, tx); err != nil {
					return err
				}
				if n == 1 {
					return boom
				}
				return nil
			})
		})
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		if got := eventually(t, q, only(t, q).ID, Completed); got.Attempts != 2 {
			t.Errorf("got %+v, want a second attempt after the rollback", got)
		}
	})
}

// TestSeenForgetsServedOrders: a handler that has served an order that came
// in the middle is not run once more for it.
func TestSeenForgetsServedOrders(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		var runs atomic.Int32
		Handle(q, func(ctx context.Context, run *Run[ReadDevice]) error {
			runs.Add(1)
			if err := q.AddNow(ctx, run.Args); err != nil {
				return err
			}
			if err := run.Seen(ctx); err != nil {
				return err
			}
			return st.Tx(ctx, run.CompleteTx)
		})
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		eventually(t, q, only(t, q).ID, Completed)
		if runs.Load() != 1 {
			t.Errorf("%d runs, want 1", runs.Load())
		}
	})
}

func TestStartAndStopTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		entered := make(chan struct{}, 10)
		var n atomic.Int32
		Handle(q, func(ctx context.Context, _ *Run[ReadDevice]) error {
			entered <- struct{}{}
			if n.Add(1) == 1 {
				<-ctx.Done()
				return fmt.Errorf("cut short: %w", ctx.Err())
			}
			return nil
		})
		stop := func() {
			t.Helper()
			if err := q.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		stop() // before any start
		start()
		start()
		addOne(t, q, ReadDevice{DeviceID: 7})
		receive(t, entered, "the first run")
		stop()
		stop()
		got := only(t, q)
		if got.State != Queued || got.LastError != "" || got.Attempts != 0 {
			t.Errorf("cut short by a stop: %+v, want queued and nothing counted", got)
		}
		start()
		receive(t, entered, "the run after the restart")
		eventually(t, q, got.ID, Completed)
	})
}

func TestList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, _ := newQueue(t, st)
		for d := range 5 {
			addOne(t, q, ReadDevice{DeviceID: gam.DeviceID(d + 1)})
			addOne(t, q, ReconcileDevice{DeviceID: gam.DeviceID(d + 1)})
		}
		list := func(lq store.ListQuery) store.Page[Info] {
			t.Helper()
			page, err := q.List(t.Context(), lq)
			if err != nil {
				t.Fatal(err)
			}
			return page
		}
		if got := list(store.ListQuery{Where: map[string]string{"device_id": "2,3", "kind": KindReadDevice}}); got.Total != 2 {
			t.Errorf("reads of devices 2 and 3: %d, want 2", got.Total)
		}
		if got := list(store.ListQuery{Where: map[string]string{"state": "running,completed"}}); got.Total != 0 {
			t.Errorf("%d jobs run, want none", got.Total)
		}
		var ids []int64
		lq := store.ListQuery{Sort: "id", Limit: 4}
		for {
			page := list(lq)
			if page.Total != 10 {
				t.Fatalf("total %d, want 10", page.Total)
			}
			for _, i := range page.Items {
				ids = append(ids, i.ID)
			}
			if page.Next == "" {
				break
			}
			lq.Cursor = page.Next
		}
		if len(ids) != 10 {
			t.Fatalf("paging gave %d jobs, want 10", len(ids))
		}
		for i := range ids[1:] {
			if ids[i] >= ids[i+1] {
				t.Errorf("not ascending: %v", ids)
			}
		}
		if got := list(store.ListQuery{}); got.Items[0].ID != ids[9] {
			t.Errorf("the newest job is %d, want %d", got.Items[0].ID, ids[9])
		}
		for _, bad := range []store.ListQuery{
			{Where: map[string]string{"colour": "red"}},
			{Where: map[string]string{"id": "x"}},
			{Sort: "colour"},
			{Cursor: "-1"},
			{Cursor: "x"},
			{Limit: 501},
			{Q: "anna"},
		} {
			var invalid *gam.Invalid
			if _, err := q.List(t.Context(), bad); !errors.As(err, &invalid) {
				t.Errorf("%+v: got %v, want a refusal", bad, err)
			}
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	st := storetest.SQLite(t)
	if _, err := New(st, Options{Timeout: time.Hour, RescueAfter: time.Minute}); err == nil {
		t.Error("a rescue before the timeout was accepted")
	}
}

func TestBackoff(t *testing.T) {
	for failures, want := range map[int][2]time.Duration{
		0: {time.Second, 2 * time.Second}, 1: {time.Second, 2 * time.Second}, 2: {2 * time.Second, 4 * time.Second},
		3: {5 * time.Second, 10 * time.Second}, 4: {10 * time.Second, 20 * time.Second}, 5: {30 * time.Second, time.Minute},
		6: {time.Minute, 2 * time.Minute}, 7: {2 * time.Minute, 4 * time.Minute}, 8: {5 * time.Minute, 10 * time.Minute},
		1000: {5 * time.Minute, 10 * time.Minute},
	} {
		for range 100 {
			if got := backoff(failures); got < want[0] || got >= want[1] {
				t.Fatalf("after %d failures: %s, want %s to %s", failures, got, want[0], want[1])
			}
		}
	}
}
