package app_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/client"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/store/storetest"
)

// What the API shows of things, as far as these tests read it.
type (
	idRow   struct{ ID int64 }
	syncRow struct {
		ID     int64  `json:"id"`
		Name   string `json:"name"`
		Status string `json:"status"`
		Sync   struct {
			State  string `json:"state"`
			Reason string `json:"reason"`
		} `json:"sync"`
	}
)

// Orders are placed while the product is killed with -9 again and again.
// After the last start every order that was accepted is on the device exactly
// once and saved, nothing was written twice or for nothing, and what somebody
// else had configured stands as it was.
func TestKilledAtRandomMoments(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute; the quick loop leaves it out")
	}
	t.Run("sqlite", func(t *testing.T) { killAtRandomMoments(t, "") })
	t.Run("postgres", func(t *testing.T) { killAtRandomMoments(t, storetest.PostgresURL(t)) })
}

const (
	crashOrders = 200
	crashKills  = 8
)

func killAtRandomMoments(t *testing.T, databaseURL string) {
	dev := sim.StartDevice(t, sim.Options{
		Model: "GAM-24-C", EndpointsPerPort: 9, Seed: 7, Latency: 3 * time.Millisecond, SaveTime: 50 * time.Millisecond,
		Username: "admin", Password: "crash-bait",
	})
	foreign := addForeign(t, dev)
	dev.ForgetCalls()
	dir := t.TempDir() + "/data"
	p := start(t, dir, databaseURL)

	var plans []int64
	for i, rate := range []int{100, 300, 500} {
		var row idRow
		body := map[string]any{"name": fmt.Sprintf("Plan %d", rate), "downstream_mbps": rate, "upstream_mbps": 20 * (i + 1), "overhead_percent": 7}
		if err := p.api.Do(t.Context(), http.MethodPost, "/api/v1/plans", body, &row); err != nil {
			t.Fatal(err)
		}
		plans = append(plans, row.ID)
	}
	var device idRow
	body := map[string]any{"name": "riser", "address": dev.Address, "access": map[string]any{"jsonrpc": map[string]any{"username": "admin", "password": "crash-bait"}}}
	if err := p.api.Do(t.Context(), http.MethodPost, "/api/v1/devices", body, &device); err != nil {
		t.Fatal(err)
	}

	macs := freeEndpoints(dev, crashOrders)
	if len(macs) != crashOrders {
		t.Fatalf("%d free endpoints, want %d", len(macs), crashOrders)
	}
	var mu sync.Mutex // guards api: the ordering goroutine follows the restarts
	api := p.api
	current := func() *client.Client { mu.Lock(); defer mu.Unlock(); return api }
	placed := make(chan error, 1)
	go func() { placed <- placeOrders(t.Context(), current, device.ID, plans, macs) }()

	for range crashKills {
		<-time.After(rand.N(900 * time.Millisecond))
		p.kill(t)
		p = start(t, dir, databaseURL)
		mu.Lock()
		api = p.api
		mu.Unlock()
	}
	if err := <-placed; err != nil {
		t.Fatal(err)
	}
	eventually(t, "every order in sync", func() (bool, string) {
		subs, err := client.All[syncRow](t.Context(), p.api, "/api/v1/subscribers", nil)
		if err != nil {
			return false, err.Error()
		}
		states := map[string]int{}
		for _, s := range subs {
			states[s.Sync.State]++
		}
		return len(subs) == crashOrders && states[string(gam.SyncInSync)] == crashOrders, fmt.Sprint(len(subs), " orders: ", states)
	})

	state := dev.State()
	served := map[string]int{}
	for _, s := range state.Running.Services {
		served[s.EndpointMAC.String()]++
	}
	for _, mac := range macs {
		if served[mac.String()] != 1 {
			t.Errorf("endpoint %s is served %d times, want once", mac, served[mac.String()])
		}
	}
	if n := len(state.Running.Services); n != crashOrders+len(foreign.Services) {
		t.Errorf("%d subscriber entries on the device, want %d", n, crashOrders+len(foreign.Services))
	}
	if !state.Saved {
		t.Error("the running configuration is not saved")
	}
	checkForeign(t, foreign, state.Running)
	if m := dev.Manners(); m.NoOpWrites != 0 || m.OverlappingCalls != 0 || m.UnsavedWrites != 0 {
		t.Errorf("manners on the device: %+v", m)
	}
}

// placeOrders keeps at it through every restart: an order counts as placed
// when the product has said so, and is repeated with the same key until then.
func placeOrders(ctx context.Context, api func() *client.Client, device int64, plans []int64, macs []gam.MAC) error {
	for i, mac := range macs {
		body := map[string]any{
			"name": fmt.Sprintf("unit %03d", i+1), "device_id": device, "endpoint_mac": mac.String(), "plan_id": plans[i%len(plans)],
		}
		for try := 0; ; try++ {
			err := api().Once(fmt.Sprintf("order-%d", i)).Do(ctx, http.MethodPost, "/api/v1/subscribers", body, nil)
			if err == nil {
				break
			}
			var refused *client.Problem
			if errors.As(err, &refused) && refused.Status < 500 || try > 2000 {
				return fmt.Errorf("order %d: %w", i, err)
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	return nil
}

// freeEndpoints is n detected endpoints that nobody configured.
func freeEndpoints(dev *sim.Running, n int) []gam.MAC {
	state := dev.State()
	var macs []gam.MAC
	for _, e := range state.Endpoints {
		if _, configured := state.Running.Endpoint(e.MAC); !configured && len(macs) < n {
			macs = append(macs, e.MAC)
		}
	}
	return macs
}

// addForeign configures what somebody else did before us, and saves it.
func addForeign(t *testing.T, dev *sim.Running) gam.Config {
	t.Helper()
	type object = map[string]any
	do := func(method string, params ...any) {
		if _, err := dev.OutOfBand(method, params...); err != nil {
			t.Fatalf("%s: %v", method, err)
		}
	}
	do("ghnAgent.config.bwProfileByName.add", "legacy-50", object{"DsBw": 50, "UsBw": 10})
	for i, e := range dev.State().Endpoints[:3] {
		name := fmt.Sprintf("old-%d", i+1)
		do("ghnAgent.config.endpointByName.add", name, object{"MacAddress": e.MAC.String(), "PortIfIndex": gam.GhnName(e.Port)})
		do("ghnAgent.config.userByName.add", name, object{"EndpointName": name, "BwProfileName": "legacy-50", "VlanId": 3000 + i})
	}
	do("icfg.control.copy.set", object{"Copy": true, "SourceConfigType": "runningConfig", "DestinationConfigType": "startupConfig"})
	return dev.State().Running
}

// checkForeign compares entries of somebody else before and after.
func checkForeign(t *testing.T, before, after gam.Config) {
	t.Helper()
	for _, s := range before.Services {
		got, _ := after.Service(s.Name)
		if diff := cmp.Diff(s, got); diff != "" {
			t.Errorf("unmanaged subscriber %q was touched (-before +after):\n%s", s.Name, diff)
		}
	}
	for _, e := range before.Endpoints {
		got, _ := after.Endpoint(e.MAC)
		if diff := cmp.Diff(e, got); diff != "" {
			t.Errorf("unmanaged endpoint %s was touched (-before +after):\n%s", e.MAC, diff)
		}
	}
	for _, p := range before.Profiles {
		if i := slices.IndexFunc(after.Profiles, func(q gam.Profile) bool { return q == p }); i < 0 {
			t.Errorf("unmanaged profile %q was touched", p.Name)
		}
	}
}
