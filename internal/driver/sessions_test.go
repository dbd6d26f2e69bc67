package driver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
)

func TestCatalog(t *testing.T) {
	t.Parallel()
	var c driver.Catalog
	open := func(driver.Target) (driver.Driver, error) { return &driver.Fake{}, nil }
	if err := errors.Join(c.Add("b", open), c.Add("a", open)); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]driver.Opener{"a": open, "": open, "c": nil} {
		if err := c.Add(name, f); err == nil {
			t.Errorf("Add(%q) was taken", name)
		}
	}
	if got := c.Names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("Names = %q", got)
	}
	if _, err := c.Open("a", driver.Target{}); err != nil {
		t.Error(err)
	}
	_, err := c.Opener("x")(driver.Target{})
	if err == nil || !strings.Contains(err.Error(), "a, b") {
		t.Errorf("unknown name: %v, want one that lists what there is", err)
	}
}

// opened is what a test of Sessions looks at.
type opened struct {
	targets []driver.Target
	fakes   []*driver.Fake
}

func sessions(t *testing.T) (*driver.Sessions, *opened) {
	t.Helper()
	o := &opened{}
	s := driver.NewSessions(func(tg driver.Target) (driver.Driver, error) {
		if tg.Address == "nowhere" {
			return nil, errors.New("no such address")
		}
		f := &driver.Fake{}
		o.targets, o.fakes = append(o.targets, tg), append(o.fakes, f)
		return f, nil
	})
	t.Cleanup(func() { _ = s.Close() })
	return s, o
}

func target(id gam.DeviceID) driver.Target {
	tg := driver.Target{ID: id, Name: "gam", Address: "192.0.2.1", CallTimeout: time.Second}
	tg.Access.JSONRPC.Password = gam.NewSecret("one")
	return tg
}

