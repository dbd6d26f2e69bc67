package storetest

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
)

// PostgresURL is the address of an empty database on PostgreSQL, for tests
// that start the whole product on it.
func PostgresURL(t testing.TB) string {
	t.Helper()
	srv, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	name := "u" + strings.ToLower(rand.Text())
	if err := srv.create(t.Context(), name, "template0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := srv.drop(context.Background(), name); err != nil {
			t.Error(err)
		}
	})
	return srv.URL(name)
}
