// Package order is the one way in which what is wanted changes: people's API
// calls today, billing systems later. It checks an order against the rules of
// the hardware and against what others ordered, fills in what it leaves open
// (device, VLAN, name on the device), and writes it. It never talks to a
// device and does not decide how a device gets there; that is reconcile.
//
// Each operation is one transaction: the rows, the device's wanted revision,
// the job that makes the device follow, and a line in the audit trail. All of
// it is there afterwards, or nothing. What cannot be is refused with
// *gam.Invalid, which names every wrong field as the API spells it, the rule,
// and the remedy; gam.ErrNotFound, gam.ErrConflict and gam.ErrStale mean what
// they say.
package order

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
)

// Orders takes orders.
type Orders struct {
	store *store.Store
	queue *jobs.Queue
	draft bool // nothing is written, see draft.go
}

// New takes orders into st and has them worked by q.
func New(st *store.Store, q *jobs.Queue) *Orders { return &Orders{store: st, queue: q} }

// orderLock is the PostgreSQL advisory lock under which orders are taken
// ("OGAM").
const orderLock = 0x4f47414d

// order is one operation under way.
type order struct {
	*store.Tx
	orders   *Orders
	actor    string
	settings gam.Settings
	touched  []gam.DeviceID                // devices whose wanted state changes, in the order of locking
	made     Made                          // for the receipt
	awaited  map[gam.SubscriberID]gam.Sync // subscribers whose device has to follow
	memo     *memo                         // of a batch
}

// take runs fn in one transaction, then raises the revision of every touched
// device and adds its job. Orders are taken one at a time, also by several
// nodes: whether a VLAN, an endpoint or a port is free can only be answered
// while nobody else takes it. An order needs a few milliseconds; polling and
// passes are not held up.
func (o *Orders) take(ctx context.Context, actor string, fn func(ctx context.Context, w *order) error) error {
	return o.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if o.store.Dialect() == store.Postgres { // SQLite has one writer anyway
			if _, err := tx.SQL().ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, orderLock); err != nil {
				return fmt.Errorf("wait for other orders: %w", err)
			}
		}
		settings, _, err := tx.Settings(ctx)
		if err != nil {
			return fmt.Errorf("read settings: %w", err)
		}
		w := &order{Tx: tx, orders: o, actor: actor, settings: settings}
		if err := fn(ctx, w); err != nil {
			return err
		}
		if o.draft {
			return errDraft
		}
		if err := w.receipt(ctx); err != nil {
			return err
		}
		slices.Sort(w.touched) // devices are locked in one order everywhere
		for _, id := range slices.Compact(w.touched) {
			if _, err := tx.BumpWanted(ctx, id); err != nil {
				return err
			}
			if err := tx.SaveDeviceSync(ctx, id, ordered); err != nil {
				return err
			}
			if err := w.enqueue(ctx, id); err != nil {
				return err
			}
		}
		for ids := range slices.Chunk(slices.Sorted(maps.Keys(w.awaited)), store.MaxLimit) {
			some := make(map[gam.SubscriberID]gam.Sync, len(ids))
			for _, id := range ids {
				some[id] = w.awaited[id]
			}
			if err := tx.SaveSubscriberSync(ctx, some); err != nil {
				return err
			}
		}
		return nil
	})
}

// ordered is how things stand from an order until the device has followed:
// nothing is called done before the device says so.
var ordered = gam.Sync{Phase: gam.SyncPending, Reason: "ordered; waits for the device"}

// unplaced is how a subscriber stands that no device serves.
var unplaced = gam.Sync{Phase: gam.SyncPending, Reason: "not placed yet"}

// await notes that a subscriber is not in sync until its device has followed.
func (w *order) await(s gam.Subscriber) {
	if s.DeviceID == 0 && s.Status == gam.SubEnded {
		return // it waits for nothing
	}
	if w.awaited == nil {
		w.awaited = map[gam.SubscriberID]gam.Sync{}
	}
	w.awaited[s.ID] = ordered
	if s.DeviceID == 0 {
		w.awaited[s.ID] = unplaced
	}
}

