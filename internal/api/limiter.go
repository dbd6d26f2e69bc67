package api

import (
	"sync"
	"time"
)

// Failed logins that are let through. After the last one, every further try
// waits until the window has moved on; a success clears the name's count.
const (
	loginFailuresPerName    = 5 // per user name and address
	loginFailuresPerAddress = 50
	loginWindow             = 5 * time.Minute
	limiterMaxKeys          = 10_000 // memory bound against an attacker with many addresses
)

// limiter counts failures per key in a sliding window.
type limiter struct {
	mu    sync.Mutex
	now   func() time.Time
	fails map[string][]time.Time
}

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, fails: map[string][]time.Time{}}
}

// wait is how long key has to wait when limit failures are in the window; 0 =
// go ahead.
func (l *limiter) wait(key string, limit int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	recent := l.recent(key)
	if len(recent) < limit {
		return 0
	}
	return recent[len(recent)-limit].Add(loginWindow).Sub(l.now())
}

// fail counts a failure of key.
func (l *limiter) fail(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.fails) >= limiterMaxKeys {
		for k := range l.fails {
			l.recent(k)
		}
		if len(l.fails) >= limiterMaxKeys {
			clear(l.fails) // better to forget than to grow without end
		}
	}
	l.fails[key] = append(l.recent(key), l.now())
}

// forget clears key after a success.
func (l *limiter) forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.fails, key)
}

// recent drops what left the window.
func (l *limiter) recent(key string) []time.Time {
	f := l.fails[key]
	for len(f) > 0 && !f[0].After(l.now().Add(-loginWindow)) {
		f = f[1:]
	}
	if len(f) == 0 {
		delete(l.fails, key)
		return nil
	}
	l.fails[key] = f
	return f
}
