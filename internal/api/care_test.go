package api

import (
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// called stops the test unless the device saw exactly these calls since the
// last look.
func (b *bench) called(want ...string) {
	b.t.Helper()
	b.live.mu.Lock()
	defer b.live.mu.Unlock()
	if got := strings.Join(b.live.calls, "; "); got != strings.Join(want, "; ") {
		b.t.Errorf("calls of the device: %s, want %q", got, want)
	}
	b.live.calls = nil
}

func TestUpdatePort(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	op := b.role(store.Operator)
	ports := "/api/v1/devices/" + id(int64(dev)) + "/ports/"
	err := b.st.SavePorts(t.Context(), dev, []gam.PortStatus{{Kind: gam.PortGhn, Number: 4, Type: gam.COAX}, {Kind: gam.PortUplink, Number: 4}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var p Port
	op.do("PATCH", ports+"4", obj{"name": "riser A"}).want(200).into(&p)
	if p.Number != 4 || p.Kind != "ghn" {
		t.Errorf("port %+v", p)
	}
	b.called(`port 4 "riser A"  false by token:test operator`)
	op.do("PATCH", ports+"4", obj{"name": "", "port_type": "COAX", "admin_up": true}).want(200)
	b.called(`port 4 "" COAX true by token:test operator`)

	op.do("PATCH", ports+"4", obj{"name": strings.Repeat("x", 32), "port_type": "MIMO"}).refused(422, "invalid").field(t, "port_type", "port_type_medium")
	op.do("PATCH", ports+"4", obj{"port_type": "mimo"}).refused(422, "invalid").field(t, "port_type", "invalid")
	op.do("PATCH", ports+"13", obj{"name": "x"}).refused(404, "not_found")
	op.do("PATCH", ports+"0", obj{"name": "x"}).refused(422, "invalid")
	op.do("PATCH", "/api/v1/devices/99/ports/1", obj{"name": "x"}).refused(404, "not_found")
	b.role(store.Technician).do("PATCH", ports+"4", obj{"name": "x"}).refused(403, "forbidden")
	b.called()

	b.live.err = &driver.Error{Kind: driver.Unsupported, Device: "gam-1", Op: "change G.hn port 4", Text: "this firmware does not offer shutting down ports"}
	op.do("PATCH", ports+"4", obj{"admin_up": false}).refused(501, "device_unsupported")
}

// A coax port that serves several customers is not shut down by mistake.
func TestShutdownNeedsConfirmation(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	op := b.role(store.Operator)
	port := "/api/v1/devices/" + id(int64(dev)) + "/ports/4"
	if err := b.st.SavePorts(t.Context(), dev, []gam.PortStatus{{Kind: gam.PortGhn, Number: 4}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	one := gam.EndpointStatus{MAC: mac, DetectedPort: 4, Configured: true, ServiceName: "apt-1", State: gam.EndpointOK}
	other := gam.EndpointStatus{MAC: gam.MustMAC("000ED8000002"), ConfigPort: 4, Configured: true, ServiceName: "apt-2", State: gam.EndpointNotDetected}
	unused := gam.EndpointStatus{MAC: gam.MustMAC("000ED8000003"), DetectedPort: 4, State: gam.EndpointUnknownMAC}
	see := func(all ...gam.EndpointStatus) {
		t.Helper()
		if err := b.st.SaveEndpoints(t.Context(), dev, all, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	see(one, unused)
	op.do("PATCH", port, obj{"admin_up": false}).want(200)
	see(one, other, unused)
	if p := op.do("PATCH", port, obj{"admin_up": false}).refused(409, "confirm_needed"); !strings.Contains(p.Detail, "2 customers") || !strings.Contains(p.Detail, "confirm: true") {
		t.Errorf("refusal: %s", p.Detail)
	}
	op.do("PATCH", port, obj{"admin_up": true}).want(200)
	op.do("PATCH", port, obj{"admin_up": false, "confirm": true}).want(200)
	shut := `port 4 ""  false by token:test operator`
	b.called(shut, strings.Replace(shut, "false", "true", 1), shut)
}

func TestResetPortCounters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	path := "/api/v1/devices/" + id(int64(dev)) + "/ports/2/reset-counters"
	b.role(store.Technician).do("POST", path, nil).want(204)
	b.role(store.Viewer).do("POST", path, nil).refused(403, "forbidden")
	b.called("counters 2")
	b.live.err = &driver.Error{Kind: driver.Unsupported, Device: "gam-1", Op: "reset the counters of G.hn port 2", Text: "this firmware does not offer resetting the counters of a port"}
	if p := b.admin().do("POST", path, nil).refused(501, "device_unsupported"); !strings.Contains(p.Detail, "does not offer") {
		t.Errorf("refusal: %s", p.Detail)
	}
	if res := b.admin().get("/api/v1/audit-events?action=port.reset_counters").want(200); !strings.Contains(string(res.body), `"port 2"`) {
		t.Errorf("audit: %s", res.body)
	}
}

func TestUpgradeEndpoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	path := "/api/v1/endpoints/" + mac.String() + "/upgrade"
	if err := b.st.SaveEndpoints(t.Context(), dev, []gam.EndpointStatus{{MAC: mac, DetectedPort: 4, State: gam.EndpointUnknownMAC}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	op := b.role(store.Operator)
	read, upgrade := "read "+mac.String(), "upgrade "+mac.String()
	b.live.status = gam.EndpointStatus{MAC: mac, DetectedPort: 4, FwMismatch: true}
	op.do("POST", path, nil).want(202)
	b.called(read, upgrade)
	b.live.status.FwMismatch = false
	if p := op.do("POST", path, obj{}).refused(409, "conflict"); !strings.Contains(p.Detail, "force: true") {
		t.Errorf("refusal: %s", p.Detail)
	}
	b.called(read)
	op.do("POST", path, obj{"force": true}).want(202)
	b.called(upgrade)
	b.live.status.DetectedPort = 0
	if p := op.do("POST", path, nil).refused(409, "conflict"); !strings.Contains(p.Detail, "does not see it") {
		t.Errorf("refusal: %s", p.Detail)
	}
	b.role(store.Technician).do("POST", path, nil).refused(403, "forbidden")
}

func TestDiagnoseEndpoint(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	path := "/api/v1/endpoints/" + mac.String() + "/diagnose"
	var all []gam.EndpointStatus
	for i := range 11 {
		all = append(all, gam.EndpointStatus{MAC: gam.MAC{0, 0x0e, 0xd8, 0, 0, byte(i + 1)}, DetectedPort: 4, State: gam.EndpointUnknownMAC})
	}
	all[0].MAC = mac
	if err := b.st.SaveEndpoints(t.Context(), dev, all, time.Now()); err != nil {
		t.Fatal(err)
	}
	tech := b.role(store.Technician)
	ask := func() (d Diagnosis, verdicts map[string]string) {
		t.Helper()
		tech.do("POST", path, nil).want(200).into(&d)
		verdicts = map[string]string{}
		for _, c := range d.Checks {
			verdicts[c.Code] = c.Verdict
		}
		return d, verdicts
	}
	rx, tx, slow := 1000, 400, 250
	b.live.status = gam.EndpointStatus{
		MAC: mac, DetectedPort: 4, ConfigPort: 4, Configured: true, ServiceName: "apt-1", State: gam.EndpointOK,
		Detail: &gam.EndpointDetail{Alive: true, Mode: gam.COAX, PhyRateRxMbps: &rx, PhyRateTxMbps: &tx, MaxXputRxMbps: &rx, MaxXputTxMbps: &slow},
	}
	b.live.links = []gam.EndpointLink{{Port: 1, Valid: true, Up: true, FullDuplex: true, SpeedMbps: 100}}
	d, got := ask()
	for code, want := range map[string]string{
		"state": "good", "service": "good", "firmware": "good", "phy_symmetry": "bad", "usable_downstream": "good", "usable_upstream": "bad",
		"ethernet": "suspect", "port_load": "suspect",
	} {
		if got[code] != want {
			t.Errorf("%s is %q, want %s", code, got[code], want)
		}
	}
	if !strings.HasPrefix(d.Summary, "2 bad, 2 suspect of 8 checks") || d.Checks[0].Rule == "" {
		t.Errorf("diagnosis %+v", d)
	}
	b.called("read "+mac.String(), "links")

	// Links that cannot be read spoil nothing else.
	b.live.linksErr = &driver.Error{Kind: driver.Busy, Device: "gam-1", Op: "read links", Text: "the endpoint is missing or busy"}
	if d, got := ask(); got["ethernet"] != "unknown" || got["phy_symmetry"] != "bad" {
		t.Errorf("without links: %+v", d)
	}
	// The device has forgotten it.
	b.live.err = &driver.Error{Kind: driver.Rejected, Device: "gam-1", Op: "read endpoint", Text: "the device does not know this endpoint"}
	if d, got := ask(); got["state"] != "bad" || len(got) != 1 {
		t.Errorf("gone: %+v", d)
	}
	b.live.err = &driver.Error{Kind: driver.Unreachable, Device: "gam-1", Op: "read endpoint", Text: "no answer in 30 s"}
	tech.do("POST", path, nil).refused(504, "device_unreachable")
	b.role(store.Viewer).do("POST", path, nil).refused(403, "forbidden")
}
