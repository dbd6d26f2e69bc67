package positron

import (
	"encoding/json"
	cmdline "flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

var update = cmdline.Bool("update", false, "rewrite the golden files")

// understood is everything that a driver reads of a device.
type understood struct {
	Identity  gam.Identity
	Config    gam.Config
	Uptime    time.Duration
	Ports     []gam.PortStatus
	Endpoints []gam.EndpointStatus
	Links     []gam.EndpointLink
}

func TestTapes(t *testing.T) {
	t.Parallel()
	all, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, e := range all {
		if !e.IsDir() || e.Name() == "fuzz" || e.Name() == "rapid" { // what other tests have found is no tape
			continue
		}
		played++
		dir := filepath.Join("testdata", e.Name())
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			got := replay(t, dir)
			raw, err := json.MarshalIndent(got, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			golden := dir + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, append(raw, '\n'), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			wantRaw, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			var want, have any
			if err := json.Unmarshal(wantRaw, &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(raw, &have); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("understood (-want +got), rewrite with -update if right:\n%s", diff)
			}
		})
	}
	if played < 2 {
		t.Errorf("%d tapes, want at least the two of the reference", played)
	}
}

func replay(t *testing.T, dir string) (got understood) {
	t.Helper()
	d, err := open(driver.Target{Name: "tape", Address: "gam.invalid"}, jsonrpc.Options{Transport: &jsonrpc.Tape{Dir: dir}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	got.Identity, err = d.Identify(ctx)
	must("identify", err)
	got.Config, err = d.Config(ctx)
	must("config", err)
	got.Uptime, err = d.Uptime(ctx)
	must("uptime", err)
	got.Ports, err = d.Ports(ctx)
	must("ports", err)
	got.Endpoints, err = d.Endpoints(ctx)
	must("endpoints", err)
	if len(got.Config.Endpoints) > 0 {
		got.Links, err = d.EndpointLinks(ctx, got.Config.Endpoints[0].MAC)
		if driver.KindOf(err) != driver.Unsupported {
			must("links", err)
		}
	}
	return got
}
