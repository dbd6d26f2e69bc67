package sim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

const (
	longSave  = `[{"Copy":true,"SourceConfigType":"runningConfig","SourceConfigFile":"runningConfig","DestinationConfigType":"startupConfig","DestinationConfigFile":"startupConfig","Merge":false}]`
	shortSave = `[{"Copy":true,"SourceConfigType":"runningConfig","DestinationConfigType":"startupConfig"}]`
)

func copyStatus(t *testing.T, r *sim.Running) string {
	t.Helper()
	return strings.TrimSuffix(strings.TrimPrefix(must(t, r, "icfg.status.copy.get", `[]`), `{"Status":"`), `"}`)
}

func TestSaveAndReboot(t *testing.T) {
	c := newClock()
	r := sim.StartDevice(t, sim.Options{Now: c.Now, SaveTime: 3 * time.Second, RebootTime: time.Minute})
	if got := copyStatus(t, r); got != "none" {
		t.Errorf("copy status of a new device is %q, want none", got)
	}
	must(t, r, "ghnAgent.config.bwProfileByName.add", `["kept",{"DsBw":100,"UsBw":10}]`)
	must(t, r, "icfg.control.copy.set", longSave)
	must(t, r, "ghnAgent.config.bwProfileByName.add", `["too late",{"DsBw":100,"UsBw":10}]`)
	if got := copyStatus(t, r); got != "inProgress" {
		t.Errorf("copy status is %q, want inProgress", got)
	}
	if a := ask(t, r, "icfg.control.copy.set", shortSave); a.Error == nil || a.Error.Code != -32603 {
		t.Errorf("a second copy at the same time gave %v, want -32603", a.Error)
	}
	c.move(3 * time.Second)
	if got := copyStatus(t, r); got != "success" {
		t.Errorf("copy status is %q, want success", got)
	}
	s := r.State()
	if _, ok := s.Startup.Profile("kept"); !ok {
		t.Error("the profile is not in the startup configuration")
	}
	if _, ok := s.Startup.Profile("too late"); ok {
		t.Error("a write during the copy was saved")
	}
	if s.Saved {
		t.Error("the state says saved while a profile is not")
	}

	uid := must(t, r, "ghnAgent.config.bwProfileByName.get", `["kept"]`)
	c.move(25 * time.Hour)
	if got := must(t, r, "systemUtility.status.systemUptime.get", `[]`); got != `{"SystemUptime":"1d 01:00:03"}` {
		t.Errorf("uptime is %s", got)
	}
	must(t, r, "systemUtility.control.reboot.set", `[1,{"Type":"coldReboot"}]`)
	if resp, err := http.Get(r.URL); err == nil {
		resp.Body.Close()
		t.Errorf("a device that restarts answered %s", resp.Status)
	}
	c.move(time.Minute)
	if got := must(t, r, "systemUtility.status.systemUptime.get", `[]`); got != `{"SystemUptime":"00:00:00"}` {
		t.Errorf("uptime after the reboot is %s", got)
	}
	if a := ask(t, r, "ghnAgent.config.bwProfileByName.get", `["too late"]`); a.Error.ModuleCode() != -21 {
		t.Errorf("the unsaved profile survived the reboot: %v", a)
	}
	if again := must(t, r, "ghnAgent.config.bwProfileByName.get", `["kept"]`); again == uid || !strings.Contains(again, `"Id":2,`) {
		t.Errorf("after the reboot the profile is %s, was %s; want the same Id and another Uid", again, uid)
	}
	if m := r.Manners(); m.LostWrites != 1 || m.UnsavedWrites != 0 || m.Saves != 1 {
		t.Errorf("manners %+v, want 1 lost write, none unsaved, 1 save", m)
	}
}

// TestRebootDuringSave: a save that was not finished has saved nothing.
func TestRebootDuringSave(t *testing.T) {
	c := newClock()
	r := sim.StartDevice(t, sim.Options{Now: c.Now, SaveTime: 3 * time.Second})
	must(t, r, "ghnAgent.config.bwProfileByName.add", `["p",{"DsBw":100,"UsBw":10}]`)
	must(t, r, "icfg.control.copy.set", shortSave)
	r.Reboot()
	c.move(time.Hour)
	if s := r.State(); len(s.Running.Profiles) != 1 || len(s.Startup.Profiles) != 1 {
		t.Errorf("the unfinished save was kept: %+v", s.Startup.Profiles)
	}
	if m := r.Manners(); m.LostWrites != 1 || m.UnsavedWrites != 0 {
		t.Errorf("manners: %+v, want 1 lost write", m)
	}
}

