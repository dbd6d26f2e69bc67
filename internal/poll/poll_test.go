package poll_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/poll"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// bench is all that a case needs: a store, a fake driver per device, and a
// queue that remembers.
type bench struct {
	t     *testing.T
	st    *store.Store
	queue *queue
	fakes map[gam.DeviceID]*driver.Fake
	mu    sync.Mutex
	clock time.Time
	eng   *poll.Engine
}

type queue struct {
	mu   sync.Mutex
	args []jobs.Args
}

func (q *queue) AddNow(_ context.Context, a jobs.Args) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.args = append(q.args, a)
	return nil
}

func (q *queue) take() []jobs.Args {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.args
	q.args = nil
	return a
}

func (b *bench) Open(_ context.Context, d gam.Device) (driver.Driver, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.fakes[d.ID]
	if f == nil {
		return nil, errors.New("no such fake")
	}
	return f, nil
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		t: t, st: storetest.SQLite(t), queue: &queue{},
		fakes: map[gam.DeviceID]*driver.Fake{},
		clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
	b.eng = poll.New(poll.Options{Store: b.st, Queue: b.queue, Open: b, Log: slog.New(slog.DiscardHandler), Now: b.now, Watch: 20 * time.Millisecond})
	return b
}

// device adds a device with a fake that answers well; change makes it answer
// otherwise before anybody can ask it.
func (b *bench) device(name string, change ...func(*driver.Fake)) (gam.DeviceID, *driver.Fake) {
	b.t.Helper()
	up := time.Hour
	start := b.now()
	f := &driver.Fake{
		OnUptime: func(context.Context) (time.Duration, error) { return up + b.now().Sub(start), nil },
		OnIdentify: func(context.Context) (gam.Identity, error) {
			return gam.Identity{Model: "GAM-4-CX", PortCount: 4, Medium: gam.Coax, SerialNumber: "S-" + name, SubscriberModel: gam.EndpointAware}, nil
		},
		OnConfig: func(context.Context) (gam.Config, error) {
			return gam.Config{SubscriberModel: gam.EndpointAware}, nil
		},
		OnPorts: func(context.Context) ([]gam.PortStatus, error) {
			return []gam.PortStatus{{Kind: gam.PortGhn, Number: 1, Up: true}}, nil
		},
		OnEndpoints: func(context.Context) ([]gam.EndpointStatus, error) {
			return []gam.EndpointStatus{{MAC: gam.MustMAC("00:0E:D8:00:00:01"), DetectedPort: 1, State: gam.EndpointUnknownMAC}}, nil
		},
	}
	for _, c := range change {
		c(f)
	}
	d := gam.Device{Name: name, Address: "127.0.0.1", Mode: gam.ModeManage}
	b.mu.Lock() // Open waits until the fake is there
	defer b.mu.Unlock()
	if err := b.st.AddDevice(b.t.Context(), &d); err != nil {
		b.t.Fatal(err)
	}
	b.fakes[d.ID] = f
	return d.ID, f
}

