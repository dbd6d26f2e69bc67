package order

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
)

func TestCreateFillsInWhatIsKnown(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.copper(), b.plan("gold", 500, 50)
		b.see(d.ID, map[gam.MAC]int{mac(1): 3})
		b.quiet()
		rev := b.rev(d.ID)
		got := b.create(gam.Subscriber{Name: "Zoë \"A\"", EndpointMAC: mac(1), PlanID: p.ID})
		if got.DeviceID != d.ID || got.Port != 0 || got.VLANID != 100 || !got.VLANAllocated || got.Tagging != gam.Untagged ||
			got.Status != gam.SubActive || got.DeviceName != "Zoe _A_" || got.Version != 1 || got.ID == 0 {
			b.t.Errorf("got %+v", got)
		}
		if b.rev(d.ID) != rev+1 {
			b.t.Errorf("wanted revision %d, want %d", b.rev(d.ID), rev+1)
		}
		if k := b.waiting(d.ID); !slices.Equal(k, []string{jobs.KindReconcileDevice}) {
			b.t.Errorf("jobs %v, want one reconcile", k)
		}
		a := b.lastAudit()
		if a.Actor != anna || a.Action != "subscriber.create" || !strings.Contains(a.Object, "Zoë") || !strings.Contains(a.Detail, "vlan_id: 0 → 100") {
			b.t.Errorf("audit %+v", a)
		}
	})
}

func TestPendingBecomesActiveWhenPlaced(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.copper(), b.plan("gold", 500, 50)
		b.quiet()
		s := b.create(gam.Subscriber{Name: "early", EndpointMAC: mac(1), PlanID: p.ID})
		if s.Status != gam.SubPending || s.DeviceID != 0 || s.VLANID != 0 || s.DeviceName != "" {
			b.t.Errorf("unplaced: %+v, want pending without device, VLAN and name", s)
		}
		if placed, err := b.orders.PlaceSeen(b.ctx(), "system", mac(1), mac(2)); err != nil || len(placed) != 0 {
			b.t.Errorf("nothing was seen, but %v placed, %v", placed, err)
		}
		b.see(d.ID, map[gam.MAC]int{mac(1): 2})
		placed, err := b.orders.PlaceSeen(b.ctx(), "system", mac(1), mac(2))
		if err != nil || !slices.Equal(placed, []gam.SubscriberID{s.ID}) {
			b.t.Fatalf("placed %v, %v; want %d", placed, err, s.ID)
		}
		got := must[gam.Subscriber](b.t)(b.store.Subscriber(b.ctx(), s.ID))
		if got.Status != gam.SubActive || got.DeviceID != d.ID || got.VLANID != 100 || got.DeviceName != "early" {
			b.t.Errorf("placed: %+v", got)
		}
		// Another one, found without naming it.
		s = b.create(gam.Subscriber{Name: "early too", EndpointMAC: mac(7), PlanID: p.ID})
		b.create(gam.Subscriber{Name: "earlier still", EndpointMAC: mac(8), PlanID: p.ID})
		b.see(d.ID, map[gam.MAC]int{mac(1): 2, mac(7): 7})
		if placed, err = b.orders.PlaceSeen(b.ctx(), "system"); err != nil || !slices.Equal(placed, []gam.SubscriberID{s.ID}) {
			b.t.Errorf("placed %v, %v; want %d", placed, err, s.ID)
		}
		// Without a plan it stays pending, whatever was seen.
		noPlan := b.create(gam.Subscriber{Name: "no plan", DeviceID: d.ID, EndpointMAC: mac(3)})
		if noPlan.Status != gam.SubPending {
			b.t.Errorf("without a plan: %s, want pending", noPlan.Status)
		}
		got = must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, noPlan.ID, SubscriberPatch{PlanID: &p.ID}))
		if got.Status != gam.SubActive {
			b.t.Errorf("with a plan: %s, want active", got.Status)
		}
	})
}

