package positron

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

func TestMemoryOfWhatIsLacking(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.d.lacks.note("a.get")
	if b.d.lacks.has("a.get") || !b.d.lacks.has("b.get") {
		t.Error("memory does not hold")
	}
	b.d.lacks.since["a.get"] = time.Now().Add(-forgetAfter - time.Second)
	if !b.d.lacks.has("a.get") {
		t.Error("memory holds for ever")
	}
	b.d.lacks.note("a.get")
	b.d.noticeFirmware("1.5.4")
	if b.d.lacks.has("a.get") {
		t.Error("the first firmware seen is a new one")
	}
	b.d.noticeFirmware("1.8.2")
	if !b.d.lacks.has("a.get") {
		t.Error("after an update the memory of the old firmware holds")
	}
}

// TestStartingDevice denies every method of the G.hn agent, as a web server
// does that is up before the rest: once it is there, it is found at once.
func TestStartingDevice(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{Model: "GAM-12-M", PortAware: true})
	service := gam.Service{Name: "apt-203", Port: 2, VLAN: 205}
	b.apply(addStep(serviceEntry(service)))
	starting, half := true, true
	b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
		if starting && strings.HasPrefix(c.Method, "ghnAgent.") || half && strings.HasPrefix(c.Method, groupGlobal) {
			return noMethod()
		}
		return nil, false, nil
	})
	if _, err := b.d.Config(b.ctx); driver.KindOf(err) != driver.Busy {
		t.Errorf("config: %v", err)
	}
	if _, err := b.d.Endpoints(b.ctx); driver.KindOf(err) != driver.Busy {
		t.Errorf("endpoints: %v", err)
	}
	starting = false
	if c := b.config(); c.SubscriberModel != gam.PortAware || len(c.Services) != 1 || c.Ports != nil {
		t.Errorf("without global settings: %+v", c)
	}
	if _, err := b.d.Endpoints(b.ctx); err != nil {
		t.Errorf("endpoints: %v", err)
	}
	if id, err := b.d.Identify(b.ctx); err != nil || id.SubscriberModel != gam.PortAware {
		t.Errorf("identity without global settings: %+v, %v", id, err)
	}
	half = false
	if c := b.config(); c.DefaultNNI != 1 {
		t.Errorf("with global settings: %+v", c)
	}
}