func (b *bench) get(id gam.DeviceID) gam.Device {
	b.t.Helper()
	d, err := b.st.Device(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func TestReadingKeepsWhatTheDeviceSaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, _ := b.device("gam-1")
	if d := b.get(id); d.Status != gam.StatusUnknown {
		t.Errorf("before the first reading the status is %q, want unknown", d.Status)
	}
	if err := b.eng.Device(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	d := b.get(id)
	if d.Status != gam.StatusOnline || d.SerialNumber != "S-gam-1" || !d.LastSeenAt.Equal(b.now()) {
		t.Errorf("after a reading: status %q, serial %q, last seen %v", d.Status, d.SerialNumber, d.LastSeenAt)
	}
	eps, err := b.st.EndpointsOf(t.Context(), id)
	if err != nil || len(eps) != 1 || eps[0].State != gam.EndpointUnknownMAC {
		t.Errorf("endpoints: %v, %v", eps, err)
	}
	ports, err := b.st.Ports(t.Context(), id)
	if err != nil || len(ports) != 1 {
		t.Errorf("ports: %v, %v", ports, err)
	}
	if _, at, err := b.st.Config(t.Context(), id); err != nil || at.IsZero() {
		t.Errorf("configuration not kept: %v, %v", at, err)
	}
}

// A device goes offline only after several silent readings; its credentials
// refused is another thing than silence.
func TestStatusFollowsFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		kind driver.Kind
		want []gam.Status // after each failure
	}{
		{"Silent", driver.Unreachable, []gam.Status{gam.StatusOnline, gam.StatusOnline, gam.StatusOffline, gam.StatusOffline}},
		{"Refused", driver.Refused, []gam.Status{gam.StatusDegraded, gam.StatusDegraded}},
		{"Garbled", driver.Garbled, []gam.Status{gam.StatusOnline, gam.StatusOnline, gam.StatusDegraded}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id, f := b.device("gam-1")
			if err := b.eng.Device(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			good := f.OnUptime
			f.OnUptime = func(context.Context) (time.Duration, error) {
				return 0, &driver.Error{Kind: c.kind, Device: "gam-1", Op: "read uptime", Text: "no"}
			}
			for i, want := range c.want {
				b.pass(time.Minute)
				if err := b.eng.Device(t.Context(), id); driver.KindOf(err) != c.kind {
					t.Fatalf("failure %d: error %v", i+1, err)
				}
				if d := b.get(id); d.Status != want || d.Failures != i+1 || d.StatusReason == "" {
					t.Errorf("failure %d: status %q (%d, %q), want %q with a reason", i+1, d.Status, d.Failures, d.StatusReason, want)
				}
			}
			f.OnUptime = good
			if err := b.eng.Device(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			if d := b.get(id); d.Status != gam.StatusOnline || d.Failures != 0 || d.StatusReason != "" {
				t.Errorf("back again: %q, %d failures, %q", d.Status, d.Failures, d.StatusReason)
			}
		})
	}
}

func TestNeverHeardOfIsUnknownNotDown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, f := b.device("gam-1")
	f.OnUptime = func(context.Context) (time.Duration, error) {
		return 0, &driver.Error{Kind: driver.Unreachable, Device: "gam-1", Op: "read uptime", Text: "no"}
	}
	if err := b.eng.Device(t.Context(), id); err == nil {
		t.Fatal("a silent device was read")
	}
	if d := b.get(id); d.Status != gam.StatusUnknown {
		t.Errorf("after one silent reading: %q, want unknown", d.Status)
	}
}

