package store_test

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func TestSearch(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		site := gam.Site{Name: "Tour Élysée", Address: "12 rue de la Paix"}
		must(t, st.AddSite(ctx, &site))
		d := gam.Device{Name: "gam-tower", Address: "10.1.2.3", SiteID: site.ID}
		d.Identity = gam.Identity{SerialNumber: "PSN004477", MACAddress: gam.MustMAC("000ED8AABBCC"), Model: "GAM-12-C"}
		must(t, st.AddDevice(ctx, &d))
		p := addPlan(t, st, "Gold 500")
		s := addSub(t, st, "Zoë Müller", func(s *gam.Subscriber) {
			s.DeviceID, s.VLANID, s.EndpointMAC, s.PlanID = d.ID, 2741, gam.MustMAC("000ED82011A4"), p.ID
			s.External = []gam.ExternalRef{{CustomerID: "CUST-9917", ServiceID: "SRV-1"}}
		})
		must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{{MAC: s.EndpointMAC, DetectedPort: 4, State: gam.EndpointOK}}, noon))

		sub := store.Hit{Kind: "subscriber", ID: "1", Title: "Zoë Müller", Detail: "00:0E:D8:20:11:A4 · VLAN 2741 · active", DeviceID: d.ID}
		dev := store.Hit{Kind: "device", ID: "1", Title: "gam-tower", Detail: "GAM-12-C · PSN004477 · 10.1.2.3", DeviceID: d.ID}
		end := store.Hit{Kind: "endpoint", ID: "00:0E:D8:20:11:A4", Title: "00:0E:D8:20:11:A4", Detail: "gam-tower · G.hn 1/4 · Zoë Müller · ok", DeviceID: d.ID}
		house := store.Hit{Kind: "site", ID: "1", Title: "Tour Élysée", Detail: "12 rue de la Paix"}
		plan := store.Hit{Kind: "plan", ID: "1", Title: "Gold 500"}
		for _, c := range []struct {
			q    string
			want []store.Hit
		}{
			{"00:0e:d8:20:11:a4", []store.Hit{sub, end}},
			{"000E.D820.11A4", []store.Hit{sub, end}},
			{"00 0E D8 20 11 A4", []store.Hit{sub, end}},
			{"2011a4", []store.Hit{sub, end}},
			{"20:11:A4", []store.Hit{sub, end}},
			{"aabbcc", []store.Hit{dev}},
			{"zoe muller", []store.Hit{sub, end}},
			{"MULLER", []store.Hit{sub, end}},
			{"2741", []store.Hit{sub, end}},
			{"cust-9917", []store.Hit{sub, end}},
			{"psn0044", []store.Hit{dev}},
			{"10.1.2.3", []store.Hit{dev, end}},
			{"elysee", []store.Hit{house}},
			{"rue paix", []store.Hit{house}},
			{"gold", []store.Hit{plan}},
			{"tower", []store.Hit{dev, end}},
			{"nothing like it", nil},
			{"", nil},
			{" \x00 ", nil},
		} {
			same(t, "search "+c.q, got[[]store.Hit](t)(st.Search(ctx, c.q, 0)), c.want)
		}
		same(t, "limited", got[[]store.Hit](t)(st.Search(ctx, "2011a4", 1)), []store.Hit{sub})
	})
}

func TestFleetSummary(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		empty := map[string]int{}
		same(t, "of nothing", got[store.Summary](t)(st.FleetSummary(ctx)), store.Summary{
			DevicesByStatus: empty, DevicesBySync: empty, EndpointsByState: empty, SubscribersByStat: empty, SubscribersBySync: empty,
		})
		d, e := addDevice(t, st, "d"), addDevice(t, st, "e")
		must(t, st.SaveReach(ctx, d.ID, store.Reach{Status: gam.StatusOnline}))
		must(t, st.SaveDeviceSync(ctx, d.ID, gam.Sync{Phase: gam.SyncStuck}))
		must(t, st.SaveEndpoints(ctx, e.ID, []gam.EndpointStatus{
			{MAC: mac(1), State: gam.EndpointOK, Configured: true, DetectedPort: 1, FwMismatch: true},
			{MAC: mac(2), State: gam.EndpointOK, Configured: true, DetectedPort: 1},
			{MAC: mac(3), State: gam.EndpointUnknownMAC, DetectedPort: 1},
		}, noon))
		addSub(t, st, "a", nil)
		addSub(t, st, "b", func(s *gam.Subscriber) { s.Status, s.Sync.Phase = gam.SubSuspended, gam.SyncInSync })
		addSub(t, st, "c", func(s *gam.Subscriber) { s.Status = gam.SubEnded })
		addPlan(t, st, "p")
		addSite(t, st, "s")
		same(t, "summary", got[store.Summary](t)(st.FleetSummary(ctx)), store.Summary{
			Devices: 2, DevicesByStatus: map[string]int{"online": 1, "unknown": 1}, DevicesBySync: map[string]int{"stuck": 1, "pending": 1},
			Endpoints: 3, EndpointsByState: map[string]int{"ok": 2, "quarantined_unknown_mac": 1}, EndpointsUnknown: 1, FirmwareMismatch: 1,
			Subscribers: 2, SubscribersByStat: map[string]int{"active": 1, "suspended": 1, "ended": 1},
			SubscribersBySync: map[string]int{"pending": 1, "in_sync": 1}, Plans: 1, Sites: 1,
		})
	})
}
