// Package storetest opens fresh, migrated stores for the tests of every room,
// on each database that the product supports. It is imported by tests only.
//
// A PostgreSQL server is started privately, once per test process, unless
// OPENGAM_TEST_DATABASE_URL names one where databases may be created. It ends
// with the process, however that ends.
package storetest

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/opengam/opengam/internal/store"
)

// key encrypts the credentials of every store of this process.
var key = store.NewKey()

// Key is the key of every store that this package opens.
func Key() store.Key { return key }

// Each runs a test on a fresh store of every database.
func Each(t *testing.T, fn func(t *testing.T, st *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// SQLite opens a fresh, migrated SQLite store in a folder of its own, and
// closes it with the test.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	file, err := sqliteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "opengam.db"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, store.Options{DataDir: dir, Key: key})
}

// Postgres opens a fresh, migrated PostgreSQL database, and closes it with the
// test.
func Postgres(t testing.TB) *store.Store {
	t.Helper()
	srv, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := "t" + strings.ToLower(rand.Text())
	if err := srv.create(t.Context(), name, template); err != nil {
		t.Fatal(err)
	}
	if srv.dir == "" { // somebody else's server; ours takes its databases along
		t.Cleanup(func() {
			if err := srv.drop(context.Background(), name); err != nil {
				t.Error(err)
			}
		})
	}
	return open(t, store.Options{URL: srv.URL(name), Key: key})
}

func open(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// sqliteTemplate is a migrated database file; copying it is much faster than
// migrating.
var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "opengam-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := migrated(store.Options{DataDir: dir, Key: key}); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, "opengam.db")) //nolint:gosec // a folder of our own
})

func migrated(o store.Options) error {
	ctx := context.Background()
	st, err := store.Open(ctx, o)
	if err != nil {
		return err
	}
	if err := st.Migrate(ctx); err != nil {
		st.Close()
		return err
	}
	return st.Close()
}
