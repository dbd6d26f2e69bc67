package poll

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
)

// rebootSlack is how much an uptime may lag behind the wall clock before the
// difference is taken for a restart: devices count in seconds and answer late.
const rebootSlack = 5 * time.Second

// callsPerReading bounds a whole reading in deadlines of one call: a slow
// device that answers each of some fifteen calls in time is read to the end,
// while one that hangs is given up at its first call.
const callsPerReading = 10

// Device reads one device now, configuration included: after a change, a sign
// of life, or because a person asked.
func (e *Engine) Device(ctx context.Context, id gam.DeviceID) error {
	_, err := e.read(ctx, id, e.loopOf(id), true)
	return err
}

// read is one reading of one device under its deadline. It returns the number
// of readings that failed in a row.
func (e *Engine) read(ctx context.Context, id gam.DeviceID, l *loop, everything bool) (failures int, err error) {
	select {
	case l.once <- struct{}{}:
		defer func() { <-l.once }()
	case <-ctx.Done():
		return 0, fmt.Errorf("poll: wait for the reading under way: %w", ctx.Err())
	}

	d, err := e.o.Store.Device(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("poll: %w", err)
	}
	set, _, err := e.o.Store.Settings(ctx)
	if err != nil {
		return 0, fmt.Errorf("poll %s: %w", d.Name, err)
	}

	l.mu.Lock()
	// A device that comes back may have been changed or replaced meanwhile.
	withConfig := everything || d.Failures > 0 || !e.now().Before(l.configNext)
	l.mu.Unlock()

	dctx, cancel := context.WithTimeout(ctx, callsPerReading*time.Duration(set.DeviceDeadlineSec)*time.Second)
	seen, rerr := e.visit(dctx, d, l, withConfig)
	cancel()
	if ctx.Err() != nil {
		return d.Failures, fmt.Errorf("poll %s: %w", d.Name, ctx.Err())
	}

	reach := judge(d, set, rerr, e.now().UTC())
	reach.NextPollAt = e.now().Add(backoff(time.Duration(set.EndpointPollSeconds)*time.Second, reach.Failures)).UTC()
	if err := e.o.Store.SaveReach(ctx, id, reach); err != nil {
		return reach.Failures, fmt.Errorf("poll %s: %w", d.Name, err)
	}
	if rerr != nil {
		return reach.Failures, rerr
	}

	if withConfig || seen.rebooted {
		l.mu.Lock()
		l.configNext = e.now().Add(jitter(time.Duration(set.ConfigPollSeconds) * time.Second))
		l.mu.Unlock()
	}
	return 0, e.follow(ctx, d, seen)
}

// reading is what one visit found out.
type reading struct {
	rebooted bool
	queued   bool // the configuration was read, and calls for a pass
	awaited  bool // a subscriber waits for an endpoint that was detected
}

// visit asks the device and keeps the answers. The first error ends it: what
// was read before is kept.
func (e *Engine) visit(ctx context.Context, d gam.Device, l *loop, withConfig bool) (reading, error) {
	var r reading
	drv, err := e.o.Open.Open(ctx, d)
	if err != nil {
		return r, fmt.Errorf("poll %s: %w", d.Name, err)
	}
	mon, ok := drv.(driver.Monitor)
	if !ok {
		return r, &driver.Error{Kind: driver.Unsupported, Device: d.Name, Op: "poll", Text: "this kind of device cannot be monitored"}
	}

	up, err := mon.Uptime(ctx)
	switch {
	case driver.KindOf(err) == driver.Unsupported:
		up = 0 // not offered by this firmware: no reboot detection
	case err != nil:
		return r, err
	default:
		r.rebooted = l.restarted(up, e.now())
	}

	// Identity and configuration come first when due: what follows is read
	// with knowledge of the model.
	full := withConfig || r.rebooted || d.Identity.PortCount == 0
	if full {
		if err := e.visitConfig(ctx, d, drv, l, &r); err != nil {
			return r, err
		}
	} else if up > 0 {
		id := d.Identity
		id.Uptime = up
		if err := e.o.Store.SaveIdentity(ctx, d.ID, id); err != nil {
			return r, err
		}
	}

	now := e.now().UTC()
	ports, err := mon.Ports(ctx)
	if err != nil && driver.KindOf(err) != driver.Unsupported {
		return r, err
	}
	if err == nil {
		if err := e.o.Store.SavePorts(ctx, d.ID, ports, now); err != nil {
			return r, err
		}
	}
	eps, err := mon.Endpoints(ctx)
	if err != nil {
		return r, err
	}
	if err := e.o.Store.SaveEndpoints(ctx, d.ID, eps, now); err != nil {
		return r, err
	}
	if !full {
		if err := e.hinted(ctx, d, drv, l, &r, eps); err != nil {
			return r, err
		}
	}
	r.awaited, err = e.awaited(ctx, eps)
	return r, err
}

