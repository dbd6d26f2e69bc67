package store_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// pages walks a list to its end, as ids.
func pages[T any](t testing.TB, list func(store.ListQuery) (store.Page[T], error), lq store.ListQuery, id func(T) string) []string {
	t.Helper()
	var out []string
	for range 100 {
		p, err := list(lq)
		must(t, err)
		for _, v := range p.Items {
			out = append(out, id(v))
		}
		if p.Next == "" {
			if len(out) != p.Total {
				t.Errorf("%+v: %d items on all pages, total says %d", lq, len(out), p.Total)
			}
			return out
		}
		if len(p.Items) != lq.Limit {
			t.Fatalf("%+v: a page with a next one has %d items", lq, len(p.Items))
		}
		lq.Cursor = p.Next
	}
	t.Fatalf("%+v: the pages do not end", lq)
	return nil
}

// Every order over pages gives each item once, and descending is ascending
// backwards, on every list with every field.
func TestEveryOrderOfEveryList(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		site := addSite(t, st, "Émile's house")
		addSite(t, st, "b")
		addSite(t, st, "A")
		for i := range 7 {
			d := gam.Device{Name: fmt.Sprintf("dev %c", "bAcBaCx"[i]) + fmt.Sprint(i), Address: fmt.Sprint(i % 2)}
			if i%3 == 0 {
				d.SiteID = site.ID
				d.SerialNumber = fmt.Sprint("S", i)
				d.Status = gam.StatusOnline
				d.LastSeenAt = noon.Add(time.Duration(i))
			}
			must(t, st.AddDevice(ctx, &d))
			rate := 100 * (i % 3)
			must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{
				{MAC: mac(i % 4), DetectedPort: i % 3, Configured: i%2 == 0, State: gam.EndpointOK},
				{MAC: mac(100 + i), FwMismatch: i%2 == 0, Detail: &gam.EndpointDetail{Alive: true, PhyRateRxMbps: &rate}},
			}, noon.Add(time.Duration(i%2)*time.Hour)))
			p := gam.Plan{Name: fmt.Sprint("plan ", i), DownstreamMbps: []*int{nil, &rate}[i%2]}
			must(t, st.AddPlan(ctx, &p))
			addSub(t, st, fmt.Sprintf("%c", "zAbZaBm"[i]), func(s *gam.Subscriber) {
				s.DeviceID, s.PlanID, s.VLANID, s.Status = []gam.DeviceID{0, d.ID}[i%2], p.ID, 100+i%3, []gam.SubscriberStatus{gam.SubActive, gam.SubEnded}[i%2]
			})
			must(t, st.AddChange(ctx, &gam.Change{DeviceID: d.ID, PassID: fmt.Sprint(i % 2), Result: gam.ChangeApplied, At: noon.Add(time.Duration(i%3) * time.Hour)}))
			must(t, st.AddAudit(ctx, &store.Audit{Actor: fmt.Sprint(i % 3), Action: "a", Object: fmt.Sprint(i % 2)}))
			must(t, st.AddUser(ctx, &store.User{Name: fmt.Sprintf("%c", "uVwUxyz"[i]) + fmt.Sprint(i), Role: store.Viewer, Disabled: i%2 == 0}))
			must(t, st.AddToken(ctx, &store.Token{Name: fmt.Sprintf("%c", "kLmKnnn"[i]), Hash: fmt.Sprint(i), Role: store.Admin}))
		}
		orders(t, st.Devices, func(d gam.Device) string { return fmt.Sprint(d.ID) })
		orders(t, st.Sites, func(s gam.Site) string { return fmt.Sprint(s.ID) })
		orders(t, st.Plans, func(p store.Plan) string { return fmt.Sprint(p.ID) })
		orders(t, st.Subscribers, func(s gam.Subscriber) string { return fmt.Sprint(s.ID) })
		orders(t, st.Endpoints, func(e store.Endpoint) string { return fmt.Sprint(e.DeviceID, e.MAC) })
		orders(t, st.Changes, func(c gam.Change) string { return fmt.Sprint(c.ID) })
		orders(t, st.Audits, func(a store.Audit) string { return fmt.Sprint(a.ID) })
		orders(t, st.Users, func(u store.User) string { return fmt.Sprint(u.ID) })
		orders(t, st.Tokens, func(tk store.Token) string { return fmt.Sprint(tk.ID) })
	})
}