func TestWorkThatAReadingCallsFor(t *testing.T) {
	t.Parallel()
	reconcile := func(q *queue) int {
		n := 0
		for _, a := range q.take() {
			if _, ok := a.(jobs.ReconcileDevice); ok {
				n++
			}
		}
		return n
	}
	b := setup(t)
	id, f := b.device("gam-1")
	if err := b.eng.Device(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if n := reconcile(b.queue); n != 1 {
		t.Errorf("the first configuration read: %d passes, want 1", n)
	}
	b.pass(time.Minute)
	if err := b.eng.Device(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if n := reconcile(b.queue); n != 0 {
		t.Errorf("nothing changed: %d passes, want 0", n)
	}
	f.OnConfig = func(context.Context) (gam.Config, error) {
		return gam.Config{SubscriberModel: gam.EndpointAware, Services: []gam.Service{{ID: 1, Name: "somebody"}}}, nil
	}
	if err := b.eng.Device(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if n := reconcile(b.queue); n != 1 {
		t.Errorf("somebody changed the configuration: %d passes, want 1", n)
	}
	restart := b.now()
	f.OnUptime = func(context.Context) (time.Duration, error) { return b.now().Sub(restart), nil }
	b.pass(30 * time.Second)
	if err := b.eng.Device(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if n := reconcile(b.queue); n != 1 {
		t.Errorf("the device restarted: %d passes, want 1", n)
	}
}

// A device that hangs delays nobody: the others are read while it hangs.
func TestHungDeviceDelaysNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	hang := make(chan struct{})
	b.device("hung", func(f *driver.Fake) {
		f.OnUptime = func(ctx context.Context) (time.Duration, error) {
			select {
			case <-hang:
			case <-ctx.Done():
			}
			return 0, &driver.Error{Kind: driver.Unreachable, Device: "hung", Op: "read uptime", Text: "no answer", Err: ctx.Err()}
		}
	})
	read := make(chan string, 64)
	for _, name := range []string{"a", "b", "c"} {
		b.device(name, func(f *driver.Fake) {
			f.OnEndpoints = func(context.Context) ([]gam.EndpointStatus, error) {
				read <- name
				return nil, nil
			}
		})
	}
	if err := b.eng.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	limit := time.After(20 * time.Second)
	for len(seen) < 3 {
		select {
		case name := <-read:
			seen[name] = true
		case <-limit:
			t.Fatalf("only %v were read beside a hung device", seen)
		}
	}
	if err := b.eng.Stop(t.Context()); err != nil {
		t.Errorf("stop with a hung device: %v", err)
	}
	close(hang)
}

func TestLoopsFollowTheListOfDevices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone := make(chan gam.DeviceID, 1)
	b.eng = poll.New(poll.Options{
		Store: b.st, Queue: b.queue, Open: b, Log: slog.New(slog.DiscardHandler), Now: b.now, Watch: 20 * time.Millisecond,
		Gone: func(id gam.DeviceID) { gone <- id },
	})
	if err := errors.Join(b.eng.Start(t.Context()), b.eng.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{}, 64)
	id, _ := b.device("late", func(f *driver.Fake) {
		ports := f.OnPorts
		f.OnPorts = func(ctx context.Context) ([]gam.PortStatus, error) {
			read <- struct{}{}
			return ports(ctx)
		}
	})
	select {
	case <-read:
	case <-time.After(20 * time.Second):
		t.Fatal("a device that was added while polling is never read")
	}
	if len(gone) != 0 {
		t.Error("a device that is there is gone")
	}
	if err := b.st.DeleteDevice(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	select {
	case was := <-gone:
		if was != id {
			t.Errorf("device %d is gone, want %d", was, id)
		}
	case <-time.After(20 * time.Second):
		t.Error("nobody is told that a device is gone")
	}
	if err := errors.Join(b.eng.Stop(t.Context()), b.eng.Stop(t.Context())); err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := b.eng.Device(t.Context(), id); !errors.Is(err, gam.ErrNotFound) {
		t.Errorf("reading a deleted device: %v, want not found", err)
	}
}

// A subscriber who waits for an endpoint is placed when it is detected, not
// when it is merely configured.
func TestAwaitedEndpointStartsPlacing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, f := b.device("gam-1")
	mac := gam.MustMAC("00:0E:D8:00:00:77")
	waiting := gam.Subscriber{Name: "early bird", EndpointMAC: mac, Status: gam.SubPending, Tagging: gam.Untagged}
	if err := b.st.AddSubscriber(t.Context(), &waiting); err != nil {
		t.Fatal(err)
	}
	placing := func(port int) bool {
		f.OnEndpoints = func(context.Context) ([]gam.EndpointStatus, error) {
			return []gam.EndpointStatus{{MAC: mac, DetectedPort: port, State: gam.EndpointUnknownMAC}}, nil
		}
		b.queue.take()
		if err := b.eng.Device(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for _, a := range b.queue.take() {
			if a == jobs.Args(jobs.PlaceSubscribers{DeviceID: id}) {
				return true
			}
		}
		return false
	}
	if placing(0) {
		t.Error("placing starts for an endpoint that is not detected")
	}
	if !placing(3) {
		t.Error("the endpoint is detected and nobody is placed")
	}
}

// A device that was silent is read as a whole when it answers again, whenever
// its configuration was due.
func TestComingBackReadsEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id, f := b.device("gam-1")
	if err := b.eng.Device(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	up, configs := f.OnUptime, 0
	f.OnUptime = func(context.Context) (time.Duration, error) {
		return 0, &driver.Error{Kind: driver.Unreachable, Device: "gam-1", Op: "read uptime", Text: "no"}
	}
	if err := b.eng.Device(t.Context(), id); err == nil {
		t.Fatal("a silent device was read")
	}
	f.OnUptime = up
	config := f.OnConfig
	f.OnConfig = func(ctx context.Context) (gam.Config, error) {
		configs++
		return config(ctx)
	}
	if err := poll.ReadOnSchedule(t.Context(), b.eng, id); err != nil {
		t.Fatal(err)
	}
	if configs != 1 {
		t.Errorf("the configuration was read %d times after the device came back, want once", configs)
	}
	if err := poll.ReadOnSchedule(t.Context(), b.eng, id); err != nil {
		t.Fatal(err)
	}
	if configs != 1 {
		t.Errorf("the configuration was read %d times although it was not due", configs)
	}
}
