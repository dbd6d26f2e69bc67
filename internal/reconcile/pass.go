package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// maxTries bounds how often one pass applies and reads back. Once is the
// rule; more is for what the device refused or changed meanwhile.
const maxTries = 3

// rebootSlack is how much an uptime may lag behind the clock before the
// difference is taken for a restart: devices count in seconds and answer late.
const rebootSlack = 5 * time.Second

// pass is one run of Engine.Device.
type pass struct {
	e      *Engine
	st     *store.Store
	id     gam.DeviceID
	ask    Ask
	passID string
	log    *slog.Logger

	facts
	dev     driver.Provisioner
	monitor driver.Monitor // nil when the device tells no uptime
	config  gam.Config
	plan    Plan
	rows    map[Key]gam.Owned // ownership as it stands in the store

	uptime   time.Duration // before the last reading of the configuration
	uptimeAt time.Time

	approval approval                   // of the plan that is being carried out
	ran      bool                       // to its end
	unsaved  bool                       // writes of ours are in the running configuration only
	done     int                        // steps so far, for progress
	last     *gam.Change                // applied, and not yet noted as such
	applied  []gam.Change               // since the last reading
	made     map[Key]bool               // what the device let us make since then
	rejected map[string]error           // steps that the device refused
	failed   map[gam.SubscriberID]error // and the subscribers behind them
	trouble  error                      // a refused step that serves nobody in particular
}

// run is the pass without its frame of lease and records.
func (p *pass) run(ctx context.Context) Outcome {
	p.rejected, p.failed = map[string]error{}, map[gam.SubscriberID]error{}
	var err error
	if p.facts, err = p.e.facts(ctx, p.id); err != nil {
		if errors.Is(err, gam.ErrNotFound) {
			return Stuck{err.Error()}
		}
		return Failed{Err: err}
	}
	p.log = p.log.With("device", p.device, "pass", p.passID)
	p.unsaved = p.device.Unsaved
	p.rows = make(map[Key]gam.Owned, len(p.owned))
	for _, r := range p.owned {
		p.rows[Key{r.Kind, r.Key}] = r
	}
	if err := p.loadApproval(ctx); err != nil {
		return Failed{Err: err}
	}
	if o := p.connect(ctx); o != nil {
		return o
	}
	if o := p.rounds(ctx); o != nil {
		return o
	}
	if o := p.save(ctx); o != nil {
		return o
	}
	if err := errors.Join(p.forget(ctx), p.useUp(ctx)); err != nil {
		return Failed{Err: err}
	}
	p.ran = true
	return p.verdict()
}

// connect opens the driver and learns who the device is if that is unknown.
func (p *pass) connect(ctx context.Context) Outcome {
	drv, err := p.e.o.Open(ctx, p.device)
	if err != nil {
		return p.ended(err)
	}
	var ok bool
	if p.dev, ok = drv.(driver.Provisioner); !ok {
		return Stuck{"this kind of device cannot be configured by OpenGAM"}
	}
	p.monitor, _ = drv.(driver.Monitor)
	if p.device.SerialNumber != "" || p.device.Model != "" {
		return nil
	}
	identity, err := drv.Identify(ctx)
	if err != nil {
		return p.ended(err)
	}
	p.device.Identity = identity
	if err := p.st.SaveIdentity(ctx, p.id, identity); err != nil {
		return Failed{Err: err}
	}
	return nil
}

// rounds compares, applies and reads back until nothing is left to do. It
// returns nil when the pass has come as far as it may.
func (p *pass) rounds(ctx context.Context) Outcome {
	for try := 1; ; try++ {
		if o := p.observe(ctx); o != nil {
			return o
		}
		if err := p.ownMade(ctx); err != nil {
			return Failed{Err: err}
		}
		p.owned = slices.Collect(maps.Values(p.rows))
		p.plan = Diff(p.wantedNow(), p.config, p.policy())
		if err := p.settleRows(ctx); err != nil {
			return Failed{Err: err}
		}
		if err := p.verify(ctx); err != nil {
			return Failed{Err: err}
		}
		due, failed := p.allowed(), len(p.failed)
		if len(due) == 0 || try > maxTries {
			return nil
		}
		if o := p.apply(ctx, due); o != nil {
			return o
		}
		if len(p.applied) == 0 && len(p.failed) == failed {
			return nil // the device refused all that was left
		}
	}
}

// observe reads the device's configuration and keeps it.
func (p *pass) observe(ctx context.Context) Outcome {
	if p.monitor != nil {
		switch up, err := p.monitor.Uptime(ctx); {
		case err == nil:
			p.uptime, p.uptimeAt = up, p.e.o.Now()
		case driver.KindOf(err) == driver.Unsupported || driver.KindOf(err) == driver.Rejected:
			p.monitor = nil // cannot tell: restarts are then seen by what is missing
		default:
			return p.ended(err)
		}
	}
	c, err := p.dev.Config(ctx)
	if err != nil {
		return p.ended(err)
	}
	p.config = c
	if err := p.st.SaveConfig(ctx, p.id, c, p.e.o.Now()); err != nil {
		return Failed{Err: err}
	}
	return nil
}

