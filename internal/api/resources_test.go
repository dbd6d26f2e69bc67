package api

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

var mac = gam.MustMAC("00:0E:D8:20:11:A4")

// device adds a device over the API and lets it say who it is.
func (b *bench) device(name string) gam.DeviceID {
	b.t.Helper()
	var d Device
	b.admin().do("POST", "/api/v1/devices", obj{
		"name": name, "address": "192.0.2.10",
		"access": obj{"jsonrpc": obj{"username": "admin", "password": bait}},
	}).want(201).into(&d)
	err := b.st.SaveIdentity(b.t.Context(), gam.DeviceID(d.ID), gam.Identity{
		Model: "GAM-12-C", SerialNumber: "P" + name, Firmware: "GAM-12-C_v1.8.2", SubscriberModel: gam.EndpointAware,
		PortCount: 12, Medium: gam.Coax, Uptime: time.Hour, MACAddress: gam.MustMAC("00:0E:D8:00:00:01"),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return gam.DeviceID(d.ID)
}

func (b *bench) plan(name string, body obj) Plan {
	b.t.Helper()
	body["name"] = name
	var p Plan
	b.admin().do("POST", "/api/v1/plans", body).want(201).into(&p)
	return p
}

func TestDevices(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	dev := b.device("gam-1")
	path := "/api/v1/devices/" + id(int64(dev))

	res := a.get(path).want(200)
	var d Device
	res.into(&d)
	if d.Mode != "manage" || d.Status != "unknown" || d.Model != "GAM-12-C" || d.UptimeS != 3600 || d.PortCount != 12 ||
		d.EndpointsPerPort != 16 || d.UplinkCount != 2 || d.SubscriberModel != "endpoint_aware" || d.Sync.State == "" || d.HealthScore != nil {
		t.Errorf("a new device: %s", res.body)
	}
	if got := d.AccessSummary.JSONRPC; got.Username != "admin" || !got.PasswordSet || d.AccessSummary.SSH.PasswordSet {
		t.Errorf("access_summary: %+v", got)
	}
	if etag := res.header.Get("ETag"); etag != fmt.Sprintf("%q", id(d.Version)) {
		t.Errorf("ETag %s of version %d", etag, d.Version)
	}

	// A password goes in with the first patch and stays with the second.
	a.do("PATCH", path, obj{"name": "renamed", "access": obj{"ssh": obj{"password": bait}}}).want(200)
	a.do("PATCH", path, obj{"notes": "roof"}).want(200).into(&d)
	if !d.AccessSummary.SSH.PasswordSet || !d.AccessSummary.JSONRPC.PasswordSet || d.Name != "renamed" || d.Notes != "roof" {
		t.Errorf("after patches: %+v", d)
	}
	stored, err := b.st.Device(t.Context(), dev)
	if err != nil || stored.Access.JSONRPC.Password.Reveal() != bait || stored.Access.SSH.Password.Reveal() != bait {
		t.Errorf("the stored passwords are not the given ones (%v)", err)
	}

	site := number(a.do("POST", "/api/v1/sites", obj{"name": "Riverside"}).want(201))
	a.do("PATCH", path, obj{"site_id": site}).want(200).into(&d)
	if d.SiteName != "Riverside" {
		t.Errorf("site_name %q", d.SiteName)
	}
	a.do("DELETE", "/api/v1/sites/"+id(site), nil).refused(409, "conflict")
	a.do("PATCH", path, obj{"site_id": nil}).want(200).into(&d)
	if d.SiteID != nil || d.SiteName != "" {
		t.Errorf("site_id null: %v %q", d.SiteID, d.SiteName)
	}

	// Stored passwords must not be sent to another address by anybody else.
	op := b.role(store.Operator)
	op.do("PATCH", path, obj{"address": "203.0.113.66"}).refused(403, "forbidden")
	op.do("PATCH", path, obj{"access": obj{"jsonrpc": obj{"url": "http://203.0.113.66"}}}).refused(403, "forbidden")
	op.do("PATCH", path, obj{"mode": "watch"}).want(200)

	a.do("POST", "/api/v1/devices", obj{"name": "gam-2"}).refused(422, "invalid").field(t, "address", "required")
	a.do("POST", "/api/v1/devices", obj{"name": "gam-2", "access": obj{"jsonrpc": obj{"url": "http://u:" + bait + "@h"}}}).
		refused(422, "invalid").field(t, "access.jsonrpc.url", "url_credentials")
	var byURL Device
	a.do("POST", "/api/v1/devices", obj{"name": "gam-2", "mode": "confirm", "access": obj{"jsonrpc": obj{"url": "https://198.51.100.7:8443"}}}).want(201).into(&byURL)
	if byURL.Address != "198.51.100.7:8443" || byURL.Mode != "confirm" {
		t.Errorf("a device by URL: %+v", byURL)
	}

	a.do("POST", path+"/poll", nil).want(202)
	if res := a.get("/api/v1/jobs?device_id=" + id(int64(dev))).want(200); !strings.Contains(string(res.body), `"read_device"`) || !strings.Contains(string(res.body), `"renamed"`) {
		t.Errorf("jobs: %s", res.body)
	}
	a.do("DELETE", path, nil).want(204)
	a.get(path).refused(404, "not_found")
	b.noBait()
}

// noBait looks for the bait in the log; answers are looked at where they
// are made.
func (b *bench) noBait() {
	b.t.Helper()
	if strings.Contains(b.log.String(), bait) {
		b.t.Error("a password is in the log")
	}
}

// Nothing that can be read shows a password, in any of its forms.
func TestNoAnswerShowsAPassword(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	one := "/api/v1/devices/" + id(int64(dev))
	b.admin().do("PATCH", one, obj{"access": obj{
		"ssh":  obj{"password": bait, "username": "u"},
		"snmp": obj{"version": "3", "community": bait, "auth_password": bait, "priv_password": bait},
	}}).want(200)
	b.user("anna", store.Admin, bait)
	for path, ops := range readSpec(t).Paths {
		if _, ok := ops["get"]; !ok || path == "/api/v1/events" {
			continue
		}
		res := b.admin().get(strings.ReplaceAll(fillPath(path), "999999", id(int64(dev))))
		if strings.Contains(string(res.body), bait) || strings.Contains(string(res.body), "argon2") {
			t.Errorf("%s shows a password: %s", res.what, res.body)
		}
	}
	// What is refused is not repeated either.
	for _, body := range []string{
		`{"name":"x","access":{"jsonrpc":{"password":["` + bait + `"]}}}`,
		`{"name":"x","access":{"jsonrpc":{"password":"` + bait + `","colour":1}}}`,
		`{"name":"x","access":"` + bait + `"}`,
		`{"name":"x","acess":{"password":"` + bait + `"}}`,
		`{"name":"x","access":{"jsonrpc":{"password":"` + bait + `"`,
		`{"name":{"password":"` + bait + `"}}`,
		`["` + bait + `"]`,
		`"` + bait + `"`,
		bait,
		`{"name":"x","mode":"` + bait + `"}`,
	} {
		res := b.admin().do("POST", "/api/v1/devices", body)
		if res.status < 400 || strings.Contains(string(res.body), bait) {
			t.Errorf("%s: %d %s", body, res.status, res.body)
		}
	}
	b.noBait()
}

func TestTwoEditors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	p := b.plan("Gold", obj{"downstream_mbps": 100})
	path := "/api/v1/plans/" + id(p.ID)
	tag := a.get(path).want(200).header.Get("ETag")
	res := a.with("If-Match", tag).do("PATCH", path, obj{"description": "first"}).want(200)
	a.with("If-Match", tag).do("PATCH", path, obj{"description": "second"}).refused(412, "stale")
	a.with("If-Match", tag).do("DELETE", path, nil).refused(412, "stale")
	a.with("If-Match", `"nonsense"`).do("PATCH", path, obj{"description": "x"}).refused(412, "stale")
	a.with("If-Match", `"0", W/`+res.header.Get("ETag")).do("PATCH", path, obj{"description": "third"}).want(200)
	a.with("If-Match", "*").do("PATCH", path, obj{"description": "fourth"}).want(200)
	a.do("PATCH", path, obj{"description": "fifth"}).want(200).into(&p)
	if p.Description != "fifth" || *p.DownstreamMbps != 100 {
		t.Errorf("after the patches: %+v", p)
	}
	s := a.get("/api/v1/settings").want(200)
	a.with("If-Match", s.header.Get("ETag")).do("PATCH", "/api/v1/settings", obj{"repair_drift": false}).want(200)
	a.with("If-Match", s.header.Get("ETag")).do("PATCH", "/api/v1/settings", obj{"repair_drift": true}).refused(412, "stale")
}

func TestPlansUnthrottled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	p := b.plan("Gold", obj{"downstream_mbps": 100, "upstream_mbps": nil})
	if p.UpstreamMbps != nil || *p.DownstreamMbps != 100 || p.OverheadPercent != gam.DefaultOverheadPercent {
		t.Errorf("a plan with a null rate: %+v", p)
	}
	a.do("PATCH", "/api/v1/plans/"+id(p.ID), obj{"downstream_mbps": nil, "overhead_percent": 0}).want(200).into(&p)
	if p.DownstreamMbps != nil || p.OverheadPercent != 0 {
		t.Errorf("after null: %+v", p)
	}
	if res := a.get("/api/v1/plans/" + id(p.ID)); !strings.Contains(string(res.body), `"downstream_mbps":null`) {
		t.Errorf("null is not shown: %s", res.body)
	}
	a.do("POST", "/api/v1/plans", obj{"name": "x", "downstream_mbps": 5}).refused(422, "invalid").field(t, "downstream_mbps", "rate_out_of_range")
	a.do("POST", "/api/v1/plans", obj{"name": "Gold"}).refused(422, "invalid").field(t, "name", "name_taken")
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	dev := b.device("gam-1")
	rate := 640
	seen := []gam.EndpointStatus{
		{MAC: mac, DetectedPort: 3, State: gam.EndpointUnknownMAC, Model: "G1001-C", Detail: &gam.EndpointDetail{
			MAC: mac, Alive: true, SerialNumber: "E77", PhyRateRxMbps: &rate, Uptime: time.Minute}},
		{MAC: gam.MustMAC("00:0E:D8:20:11:A5"), ConfigPort: 4, Configured: true, State: gam.EndpointNotDetected, EntryName: "apt 4"},
	}
	if err := b.st.SaveEndpoints(t.Context(), dev, seen, time.Now()); err != nil {
		t.Fatal(err)
	}
	var list List[Endpoint]
	a.get("/api/v1/endpoints?state=quarantined_unknown_mac&sort=-phy_rate_rx_mbps").want(200).into(&list)
	if list.Total != 1 || list.Items[0].MACAddress != mac.String() || *list.Items[0].Port != 3 || *list.Items[0].PhyRateRxMbps != 640 ||
		list.Items[0].DeviceName != "gam-1" || *list.Items[0].UptimeS != 60 {
		t.Errorf("endpoints not configured yet: %+v", list)
	}
	a.get("/api/v1/endpoints?q=apt&port=4").want(200).into(&list)
	if list.Total != 1 || list.Items[0].Configured != true {
		t.Errorf("q=apt: %+v", list)
	}

	b.live.links = []gam.EndpointLink{{Port: 1, Valid: true, Up: true, SpeedMbps: 1000}}
	var one EndpointDetail
	a.get("/api/v1/endpoints/000ed82011a4?links=true").want(200).into(&one)
	if len(one.Links) != 1 || one.Links[0].SpeedMbps != 1000 {
		t.Errorf("links: %+v", one)
	}
	b.live.err = &driver.Error{Kind: driver.Unreachable, Device: "gam-1", Op: "read links", Text: "no answer in 30 s"}
	a.get("/api/v1/endpoints/00-0e-d8-20-11-a4?links=true").want(200).into(&one)
	if !strings.Contains(one.LinksError, "no answer") || one.SerialNumber != "E77" {
		t.Errorf("links of a silent device: %+v", one)
	}
	a.do("POST", "/api/v1/endpoints/000ed82011a4/reboot", nil).refused(504, "device_unreachable")
	b.live.err = nil
	b.role(store.Technician).do("POST", "/api/v1/endpoints/000ed82011a4/poe-cycle", nil).want(202)
	b.role(store.Technician).do("POST", "/api/v1/endpoints/000ed82011a4/reboot", nil).want(202)
	if got := strings.Join(b.live.calls, ","); got != "links,links,reboot "+mac.String()+",poe "+mac.String()+",reboot "+mac.String() {
		t.Errorf("calls of the device: %s", got)
	}
	if res := a.get("/api/v1/audit-events?action=endpoint.reboot").want(200); strings.Count(string(res.body), `"token:test technician"`) != 1 {
		t.Errorf("the audit does not name who rebooted: %s", res.body)
	}
	a.get("/api/v1/endpoints/nonsense").refused(422, "invalid").field(t, "mac", "mac")
	a.get("/api/v1/endpoints/00:0E:D8:FF:FF:FF").refused(404, "not_found")
}

