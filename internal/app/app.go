package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/api"
	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/driver/positron"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/poll"
	"github.com/opengam/opengam/internal/reconcile"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/ui"
)

// App is the running product.
type App struct {
	o     Options
	log   *slog.Logger
	undo  undos
	setup string // one-time link of a first start, empty otherwise

	store    *store.Store
	queue    *jobs.Queue
	orders   *order.Orders
	sessions *driver.Sessions
	devices  *devices
	engine   *reconcile.Engine
	poller   *poll.Engine

	listener net.Listener
	server   *http.Server
	failed   chan error    // the server ended by itself
	closing  chan struct{} // closed when a stop begins: ends the event streams
}

// New opens everything or nothing: a failure undoes what was already opened.
// The database is migrated. Nothing is served before Start.
func New(ctx context.Context, o Options) (_ *App, err error) {
	o.fill()
	if bad := o.Check(); len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	a := &App{o: o, log: o.Log, failed: make(chan error, 1), closing: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.undo.run(context.WithoutCancel(ctx)))
		}
	}()

	if a.store, err = openStore(ctx, o); err != nil {
		return nil, err
	}
	a.undo.add("database", func(context.Context) error { return a.store.Close() })
	if a.queue, err = migrate(ctx, a.store, o); err != nil {
		return nil, err
	}
	a.undo.add("job queue", func(context.Context) error { return a.queue.Close() })
	if a.store.Dialect() == "sqlite" {
		// One process holds the folder, so every lease is a dead one's.
		if err := a.store.ClearLeases(ctx); err != nil {
			return nil, err
		}
	}

	var catalog driver.Catalog
	if err := catalog.Add("positron", positron.New); err != nil {
		return nil, err
	}
	a.sessions = driver.NewSessions(catalog.Opener("positron"))
	a.undo.add("device sessions", func(context.Context) error { return a.sessions.Close() })
	a.devices = &devices{store: a.store, sessions: a.sessions, log: o.Log}

	owner, err := instanceName()
	if err != nil {
		return nil, err
	}
	a.orders = order.New(a.store, a.queue)
	a.engine = reconcile.New(reconcile.Options{
		Store: a.store, Open: a.devices.Open, Log: o.Log.With("part", "reconcile"), Owner: owner,
		Wrote: func(ctx context.Context, tx *store.Tx, id gam.DeviceID) error {
			return a.queue.Add(ctx, tx, jobs.ReadDevice{DeviceID: id})
		},
	})
	a.poller = poll.New(poll.Options{
		Store: a.store, Queue: a.queue, Open: a.devices, Log: o.Log.With("part", "poll"),
		Gone: a.sessions.Drop,
	})
	a.handleJobs()

	if err := a.firstStart(ctx); err != nil {
		return nil, err
	}
	return a, a.openServer(ctx)
}

// instanceName tells this process's leases from those of others and of its own
// dead predecessors.
func instanceName() (string, error) {
	var b [6]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name this instance: %w", err)
	}
	host, _ := os.Hostname()
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), hex.EncodeToString(b[:])), nil
}

func openStore(ctx context.Context, o Options) (*store.Store, error) {
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	key, err := store.LoadKey(o.SecretKeyFile)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{URL: o.DatabaseURL, DataDir: o.DataDir, Key: key, Log: o.Log.With("part", "store")})
}

// migrate brings our own tables and the job queue's up to date.
func migrate(ctx context.Context, st *store.Store, o Options) (*jobs.Queue, error) {
	if err := st.Migrate(ctx); err != nil {
		return nil, err
	}
	q, err := jobs.New(st, jobs.Options{Log: o.Log.With("part", "jobs")})
	if err != nil {
		return nil, err
	}
	if err := q.Migrate(ctx); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

// Limits of the HTTP server. There is no write timeout: the event stream
// stays open, and other handlers have deadlines of their own.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

func (a *App) openServer(ctx context.Context) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", a.o.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (another program uses the port? choose one with OPENGAM_LISTEN)", a.o.Listen, err)
	}
	a.listener = l
	a.undo.add("listener", func(context.Context) error {
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	a.server = &http.Server{
		Handler:           a.handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(a.log.With("part", "http").Handler(), slog.LevelDebug),
	}
	return nil
}

func (a *App) handler() http.Handler {
	mux := http.NewServeMux()
	rest := api.New(api.Options{
		Store: a.store, Queue: a.queue, Orders: a.orders, Engine: a.engine, Devices: a.devices,
		Log: a.log.With("part", "api"), Version: a.o.Version.Version, BaseURL: a.URL(), Closing: a.closing,
	})
	for _, path := range []string{"/api/", "/openapi.json", "/openapi.yaml", "/docs", "/docs/", "/healthz", "/readyz"} {
		mux.Handle(path, rest)
	}
	mux.Handle("GET /metrics", a.metrics())
	mux.Handle("/", ui.Handler())
	return mux
}

// Start begins serving and working. It returns at once.
func (a *App) Start(ctx context.Context) error {
	if err := a.queue.Start(ctx); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	a.undo.add("jobs", a.queue.Stop)
	if err := a.poller.Start(ctx); err != nil {
		return fmt.Errorf("start polling: %w", err)
	}
	a.undo.add("polling", a.poller.Stop)
	forget, err := a.announceControl(ctx)
	if err != nil {
		return err
	}
	a.undo.add("control file", forget)

	go func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("serve %s: %w", a.o.Listen, err)
		}
	}()
	a.undo.add("web server", func(ctx context.Context) error {
		close(a.closing)
		sctx, cancel := context.WithTimeout(ctx, serverGrace)
		defer cancel()
		if a.server.Shutdown(sctx) != nil {
			return a.server.Close()
		}
		return nil
	})
	a.log.InfoContext(ctx, "serving", "url", a.URL(), "version", a.o.Version.Version, "database", a.store.Dialect())
	return nil
}

// serverGrace is how long requests under way may take to end at a stop.
const serverGrace = 2 * time.Second

// Wait returns when ctx is over (nil) or the server failed.
func (a *App) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-a.failed:
		return err
	}
}

// Stop undoes everything, last opened first. A second call does nothing.
func (a *App) Stop(ctx context.Context) error { return a.undo.run(ctx) }

// URL is where people find the server.
func (a *App) URL() string {
	if a.o.BaseURL != "" {
		return strings.TrimRight(a.o.BaseURL, "/")
	}
	return a.localURL()
}

// localURL reaches this process from its own machine.
func (a *App) localURL() string {
	addr, ok := a.listener.Addr().(*net.TCPAddr)
	if !ok {
		return "http://" + a.listener.Addr().String()
	}
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

// SetupLink creates the first user; empty when one exists.
func (a *App) SetupLink() string {
	if a.setup == "" {
		return ""
	}
	return a.URL() + "/setup?token=" + a.setup
}
