package poll_test

import (
	"context"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/poll"
)

// The endpoints of every minute tell that the configuration is no longer what
// was read: it is read at once, not when it is due, and not again and again
// where a firmware tells otherwise for ever.
func TestEndpointsHintAtAChangedConfiguration(t *testing.T) {
	t.Parallel()
	mac := gam.MustMAC("00:0E:D8:00:00:01")
	served := gam.Config{
		SubscriberModel: gam.EndpointAware,
		Endpoints:       []gam.Endpoint{{ID: 1, MAC: mac, Name: "cpe-1", Port: 1}},
		Services:        []gam.Service{{ID: 1, Name: "apt-1", EndpointName: "cpe-1"}},
	}
	lost := gam.Config{SubscriberModel: gam.EndpointAware}
	brief := func(configured bool, service string) []gam.EndpointStatus {
		return []gam.EndpointStatus{{MAC: mac, DetectedPort: 1, Configured: configured, ServiceName: service, State: gam.EndpointOK}}
	}
	portAware := served
	portAware.SubscriberModel = gam.PortAware
	for name, c := range map[string]struct {
		known, now gam.Config
		brief      []gam.EndpointStatus
		want       int // readings of the configuration in two readings of the device
	}{
		"AsKnown":             {served, served, brief(true, "apt-1"), 0},
		"LostAll":             {served, lost, brief(false, ""), 1},
		"SubscriberRemoved":   {served, lost, brief(true, ""), 1},
		"SubscriberRenamed":   {served, lost, brief(true, "apt-9"), 1},
		"AddedBySomebody":     {lost, served, brief(true, "apt-1"), 1},
		"TellsNoSubscribers":  {served, served, brief(true, ""), 1},
		"PortAwareSubscriber": {portAware, portAware, brief(true, ""), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			id, f := b.device("gam-1")
			answer := func(c gam.Config, count *int) func(context.Context) (gam.Config, error) {
				return func(context.Context) (gam.Config, error) { *count++; return c, nil }
			}
			var first, later int
			f.OnConfig = answer(c.known, &first)
			if err := b.eng.Device(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			f.OnConfig = answer(c.now, &later)
			f.OnEndpoints = func(context.Context) ([]gam.EndpointStatus, error) { return c.brief, nil }
			for range 2 {
				if err := poll.ReadOnSchedule(t.Context(), b.eng, id); err != nil {
					t.Fatal(err)
				}
			}
			if later != c.want {
				t.Errorf("the configuration was read %d times, want %d", later, c.want)
			}
		})
	}
}
