package order

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
)

// brownfield is a device that somebody has provisioned before us.
func brownfield() gam.Config {
	return gam.Config{
		SubscriberModel: gam.EndpointAware,
		Profiles: []gam.Profile{
			{ID: 1, Name: "Unthrottled"},
			{ID: 2, Name: "535/54", Rate: gam.Rate{DownMbps: 535, UpMbps: 54}},
			{ID: 3, Name: "300/30", Rate: gam.Rate{DownMbps: 300, UpMbps: 30}},
			{ID: 4, Name: "fast", Rate: gam.Rate{DownMbps: 1500, UpMbps: 1500}},
		},
		Endpoints: []gam.Endpoint{
			{ID: 1, MAC: mac(1), Name: "unit 1", Port: 1},
			{ID: 2, MAC: mac(2), Name: "unit 2", AutoPort: true},
			{ID: 3, MAC: mac(3), Name: "unit 3", Port: 3},
			{ID: 4, MAC: mac(4), Name: "unit 4", Port: 4},
			{ID: 5, MAC: mac(5), Name: "unit 5", Port: 5},
		},
		Services: []gam.Service{
			{ID: 11, Name: "Anna", Description: "Unit 1", EndpointName: "unit 1", EndpointMAC: mac(1), ProfileName: "535/54", VLAN: 50, PoE: gam.PoEEnable},
			{ID: 12, Name: "Ben", EndpointName: "unit 2", EndpointMAC: mac(2), ProfileName: "300/30", VLAN: 201, Tagged: true,
				AllowedVLANs: []int{210, 211}, DoubleTag: true, OuterVLAN: 1000, NNI: 1},
			{ID: 13, Name: "Cleo", EndpointName: "unit 3", EndpointMAC: mac(3), VLAN: 202, Port2VLAN: 203},
			{ID: 14, Name: "Dan", EndpointName: "unit 4", EndpointMAC: mac(4), ProfileName: "fast", VLAN: 204},
			{ID: 15, Name: "Eve", VLAN: 205},
			{ID: 16, Name: "Fay", EndpointName: "unit 5", EndpointMAC: mac(5), ProfileName: "300/30", VLAN: 206},
		},
	}
}

func (b *bundle) found(d gam.DeviceID, c gam.Config) {
	b.t.Helper()
	if err := b.store.SaveConfig(b.ctx(), d, c, now()); err != nil {
		b.t.Fatal(err)
	}
}

func results(all []Adopted) map[string]error {
	m := map[string]error{}
	for _, a := range all {
		m[a.Key] = a.Err
	}
	return m
}

func (b *bundle) named(d gam.DeviceID, name string) gam.Subscriber {
	b.t.Helper()
	for _, s := range must[[]gam.Subscriber](b.t)(b.store.SubscribersOf(b.ctx(), d)) {
		if s.DeviceName == name {
			return s
		}
	}
	b.t.Fatalf("nobody on device %d is called %q", d, name)
	return gam.Subscriber{}
}

