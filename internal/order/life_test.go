package order

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/store"
)

func TestSuspendResumeEnd(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.copper(), b.plan("gold", 500, 50)
		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, EndpointMAC: mac(1), PlanID: p.ID})
		for _, step := range []struct {
			name string
			do   func(context.Context, string, gam.SubscriberID) (gam.Subscriber, error)
			want gam.SubscriberStatus
		}{
			{"resume of an active one", b.orders.Resume, gam.SubActive},
			{"suspend", b.orders.Suspend, gam.SubSuspended},
			{"suspend again", b.orders.Suspend, gam.SubSuspended},
			{"resume", b.orders.Resume, gam.SubActive},
			{"resume again", b.orders.Resume, gam.SubActive},
			{"end", b.orders.End, gam.SubEnded},
			{"end again", b.orders.End, gam.SubEnded},
		} {
			before := must[gam.Subscriber](b.t)(b.store.Subscriber(b.ctx(), s.ID))
			b.quiet()
			rev := b.rev(d.ID)
			got := must[gam.Subscriber](b.t)(step.do(b.ctx(), anna, s.ID))
			changed := got.Status != before.Status
			if got.Status != step.want || changed != (got.Version != before.Version) || changed != (b.rev(d.ID) != rev) || changed != (len(b.waiting(d.ID)) == 1) {
				b.t.Errorf("%s: %s at version %d (was %d), revision %d (was %d), jobs %v", step.name,
					got.Status, got.Version, before.Version, b.rev(d.ID), rev, b.waiting(d.ID))
			}
		}
		// What has ended stays so, and is in nobody's way.
		for _, err := range []error{
			second(b.orders.Suspend(b.ctx(), anna, s.ID)),
			second(b.orders.Resume(b.ctx(), anna, s.ID)),
			second(b.orders.UpdateSubscriber(b.ctx(), anna, s.ID, SubscriberPatch{Name: ptr("x")})),
			second(b.orders.Move(b.ctx(), anna, s.ID, Place{Port: ptr(2)})),
			second(b.orders.ReplaceEndpoint(b.ctx(), anna, s.ID, mac(9))),
		} {
			wantErr(b.t, err, gam.ErrConflict)
		}
		again := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, EndpointMAC: mac(1), PlanID: p.ID})
		if again.DeviceName != "Anna" || again.VLANID != s.VLANID {
			b.t.Errorf("name %q and VLAN %d are not free again", again.DeviceName, again.VLANID)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestMove(t *testing.T) {
	each(t, func(b *bundle) {
		site := gam.Site{Name: "Mill", VLANPolicy: &gam.VLANPolicy{Mode: gam.VLANUnique, Range: gam.VLANRange{First: 300, Last: 310}}}
		if err := b.store.AddSite(b.ctx(), &site); err != nil {
			b.t.Fatal(err)
		}
		p := b.plan("gold", 500, 50)
		d1, d2 := b.copper(), b.device("annex", "GAM-12-M", gam.EndpointAware, site.ID)
		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d1.ID, Port: 3, EndpointMAC: mac(1), PlanID: p.ID})
		b.create(gam.Subscriber{Name: "Anna", DeviceID: d2.ID, EndpointMAC: mac(2), PlanID: p.ID})
		b.quiet()
		r1, r2 := b.rev(d1.ID), b.rev(d2.ID)
		got := must[gam.Subscriber](b.t)(b.orders.Move(b.ctx(), anna, s.ID, Place{DeviceID: &d2.ID}))
		if got.DeviceID != d2.ID || got.Port != 0 || got.EndpointMAC != mac(1) || got.DeviceName != "Anna 2" || got.VLANID != 301 {
			b.t.Errorf("moved: %+v, want the endpoint kept, the port forgotten, a free name and a VLAN of the site", got)
		}
		if b.rev(d1.ID) != r1+1 || b.rev(d2.ID) != r2+1 {
			b.t.Errorf("revisions %d and %d, want %d and %d", b.rev(d1.ID), b.rev(d2.ID), r1+1, r2+1)
		}
		for _, d := range []gam.DeviceID{d1.ID, d2.ID} {
			if k := b.waiting(d); !slices.Equal(k, []string{jobs.KindReconcileDevice}) {
				b.t.Errorf("jobs of device %d: %v", d, k)
			}
		}
		// To another port, nothing else.
		got = must[gam.Subscriber](b.t)(b.orders.Move(b.ctx(), anna, s.ID, Place{Port: ptr(7)}))
		if got.Port != 7 || got.EndpointMAC != mac(1) || got.VLANID != 301 {
			b.t.Errorf("moved to port 7: %+v", got)
		}
		// To an endpoint that was seen on the first device.
		b.see(d1.ID, map[gam.MAC]int{mac(5): 9})
		got = must[gam.Subscriber](b.t)(b.orders.Move(b.ctx(), anna, s.ID, Place{EndpointMAC: ptr(mac(5))}))
		if got.DeviceID != d1.ID || got.Port != 0 || got.VLANID != 301 {
			b.t.Errorf("moved to endpoint: %+v, want it on %d with its VLAN, which is free there", got, d1.ID)
		}
		_, err := b.orders.Move(b.ctx(), anna, s.ID, Place{Version: 1, Port: ptr(2)})
		wantErr(b.t, err, gam.ErrStale)
	})
}

