package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the SQLite driver
)

// Dialects.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

const (
	sqliteFile = "opengam.db"
	lockFile   = "opengam.lock"
	// sqliteConns bounds the readers of a SQLite file; there is one writer.
	sqliteConns = 8
	// postgresConns bounds the pool unless the URL says pool_max_conns.
	postgresConns = 16
	// connectTimeout bounds one attempt to reach PostgreSQL.
	connectTimeout = 10 * time.Second
)

// Options says which database to open.
type Options struct {
	// URL is empty for the SQLite file opengam.db in DataDir, or
	// postgres://user@host:port/database?….
	URL string
	// DataDir is created when missing; needed for SQLite only.
	DataDir string
	// Key encrypts credentials at rest.
	Key Key
	// Log may be nil.
	Log *slog.Logger
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	Queries
	pool *pgxpool.Pool // nil on SQLite
	lock *flock.Flock  // nil on PostgreSQL
}

// Queries is every query of the product. Store and Tx share it: on a Store
// each method is its own transaction, on a Tx it is part of that one.
type Queries struct {
	*core
	db bun.IDB
	tx *Tx // nil on a Store
}

// core is what a Store and its transactions share.
type core struct {
	bun     *bun.DB
	dialect string
	path    string // of the SQLite file
	key     Key
	log     *slog.Logger
	writer  chan struct{} // holds one token while a SQLite transaction runs
	feed    feed
	writes  atomic.Int64 // counts what is trimmed now and then
}

// Open opens the database, and for SQLite holds the data folder's lock until
// Close. It refuses a schema that is newer than this program and a key that
// is not the database's. It does not migrate: see Migrate.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{}
	s.core = &core{key: o.Key, log: o.Log, writer: make(chan struct{}, 1)}
	var err error
	if o.URL == "" {
		err = s.openSQLite(o.DataDir)
	} else {
		err = s.openPostgres(ctx, o.URL)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.db = s.bun
	for _, check := range []func(context.Context) error{s.Ping, s.refuseNewer, s.checkKey} {
		if err := check(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

func (s *Store) openSQLite(dir string) error {
	if dir == "" {
		return errors.New("open database: no data folder given for SQLite; set OPENGAM_DATA_DIR, or OPENGAM_DATABASE_URL for PostgreSQL")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create data folder %s: %w", dir, err)
	}
	s.lock = flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	got, err := s.lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock data folder %s: %w", dir, err)
	}
	if !got {
		s.lock = nil
		return fmt.Errorf("data folder %s is in use by another opengam process; stop that one, or give this one another folder (OPENGAM_DATA_DIR)", dir)
	}
	s.dialect, s.path = SQLite, filepath.Join(dir, sqliteFile)
	if err := createPrivate(s.path); err != nil {
		return fmt.Errorf("create database %s: %w", s.path, err)
	}
	db, err := sql.Open("sqlite", SQLiteDSN(s.path))
	if err != nil {
		return fmt.Errorf("open database %s: %w", s.path, err)
	}
	db.SetMaxOpenConns(sqliteConns)
	db.SetMaxIdleConns(sqliteConns)
	s.bun = bun.NewDB(db, sqlitedialect.New(), bun.WithDiscardUnknownColumns())
	return nil
}

// createPrivate makes the file before SQLite does, so that nobody else may
// read it; its journal files inherit the mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return err
	}
	return f.Close()
}

// SQLiteDSN is how every connection to the file is opened, here and by the
// job queue. Each part is there on purpose: a write-ahead log lets readers
// work beside the writer; synchronous FULL keeps what was committed through a
// power failure (NORMAL may lose the last orders, and with them the note that
// an entry on a device is ours); busy_timeout (ms) waits; without
// _txlock=immediate a transaction that reads and then writes fails busy in
// spite of the timeout; foreign keys are off by default.
func SQLiteDSN(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_txlock=immediate"
}

func (s *Store) openPostgres(ctx context.Context, dsn string) error {
	s.dialect = Postgres
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// pgx hides the password in what it repeats of the URL.
		return fmt.Errorf("database URL (OPENGAM_DATABASE_URL): %w", err)
	}
	// Every statement's text differs because bun writes values into it;
	// prepared ones would pile up on the server.
	cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = connectTimeout
	}
	// Compiling a query takes longer than any of ours runs.
	cfg.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, "SET jit = off")
		return err
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		cfg.MaxConns = postgresConns
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("open database at %s: %w", cfg.ConnConfig.Host, err)
	}
	s.pool = pool
	s.bun = bun.NewDB(stdlib.OpenDBFromPool(pool), pgdialect.New(), bun.WithDiscardUnknownColumns())
	return nil
}

// Close lets go of the database and of the data folder. It may be called
// twice.
func (s *Store) Close() error {
	var all []error
	if s.bun != nil {
		all = append(all, s.bun.Close())
	}
	if s.pool != nil {
		s.pool.Close()
	}
	if s.lock != nil {
		all = append(all, s.lock.Unlock())
	}
	if err := errors.Join(all...); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// Dialect is SQLite or Postgres.
func (c *core) Dialect() string { return c.dialect }

// DB is the pool of connections, for what has no query here.
func (c *core) DB() *bun.DB { return c.bun }

// Pool is PostgreSQL's own pool, for listening; nil on SQLite.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// SQLitePath is the database's file, empty on PostgreSQL.
func (s *Store) SQLitePath() string { return s.path }

// Ping asks the database whether it answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.bun.PingContext(ctx); err != nil {
		return s.failed(err, "reach the database")
	}
	return nil
}
