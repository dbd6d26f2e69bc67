package jobs

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Again is a handler's way to say "not now": the job is run again after this
// time, and it does not count as a failure.
type Again struct {
	After  time.Duration
	Reason string // shown with the job
}

func (a Again) Error() string {
	if a.Reason == "" {
		return fmt.Sprintf("again after %s", a.After)
	}
	return fmt.Sprintf("%s; again after %s", a.Reason, a.After)
}

// GiveUp is a handler's way to say "never": the job ends with this error and
// only a person, or a new order, starts it anew.
type GiveUp struct{ Err error }

func (g GiveUp) Error() string { return g.Err.Error() }
func (g GiveUp) Unwrap() error { return g.Err }

// backoff spreads retries, so that devices that failed together do not come
// back together. It is capped and goes on for ever: a device may be dark for
// a week.
//
//	failures  1     2     3       4       5       6        7       8 and more
//	wait      1-2s  2-4s  5-10s  10-20s  30-60s  1-2min  2-4min  5-10min
func backoff(failures int) time.Duration {
	longest := []time.Duration{
		2 * time.Second,
		4 * time.Second,
		10 * time.Second,
		20 * time.Second,
		60 * time.Second,
		2 * time.Minute,
		4 * time.Minute,
		10 * time.Minute,
	}
	d := longest[min(max(failures, 1), len(longest))-1]
	return d/2 + rand.N(d/2) //nolint:gosec // spreads load, keeps nothing secret
}
