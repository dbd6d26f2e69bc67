package api

import (
	"fmt"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := newLimiter(func() time.Time { return now })
	for i := range 3 {
		if w := l.wait("anna", 3); w != 0 {
			t.Fatalf("after %d failures: wait %v", i, w)
		}
		l.fail("anna")
		now = now.Add(time.Second)
	}
	if w, want := l.wait("anna", 3), loginWindow-3*time.Second; w != want {
		t.Errorf("after the limit: wait %v, want %v", w, want)
	}
	if w := l.wait("bert", 3); w != 0 {
		t.Errorf("another key waits %v", w)
	}
	now = now.Add(loginWindow - 3*time.Second)
	if w := l.wait("anna", 3); w != 0 {
		t.Errorf("when the window has moved on: wait %v", w)
	}
	l.fail("anna")
	l.forget("anna")
	if len(l.fails) != 0 {
		t.Errorf("forgotten, and still %d keys", len(l.fails))
	}
}

func TestLimiterIsBounded(t *testing.T) {
	t.Parallel()
	l := newLimiter(time.Now)
	for i := range limiterMaxKeys + 10 {
		l.fail(fmt.Sprint(i))
	}
	if n := len(l.fails); n > limiterMaxKeys {
		t.Errorf("%d keys are kept, want at most %d", n, limiterMaxKeys)
	}
}
