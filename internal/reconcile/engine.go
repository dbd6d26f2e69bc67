package reconcile

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Opener gives the driver of a device. Drivers are shared with the other
// engines, so that calls to one device never overlap; the engine does not
// close them.
type Opener func(ctx context.Context, d gam.Device) (driver.Driver, error)

// Options is what the engine needs.
type Options struct {
	Store *store.Store
	Open  Opener
	Log   *slog.Logger
	Now   func() time.Time // nil = time.Now
	// Owner names this process in leases, different from every other one.
	Owner string
	// Lease is how long a device stays locked after its pass has died
	// (default 30 s); it is renewed in good time before.
	Lease time.Duration
	// Wrote adds the work that follows a change of a device, such as reading
	// it at once, in the transaction that records the pass, and when a preview
	// found it changed by somebody else; nil = none.
	Wrote func(ctx context.Context, tx *store.Tx, id gam.DeviceID) error
}

// Engine makes devices be as wanted. It is safe for concurrent use.
type Engine struct {
	o    Options
	busy sync.Map // devices that a pass of this process works on
}

// New prepares an engine; nothing runs by itself.
func New(o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Lease == 0 {
		o.Lease = 30 * time.Second
	}
	if o.Owner == "" {
		o.Owner = rand.Text()
	}
	return &Engine{o: o}
}

// Ask is who wants a pass, and who listens to it. The zero value is nobody.
type Ask struct {
	// Actor is who or what asked, for the journal; "" = "reconcile".
	Actor string
	// Progress is told how many steps of how many are done, and the next one.
	Progress func(done, total int, text string)
}

const (
	// leaseShare is how many times a lease is renewed while it lasts.
	leaseShare = 3
	// leaseRetry is when to look again while somebody else has the device.
	leaseRetry = 2 * time.Second
	// busyRetry is when to try again what an occupied device put off.
	busyRetry = 10 * time.Second
)

// errLease ends a pass whose lease went to somebody else.
var errLease = errors.New("the lease on the device was lost to another process")

// Device brings one device to its wanted state. It takes only the id, reads
// both sides itself, and may be called at any time and any number of times.
// What it found and did is in the store when it returns.
func (e *Engine) Device(ctx context.Context, id gam.DeviceID, ask Ask) Outcome {
	o, _ := e.device(ctx, id, ask)
	return o
}

// device is Device, and tells which revision of wanted the pass has read.
func (e *Engine) device(ctx context.Context, id gam.DeviceID, ask Ask) (Outcome, int64) {
	if _, taken := e.busy.LoadOrStore(id, true); taken {
		return Again{leaseRetry, "another pass works on this device"}, 0
	}
	defer e.busy.Delete(id)
	got, err := e.o.Store.Lease(ctx, id, e.o.Owner, e.o.Lease)
	switch {
	case errors.Is(err, gam.ErrNotFound):
		return Stuck{err.Error()}, 0
	case err != nil:
		return Failed{Err: err}, 0
	case !got:
		return Again{leaseRetry, "another process works on this device"}, 0
	}
	ctx, stop := e.keepLease(ctx, id)
	defer stop()

	p := &pass{e: e, st: e.o.Store, id: id, ask: ask, passID: rand.Text()[:12], log: e.o.Log}
	if p.ask.Actor == "" {
		p.ask.Actor = "reconcile"
	}
	o := p.run(ctx)
	if ctx.Err() != nil {
		return Failed{Err: fmt.Errorf("pass on device %d was cut short: %w", id, context.Cause(ctx))}, p.rev
	}
	if err := p.record(ctx, o); err != nil {
		return Failed{Err: fmt.Errorf("write down how the pass on device %d ended (%s): %w", id, o, err)}, p.rev
	}
	return o, p.rev
}

// keepLease renews the lease until stop, and cancels the context when it is
// lost. Stop gives the lease back.
func (e *Engine) keepLease(ctx context.Context, id gam.DeviceID) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(e.o.Lease / leaseShare)
		defer tick.Stop()
		last := time.Now()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			got, err := e.o.Store.Lease(ctx, id, e.o.Owner, e.o.Lease)
			switch {
			case err == nil && got:
				last = time.Now()
			case err == nil, time.Since(last) > e.o.Lease-e.o.Lease/leaseShare:
				cancel(errLease)
				return
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-over
		// Given back even when the pass was cut short: the next one need not
		// wait until it runs out.
		rctx, done := context.WithTimeout(context.WithoutCancel(ctx), leaseRetry)
		defer done()
		if err := e.o.Store.ReleaseLease(rctx, id, e.o.Owner); err != nil {
			e.o.Log.WarnContext(rctx, "a lease was not given back and will run out", "device_id", id, "err", err)
		}
	}
}

// facts is what the store knows of one device.
type facts struct {
	device gam.Device
	rev    int64
	subs   []gam.Subscriber
	plans  map[gam.PlanID]gam.Plan
	set    gam.Settings
	owned  []gam.Owned
	seen   map[gam.MAC]int // ports where endpoints are detected
}

