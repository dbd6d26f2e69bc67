package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/app"
	"github.com/opengam/opengam/internal/client"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// lab is the whole product in this process, over real sockets, with one plan.
type lab struct {
	t    testing.TB
	api  *client.Client
	plan int64
}

// deadline of one call in these tests: faults that hang must not make them
// long.
const labDeadlineSec = 2

func newLab(t testing.TB) *lab {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	dir := t.TempDir()
	a, err := app.New(ctx, app.Options{Listen: "127.0.0.1:0", DataDir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	url, token, ok := app.RunningServer(t.Context(), app.Options{DataDir: dir})
	if !ok {
		t.Fatal("the control file does not lead to the server")
	}
	api, err := client.New(url, token)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{t: t, api: api}
	l.do(http.MethodPatch, "/api/v1/settings", map[string]any{"device_deadline_s": labDeadlineSec}, nil)
	var plan idRow
	l.do(http.MethodPost, "/api/v1/plans", map[string]any{"name": "Basic", "downstream_mbps": 100, "upstream_mbps": 20}, &plan)
	l.plan = plan.ID
	return l
}

func (l *lab) do(method, path string, body, out any) {
	l.t.Helper()
	if err := l.api.Do(l.t.Context(), method, path, body, out); err != nil {
		l.t.Fatalf("%s %s: %v", method, path, err)
	}
}

func (l *lab) addDevice(address, password string) int64 {
	l.t.Helper()
	var row idRow
	l.do(http.MethodPost, "/api/v1/devices", map[string]any{
		"name": "riser", "address": address,
		"access": map[string]any{"jsonrpc": map[string]any{"username": "admin", "password": password}},
	}, &row)
	return row.ID
}

func (l *lab) order(device int64, name string, mac gam.MAC, port int) int64 {
	l.t.Helper()
	var row idRow
	l.do(http.MethodPost, "/api/v1/subscribers", map[string]any{
		"name": name, "device_id": device, "endpoint_mac": mac.String(), "port": port, "plan_id": l.plan,
	}, &row)
	return row.ID
}

func (l *lab) subscriber(id int64) (row syncRow) {
	l.t.Helper()
	l.do(http.MethodGet, fmt.Sprint("/api/v1/subscribers/", id), nil, &row)
	return row
}

func (l *lab) device(id int64) (row struct {
	Status       string `json:"status"`
	StatusReason string `json:"status_reason"`
	Sync         struct {
		State  string `json:"state"`
		Reason string `json:"reason"`
	} `json:"sync"`
}) {
	l.t.Helper()
	l.do(http.MethodGet, fmt.Sprint("/api/v1/devices/", id), nil, &row)
	return row
}

// settled waits until the order is on the device, read back and saved, and
// checks that it is there once.
func (l *lab) settled(dev *sim.Running, id int64, mac gam.MAC) {
	l.t.Helper()
	eventually(l.t, "order in sync", func() (bool, string) {
		s := l.subscriber(id)
		return s.Sync.State == string(gam.SyncInSync), fmt.Sprintf("%+v", s.Sync)
	})
	state := dev.State()
	n := 0
	for _, s := range state.Running.Services {
		if s.EndpointMAC == mac {
			n++
		}
	}
	if n != 1 || !state.Saved {
		l.t.Errorf("on the device %d times (want once), saved %v", n, state.Saved)
	}
	if m := dev.Manners(); m.NoOpWrites != 0 || m.OverlappingCalls != 0 || m.UnsavedWrites != 0 {
		l.t.Errorf("manners on the device: %+v", m)
	}
}

// A fault that strikes a few times heals by itself, and nothing is lost or
// done twice.
func TestPassingFaultsHeal(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]sim.Fault{
		"HangBeforeWrite":     {Kind: sim.FaultHang, Effect: sim.Write, Count: 1},
		"HangAfterWrite":      {Kind: sim.FaultHangAfter, Effect: sim.Write, Count: 1},
		"HangAfterSecond":     {Kind: sim.FaultHangAfter, Effect: sim.Write, Skip: 1, Count: 1},
		"ResetInAnswer":       {Kind: sim.FaultReset, Effect: sim.Write, Count: 2},
		"GarbageOnWrite":      {Kind: sim.FaultGarbage, Effect: sim.Write, Count: 1},
		"TruncatedRead":       {Kind: sim.FaultTruncated, Method: "ghnAgent.config", Effect: sim.Read, Count: 2},
		"HugeRead":            {Kind: sim.FaultHuge, Method: "ghnAgent.config.endpoint", Effect: sim.Read, Count: 1},
		"WrongTypes":          {Kind: sim.FaultWrongTypes, Method: "ghnAgent.config.userByName", Effect: sim.Read, Count: 2},
		"HTTP500":             {Kind: sim.FaultHTTP500, Count: 2},
		"SomebodyElsesAnswer": {Kind: sim.FaultWrongID, Effect: sim.Write, Count: 1},
		"Busy":                {Kind: sim.FaultBusy, Effect: sim.Write, Count: 2},
		"RebootOnWrite":       {Kind: sim.FaultReboot, Effect: sim.Write, Skip: 1, Count: 1},
		"RebootAfterWrite":    {Kind: sim.FaultRebootAfter, Effect: sim.Write, Count: 1},
		"RebootAfterLast":     {Kind: sim.FaultRebootAfter, Effect: sim.Write, Skip: 2, Count: 1},
		"SaveFails":           {Kind: sim.FaultHTTP500, Effect: sim.Save, Count: 2},
		"SaveHangs":           {Kind: sim.FaultHangAfter, Effect: sim.Save, Count: 1},
		"RebootOnSave":        {Kind: sim.FaultReboot, Effect: sim.Save, Count: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			dev := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", EndpointsPerPort: 2, Seed: 3, Password: "pw", RebootTime: 500 * time.Millisecond})
			id := l.addDevice(dev.Address, "pw")
			eventually(t, "device read", func() (bool, string) {
				d := l.device(id)
				return d.Status == string(gam.StatusOnline), d.Status + " " + d.StatusReason
			})
			dev.MustFault(t, f)
			e := dev.State().Endpoints[0]
			sub := l.order(id, "unit 1", e.MAC, e.Port)
			l.settled(dev, sub, e.MAC)
		})
	}
}

