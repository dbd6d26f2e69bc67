package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// TestPostgres: check before and after the first start, and what is said of a
// database that is not there, without the password in the URL.
func TestPostgres(t *testing.T) {
	url := storetest.PostgresURL(t)
	data := alone(t)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OPENGAM_DATA_DIR", data)
	t.Setenv("OPENGAM_DATABASE_URL", url)
	ok(t, "", "check")
	if left, err := os.ReadDir(data); err != nil || len(left) != 0 {
		t.Errorf("check left %v in the data folder (%v)", left, err)
	}
	ok(t, "a long password\n", "user", "add", "admin", "--role", "admin")
	ok(t, "", "check")
	if err := os.Remove(filepath.Join(data, "secret.key")); err != nil {
		t.Fatal(err)
	}
	if r := call(t, "", "check"); r.code != 1 || !strings.Contains(r.out, "restore it from a backup") {
		t.Errorf("check without the key: status %d\n%s", r.code, r.out)
	}
	const bait = "bait-of-the-url"
	for _, bad := range []string{"postgres://u:" + bait + "@127.0.0.1:1/x", "postgres://u:" + bait + "@127.0.0.1:port/x", "mysql://u:" + bait + "@h/x"} {
		for _, args := range [][]string{{"check"}, {"serve", "--listen", "127.0.0.1:0"}, {"user", "list"}} {
			t.Setenv("OPENGAM_DATABASE_URL", bad)
			r := call(t, "", args...)
			if r.code != 1 || !strings.Contains(r.out+r.err, "OPENGAM_DATABASE_URL") {
				t.Errorf("%s: status %d, want 1 and the setting's name:\n%s%s", args, r.code, r.out, r.err)
			}
			if strings.Contains(r.out+r.err, bait) {
				t.Errorf("%s prints the password of the URL:\n%s%s", args, r.out, r.err)
			}
		}
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	data := alone(t)
	t.Setenv("OPENGAM_DATA_DIR", data)
	ok(t, "", "migrate", "up")
	st, err := store.Open(t.Context(), store.Options{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := st.DB().ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check"}, {"serve", "--listen", "127.0.0.1:0"}, {"user", "list"}, {"migrate", "up"}} {
		if r := call(t, "", args...); r.code != 1 || !strings.Contains(r.out+r.err, "newer opengam") {
			t.Errorf("%s: status %d\n%s%s", args, r.code, r.out, r.err)
		}
	}
}
