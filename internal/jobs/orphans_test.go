package jobs

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

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

const crashEnv = "OPENGAM_JOBS_CRASH_DIR"

// TestMain lets the test binary play the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashEnv); dir != "" {
		crash(dir)
		return
	}
	os.Exit(m.Run())
}

// crash runs a job that never ends, in a process to be killed.
func crash(dir string) {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	st, err := openDir(ctx, dir)
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

func openDir(ctx context.Context, dir string) (*store.Store, error) {
	key, err := store.LoadKey(filepath.Join(dir, "key"))
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Options{DataDir: dir, Key: key})
	if err != nil {
		return nil, err
	}
	return st, st.Migrate(ctx)
}

func TestKilledProcess(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+dir)
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

	st, err := openDir(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	q, start := newQueue(t, st)
	ran := make(chan struct{}, 1)
	Handle(q, func(context.Context, *Run[ReadDevice]) error {
		ran <- struct{}{}
		return nil
	})
	from := time.Now()
	start()
	receive(t, ran, "the job of the killed process")
	t.Logf("picked up %s after the restart", time.Since(from).Round(time.Millisecond))
	if took := time.Since(from); took > 5*time.Second {
		t.Errorf("picked up after %s, want at once", took)
	}
}
