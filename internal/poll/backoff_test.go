package poll

import (
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		period   time.Duration
		failures int
		want     time.Duration
	}{
		{time.Minute, 0, time.Minute},
		{time.Minute, 1, time.Minute},
		{time.Minute, 2, 2 * time.Minute},
		{time.Minute, 3, 4 * time.Minute},
		{time.Minute, 4, 8 * time.Minute},
		{time.Minute, 5, 10 * time.Minute},
		{time.Minute, 1000, 10 * time.Minute},
		{time.Hour, 1, time.Hour}, // never sooner than the period
		{time.Hour, 9, time.Hour},
	} {
		if got := backoff(c.period, c.failures); got != c.want {
			t.Errorf("backoff(%v, %d) = %v, want %v", c.period, c.failures, got, c.want)
		}
	}
}

func TestJitterStaysNear(t *testing.T) {
	t.Parallel()
	for range 1000 {
		if got := jitter(time.Minute); got < 54*time.Second || got > 66*time.Second {
			t.Fatalf("jitter(1m) = %v, want within a tenth", got)
		}
	}
}

func TestRestarted(t *testing.T) {
	t.Parallel()
	t0 := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name      string
		up, later time.Duration // second reading
		want      bool
	}{
		{"GoesOn", time.Hour + time.Minute, time.Minute, false},
		{"ClockDrift", time.Hour + time.Minute - 3*time.Second, time.Minute, false},
		{"Restarted", 20 * time.Second, time.Minute, true},
		{"RestartedLongAgo", 90 * time.Minute, 2 * time.Hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := &loop{}
			if l.restarted(time.Hour, t0) {
				t.Fatal("the first reading cannot tell a restart")
			}
			if got := l.restarted(c.up, t0.Add(c.later)); got != c.want {
				t.Errorf("restarted = %v, want %v", got, c.want)
			}
		})
	}
}
