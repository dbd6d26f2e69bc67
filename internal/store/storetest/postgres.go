package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/opengam/opengam/internal/store"
)

const (
	// startWithin bounds the start of a server on a busy machine.
	startWithin = 60 * time.Second
	// poll is how often a starting server is asked.
	poll = 20 * time.Millisecond
)

// template is the migrated database that each test's is cloned from.
var template = "opengam_template_" + strings.ToLower(rand.Text())

// shared is this process's server, with the template in it.
var shared = sync.OnceValues(func() (*Server, error) {
	ctx := context.Background()
	s := &Server{admin: os.Getenv("OPENGAM_TEST_DATABASE_URL")}
	if s.admin == "" {
		var err error
		if s, err = newServer(); err != nil {
			return nil, err
		}
		s.once = true
		if err := s.start(ctx); err != nil {
			return nil, err
		}
	}
	if err := s.create(ctx, template, "template1"); err != nil {
		return nil, err
	}
	if err := migrated(store.Options{URL: s.URL(template), Key: key}); err != nil {
		return nil, err
	}
	return s, nil
})

// Server is a private PostgreSQL server that a test may stop and start again.
type Server struct {
	admin string // URL of a database where others may be created from
	bin   string
	dir   string
	once  bool      // the folder goes with the server, which is not started again
	stdin io.Closer // its end ends the server
	done  chan struct{}
}

// StartServer starts a server of the test's own, for tests of what happens
// when it goes away. It ends with the test.
func StartServer(t testing.TB) *Server {
	t.Helper()
	s, err := newServer()
	if err != nil {
		t.Fatal(err)
	}
	s.Start(t)
	t.Cleanup(func() {
		if s.stdin != nil {
			s.Stop(t)
		}
		if err := os.RemoveAll(s.dir); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Start starts the server again after Stop, and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Stop stops the server at once; its clients lose their connections.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.stdin.Close()
	s.stdin = nil
	select {
	case <-s.done:
	case <-time.After(startWithin):
		t.Fatal("the private PostgreSQL server does not stop")
	}
}

// URL is the address of a database of this server.
func (s *Server) URL(database string) string {
	u, err := url.Parse(s.admin)
	if err != nil {
		return s.admin // the store will say what is wrong with it
	}
	u.Path = "/" + database
	return u.String()
}

// newServer makes the folder of a server that is not started yet.
func newServer() (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "opengam-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, dir: dir}
	s.admin = "postgres://postgres@/postgres?" + url.Values{"host": {dir}}.Encode()
	if os.Getuid() == 0 {
		pg, err := user.Lookup("postgres")
		if err != nil {
			return nil, fmt.Errorf("tests run as root and PostgreSQL does not: make a user named postgres (the package does): %w", err)
		}
		uid, _ := strconv.Atoi(pg.Uid)
		gid, _ := strconv.Atoi(pg.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
	}
	// Nothing here outlives the tests, so nothing is synced to disk.
	out, err := s.command("initdb", "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C.UTF-8", "--no-sync", "--no-instructions").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return s, nil
}

// command runs a program of PostgreSQL, as its own user when we are root,
// which it refuses to be.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	args = append([]string{filepath.Join(s.bin, name)}, args...)
	if os.Getuid() == 0 {
		args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // it ends with its standard input
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is ours, not its
	return cmd
}

// script keeps the server for as long as its standard input stays open: when
// this process ends, in whatever way, the server ends and its folder goes.
// $0 is the folder to remove, or empty.
const script = `"$@" & pid=$!; cat >/dev/null; kill -QUIT $pid; wait $pid; [ -z "$0" ] || rm -rf "$0"`

func (s *Server) start(ctx context.Context) error {
	logFile, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer logFile.Close()
	inner := s.command("postgres", "-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=",
		"-c", "fsync=off", "-c", "full_page_writes=off",
		"-c", "max_connections=300", "-c", "shared_buffers=64MB")
	if s.once {
		inner.Args = append(inner.Args, "-c", "synchronous_commit=off") // nobody reads it after a stop
	}
	cmd := exec.Command("sh", append([]string{"-c", script, s.leave()}, inner.Args...)...) //nolint:noctx // it outlives the test that needs it first
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.stdin, s.done = stdin, make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed: always an error
		close(s.done)
	}()
	deadline := time.Now().Add(startWithin)
	for tick := time.Tick(poll); ; <-tick {
		err := s.exec(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(logFile.Name())
			return fmt.Errorf("the private PostgreSQL server does not answer: %w\n%s", err, text)
		}
	}
}

func (s *Server) leave() string {
	if s.once {
		return s.dir
	}
	return ""
}

// binaries is the folder of the newest installed PostgreSQL.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	return "", errors.New("these tests run on PostgreSQL too and none is installed here: run make test, which installs it, or set OPENGAM_TEST_DATABASE_URL to a server where databases may be created")
}

func (s *Server) exec(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	c, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}

func (s *Server) create(ctx context.Context, name, from string) error {
	if err := s.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil {
		return fmt.Errorf("create a test database: %w", err)
	}
	return nil
}

func (s *Server) drop(ctx context.Context, name string) error {
	if err := s.exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop a test database: %w", err)
	}
	return nil
}
