package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// apply makes the steps, each written down before and after. A step that the
// device refuses fails its subscriber, steps that hang on it are left out,
// and the rest goes on; any other failure ends the pass.
func (p *pass) apply(ctx context.Context, steps []gam.Step) Outcome {
	p.applied, p.made = nil, map[Key]bool{}
	if err := p.keepApproval(ctx); err != nil {
		return Failed{Err: err}
	}
	t := taint{}
	total := p.done + len(steps)
	for _, s := range steps {
		if p.rejected[stepKey(s)] != nil || t.touches(s) {
			t.spread(s)
			total--
			continue
		}
		p.note(total, s.String())
		c := gam.Change{DeviceID: p.id, SubscriberID: s.SubscriberID, PassID: p.passID, Actor: p.actor(s), Step: s, Result: gam.ChangeStarted, At: p.e.o.Now()}
		if err := p.begin(ctx, &c); err != nil {
			return Failed{Err: err}
		}
		err := p.dev.Apply(ctx, s)
		if ctx.Err() != nil {
			// Whether it was made is not known; "started" in the journal says
			// just that, and the next pass looks.
			return Failed{Err: context.Cause(ctx)}
		}
		c.DurationMS = p.e.o.Now().Sub(c.At).Milliseconds()
		if err == nil {
			c.Result = gam.ChangeApplied
			p.last = &c
			p.applied = append(p.applied, c)
			if s.After != nil {
				p.made[Key{s.After.Kind(), s.After.Key()}] = true
			}
			p.done++
			continue
		}
		c.Result, c.Error = gam.ChangeFailed, err.Error()
		p.last = &c
		kind := driver.KindOf(err)
		if kind != driver.Rejected && kind != driver.Unsupported {
			p.log.WarnContext(ctx, "the pass ends at a step", "step", s.String(), "err", err)
			return join(p.ended(err), p.finishLast(ctx))
		}
		p.log.WarnContext(ctx, "the device refused a step", "step", s.String(), "err", err)
		p.refused(s, err)
		t.spread(s)
	}
	p.note(total, "reading back")
	if err := p.finishLast(ctx); err != nil {
		return Failed{Err: err}
	}
	return nil
}

// join adds a failure to write things down to an outcome.
func join(o Outcome, err error) Outcome {
	if err == nil {
		return o
	}
	return Failed{Err: fmt.Errorf("%s, and: %w", o, err)}
}

// begin writes down in one transaction that a step is about to be made: the
// claim on an entry that it will create, the line of the journal, and that
// there is something to save. The end of the step before goes with it.
func (p *pass) begin(ctx context.Context, c *gam.Change) error {
	row, claims := p.claimFor(c.Step)
	err := p.st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := p.finish(ctx, tx, p.last); err != nil {
			return err
		}
		if claims {
			if err := tx.PutOwned(ctx, p.id, row); err != nil {
				return err
			}
		}
		if !p.unsaved {
			if err := tx.SetUnsaved(ctx, p.id, true); err != nil {
				return err
			}
		}
		return tx.AddChange(ctx, c)
	})
	if err != nil {
		return err
	}
	p.last, p.unsaved = nil, true
	if claims {
		p.rows[Key{row.Kind, row.Key}] = row
	}
	return nil
}

// claimFor is the row of ownership that has to stand before a step is made:
// for a new entry or a new name a claim, for an entry that passes to another
// subscriber its new one. An entry that is certainly ours already stays so,
// also when it is taken off for a moment: a restart may bring the old one back.
func (p *pass) claimFor(s gam.Step) (gam.Owned, bool) {
	if s.After == nil {
		return gam.Owned{}, false
	}
	key := Key{s.After.Kind(), s.After.Key()}
	row, ok := p.rows[key]
	if !ok || row.Claimed {
		return gam.Owned{Kind: key.Kind, Key: key.Key, SubscriberID: s.SubscriberID, Claimed: true, Written: *s.After}, true
	}
	if s.SubscriberID == 0 || row.SubscriberID == s.SubscriberID {
		return gam.Owned{}, false
	}
	row.SubscriberID = s.SubscriberID
	return row, true
}

func (p *pass) finish(ctx context.Context, tx *store.Tx, c *gam.Change) error {
	if c == nil {
		return nil
	}
	return tx.FinishChange(ctx, c.ID, c.Result, c.Error, took(*c))
}

func took(c gam.Change) time.Duration { return time.Duration(c.DurationMS) * time.Millisecond }

func (p *pass) finishLast(ctx context.Context) error {
	err := p.st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return p.finish(ctx, tx, p.last) })
	if err == nil {
		p.last = nil
	}
	return err
}

// refused notes whom a refused step fails: its subscriber, or everybody who
// was to get the profile.
func (p *pass) refused(s gam.Step, err error) {
	p.rejected[stepKey(s)] = err
	switch {
	case s.SubscriberID != 0:
		p.failed[s.SubscriberID] = err
	case s.After != nil && s.After.Profile != nil:
		for _, l := range p.want().Lines {
			if l.Rate == s.After.Profile.Rate {
				p.failed[l.SubscriberID] = err
			}
		}
	default:
		p.trouble = errors.Join(p.trouble, err)
	}
}

// stepKey tells whether a step is one that was refused before in this pass.
func stepKey(s gam.Step) string {
	e := s.Entry()
	return fmt.Sprintf("%s %s %s %d", s.Action, e.Kind(), e.Key(), s.SubscriberID)
}

// verify looks in the configuration that was read back for what was applied.
// A later step on the same entry takes the place of an earlier one.
func (p *pass) verify(ctx context.Context) error {
	seen := map[Key]bool{}
	var verified []gam.Change
	for i := len(p.applied) - 1; i >= 0; i-- {
		c := p.applied[i]
		keys := stepKeys(c.Step)
		ok := false
		for _, k := range keys {
			ok = ok || seen[k]
			seen[k] = true
		}
		if !ok && c.Step.After != nil {
			_, ok = stands(p.config, *c.Step.After)
		} else if !ok {
			_, there := find(p.config, c.Step.Before.Kind(), c.Step.Before.Key())
			ok = !there
		}
		if ok {
			verified = append(verified, c)
		} else {
			p.log.WarnContext(ctx, "a step does not stand on the device", "step", c.Step.String())
		}
	}
	p.applied = nil
	if len(verified) == 0 {
		return nil
	}
	return p.st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, c := range verified {
			if err := tx.FinishChange(ctx, c.ID, gam.ChangeVerified, "", took(c)); err != nil {
				return err
			}
		}
		return nil
	})
}

func stepKeys(s gam.Step) []Key {
	var ks []Key
	if s.Before != nil {
		ks = append(ks, Key{s.Before.Kind(), s.Before.Key()})
	}
	if s.After != nil {
		ks = append(ks, Key{s.After.Kind(), s.After.Key()})
	}
	return ks
}