func orders[T any](t *testing.T, list func(ctx context.Context, lq store.ListQuery) (store.Page[T], error), id func(T) string) {
	t.Helper()
	here := func(lq store.ListQuery) (store.Page[T], error) { return list(t.Context(), lq) }
	for _, field := range fieldsOf(t, here) {
		up := pages(t, here, store.ListQuery{Sort: field, Limit: 3}, id)
		down := pages(t, here, store.ListQuery{Sort: "-" + field, Limit: 2}, id)
		slices.Reverse(down)
		same(t, fmt.Sprintf("%T by %s, both ways", *new(T), field), up, down)
		slices.Sort(down)
		if all := slices.Compact(down); len(all) != len(up) || len(all) < 3 {
			t.Errorf("%T by %s: %d different items on the pages of %d", *new(T), field, len(all), len(up))
		}
	}
}

// fieldsOf reads a list's fields from its refusal of another one.
func fieldsOf[T any](t *testing.T, list func(store.ListQuery) (store.Page[T], error)) []string {
	t.Helper()
	_, err := list(store.ListQuery{Sort: "nonsense"})
	var bad *gam.Invalid
	if !errors.As(err, &bad) || len(bad.Fields) != 1 {
		t.Fatalf("sorting by nonsense: %v, want one refused field", err)
	}
	_, names, ok := strings.Cut(bad.Fields[0].Message, "known are ")
	if !ok {
		t.Fatalf("the refusal %q names no fields", bad.Fields[0].Message)
	}
	return strings.Split(names, ", ")
}