// awaited reports whether a subscriber waits for one of the endpoints that
// were detected.
func (e *Engine) awaited(ctx context.Context, eps []gam.EndpointStatus) (bool, error) {
	q := store.ListQuery{Where: map[string]string{"status": string(gam.SubPending)}, Limit: store.MaxLimit}
	detected := map[gam.MAC]bool{}
	for _, ep := range eps {
		detected[ep.MAC] = ep.DetectedPort != 0
	}
	for {
		page, err := e.o.Store.Subscribers(ctx, q)
		if err != nil {
			return false, err
		}
		for _, s := range page.Items {
			if detected[s.EndpointMAC] {
				return true, nil
			}
		}
		if page.Next == "" {
			return false, nil
		}
		q.Cursor = page.Next
	}
}

func (e *Engine) visitConfig(ctx context.Context, d gam.Device, drv driver.Driver, l *loop, r *reading) error {
	id, err := drv.Identify(ctx)
	if err != nil {
		return err
	}
	if err := e.o.Store.SaveIdentity(ctx, d.ID, id); err != nil {
		return err
	}
	prov, ok := drv.(driver.Provisioner)
	if !ok {
		return nil
	}
	cfg, err := prov.Config(ctx)
	if err != nil {
		return err
	}
	before, at, err := e.o.Store.Config(ctx, d.ID)
	changed := err != nil || at.IsZero() || !sameConfig(before, cfg)
	// The pass is added before the news is kept: kept first, it would be lost
	// with whatever fails after it, and be no news to the next reading.
	if err := e.compare(ctx, d, l, r, changed); err != nil {
		return err
	}
	return e.o.Store.SaveConfig(ctx, d.ID, cfg, e.now().UTC())
}

// compare adds a pass where the configuration that was read calls for one: a
// device that restarted may have lost what was not saved, one that somebody
// changed may have drifted, and one that is behind its wanted state has an
// order to be taken up again.
func (e *Engine) compare(ctx context.Context, d gam.Device, l *loop, r *reading, changed bool) error {
	now, err := e.o.Store.Device(ctx, d.ID)
	if err != nil {
		return fmt.Errorf("poll %s: %w", d.Name, err)
	}
	if !changed && !r.rebooted && !now.Unsaved && now.WantedRev == now.AppliedRev {
		return nil
	}
	if err := e.o.Queue.AddNow(ctx, jobs.ReconcileDevice{DeviceID: d.ID}); err != nil {
		return fmt.Errorf("poll %s: %w", d.Name, err)
	}
	r.queued = true
	if r.rebooted {
		e.o.Log.InfoContext(ctx, "device restarted", "device", d)
		l.restartSeen()
	}
	return nil
}

// sameConfig compares what people and programs can change; per-device numbers
// count too, since they identify entries.
func sameConfig(a, b gam.Config) bool { return reflect.DeepEqual(a, b) }

// restarted notes an uptime and reports whether the device started again since
// the last one, or since restartSeen was last called: a device that is just
// starting may tell its uptime and not yet its configuration. The memory is
// this process's own: after our restart the first reading compares the whole
// configuration anyway.
func (l *loop) restarted(up time.Duration, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, at := l.uptime, l.uptimeAt
	l.uptime, l.uptimeAt = up, now
	l.rebooted = l.rebooted || !at.IsZero() && up+rebootSlack < before+now.Sub(at)
	return l.rebooted
}

// restartSeen says that a restart has been acted upon.
func (l *loop) restartSeen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rebooted = false
}

// follow adds the work that a whole reading calls for: subscribers to be
// placed, and a pass on a device that is back and was not in sync.
func (e *Engine) follow(ctx context.Context, d gam.Device, r reading) error {
	if r.awaited {
		if err := e.o.Queue.AddNow(ctx, jobs.PlaceSubscribers{DeviceID: d.ID}); err != nil {
			return fmt.Errorf("poll %s: %w", d.Name, err)
		}
	}
	if d.Failures == 0 || d.Sync.Phase == gam.SyncInSync || r.queued {
		return nil
	}
	if err := e.o.Queue.AddNow(ctx, jobs.ReconcileDevice{DeviceID: d.ID}); err != nil {
		return fmt.Errorf("poll %s: %w", d.Name, err)
	}
	return nil
}

// judge turns the end of a reading into a status. A device is offline only
// after several silent readings in a row; one that answers but not as it
// should is degraded; one never heard of is unknown, not down.
func judge(d gam.Device, set gam.Settings, err error, now time.Time) store.Reach {
	r := store.Reach{Status: gam.StatusOnline, LastSeenAt: now}
	if err == nil {
		return r
	}
	r.Failures = d.Failures + 1
	r.Reason = err.Error()
	r.LastSeenAt = d.LastSeenAt
	switch kind := driver.KindOf(err); {
	case kind == driver.Refused || kind == driver.Rejected || kind == driver.Unsupported || kind == driver.Busy:
		r.Status = gam.StatusDegraded // it answers
		r.LastSeenAt = now
	case r.Failures >= set.OfflineAfter:
		r.Status = gam.StatusOffline
		if kind == driver.Garbled {
			r.Status = gam.StatusDegraded
		}
	case d.Status == "":
		r.Status = gam.StatusUnknown
	default:
		r.Status = d.Status
	}
	return r
}
