package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// newQueue makes a queue on st whose retries come at once. Handlers are
// registered before start is called.
func newQueue(t testing.TB, st *store.Store) (q *Queue, start func()) {
	t.Helper()
	q, err := New(st, Options{
		Log:          slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		StopPatience: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	q.backoff = func(int) time.Duration { return time.Millisecond }
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, done := context.WithTimeout(context.Background(), patience)
		defer done()
		if err := q.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
		if err := q.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return q, func() {
		t.Helper()
		if err := q.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// receive takes the next value or fails.
func receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited %s in vain for %s", patience, what)
		panic("unreachable")
	}
}

// eventually waits for a job to be in a state.
func eventually(t testing.TB, q *Queue, id int64, want State) Info {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		i, err := q.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if i.State == want {
			return i
		}
		if time.Now().After(deadline) {
			t.Fatalf("job %d is %s (%q), want %s", id, i.State, i.LastError, want)
		}
		pause()
	}
}

// pause is a moment between two looks.
func pause() { <-time.After(2 * time.Millisecond) }

func addOne(t testing.TB, q *Queue, args Args) {
	t.Helper()
	if err := q.AddNow(t.Context(), args); err != nil {
		t.Fatal(err)
	}
}

func only(t testing.TB, q *Queue) Info {
	t.Helper()
	page, err := q.List(t.Context(), store.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if page.Total != 1 || len(page.Items) != 1 {
		t.Fatalf("%d jobs, want 1: %+v", page.Total, page.Items)
	}
	return page.Items[0]
}

func TestAddFollowsItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, _ := newQueue(t, st)
		boom := errors.New("boom")
		err := st.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if err := q.Add(ctx, tx, ReadDevice{DeviceID: 7}); err != nil {
				t.Fatal(err)
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatalf("got %v, want boom", err)
		}
		page, err := q.List(t.Context(), store.ListQuery{})
		if err != nil || page.Total != 0 {
			t.Fatalf("after rollback: %d jobs, %v; want none", page.Total, err)
		}
		addOne(t, q, ReadDevice{DeviceID: 7})
		got := only(t, q)
		if got.Kind != KindReadDevice || got.DeviceID != 7 || got.State != Queued || got.CreatedAt.IsZero() || got.Attempts != 0 {
			t.Errorf("got %+v, want a queued read of device 7 without attempts", got)
		}
	})
}

func TestOneJobPerDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		ran := make(chan gam.DeviceID, 10)
		Handle(q, func(_ context.Context, run *Run[ReconcileDevice]) error {
			ran <- run.Args.DeviceID
			return nil
		})
		addOne(t, q, ReconcileDevice{DeviceID: 1, Actor: "user:anna"})
		addOne(t, q, ReconcileDevice{DeviceID: 1, Actor: "user:ben"})
		addOne(t, q, ReconcileDevice{DeviceID: 2})
		page, err := q.List(t.Context(), store.ListQuery{Sort: "id"})
		if err != nil || page.Total != 2 {
			t.Fatalf("%d jobs, %v; want 2", page.Total, err)
		}
		start()
		for _, i := range page.Items {
			eventually(t, q, i.ID, Completed)
		}
		if n := len(ran); n != 2 {
			t.Errorf("%d runs, want 2", n)
		}
		// A finished job is no obstacle.
		addOne(t, q, ReconcileDevice{DeviceID: 1})
		receive(t, ran, "device")
		receive(t, ran, "device")
		receive(t, ran, "the third run")
	})
}

func TestFailureIsRetried(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		attempts := make(chan int, 10)
		Handle(q, func(_ context.Context, run *Run[ReadDevice]) error {
			attempts <- run.Attempt
			switch run.Attempt {
			case 1:
				return errors.New("device 7 does not answer")
			case 2:
				panic("a bug")
			}
			return nil
		})
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		for want := 1; want <= 3; want++ {
			if got := receive(t, attempts, "an attempt"); got != want {
				t.Errorf("attempt %d, want %d", got, want)
			}
		}
		got := eventually(t, q, only(t, q).ID, Completed)
		if got.Attempts != 3 || got.LastError != "" || got.FinishedAt.IsZero() {
			t.Errorf("got %+v, want 3 attempts and no error left", got)
		}
	})
}

func TestFailureIsShown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		q.backoff = func(int) time.Duration { return time.Hour }
		Handle(q, func(context.Context, *Run[ReadDevice]) error { return errors.New("device 7 does not answer") })
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		got := eventually(t, q, only(t, q).ID, Retrying)
		if got.LastError != "device 7 does not answer" || got.Attempts != 1 || time.Until(got.ScheduledAt) < 50*time.Minute {
			t.Errorf("got %+v, want the error, one attempt and an hour to wait", got)
		}
	})
}

func TestAgainIsNoFailure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		attempts := make(chan int, 10)
		var runs atomic.Int32
		Handle(q, func(_ context.Context, run *Run[ReadDevice]) error {
			attempts <- run.Attempt
			if runs.Add(1) < 3 {
				return Again{After: time.Millisecond, Reason: "another pass has the device"}
			}
			return nil
		})
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		for range 3 {
			if got := receive(t, attempts, "an attempt"); got != 1 {
				t.Errorf("attempt %d, want 1: Again counts for nothing", got)
			}
		}
		eventually(t, q, only(t, q).ID, Completed)
	})
}

