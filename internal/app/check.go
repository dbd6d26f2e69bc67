package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/store"
)

// checkLimit bounds how long Check waits for a database.
const checkLimit = 10 * time.Second

// Check validates the settings and what they point to: folders, keys, the
// database and its schema. It changes nothing.
func Check(ctx context.Context, o Options) []error {
	o.fill()
	bad := o.Check()
	if len(bad) > 0 {
		return bad
	}
	_, derr := os.Stat(filepath.Join(o.DataDir, "opengam.db"))
	if o.DatabaseURL == "" && errors.Is(derr, fs.ErrNotExist) {
		return nil // serve makes database and key
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	if _, _, running := RunningServer(ctx, o); running && o.DatabaseURL == "" {
		return nil // the running server holds the folder's lock and has checked it
	}
	if err := checkDatabase(ctx, o); err != nil {
		return []error{err}
	}
	return nil
}

// checkDatabase opens the database, with the key where there is one: serve
// makes it on a first start, but a database that was used has one already.
func checkDatabase(ctx context.Context, o Options) (err error) {
	so := store.Options{URL: o.DatabaseURL, DataDir: o.DataDir}
	_, kerr := os.Stat(o.SecretKeyFile)
	if kerr == nil {
		if so.Key, err = store.LoadKey(o.SecretKeyFile); err != nil {
			return fmt.Errorf("OPENGAM_SECRET_KEY_FILE: %w", err)
		}
	}
	st, err := store.Open(ctx, so)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	needed, err := st.NeedsKey(ctx)
	if err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if needed && kerr != nil {
		return fmt.Errorf("OPENGAM_SECRET_KEY_FILE: %s is missing although a database exists; without the key its credentials cannot be read, restore it from a backup", o.SecretKeyFile)
	}
	return nil
}

// withStore opens the database, calls fn with it and the complete options, and
// closes it again.
func withStore(ctx context.Context, o Options, fn func(*store.Store, Options) error) error {
	o.fill()
	if bad := o.Check(); len(bad) > 0 {
		return errors.Join(bad...)
	}
	st, err := openStore(ctx, o)
	if err != nil {
		return err
	}
	return errors.Join(fn(st, o), st.Close())
}

// MigrateUp brings the schema up to date.
func MigrateUp(ctx context.Context, o Options) error {
	return withStore(ctx, o, func(st *store.Store, o Options) error {
		q, err := migrate(ctx, st, o)
		if err != nil {
			return err
		}
		return q.Close()
	})
}

// MigrateDown takes the newest migration back.
func MigrateDown(ctx context.Context, o Options) error {
	return withStore(ctx, o, func(st *store.Store, _ Options) error { return st.MigrateDown(ctx) })
}

// MigrateStatus lists the migrations.
func MigrateStatus(ctx context.Context, o Options) (rows []store.Migration, err error) {
	err = withStore(ctx, o, func(st *store.Store, _ Options) error {
		rows, err = st.MigrateStatus(ctx)
		return err
	})
	return rows, err
}

var notName = regexp.MustCompile(`[^a-z0-9]+`)

// migrationSkeleton is a new migration before somebody writes it.
const migrationSkeleton = "-- +goose Up\n\n-- +goose Down\n"

// MigrateCreate makes an empty migration file with the next number and
// returns its path.
func MigrateCreate(dir, name string) (string, error) {
	name = strings.Trim(notName.ReplaceAllString(strings.ToLower(name), "_"), "_")
	if name == "" {
		return "", errors.New("a migration needs a name, for example add_site_colour")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("%s holds no migrations; run this in the source folder or give --dir", dir)
	}
	last := 0
	for _, f := range files {
		var n int
		if _, err := fmt.Sscanf(filepath.Base(f), "%d_", &n); err == nil && n > last {
			last = n
		}
	}
	path := filepath.Join(dir, fmt.Sprintf("%05d_%s.sql", last+1, name))
	if err := os.WriteFile(path, []byte(migrationSkeleton), 0o600); err != nil {
		return "", fmt.Errorf("create migration: %w", err)
	}
	return path, nil
}