func TestListFilters(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		site := addSite(t, st, "house")
		for i, name := range []string{"anna", "béa 50%", "carl_x"} {
			d := gam.Device{Name: name, SiteID: []gam.SiteID{site.ID, 0, 0}[i]}
			d.Identity = gam.Identity{Model: "GAM-12-C", SerialNumber: "PSN-" + name, MACAddress: mac(0xA0 + i), PortCount: 4 * i}
			d.LastSeenAt = []time.Time{{}, noon, noon.Add(time.Hour)}[i]
			d.Unsaved = i == 1
			must(t, st.AddDevice(ctx, &d))
		}
		for _, c := range []struct {
			q     string
			where map[string]string
			want  string
		}{
			{"", nil, "123"},
			{"", map[string]string{"id": "1, 3"}, "13"},
			{"", map[string]string{"id": "1,3", "name": "anna"}, "1"},
			{"", map[string]string{"name": "ANNA"}, ""},
			{"", map[string]string{"site_id": "0"}, "23"},
			{"", map[string]string{"unsaved": "true"}, "2"},
			{"", map[string]string{"unsaved": "0,1"}, "123"},
			{"", map[string]string{"mac_address": "00-0e-d8-00-00-a1"}, "2"},
			{"", map[string]string{"port_count_min": "4"}, "23"},
			{"", map[string]string{"port_count_min": "4", "port_count_max": "4"}, "2"},
			{"", map[string]string{"last_seen_at_after": "2026-03-04T12:30:00Z"}, "3"},
			{"", map[string]string{"last_seen_at_before": "2026-03-04T13:30:00+01:00"}, "2"},
			{"", map[string]string{"model": "GAM-12-C,GAM-4-C", "status": "unknown"}, "123"},
			{"", map[string]string{"model": "' OR 1=1 --"}, ""},
			{"ANN", nil, "1"},
			{"BEA", nil, "2"},
			{"béa psn", nil, "2"},
			{"béa anna", nil, ""},
			{"psn", map[string]string{"site_id": "0"}, "23"},
			{"50%", nil, "2"},
			{"%", nil, "2"},
			{"l_x", nil, "3"},
			{"a_n", nil, ""},
			{`\`, nil, ""},
			{"00:00:a2", nil, "3"},
			{"D800.00a", nil, "123"},
			{"' OR 1=1 --", nil, ""},
			{"   ", nil, "123"},
		} {
			p, err := st.Devices(ctx, store.ListQuery{Q: c.q, Where: c.where, Sort: "id"})
			must(t, err)
			have := ""
			for _, d := range p.Items {
				have += fmt.Sprint(d.ID)
			}
			if have != c.want || p.Total != len(c.want) {
				t.Errorf("q %q, where %v: devices %q of %d, want %q", c.q, c.where, have, p.Total, c.want)
			}
		}
	})
}

func TestEndpointFilters(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := addDevice(t, st, "Tower")
		slow, fast := 300, 1500
		must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{
			{MAC: mac(1), DetectedPort: 3, State: gam.EndpointOK, Configured: true, EntryName: "Flat9", Detail: &gam.EndpointDetail{Alive: true, PhyRateRxMbps: &slow, SerialNumber: "SN77"}},
			{MAC: mac(2), ConfigPort: 3, State: gam.EndpointNotDetected, Configured: true, FwMismatch: true},
			{MAC: mac(3), DetectedPort: 4, State: gam.EndpointUnknownMAC, Model: "G1001-C", Detail: &gam.EndpointDetail{Alive: true, PhyRateRxMbps: &fast}},
		}, noon))
		// A serial number is known for as long as nothing newer is told.
		must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{
			{MAC: mac(1), DetectedPort: 3, State: gam.EndpointOK, Configured: true, EntryName: "Flat9"},
			{MAC: mac(2), ConfigPort: 3, State: gam.EndpointNotDetected, Configured: true, FwMismatch: true},
			{MAC: mac(3), DetectedPort: 4, State: gam.EndpointUnknownMAC, Model: "G1001-C"},
		}, noon))
		s := addSub(t, st, "Élodie", func(s *gam.Subscriber) { s.EndpointMAC = mac(2) })
		for _, c := range []struct{ q, field, value, want string }{
			{"", "port", "3", "12"},
			{"", "state", "ok,quarantined_unknown_mac", "13"},
			{"", "configured", "false", "3"},
			{"", "firmware_mismatch", "true", "2"},
			{"", "model", "G1001-C", "3"},
			{"", "phy_rate_rx_mbps_max", "500", "1"},
			{"", "phy_rate_rx_mbps_min", "500", "3"},
			{"", "subscriber_id", fmt.Sprint(s.ID), "2"},
			{"", "subscriber_id", "0", "13"},
			{"", "device_id", "404", ""},
			{"", "mac_address", mac(3).String(), "3"},
			{"elodie", "", "", "2"},
			{"tower", "port", "4", "3"},
			{"sn77", "", "", "1"},
			{"flat9", "", "", "1"},
			{"g1001", "", "", "3"},
		} {
			lq := store.ListQuery{Q: c.q}
			if c.field != "" {
				lq.Where = map[string]string{c.field: c.value}
			}
			p, err := st.Endpoints(ctx, lq)
			must(t, err)
			have := ""
			for _, e := range p.Items {
				have += fmt.Sprint(e.MAC[5])
			}
			if have != c.want || p.Total != len(c.want) {
				t.Errorf("q %q, %s %q: endpoints %q of %d, want %q", c.q, c.field, c.value, have, p.Total, c.want)
			}
		}
	})
}

func TestListRefuses(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		for i := range 3 {
			addDevice(t, st, fmt.Sprint(i))
		}
		byName := got[store.Page[gam.Device]](t)(st.Devices(ctx, store.ListQuery{Limit: 1})).Next
		byID := got[store.Page[gam.Device]](t)(st.Devices(ctx, store.ListQuery{Limit: 1, Sort: "id"})).Next
		if byName == "" || byID == "" {
			t.Fatal("the first of three pages has no next one")
		}
		forged := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
		for _, c := range []struct {
			lq   store.ListQuery
			want []string // refused fields
		}{
			{store.ListQuery{Limit: 501}, []string{"limit"}},
			{store.ListQuery{Limit: -1}, []string{"limit"}},
			{store.ListQuery{Sort: "password"}, []string{"sort"}},
			{store.ListQuery{Sort: "--id"}, []string{"sort"}},
			{store.ListQuery{Sort: "id; DROP TABLE devices"}, []string{"sort"}},
			{store.ListQuery{Where: map[string]string{"nope": "1"}}, []string{"nope"}},
			{store.ListQuery{Where: map[string]string{"id": "x"}}, []string{"id"}},
			{store.ListQuery{Where: map[string]string{"id": ""}}, []string{"id"}},
			{store.ListQuery{Where: map[string]string{"unsaved": "maybe"}}, []string{"unsaved"}},
			{store.ListQuery{Where: map[string]string{"mac_address": "zz"}}, []string{"mac_address"}},
			{store.ListQuery{Where: map[string]string{"last_seen_at": "2026-01-01T00:00:00Z"}}, []string{"last_seen_at"}},
			{store.ListQuery{Where: map[string]string{"last_seen_at_after": "yesterday"}}, []string{"last_seen_at_after"}},
			{store.ListQuery{Where: map[string]string{"name_min": "1"}}, []string{"name_min"}},
			{store.ListQuery{Where: map[string]string{"id": strings.Repeat("1,", 600) + "1"}}, []string{"id"}},
			{store.ListQuery{Q: "a b c d e f g h i"}, []string{"q"}},
			{store.ListQuery{Cursor: "%%%"}, []string{"cursor"}},
			{store.ListQuery{Cursor: forged(`{"s":"name"`)}, []string{"cursor"}},
			{store.ListQuery{Cursor: forged(`{"s":"name","v":"x","t":"1 OR 1=1"}`)}, []string{"cursor"}},
			{store.ListQuery{Sort: "id", Cursor: forged(`{"s":"id","v":"x","t":"1"}`)}, []string{"cursor"}},
			{store.ListQuery{Sort: "id", Cursor: byName}, []string{"cursor"}},
			{store.ListQuery{Sort: "-id", Cursor: byID}, []string{"cursor"}},
			{store.ListQuery{Limit: 1000, Sort: "x", Where: map[string]string{"a": "", "b": ""}, Cursor: "?"}, []string{"limit", "sort", "a", "b", "cursor"}},
		} {
			_, err := st.Devices(ctx, c.lq)
			var bad *gam.Invalid
			if !errors.As(err, &bad) {
				t.Errorf("%+v: got %v, want *gam.Invalid", c.lq, err)
				continue
			}
			var have []string
			for _, f := range bad.Fields {
				have = append(have, f.Field)
				if f.Code == "" || f.Message == "" {
					t.Errorf("%+v: field %q is refused without code or reason", c.lq, f.Field)
				}
			}
			same(t, fmt.Sprintf("refused fields of %+v", c.lq), have, c.want)
		}
		_, err := st.Changes(ctx, store.ListQuery{Q: "x"})
		var bad *gam.Invalid
		if !errors.As(err, &bad) || bad.Fields[0].Field != "q" {
			t.Errorf("free text in a list without it: %v, want a refused q", err)
		}
	})
}

// A row that appears or goes between two pages neither doubles nor hides
// another one.
func TestPagesWhileRowsChange(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		for _, name := range []string{"b", "d", "f", "h"} {
			addDevice(t, st, name)
		}
		p := got[store.Page[gam.Device]](t)(st.Devices(ctx, store.ListQuery{Limit: 2}))
		addDevice(t, st, "a")
		addDevice(t, st, "e")
		must(t, st.DeleteDevice(ctx, p.Items[1].ID))
		p = got[store.Page[gam.Device]](t)(st.Devices(ctx, store.ListQuery{Limit: 9, Cursor: p.Next}))
		var have []string
		for _, d := range p.Items {
			have = append(have, d.Name)
		}
		same(t, "second page", have, []string{"e", "f", "h"})
	})
}

// The total is that of all pages, on each of them, with words too.
func TestTotalOfEveryPage(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := addDevice(t, st, "d")
		var seen []gam.EndpointStatus
		for i := range 10 {
			addSub(t, st, fmt.Sprint("customer ", i), func(s *gam.Subscriber) { s.DeviceID, s.EndpointMAC = d.ID, mac(i) })
			seen = append(seen, gam.EndpointStatus{MAC: mac(i)})
		}
		must(t, st.SaveEndpoints(ctx, d.ID, append(seen, gam.EndpointStatus{MAC: mac(99)}), noon))
		lq := store.ListQuery{Q: "CUSTOMER", Sort: "-subscriber_name", Limit: 4}
		for page, want := range [][2]int{{4, 10}, {4, 10}, {2, 10}} {
			p := got[store.Page[store.Endpoint]](t)(st.Endpoints(ctx, lq))
			if len(p.Items) != want[0] || p.Total != want[1] || (p.Next == "") != (page == 2) {
				t.Errorf("page %d has %d of %d items, next %q; want %v", page, len(p.Items), p.Total, p.Next, want)
			}
			lq.Cursor = p.Next
		}
		if p := got[store.Page[gam.Subscriber]](t)(st.Subscribers(ctx, store.ListQuery{Q: "nobody"})); p.Total != 0 || len(p.Items) != 0 {
			t.Errorf("words that nobody has find %+v", p)
		}
	})
}
