package sim_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/sim"
)

func TestManners(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	must(t, r, "icfg.control.copy.set", shortSave) // idle
	must(t, r, "ghnAgent.config.bwProfileByName.add", `["p",{"DsBw":100,"UsBw":10}]`)
	must(t, r, "ghnAgent.config.bwProfileByName.set", `["p",{"DsBw":100}]`) // no-op
	must(t, r, "ghnAgent.config.port.set", `["G.hn 1/1",{"Name":"G.hn 1/1"}]`)
	must(t, r, "ghnAgent.config.global.set", `[{}]`)
	must(t, r, "systemUtility.config.systemInfo.set", `[{"Location":""}]`)
	must(t, r, "port.config.set", `["10G 1/1",{"MTU":2048}]`)
	must(t, r, "icfg.control.copy.set", shortSave)
	must(t, r, "ghnAgent.config.bwProfileByName.set", `["p",{"DsBw":101}]`)
	ask(t, r, "ghnAgent.config.bwProfileByName.set", `["p",{"DsBw":1}]`) // fails
	want := sim.Manners{Calls: 10, Writes: 7, UnsavedWrites: 1, Saves: 2, IdleSaves: 1, NoOpWrites: 5, FailedWrites: 1}
	if diff := cmp.Diff(want, r.Manners()); diff != "" {
		t.Errorf("manners (-want +got):\n%s", diff)
	}
	r.ForgetCalls()
	if diff := cmp.Diff(sim.Manners{}, r.Manners()); diff != "" {
		t.Errorf("after forgetting (-want +got):\n%s", diff)
	}
}

func TestOverlaps(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{Latency: 100 * time.Millisecond})
	var wg sync.WaitGroup
	for _, call := range []string{
		`{"id":1,"method":"ghnAgent.config.bwProfileByName.add","params":["a",{"DsBw":100,"UsBw":10}]}`,
		`{"id":1,"method":"ghnAgent.config.bwProfileByName.add","params":["b",{"DsBw":100,"UsBw":10}]}`,
		`{"id":1,"method":"ghnAgent.config.global.get","params":[]}`,
	} {
		wg.Go(func() {
			if _, _, err := raw(t.Context(), r, call); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if m := r.Manners(); m.OverlappingCalls != 2 || m.OverlappingWrites != 1 {
		t.Errorf("%+v; want 2 overlapping calls, 1 of them a write", m)
	}
	r.ForgetCalls()
	for range 3 {
		must(t, r, "ghnAgent.config.global.get", `[]`)
	}
	if m := r.Manners(); m.OverlappingCalls != 0 {
		t.Errorf("calls one after the other overlap: %+v", m)
	}
}

func TestCallLog(t *testing.T) {
	c := newClock()
	r := sim.StartDevice(t, sim.Options{Now: c.Now})
	must(t, r, "ghnAgent.config.bwProfileByName.add", `["p",{"DsBw":100,"UsBw":10}]`)
	ask(t, r, "no.such.method", `[]`)
	if _, err := r.OutOfBand("ghnAgent.config.bwProfileByName.del", "p"); err != nil {
		t.Fatal(err)
	}
	calls := r.Calls()
	if len(calls) != 3 {
		t.Fatalf("%d calls logged, want 3", len(calls))
	}
	for i, want := range []sim.Call{
		{Seq: 1, Start: c.Now(), End: c.Now(), Method: "ghnAgent.config.bwProfileByName.add", Params: []byte(`["p",{"DsBw":100,"UsBw":10}]`), Effect: sim.Write, HTTP: 200, Changed: true},
		{Seq: 2, Start: c.Now(), End: c.Now(), Method: "no.such.method", Params: []byte(`[]`), Effect: sim.Read, HTTP: 200, Error: &sim.RPCError{Code: -32601, Message: "Method not found"}},
		{Seq: 3, Start: c.Now(), End: c.Now(), Method: "ghnAgent.config.bwProfileByName.del", Params: []byte(`["p"]`), Effect: sim.Write, Source: sim.OutOfBand, Changed: true},
	} {
		if i < 2 {
			want.Source = calls[i].Source // the client's own address
			if want.Source == "" {
				t.Errorf("call %d has no source", i+1)
			}
		}
		if diff := cmp.Diff(want, calls[i]); diff != "" {
			t.Errorf("call %d (-want +got):\n%s", i+1, diff)
		}
	}
}