func TestReplaceEndpoint(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.copper(), b.plan("gold", 500, 50)
		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, Port: 3, EndpointMAC: mac(1), PlanID: p.ID})
		other := b.create(gam.Subscriber{Name: "Ben", DeviceID: d.ID, Port: 4, EndpointMAC: mac(2), PlanID: p.ID})
		got := must[gam.Subscriber](b.t)(b.orders.ReplaceEndpoint(b.ctx(), anna, s.ID, mac(11)))
		if got.EndpointMAC != mac(11) || got.Port != 3 || got.VLANID != s.VLANID || got.DeviceName != s.DeviceName {
			b.t.Errorf("replaced: %+v, want only the endpoint changed", got)
		}
		b.see(d.ID, map[gam.MAC]int{mac(12): 5})
		if got = must[gam.Subscriber](b.t)(b.orders.ReplaceEndpoint(b.ctx(), anna, s.ID, mac(12))); got.Port != 5 {
			b.t.Errorf("replaced by one on port 5: port %d", got.Port)
		}
		_, err := b.orders.ReplaceEndpoint(b.ctx(), anna, s.ID, other.EndpointMAC)
		b.refused(err, "endpoint_mac", "endpoint_in_use", "Ben")
		_, err = b.orders.ReplaceEndpoint(b.ctx(), anna, s.ID, gam.MAC{})
		b.refused(err, "endpoint_mac", "endpoint_needed")
	})
}

func TestSwap(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.copper(), b.plan("gold", 500, 50)
		x := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, Port: 3, EndpointMAC: mac(1), PlanID: p.ID})
		y := b.create(gam.Subscriber{Name: "Ben", DeviceID: d.ID, Port: 4, EndpointMAC: mac(2), PlanID: p.ID})
		b.quiet()
		x2, y2, err := b.orders.Swap(b.ctx(), anna, x.ID, y.ID)
		if err != nil {
			b.t.Fatal(err)
		}
		if x2.EndpointMAC != mac(2) || x2.Port != 4 || y2.EndpointMAC != mac(1) || y2.Port != 3 {
			b.t.Errorf("swapped: %+v and %+v", x2, y2)
		}
		if x2.VLANID != x.VLANID || x2.DeviceName != "Anna" || x2.Status != gam.SubActive || y2.DeviceName != "Ben" {
			b.t.Errorf("more than the places was swapped: %+v and %+v", x2, y2)
		}
		if len(b.waiting(d.ID)) != 1 {
			b.t.Errorf("jobs %v, want one", b.waiting(d.ID))
		}
		_, _, err = b.orders.Swap(b.ctx(), anna, x.ID, x.ID)
		b.refused(err, "with", "same_subscriber")
	})
}

