package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// maxReasonLength keeps reasons in rows to what a person reads.
const maxReasonLength = 500

// record writes down how the device and each of its subscribers stand after
// the pass.
func (p *pass) record(ctx context.Context, o Outcome) error {
	if p.device.ID == 0 {
		return nil // there is no such device, or the store did not answer
	}
	device, subs := p.deviceSync(o), map[gam.SubscriberID]gam.Sync(nil)
	if p.concluded(o) {
		subs = p.subscriberSyncs()
		if err := p.endedSyncs(ctx, subs); err != nil {
			return err
		}
	}
	return p.st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := p.withoutOvertaken(ctx, tx, &device, subs); err != nil {
			return err
		}
		if err := tx.SaveDeviceSync(ctx, p.id, device); err != nil {
			return err
		}
		if err := tx.SaveSubscriberSync(ctx, subs); err != nil {
			return err
		}
		if p.done > 0 && p.e.o.Wrote != nil {
			if err := p.e.o.Wrote(ctx, tx, p.id); err != nil {
				return err
			}
		}
		if p.concluded(o) && len(p.failed) == 0 && len(p.allowed()) == 0 {
			return tx.SetApplied(ctx, p.id, p.rev)
		}
		return nil
	})
}

// withoutOvertaken leaves out what this pass cannot say: a subscriber for whom
// something else was ordered since the pass read it is not in sync because of
// what was ordered before. The orders of then have their own pass to come.
func (p *pass) withoutOvertaken(ctx context.Context, tx *store.Tx, device *gam.Sync, subs map[gam.SubscriberID]gam.Sync) error {
	rev, err := tx.WantedRev(ctx, p.id)
	if err != nil || rev == p.rev {
		return err
	}
	fresh, err := factsOf(ctx, &tx.Queries, p.id)
	if err != nil {
		return err
	}
	then, now := p.want().bySubscriber(), fresh.want().bySubscriber()
	maps.DeleteFunc(subs, func(id gam.SubscriberID, _ gam.Sync) bool {
		return !reflect.DeepEqual(then[id], now[id])
	})
	if device.Phase == gam.SyncInSync {
		*device = standing(gam.SyncPending, "something else was ordered meanwhile")
	}
	return nil
}

// concluded reports whether the pass came to its end, so that its last plan
// says how everybody stands.
func (p *pass) concluded(o Outcome) bool {
	f, failed := o.(Failed)
	return p.ran && (!failed || f.Lasting)
}

func standing(phase gam.SyncPhase, reason string) gam.Sync {
	return gam.Sync{Phase: phase, Reason: gam.Clip(reason, maxReasonLength)}
}

func (p *pass) deviceSync(o Outcome) gam.Sync {
	switch o := o.(type) {
	case Again:
		return standing(gam.SyncPending, o.Reason)
	case Failed:
		return standing(gam.SyncFailed, o.Err.Error())
	case Stuck:
		return standing(gam.SyncStuck, o.Reason)
	}
	if n := len(p.plan.Steps); n > 0 {
		if p.device.Mode == gam.ModeConfirm {
			return standing(gam.SyncPending, fmt.Sprintf("waits for approval of %d step(s) for %d subscriber(s)", n, p.plan.CustomersAffected()))
		}
		if len(p.plan.Drift) == 0 {
			return standing(gam.SyncPending, fmt.Sprintf("%d step(s) are not made: the device is in mode watch", n))
		}
	}
	if n := len(p.plan.Drift); n > 0 {
		it := p.plan.Drift[0]
		words := fmt.Sprintf("%s %s %s", it.Kind, quote(it.Key), it.What)
		if n > 1 {
			words = fmt.Sprintf("%d entries were changed by somebody else, the first: %s", n, words)
		}
		return standing(gam.SyncDrifted, words)
	}
	return standing(gam.SyncInSync, "")
}

// subscriberSyncs says how each subscriber stands by the last plan.
func (p *pass) subscriberSyncs() map[gam.SubscriberID]gam.Sync {
	m := make(map[gam.SubscriberID]gam.Sync, len(p.subs))
	for _, s := range p.subs {
		m[s.ID] = standing(gam.SyncInSync, "")
		if s.Status == gam.SubPending {
			m[s.ID] = standing(gam.SyncPending, "not placed yet")
		}
	}
	put := func(id gam.SubscriberID, s gam.Sync) {
		if _, ours := m[id]; ours {
			m[id] = s
		}
	}
	for _, it := range p.plan.Drift {
		put(it.SubscriberID, standing(gam.SyncDrifted, fmt.Sprintf("%s %s %s", it.Kind, quote(it.Key), it.What)))
	}
	drifted := map[gam.SubscriberID]bool{}
	for _, s := range p.plan.Steps {
		if strings.HasPrefix(s.Reason, driftPrefix) {
			drifted[s.SubscriberID] = true
		}
	}
	for _, id := range p.plan.Affected {
		if !drifted[id] {
			put(id, standing(gam.SyncPending, p.waits()))
		}
	}
	for _, q := range p.plan.Problems {
		put(q.SubscriberID, standing(gam.SyncStuck, q.Message+"; "+q.Remedy))
	}
	for id, err := range p.failed {
		put(id, standing(gam.SyncFailed, deviceWords(err)))
	}
	return m
}

// waits says why steps of the last plan were not made.
func (p *pass) waits() string {
	switch p.device.Mode {
	case gam.ModeConfirm:
		return "waits for approval"
	case gam.ModeWatch:
		return "not made: the device is in mode watch"
	}
	return "waits for what the device refused before it"
}

// deviceWords is a refusal as a subscriber's page shows it: without the name
// of the device, which is beside it.
func deviceWords(err error) string {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	words := e.Op + ": " + e.Text
	if e.Remedy != "" {
		words += "; " + e.Remedy
	}
	return words
}

// endedSyncs adds the subscribers that have ended and whose entries are off
// the device; they are not among the device's subscribers any more.
func (p *pass) endedSyncs(ctx context.Context, m map[gam.SubscriberID]gam.Sync) error {
	left := map[gam.SubscriberID]bool{}
	for _, r := range p.rows {
		if _, there := find(p.config, r.Kind, r.Key); there {
			left[r.SubscriberID] = true
		}
	}
	lq := store.ListQuery{Limit: store.MaxLimit, Where: map[string]string{
		"device_id": fmt.Sprint(p.id), "status": string(gam.SubEnded),
		"sync": strings.Join([]string{string(gam.SyncPending), string(gam.SyncFailed), string(gam.SyncStuck), string(gam.SyncDrifted)}, ","),
	}}
	for {
		page, err := p.st.Subscribers(ctx, lq)
		if err != nil {
			return err
		}
		for _, s := range page.Items {
			err, refused := p.failed[s.ID]
			q, problem := p.plan.Problem(s.ID)
			switch {
			case refused:
				m[s.ID] = standing(gam.SyncFailed, deviceWords(err))
			case problem:
				m[s.ID] = standing(gam.SyncStuck, q.Message+"; "+q.Remedy)
			case left[s.ID]:
				m[s.ID] = standing(gam.SyncPending, p.waits())
			default:
				m[s.ID] = standing(gam.SyncInSync, "")
			}
		}
		if page.Next == "" {
			return nil
		}
		lq.Cursor = page.Next
	}
}