func TestGiveUpAndRetryByHand(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		var runs atomic.Int32
		Handle(q, func(context.Context, *Run[ReadDevice]) error {
			if runs.Add(1) == 1 {
				return GiveUp{errors.New("device 7 is gone")}
			}
			return nil
		})
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		id := only(t, q).ID
		got := eventually(t, q, id, Discarded)
		if got.LastError != "device 7 is gone" || runs.Load() != 1 {
			t.Errorf("got %+v after %d runs, want the reason after one", got, runs.Load())
		}
		if _, err := q.Retry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := eventually(t, q, id, Completed); got.LastError != "" {
			t.Errorf("after the retry: %+v", got)
		}
	})
}

func TestRetryRefusesASecondJobForTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, _ := newQueue(t, st)
		addOne(t, q, ReadDevice{DeviceID: 7})
		first := only(t, q).ID
		if got, err := q.Cancel(t.Context(), first); err != nil || got.State != Cancelled {
			t.Fatalf("cancel: %+v, %v", got, err)
		}
		addOne(t, q, ReadDevice{DeviceID: 7})
		if _, err := q.Retry(t.Context(), first); !errors.Is(err, gam.ErrConflict) {
			t.Errorf("got %v, want a conflict with the newer job", err)
		}
		if _, err := q.Retry(t.Context(), 404); !errors.Is(err, gam.ErrNotFound) {
			t.Errorf("got %v, want not found", err)
		}
		if _, err := q.Cancel(t.Context(), 404); !errors.Is(err, gam.ErrNotFound) {
			t.Errorf("got %v, want not found", err)
		}
	})
}

func TestCancelOfARunningJob(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		running := make(chan struct{}, 1)
		Handle(q, func(ctx context.Context, _ *Run[ReadDevice]) error {
			running <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		receive(t, running, "the run")
		id := only(t, q).ID
		if _, err := q.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		eventually(t, q, id, Cancelled)
	})
}

func TestAnOrderEndsTheBackoff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		for name, outcome := range map[string]error{
			"failed":   errors.New("unreachable"),
			"on lease": Again{After: time.Hour},
		} {
			t.Run(name, func(t *testing.T) {
				q, start := newQueue(t, st)
				q.backoff = func(int) time.Duration { return time.Hour }
				runs := make(chan int, 10)
				var n atomic.Int32
				Handle(q, func(context.Context, *Run[ReadDevice]) error {
					runs <- int(n.Add(1))
					if n.Load() == 1 {
						return outcome
					}
					return nil
				})
				addOne(t, q, ReadDevice{DeviceID: gam.DeviceID(100 + len(name))})
				start()
				receive(t, runs, "the first run")
				page, err := q.List(t.Context(), store.ListQuery{Where: map[string]string{"state": "running,waiting,retrying"}})
				if err != nil || page.Total != 1 {
					t.Fatalf("%+v, %v", page, err)
				}
				// Whether the run has been settled yet or not: it runs now.
				addOne(t, q, ReadDevice{DeviceID: gam.DeviceID(100 + len(name))})
				receive(t, runs, "the run for the order")
				eventually(t, q, page.Items[0].ID, Completed)
			})
		}
	})
}

func TestAnOrderDuringARunIsRunAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		for name, outcome := range map[string]error{
			"done":      nil,
			"failed":    errors.New("unreachable"),
			"not now":   Again{After: time.Hour},
			"giving up": GiveUp{errors.New("gone")},
		} {
			t.Run(name, func(t *testing.T) {
				q, start := newQueue(t, st)
				q.backoff = func(int) time.Duration { return time.Hour }
				entered, leave := make(chan struct{}, 10), make(chan struct{})
				var n atomic.Int32
				Handle(q, func(context.Context, *Run[ReadDevice]) error {
					entered <- struct{}{}
					if n.Add(1) > 1 {
						return nil
					}
					<-leave
					return outcome
				})
				device := gam.DeviceID(200 + len(name))
				addOne(t, q, ReadDevice{DeviceID: device})
				start()
				receive(t, entered, "the first run")
				addOne(t, q, ReadDevice{DeviceID: device})
				close(leave)
				receive(t, entered, "the second run")
				page, err := q.List(t.Context(), store.ListQuery{Where: map[string]string{"device_id": q.text(device)}})
				if err != nil || page.Total != 1 {
					t.Fatalf("%+v, %v", page, err)
				}
				eventually(t, q, page.Items[0].ID, Completed)
				if got := n.Load(); got != 2 {
					t.Errorf("%d runs, want 2", got)
				}
			})
		}
	})
}

func (q *Queue) text(d gam.DeviceID) string { return Info{ID: int64(d)}.idText() }

func TestProgressAndEvents(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		told, leave := make(chan struct{}), make(chan struct{})
		Handle(q, func(ctx context.Context, run *Run[ReadDevice]) error {
			run.Progress(ctx, 3, 10, "port 3\x00")
			close(told)
			<-leave
			run.Progress(ctx, 10, 10, "done")
			return nil
		})
		from, err := st.LastEventSeq(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		receive(t, told, "progress")
		got := only(t, q)
		if want := (Progress{Done: 3, Total: 10, Text: "port 3"}); got.Progress != want || got.State != Running {
			t.Errorf("got %+v, want %+v while running", got, want)
		}
		close(leave)
		got = eventually(t, q, got.ID, Completed)
		if want := (Progress{Done: 10, Total: 10, Text: "done"}); got.Progress != want {
			t.Errorf("got %+v, want %+v at the end", got.Progress, want)
		}
		events, err := st.EventsSince(t.Context(), from, 100)
		if err != nil {
			t.Fatal(err)
		}
		var states []string
		for _, e := range events {
			if e.Kind == store.EventJob && e.ID == got.idText() && e.DeviceID == 7 {
				states = append(states, stateOf(t, e))
			}
		}
		want := []string{"queued", "running", "running", "running", "completed"}
		if !equal(states, want) {
			t.Errorf("the feed told %v, want %v", states, want)
		}
	})
}