func TestAdopt(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.copper()
		_, err := b.orders.Adopt(b.ctx(), anna, d.ID)
		wantErr(b.t, err, gam.ErrNotFound) // never read
		gold := b.plan("gold", 500, 50)    // with 7 % overhead: 535/54
		b.found(d.ID, brownfield())
		b.quiet()
		rev := b.rev(d.ID)

		got := must[[]Adopted](b.t)(b.orders.Adopt(b.ctx(), anna, d.ID, "Anna", "Ben", "Cleo", "Dan", "Eve", "Ghost"))
		res := results(got)
		for _, ok := range []string{"Anna", "Ben", "Cleo"} {
			if res[ok] != nil {
				b.t.Errorf("%s: %v", ok, res[ok])
			}
		}
		b.refused(res["Dan"], "plan_id", "rate_not_a_plan", "1500")
		b.refused(res["Eve"], "endpoint_mac", "no_endpoint", "Eve")
		wantErr(b.t, res["Ghost"], gam.ErrNotFound)
		if b.rev(d.ID) != rev+1 || !slices.Equal(b.waiting(d.ID), []string{jobs.KindReconcileDevice}) {
			b.t.Errorf("revision %d, jobs %v; want one pass", b.rev(d.ID), b.waiting(d.ID))
		}

		a := b.named(d.ID, "Anna")
		if a.PlanID != gold.ID || a.VLANID != 50 || a.VLANAllocated || a.Port != 1 || a.EndpointMAC != mac(1) || !a.PoE ||
			a.Description != "Unit 1" || a.Status != gam.SubActive || a.Tagging != gam.Untagged {
			b.t.Errorf("Anna: %+v", a)
		}
		n := b.named(d.ID, "Ben")
		plan := must[gam.Plan](b.t)(b.store.Plan(b.ctx(), n.PlanID))
		if plan.Name != "Adopted 300/30" || plan.OverheadPercent != 0 || plan.Rate(gam.Copper) != (gam.Rate{DownMbps: 300, UpMbps: 30}) {
			b.t.Errorf("Ben's plan: %+v", plan)
		}
		if n.Port != 0 || n.Tagging != gam.Tagged || !slices.Equal(n.AllowedVLANs, []int{210, 211}) || n.DoubleTag == nil || *n.DoubleTag != (gam.DoubleTag{OuterVLANID: 1000, NNI: 1}) {
			b.t.Errorf("Ben: %+v", n)
		}
		c := b.named(d.ID, "Cleo")
		if p := must[gam.Plan](b.t)(b.store.Plan(b.ctx(), c.PlanID)); p.Name != "Adopted unthrottled" || p.DownstreamMbps != nil || c.Port2VLANID != 203 {
			b.t.Errorf("Cleo: %+v with plan %+v", c, p)
		}

		// Ours, with what stands there as what we wrote. The profile that
		// Fay, whom we do not manage, uses too is not ours.
		want := map[string]gam.SubscriberID{
			"subscriber Anna": a.ID, "subscriber Ben": n.ID, "subscriber Cleo": c.ID,
			"endpoint " + mac(1).String(): a.ID, "endpoint " + mac(2).String(): n.ID, "endpoint " + mac(3).String(): c.ID,
			"profile 535/54": 0,
		}
		owned := map[string]gam.SubscriberID{}
		seen := brownfield()
		for _, o := range must[[]gam.Owned](b.t)(b.store.OwnedOf(b.ctx(), d.ID)) {
			owned[string(o.Kind)+" "+o.Key] = o.SubscriberID
			if o.Claimed || o.EntryID != o.Written.ID() {
				b.t.Errorf("%+v", o)
			}
			if o.Kind == gam.KindService {
				was, _ := seen.Service(o.Key)
				if diff := cmp.Diff(was, *o.Written.Service); diff != "" {
					b.t.Errorf("written is not what stands there: %s", diff)
				}
			}
		}
		if diff := cmp.Diff(want, owned); diff != "" {
			b.t.Errorf("ownership: %s", diff)
		}

		// The rest, without naming it: Fay now, and 300/30 with her.
		res = results(must[[]Adopted](b.t)(b.orders.Adopt(b.ctx(), anna, d.ID)))
		if len(res) != 3 || res["Fay"] != nil || res["Dan"] == nil || res["Eve"] == nil {
			b.t.Errorf("the rest: %v", res)
		}
		if f := b.named(d.ID, "Fay"); f.PlanID != n.PlanID {
			b.t.Errorf("Fay has plan %d, want Ben's %d", f.PlanID, n.PlanID)
		}
		if !slices.ContainsFunc(must[[]gam.Owned](b.t)(b.store.OwnedOf(b.ctx(), d.ID)), func(o gam.Owned) bool {
			return o.Kind == gam.KindProfile && o.Key == "300/30"
		}) {
			b.t.Error("profile 300/30 has only our users and is not ours")
		}
		wantErr(b.t, results(must[[]Adopted](b.t)(b.orders.Adopt(b.ctx(), anna, d.ID, "Anna")))["Anna"], gam.ErrConflict)

		// Adopted values outside the operator's range do not stop changes.
		if _, err := b.orders.UpdateSubscriber(b.ctx(), anna, a.ID, SubscriberPatch{Notes: ptr("x"), PlanID: &n.PlanID}); err != nil {
			b.t.Error(err)
		}
	})
}

