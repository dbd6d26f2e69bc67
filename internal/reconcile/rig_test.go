package reconcile

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// memory is a device in memory: a box with a startup configuration, a clock
// and bad days. It implements what the engine asks of a driver.
type memory struct {
	mu      sync.Mutex
	box     *box
	startup *box
	booted  time.Time
	calls   []string
	writes  int
	saves   int
	unsaved int // writes since the last save

	// before and after are called around each call, with its number from 1.
	// An error is the answer.
	before, after func(n int, call string) error
}

func newMemory(b *box) *memory {
	return &memory{box: b, startup: b.clone(), booted: time.Now().Add(-time.Hour)}
}

func (b *box) clone() *box {
	c := *b
	c.profiles, c.eps, c.svcs = slices.Clone(b.profiles), slices.Clone(b.eps), slices.Clone(b.svcs)
	return &c
}

// reboot loses what was not saved.
func (m *memory) reboot() {
	m.box = m.startup.clone()
	m.booted = time.Now()
	m.unsaved = 0
}

func (m *memory) call(name string, do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, name)
	n := len(m.calls)
	if m.before != nil {
		if err := m.before(n, name); err != nil {
			return err
		}
	}
	if err := do(); err != nil {
		return err
	}
	if m.after != nil {
		return m.after(n, name)
	}
	return nil
}

func (m *memory) Close() error { return nil }

func (m *memory) Identify(context.Context) (id gam.Identity, err error) {
	err = m.call("Identify", func() error {
		id = gam.Identity{Model: m.box.hw.Name, SerialNumber: "0101", Firmware: "1.8.2", SubscriberModel: m.box.model, PortCount: m.box.hw.Ports, Medium: m.box.hw.Medium}
		return nil
	})
	return id, err
}

func (m *memory) Config(context.Context) (c gam.Config, err error) {
	err = m.call("Config", func() error { c = m.box.config(); return nil })
	return c, err
}

func (m *memory) Apply(_ context.Context, s gam.Step) error {
	return m.call("Apply "+s.String(), func() error {
		if err := m.box.apply(s); err != nil {
			return &driver.Error{Kind: driver.Rejected, Device: "gam", Op: s.String(), Text: err.Error()}
		}
		m.writes++
		m.unsaved++
		return nil
	})
}

func (m *memory) Save(context.Context) error {
	return m.call("Save", func() error {
		m.startup = m.box.clone()
		m.saves++
		m.unsaved = 0
		return nil
	})
}

func (m *memory) Uptime(context.Context) (up time.Duration, err error) {
	err = m.call("Uptime", func() error { up = time.Since(m.booted); return nil })
	return up, err
}

func (m *memory) Ports(context.Context) ([]gam.PortStatus, error) { return nil, nil }

func (m *memory) Endpoints(context.Context) ([]gam.EndpointStatus, error) { return nil, nil }

func (m *memory) EndpointLinks(context.Context, gam.MAC) ([]gam.EndpointLink, error) { return nil, nil }

var (
	_ driver.Provisioner = (*memory)(nil)
	_ driver.Monitor     = (*memory)(nil)
)

// rig is a store with one device and an engine for it.
type rig struct {
	t   testing.TB
	st  *store.Store
	e   *Engine
	m   *memory
	id  gam.DeviceID
	sub map[string]gam.SubscriberID // by name on the device
}

func newRig(t testing.TB, model string) *rig {
	t.Helper()
	hw, ok := gam.ModelByName(model)
	if !ok {
		t.Fatalf("no model %s", model)
	}
	return newRigOn(t, storetest.SQLite(t), newMemory(newBox(hw, gam.EndpointAware)))
}