// awaitAll is await and touch for every subscriber of a list that has not
// ended.
func (w *order) awaitAll(ctx context.Context, where map[string]string) error {
	lq := store.ListQuery{Where: where, Sort: "id", Limit: store.MaxLimit}
	for {
		page, err := w.Subscribers(ctx, lq)
		if err != nil {
			return err
		}
		for _, s := range page.Items {
			if s.Status != gam.SubEnded && s.Status != gam.SubPending {
				w.touch(s.DeviceID)
				w.await(s)
			}
		}
		if lq.Cursor = page.Next; page.Next == "" {
			return nil
		}
	}
}

// AddSubscriber adds a row in the name of who ordered it.
func (w *order) AddSubscriber(ctx context.Context, s *gam.Subscriber) error {
	s.UpdatedBy = w.actor
	return w.Tx.AddSubscriber(ctx, s)
}

// UpdateSubscriber changes a row in the name of who ordered it.
func (w *order) UpdateSubscriber(ctx context.Context, s *gam.Subscriber) error {
	s.UpdatedBy = w.actor
	return w.Tx.UpdateSubscriber(ctx, s)
}

// lock takes the rows of devices before those of their subscribers, as passes
// do when they record how things stand: nobody waits for the other.
func (w *order) lock(ctx context.Context, ids ...gam.DeviceID) error {
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if id == 0 {
			continue
		}
		if _, err := w.WantedRev(ctx, id); err != nil && !errors.Is(err, gam.ErrNotFound) {
			return err
		}
	}
	return nil
}

// touch notes that a device has to follow; 0 is nobody.
func (w *order) touch(ids ...gam.DeviceID) {
	for _, id := range ids {
		if id != 0 {
			w.touched = append(w.touched, id)
		}
	}
}

func (w *order) enqueue(ctx context.Context, id gam.DeviceID) error {
	return w.orders.queue.Add(ctx, w.Tx, jobs.ReconcileDevice{DeviceID: id, Actor: w.actor})
}

func (w *order) read(ctx context.Context, id gam.DeviceID) error {
	return w.orders.queue.Add(ctx, w.Tx, jobs.ReadDevice{DeviceID: id})
}

// audit writes who did what to what.
func (w *order) audit(ctx context.Context, action, object, detail string) error {
	return w.AddAudit(ctx, &store.Audit{
		Actor:  w.actor,
		Action: action,
		Object: object,
		Detail: gam.Clean(detail, maxDetail),
		At:     time.Now(),
	})
}

// maxDetail is the longest detail kept in the audit trail, in bytes.
const maxDetail = 1000

// refuse is a refusal of one field.
func refuse(field, code, format string, args ...any) *gam.Invalid {
	return &gam.Invalid{Fields: []gam.FieldError{{Field: field, Code: code, Message: fmt.Sprintf(format, args...)}}}
}

// refusals collects refused fields; anything else is an error of ours.
type refusals struct{ gam.Invalid }

func (r *refusals) add(field, code, format string, args ...any) {
	r.Fields = append(r.Fields, refuse(field, code, format, args...).Fields...)
}

// check takes over the refusals in err. Another kind of error is given back.
func (r *refusals) check(err error) error {
	if err == nil {
		return nil
	}
	if bad, ok := asInvalid(err); ok {
		r.Fields = append(r.Fields, bad.Fields...)
		return nil
	}
	return err
}

// drop forgets refusals.
func (r *refusals) drop(unwanted func(gam.FieldError) bool) {
	r.Fields = slices.DeleteFunc(r.Fields, unwanted)
}

func subscriberObject(s gam.Subscriber) string {
	return fmt.Sprintf("subscriber %d (%s)", s.ID, s.Name)
}
func deviceObject(d gam.Device) string { return fmt.Sprintf("device %d (%s)", d.ID, d.Name) }
func planObject(p gam.Plan) string     { return fmt.Sprintf("plan %d (%s)", p.ID, p.Name) }