func TestAdoptRefusesWhatIsOrderedAlready(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.copper()
		other := b.create(gam.Subscriber{Name: "Zed", EndpointMAC: mac(1)})
		b.create(gam.Subscriber{Name: "Ben", DeviceID: d.ID})
		b.found(d.ID, brownfield())
		res := results(must[[]Adopted](b.t)(b.orders.Adopt(b.ctx(), anna, d.ID, "Anna", "Ben", "Cleo")))
		b.refused(res["Anna"], "endpoint_mac", "endpoint_in_use", other.Name)
		b.refused(res["Ben"], "device_name", "device_name_taken", "Ben")
		if res["Cleo"] != nil {
			b.t.Errorf("Cleo is held up by the others: %v", res["Cleo"])
		}
		plans := must[[]gam.Plan](b.t)(b.store.AllPlans(b.ctx()))
		if len(plans) != 1 {
			b.t.Errorf("%d plans, want none made for the refused", len(plans))
		}
	})
}

func TestAdoptPortAware(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.device("ports", "GAM-12-M", gam.PortAware, 0)
		b.found(d.ID, gam.Config{SubscriberModel: gam.PortAware, Services: []gam.Service{{ID: 1, Name: "Anna", Port: 7, VLAN: 200}}})
		res := must[[]Adopted](b.t)(b.orders.Adopt(b.ctx(), anna, d.ID))
		if len(res) != 1 || res[0].Err != nil {
			b.t.Fatalf("%+v", res)
		}
		if s := b.named(d.ID, "Anna"); s.Port != 7 || !s.EndpointMAC.IsZero() || s.Status != gam.SubActive {
			b.t.Errorf("%+v", s)
		}
	})
}

