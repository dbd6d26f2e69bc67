package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// options is how to open a store's database again.
func options(st *store.Store) store.Options {
	o := store.Options{Key: storetest.Key()}
	if st.Dialect() == store.Postgres {
		o.URL = st.Pool().Config().ConnString()
	} else {
		o.DataDir = strings.TrimSuffix(st.SQLitePath(), "/opengam.db")
	}
	return o
}

// schema is every column of every table, as "table.column NULL|NOT NULL".
func schema(t testing.TB, st *store.Store) []string {
	t.Helper()
	query := `SELECT table_name || '.' || column_name || CASE is_nullable WHEN 'YES' THEN ' NULL' ELSE ' NOT NULL' END
		FROM information_schema.columns WHERE table_schema = 'public'`
	if st.Dialect() == store.SQLite {
		query = `SELECT m.name || '.' || c.name || CASE c."notnull" WHEN 0 THEN ' NULL' ELSE ' NOT NULL' END
			FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	}
	var out []string
	must(t, st.DB().NewRaw(query).Scan(t.Context(), &out))
	out = slices.DeleteFunc(out, func(s string) bool { return strings.HasPrefix(s, "goose_db_version.") })
	slices.Sort(out)
	return out
}

func TestSchemaIsTheModels(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		// A table without a row type of its own.
		want := []string{"device_leases.device_id NOT NULL", "device_leases.owner NOT NULL", "device_leases.until NOT NULL"}
		for _, m := range store.Models() {
			table := st.DB().Dialect().Tables().Get(reflect.TypeOf(m))
			for _, f := range table.Fields {
				null := "NOT NULL"
				if f.NullZero && !f.AutoIncrement || f.StructField.Type.Kind() == reflect.Pointer {
					null = "NULL"
				}
				want = append(want, fmt.Sprintf("%s.%s %s", table.Name, f.Name, null))
			}
		}
		slices.Sort(want)
		same(t, "schema", schema(t, st), want)
	})
}

func TestMigrateUpDownUp(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		full := schema(t, st)
		addDevice(t, st, "d")
		steps := got[[]store.Migration](t)(st.MigrateStatus(ctx))
		if len(steps) < 4 {
			t.Fatalf("only %d steps", len(steps))
		}
		for i, m := range steps {
			if m.Version != int64(i+1) || m.AppliedAt.IsZero() || !strings.HasSuffix(m.Name, ".sql") {
				t.Errorf("step %d is %+v, want version %d, applied", i, m, i+1)
			}
		}
		must(t, st.Migrate(ctx)) // nothing to do
		for range steps {
			must(t, st.MigrateDown(ctx))
		}
		refused(t, st.MigrateDown(ctx), gam.ErrNotFound)
		same(t, "schema after all steps down", schema(t, st), []string(nil))
		for _, m := range got[[]store.Migration](t)(st.MigrateStatus(ctx)) {
			if !m.AppliedAt.IsZero() {
				t.Errorf("step %+v is applied after all steps down", m)
			}
		}
		_, err := st.DeviceIDs(ctx)
		if err == nil || !strings.Contains(err.Error(), "opengam migrate up") {
			t.Errorf("reading before migrating: %v, want the remedy", err)
		}
		must(t, st.Migrate(ctx))
		same(t, "schema after up again", schema(t, st), full)
		if ids := got[[]gam.DeviceID](t)(st.DeviceIDs(ctx)); len(ids) != 0 {
			t.Errorf("devices %v survived all steps down", ids)
		}
		addDevice(t, st, "d")
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		_, err := st.DB().NewRaw("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, ?)", true).Exec(ctx)
		must(t, err)
		known := len(got[[]store.Migration](t)(st.MigrateStatus(ctx)))
		must(t, st.Close())
		again, err := store.Open(ctx, options(st))
		if err == nil {
			again.Close()
			t.Fatal("a newer schema was opened")
		}
		for _, part := range []string{"version 9999", fmt.Sprintf("version %d", known), "newer opengam", "backup"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the refusal %q does not say %q", err, part)
			}
		}
	})
}

func TestForeignKeyIsRefused(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		o := options(st)
		must(t, st.Close())
		o.Key = store.NewKey()
		_, err := store.Open(t.Context(), o)
		if err == nil {
			t.Fatal("a database was opened with another key")
		}
		for _, part := range []string{"does not fit", o.Key.ID(), storetest.Key().ID(), "OPENGAM_SECRET_KEY_FILE"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the refusal %q does not say %q", err, part)
			}
		}
		o.Key = storetest.Key()
		again := got[*store.Store](t)(store.Open(t.Context(), o))
		must(t, again.Close())
		must(t, again.Close()) // twice does no harm
	})
}

func TestDataFolderIsLocked(t *testing.T) {
	st := storetest.SQLite(t)
	o := options(st)
	_, err := store.Open(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), o.DataDir) || !strings.Contains(err.Error(), "another opengam process") {
		t.Errorf("opening the folder twice: %v, want a refusal that names it", err)
	}
	must(t, st.Ping(t.Context())) // the first one goes on
	must(t, st.Close())
	again := got[*store.Store](t)(store.Open(t.Context(), o))
	must(t, again.Close())
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct{ url, dir, want string }{
		{"", "", "OPENGAM_DATA_DIR"},
		{"", "/dev/null/x", "/dev/null"},
		{"postgres://%%%", "", "OPENGAM_DATABASE_URL"},
		{"postgres://u:bait-password@127.0.0.1:1/db", "", "does not answer"},
	} {
		_, err := store.Open(t.Context(), store.Options{URL: c.url, DataDir: c.dir, Key: storetest.Key()})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "bait") {
			t.Errorf("Open(%q, %q) = %v, want it to say %q", c.url, c.dir, err, c.want)
		}
	}
	srv := storetest.Postgres(t)
	o := options(srv)
	o.URL = strings.Replace(o.URL, srv.Pool().Config().ConnConfig.Database, "no_such_database", 1)
	if _, err := store.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "create the database first") {
		t.Errorf("a database that does not exist: %v", err)
	}
}

// A fresh folder becomes a database that only its owner may read, and keeps
// what is written.
func TestFreshFolder(t *testing.T) {
	ctx := t.Context()
	o := store.Options{DataDir: t.TempDir() + "/new folder/100%?", Key: storetest.Key()}
	st := got[*store.Store](t)(store.Open(ctx, o))
	must(t, st.Migrate(ctx))
	addPlan(t, st, "p")
	must(t, st.Close())
	st = got[*store.Store](t)(store.Open(ctx, o))
	if plans := got[[]gam.Plan](t)(st.AllPlans(ctx)); len(plans) != 1 {
		t.Errorf("%d plans after opening again, want 1", len(plans))
	}
	for _, name := range filesOf(t, o.DataDir) {
		if name.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o: others may read it", name.Name(), name.Mode().Perm())
		}
	}
	must(t, st.Close())
}

func TestPostgresComesBack(t *testing.T) {
	ctx := t.Context()
	srv := storetest.StartServer(t)
	st := got[*store.Store](t)(store.Open(ctx, store.Options{URL: srv.URL("postgres"), Key: storetest.Key()}))
	defer st.Close()
	must(t, st.Migrate(ctx))
	addPlan(t, st, "before")
	srv.Stop(t)
	for _, try := range []func() error{
		func() error { _, err := st.AllPlans(ctx); return err },
		func() error { return st.AddPlan(ctx, &gam.Plan{Name: "lost"}) },
		func() error { return st.Ping(ctx) },
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), "does not answer; check that PostgreSQL runs") {
			t.Errorf("the database is stopped: %v, want what to check", err)
		}
	}
	srv.Start(t)
	addPlan(t, st, "after")
	if plans := got[[]gam.Plan](t)(st.AllPlans(ctx)); len(plans) != 2 {
		t.Errorf("%d plans after the server came back, want 2", len(plans))
	}
}

func TestDiskFull(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		addPlan(t, st, "before")
		lift := "PRAGMA max_page_count = 1000000"
		if st.Dialect() == store.SQLite {
			st.DB().SetMaxOpenConns(1) // the limit is of a connection
			var pages int
			must(t, st.DB().NewRaw("PRAGMA page_count").Scan(ctx, &pages))
			_, err := st.DB().NewRaw(fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Exec(ctx)
			must(t, err)
		} else {
			for _, s := range []string{
				`CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$ LANGUAGE plpgsql`,
				`CREATE TRIGGER full_disk BEFORE INSERT ON plans EXECUTE FUNCTION full_disk()`,
			} {
				_, err := st.DB().ExecContext(ctx, s)
				must(t, err)
			}
			lift = "DROP TRIGGER full_disk ON plans"
		}
		err := st.AddPlan(ctx, &gam.Plan{Name: "x", Description: strings.Repeat("x", 1<<16)})
		if err == nil || !strings.Contains(err.Error(), "full; free space there") || !strings.Contains(err.Error(), `add plan "x"`) {
			t.Errorf("disk full: %v, want what could not be done and the remedy", err)
		}
		if plans, err := st.AllPlans(ctx); err != nil || len(plans) != 1 {
			t.Errorf("reading on a full disk: %d plans, %v", len(plans), err)
		}
		_, err = st.DB().ExecContext(ctx, lift)
		must(t, err)
		addPlan(t, st, "after")
	})
}

// Migrating is safe when several nodes start at the same time.
func TestMigrateTogether(t *testing.T) {
	st := storetest.Postgres(t)
	ctx := t.Context()
	for range got[[]store.Migration](t)(st.MigrateStatus(ctx)) {
		must(t, st.MigrateDown(ctx))
	}
	done := make(chan error, 3)
	for range cap(done) {
		go func() {
			other, err := store.Open(ctx, options(st))
			if err == nil {
				err = errors.Join(other.Migrate(ctx), other.Close())
			}
			done <- err
		}()
	}
	for range cap(done) {
		must(t, <-done)
	}
	addDevice(t, st, "d")
}
