package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
)

// Orders of a batch see each other; a refused one leaves nothing and stops
// nobody; each device gets one job and one revision.
func TestBatch(t *testing.T) {
	for _, template := range []string{"{name}", "{id} {name}"} {
		each(t, func(b *bundle) {
			set, v := must2(b.t)(b.store.Settings(b.ctx()))
			set.NameTemplate = template
			if err := b.store.SaveSettings(b.ctx(), set, v); err != nil {
				b.t.Fatal(err)
			}
			d, p := b.coax(), b.plan("gold", 500, 50)
			was := b.create(gam.Subscriber{Name: "was", DeviceID: d.ID, PlanID: p.ID, EndpointMAC: mac(9)})
			b.quiet()
			rev := b.rev(d.ID)
			err := b.orders.Batch(b.ctx(), anna, func(ctx context.Context, batch *Batch) error {
				one, err := batch.Create(ctx, gam.Subscriber{Name: "one", DeviceID: d.ID, PlanID: p.ID, EndpointMAC: mac(1)})
				if err != nil {
					return err
				}
				two, err := batch.Create(ctx, gam.Subscriber{Name: "one", DeviceID: d.ID, PlanID: p.ID, EndpointMAC: mac(2)})
				if err != nil {
					return err
				}
				if one.VLANID == two.VLANID || one.DeviceName == two.DeviceName {
					b.t.Errorf("both have VLAN %d or name %q", one.VLANID, one.DeviceName)
				}
				_, err = batch.Create(ctx, gam.Subscriber{Name: "three", DeviceID: d.ID, EndpointMAC: mac(1)})
				b.refused(err, "endpoint_mac", "endpoint_in_use", "one")
				_, err = batch.Create(ctx, gam.Subscriber{Name: "three", DeviceID: d.ID, DeviceName: one.DeviceName})
				b.refused(err, "device_name", "device_name_taken")
				if id, err := batch.Named(ctx, d.ID, two.DeviceName); err != nil || id != two.ID {
					b.t.Errorf("Named gives %d, %v, want %d", id, err, two.ID)
				}
				// What is ended frees its endpoint, name and VLAN for the next.
				if _, changed, err := batch.Update(ctx, was.ID, SubscriberPatch{}, gam.SubEnded); err != nil || !changed {
					b.t.Errorf("end: %v, %v", changed, err)
				}
				if _, _, err := batch.Update(ctx, was.ID, SubscriberPatch{}, gam.SubActive); !errors.Is(err, gam.ErrConflict) {
					b.t.Errorf("revived: %v", err)
				}
				if _, changed, err := batch.Update(ctx, was.ID, SubscriberPatch{}, gam.SubEnded); err != nil || changed {
					b.t.Errorf("ended twice: %v, %v", changed, err)
				}
				next, err := batch.Create(ctx, gam.Subscriber{Name: "next", DeviceID: d.ID, PlanID: p.ID, EndpointMAC: mac(9)})
				if err != nil || next.VLANID != was.VLANID {
					b.t.Errorf("next: VLAN %d, %v; want the free %d", next.VLANID, err, was.VLANID)
				}
				held, changed, err := batch.Update(ctx, two.ID, SubscriberPatch{Notes: ptr("n")}, gam.SubSuspended)
				if err != nil || !changed || held.Status != gam.SubSuspended || held.Notes != "n" {
					b.t.Errorf("suspend: %+v, %v", held, err)
				}
				if back, _, err := batch.Update(ctx, two.ID, SubscriberPatch{}, gam.SubActive); err != nil || back.Status != gam.SubActive {
					b.t.Errorf("resume: %+v, %v", back, err)
				}
				return nil
			})
			if err != nil {
				b.t.Fatal(err)
			}
			subs := must[[]gam.Subscriber](b.t)(b.store.SubscribersOf(b.ctx(), d.ID))
			if len(subs) != 3 {
				b.t.Errorf("%d subscribers, want 3: %+v", len(subs), subs)
			}
			if b.rev(d.ID) != rev+1 || !slices.Equal(b.waiting(d.ID), []string{jobs.KindReconcileDevice}) {
				b.t.Errorf("revision +%d, jobs %v", b.rev(d.ID)-rev, b.waiting(d.ID))
			}
		})
	}
}

// A batch counts who is on a port as single orders do, and a draft or a failed
// one leaves nothing.
func TestBatchRoomAndDraft(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.coax(), b.plan("gold", 500, 50)
		b.see(d.ID, map[gam.MAC]int{mac(0): 3})
		fill := func(ctx context.Context, batch *Batch) error {
			for i := range 17 {
				s := gam.Subscriber{Name: fmt.Sprint("on port ", i), DeviceID: d.ID, PlanID: p.ID, EndpointMAC: mac(i), Port: 3}
				if i == 0 {
					s.Port = 0 // seen there
				}
				_, err := batch.Create(ctx, s)
				if i < 16 && err != nil {
					return err
				}
				if i == 16 {
					b.refused(err, "port", "port_full")
				}
			}
			return nil
		}
		if err := b.orders.DraftBatch(b.ctx(), fill); err != nil {
			b.t.Fatal(err)
		}
		boom := errors.New("boom")
		if err := b.orders.Batch(b.ctx(), anna, func(ctx context.Context, batch *Batch) error {
			return errors.Join(fill(ctx, batch), boom)
		}); !errors.Is(err, boom) {
			b.t.Errorf("got %v, want boom", err)
		}
		if p := must[store.Page[gam.Subscriber]](b.t)(b.store.Subscribers(b.ctx(), store.ListQuery{})); p.Total != 0 {
			b.t.Errorf("%d subscribers, want none", p.Total)
		}
	})
}

// must2 takes two results that must not fail.
func must2(t testing.TB) func(gam.Settings, int64, error) (gam.Settings, int64) {
	return func(s gam.Settings, v int64, err error) (gam.Settings, int64) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s, v
	}
}
