package sim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/sim"
)

func TestControlAPI(t *testing.T) {
	f := startFleet(t, sim.FleetOptions{Devices: 2, Model: "GAM-4-CX", Bare: true, Control: "127.0.0.1:0"})
	d := f.Devices()[1]
	do := func(method, path, body string, status int) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+f.ControlAddress+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != status {
			t.Errorf("%s %s: HTTP %d %s, want %d", method, path, resp.StatusCode, b, status)
		}
		return string(b)
	}
	var list []sim.Info
	if err := json.Unmarshal([]byte(do("GET", "/devices", "", 200)), &list); err != nil || len(list) != 2 || list[1].Serial != d.Serial() || list[1].Site == "" {
		t.Errorf("devices: %+v, %v", list, err)
	}
	base := "/devices/" + d.Serial()
	var s sim.State
	if err := json.Unmarshal([]byte(do("GET", "/devices/2", "", 200)), &s); err != nil || len(s.Running.Profiles) != 1 || len(s.Startup.Ports) != 4 {
		t.Errorf("state: %+v, %v", s, err)
	}
	do("GET", "/devices/unknown", "", 404)

	do("POST", base+"/rpc", `{"method":"ghnAgent.config.bwProfileByName.add","params":["p",{"DsBw":100,"UsBw":10}]}`, 200)
	if got := do("POST", base+"/rpc", `{"method":"ghnAgent.config.bwProfileByName.add","params":["p",{"DsBw":100,"UsBw":10}]}`, 422); !strings.Contains(got, "-46") {
		t.Errorf("the vendor error is not in %s", got)
	}
	if _, ok := d.State().Running.Profile("p"); !ok {
		t.Error("the call had no effect")
	}
	do("POST", base+"/lose-unsaved", "", 200)
	if _, ok := d.State().Running.Profile("p"); ok {
		t.Error("the unsaved profile is still there")
	}
	if got := do("POST", base+"/fill-profiles", "", 200); !strings.Contains(got, "14") {
		t.Errorf("filled: %s", got)
	}
	do("POST", base+"/foreign", `{"count":3}`, 200)
	if got := len(d.State().Running.Services); got != 3 {
		t.Errorf("%d foreign subscribers, want 3", got)
	}

	do("POST", base+"/faults", `{"kind":"busy","count":1}`, 200)
	do("POST", base+"/faults", `{"kind":"earthquake"}`, 400)
	do("POST", base+"/faults", `{"kind":"busy","typo":1}`, 400)
	if got := do("GET", base+"/faults", "", 200); !strings.Contains(got, `"busy"`) {
		t.Errorf("faults: %s", got)
	}
	do("DELETE", base+"/faults/1", "", 200)
	do("DELETE", base+"/faults/1", "", 400)
	do("POST", base+"/faults", `{"kind":"timeout"}`, 200)
	do("DELETE", base+"/faults", "", 200)
	must(t, d.Running, "ghnAgent.config.global.get", `[]`)
	if got := do("GET", base+"/manners", "", 200); !strings.Contains(got, `"calls": 1`) {
		t.Errorf("manners: %s", got)
	}
	if got := do("GET", base+"/calls", "", 200); !strings.Contains(got, "global.get") || !strings.Contains(got, sim.OutOfBand) {
		t.Errorf("calls: %s", got)
	}
	do("DELETE", base+"/calls", "", 200)
	if len(d.Calls()) != 0 {
		t.Error("the log was not forgotten")
	}

	mac := d.Units[0].MAC
	do("POST", base+"/plug", `{"mac_address":"`+mac.String()+`","port":3}`, 200)
	if e := serves(t, d.Running, mac); e.Port != 3 {
		t.Errorf("moved to port 3, seen on %d", e.Port)
	}
	do("POST", base+"/plug", `{"mac_address":"`+mac.String()+`","port":5}`, 400)
	do("POST", base+"/unplug", `{"mac_address":"`+mac.String()+`"}`, 200)
	if _, ok := d.State().Serves(mac); ok {
		t.Error("the unplugged endpoint is still seen")
	}
	do("POST", base+"/password", `{"password":"new"}`, 200)
	if _, p := d.Credentials(); p != "new" {
		t.Error("the password did not change")
	}
	do("POST", base+"/certificate", "", 200)
	do("POST", base+"/reboot", "", 200)
	if d.State().Boots != 2 {
		t.Error("the device did not restart")
	}
}