func TestPortsAndLiveCalls(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	dev := b.device("gam-1")
	one := "/api/v1/devices/" + id(int64(dev))
	up := true
	ports := []gam.PortStatus{
		{Kind: gam.PortGhn, Number: 1, Name: "riser", Type: gam.COAX, AdminUp: &up, Up: true, SpeedMbps: 1600},
		{Kind: gam.PortUplink, Number: 1, Up: true, SpeedMbps: 10000, SFP: "ACME 10G"},
	}
	if err := b.st.SavePorts(t.Context(), dev, ports, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := b.st.SaveEndpoints(t.Context(), dev, []gam.EndpointStatus{{MAC: mac, DetectedPort: 1, State: gam.EndpointUnknownMAC}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	var list List[Port]
	a.get(one + "/ports?kind=ghn").want(200).into(&list)
	if list.Total != 1 || list.Items[0].Interface != "G.hn 1/1" || list.Items[0].EndpointCount != 1 || list.Items[0].Available != 15 {
		t.Errorf("ports: %+v", list)
	}
	b.live.probes = []driver.Probe{{Protocol: "jsonrpc", OK: true, Took: 40 * time.Millisecond}, {Protocol: "ssh", Kind: driver.Refused, Detail: "wrong password"}}
	var probes List[Probe]
	a.get(one + "/test-access").want(200).into(&probes)
	if probes.Total != 2 || !probes.Items[0].OK || probes.Items[0].TookMS != 40 || probes.Items[1].Kind != "refused" {
		t.Errorf("test-access: %+v", probes)
	}
	a.do("POST", one+"/save", nil).want(204)
	a.do("POST", one+"/reboot", nil).want(202)
	b.live.err = &driver.Error{Kind: driver.Busy, Device: "gam-1", Op: "save", Text: "another save runs"}
	res := a.do("POST", one+"/save", nil)
	if res.refused(503, "device_busy"); res.header.Get("Retry-After") == "" {
		t.Error("a busy device: no Retry-After")
	}
	b.live.err = errors.New("dsn " + bait)
	if p := a.do("POST", one+"/save", nil).refused(500, "internal"); strings.Contains(p.Detail, bait) {
		t.Errorf("an unforeseen error comes out: %s", p.Detail)
	}
	if !strings.Contains(b.log.String(), "request failed") {
		t.Error("an unforeseen error is not in the log")
	}
}
