package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/client"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// portRow is what these tests read of a port.
type portRow struct {
	Number   int    `json:"number"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	PortType string `json:"port_type"`
	AdminUp  *bool  `json:"admin_up"`
	OperUp   bool   `json:"oper_up"`
}

// changeRow is what these tests read of the journal.
type changeRow struct {
	Actor  string `json:"actor"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Result string `json:"result"`
	Error  string `json:"error"`
	Before struct {
		Port gam.PortSettings `json:"port"`
	} `json:"before"`
	After struct {
		Port gam.PortSettings `json:"port"`
	} `json:"after"`
}

// refusedWith stops the test unless a call is refused with a status and words.
func (l *lab) refusedWith(method, path string, body any, status int, words string) {
	l.t.Helper()
	err := l.api.Do(l.t.Context(), method, path, body, nil)
	var p *client.Problem
	if !errors.As(err, &p) || p.Status != status || !strings.Contains(p.Detail, words) {
		l.t.Fatalf("%s %s: %v, want %d with %q", method, path, err, status, words)
	}
}

func (l *lab) online(id int64) {
	l.t.Helper()
	eventually(l.t, "device read", func() (bool, string) {
		d := l.device(id)
		return d.Status == string(gam.StatusOnline), d.Status + " " + d.StatusReason
	})
}

func (l *lab) journal(id int64) []changeRow {
	l.t.Helper()
	var page client.List[changeRow]
	l.do(http.MethodGet, fmt.Sprintf("/api/v1/devices/%d/changes", id), nil, &page)
	return page.Items
}

func TestPortIsChangedAtOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dev := sim.StartDevice(t, sim.Options{Model: "GAM-12-M", EndpointsPerPort: 1, Seed: 3})
	id := l.addDevice(dev.Address, "")
	l.online(id)
	dev.ForgetCalls()

	path := fmt.Sprintf("/api/v1/devices/%d/ports/3", id)
	var p portRow
	l.do(http.MethodPatch, path, map[string]any{"name": "riser A pair 1", "port_type": "SISO"}, &p)
	if p.Number != 3 || p.Kind != "ghn" || p.Name != "riser A pair 1" || p.PortType != "SISO" || p.AdminUp == nil || !*p.AdminUp {
		t.Errorf("answer %+v", p)
	}
	if s := dev.State(); !s.Saved || s.Running.Ports[2].Name != "riser A pair 1" || s.Running.Ports[2].Type != gam.SISO {
		t.Errorf("on the device: saved %v, %+v", s.Saved, s.Running.Ports[2])
	}
	l.do(http.MethodPatch, path, map[string]any{"name": "riser A pair 1"}, nil) // stands already
	l.do(http.MethodPatch, path, map[string]any{"admin_up": false}, &p)
	if p.AdminUp == nil || *p.AdminUp || p.OperUp {
		t.Errorf("shut down: %+v", p)
	}
	l.refusedWith(http.MethodPatch, path, map[string]any{"port_type": "COAX"}, 422, "copper")
	l.refusedWith(http.MethodPatch, path, map[string]any{"name": `a "quote"`}, 422, "quotes")

	journal := l.journal(id)
	if len(journal) != 2 {
		t.Fatalf("journal %+v, want two lines", journal)
	}
	for _, c := range journal {
		if c.Kind != "port" || c.Name != "G.hn 1/3" || c.Result != string(gam.ChangeVerified) || c.Actor == "" || c.Error != "" {
			t.Errorf("journal %+v", c)
		}
	}
	up, down := true, false
	first := journal[1]
	if !first.Before.Port.Equal(gam.PortSettings{Number: 3, Name: "G.hn 1/3", Type: gam.MIMO, AdminUp: &up}) ||
		!first.After.Port.Equal(gam.PortSettings{Number: 3, Name: "riser A pair 1", Type: gam.SISO, AdminUp: &up}) {
		t.Errorf("before and after: %+v", first)
	}
	if !journal[0].After.Port.Equal(gam.PortSettings{Number: 3, Name: "riser A pair 1", Type: gam.SISO, AdminUp: &down}) {
		t.Errorf("shut down: %+v", journal[0])
	}
	writes, saves := 0, 0
	for _, c := range dev.Calls() {
		switch c.Effect {
		case sim.Write:
			writes++
		case sim.Save:
			saves++
		}
	}
	if writes != 2 || saves != 2 {
		t.Errorf("%d writes and %d saves for two changes", writes, saves)
	}
	if m := dev.Manners(); m.NoOpWrites != 0 || m.OverlappingCalls != 0 || m.UnsavedWrites != 0 || m.IdleSaves != 0 {
		t.Errorf("manners %+v", m)
	}
}