func TestDeviceNames(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.coax(), b.plan("gold", 500, 50)
		long := strings.Repeat("x", 40)
		var names []string
		for i := range 3 {
			names = append(names, b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, PlanID: p.ID, EndpointMAC: mac(i)}).DeviceName)
		}
		for i := range 2 {
			names = append(names, b.create(gam.Subscriber{Name: long, DeviceID: d.ID, PlanID: p.ID, EndpointMAC: mac(10 + i)}).DeviceName)
		}
		want := []string{"Anna", "Anna 2", "Anna 3", long[:31], long[:29] + " 2"}
		if !slices.Equal(names, want) {
			b.t.Errorf("names %q, want %q", names, want)
		}
		for _, n := range names {
			if err := gam.CheckName(n); err != nil {
				b.t.Error(err)
			}
		}
		_, err := b.orders.CreateSubscriber(b.ctx(), anna, gam.Subscriber{Name: "Ben", DeviceID: d.ID, DeviceName: "Anna 2"})
		b.refused(err, "device_name", "device_name_taken", "Anna", "subscriber", d.Name)

		// An entry that is not ours has its name too.
		if err := b.store.SaveConfig(b.ctx(), d.ID, gam.Config{Services: []gam.Service{{ID: 1, Name: "Cleo", VLAN: 101}}}, now()); err != nil {
			b.t.Fatal(err)
		}
		_, err = b.orders.CreateSubscriber(b.ctx(), anna, gam.Subscriber{Name: "Ben", DeviceID: d.ID, DeviceName: "Cleo"})
		b.refused(err, "device_name", "device_name_taken", "does not manage", "adopt")
		if got := b.create(gam.Subscriber{Name: "Cleo", DeviceID: d.ID}); got.DeviceName != "Cleo 2" {
			b.t.Errorf("got %q, want Cleo 2", got.DeviceName)
		}
	})
}

