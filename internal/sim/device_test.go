package sim_test

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// Every endpoint of a full device has an address of its own, on each model.
func TestEveryEndpointHasItsOwnMAC(t *testing.T) {
	t.Parallel()
	for _, hw := range gam.Models {
		dev := sim.StartDevice(t, sim.Options{Model: hw.Name, EndpointsPerPort: hw.EndpointsPerPort(), Seed: 7})
		seen := map[gam.MAC]bool{}
		for _, e := range dev.State().Endpoints {
			seen[e.MAC] = true
		}
		if want := hw.Ports * hw.EndpointsPerPort(); len(seen) != want {
			t.Errorf("%s: %d different endpoints, want %d", hw.Name, len(seen), want)
		}
	}
}
