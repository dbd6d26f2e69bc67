package order

import (
	"context"
	"errors"

	"github.com/opengam/opengam/internal/gam"
)

// errDraft undoes the transaction of an order that is only looked at.
var errDraft = errors.New("a draft is not placed")

// DraftCreate is CreateSubscriber, checked and completed like it, but not
// placed: nothing is written.
func (o *Orders) DraftCreate(ctx context.Context, in gam.Subscriber) (gam.Subscriber, error) {
	s, err := o.drafts().CreateSubscriber(ctx, "draft", in)
	return s, notDraft(err)
}

// DraftUpdate is UpdateSubscriber, checked and completed like it, but not
// placed: nothing is written.
func (o *Orders) DraftUpdate(ctx context.Context, id gam.SubscriberID, p SubscriberPatch) (gam.Subscriber, error) {
	s, err := o.drafts().UpdateSubscriber(ctx, "draft", id, p)
	return s, notDraft(err)
}

func (o *Orders) drafts() *Orders { return &Orders{store: o.store, queue: o.queue, draft: true} }

func notDraft(err error) error {
	if errors.Is(err, errDraft) {
		return nil
	}
	return err
}