func TestNameTemplate(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.coax()
		set, version, err := b.store.Settings(b.ctx())
		if err != nil {
			b.t.Fatal(err)
		}
		set.NameTemplate = "{id}-{description}"
		if _, _, err := b.orders.UpdateSettings(b.ctx(), anna, set, version); err != nil {
			b.t.Fatal(err)
		}
		s := b.create(gam.Subscriber{Name: "Anna", Description: "Unit 4", DeviceID: d.ID})
		if want := fmt.Sprintf("%d-Unit 4", s.ID); s.DeviceName != want {
			b.t.Errorf("got %q, want %q", s.DeviceName, want)
		}
		s = must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{Description: ptr("Unit 5")}))
		if want := fmt.Sprintf("%d-Unit 5", s.ID); s.DeviceName != want {
			b.t.Errorf("after a move of unit: %q, want %q", s.DeviceName, want)
		}
		s = must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{DeviceName: ptr("by hand")}))
		s = must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{Description: ptr("Unit 6")}))
		if s.DeviceName != "by hand" {
			b.t.Errorf("a name given by hand became %q", s.DeviceName)
		}
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.copper(), b.plan("gold", 500, 50)
		first := b.create(gam.Subscriber{Name: "first", DeviceID: d.ID, Port: 1, EndpointMAC: mac(1), PlanID: p.ID})
		ok := gam.Subscriber{Name: "second", DeviceID: d.ID, Port: 2, EndpointMAC: mac(2), PlanID: p.ID}
		for _, c := range []struct {
			field, code string
			names       []string
			change      func(s *gam.Subscriber)
		}{
			{"name", "name_empty", nil, func(s *gam.Subscriber) { s.Name = " \x00" }},
			{"name", "name_too_long", nil, func(s *gam.Subscriber) { s.Name = strings.Repeat("x", 128) }},
			{"device_id", "device_unknown", []string{"404"}, func(s *gam.Subscriber) { s.DeviceID = 404 }},
			{"plan_id", "plan_unknown", []string{"404"}, func(s *gam.Subscriber) { s.PlanID = 404 }},
			{"port", "port_out_of_range", []string{"12"}, func(s *gam.Subscriber) { s.Port = 13 }},
			{"port", "port_full", []string{"port 1", "copper"}, func(s *gam.Subscriber) { s.Port = 1 }},
			{"endpoint_mac", "endpoint_in_use", []string{"first", "subscriber"}, func(s *gam.Subscriber) { s.EndpointMAC = mac(1) }},
			{"endpoint_mac", "not_an_endpoint", nil, func(s *gam.Subscriber) { s.EndpointMAC = gam.MustMAC("ff:ff:ff:ff:ff:ff") }},
			{"vlan_id", "vlan_outside_operator_range", []string{"100", "4000"}, func(s *gam.Subscriber) { s.VLANID = 50 }},
			{"vlan_id", "vlan_reserved", []string{"3841"}, func(s *gam.Subscriber) { s.VLANID = 3841 }},
			{"vlan_id", "vlan_out_of_range", []string{"4094"}, func(s *gam.Subscriber) { s.VLANID = 4094 }},
			{"port2_vlan_id", "port2_vlan_same", []string{"200"}, func(s *gam.Subscriber) { s.VLANID, s.Port2VLANID = 200, 200 }},
			{"remapped_vlan_id", "vlan_out_of_range", nil, func(s *gam.Subscriber) { s.RemappedVLANID = 2 }},
			{"allowed_vlans", "too_many_allowed_vlans", []string{"12"}, func(s *gam.Subscriber) {
				for v := range 13 {
					s.AllowedVLANs = append(s.AllowedVLANs, 500+v)
				}
			}},
			{"allowed_vlans", "trunk_has_no_list", nil, func(s *gam.Subscriber) { s.Trunk, s.AllowedVLANs = true, []int{500} }},
			{"double_tag.nni", "nni_out_of_range", []string{"10G 1/3"}, func(s *gam.Subscriber) { s.DoubleTag = &gam.DoubleTag{OuterVLANID: 20, NNI: 3} }},
			{"tagging", "tagging", nil, func(s *gam.Subscriber) { s.Tagging = "both" }},
			{"device_name", "name_too_long", nil, func(s *gam.Subscriber) { s.DeviceName = strings.Repeat("x", 32) }},
			{"status", "status", nil, func(s *gam.Subscriber) { s.Status = gam.SubEnded }},
		} {
			s := ok
			c.change(&s)
			before := b.rev(d.ID)
			_, err := b.orders.CreateSubscriber(b.ctx(), anna, s)
			b.refused(err, c.field, c.code, c.names...)
			if b.rev(d.ID) != before {
				b.t.Errorf("%s/%s: a refused order raised the revision", c.field, c.code)
			}
		}
		// All mistakes at once.
		_, err := b.orders.CreateSubscriber(b.ctx(), anna, gam.Subscriber{DeviceID: 404, VLANID: 1, PlanID: 404})
		if bad, is := asInvalid(err); !is || len(bad.Fields) != 4 {
			b.t.Errorf("got %v, want name, device_id, plan_id and vlan_id refused", err)
		}
		all := must[store.Page[gam.Subscriber]](b.t)(b.store.Subscribers(b.ctx(), store.ListQuery{}))
		if all.Total != 1 || all.Items[0].ID != first.ID {
			b.t.Errorf("%d subscribers, want the first alone", all.Total)
		}
	})
}

func TestSeventeenthEndpointOnACoaxPort(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.coax(), b.plan("gold", 500, 50)
		seen := map[gam.MAC]int{}
		for i := range 17 {
			seen[mac(i)] = 4
		}
		b.see(d.ID, seen)
		for i := range 8 { // half of them ordered for the port, half just seen there
			b.create(gam.Subscriber{Name: "given", DeviceID: d.ID, Port: 4, EndpointMAC: mac(i), PlanID: p.ID})
		}
		for i := 8; i < 16; i++ {
			b.create(gam.Subscriber{Name: "seen", EndpointMAC: mac(i), PlanID: p.ID})
		}
		_, err := b.orders.CreateSubscriber(b.ctx(), anna, gam.Subscriber{Name: "17th", EndpointMAC: mac(16), PlanID: p.ID})
		b.refused(err, "port", "port_full", "port 4", "17")
		// One that ended makes room.
		page := must[store.Page[gam.Subscriber]](b.t)(b.store.Subscribers(b.ctx(), store.ListQuery{Where: map[string]string{"endpoint_mac": mac(8).String()}}))
		if _, err := b.orders.End(b.ctx(), anna, page.Items[0].ID); err != nil {
			b.t.Fatal(err)
		}
		b.create(gam.Subscriber{Name: "17th", EndpointMAC: mac(16), PlanID: p.ID})
	})
}