// facts reads them. The revision comes first: an order that is placed in the
// middle has raised it, and the pass sees in the end that it has to go again.
func (e *Engine) facts(ctx context.Context, id gam.DeviceID) (facts, error) {
	return factsOf(ctx, &e.o.Store.Queries, id)
}

func factsOf(ctx context.Context, st *store.Queries, id gam.DeviceID) (f facts, err error) {
	if f.rev, err = st.WantedRev(ctx, id); err != nil {
		return f, err
	}
	if f.device, err = st.Device(ctx, id); err != nil {
		return f, err
	}
	if f.subs, err = st.SubscribersOf(ctx, id); err != nil {
		return f, err
	}
	all, err := st.AllPlans(ctx)
	if err != nil {
		return f, err
	}
	f.plans = make(map[gam.PlanID]gam.Plan, len(all))
	for _, p := range all {
		f.plans[p.ID] = p
	}
	if f.set, _, err = st.Settings(ctx); err != nil {
		return f, err
	}
	if f.owned, err = st.OwnedOf(ctx, id); err != nil {
		return f, err
	}
	seen, err := st.EndpointsOf(ctx, id)
	f.seen = make(map[gam.MAC]int, len(seen))
	for _, e := range seen {
		f.seen[e.MAC] = e.DetectedPort
	}
	return f, err
}

func (f facts) want() Wanted {
	w := Want(f.device, f.subs, f.plans, f.set)
	for i := range w.Lines {
		w.Lines[i].SeenPort = f.seen[w.Lines[i].MAC]
	}
	return w
}

func (f facts) policy() Policy {
	hw, _ := f.device.Hardware()
	return Policy{Owned: f.owned, Hardware: hw, Mode: f.device.Mode, RepairDrift: f.set.RepairDrift}
}

// Preview is the plan that the next pass would find on the configuration as
// last read; orders take the place of, or stand beside, the stored ones of
// the same id. It asks no device and changes nothing. A device that has not
// been read yet is empty.
func (e *Engine) Preview(ctx context.Context, id gam.DeviceID, orders ...gam.Subscriber) (Plan, error) {
	f, err := e.facts(ctx, id)
	if err != nil {
		return Plan{}, err
	}
	c, _, err := e.o.Store.Config(ctx, id)
	if err != nil && !errors.Is(err, gam.ErrNotFound) {
		return Plan{}, err
	}
	return f.preview(c, orders), nil
}

// PreviewFresh is Preview on the configuration that the device tells now. What
// it tells is not kept: a change that was kept by a preview would be no news
// to the poll, whose task is to have it repaired. The work of Wrote, such as
// reading the device, is added instead.
func (e *Engine) PreviewFresh(ctx context.Context, id gam.DeviceID, orders ...gam.Subscriber) (Plan, error) {
	f, err := e.facts(ctx, id)
	if err != nil {
		return Plan{}, err
	}
	drv, err := e.o.Open(ctx, f.device)
	if err != nil {
		return Plan{}, err
	}
	dev, ok := drv.(driver.Provisioner)
	if !ok {
		return Plan{}, &driver.Error{Kind: driver.Unsupported, Device: f.device.Name, Op: "read the configuration", Text: "this kind of device has none that OpenGAM can read"}
	}
	c, err := dev.Config(ctx)
	if err != nil {
		return Plan{}, err
	}
	known, _, err := e.o.Store.Config(ctx, id)
	if err != nil && !errors.Is(err, gam.ErrNotFound) {
		return Plan{}, err
	}
	if e.o.Wrote != nil && !reflect.DeepEqual(known, c) {
		if err := e.o.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return e.o.Wrote(ctx, tx, id) }); err != nil {
			return Plan{}, err
		}
	}
	return f.preview(c, orders), nil
}

// preview is the plan with orders that are not placed. One that is new has no
// id in it.
func (f *facts) preview(c gam.Config, orders []gam.Subscriber) Plan {
	f.put(orders)
	p := Diff(f.want(), c, f.policy())
	for i := range p.Steps {
		if p.Steps[i].SubscriberID == newOrder {
			p.Steps[i].SubscriberID = 0
		}
	}
	for i := range p.Problems {
		if p.Problems[i].SubscriberID == newOrder {
			p.Problems[i].SubscriberID = 0
		}
	}
	for i := range p.Affected {
		if p.Affected[i] == newOrder {
			p.Affected[i] = 0
		}
	}
	return p
}

// put places orders for a moment. A new one comes after all others.
func (f *facts) put(orders []gam.Subscriber) {
	for _, o := range orders {
		o.DeviceID = f.device.ID
		found := false
		for i := range f.subs {
			if o.ID != 0 && f.subs[i].ID == o.ID {
				f.subs[i], found = o, true
			}
		}
		if found {
			continue
		}
		if o.ID == 0 {
			o.ID = newOrder
		}
		f.subs = append(f.subs, o)
	}
}

// newOrder is the id of a previewed order that has none: above every real one,
// so that it loses where two orders want the same.
const newOrder gam.SubscriberID = 1<<63 - 1
