package sim_test

import (
	"fmt"
	"testing"

	"github.com/opengam/opengam/internal/sim"
)

// BenchmarkFullDevice is what a poll costs the simulated device when 384
// endpoints hang on it: figures of the manager are to be seen against it.
func BenchmarkFullDevice(b *testing.B) {
	f := sim.NewFleet(sim.FleetOptions{Model: "GAM-24-C", EndpointsPerPort: 16, Bare: true})
	if err := f.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer f.Stop()
	m := f.Devices()[0]
	for i, u := range m.Units {
		if _, err := m.OutOfBand("ghnAgent.config.endpoint.add", 0, map[string]any{"Name": "u" + fmt.Sprint(i), "MacAddress": u.MAC, "PortIfIndex": fmt.Sprintf("G.hn 1/%d", u.Port)}); err != nil {
			b.Fatal(err)
		}
		if _, err := m.OutOfBand("ghnAgent.config.user.add", 0, map[string]any{"Name": "u" + fmt.Sprint(i), "EndpointId": i + 1, "VlanId": 100}); err != nil {
			b.Fatal(err)
		}
	}
	for _, method := range []string{"ghnAgent.status.endpointByMac.brief.get", "ghnAgent.status.endpointByMac.detailed.get", "ghnAgent.config.user.get"} {
		b.Run(method, func(b *testing.B) {
			for b.Loop() {
				if _, err := m.OutOfBand(method); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("ghnAgent.config.user.set", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			if _, err := m.OutOfBand("ghnAgent.config.user.set", 384, map[string]any{"VlanId": 100 + n%2}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
