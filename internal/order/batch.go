package order

import (
	"context"
	"errors"

	"github.com/opengam/opengam/internal/gam"
)

// Batch is many orders in one transaction: each is checked and completed as
// if it came alone, and sees those before it. One that is refused leaves
// nothing behind and does not stop the others; whether the rest is to stand
// without it is decided by what the function of Orders.Batch returns.
type Batch struct{ w *order }

// Batch takes the orders that fn gives, all of them or, when fn fails, none.
// Each device that they concern gets one job. As a transaction that loses is
// run again, fn must start from the same each time.
func (o *Orders) Batch(ctx context.Context, actor string, fn func(ctx context.Context, b *Batch) error) error {
	return o.take(ctx, actor, func(ctx context.Context, w *order) error {
		w.memo = newMemo()
		err := fn(ctx, &Batch{w})
		w.made = Made{} // a receipt is for one thing
		return err
	})
}

// DraftBatch is Batch of which nothing is written.
func (o *Orders) DraftBatch(ctx context.Context, fn func(ctx context.Context, b *Batch) error) error {
	return notDraft(o.drafts().Batch(ctx, "draft", fn))
}

// Create is Orders.CreateSubscriber.
func (b *Batch) Create(ctx context.Context, in gam.Subscriber) (out gam.Subscriber, err error) {
	err = b.w.Part(ctx, func(ctx context.Context) error {
		out, err = b.w.create(ctx, in)
		return err
	})
	switch {
	case err == nil:
		b.w.memo.changed(gam.Subscriber{}, out)
	case out.ID != 0: // refused after its row was written and perhaps read
		clear(b.w.memo.live)
		clear(b.w.memo.vlans)
	}
	return out, err
}

// Update is Orders.UpdateSubscriber with a wanted status: suspended suspends,
// ended ends and changes nothing else, pending and active resume one that is
// suspended; "" leaves it as it is. changed is false when nothing was
// different.
func (b *Batch) Update(ctx context.Context, id gam.SubscriberID, p SubscriberPatch, status gam.SubscriberStatus) (out gam.Subscriber, changed bool, err error) {
	action := "subscriber.update"
	if status == gam.SubEnded {
		action = "subscriber.end"
	}
	var old gam.Subscriber
	err = b.w.Part(ctx, func(ctx context.Context) error {
		old, out, err = b.w.change(ctx, action, id, p.Version, func(_ context.Context, _ *order, s *gam.Subscriber) error {
			if s.Status == gam.SubEnded && status != gam.SubEnded {
				return ended(*s)
			}
			switch status {
			case gam.SubEnded:
				s.Status = gam.SubEnded
				return nil
			case gam.SubSuspended:
				p.apply(s)
				s.Status = gam.SubSuspended
			case gam.SubPending, gam.SubActive:
				p.apply(s)
				if s.Status == gam.SubSuspended {
					s.Status = gam.SubPending // complete makes it active where it is placed
				}
			case "":
				p.apply(s)
			default:
				return refuse("status", "status", "a subscriber is pending, active, suspended or ended")
			}
			return nil
		})
		return err
	})
	if err == nil && old.Version != out.Version {
		b.w.memo.changed(old, out)
		return out, true, nil
	}
	return out, false, err
}

// Subscriber is one that exists, with the batch's changes so far.
func (b *Batch) Subscriber(ctx context.Context, id gam.SubscriberID) (gam.Subscriber, error) {
	return b.w.Subscriber(ctx, id)
}

// Named finds who bears a name on a device; 0 is nobody.
func (b *Batch) Named(ctx context.Context, device gam.DeviceID, name string) (gam.SubscriberID, error) {
	l, err := b.w.liveOn(ctx, device)
	if err != nil {
		return 0, err
	}
	return l.names[name], nil
}

// Note writes a line about the batch as a whole into the audit trail.
func (b *Batch) Note(ctx context.Context, action, object, detail string) error {
	return b.w.audit(ctx, action, object, detail)
}

// Refused reports whether err is about the order rather than about the
// database: a field, something that does not exist or stands in the way.
func Refused(err error) bool {
	_, invalid := asInvalid(err)
	return invalid || errors.Is(err, gam.ErrNotFound) || errors.Is(err, gam.ErrConflict) || errors.Is(err, gam.ErrStale)
}
