package poll_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
)

// What a reading has found out is not lost with what fails after it: neither
// a restart that is told before the configuration can be read, nor a changed
// configuration when the ports cannot be read any more.
func TestNewsOutlivesAFailedReading(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, f := b.device("gam-1")
	passes := func() (n int) {
		for _, a := range b.queue.take() {
			if _, ok := a.(jobs.ReconcileDevice); ok {
				n++
			}
		}
		return n
	}
	fails := func(why string) {
		t.Helper()
		b.pass(30 * time.Second)
		if err := b.eng.Device(t.Context(), id); err == nil {
			t.Fatalf("%s: the reading is complete", why)
		}
	}
	works := func(why string) {
		t.Helper()
		b.pass(30 * time.Second)
		if err := b.eng.Device(t.Context(), id); err != nil {
			t.Fatalf("%s: %v", why, err)
		}
	}
	works("first reading")
	if err := b.st.SaveDeviceSync(t.Context(), id, gam.Sync{Phase: gam.SyncInSync}); err != nil {
		t.Fatal(err)
	}
	passes()

	restart, config, ports := b.now(), f.OnConfig, f.OnPorts
	silent := &driver.Error{Kind: driver.Unreachable, Text: "no answer"}
	f.OnUptime = func(context.Context) (time.Duration, error) { return b.now().Sub(restart), nil }
	f.OnConfig = func(context.Context) (gam.Config, error) { return gam.Config{}, silent }
	fails("restarted, and not ready yet")
	f.OnConfig = config
	works("ready")
	if n := passes(); n != 1 {
		t.Errorf("a restart that a failed reading noticed: %d passes, want 1", n)
	}
	works("no news")
	if n := passes(); n != 0 {
		t.Errorf("a restart that was acted upon: %d more passes, want 0", n)
	}

	f.OnConfig = func(context.Context) (gam.Config, error) {
		return gam.Config{SubscriberModel: gam.EndpointAware, Services: []gam.Service{{ID: 1, Name: "somebody"}}}, nil
	}
	f.OnPorts = func(context.Context) ([]gam.PortStatus, error) { return nil, silent }
	fails("somebody changed the configuration, and the ports are not told")
	if n := passes(); n != 1 {
		t.Errorf("a change that a failed reading noticed: %d passes, want 1", n)
	}
	f.OnPorts = ports
	works("no news")
	if n := passes(); n != 0 {
		t.Errorf("a change that was acted upon: %d more passes, want 0", n)
	}
}

// Who waits for a reading under way gives up with its context.
func TestWaitingForAReadingEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	asked, release := make(chan struct{}, 1), make(chan struct{})
	id, _ := b.device("gam-1", func(f *driver.Fake) {
		f.OnUptime = func(context.Context) (time.Duration, error) {
			asked <- struct{}{}
			<-release
			return time.Hour, nil
		}
	})
	over := make(chan error, 1)
	go func() { over <- b.eng.Device(t.Context(), id) }()
	<-asked
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.eng.Device(ctx, id); !errors.Is(err, context.Canceled) {
		t.Errorf("the second reading: %v, want its context's end", err)
	}
	close(release)
	if err := <-over; err != nil {
		t.Errorf("the first reading: %v", err)
	}
}
