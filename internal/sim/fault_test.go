package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/sim"
)

// raw makes a call that may end in any way.
func raw(ctx context.Context, r *sim.Running, body string) (status int, text string, err error) {
	user, password := r.Credentials()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL+sim.Path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.SetBasicAuth(user, password)
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

const addProfile = `{"id":1,"method":"ghnAgent.config.bwProfileByName.add","params":["p",{"DsBw":100,"UsBw":10}]}`

// TestFaults sets each fault for one write and looks at what the client gets,
// whether the write was carried out, and that the next call is fine.
func TestFaults(t *testing.T) {
	reset := func(_ int, _ string, err error) bool { return err != nil && !errors.Is(err, context.DeadlineExceeded) }
	hang := func(_ int, _ string, err error) bool { return errors.Is(err, context.DeadlineExceeded) }
	is := func(status int, substr string) func(int, string, error) bool {
		return func(s int, text string, err error) bool {
			return err == nil && s == status && strings.Contains(text, substr)
		}
	}
	tests := []struct {
		fault sim.Fault
		gets  func(status int, text string, err error) bool
		done  bool
	}{
		{sim.Fault{Kind: sim.FaultHang}, hang, false},
		{sim.Fault{Kind: sim.FaultHangAfter}, hang, true},
		{sim.Fault{Kind: sim.FaultRefuse}, reset, false},
		{sim.Fault{Kind: sim.FaultReset}, reset, true},
		{sim.Fault{Kind: sim.FaultHTTP500}, is(500, "Internal"), false},
		{sim.Fault{Kind: sim.FaultNotAGAM}, is(200, "<html>"), false},
		{sim.Fault{Kind: sim.FaultPassword}, is(401, "Unauthorized"), false},
		{sim.Fault{Kind: sim.FaultError, Code: -2}, is(200, "G.hn internal error"), false},
		{sim.Fault{Kind: sim.FaultBusy}, is(200, `"vtss-module-code":-53`), false},
		{sim.Fault{Kind: sim.FaultReboot}, reset, false},
		{sim.Fault{Kind: sim.FaultGarbage}, is(200, "not json"), true},
		{sim.Fault{Kind: sim.FaultTruncated}, is(200, `{"id":1,"error":`), true},
		{sim.Fault{Kind: sim.FaultHuge}, func(s int, text string, err error) bool { return err == nil && s == 200 && len(text) > 60<<20 }, true},
		{sim.Fault{Kind: sim.FaultWrongTypes}, is(200, `"result":7`), true},
		{sim.Fault{Kind: sim.FaultUnknownEnum}, is(200, `"result":null`), true},
		{sim.Fault{Kind: sim.FaultWrongID}, is(200, "somebody-else"), true},
		{sim.Fault{Kind: sim.FaultSlow, Delay: time.Millisecond}, is(200, `"error":null`), true},
		{sim.Fault{Kind: sim.FaultRebootAfter}, is(200, `"error":null`), false}, // done, and lost by the reboot
	}
	if len(tests)+1 != len(sim.FaultKinds()) { // save_fails is no fault of a write: TestSaveFails
		t.Errorf("%d kinds are tested, there are %d", len(tests), len(sim.FaultKinds()))
	}
	for _, tt := range tests {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			r := sim.StartDevice(t, sim.Options{})
			tt.fault.Count, tt.fault.Effect = 1, sim.Write
			r.MustFault(t, tt.fault)
			must(t, r, "ghnAgent.config.global.get", `[]`) // a read is not hit
			// Long enough for 64 MiB, and a hang is cut off early.
			wait := time.Minute
			if tt.fault.Kind == sim.FaultHang || tt.fault.Kind == sim.FaultHangAfter {
				wait = 50 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			status, text, err := raw(ctx, r, addProfile)
			if !tt.gets(status, text, err) {
				t.Errorf("the client gets HTTP %d, %.80q, %v", status, text, err)
			}
			if _, done := r.State().Running.Profile("p"); done != tt.done {
				t.Errorf("carried out: %v, want %v", done, tt.done)
			}
			if len(r.Faults()) != 0 {
				t.Errorf("the fault was for one call and is still there: %v", r.Faults())
			}
			must(t, r, "ghnAgent.config.global.get", `[]`)
		})
	}
}

// eventually waits for what happens by itself, up to a deadline.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func TestFaultChoice(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	r.MustFault(t, sim.Fault{Kind: sim.FaultBusy, Method: "ghnAgent.config.global.", Skip: 2, Count: 2})
	var got []bool
	for range 6 {
		got = append(got, ask(t, r, "ghnAgent.config.global.get", `[]`).Error != nil)
		must(t, r, "ghnAgent.config.port.get", `[]`)
	}
	for i, want := range []bool{false, false, true, true, false, false} {
		if got[i] != want {
			t.Fatalf("calls hit: %v; want the third and the fourth", got)
		}
	}
	id := r.MustFault(t, sim.Fault{Kind: sim.FaultBusy})
	if ask(t, r, "ghnAgent.config.port.get", `[]`).Error == nil {
		t.Error("a fault for all methods hits none")
	}
	if !r.ClearFault(id) || r.ClearFault(id) {
		t.Error("clearing a fault works twice or not at all")
	}
	must(t, r, "ghnAgent.config.port.get", `[]`)
	for _, f := range []sim.Fault{{Kind: "earthquake"}, {Kind: sim.FaultError}, {Kind: sim.FaultSlow, Delay: -1}} {
		if _, err := r.Fault(f); err == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}

