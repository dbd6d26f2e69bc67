package reconcile

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
)

// fullShop is a 24-port coax unit with 384 orders of four plans.
func fullShop(tb testing.TB) *shop {
	s := openShop(tb, "GAM-24-C")
	for id := 1; id <= gam.MaxEndpoints; id++ {
		u := unit(id)
		u.Port, u.PlanID = (id-1)/16+1, gam.PlanID(id%4+1)
		s.subs = append(s.subs, u)
	}
	return s
}

func BenchmarkDiff384New(b *testing.B) {
	s := fullShop(b)
	w, c := Want(s.dev, s.subs, s.plans, s.set), s.box.config()
	b.ReportAllocs()
	for b.Loop() {
		if p := Diff(w, c, Policy{Hardware: s.box.hw, RepairDrift: true}); len(p.Steps) != 2*gam.MaxEndpoints+2 {
			b.Fatalf("%d steps", len(p.Steps))
		}
	}
}

func BenchmarkDiff384Settled(b *testing.B) {
	s := fullShop(b)
	s.settle()
	w, c := Want(s.dev, s.subs, s.plans, s.set), s.box.config()
	b.ReportAllocs()
	for b.Loop() {
		if p := Diff(w, c, Policy{Owned: s.owned, Hardware: s.box.hw, RepairDrift: true}); len(p.Steps) != 0 {
			b.Fatalf("%d steps", len(p.Steps))
		}
	}
}

// BenchmarkDiff384Rotated moves every subscriber to its neighbour's endpoint:
// one circle through the whole device.
func BenchmarkDiff384Rotated(b *testing.B) {
	s := fullShop(b)
	s.settle()
	for i := range s.subs {
		s.subs[i].EndpointMAC = mac(i%gam.MaxEndpoints + 2)
	}
	s.subs[len(s.subs)-1].EndpointMAC = mac(1)
	w, c := Want(s.dev, s.subs, s.plans, s.set), s.box.config()
	b.ReportAllocs()
	for b.Loop() {
		if p := Diff(w, c, Policy{Owned: s.owned, Hardware: s.box.hw, RepairDrift: true}); len(p.Problems) != 0 {
			b.Fatalf("%d problems", len(p.Problems))
		}
	}
}

// BenchmarkDiff19200Settled is fifty such devices, one after the other, with
// Want.
func BenchmarkDiff19200Settled(b *testing.B) {
	s := fullShop(b)
	s.settle()
	c := s.box.config()
	b.ReportAllocs()
	for b.Loop() {
		for range 50 {
			w := Want(s.dev, s.subs, s.plans, s.set)
			if p := Diff(w, c, Policy{Owned: s.owned, Hardware: s.box.hw, RepairDrift: true}); len(p.Steps) != 0 {
				b.Fatalf("%d steps", len(p.Steps))
			}
		}
	}
}