func TestAcceptDrift(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.copper()
		b.plan("gold", 500, 50)
		c := brownfield()
		b.found(d.ID, c)
		b.adopted(b.orders.Adopt(b.ctx(), anna, d.ID, "Anna", "Ben", "Cleo", "Fay"))
		anna1, ben1, cleo1, fay1 := b.named(d.ID, "Anna"), b.named(d.ID, "Ben"), b.named(d.ID, "Cleo"), b.named(d.ID, "Fay")
		if got := must[[]Accepted](b.t)(b.orders.AcceptDrift(b.ctx(), anna, d.ID)); len(got) != 0 {
			b.t.Errorf("nothing has drifted, but %+v", got)
		}
		if _, err := b.orders.Suspend(b.ctx(), anna, fay1.ID); err != nil {
			b.t.Fatal(err)
		}

		c.Services[0].VLAN = 60 // Anna: VLAN, and the rate of her profile
		c.Profiles[1].Rate = gam.Rate{DownMbps: 600, UpMbps: 60}
		c.Endpoints[0].Port = 9                                   // and her endpoint's port
		c.Services[1].Name, c.Services[1].Tagged = "Benny", false // Ben: name and tagging
		c.Services[1].ProfileName = ""                            // and no limit any more
		c.Services[2] = c.Services[3]                             // Cleo: gone
		c.Services[5].VLAN = 999                                  // Fay is suspended
		b.found(d.ID, c)
		b.quiet()
		rev := b.rev(d.ID)
		got := must[[]Accepted](b.t)(b.orders.AcceptDrift(b.ctx(), anna, d.ID))
		byKey := map[string]Accepted{}
		for _, a := range got {
			byKey[string(a.Kind)+" "+a.Key] = a
		}
		check := func(key string, changed ...string) {
			b.t.Helper()
			a, ok := byKey[key]
			if !ok || a.Err != nil || !slices.Equal(a.Changed, changed) {
				b.t.Errorf("%s: %+v, want %v taken over", key, a, changed)
			}
		}
		check("subscriber Anna", "plan_id", "vlan_id")
		check("endpoint "+mac(1).String(), "port")
		check("subscriber Ben", "plan_id", "tagging", "device_name")
		check("profile 535/54")
		wantErr(b.t, byKey["subscriber Cleo"].Err, gam.ErrNotFound)
		b.refused(byKey["subscriber Fay"].Err, "status", "not_active", "suspended")

		a := b.named(d.ID, "Anna")
		if p := must[gam.Plan](b.t)(b.store.Plan(b.ctx(), a.PlanID)); a.ID != anna1.ID || a.VLANID != 60 || a.Port != 9 || p.Name != "Adopted 600/60" {
			b.t.Errorf("Anna: %+v with plan %q", a, p.Name)
		}
		n := b.named(d.ID, "Benny")
		if p := must[gam.Plan](b.t)(b.store.Plan(b.ctx(), n.PlanID)); n.ID != ben1.ID || n.Tagging != gam.Untagged || p.Name != "Adopted unthrottled" {
			b.t.Errorf("Benny: %+v with plan %q", n, p.Name)
		}
		if cl := must[gam.Subscriber](b.t)(b.store.Subscriber(b.ctx(), cleo1.ID)); cl.Status != gam.SubActive || cl.Version != cleo1.Version {
			b.t.Errorf("Cleo: %+v", cl)
		}
		owned := map[string]gam.Owned{}
		for _, o := range must[[]gam.Owned](b.t)(b.store.OwnedOf(b.ctx(), d.ID)) {
			owned[string(o.Kind)+" "+o.Key] = o
		}
		if o, ok := owned["subscriber Benny"]; !ok || o.Written.Service.Tagged || o.EntryID != 12 {
			b.t.Errorf("Benny's row: %+v", o)
		}
		if _, still := owned["subscriber Ben"]; still {
			b.t.Error("the old name is still ours")
		}
		if o := owned["profile 535/54"]; o.Written.Profile == nil || o.Written.Profile.DownMbps != 600 {
			b.t.Errorf("the profile's row: %+v", o)
		}
		if b.rev(d.ID) != rev+1 || len(b.waiting(d.ID)) != 1 {
			b.t.Errorf("revision %d (was %d), jobs %v", b.rev(d.ID), rev, b.waiting(d.ID))
		}
		if act := b.lastAudit().Action; act != "device.accept_drift" {
			b.t.Errorf("audit %s", act)
		}
	})
}

func (b *bundle) adopted(got []Adopted, err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, a := range got {
		if a.Err != nil {
			b.t.Fatalf("adopt %s: %v", a.Key, a.Err)
		}
	}
}

// A reading that caught a subscriber entry before its endpoint entry stood
// adopts nothing by half.
func TestAdoptRefusesATornReading(t *testing.T) {
	each(t, func(b *bundle) {
		d, c := b.coax(), brownfield()
		whole := c.Services[0]
		c.Endpoints = slices.DeleteFunc(c.Endpoints, func(e gam.Endpoint) bool { return e.Name == whole.EndpointName })
		b.found(d.ID, c)
		got, err := b.orders.Adopt(b.ctx(), anna, d.ID, whole.Name)
		if err != nil {
			b.t.Fatal(err)
		}
		bad, ok := asInvalid(results(got)[whole.Name])
		if !ok || bad.Fields[0].Code != "endpoint_unknown" {
			b.t.Errorf("adopted with %v, want endpoint_unknown", results(got)[whole.Name])
		}
		if owned := must[[]gam.Owned](b.t)(b.store.OwnedOf(b.ctx(), d.ID)); len(owned) != 0 {
			b.t.Errorf("%d entries are ours after a refusal", len(owned))
		}
	})
}
