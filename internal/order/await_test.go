package order

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
)

// From an order until the device has followed nothing is called done, in the
// answer and in the store; what no device has to do with changes nothing.
func TestOrderIsPendingUntilTheDeviceFollows(t *testing.T) {
	each(t, func(b *bundle) {
		dev, gold := b.coax(), b.plan("Gold", 500, 50)
		silver := b.plan("Silver", 100, 10)
		sub := b.create(gam.Subscriber{Name: "Anna", DeviceID: dev.ID, EndpointMAC: mac(1), PlanID: gold.ID, Tagging: gam.Untagged})
		done := gam.Sync{Phase: gam.SyncInSync}
		settle := func() {
			t.Helper()
			if err := b.store.SaveSubscriberSync(b.ctx(), map[gam.SubscriberID]gam.Sync{sub.ID: done}); err != nil {
				t.Fatal(err)
			}
			if err := b.store.SaveDeviceSync(b.ctx(), dev.ID, done); err != nil {
				t.Fatal(err)
			}
		}
		check := func(after string, want gam.SyncPhase) {
			b.t.Helper()
			s := must[gam.Subscriber](b.t)(b.store.Subscriber(b.ctx(), sub.ID))
			d := must[gam.Device](b.t)(b.store.Device(b.ctx(), dev.ID))
			if s.Sync.Phase != want || d.Sync.Phase != want {
				b.t.Errorf("%s: subscriber %+v, device %+v, want %s", after, s.Sync, d.Sync, want)
			}
		}
		settle()
		notes := "likes tea"
		if out := must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, sub.ID, SubscriberPatch{Notes: &notes})); out.Sync.Phase != gam.SyncInSync {
			b.t.Errorf("a note answers %+v", out.Sync)
		}
		check("a note", gam.SyncInSync)
		if out := must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, sub.ID, SubscriberPatch{PlanID: &silver.ID})); out.Sync.Phase != gam.SyncPending {
			b.t.Errorf("another plan answers %+v", out.Sync)
		}
		check("another plan", gam.SyncPending)
		settle()
		up := 20
		pup := &up
		must[gam.Plan](b.t)(b.orders.UpdatePlan(b.ctx(), anna, silver.ID, PlanPatch{UpstreamMbps: &pup}))
		check("another rate of the plan", gam.SyncPending)
		settle()
		if out := must[gam.Subscriber](b.t)(b.orders.Suspend(b.ctx(), anna, sub.ID)); out.Sync.Phase != gam.SyncPending {
			b.t.Errorf("suspension answers %+v", out.Sync)
		}
		check("suspension", gam.SyncPending)
		settle()
		set, version, err := b.store.Settings(b.ctx())
		if err != nil {
			b.t.Fatal(err)
		}
		set.SuspendPolicy = gam.SuspendGarden
		if _, _, err := b.orders.UpdateSettings(b.ctx(), anna, set, version); err != nil {
			b.t.Fatal(err)
		}
		check("another suspend policy", gam.SyncPending)
	})
}

// TestUnplacedIsNotInSync: who has lost its place has no service.
func TestUnplacedIsNotInSync(t *testing.T) {
	each(t, func(b *bundle) {
		sub := b.create(gam.Subscriber{Name: "Anna", DeviceID: b.coax().ID})
		if err := b.store.SaveSubscriberSync(b.ctx(), map[gam.SubscriberID]gam.Sync{sub.ID: {Phase: gam.SyncInSync}}); err != nil {
			b.t.Fatal(err)
		}
		none := gam.DeviceID(0)
		out, err := b.orders.UpdateSubscriber(b.ctx(), anna, sub.ID, SubscriberPatch{DeviceID: &none})
		if err != nil {
			b.t.Fatal(err)
		}
		kept, err := b.store.Subscriber(b.ctx(), sub.ID)
		if err != nil || out.DeviceID != 0 || out.Sync.Phase != gam.SyncPending || kept.Sync.Phase != gam.SyncPending {
			b.t.Errorf("a subscriber without a place: on device %d, answered %+v, kept %+v (%v)", out.DeviceID, out.Sync, kept.Sync, err)
		}
	})
}
