package positron

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// anyService draws a subscriber entry that a device of a firmware takes.
func anyService(rt *rapid.T, firmware string, endpoints, profiles []string) gam.Service {
	vlan := rapid.IntRange(100, 2000)
	s := gam.Service{
		Name:         rapid.SampledFrom([]string{"apt-101", "apt 101", "Smith, J."}).Draw(rt, "name"),
		Description:  rapid.SampledFrom([]string{"", "unit 101"}).Draw(rt, "description"),
		EndpointName: rapid.SampledFrom(append([]string{""}, endpoints...)).Draw(rt, "endpoint"),
		ProfileName:  rapid.SampledFrom(append([]string{""}, profiles...)).Draw(rt, "profile"),
		VLAN:         vlan.Draw(rt, "vlan"),
		Tagged:       rapid.Bool().Draw(rt, "tagged"),
		PoE:          gam.PoEDisable,
	}
	if rapid.Bool().Draw(rt, "remapped") {
		s.RemappedVLAN = vlan.Draw(rt, "remapped vlan")
	}
	if rapid.Bool().Draw(rt, "port 2") {
		s.Port2VLAN = rapid.IntRange(2001, 3800).Draw(rt, "port 2 vlan")
	}
	if s.Trunk = rapid.Bool().Draw(rt, "trunk"); !s.Trunk {
		s.AllowedVLANs = rapid.SliceOfNDistinct(vlan, 0, gam.MaxAllowedVLANs, rapid.ID[int]).Draw(rt, "allowed")
	}
	if firmware == "1.2.0" {
		return s // older than double tagging and PoE
	}
	s.PoE = rapid.SampledFrom([]gam.PoEMode{gam.PoEDisable, gam.PoEEnable, gam.PoEForce}).Draw(rt, "poe")
	if s.DoubleTag = rapid.Bool().Draw(rt, "double tag"); s.DoubleTag {
		s.OuterVLAN, s.NNI = vlan.Draw(rt, "outer"), rapid.IntRange(0, 2).Draw(rt, "nni")
	}
	return s
}

// TestAnyChangeOfASubscriber turns one subscriber entry into another, at
// random, and holds Apply to its word: what stands afterwards is what was
// wanted, and applying it again writes nothing.
func TestAnyChangeOfASubscriber(t *testing.T) {
	t.Parallel()
	everyFirmware(t, func(t *testing.T, firmware string) {
		b := setup(t, sim.Options{Firmware: firmware})
		second := gam.Endpoint{MAC: macB, Name: macB.Compact(), Port: 5}
		b.apply(addStep(profileEntry(fast)), addStep(profileEntry(slow)), addStep(endpointEntry(cpe)), addStep(endpointEntry(second)), addStep(serviceEntry(apt)))
		b.sim.ForgetCalls()
		rapid.Check(t, func(rt *rapid.T) {
			before := b.config().Services[0]
			want := anyService(rt, firmware, []string{cpe.Name, second.Name}, []string{fast.Name, slow.Name})
			step := setStep(serviceEntry(before), serviceEntry(want))
			if err := b.d.Apply(b.ctx, step); err != nil {
				rt.Fatalf("%+v: %v", want, err)
			}
			slices.Sort(want.AllowedVLANs)
			all := b.config().Services
			opts := cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(gam.Service{}, "ID", "EndpointMAC")}
			if firmware == "1.2.0" {
				opts = append(opts, cmpopts.IgnoreFields(gam.Service{}, "PoE")) // not told
			}
			if diff := cmp.Diff([]gam.Service{want}, all, opts); diff != "" {
				rt.Fatalf("device (-want +got):\n%s", diff)
			}
			if before.ID != all[0].ID {
				rt.Fatalf("the entry has become another one: %d, was %d", all[0].ID, before.ID)
			}
			wrote := len(b.writes())
			if err := b.d.Apply(b.ctx, step); err != nil || len(b.writes()) != wrote {
				rt.Fatalf("applying it again: %v, %q", err, b.writes()[wrote:])
			}
			if err := b.d.Apply(b.ctx, setStep(serviceEntry(all[0]), serviceEntry(want))); err != nil || len(b.writes()) != wrote {
				rt.Fatalf("applying what stands: %v, %q", err, b.writes()[wrote:])
			}
		})
		if m := b.sim.Manners(); m.FailedWrites+m.NoOpWrites+m.OverlappingCalls != 0 {
			t.Errorf("manners %+v", m)
		}
	})
}
