package reconcile

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
)

// An order that names no port binds its endpoint to the port where it is seen;
// binding by itself is for one that is not seen, or has no room there.
func TestEndpointIsBoundWhereItIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		seen     int
		full     bool // port 3 is taken
		wantPort int
		wantAuto bool
	}{
		"Seen":      {seen: 3, wantPort: 3},
		"NotSeen":   {wantAuto: true},
		"NoRoom":    {seen: 3, full: true, wantAuto: true},
		"NoSuchOne": {seen: 99, wantAuto: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "GAM-12-M")
			if c.full {
				other := unit(2)
				other.Port = 3
				r.order(other)
				r.pass(Settled{})
			}
			u := unit(1)
			u.Port = 0
			r.order(u)
			r.must(r.st.SaveEndpoints(t.Context(), r.id, []gam.EndpointStatus{{MAC: mac(1), DetectedPort: c.seen, State: gam.EndpointUnknownMAC}}, r.e.o.Now()))
			r.pass(Settled{})
			e, ok := r.m.box.config().Endpoint(mac(1))
			if !ok || e.Port != c.wantPort || e.AutoPort != c.wantAuto {
				t.Errorf("bound to port %d, by itself %v; want %d, %v", e.Port, e.AutoPort, c.wantPort, c.wantAuto)
			}
			r.idle()
		})
	}
}