func TestPortAware(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.device("ports", "GAM-12-M", gam.PortAware, 0), b.plan("gold", 500, 50)
		one := b.create(gam.Subscriber{Name: "one", DeviceID: d.ID, Port: 5, PlanID: p.ID})
		if one.Status != gam.SubActive {
			b.t.Errorf("a port is place enough, but it is %s", one.Status)
		}
		_, err := b.orders.CreateSubscriber(b.ctx(), anna, gam.Subscriber{Name: "two", DeviceID: d.ID, Port: 5, PlanID: p.ID})
		b.refused(err, "port", "port_in_use", "port 5", "one")
		if got := b.create(gam.Subscriber{Name: "three", DeviceID: d.ID, PlanID: p.ID}); got.Status != gam.SubPending {
			b.t.Errorf("without a port: %s, want pending", got.Status)
		}
		b.see(d.ID, map[gam.MAC]int{mac(6): 6})
		if got := b.create(gam.Subscriber{Name: "four", EndpointMAC: mac(6), PlanID: p.ID}); got.Port != 6 || got.Status != gam.SubActive {
			b.t.Errorf("got port %d, %s; want the port where the endpoint was seen", got.Port, got.Status)
		}
	})
}

func TestVLANPolicies(t *testing.T) {
	each(t, func(b *bundle) {
		site := gam.Site{Name: "Mill", VLANPolicy: &gam.VLANPolicy{Mode: gam.VLANUnique, Range: gam.VLANRange{First: 300, Last: 302}}}
		if err := b.store.AddSite(b.ctx(), &site); err != nil {
			b.t.Fatal(err)
		}
		shared := gam.Site{Name: "Shared", VLANPolicy: &gam.VLANPolicy{Mode: gam.VLANShared, Shared: 700}}
		if err := b.store.AddSite(b.ctx(), &shared); err != nil {
			b.t.Fatal(err)
		}
		d1 := b.device("m1", "GAM-12-M", gam.EndpointAware, site.ID)
		d2 := b.device("m2", "GAM-12-M", gam.EndpointAware, site.ID)
		other := b.device("s1", "GAM-12-M", gam.EndpointAware, shared.ID)
		// Seen on a device of the site, so not free.
		if err := b.store.SaveConfig(b.ctx(), d2.ID, gam.Config{Services: []gam.Service{{Name: "old", VLAN: 301}}}, now()); err != nil {
			b.t.Fatal(err)
		}
		var got []int
		for _, d := range []gam.DeviceID{d1.ID, d2.ID, other.ID, other.ID} {
			got = append(got, b.create(gam.Subscriber{Name: "s", DeviceID: d}).VLANID)
		}
		if want := []int{300, 302, 700, 700}; !slices.Equal(got, want) {
			b.t.Errorf("VLANs %v, want %v", got, want)
		}
		_, err := b.orders.CreateSubscriber(b.ctx(), anna, gam.Subscriber{Name: "s", DeviceID: d1.ID})
		b.refused(err, "vlan_id", "vlan_range_exhausted", "300 to 302", "site Mill", "widen")
		// A VLAN that is given is taken as given.
		if s := b.create(gam.Subscriber{Name: "given", DeviceID: d1.ID, VLANID: 300}); s.VLANID != 300 || s.VLANAllocated {
			b.t.Errorf("given VLAN: %+v", s)
		}
	})
}

