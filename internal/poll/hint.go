package poll

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
)

// hinted reads the configuration before it is due when the endpoints tell
// otherwise than what is known of it: somebody changed it, or the device lost
// what was not saved, also on firmware that tells no uptime. What still
// differs afterwards is this firmware's way to tell, and no hint again.
func (e *Engine) hinted(ctx context.Context, d gam.Device, drv driver.Driver, l *loop, r *reading, eps []gam.EndpointStatus) error {
	hint, err := e.hint(ctx, d, eps)
	if err != nil || hint == "" || hint == l.lastHint() {
		return err
	}
	if err := e.visitConfig(ctx, d, drv, l, r); err != nil {
		return err
	}
	left, err := e.hint(ctx, d, eps)
	l.noteHint(left)
	return err
}

// hint names the endpoints that contradict the stored configuration, "" when
// none does.
func (e *Engine) hint(ctx context.Context, d gam.Device, eps []gam.EndpointStatus) (string, error) {
	cfg, _, err := e.o.Store.Config(ctx, d.ID)
	if errors.Is(err, gam.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("poll %s: %w", d.Name, err)
	}
	return contradictions(cfg, eps), nil
}

func contradictions(cfg gam.Config, eps []gam.EndpointStatus) string {
	names := make(map[gam.MAC]string, len(cfg.Endpoints))
	for _, c := range cfg.Endpoints {
		names[c.MAC] = c.Name
	}
	services := make(map[string]string, len(cfg.Services))
	for _, s := range cfg.Services {
		services[s.EndpointName] = s.Name
	}
	var b strings.Builder
	for _, ep := range eps {
		name, configured := names[ep.MAC]
		// On a port-aware device the subscriber belongs to the port.
		served := cfg.SubscriberModel == gam.PortAware || services[name] == ep.ServiceName
		if configured != ep.Configured || configured && !served {
			b.WriteString(ep.MAC.Compact())
		}
	}
	return b.String()
}

func (l *loop) lastHint() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hint
}

func (l *loop) noteHint(hint string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hint = hint
}