func TestPlans(t *testing.T) {
	each(t, func(b *bundle) {
		d, other := b.copper(), b.coax()
		p := b.plan("gold", 500, 50)
		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, EndpointMAC: mac(1), PlanID: p.ID})
		b.quiet()
		r1, r2 := b.rev(d.ID), b.rev(other.ID)
		// A description is no device's business, a rate is.
		p = must[gam.Plan](b.t)(b.orders.UpdatePlan(b.ctx(), anna, p.ID, PlanPatch{Version: p.Version, Description: ptr("best")}))
		if b.rev(d.ID) != r1 {
			b.t.Error("a description raised the revision")
		}
		updated := must[gam.Plan](b.t)(b.orders.UpdatePlan(b.ctx(), anna, p.ID, PlanPatch{Version: p.Version, UpstreamMbps: ptr[*int](nil)}))
		if updated.UpstreamMbps != nil || *updated.DownstreamMbps != 500 || updated.Version != p.Version+1 {
			b.t.Errorf("got %+v", updated)
		}
		if b.rev(d.ID) != r1+1 || b.rev(other.ID) != r2 || len(b.waiting(d.ID)) != 1 || len(b.waiting(other.ID)) != 0 {
			b.t.Errorf("revisions %d and %d, want %d and %d", b.rev(d.ID), b.rev(other.ID), r1+1, r2)
		}
		_, err := b.orders.UpdatePlan(b.ctx(), anna, p.ID, PlanPatch{Version: p.Version, Name: ptr("x")})
		wantErr(b.t, err, gam.ErrStale)
		_, err = b.orders.CreatePlan(b.ctx(), anna, gam.Plan{Name: "gold"})
		b.refused(err, "name", "name_taken", "gold")
		_, err = b.orders.CreatePlan(b.ctx(), anna, gam.Plan{Name: "slow", DownstreamMbps: ptr(9)})
		b.refused(err, "downstream_mbps", "rate_out_of_range", "10", "1999")
		_, err = b.orders.UpdatePlan(b.ctx(), anna, p.ID, PlanPatch{OverheadPercent: ptr(31)})
		b.refused(err, "overhead_percent", "overhead_out_of_range", "30")
		wantErr(b.t, b.orders.DeletePlan(b.ctx(), anna, p.ID), gam.ErrConflict)
		if _, err := b.orders.End(b.ctx(), anna, s.ID); err != nil {
			b.t.Fatal(err)
		}
		if err := b.orders.DeletePlan(b.ctx(), anna, p.ID); err != nil {
			b.t.Errorf("an unused plan stays: %v", err)
		}
		if a := b.lastAudit(); a.Action != "plan.delete" {
			b.t.Errorf("audit %+v", a)
		}
		wantErr(b.t, b.orders.DeletePlan(b.ctx(), anna, p.ID), gam.ErrNotFound)
	})
}

func TestSettingsReachTheSuspended(t *testing.T) {
	each(t, func(b *bundle) {
		d, other := b.copper(), b.coax()
		p, slow := b.plan("gold", 500, 50), b.plan("slow", 10, 10)
		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, EndpointMAC: mac(1), PlanID: p.ID})
		if _, err := b.orders.Suspend(b.ctx(), anna, s.ID); err != nil {
			b.t.Fatal(err)
		}
		r1, r2 := b.rev(d.ID), b.rev(other.ID)
		set, version, err := b.store.Settings(b.ctx())
		if err != nil {
			b.t.Fatal(err)
		}
		set.SuspendPolicy, set.SlowPlanID = gam.SuspendSlow, 404
		_, _, err = b.orders.UpdateSettings(b.ctx(), anna, set, version)
		b.refused(err, "slow_plan_id", "plan_unknown", "404")
		set.SlowPlanID = slow.ID
		if _, _, err = b.orders.UpdateSettings(b.ctx(), anna, set, version); err != nil {
			b.t.Fatal(err)
		}
		if b.rev(d.ID) != r1+1 || b.rev(other.ID) != r2 {
			b.t.Errorf("revisions %d and %d, want %d and %d", b.rev(d.ID), b.rev(other.ID), r1+1, r2)
		}
		if _, err := b.orders.UpdatePlan(b.ctx(), anna, slow.ID, PlanPatch{DownstreamMbps: ptr(ptr(20))}); err != nil {
			b.t.Fatal(err)
		}
		if b.rev(d.ID) != r1+2 {
			b.t.Error("a change of the slow plan does not reach the suspended")
		}
		_, _, err = b.orders.UpdateSettings(b.ctx(), anna, set, version)
		wantErr(b.t, err, gam.ErrStale)
		wantErr(b.t, b.orders.DeletePlan(b.ctx(), anna, slow.ID), gam.ErrConflict)
	})
}