func newRigOn(t testing.TB, st *store.Store, m *memory) *rig {
	t.Helper()
	r := &rig{t: t, st: st, m: m, sub: map[string]gam.SubscriberID{}}
	d := gam.Device{Name: "gam", Address: "192.0.2.1", Mode: gam.ModeManage}
	r.must(st.AddDevice(t.Context(), &d))
	r.id = d.ID
	for i, mbps := range []int{100, 300, 500} {
		down, up := mbps, mbps/10
		r.must(st.AddPlan(t.Context(), &gam.Plan{Name: fmt.Sprintf("Plan %d", i+1), DownstreamMbps: &down, UpstreamMbps: &up}))
	}
	r.e = New(Options{Store: st, Owner: "test", Open: func(context.Context, gam.Device) (driver.Driver, error) { return m, nil }})
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// order places an order as package order does: the row and the revision.
func (r *rig) order(u gam.Subscriber) gam.SubscriberID {
	r.t.Helper()
	u.ID, u.DeviceID = 0, r.id
	u.Sync = gam.Sync{Phase: gam.SyncPending}
	r.must(r.st.Tx(r.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddSubscriber(ctx, &u); err != nil {
			return err
		}
		_, err := tx.BumpWanted(ctx, r.id)
		return err
	}))
	r.sub[u.DeviceName] = u.ID
	return u.ID
}

// change changes an order.
func (r *rig) change(id gam.SubscriberID, do func(*gam.Subscriber)) {
	r.t.Helper()
	r.must(r.st.Tx(r.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		u, err := tx.Subscriber(ctx, id)
		if err != nil {
			return err
		}
		do(&u)
		if err := tx.UpdateSubscriber(ctx, &u); err != nil {
			return err
		}
		_, err = tx.BumpWanted(ctx, r.id)
		return err
	}))
}

// pass runs one and wants it to end like want.
func (r *rig) pass(want Outcome) Outcome {
	r.t.Helper()
	o := r.e.Device(r.t.Context(), r.id, Ask{Actor: "user:anna"})
	if fmt.Sprintf("%T", o) != fmt.Sprintf("%T", want) {
		r.t.Fatalf("outcome %s, want %T\ncalls: %q", o, want, r.m.calls)
	}
	return o
}

func (r *rig) device() gam.Device {
	r.t.Helper()
	d, err := r.st.Device(r.t.Context(), r.id)
	r.must(err)
	return d
}

func (r *rig) subscriber(id gam.SubscriberID) gam.Subscriber {
	r.t.Helper()
	u, err := r.st.Subscriber(r.t.Context(), id)
	r.must(err)
	return u
}

func (r *rig) journal() []gam.Change {
	r.t.Helper()
	page, err := r.st.Changes(r.t.Context(), store.ListQuery{Sort: "id", Limit: store.MaxLimit})
	r.must(err)
	return page.Items
}

// idle checks that the device is as wanted, saved, and that a further pass
// neither writes nor saves.
func (r *rig) idle() {
	r.t.Helper()
	if d := cmp.Diff(r.m.startup.config(), r.m.box.config()); d != "" {
		r.t.Errorf("not saved (-startup +running):\n%s", d)
	}
	if d := r.device(); d.Unsaved || d.AppliedRev != d.WantedRev || d.Sync.Phase != gam.SyncInSync {
		r.t.Errorf("device: unsaved %v, applied %d of %d, %+v", d.Unsaved, d.AppliedRev, d.WantedRev, d.Sync)
	}
	writes, saves := r.m.writes, r.m.saves
	r.pass(Settled{})
	if r.m.writes != writes || r.m.saves != saves {
		r.t.Errorf("an idle pass makes %d writes and %d saves", r.m.writes-writes, r.m.saves-saves)
	}
	owned, err := r.st.OwnedOf(r.t.Context(), r.id)
	r.must(err)
	for _, o := range owned {
		if _, there := lookup(r.m.box.config(), o.Kind, o.Key); !there || o.Claimed || o.EntryID == 0 {
			r.t.Errorf("row of ownership left over or uncertain: %+v", o)
		}
	}
}
