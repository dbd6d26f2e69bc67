package driver

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Fake is a Driver with every ability, made of functions, for tests of the
// rooms above. A call that the test did not expect panics, so that it cannot
// pass unseen. Identify, Close and TestAccess answer emptily when unset,
// because hardly any test is about them.
type Fake struct {
	OnIdentify       func(ctx context.Context) (gam.Identity, error)
	OnClose          func() error
	OnConfig         func(ctx context.Context) (gam.Config, error)
	OnApply          func(ctx context.Context, s gam.Step) error
	OnSave           func(ctx context.Context) error
	OnUptime         func(ctx context.Context) (time.Duration, error)
	OnPorts          func(ctx context.Context) ([]gam.PortStatus, error)
	OnEndpoints      func(ctx context.Context) ([]gam.EndpointStatus, error)
	OnEndpointLinks  func(ctx context.Context, mac gam.MAC) ([]gam.EndpointLink, error)
	OnReboot         func(ctx context.Context) error
	OnRebootEndpoint func(ctx context.Context, mac gam.MAC) error
	OnCyclePoE       func(ctx context.Context, mac gam.MAC) error
	OnTestAccess     func(ctx context.Context) []Probe

	OnPortSettings      func(ctx context.Context, n int) (gam.PortSettings, error)
	OnSetPort           func(ctx context.Context, n int, c gam.PortChange) error
	OnResetPortCounters func(ctx context.Context, n int) error
	OnEndpoint          func(ctx context.Context, mac gam.MAC) (gam.EndpointStatus, error)
	OnUpgradeEndpoint   func(ctx context.Context, mac gam.MAC) error

	mu    sync.Mutex
	calls []string
}

// Calls is what was called, in order: the method, and for Apply the step.
func (f *Fake) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

func (f *Fake) called(expected bool, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	f.mu.Lock()
	f.calls = append(f.calls, what)
	f.mu.Unlock()
	if !expected {
		panic("driver.Fake: " + what + " was not expected")
	}
}

// Identify implements Driver.
func (f *Fake) Identify(ctx context.Context) (gam.Identity, error) {
	f.called(true, "Identify")
	if f.OnIdentify == nil {
		return gam.Identity{}, nil
	}
	return f.OnIdentify(ctx)
}

// Close implements Driver.
func (f *Fake) Close() error {
	f.called(true, "Close")
	if f.OnClose == nil {
		return nil
	}
	return f.OnClose()
}

// Config implements Provisioner.
func (f *Fake) Config(ctx context.Context) (gam.Config, error) {
	f.called(f.OnConfig != nil, "Config")
	return f.OnConfig(ctx)
}

// Apply implements Provisioner.
func (f *Fake) Apply(ctx context.Context, s gam.Step) error {
	f.called(f.OnApply != nil, "Apply(%s)", s)
	return f.OnApply(ctx, s)
}

// Save implements Provisioner.
func (f *Fake) Save(ctx context.Context) error {
	f.called(f.OnSave != nil, "Save")
	return f.OnSave(ctx)
}

// Uptime implements Monitor.
func (f *Fake) Uptime(ctx context.Context) (time.Duration, error) {
	f.called(f.OnUptime != nil, "Uptime")
	return f.OnUptime(ctx)
}

// Ports implements Monitor.
func (f *Fake) Ports(ctx context.Context) ([]gam.PortStatus, error) {
	f.called(f.OnPorts != nil, "Ports")
	return f.OnPorts(ctx)
}

// Endpoints implements Monitor.
func (f *Fake) Endpoints(ctx context.Context) ([]gam.EndpointStatus, error) {
	f.called(f.OnEndpoints != nil, "Endpoints")
	return f.OnEndpoints(ctx)
}

// EndpointLinks implements Monitor.
func (f *Fake) EndpointLinks(ctx context.Context, mac gam.MAC) ([]gam.EndpointLink, error) {
	f.called(f.OnEndpointLinks != nil, "EndpointLinks(%s)", mac)
	return f.OnEndpointLinks(ctx, mac)
}

// Reboot implements Rebooter.
func (f *Fake) Reboot(ctx context.Context) error {
	f.called(f.OnReboot != nil, "Reboot")
	return f.OnReboot(ctx)
}

// RebootEndpoint implements EndpointController.
func (f *Fake) RebootEndpoint(ctx context.Context, mac gam.MAC) error {
	f.called(f.OnRebootEndpoint != nil, "RebootEndpoint(%s)", mac)
	return f.OnRebootEndpoint(ctx, mac)
}

// CyclePoE implements EndpointController.
func (f *Fake) CyclePoE(ctx context.Context, mac gam.MAC) error {
	f.called(f.OnCyclePoE != nil, "CyclePoE(%s)", mac)
	return f.OnCyclePoE(ctx, mac)
}

// UpgradeEndpoint implements EndpointController.
func (f *Fake) UpgradeEndpoint(ctx context.Context, mac gam.MAC) error {
	f.called(f.OnUpgradeEndpoint != nil, "UpgradeEndpoint(%s)", mac)
	return f.OnUpgradeEndpoint(ctx, mac)
}

// Endpoint implements EndpointReader.
func (f *Fake) Endpoint(ctx context.Context, mac gam.MAC) (gam.EndpointStatus, error) {
	f.called(f.OnEndpoint != nil, "Endpoint(%s)", mac)
	return f.OnEndpoint(ctx, mac)
}

// PortSettings implements PortConfigurer.
func (f *Fake) PortSettings(ctx context.Context, n int) (gam.PortSettings, error) {
	f.called(f.OnPortSettings != nil, "PortSettings(%d)", n)
	return f.OnPortSettings(ctx, n)
}

// SetPort implements PortConfigurer.
func (f *Fake) SetPort(ctx context.Context, n int, c gam.PortChange) error {
	f.called(f.OnSetPort != nil, "SetPort(%d)", n)
	return f.OnSetPort(ctx, n, c)
}

// ResetPortCounters implements PortConfigurer.
func (f *Fake) ResetPortCounters(ctx context.Context, n int) error {
	f.called(f.OnResetPortCounters != nil, "ResetPortCounters(%d)", n)
	return f.OnResetPortCounters(ctx, n)
}

// TestAccess implements Prober.
func (f *Fake) TestAccess(ctx context.Context) []Probe {
	f.called(true, "TestAccess")
	if f.OnTestAccess == nil {
		return nil
	}
	return f.OnTestAccess(ctx)
}

var (
	_ Driver             = (*Fake)(nil)
	_ Provisioner        = (*Fake)(nil)
	_ Monitor            = (*Fake)(nil)
	_ Rebooter           = (*Fake)(nil)
	_ EndpointController = (*Fake)(nil)
	_ EndpointReader     = (*Fake)(nil)
	_ PortConfigurer     = (*Fake)(nil)
	_ Prober             = (*Fake)(nil)
)
