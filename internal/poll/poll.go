// Package poll reads devices on a schedule and keeps what they said: who they
// are, how their ports and endpoints are, what is configured. It never writes
// to a device and decides nothing about what should be; when a reading shows
// that somebody else changed a device, or that it restarted, it adds the job
// that looks closer.
package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
)

// Opener gives the driver of a device. Drivers are shared with the other
// engines, so that calls to one device never overlap.
type Opener interface {
	Open(ctx context.Context, d gam.Device) (driver.Driver, error)
}

// Queue adds durable work.
type Queue interface {
	AddNow(ctx context.Context, args jobs.Args) error
}

// Options is what the engine needs.
type Options struct {
	Store *store.Store
	Queue Queue
	Open  Opener
	Log   *slog.Logger
	Now   func() time.Time // nil = time.Now
	// Watch is how often the list of devices is compared with the loops that
	// run; 0 = 5 s. A wake-up from the change feed makes it sooner.
	Watch time.Duration
	// Gone is told of each device that was polled and has been deleted; nil =
	// nobody wants to know.
	Gone func(id gam.DeviceID)
}

// Engine polls every device, each in a loop of its own: one that hangs delays
// nobody else.
type Engine struct {
	o   Options
	now func() time.Time

	mu    sync.Mutex
	stop  context.CancelFunc
	done  chan struct{}
	loops map[gam.DeviceID]*loop
}

// loop is the schedule of one device.
type loop struct {
	cancel context.CancelFunc
	over   chan struct{}
	once   chan struct{} // room for one reading, whoever asked

	mu         sync.Mutex
	configNext time.Time     // when the configuration is due again
	uptime     time.Duration // of the device, as read at uptimeAt
	uptimeAt   time.Time
	hint       string // see hinted: what was left after the last reading it started
	rebooted   bool   // and not yet acted upon
}

// New prepares the engine; nothing runs before Start.
func New(o Options) *Engine {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Watch == 0 {
		o.Watch = 5 * time.Second
	}
	return &Engine{o: o, now: o.Now, loops: map[gam.DeviceID]*loop{}}
}

// Start begins polling; a second call while running does nothing.
func (e *Engine) Start(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	e.stop, e.done = cancel, make(chan struct{})
	go e.supervise(ctx, e.done)
	return nil
}

// Stop ends every loop and returns when all are over or ctx is.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	stop, done := e.stop, e.done
	e.stop = nil
	e.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop polling: readings still under way: %w", ctx.Err())
	}
}