// wantedNow is what is wanted without the subscribers that the device has
// refused in this pass; what they have stays as it stands.
func (p *pass) wantedNow() Wanted {
	w := p.want()
	if len(p.failed) == 0 {
		return w
	}
	w.Lines = slices.DeleteFunc(w.Lines, func(l Line) bool {
		err, bad := p.failed[l.SubscriberID]
		if bad {
			w.Problems = append(w.Problems, Problem{SubscriberID: l.SubscriberID, Code: CodeRejected, Message: err.Error(), Remedy: "change the order, or look at the device"})
		}
		return bad
	})
	return w
}

// allowed is the steps of the plan that this pass may take.
func (p *pass) allowed() []gam.Step {
	switch p.device.Mode {
	case gam.ModeManage:
		return p.plan.Steps
	case gam.ModeConfirm:
		if len(p.plan.Steps) > 0 && p.approved() {
			return p.plan.Steps
		}
	}
	return nil
}

// save copies the running configuration to the startup one, once, if any
// write of ours is not known to be there. A restart since the last reading
// means that what was read, and perhaps what was saved, is not what we wrote.
func (p *pass) save(ctx context.Context) Outcome {
	if !p.unsaved || p.device.Mode == gam.ModeWatch {
		return nil
	}
	if err := p.dev.Save(ctx); err != nil {
		return p.ended(fmt.Errorf("save the configuration: %w", err))
	}
	if p.monitor != nil {
		up, err := p.monitor.Uptime(ctx)
		if err != nil {
			return p.ended(err)
		}
		if restarted(p.uptime, up, p.e.o.Now().Sub(p.uptimeAt)) {
			return Again{0, "the device restarted in the middle of the pass"}
		}
	}
	if err := p.st.SetUnsaved(ctx, p.id, false); err != nil {
		return Failed{Err: err}
	}
	p.unsaved = false
	return nil
}

// restarted reports whether a device has restarted between two readings of
// its uptime: the later one is smaller, or it lags behind the clock and is not
// larger than what has passed, as it would be if the device had just run on.
func restarted(before, after, passed time.Duration) bool {
	return after < before || after+rebootSlack < before+passed && after <= passed
}

// ended sorts an error of the device that ends the pass.
func (p *pass) ended(err error) Outcome {
	switch driver.KindOf(err) {
	case driver.Busy:
		return Again{busyRetry, err.Error()}
	case driver.Refused, driver.Unsupported:
		return Stuck{err.Error()}
	case driver.Rejected:
		return Failed{Err: err, Lasting: true}
	}
	return Failed{Err: err}
}

// verdict is the outcome of a pass that has come to its end.
func (p *pass) verdict() Outcome {
	switch {
	case len(p.failed) > 0 || p.trouble != nil:
		err := p.trouble
		for _, id := range slices.Sorted(maps.Keys(p.failed)) {
			err = p.failed[id]
			break
		}
		return Failed{Err: fmt.Errorf("the device refused %d step(s): %w", len(p.rejected), err), Lasting: true}
	case len(p.allowed()) > 0:
		return Failed{Err: fmt.Errorf("the device is not as written after %d tries: still to do: %s", maxTries, p.plan.Steps[0])}
	case len(p.plan.Problems) > 0:
		return Stuck{p.problemWords()}
	}
	return Settled{}
}

func (p *pass) problemWords() string {
	q := p.plan.Problems[0]
	words := q.Message + "; " + q.Remedy
	if n := len(p.plan.Problems); n > 1 {
		words = fmt.Sprintf("%d subscribers cannot be served as ordered, the first: %s", n, words)
	}
	return words
}

// note tells whoever listens how far the pass is.
func (p *pass) note(total int, text string) {
	if p.ask.Progress != nil {
		p.ask.Progress(p.done, total, text)
	}
}

// actor is who the journal names for a step.
func (p *pass) actor(s gam.Step) string {
	if strings.HasPrefix(s.Reason, driftPrefix) {
		return "drift repair"
	}
	for _, sub := range p.subs {
		if sub.ID == s.SubscriberID && sub.UpdatedBy != "" && sub.Sync.Since.Sub(sub.UpdatedAt) < sameOrder {
			return sub.UpdatedBy
		}
	}
	return p.ask.Actor
}

// sameOrder tells the order for a subscriber, which makes it pending in its
// own transaction, from later work on it, such as a changed plan: several
// people's orders may share a pass, and each step is journalled under the
// name of who asked for it.
const sameOrder = time.Second
