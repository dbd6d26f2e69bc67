package jobs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// orphan makes the only job look as if a process that is gone was running it.
func orphan(t testing.TB, q *Queue, id int64, owner string) {
	t.Helper()
	text := `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP, attempted_by = jsonb_array(?) WHERE id = ?`
	if !q.sqlite() {
		text = `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = ARRAY[CAST(? AS text)] WHERE id = ?`
	}
	if _, err := q.store.DB().DB.ExecContext(t.Context(), q.sql(text), owner, id); err != nil {
		t.Fatal(err)
	}
}

func TestOrphansAreRunAgainSoon(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		Handle(q, func(context.Context, *Run[ReadDevice]) error { return nil })
		addOne(t, q, ReadDevice{DeviceID: 7})
		id := only(t, q).ID
		orphan(t, q, id, "gone")
		from := time.Now()
		start()
		got := eventually(t, q, id, Completed)
		if took := time.Since(from); took > 10*time.Second {
			t.Errorf("picked up after %s, want seconds", took)
		}
		if got.Attempts != 2 {
			t.Errorf("got %+v, want the lost run counted", got)
		}
	})
}

func TestACancelledOrphanStaysCancelled(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		Handle(q, func(context.Context, *Run[ReadDevice]) error { return nil })
		addOne(t, q, ReadDevice{DeviceID: 7})
		id := only(t, q).ID
		orphan(t, q, id, "gone")
		if _, err := q.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		start()
		eventually(t, q, id, Cancelled)
	})
}

// TestTheLivingKeepTheirJobs: with several processes on PostgreSQL, a job
// whose owner lives is left alone, and rescued once the owner is gone.
func TestTheLivingKeepTheirJobs(t *testing.T) {
	st := storetest.Postgres(t)
	one, startOne := newQueue(t, st)
	two, startTwo := newQueue(t, st)
	entered := make(chan string, 10)
	leave := make(chan struct{})
	Handle(one, func(context.Context, *Run[ReadDevice]) error {
		entered <- "one"
		<-leave
		return nil
	})
	// Two cannot do ReadDevice, so it takes none but sees all.
	Handle(two, func(context.Context, *Run[ReconcileDevice]) error { return nil })
	addOne(t, one, ReadDevice{DeviceID: 7})
	startOne()
	receive(t, entered, "the run of one")
	startTwo()
	rounds := time.NewTimer(3 * othersEvery)
	defer rounds.Stop()
	<-rounds.C // nothing may happen, so there is nothing else to wait for
	if got := only(t, two); got.State != Running {
		t.Errorf("the job of a living process: %+v, want it running", got)
	}
	close(leave)
	eventually(t, two, only(t, two).ID, Completed)
}

// crashEnv tells the helper process its data folder, or its database.
const crashEnv = "OPENGAM_JOBS_CRASH"

// TestMain lets the test binary play the process that is killed.
func TestMain(m *testing.M) {
	if where := os.Getenv(crashEnv); where != "" {
		crash(where)
		return
	}
	os.Exit(m.Run())
}

// crash runs a job that never ends, in a process to be killed.
func crash(where string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	st, err := openAt(ctx, where)
	fail(err)
	q, err := New(st, Options{})
	fail(err)
	fail(q.Migrate(ctx))
	Handle(q, func(context.Context, *Run[ReadDevice]) error {
		fmt.Println("running")
		select {}
	})
	fail(q.Start(ctx))
	fail(q.AddNow(ctx, ReadDevice{DeviceID: 7}))
	select {}
}

// openAt opens a store whose key is the same in both processes: the empty
// one.
func openAt(ctx context.Context, where string) (*store.Store, error) {
	o := store.Options{DataDir: where}
	if strings.HasPrefix(where, "postgres://") {
		o = store.Options{URL: where}
	}
	st, err := store.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return st, st.Migrate(ctx)
}

