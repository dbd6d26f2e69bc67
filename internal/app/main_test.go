package app_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/app"
	"github.com/opengam/opengam/internal/client"
)

// serveDir, when set, makes this test binary be the product instead: tests
// that kill it need a process of its own.
const serveDir = "OPENGAM_TEST_SERVE_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(serveDir); dir != "" {
		os.Exit(serve(dir))
	}
	if n := os.Getenv(simDevices); n != "" {
		os.Exit(simulate(n))
	}
	os.Exit(m.Run())
}

// serve is `opengam serve` on a free port of the loopback.
func serve(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	a, err := app.New(ctx, app.Options{
		Listen: "127.0.0.1:0", DataDir: dir, DatabaseURL: os.Getenv("OPENGAM_TEST_SERVE_DB"),
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err == nil {
		err = a.Start(ctx)
	}
	if err == nil {
		fmt.Println("READY", a.URL())
		err = a.Wait(ctx)
	}
	if a != nil {
		_ = a.Stop(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// process is the product running beside the test.
type process struct {
	cmd *exec.Cmd
	api *client.Client
}

// start runs the product on dir and returns when it serves.
func start(t testing.TB, dir, databaseURL string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveDir+"="+dir, "OPENGAM_TEST_SERVE_DB="+databaseURL)
	logs, err := os.OpenFile(dir+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = logs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = logs.Close()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _, _ = cmd.Process.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, ok := strings.CutPrefix(lines.Text(), "READY "); ok {
			url, token, running := app.RunningServer(t.Context(), app.Options{DataDir: dir})
			if !running {
				t.Fatal("the control file does not lead to the server")
			}
			api, err := client.New(url, token)
			if err != nil {
				t.Fatal(err)
			}
			return &process{cmd: cmd, api: api}
		}
	}
	b, _ := os.ReadFile(dir + ".log")
	t.Fatalf("the server did not start: %s", b)
	return nil
}

// kill is kill -9.
func (p *process) kill(t testing.TB) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait()
}

// eventually asks until it is so; the limit is for a machine in distress, not
// a claim about speed.
func eventually(t testing.TB, what string, so func() (bool, string)) {
	t.Helper()
	limit := time.After(2 * time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for {
		ok, state := so()
		if ok {
			return
		}
		last = state
		select {
		case <-limit:
			t.Fatalf("%s: not within two minutes; last: %s", what, last)
		case <-tick.C:
		}
	}
}