// supervise keeps one loop for each device that exists.
func (e *Engine) supervise(ctx context.Context, done chan<- struct{}) {
	defer close(done)
	woken, unwatch := e.o.Store.Watch()
	defer unwatch()
	defer e.endLoops(nil)
	tick := time.NewTicker(e.o.Watch)
	defer tick.Stop()
	var seq int64 = -1
	for {
		if changed, next := e.devicesChanged(ctx, seq); changed {
			seq = next
			e.syncLoops(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
		case <-tick.C:
			seq = -1 // look even when the feed said nothing: another node may have written
		}
	}
}

// devicesChanged reads the change feed; a wake-up for anything else costs one
// indexed query.
func (e *Engine) devicesChanged(ctx context.Context, seq int64) (bool, int64) {
	if seq < 0 {
		last, err := e.o.Store.LastEventSeq(ctx)
		if err != nil {
			return true, -1
		}
		return true, last
	}
	events, err := e.o.Store.EventsSince(ctx, seq, 500)
	if err != nil {
		return true, -1
	}
	changed := false
	for _, ev := range events {
		seq = ev.Seq
		changed = changed || ev.Kind == "device"
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return changed || len(e.loops) == 0, seq
}

func (e *Engine) syncLoops(ctx context.Context) {
	ids, err := e.o.Store.DeviceIDs(ctx)
	if err != nil {
		if ctx.Err() == nil {
			e.o.Log.WarnContext(ctx, "poll: list devices", "err", err)
		}
		return
	}
	want := make(map[gam.DeviceID]bool, len(ids))
	for _, id := range ids {
		want[id] = true
		e.ensureLoop(ctx, id)
	}
	e.endLoops(want)
}

func (e *Engine) ensureLoop(ctx context.Context, id gam.DeviceID) {
	l := e.loopOf(id)
	e.mu.Lock()
	defer e.mu.Unlock()
	if l.cancel != nil {
		return
	}
	lctx, cancel := context.WithCancel(ctx)
	l.cancel, l.over = cancel, make(chan struct{})
	go e.run(lctx, id, l)
}

// loopOf gives the device's schedule, made on first use: a reading that a job
// asks for shares it with the timer.
func (e *Engine) loopOf(id gam.DeviceID) *loop {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.loops[id]
	if l == nil {
		l = &loop{once: make(chan struct{}, 1)}
		e.loops[id] = l
	}
	return l
}

// endLoops ends the loops of devices that are not in want, and waits for them;
// nil ends all, because the engine stops.
func (e *Engine) endLoops(want map[gam.DeviceID]bool) {
	e.mu.Lock()
	ended := map[gam.DeviceID]*loop{}
	for id, l := range e.loops {
		if !want[id] {
			delete(e.loops, id)
			ended[id] = l
		}
	}
	e.mu.Unlock()
	for _, l := range ended {
		if l.cancel != nil {
			l.cancel()
		}
	}
	for id, l := range ended {
		if l.over != nil {
			<-l.over
		}
		if want != nil && e.o.Gone != nil {
			e.o.Gone(id)
		}
	}
}

// run is the loop of one device. The first reading comes at a random moment
// of the first seconds, so that a restart is not a stampede, and each period
// is jittered, so that devices stay spread.
func (e *Engine) run(ctx context.Context, id gam.DeviceID, l *loop) {
	defer close(l.over)
	timer := time.NewTimer(e.firstWait(ctx, id))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		next := e.o.period(ctx)
		failures, err := e.read(ctx, id, l, false)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, gam.ErrNotFound):
			return // deleted; the supervisor clears the loop away
		case err != nil:
			e.o.Log.WarnContext(ctx, "poll failed", "device", id, "failures", failures, "err", err)
			next = backoff(next, failures)
		}
		timer.Reset(jitter(next))
	}
}

// firstWait spreads the first readings after a start over up to a fifth of
// the period, and lets a device that was never read go first.
func (e *Engine) firstWait(ctx context.Context, id gam.DeviceID) time.Duration {
	d, err := e.o.Store.Device(ctx, id)
	if err == nil && d.LastSeenAt.IsZero() && d.Failures == 0 {
		return rand.N(200 * time.Millisecond)
	}
	return rand.N(e.o.period(ctx) / 5)
}

func (o Options) period(ctx context.Context) time.Duration {
	set, _, err := o.Store.Settings(ctx)
	if err != nil {
		set = gam.DefaultSettings()
	}
	return time.Duration(set.EndpointPollSeconds) * time.Second
}

// maxBackoff is the longest wait between readings of a silent device: a
// device that comes back is noticed within ten minutes even when it does not
// announce itself.
const maxBackoff = 10 * time.Minute

// backoff is the wait after failures in a row, doubled each time; with a
// period of 60 s:
//
//	failures   1     2     3     4     5 and more
//	wait       60 s  2 m   4 m   8 m   10 m
func backoff(period time.Duration, failures int) time.Duration {
	wait := period << min(max(failures-1, 0), 10)
	return min(max(wait, period), max(maxBackoff, period))
}

// jitter moves d by up to a tenth either way.
func jitter(d time.Duration) time.Duration {
	tenth := d / 10
	if tenth <= 0 {
		return d
	}
	return d - tenth + rand.N(2*tenth)
}