func TestKilledProcess(t *testing.T) {
	for name, c := range map[string]struct {
		where  func(t *testing.T) string
		within time.Duration
	}{
		"sqlite":   {func(t *testing.T) string { return t.TempDir() }, 5 * time.Second},
		"postgres": {emptyDatabase, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			where := c.where(t)
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), crashEnv+"="+where)
			cmd.Stderr = t.Output()
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil || line != "running\n" {
				t.Fatalf("the other process said %q, %v", line, err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // killed is what we want

			st, err := openAt(t.Context(), where)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { st.Close() })
			q, start := newQueue(t, st)
			ran := make(chan struct{}, 1)
			Handle(q, func(context.Context, *Run[ReadDevice]) error {
				ran <- struct{}{}
				return nil
			})
			from := time.Now()
			start()
			receive(t, ran, "the job of the killed process")
			took := time.Since(from)
			t.Logf("picked up %s after the restart", took.Round(time.Millisecond))
			if took > c.within {
				t.Errorf("picked up after %s, want within %s", took, c.within)
			}
		})
	}
}

// emptyDatabase is a server of the test's own, whose database no key has
// claimed yet.
func emptyDatabase(t *testing.T) string { return storetest.StartServer(t).URL("postgres") }

// TestDatabaseGoneForAWhile: a job that is running when the database goes
// away ends, once, when it is back, and new ones are done.
func TestDatabaseGoneForAWhile(t *testing.T) {
	srv := storetest.StartServer(t)
	st, err := openAt(t.Context(), srv.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	q, start := newQueue(t, st)
	q.log = slog.New(slog.DiscardHandler) // it complains, rightly
	entered, leave := make(chan gam.DeviceID, 10), make(chan struct{})
	Handle(q, func(_ context.Context, run *Run[ReadDevice]) error {
		entered <- run.Args.DeviceID
		<-leave
		return nil
	})
	start()
	addOne(t, q, ReadDevice{DeviceID: 1})
	receive(t, entered, "the first run")
	id := only(t, q).ID
	srv.Stop(t)
	if err := q.AddNow(t.Context(), ReadDevice{DeviceID: 2}); err == nil {
		t.Error("an order was taken without a database")
	}
	close(leave)
	srv.Start(t)
	if got := eventually(t, q, id, Completed); got.Attempts != 1 {
		t.Errorf("got %+v, want one run", got)
	}
	addOne(t, q, ReadDevice{DeviceID: 3})
	if got := receive(t, entered, "the run after the outage"); got != 3 {
		t.Errorf("ran for device %d, want 3", got)
	}
}

// TestTwoNodesShareTheWork: every job is run by one of them.
func TestTwoNodesShareTheWork(t *testing.T) {
	st := storetest.Postgres(t)
	const jobs = 100
	var mu sync.Mutex
	runs := map[gam.DeviceID]int{}
	done := make(chan struct{}, jobs)
	var first *Queue
	for range 2 {
		q, start := newQueue(t, st)
		Handle(q, func(_ context.Context, run *Run[ReadDevice]) error {
			mu.Lock()
			runs[run.Args.DeviceID]++
			mu.Unlock()
			done <- struct{}{}
			return nil
		})
		start()
		if first == nil {
			first = q
		}
	}
	for d := range jobs {
		addOne(t, first, ReadDevice{DeviceID: gam.DeviceID(d + 1)})
	}
	for range jobs {
		receive(t, done, "a run")
	}
	mu.Lock()
	defer mu.Unlock()
	for d, n := range runs {
		if n != 1 {
			t.Errorf("device %d: %d runs", d, n)
		}
	}
}

// TestALostRunChangesNothing: a run whose job was given to another one in the
// meantime can neither finish it nor fail it.
func TestALostRunChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		q, start := newQueue(t, st)
		entered, leave, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		Handle(q, func(ctx context.Context, run *Run[ReadDevice]) error {
			close(entered)
			<-leave
			err := st.Tx(ctx, run.CompleteTx)
			ended <- err
			return err
		})
		addOne(t, q, ReadDevice{DeviceID: 7})
		start()
		receive(t, entered, "the run")
		id := only(t, q).ID
		orphan(t, q, id, "another")
		close(leave)
		if err := receive(t, ended, "the end of the run"); !errors.Is(err, ErrLost) {
			t.Errorf("got %v, want the run told that it has lost the job", err)
		}
		if err := q.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := only(t, q); got.State != Running || got.LastError != "" {
			t.Errorf("the other's job: %+v, want it running", got)
		}
	})
}