func TestCopyKinds(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	copyOf := func(from, fromFile, to, toFile string) string {
		must(t, r, "icfg.control.copy.set", `[{"Copy":true,"SourceConfigType":"`+from+`","SourceConfigFile":"`+fromFile+
			`","DestinationConfigType":"`+to+`","DestinationConfigFile":"`+toFile+`","Merge":false}]`)
		return copyStatus(t, r)
	}
	must(t, r, "ghnAgent.config.bwProfileByName.add", `["p",{"DsBw":100,"UsBw":10}]`)
	for _, tt := range []struct{ from, fromFile, to, toFile, want string }{
		{"runningConfig", "", "runningConfig", "", "errSameSrcDst"},
		{"configFile", "flash:missing", "runningConfig", "", "errNoSuchFile"},
		{"configFile", "tftp://192.0.2.1/x", "runningConfig", "", "errLoadSrc"},
		{"runningConfig", "", "configFile", "tftp://192.0.2.1/x", "errSaveDst"},
		{"runningConfig", "", "configFile", "flash:mine", "success"},
		{"configFile", "flash:default-config", "runningConfig", "", "success"},
	} {
		if got := copyOf(tt.from, tt.fromFile, tt.to, tt.toFile); got != tt.want {
			t.Errorf("copy %s %s to %s %s: %s, want %s", tt.from, tt.fromFile, tt.to, tt.toFile, got, tt.want)
		}
	}
	if _, ok := r.State().Running.Profile("p"); ok {
		t.Error("the default configuration was loaded and the profile is still there")
	}
	if got := copyOf("configFile", "flash:mine", "runningConfig", ""); got != "success" {
		t.Errorf("loading the file again: %s", got)
	}
	if _, ok := r.State().Running.Profile("p"); !ok {
		t.Error("the profile did not come back with its file")
	}
}

func TestFirmwareSwap(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	must(t, r, "ghnAgent.config.bwProfileByName.add", `["p",{"DsBw":100,"UsBw":10}]`)
	must(t, r, "icfg.control.copy.set", shortSave)
	upload := func(url string) string {
		must(t, r, "firmware.control.imageUpload.set", `[{"DoUpload":true,"ImageType":"firmware","Url":"`+url+`","NoSwap":true}]`)
		return must(t, r, "firmware.status.imageUpload.get", `[]`)
	}
	for url, want := range map[string]string{
		"http://192.0.2.10/gam12-24_mimo_1_5_4_r24310_positronfw.mfip": "errIncompatibleTarget",
		"http://192.0.2.10/readme.txt":                                 "errInvalidImage",
		"readme":                                                       "errInvalidUrl",
		"http://192.0.2.10/gam12-24_coax_9_9_9_r99999_positronfw.mfip": "errUnknownImage",
		"http://192.0.2.10/gam12-24_coax_1_5_4_r24310_positronfw.mfip": "success",
	} {
		if got := upload(url); got != `{"Status":"`+want+`"}` {
			t.Errorf("upload of %s: %s, want %s", url, got, want)
		}
	}
	must(t, r, "firmware.control.configCopy.set", `[{"ConfigCopy":true}]`)
	must(t, r, "firmware.control.global.set", `[{"SwapFirmware":true}]`)
	if got := r.FirmwareVersion(); got == "1.8.2" {
		t.Errorf("firmware after the swap is %s", got)
	}
	s := r.State()
	if _, ok := s.Running.Profile("p"); !ok || s.Boots != 2 {
		t.Errorf("after the swap: boots %d, profiles %v; want 2 and the copied configuration", s.Boots, s.Running.Profiles)
	}
}

func TestLoseUnsaved(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	must(t, r, "ghnAgent.config.endpointByName.add", `["e",{"MacAddress":"00:0E:D8:20:11:01"}]`)
	r.LoseUnsaved()
	s := r.State()
	if _, ok := s.Running.Endpoint(gam.MustMAC("000ED8201101")); ok || s.Boots != 1 {
		t.Errorf("endpoints %v after %d boots; want none, and no reboot", s.Running.Endpoints, s.Boots)
	}
}
