package app

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store/storetest"
)

// TestSaveBesideAPass: a save that a person asks for does not note as saved
// what a pass writes at the same time; a pass that dies then would leave it
// unsaved for good.
func TestSaveBesideAPass(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t)
	dev := gam.Device{Name: "gam-1", Address: "127.0.0.1", Mode: gam.ModeManage}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(st.AddDevice(t.Context(), &dev))
	lease := func(owner string, want bool) {
		t.Helper()
		got, err := st.Lease(t.Context(), dev.ID, owner, time.Minute)
		must(err)
		if got != want {
			t.Errorf("%s gets the lease: %v, want %v", owner, got, want)
		}
	}
	unsaved := func(want bool) {
		t.Helper()
		d, err := st.Device(t.Context(), dev.ID)
		must(err)
		if d.Unsaved != want {
			t.Errorf("unsaved is %v, want %v", d.Unsaved, want)
		}
	}
	saves := 0
	fake := &driver.Fake{OnSave: func(context.Context) error { saves++; return nil }}
	d := &devices{store: st, log: slog.New(slog.DiscardHandler), sessions: driver.NewSessions(func(driver.Target) (driver.Driver, error) { return fake, nil })}

	must(st.SetUnsaved(t.Context(), dev.ID, true))
	lease("a pass", true)
	must(d.Save(t.Context(), dev.ID))
	unsaved(true)
	must(st.ReleaseLease(t.Context(), dev.ID, "a pass"))

	fake.OnSave = func(context.Context) error { saves++; lease("a pass", false); return nil }
	must(d.Save(t.Context(), dev.ID))
	unsaved(false)
	lease("a pass", true) // given back
	if saves != 2 {
		t.Errorf("%d saves, want 2", saves)
	}
}
