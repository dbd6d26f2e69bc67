package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/store"
)

// readyTimeout bounds one check, so that a probe with a timeout of its own
// gets an answer.
const readyTimeout = 3 * time.Second

// Check is one thing that must work before this node takes work.
type Check struct {
	Name string
	OK   func(ctx context.Context) error
}

// builtIn is what every node needs.
func (s *server) builtIn() []Check {
	return []Check{
		{"database", s.store.Ping},
		{"migrations", func(ctx context.Context) error {
			all, err := s.store.MigrateStatus(ctx)
			for _, m := range all {
				if err == nil && m.AppliedAt.IsZero() {
					err = fmt.Errorf("migration %d (%s) is pending", m.Version, m.Name)
				}
			}
			return err
		}},
		{"jobs", func(ctx context.Context) error {
			_, err := s.queue.List(ctx, store.ListQuery{Limit: 1})
			return err
		}},
	}
}

// Health is the answer of the probes.
type Health struct {
	Status string            `json:"status" enum:"ok,unavailable"`
	Checks map[string]string `json:"checks,omitempty" doc:"ok or failed, per check; the cause is in the log"`
}

type healthOutput struct {
	Status int
	Body   Health
}

func (s *server) healthRoutes() {
	add(s, route{method: http.MethodGet, path: "/healthz", id: "healthz", access: Public, tag: "health", summary: "Alive"}, s.healthz)
	add(s, route{method: http.MethodGet, path: "/readyz", id: "readyz", access: Public, tag: "health", summary: "Ready: database, jobs, migrations", doc: "503 while it is not."}, s.readyz)
}

func (s *server) healthz(context.Context, *none) (*healthOutput, error) {
	return &healthOutput{http.StatusOK, Health{Status: "ok"}}, nil
}

func (s *server) readyz(ctx context.Context, _ *none) (*healthOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	out := &healthOutput{http.StatusOK, Health{Status: "ok", Checks: map[string]string{}}}
	for _, c := range append(s.builtIn(), s.checks...) {
		out.Body.Checks[c.Name] = "ok"
		if err := c.OK(ctx); err != nil {
			// Anybody may ask, so the cause stays in the log.
			s.log.WarnContext(ctx, "not ready", "check", c.Name, "err", err)
			out.Body.Checks[c.Name] = "failed"
			out.Status, out.Body.Status = http.StatusServiceUnavailable, "unavailable"
		}
	}
	return out, nil
}
