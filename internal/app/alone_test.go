package app

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store/storetest"
)

// What a person asks of a device waits for the pass that has it, and says no
// when that takes too long.
func TestAloneWaitsForAPass(t *testing.T) {
	t.Parallel()
	st := storetest.SQLite(t)
	dev := gam.Device{Name: "gam-1", Address: "127.0.0.1", Mode: gam.ModeManage}
	if err := st.AddDevice(t.Context(), &dev); err != nil {
		t.Fatal(err)
	}
	d := &devices{store: st, log: slog.New(slog.DiscardHandler)}
	if got, err := st.Lease(t.Context(), dev.ID, "a pass", time.Hour); err != nil || !got {
		t.Fatal(got, err)
	}
	if _, got, err := d.alone(t.Context(), dev, "test", time.Minute, 0); got || err != nil {
		t.Errorf("beside a pass: %v, %v; want no", got, err)
	}
	over := make(chan error, 1)
	time.AfterFunc(3*aloneLook, func() { over <- st.ReleaseLease(t.Context(), dev.ID, "a pass") })
	free, got, err := d.alone(t.Context(), dev, "test", time.Minute, time.Minute)
	if err := errors.Join(err, <-over); err != nil || !got {
		t.Fatalf("after the pass: %v, %v; want yes", got, err)
	}
	free()
	if _, got, err := d.alone(t.Context(), dev, "test", time.Minute, 0); !got || err != nil {
		t.Errorf("after it was given back: %v, %v; want yes", got, err)
	}
}