// TestDistortedReads: what wrong types and unknown labels look like in an
// answer with data.
func TestDistortedReads(t *testing.T) {
	r := prepared(t)
	r.MustFault(t, sim.Fault{Kind: sim.FaultUnknownEnum, Count: 1})
	if got := must(t, r, "ghnAgent.status.endpointByMac.brief.get", `["00:0E:D8:20:11:01"]`); !strings.Contains(got, `"State":"fromTheFuture"`) || !strings.Contains(got, `"ConfEndpointName":"e1"`) {
		t.Errorf("unknown labels: %s", got)
	}
	r.MustFault(t, sim.Fault{Kind: sim.FaultWrongTypes, Count: 1})
	var o map[string]any
	if err := json.Unmarshal([]byte(must(t, r, "ghnAgent.config.bwProfile.get", `[2]`)), &o); err != nil {
		t.Fatal(err)
	}
	if _, text := o["Name"].(string); text {
		t.Errorf("the name is still a string: %v", o)
	}
	if _, number := o["DsBw"].(float64); number {
		t.Errorf("the rate is still a number: %v", o)
	}
}

func TestOutOfBand(t *testing.T) {
	r := prepared(t)
	r.ForgetCalls()
	if n, err := r.FillProfiles(); err != nil || n != 12 {
		t.Errorf("filled %d slots, %v; want 12", n, err)
	}
	wantCode(t, r, -34, "ghnAgent.config.bwProfileByName.add", `["one more",{"DsBw":100,"UsBw":10}]`)
	if err := r.AddForeign(20); err != nil {
		t.Fatal(err)
	}
	if s := r.State().Running; len(s.Endpoints) != 23 || len(s.Services) != 21 {
		t.Errorf("%d endpoints and %d subscribers, want 23 and 21", len(s.Endpoints), len(s.Services))
	}
	if _, err := r.OutOfBand("ghnAgent.config.endpoint.set", 1, map[string]any{"Name": "renamed"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.OutOfBand("ghnAgent.config.endpoint.del", 1); err == nil {
		t.Error("an endpoint in use was deleted out of band")
	}
	if m := r.Manners(); m.Calls != 1 || m.UnsavedWrites != 0 || m.Writes != 0 {
		t.Errorf("out-of-band edits count as manners: %+v", m)
	}
	r.SetPassword("changed")
	if _, password := r.Credentials(); password != "changed" {
		t.Error("the password did not change")
	}

	p := sim.StartDevice(t, sim.Options{Model: "GAM-4-MX", PortAware: true})
	if err := p.AddForeign(6); err != nil {
		t.Fatal(err)
	}
	if s := p.State().Running; len(s.Services) != 4 {
		t.Errorf("port-aware, %d foreign subscribers, want one per port", len(s.Services))
	}
}

// TestLateCall: a client that gives up does not stop the device.
func TestLateCall(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	r.MustFault(t, sim.Fault{Kind: sim.FaultSlow, Delay: 200 * time.Millisecond, Count: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := raw(ctx, r, addProfile); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want a timeout", err)
	}
	if _, early := r.State().Running.Profile("p"); early {
		t.Error("the device was not slow")
	}
	eventually(t, "the write lands late", func() bool { _, ok := r.State().Running.Profile("p"); return ok })
	if c := r.Calls()[0]; c.Gone.IsZero() || !c.Gone.Before(c.End) {
		t.Errorf("the log says gone %v, end %v", c.Gone, c.End)
	}
}

func TestSaveFails(t *testing.T) {
	r := prepared(t)
	r.MustFault(t, sim.Fault{Kind: sim.FaultSaveFails, Effect: sim.Save, Count: 1})
	must(t, r, "icfg.control.copy.set", longSave)
	if got := copyStatus(t, r); got != "errSaveDst" {
		t.Errorf("copy status is %q, want errSaveDst", got)
	}
	if s := r.State(); s.Saved || len(s.Startup.Services) != 0 {
		t.Errorf("the failed save has saved: %+v", s.Startup)
	}
	if m := r.Manners(); m.Saves != 0 || m.UnsavedWrites == 0 {
		t.Errorf("the failed save counts: %+v", m)
	}
	must(t, r, "icfg.control.copy.set", longSave)
	if got := copyStatus(t, r); got != "success" || !r.State().Saved {
		t.Errorf("the second try ended as %q", got)
	}
}