// A refused change stands in the journal as failed, leaves nothing to save,
// and mode watch never gets as far as the device.
func TestPortRefusals(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dev := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", EndpointsPerPort: 2, Seed: 3})
	id := l.addDevice(dev.Address, "")
	l.online(id)
	port := func(n int) string { return fmt.Sprintf("/api/v1/devices/%d/ports/%d", id, n) }
	l.refusedWith(http.MethodPatch, port(1), map[string]any{"port_type": "SISO"}, 422, "coax ports")
	l.refusedWith(http.MethodPatch, port(5), map[string]any{"name": "x"}, 404, "ports 1 to 4")
	l.do(http.MethodPatch, port(1), map[string]any{"name": "riser"}, nil)
	l.refusedWith(http.MethodPatch, port(2), map[string]any{"name": "riser"}, 409, "name")
	var row struct {
		Unsaved bool `json:"unsaved"`
	}
	l.do(http.MethodGet, fmt.Sprint("/api/v1/devices/", id), nil, &row)
	if journal := l.journal(id); row.Unsaved || len(journal) != 2 || journal[0].Result != string(gam.ChangeFailed) || journal[0].Error == "" {
		t.Errorf("unsaved %v, journal %+v", row.Unsaved, journal)
	}

	// Two customers on a port.
	all := dev.State().Endpoints
	l.settled(dev, l.order(id, "unit 1", all[0].MAC, all[0].Port), all[0].MAC)
	l.settled(dev, l.order(id, "unit 2", all[1].MAC, all[1].Port), all[1].MAC)
	eventually(t, "refused for two customers", func() (bool, string) {
		err := l.api.Do(t.Context(), http.MethodPatch, port(all[0].Port), map[string]any{"admin_up": false}, nil)
		return err != nil && strings.Contains(err.Error(), "2 customers"), fmt.Sprint(err)
	})
	l.do(http.MethodPatch, port(all[0].Port), map[string]any{"admin_up": false, "confirm": true}, nil)
	l.do(http.MethodPatch, port(all[0].Port), map[string]any{"admin_up": true}, nil)

	l.do(http.MethodPatch, fmt.Sprint("/api/v1/devices/", id), map[string]any{"mode": "watch"}, nil)
	dev.ForgetCalls()
	l.refusedWith(http.MethodPatch, port(1), map[string]any{"name": "other"}, 409, "mode watch")
	for _, c := range dev.Calls() {
		if c.Effect != sim.Read {
			t.Errorf("in mode watch: %+v", c)
		}
	}
}

// While a pass works on the device, a port's change waits; while a port is
// being changed, a pass waits.
func TestPortAndPassDoNotOverlap(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dev := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", EndpointsPerPort: 2, Seed: 3, SaveTime: time.Second})
	id := l.addDevice(dev.Address, "")
	l.online(id)
	e := dev.State().Endpoints[0]
	sub := l.order(id, "unit 1", e.MAC, e.Port)
	eventually(t, "the pass writes", func() (bool, string) {
		return len(dev.State().Running.Services) > 0, "not yet"
	})
	path := fmt.Sprintf("/api/v1/devices/%d/ports/2", id)
	// It saves for a second now, holding the device.
	l.do(http.MethodPatch, path, map[string]any{"name": "riser"}, nil)
	if s := dev.State(); s.Running.Ports[1].Name != "riser" || !s.Saved {
		t.Errorf("port 2 is %+v, saved %v", s.Running.Ports[1], s.Saved)
	}
	l.settled(dev, sub, e.MAC)

	dev.ForgetCalls()
	done := make(chan error, 1)
	go func() {
		done <- l.api.Do(context.WithoutCancel(t.Context()), http.MethodPatch, path, map[string]any{"name": "riser B"}, nil)
	}()
	next := dev.State().Endpoints[1]
	sub = l.order(id, "unit 2", next.MAC, next.Port)
	if err := <-done; err != nil {
		t.Error(err)
	}
	l.settled(dev, sub, next.MAC)
}

func TestPortCountersAndEndpointCare(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	mac := gam.MustMAC("00:0E:D8:20:11:A4")
	dev := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", Seed: 3, Endpoints: []sim.Plug{{MAC: mac, Port: 2, FwMismatch: true, Trouble: sim.BadSplitter}}})
	id := l.addDevice(dev.Address, "")
	l.online(id)
	l.do(http.MethodPost, fmt.Sprintf("/api/v1/devices/%d/ports/2/reset-counters", id), nil, nil)
	one := "/api/v1/endpoints/" + mac.String()
	eventually(t, "endpoint seen", func() (bool, string) {
		err := l.api.Do(t.Context(), http.MethodGet, one, nil, nil)
		return err == nil, fmt.Sprint(err)
	})

	type diagnosis struct {
		Summary string
		Checks  []struct{ Code, Value, Verdict, Rule string }
	}
	look := func() map[string]string {
		t.Helper()
		var d diagnosis
		l.do(http.MethodPost, one+"/diagnose", nil, &d)
		verdicts := map[string]string{}
		for _, c := range d.Checks {
			if c.Value == "" || c.Rule == "" {
				t.Errorf("no words: %+v", c)
			}
			verdicts[c.Code] = c.Verdict
		}
		if d.Summary == "" {
			t.Error("no summary")
		}
		return verdicts
	}
	if got := look(); got["state"] != "bad" || got["phy_symmetry"] != "bad" || got["firmware"] != "suspect" || got["ethernet"] == "" || got["port_load"] != "good" {
		t.Errorf("diagnosis %+v", got)
	}
	l.settled(dev, l.order(id, "unit 1", mac, 2), mac)
	if got := look(); got["state"] != "good" || got["service"] != "good" {
		t.Errorf("with a service: %+v", got)
	}
	l.do(http.MethodPost, one+"/upgrade", nil, nil)
	l.refusedWith(http.MethodPost, one+"/upgrade", nil, 409, "fits its device already")
	l.do(http.MethodPost, one+"/upgrade", map[string]any{"force": true}, nil)
	if got := look(); got["firmware"] != "good" {
		t.Errorf("after the upgrade: %+v", got)
	}
}
