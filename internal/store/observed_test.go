package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 123_000, time.UTC)

func TestConfig(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := addDevice(t, st, "d")
		_, _, err := st.Config(ctx, d.ID)
		refused(t, err, gam.ErrNotFound, "configuration of device 1")
		want := filled[gam.Config]()
		must(t, st.SaveConfig(ctx, d.ID, gam.Config{}, noon))
		must(t, st.SaveConfig(ctx, d.ID, want, noon.Add(time.Second)))
		c, when, err := st.Config(ctx, d.ID)
		must(t, err)
		same(t, "Config", c, want)
		same(t, "read at", when, noon.Add(time.Second))
	})
}

func TestPorts(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := addDevice(t, st, "d")
		same(t, "before", got[[]store.Port](t)(st.Ports(ctx, d.ID)), []store.Port(nil))
		whole := filled[gam.PortStatus]()
		whole.Kind, whole.Number = gam.PortGhn, 1
		down := false
		ports := []gam.PortStatus{
			{Kind: gam.PortMgmt, Number: 1},
			{Kind: gam.PortUplink, Number: 1, SFP: "x", AdminUp: &down},
			{Kind: gam.PortGhn, Number: 10},
			{Kind: gam.PortGhn, Number: 9},
			whole,
			{Kind: gam.PortGhn, Number: 9, Name: "told twice"},
		}
		must(t, st.SavePorts(ctx, d.ID, append(ports, gam.PortStatus{Kind: gam.PortGhn, Number: 11}), noon))
		must(t, st.SavePorts(ctx, d.ID, ports, noon)) // 11 is forgotten
		must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{
			{MAC: mac(1), DetectedPort: 1, ConfigPort: 9}, {MAC: mac(2), ConfigPort: 1}, {MAC: mac(3), ConfigPort: 9}, {MAC: mac(4)},
		}, noon))
		must(t, st.SaveEndpoints(ctx, addDevice(t, st, "other").ID, []gam.EndpointStatus{{MAC: mac(9), DetectedPort: 1}}, noon))
		same(t, "Ports", got[[]store.Port](t)(st.Ports(ctx, d.ID)), []store.Port{
			{PortStatus: whole, EndpointCount: 2, SeenAt: noon},
			{PortStatus: ports[3], EndpointCount: 1, SeenAt: noon},
			{PortStatus: ports[2], SeenAt: noon},
			{PortStatus: ports[1], SeenAt: noon},
			{PortStatus: ports[0], SeenAt: noon},
		})
		must(t, st.SavePorts(ctx, d.ID, nil, noon))
		same(t, "after none", got[[]store.Port](t)(st.Ports(ctx, d.ID)), []store.Port(nil))
	})
}

func TestEndpointKeepsEveryMember(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		site := addSite(t, st, "house")
		d := gam.Device{Name: "d", SiteID: site.ID}
		must(t, st.AddDevice(ctx, &d))
		e := filled[gam.EndpointStatus]()
		e.Detail.MAC = e.MAC
		s := addSub(t, st, "anna", func(s *gam.Subscriber) { s.EndpointMAC = e.MAC })
		bare := gam.EndpointStatus{MAC: mac(0xffffff), State: gam.EndpointNotDetected}
		must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{e, bare, {MAC: e.MAC, EntryName: "told twice"}, {}}, noon))
		whole := store.Endpoint{
			EndpointStatus: e, DeviceID: d.ID, DeviceName: "d", SiteID: site.ID, SubscriberID: s.ID, SubscriberName: "anna",
			FirstSeenAt: noon, LastSeenAt: noon, SeenAt: noon,
		}
		want := []store.Endpoint{
			{EndpointStatus: bare, DeviceID: d.ID, DeviceName: "d", SiteID: site.ID, FirstSeenAt: noon, SeenAt: noon},
			whole,
		}
		same(t, "EndpointsOf", got[[]store.Endpoint](t)(st.EndpointsOf(ctx, d.ID)), want)
		same(t, "Endpoint", got[store.Endpoint](t)(st.Endpoint(ctx, e.MAC)), whole)
		page := got[store.Page[store.Endpoint]](t)(st.Endpoints(ctx, store.ListQuery{Sort: "port"}))
		same(t, "Endpoints", page, store.Page[store.Endpoint]{Items: want, Total: 2})
	})
}