// Labels that nobody knows spoil nothing but themselves.
func TestUnknownLabelsAreTolerated(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dev := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", EndpointsPerPort: 2, Seed: 3})
	dev.MustFault(t, sim.Fault{Kind: sim.FaultUnknownEnum, Method: "ghnAgent.status"})
	id := l.addDevice(dev.Address, "")
	e := dev.State().Endpoints[0]
	l.settled(dev, l.order(id, "unit 1", e.MAC, e.Port), e.MAC)
}

// What does not heal by itself says what is wrong and what to do, keeps the
// order, and heals when a person has done it.
func TestLastingFaultsNameTheRemedy(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "<html><body>A coffee machine</body></html>")
	}))
	t.Cleanup(web.Close)
	for _, c := range []struct {
		name              string
		address, password func(dev *sim.Running) string
		want              string // in the reason
	}{
		{"WrongPassword", func(d *sim.Running) string { return d.Address }, func(*sim.Running) string { return "guess" }, "password"},
		{"Unreachable", func(*sim.Running) string { return "127.0.0.1:1" }, func(*sim.Running) string { return "pw" }, "127.0.0.1:1"},
		{"NotAGAM", func(*sim.Running) string { return strings.TrimPrefix(web.URL, "http://") }, func(*sim.Running) string { return "pw" }, "GAM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			dev := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", EndpointsPerPort: 2, Seed: 3, Password: "pw"})
			id := l.addDevice(c.address(dev), c.password(dev))
			e := dev.State().Endpoints[0]
			sub := l.order(id, "unit 1", e.MAC, e.Port)
			eventually(t, "a reason that helps", func() (bool, string) {
				d := l.device(id)
				return d.Status != string(gam.StatusOnline) && strings.Contains(d.StatusReason, c.want) && strings.Contains(d.Sync.Reason, c.want), fmt.Sprintf("%+v", d)
			})
			if s := l.subscriber(sub); s.Sync.State == string(gam.SyncInSync) {
				t.Errorf("the order is called done: %+v", s)
			}
			l.do(http.MethodPatch, fmt.Sprint("/api/v1/devices/", id), map[string]any{
				"address": dev.Address, "access": map[string]any{"jsonrpc": map[string]any{"password": "pw"}},
			}, nil)
			l.settled(dev, sub, e.MAC)
		})
	}
}

func TestFullProfileTableNamesThePlan(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dev := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", EndpointsPerPort: 2, Seed: 3})
	if _, err := dev.FillProfiles(); err != nil {
		t.Fatal(err)
	}
	before := dev.State().Running
	id := l.addDevice(dev.Address, "")
	e := dev.State().Endpoints[0]
	sub := l.order(id, "unit 1", e.MAC, e.Port)
	eventually(t, "stuck with the plan's name", func() (bool, string) {
		s := l.subscriber(sub)
		return s.Sync.State == string(gam.SyncStuck) && strings.Contains(s.Sync.Reason, "Basic"), fmt.Sprintf("%+v", s.Sync)
	})
	checkForeign(t, before, dev.State().Running)
	if _, err := dev.OutOfBand("ghnAgent.config.bwProfileByName.del", before.Profiles[len(before.Profiles)-1].Name); err != nil {
		t.Fatal(err)
	}
	l.do(http.MethodPost, fmt.Sprint("/api/v1/devices/", id, "/poll"), nil, nil)
	l.settled(dev, sub, e.MAC)
}

// Somebody changes and removes what is ours behind our back: it is noticed
// and repaired; what is theirs stays.
func TestDriftIsRepaired(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	dev := sim.StartDevice(t, sim.Options{Model: "GAM-4-CX", EndpointsPerPort: 2, Seed: 3})
	id := l.addDevice(dev.Address, "")
	a, b := dev.State().Endpoints[0], dev.State().Endpoints[1]
	first, second := l.order(id, "unit 1", a.MAC, a.Port), l.order(id, "unit 2", b.MAC, b.Port)
	l.settled(dev, first, a.MAC)
	l.settled(dev, second, b.MAC)
	vlan := 0
	for _, s := range dev.State().Running.Services {
		if s.EndpointMAC == a.MAC {
			vlan = s.VLAN
			if _, err := dev.OutOfBand("ghnAgent.config.userByName.set", s.Name, map[string]any{"VlanId": 3999}); err != nil {
				t.Fatal(err)
			}
		} else if _, err := dev.OutOfBand("ghnAgent.config.userByName.del", s.Name); err != nil {
			t.Fatal(err)
		}
	}
	l.do(http.MethodPost, fmt.Sprint("/api/v1/devices/", id, "/poll"), nil, nil)
	eventually(t, "drift repaired", func() (bool, string) {
		services := dev.State().Running.Services
		for _, s := range services {
			if s.EndpointMAC == a.MAC && s.VLAN == vlan && len(services) == 2 {
				// Repaired is what was saved before: only the count of writes tells.
				return dev.Manners().UnsavedWrites == 0, "repaired, not saved"
			}
		}
		return false, fmt.Sprintf("%+v", services)
	})
	l.settled(dev, first, a.MAC)
	l.settled(dev, second, b.MAC)
}
