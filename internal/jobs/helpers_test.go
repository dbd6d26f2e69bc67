package jobs

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/opengam/opengam/internal/store"
)

func stateOf(t testing.TB, e store.Event) string {
	t.Helper()
	var d struct {
		State string `json:"state"`
	}
	if err := json.Unmarshal(e.Data, &d); err != nil {
		t.Fatalf("event %+v: %v", e, err)
	}
	return d.State
}

func equal(a, b []string) bool { return slices.Equal(a, b) }
