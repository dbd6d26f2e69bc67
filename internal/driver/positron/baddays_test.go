package positron

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

func TestTestAccess(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	got := b.d.TestAccess(b.ctx)
	if len(got) != 1 || !got[0].OK || got[0].Protocol != "jsonrpc" || got[0].Kind != "" || !strings.Contains(got[0].Detail, "endpoint-aware") {
		t.Errorf("probe %+v", got)
	}
	b.sim.SetPassword("something else")
	got = b.d.TestAccess(b.ctx)
	if got[0].OK || got[0].Kind != driver.Refused || !strings.Contains(got[0].Detail, "password") {
		t.Errorf("probe with a wrong password: %+v", got)
	}
}

func TestHTTPSPins(t *testing.T) {
	t.Parallel()
	var pin string
	b := setup(t, sim.Options{HTTPS: true}, func(tg *driver.Target) { tg.OnPin = func(p string) { pin = p } })
	tg := b.d.target
	tg.Access.JSONRPC.URL = b.sim.HTTPSURL
	x, err := New(tg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Identify(b.ctx); err != nil || pin == "" {
		t.Fatalf("first use: %v, pin %q", err, pin)
	}
	if err := b.sim.RenewCertificate(); err != nil {
		t.Fatal(err)
	}
	tg.Access.JSONRPC.TLSPin = pin
	x, err = New(tg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Identify(b.ctx); driver.KindOf(err) != driver.Refused || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another certificate: %v", err)
	}
}

// TestBadDays puts every fault on a read and on a write and asks for the
// right kind, for words, and for no password in them.
func TestBadDays(t *testing.T) {
	t.Parallel()
	want := map[sim.FaultKind]driver.Kind{
		sim.FaultHang: driver.Unreachable, sim.FaultRefuse: driver.Unreachable, sim.FaultHTTP500: driver.Unreachable,
		sim.FaultNotAGAM: driver.Garbled, sim.FaultPassword: driver.Refused, sim.FaultBusy: driver.Busy,
		sim.FaultHangAfter: driver.Unreachable, sim.FaultReset: driver.Unreachable, sim.FaultGarbage: driver.Garbled,
		sim.FaultTruncated: driver.Garbled, sim.FaultHuge: driver.Garbled, sim.FaultWrongID: driver.Garbled,
	}
	for kind, expect := range want {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := setup(t, sim.Options{}, func(tg *driver.Target) { tg.CallTimeout = 2 * time.Second })
			b.sim.MustFault(t, sim.Fault{Kind: kind})
			check := func(what string, err error) {
				t.Helper()
				var e *driver.Error
				if !errors.As(err, &e) || e.Kind != expect || e.Device != "gam-test" || e.Op == "" || e.Text == "" {
					t.Errorf("%s: %#v (%v), want kind %s", what, e, err, expect)
				}
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, e), bait) {
					t.Errorf("%s: the password is in %v", what, err)
				}
			}
			_, err := b.d.Config(b.ctx)
			check("config", err)
			check("apply", b.d.Apply(b.ctx, addStep(profileEntry(fast))))
		})
	}
}

// TestLostAnswer loses the answer of a write that was made: the step succeeds
// all the same and is made once.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []sim.FaultKind{sim.FaultReset, sim.FaultTruncated, sim.FaultRefuse} {
		everyFirmware(t, func(t *testing.T, firmware string) {
			b := setup(t, sim.Options{Firmware: firmware})
			b.config()
			for _, s := range []gam.Step{
				addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)),
				setStep(profileEntry(fast), profileEntry(gam.Profile{Name: fast.Name, Rate: gam.Rate{DownMbps: 20, UpMbps: 20}})),
				removeStep(serviceEntry(apt)),
			} {
				b.sim.MustFault(t, sim.Fault{Kind: kind, Effect: sim.Write, Count: 1})
				b.apply(s)
			}
			if n := len(b.sim.Faults()); n != 0 {
				t.Errorf("%d faults were not met", n)
			}
			if m := b.sim.Manners(); m.FailedWrites+m.NoOpWrites+m.OverlappingCalls != 0 {
				t.Errorf("manners %+v", m)
			}
			c := b.config()
			if len(c.Services) != 0 || len(c.Endpoints) != 1 || c.Profiles[1].DownMbps != 20 {
				t.Errorf("config %+v", c)
			}
		})
	}
}

// TestOddAnswers gives values of wrong types and labels that nobody knows:
// never a panic, and never a half-read configuration.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{EndpointsPerPort: 1})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	id := b.sim.MustFault(t, sim.Fault{Kind: sim.FaultUnknownEnum})
	if c, err := b.d.Config(b.ctx); err != nil || len(c.Services) != 1 || c.SubscriberModel != "" {
		t.Errorf("unknown labels: %+v, %v", c, err)
	}
	all, err := b.d.Endpoints(b.ctx)
	if err != nil || len(all) != 13 || all[0].State != gam.EndpointStateOther {
		t.Errorf("unknown labels: %+v, %v", all, err)
	}
	b.sim.ClearFault(id)
	b.sim.MustFault(t, sim.Fault{Kind: sim.FaultWrongTypes})
	if c, err := b.d.Config(b.ctx); err != nil && driver.KindOf(err) != driver.Garbled {
		t.Errorf("wrong types: %+v, %v", c, err)
	}
	if _, err := b.d.Endpoints(b.ctx); err != nil && driver.KindOf(err) != driver.Garbled {
		t.Errorf("wrong types: %v", err)
	}
}