func TestSessionsKeepOneDriverPerDevice(t *testing.T) {
	t.Parallel()
	s, o := sessions(t)
	get := func(tg driver.Target) driver.Driver {
		t.Helper()
		d, err := s.For(tg)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := get(target(1))
	renamed := target(1)
	renamed.Name = "another name"
	if get(renamed) != first {
		t.Error("a new name made a new driver")
	}
	if get(target(2)) == first {
		t.Error("two devices share a driver")
	}
	changed := target(1)
	changed.Access.JSONRPC.Password = gam.NewSecret("two")
	second := get(changed)
	if second == first {
		t.Error("a new password kept the driver")
	}
	if !slices.Equal(o.fakes[0].Calls(), []string{"Close"}) {
		t.Errorf("the replaced driver saw %q, want Close", o.fakes[0].Calls())
	}
	if o.targets[0].Lane == nil || o.targets[0].Lane != o.targets[2].Lane {
		t.Error("the new driver of a device does not share the lane of the old one")
	}
	if o.targets[0].Lane == o.targets[1].Lane {
		t.Error("two devices share a lane: a slow one would delay the other")
	}
	s.Drop(1)
	s.Drop(1)
	if get(changed) == second {
		t.Error("a dropped driver was given out again")
	}
}

func TestSessionsSurviveAPin(t *testing.T) {
	t.Parallel()
	s, o := sessions(t)
	tg := target(1)
	var told string
	tg.OnPin = func(pin string) { told = pin }
	first, err := s.For(tg)
	if err != nil {
		t.Fatal(err)
	}
	o.targets[0].OnPin("abcd")
	if told != "abcd" {
		t.Errorf("pin told: %q", told)
	}
	tg.Access.JSONRPC.TLSPin = "abcd" // as the next reader finds it in the store
	if again, err := s.For(tg); err != nil || again != first {
		t.Errorf("the pin just told made a new driver (%v)", err)
	}
	tg.Access.JSONRPC.TLSPin = ""
	if again, err := s.For(tg); err != nil || again == first {
		t.Errorf("a cleared pin kept the driver that still holds it (%v)", err)
	}
}

func TestSessionsRefuse(t *testing.T) {
	t.Parallel()
	s, o := sessions(t)
	tg := target(1)
	first, err := s.For(tg)
	if err != nil {
		t.Fatal(err)
	}
	bad := tg
	bad.Address = "nowhere"
	if _, err := s.For(bad); err == nil || !strings.Contains(err.Error(), "gam") {
		t.Errorf("an address that is none: %v, want an error that names the device", err)
	}
	if again, err := s.For(tg); err != nil || again != first {
		t.Errorf("after a failed change the old driver is gone (%v)", err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.For(tg); !errors.Is(err, driver.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if !slices.Equal(o.fakes[0].Calls(), []string{"Close"}) {
		t.Errorf("closed driver saw %q", o.fakes[0].Calls())
	}
}

func TestSessionsAtTheSameTime(t *testing.T) {
	t.Parallel()
	s, o := sessions(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if _, err := s.For(target(gam.DeviceID(i % 5))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(o.fakes) != 5 {
		t.Errorf("%d drivers for 5 devices", len(o.fakes))
	}
}

// TestFake calls every method of an empty Fake, which stops all that a test
// did not expect, and of one that answers.
func TestFake(t *testing.T) {
	t.Parallel()
	ctx, boom := t.Context(), errors.New("boom")
	calls := map[string]func(f *driver.Fake) error{
		"Config":         func(f *driver.Fake) error { _, err := f.Config(ctx); return err },
		"Apply":          func(f *driver.Fake) error { return f.Apply(ctx, gam.Step{Action: gam.Add}) },
		"Save":           func(f *driver.Fake) error { return f.Save(ctx) },
		"Uptime":         func(f *driver.Fake) error { _, err := f.Uptime(ctx); return err },
		"Ports":          func(f *driver.Fake) error { _, err := f.Ports(ctx); return err },
		"Endpoints":      func(f *driver.Fake) error { _, err := f.Endpoints(ctx); return err },
		"EndpointLinks":  func(f *driver.Fake) error { _, err := f.EndpointLinks(ctx, gam.MAC{1}); return err },
		"Reboot":         func(f *driver.Fake) error { return f.Reboot(ctx) },
		"RebootEndpoint": func(f *driver.Fake) error { return f.RebootEndpoint(ctx, gam.MAC{1}) },
		"CyclePoE":       func(f *driver.Fake) error { return f.CyclePoE(ctx, gam.MAC{1}) },

		"UpgradeEndpoint":   func(f *driver.Fake) error { return f.UpgradeEndpoint(ctx, gam.MAC{1}) },
		"Endpoint(":         func(f *driver.Fake) error { _, err := f.Endpoint(ctx, gam.MAC{1}); return err },
		"PortSettings":      func(f *driver.Fake) error { _, err := f.PortSettings(ctx, 1); return err },
		"SetPort":           func(f *driver.Fake) error { return f.SetPort(ctx, 1, gam.PortChange{}) },
		"ResetPortCounters": func(f *driver.Fake) error { return f.ResetPortCounters(ctx, 1) },
	}
	answering := func() *driver.Fake {
		return &driver.Fake{
			OnConfig:         func(context.Context) (gam.Config, error) { return gam.Config{}, boom },
			OnApply:          func(context.Context, gam.Step) error { return boom },
			OnSave:           func(context.Context) error { return boom },
			OnUptime:         func(context.Context) (time.Duration, error) { return 0, boom },
			OnPorts:          func(context.Context) ([]gam.PortStatus, error) { return nil, boom },
			OnEndpoints:      func(context.Context) ([]gam.EndpointStatus, error) { return nil, boom },
			OnEndpointLinks:  func(context.Context, gam.MAC) ([]gam.EndpointLink, error) { return nil, boom },
			OnReboot:         func(context.Context) error { return boom },
			OnRebootEndpoint: func(context.Context, gam.MAC) error { return boom },
			OnCyclePoE:       func(context.Context, gam.MAC) error { return boom },
			OnIdentify:       func(context.Context) (gam.Identity, error) { return gam.Identity{}, boom },
			OnClose:          func() error { return boom },
			OnTestAccess:     func(context.Context) []driver.Probe { return []driver.Probe{{OK: true}} },

			OnUpgradeEndpoint:   func(context.Context, gam.MAC) error { return boom },
			OnEndpoint:          func(context.Context, gam.MAC) (gam.EndpointStatus, error) { return gam.EndpointStatus{}, boom },
			OnPortSettings:      func(context.Context, int) (gam.PortSettings, error) { return gam.PortSettings{}, boom },
			OnSetPort:           func(context.Context, int, gam.PortChange) error { return boom },
			OnResetPortCounters: func(context.Context, int) error { return boom },
		}
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := answering()
			if err := call(f); !errors.Is(err, boom) {
				t.Errorf("answered %v", err)
			}
			if got := f.Calls(); len(got) != 1 || !strings.HasPrefix(got[0], name) {
				t.Errorf("calls %q", got)
			}
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, name) {
					t.Errorf("an unexpected call ended with %q", r)
				}
			}()
			_ = call(&driver.Fake{})
		})
	}
	f := answering()
	_, err := f.Identify(ctx)
	if err = errors.Join(err, f.Close()); !errors.Is(err, boom) || len(f.TestAccess(ctx)) != 1 {
		t.Errorf("answered %v", err)
	}
	empty := &driver.Fake{}
	_, err = empty.Identify(ctx)
	if err = errors.Join(err, empty.Close()); err != nil || empty.TestAccess(ctx) != nil {
		t.Errorf("an empty fake: %v, want empty answers to what hardly any test is about", err)
	}
}

func TestErrorSaysWhatAndWhatToDo(t *testing.T) {
	t.Parallel()
	e := &driver.Error{Kind: driver.Refused, Device: "gam-1", Op: "save", Text: "no", Remedy: "ask"}
	if got := e.Error(); got != "gam-1: save: no; ask" {
		t.Errorf("error %q", got)
	}
	if driver.KindOf(errors.Join(errors.New("x"), e)) != driver.Refused || driver.KindOf(errors.New("x")) != "" {
		t.Error("kind not found, or found where there is none")
	}
	for k, want := range map[driver.Kind]bool{driver.Busy: true, driver.Unreachable: true, driver.Garbled: true, driver.Refused: false, driver.Rejected: false, driver.Unsupported: false} {
		if k.Transient() != want {
			t.Errorf("%s transient: %v", k, !want)
		}
	}
}
