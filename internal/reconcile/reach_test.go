package reconcile

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestGeneratorsReachTheHardCases keeps the property tests honest: the worlds
// that they draw lead to every kind of step and to every kind of problem.
func TestGeneratorsReachTheHardCases(t *testing.T) {
	story := rapid.Custom(func(t *rapid.T) string {
		tn := drawTown(t)
		first := tn.diff()
		tn.execute(t, first)
		tn.drawPlans(t)
		tn.orders(t)
		tn.vandal(t)
		p := tn.diff()
		var b strings.Builder
		for _, s := range append(first.Steps, p.Steps...) {
			b.WriteString(s.String() + "\n")
		}
		for _, q := range append(first.Problems, p.Problems...) {
			b.WriteString("problem " + q.Code + "\n")
		}
		for _, it := range p.Drift {
			b.WriteString("drift " + string(it.Kind) + " " + it.What + "\n")
		}
		return b.String()
	})
	var told strings.Builder
	for seed := range 20_000 {
		told.WriteString(story.Example(seed))
	}
	all := told.String()
	for _, want := range []string{
		"steps aside under another name", "leaves its port while ports are exchanged",
		"leaves for a moment while endpoints are exchanged", "comes back after an exchange",
		"other endpoint", "renamed", "plan changed", "moved to port",
		"rate of plan", "no slot is free", "no longer needed", "left over", "no longer ordered", "suspended", "ended", "not placed yet",
		"drift: was removed", "drift: rate changed", "drift: name", "drift: port",
		"problem " + CodeDoubled, "problem " + CodeNotPlaced, "problem " + CodeNameTaken, "problem " + CodeAdopt,
		"problem " + CodeInTheWay, "problem " + CodePortFull, "problem " + CodeTooManyPlans,
		"drift subscriber is missing", "drift endpoint is missing", "drift profile is missing", "drift endpoint name",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the generators never reach %q", want)
		}
	}
}