func TestConcurrentOrdersGetDifferentVLANs(t *testing.T) {
	each(t, func(b *bundle) {
		site := gam.Site{Name: "Mill"}
		if err := b.store.AddSite(b.ctx(), &site); err != nil {
			b.t.Fatal(err)
		}
		d1 := b.device("m1", "GAM-24-C", gam.EndpointAware, site.ID)
		d2 := b.device("m2", "GAM-24-C", gam.EndpointAware, site.ID)
		const orderers, each = 4, 8
		var mu sync.Mutex
		vlans, names := map[int]int{}, map[string]int{}
		var wg sync.WaitGroup
		for w := range orderers {
			wg.Go(func() {
				for i := range each {
					d := []gam.DeviceID{d1.ID, d2.ID}[(w+i)%2]
					s, err := b.orders.CreateSubscriber(b.ctx(), anna, gam.Subscriber{Name: "same", DeviceID: d, EndpointMAC: mac(100*w + i)})
					if err != nil {
						b.t.Error(err)
						return
					}
					mu.Lock()
					vlans[s.VLANID]++
					names[fmt.Sprint(d, s.DeviceName)]++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(vlans) != orderers*each || len(names) != orderers*each {
			b.t.Errorf("%d VLANs and %d names for %d orders: %v", len(vlans), len(names), orderers*each, vlans)
		}
	})
}

func TestTwoPeopleEdit(t *testing.T) {
	each(t, func(b *bundle) {
		s := b.create(gam.Subscriber{Name: "Anna"})
		first := must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{Version: s.Version, Notes: ptr("one")}))
		if first.Version != s.Version+1 || first.Notes != "one" {
			b.t.Errorf("got %+v", first)
		}
		_, err := b.orders.UpdateSubscriber(b.ctx(), "user:ben", s.ID, SubscriberPatch{Version: s.Version, Notes: ptr("two")})
		wantErr(b.t, err, gam.ErrStale)
		_, err = b.orders.UpdateSubscriber(b.ctx(), anna, 404, SubscriberPatch{})
		wantErr(b.t, err, gam.ErrNotFound)
	})
}

func TestAChangeOfNothingWritesNothing(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.copper()
		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, AllowedVLANs: []int{200}})
		b.quiet()
		rev := b.rev(d.ID)
		got := must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{
			Name: ptr("Anna"), VLANID: &s.VLANID, AllowedVLANs: &[]int{200}}))
		if got.Version != s.Version || !got.VLANAllocated || b.rev(d.ID) != rev || len(b.waiting(d.ID)) != 0 {
			b.t.Errorf("got version %d and revision %d, want %d and %d", got.Version, b.rev(d.ID), s.Version, rev)
		}
		// Notes are people's business, not the device's.
		got = must[gam.Subscriber](b.t)(b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{Notes: ptr("calls often")}))
		if got.Version != s.Version+1 || b.rev(d.ID) != rev || len(b.waiting(d.ID)) != 0 {
			b.t.Errorf("notes raised the revision from %d to %d", rev, b.rev(d.ID))
		}
	})
}

func TestValuesOutsideANarrowedRangeStay(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.copper()
		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, VLANID: 150})
		set, version, err := b.store.Settings(b.ctx())
		if err != nil {
			b.t.Fatal(err)
		}
		set.SubscriberVLANs = gam.VLANRange{First: 1000, Last: 2000}
		set.VLANPolicy.Range = set.SubscriberVLANs
		if _, _, err := b.orders.UpdateSettings(b.ctx(), anna, set, version); err != nil {
			b.t.Fatal(err)
		}
		if _, err := b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{Name: ptr("Anne")}); err != nil {
			b.t.Errorf("a rename is refused for the old VLAN: %v", err)
		}
		_, err = b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{VLANID: ptr(151)})
		b.refused(err, "vlan_id", "vlan_outside_operator_range", "1000")
	})
}

func TestOrderAndJobAreOne(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.copper()
		b.quiet()
		ctx, cancel := context.WithCancel(b.ctx())
		cancel()
		if _, err := b.orders.CreateSubscriber(ctx, anna, gam.Subscriber{Name: "Anna", DeviceID: d.ID}); err == nil {
			b.t.Error("an order with an ended context was taken")
		}
		all := must[store.Page[gam.Subscriber]](b.t)(b.store.Subscribers(b.ctx(), store.ListQuery{}))
		if all.Total != 0 || len(b.waiting(d.ID)) != 0 {
			b.t.Errorf("%d subscribers and jobs %v are left of it", all.Total, b.waiting(d.ID))
		}
	})
}