func TestDevices(t *testing.T) {
	each(t, func(b *bundle) {
		const bait = "bait-7f3a"
		d := must[gam.Device](b.t)(b.orders.AddDevice(b.ctx(), anna, gam.Device{
			Name: "tower", Address: "gam.example.net:8080",
			Access: gam.Access{JSONRPC: gam.JSONRPCAccess{Username: "admin", Password: gam.NewSecret(bait)}},
		}))
		if d.Mode != gam.ModeManage || d.Status != gam.StatusUnknown || d.ID == 0 {
			b.t.Errorf("got %+v", d)
		}
		if k := b.waiting(d.ID); !slices.Equal(k, []string{jobs.KindReadDevice}) {
			b.t.Errorf("jobs %v, want a read at once", k)
		}
		for _, c := range []struct {
			field, code string
			in          gam.Device
		}{
			{"name", "name_empty", gam.Device{Address: "192.0.2.1"}},
			{"name", "name_taken", gam.Device{Name: "tower", Address: "192.0.2.1"}},
			{"address", "address", gam.Device{Name: "x"}},
			{"address", "address", gam.Device{Name: "x", Address: "http://192.0.2.1"}},
			{"address", "address", gam.Device{Name: "x", Address: "host:0"}},
			{"mode", "mode", gam.Device{Name: "x", Address: "192.0.2.1", Mode: "auto"}},
			{"site_id", "site_unknown", gam.Device{Name: "x", Address: "2001:db8::1", SiteID: 9}},
			{"access.jsonrpc.url", "url", gam.Device{Name: "x", Address: "[2001:db8::1]:80", Access: gam.Access{JSONRPC: gam.JSONRPCAccess{URL: "http://u:p@host"}}}},
			{"access.provision_via", "via", gam.Device{Name: "x", Address: "192.0.2.1", Access: gam.Access{ProvisionVia: gam.ViaSNMP}}},
			{"access.ssh.port", "port", gam.Device{Name: "x", Address: "192.0.2.1", Access: gam.Access{SSH: gam.SSHAccess{Port: 70000}}}},
		} {
			_, err := b.orders.AddDevice(b.ctx(), anna, c.in)
			b.refused(err, c.field, c.code)
		}
		b.quiet()
		// A new mode is work for the pass, new access for the reader.
		d = must[gam.Device](b.t)(b.orders.UpdateDevice(b.ctx(), anna, d.ID, DevicePatch{Version: d.Version, Mode: ptr(gam.ModeWatch)}))
		if k := b.waiting(d.ID); !slices.Equal(k, []string{jobs.KindReconcileDevice}) || d.Mode != gam.ModeWatch {
			b.t.Errorf("mode %s, jobs %v", d.Mode, k)
		}
		b.quiet()
		access := d.Access
		access.JSONRPC.Username, access.JSONRPC.Password = "root", gam.Secret{}
		d = must[gam.Device](b.t)(b.orders.UpdateDevice(b.ctx(), anna, d.ID, DevicePatch{Access: &access}))
		if d.Access.JSONRPC.Username != "root" || d.Access.JSONRPC.Password.Reveal() != bait {
			b.t.Error("an empty secret did not keep the stored one")
		}
		if !slices.Contains(b.waiting(d.ID), jobs.KindReadDevice) {
			b.t.Errorf("jobs %v, want a read", b.waiting(d.ID))
		}
		_, err := b.orders.UpdateDevice(b.ctx(), anna, d.ID, DevicePatch{Version: 1, Notes: ptr("x")})
		wantErr(b.t, err, gam.ErrStale)

		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID})
		wantErr(b.t, b.orders.DeleteDevice(b.ctx(), anna, d.ID), gam.ErrConflict)
		if _, err := b.orders.End(b.ctx(), anna, s.ID); err != nil {
			b.t.Fatal(err)
		}
		if err := b.orders.DeleteDevice(b.ctx(), anna, d.ID); err != nil {
			b.t.Errorf("an empty device stays: %v", err)
		}
		wantErr(b.t, b.orders.DeleteDevice(b.ctx(), anna, d.ID), gam.ErrNotFound)

		trail := must[store.Page[store.Audit]](b.t)(b.store.Audits(b.ctx(), store.ListQuery{Limit: store.MaxLimit}))
		for _, a := range trail.Items {
			if strings.Contains(a.Action+a.Object+a.Detail, bait) {
				b.t.Errorf("a credential is in the audit trail: %+v", a)
			}
		}
	})
}

func TestApplyReadApprove(t *testing.T) {
	each(t, func(b *bundle) {
		d := b.copper()
		for _, c := range []struct {
			do     func() (gam.Device, error)
			action string
			job    string
		}{
			{func() (gam.Device, error) { return b.orders.Apply(b.ctx(), anna, d.ID) }, "device.apply", jobs.KindReconcileDevice},
			{func() (gam.Device, error) { return b.orders.Read(b.ctx(), anna, d.ID) }, "device.read", jobs.KindReadDevice},
			{func() (gam.Device, error) { return b.orders.ApprovePlan(b.ctx(), anna, d.ID, "abc123") }, "device.approve", jobs.KindReconcileDevice},
		} {
			b.quiet()
			got := must[gam.Device](b.t)(c.do())
			if k := b.waiting(d.ID); !slices.Equal(k, []string{c.job}) || b.lastAudit().Action != c.action || got.ID != d.ID {
				b.t.Errorf("%s: jobs %v, audit %+v", c.action, k, b.lastAudit())
			}
		}
		if got := must[gam.Device](b.t)(b.store.Device(b.ctx(), d.ID)); got.ApprovedPlan != "abc123" {
			b.t.Errorf("approved %q", got.ApprovedPlan)
		}
		_, err := b.orders.ApprovePlan(b.ctx(), anna, d.ID, " ")
		b.refused(err, "fingerprint", "fingerprint_needed")
		_, err = b.orders.Apply(b.ctx(), anna, 404)
		wantErr(b.t, err, gam.ErrNotFound)
	})
}