func TestSaveEndpointsOverTime(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := addDevice(t, st, "d")
		rate, metres := 900, 40
		there := gam.EndpointStatus{
			MAC: mac(1), DetectedPort: 2, State: gam.EndpointOK,
			Detail: &gam.EndpointDetail{MAC: mac(1), Alive: true, Firmware: "1.2", PhyRateRxMbps: &rate, WireLengthMetres: &metres},
		}
		save := func(after time.Duration, events int, seen ...gam.EndpointStatus) {
			t.Helper()
			seq := got[int64](t)(st.LastEventSeq(ctx))
			must(t, st.SaveEndpoints(ctx, d.ID, seen, noon.Add(after)))
			if told := eventsSince(t, st, seq); len(told) != events {
				t.Errorf("after %s the feed told %v, want %d", after, told, events)
			}
		}
		check := func(what string, want ...store.Endpoint) {
			t.Helper()
			for i := range want {
				want[i].DeviceID, want[i].DeviceName, want[i].FirstSeenAt = d.ID, "d", noon
			}
			same(t, what, got[[]store.Endpoint](t)(st.EndpointsOf(ctx, d.ID)), want)
		}
		save(0, 1, there)
		check("new", store.Endpoint{EndpointStatus: there, LastSeenAt: noon, SeenAt: noon})
		save(time.Minute, 0, there)
		check("still there", store.Endpoint{EndpointStatus: there, LastSeenAt: noon.Add(time.Minute), SeenAt: noon.Add(time.Minute)})

		gone := there
		gone.DetectedPort, gone.ConfigPort, gone.State, gone.Detail = 0, 2, gam.EndpointNotDetected, nil
		save(2*time.Minute, 1, gone)
		stale := *there.Detail
		stale.Alive = false
		gone.Detail = &stale // the last known link stays, marked
		check("gone", store.Endpoint{EndpointStatus: gone, LastSeenAt: noon.Add(time.Minute), SeenAt: noon.Add(2 * time.Minute)})
		silent := gone
		silent.Detail = &gam.EndpointDetail{MAC: mac(1)}
		save(3*time.Minute, 0, silent)
		check("silent", store.Endpoint{EndpointStatus: gone, LastSeenAt: noon.Add(time.Minute), SeenAt: noon.Add(3 * time.Minute)})

		back := there
		faster := 1200
		back.Detail = &gam.EndpointDetail{MAC: mac(1), Alive: true, PhyRateRxMbps: &faster}
		save(4*time.Minute, 1, back)
		check("back", store.Endpoint{EndpointStatus: back, LastSeenAt: noon.Add(4 * time.Minute), SeenAt: noon.Add(4 * time.Minute)})
		moved := back
		moved.DetectedPort = 3
		save(5*time.Minute, 1, moved)
		save(6*time.Minute, 1)
		check("forgotten")
		save(7*time.Minute, 0)
	})
}

func TestEndpointOnTwoDevices(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, e := addDevice(t, st, "d"), addDevice(t, st, "e")
		save := func(id gam.DeviceID, port int, after time.Duration) {
			must(t, st.SaveEndpoints(ctx, id, []gam.EndpointStatus{{MAC: mac(1), DetectedPort: port, ConfigPort: 1}}, noon.Add(after)))
		}
		wins := func(what string, want gam.DeviceID) {
			t.Helper()
			if e := got[store.Endpoint](t)(st.Endpoint(ctx, mac(1))); e.DeviceID != want {
				t.Errorf("%s: on device %d, want %d", what, e.DeviceID, want)
			}
		}
		save(d.ID, 1, 0)
		save(e.ID, 0, time.Hour)
		wins("one detects it", d.ID)
		save(e.ID, 1, time.Hour)
		wins("both detect it, one later", e.ID)
		save(d.ID, 0, 2*time.Hour)
		save(e.ID, 0, 2*time.Hour)
		wins("neither detects it, one did later", e.ID)
	})
}

func TestEndpointOfPortAwareSubscriber(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, e := addDevice(t, st, "port-aware"), addDevice(t, st, "endpoint-aware")
		must(t, st.SaveIdentity(ctx, d.ID, gam.Identity{SubscriberModel: gam.PortAware}))
		must(t, st.SaveIdentity(ctx, e.ID, gam.Identity{SubscriberModel: gam.EndpointAware}))
		anna := addSub(t, st, "anna", func(s *gam.Subscriber) { s.DeviceID, s.Port = d.ID, 1 })
		addSub(t, st, "second on the port", func(s *gam.Subscriber) { s.DeviceID, s.Port = d.ID, 1 })
		addSub(t, st, "ended", func(s *gam.Subscriber) { s.DeviceID, s.Port, s.Status = d.ID, 2, gam.SubEnded })
		addSub(t, st, "not by port", func(s *gam.Subscriber) { s.DeviceID, s.Port = e.ID, 1 })
		for i, id := range []gam.DeviceID{d.ID, e.ID} {
			must(t, st.SaveEndpoints(ctx, id, []gam.EndpointStatus{
				{MAC: mac(10*i + 1), DetectedPort: 1}, {MAC: mac(10*i + 2), DetectedPort: 2}, {MAC: mac(10*i + 3)},
			}, noon))
		}
		var have []string
		for _, e := range got[store.Page[store.Endpoint]](t)(st.Endpoints(ctx, store.ListQuery{})).Items {
			have = append(have, fmt.Sprintf("%d/%d %d", e.DeviceID, e.Port(), e.SubscriberID))
		}
		same(t, "device/port subscriber", have, []string{
			fmt.Sprintf("1/1 %d", anna.ID), "1/2 0", "1/0 0", "2/1 0", "2/2 0", "2/0 0",
		})
	})
}

func TestSaveEndpointsOfAFullFleet(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := addDevice(t, st, "more than one batch")
		const n = 19_200 // 50 GAMs with 384 endpoints each, in one list
		seen := make([]gam.EndpointStatus, n)
		for i := range seen {
			seen[i] = gam.EndpointStatus{MAC: mac(i), DetectedPort: 1 + i%24, State: gam.EndpointOK}
		}
		for range 2 {
			must(t, st.SaveEndpoints(ctx, d.ID, seen, noon))
		}
		page := got[store.Page[store.Endpoint]](t)(st.Endpoints(ctx, store.ListQuery{Where: map[string]string{"port": "3"}, Sort: "-mac_address"}))
		if page.Total != n/24 || page.Items[0].MAC != mac(n-24+2) {
			t.Errorf("port 3 has %d endpoints, the last is %s; want %d, %s", page.Total, page.Items[0].MAC, n/24, mac(n-24+2))
		}
		must(t, st.SaveEndpoints(ctx, d.ID, seen[:1], noon))
		if all := got[[]store.Endpoint](t)(st.EndpointsOf(ctx, d.ID)); len(all) != 1 {
			t.Errorf("%d endpoints are left, want 1", len(all))
		}
	})
}
