package positron

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// answerer answers a call itself when done is true; it may also change it.
type answerer func(c *jsonrpc.Call) (raw json.RawMessage, done bool, err error)

// sent is the object of a call's nth parameter, nil when it is none.
func sent(c *jsonrpc.Call, n int) object {
	o, _ := c.Params[n].(object)
	return o
}

// odd stands between the driver and a device and makes its firmware odd: it
// may answer a call itself, or change it.
type odd struct {
	conversation
	answer answerer
	asked  []string
}

func (o *odd) Call(ctx context.Context, c jsonrpc.Call) (json.RawMessage, error) {
	o.asked = append(o.asked, c.Method)
	if raw, done, err := o.answer(&c); done {
		return raw, err
	}
	return o.conversation.Call(ctx, c)
}

// make puts an oddity between a bench's driver and its device.
func (b *bench) make(answer answerer) *odd {
	o := &odd{conversation: b.d.rpc, answer: answer}
	b.d.rpc = o
	return o
}

func noMethod() (json.RawMessage, bool, error) {
	return nil, true, &jsonrpc.RPCError{Code: jsonrpc.CodeNoMethod, Message: "Method not found"}
}

// without answers -32601 to every method of some groups.
func without(groups ...string) func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
	return func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
		for _, g := range groups {
			if strings.HasPrefix(c.Method, g+".") {
				return noMethod()
			}
		}
		return nil, false, nil
	}
}

// TestRenameWithoutIDs renames on a firmware that offers names only: what
// hangs on the renamed entry stays on it.
func TestRenameWithoutIDs(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.make(without(groupProfileByID, groupEndpointByID, groupUserByID))
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))

	profile, endpoint, service := fast, cpe, apt
	profile.Name, endpoint.Name, service.Name = "gold", "cpe-101", "apt-101 new"
	service.ProfileName, service.EndpointName = apt.ProfileName, apt.EndpointName
	b.apply(setStep(serviceEntry(apt), serviceEntry(service)))
	b.apply(setStep(profileEntry(fast), profileEntry(profile)), setStep(endpointEntry(cpe), endpointEntry(endpoint)))

	service.ProfileName, service.EndpointName = "gold", "cpe-101"
	c := b.config()
	sameConfig(t, c.Profiles[1:], []gam.Profile{profile})
	sameConfig(t, c.Endpoints, []gam.Endpoint{endpoint})
	sameConfig(t, c.Services, []gam.Service{service})
}

// TestUnthrottledWhereNamesCannot clears a profile on firmware that refuses
// or ignores an empty profile name: by id it is 0.
func TestUnthrottledWhereNamesCannot(t *testing.T) {
	t.Parallel()
	isClear := func(c *jsonrpc.Call) (object, bool) {
		if c.Method != groupUserByName+".set" {
			return nil, false
		}
		o := sent(c, 1)
		return o, o["BwProfileName"] == ""
	}
	ways := map[string]answerer{
		"refuses": func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
			if _, yes := isClear(c); yes {
				return nil, true, &jsonrpc.RPCError{Code: jsonrpc.CodeInternal, Message: "Invalid G.hn bandwidth profile name"}
			}
			return nil, false, nil
		},
		"ignores": func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
			if o, yes := isClear(c); yes {
				delete(o, "BwProfileName")
			}
			return nil, false, nil
		},
		"fills in on add": func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
			if c.Method == groupUserByName+".add" {
				sent(c, 1)["BwProfileName"] = "Default BW Profile"
			}
			return nil, false, nil
		},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sim.Options{})
			b.make(way)
			free := apt
			free.ProfileName, free.VLAN = "", 222
			b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)))
			if name == "fills in on add" {
				b.apply(addStep(serviceEntry(free)))
			} else {
				b.apply(addStep(serviceEntry(apt)), setStep(serviceEntry(apt), serviceEntry(free)))
			}
			sameConfig(t, b.config().Services, []gam.Service{free})
		})
	}
}

// TestUnthrottledWithoutIDs clears a profile on firmware that refuses an empty
// name and offers no numbers: the entry is made anew.
func TestUnthrottledWithoutIDs(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	lacks := without(groupProfileByID, groupEndpointByID, groupUserByID)
	b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
		if strings.HasPrefix(c.Method, groupUserByName+".") && len(c.Params) > 1 && sent(c, 1)["BwProfileName"] == "" {
			return nil, true, &jsonrpc.RPCError{Code: jsonrpc.CodeInternal, Message: "Invalid G.hn bandwidth profile name"}
		}
		return lacks(c)
	})
	free := apt
	free.ProfileName, free.VLAN = "", 222
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)), setStep(serviceEntry(apt), serviceEntry(free)))
	sameConfig(t, b.config().Services, []gam.Service{free})
}

// TestUnthrottledNowhere ends where a firmware fills in a profile that it
// offers no way to clear.
func TestUnthrottledNowhere(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	lacks := without(groupProfileByID, groupEndpointByID, groupUserByID)
	b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
		switch o := object(nil); {
		case len(c.Params) < 2 || !strings.HasPrefix(c.Method, groupUserByName+"."):
			return lacks(c)
		case strings.HasSuffix(c.Method, ".add"):
			if o = sent(c, 1); o["BwProfileName"] == nil {
				o["BwProfileName"] = "Default BW Profile"
			}
		case sent(c, 1)["BwProfileName"] == "":
			return nil, true, &jsonrpc.RPCError{Code: jsonrpc.CodeInternal, Message: "Invalid G.hn bandwidth profile name"}
		}
		return lacks(c)
	})
	free := apt
	free.ProfileName = ""
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	if err := b.d.Apply(b.ctx, setStep(serviceEntry(apt), serviceEntry(free))); driver.KindOf(err) != driver.Unsupported {
		t.Errorf("error %v, want unsupported", err)
	}
}

func TestOldFirmwareThatTellsNumbersOnly(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{Firmware: "1.2.0"})
	real := b.d.rpc
	b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
		if c.Method != groupUserByID+".get" {
			return nil, false, nil
		}
		raw, err := real.Call(context.Background(), *c)
		for _, name := range []string{cpe.Name, fast.Name} {
			raw = []byte(strings.ReplaceAll(string(raw), `"`+name+`"`, `""`))
		}
		return raw, true, err
	})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	sameConfig(t, b.config().Services, []gam.Service{apt})
	b.sim.ForgetCalls()
	b.apply(setStep(serviceEntry(b.config().Services[0]), serviceEntry(apt)))
	b.wrote()
}

func TestNothingOptional(t *testing.T) {
	t.Parallel()
	var optional []string
	for _, f := range Features {
		if f.Evidence == Inferred || f.Evidence == Client {
			optional = append(optional, f.Group)
		}
	}
	for name, refuse := range map[string]error{
		"no method":      &jsonrpc.RPCError{Code: jsonrpc.CodeNoMethod},
		"invalid params": &jsonrpc.RPCError{Code: jsonrpc.CodeInvalidParams},
		"access denied":  &jsonrpc.RPCError{Code: -32000, Message: "Access denied"},
		"http 404":       &jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 404, Text: "HTTP 404"},
		"a shape":        nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sim.Options{EndpointsPerPort: 1})
			b.apply(addStep(profileEntry(fast)))
			o := b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
				for _, g := range optional {
					if strings.HasPrefix(c.Method, g+".") {
						return json.RawMessage(`"surprise"`), true, refuse
					}
				}
				return nil, false, nil
			})
			id, err := b.d.Identify(b.ctx)
			if err != nil || id.Model != "GAM-12-C" || id.PortCount != 12 || id.Medium != gam.Coax || id.SerialNumber != "" {
				t.Errorf("identity by shape: %+v, %v", id, err)
			}
			if _, err := b.d.Ports(b.ctx); err != nil {
				t.Errorf("ports: %v", err)
			}
			if all, err := b.d.Endpoints(b.ctx); err != nil || len(all) != 12 || all[0].Detail == nil {
				t.Errorf("endpoints: %v, %v", all, err)
			}
			b.config()
			if err := b.d.Save(b.ctx); err != nil {
				t.Errorf("save without a status to look at: %v", err)
			}
			if name == "http 404" {
				return // may be a passing trouble of the web server, and is asked again
			}
			o.asked = nil
			if _, err := b.d.Identify(b.ctx); err != nil {
				t.Fatal(err)
			}
			for _, m := range o.asked {
				if slices.ContainsFunc(optional, func(g string) bool { return strings.HasPrefix(m, g+".") }) {
					t.Errorf("%s is asked again", m)
				}
			}
		})
	}
}

func TestNotAGAM(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.make(func(*jsonrpc.Call) (json.RawMessage, bool, error) { return noMethod() })
	_, err := b.d.Identify(b.ctx)
	if driver.KindOf(err) != driver.Garbled || !strings.Contains(err.Error(), "GAM") {
		t.Errorf("identify something else that speaks JSON-RPC: %v", err)
	}
	if p := b.d.TestAccess(b.ctx); p[0].OK || p[0].Kind != driver.Garbled {
		t.Errorf("probe %+v", p)
	}
}

func TestShortFormOfSave(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	o := b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
		if c.Method == groupCopy+".set" && len(sent(c, 0)) > 3 {
			return nil, true, &jsonrpc.RPCError{Code: jsonrpc.CodeInvalidParams}
		}
		return nil, false, nil
	})
	for range 2 {
		b.apply(addStep(profileEntry(gam.Profile{Name: "p" + string(rune('a'+len(o.asked))), Rate: fast.Rate})))
		if err := b.d.Save(b.ctx); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, m := range o.asked {
		if m == groupCopy+".set" {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d copies, want 3: the long form is not tried again", n)
	}
	b.polite()
}

func TestOutcomesOfSave(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status string
		kind   driver.Kind // "" = saved
	}{
		{`{"Status":"success"}`, ""},
		{`{"Status":"none"}`, ""},
		{`{"Status":1}`, ""},
		{`[{"key":1,"val":{"Status":"SUCCESS"}}]`, ""},
		{`null`, ""},
		{`{"Status":"errOtherInProcessing"}`, driver.Busy},
		{`{"Status":"errPermissionDenied"}`, driver.Refused},
		{`{"Status":"errSaveDst"}`, driver.Rejected},
		{`{"Status":"errLoadSrc"}`, driver.Rejected},
		{`{"Status":"dancing"}`, driver.Garbled},
		{`{"Status":"inProgress"}`, driver.Busy}, // for ever
	}
	for _, tt := range tests {
		t.Run(tt.status, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sim.Options{})
			o := b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
				return json.RawMessage(tt.status), c.Method == groupCopyStatus+".get", nil
			})
			var waited time.Duration
			b.d.pause = func(_ context.Context, d time.Duration) error { waited += d; return nil }
			err := b.d.Save(b.ctx)
			if driver.KindOf(err) != tt.kind || (tt.kind == "") != (err == nil) {
				t.Errorf("Save: %v, want kind %q", err, tt.kind)
			}
			if looks := len(o.asked); strings.Contains(tt.status, "none") && looks != 1+noneLooks {
				t.Errorf("%d calls, want one to save and %d to be sure that nothing is going on", looks, noneLooks)
			}
			if strings.Contains(tt.status, "inProgress") && (waited < longSave || waited > longSave+slowLook) {
				t.Errorf("waited %s", waited)
			}
		})
	}
}

func TestDetailsShareTheTime(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{EndpointsPerPort: 4, Quirks: &sim.Quirks{NoDetailedAll: true}, Latency: 5 * time.Millisecond})
	read := map[gam.MAC]bool{}
	for range 200 {
		ctx, cancel := context.WithTimeout(b.ctx, 300*time.Millisecond)
		all, err := b.d.Endpoints(ctx)
		cancel()
		if err != nil {
			continue // a busy machine has not even read the list in time
		}
		for _, e := range all {
			if e.Detail != nil {
				read[e.MAC] = true
			}
		}
		if len(read) == len(all) {
			return
		}
	}
	t.Errorf("after 200 rounds %d of 48 endpoints have been read", len(read))
}

func TestIncompleteSteps(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	for _, s := range []gam.Step{
		{}, {Action: gam.Add}, {Action: gam.Set, After: profileEntry(fast)}, {Action: gam.Remove, After: profileEntry(fast)},
		{Action: gam.Add, After: &gam.Entry{}}, {Action: "burn", After: profileEntry(fast)},
		setStep(profileEntry(fast), endpointEntry(cpe)),
	} {
		if err := b.d.Apply(b.ctx, s); driver.KindOf(err) != driver.Rejected {
			t.Errorf("%+v: %v, want rejected", s, err)
		}
	}
	b.wrote()
}

func TestClosedDriver(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	if err := errors.Join(b.d.Close(), b.d.Close()); err != nil {
		t.Error(err)
	}
	if _, err := b.d.Config(b.ctx); driver.KindOf(err) != driver.Unreachable {
		t.Errorf("config of a closed driver: %v", err)
	}
}

func TestFeaturesAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range Features {
		if seen[f.Group] {
			t.Errorf("%s is listed twice", f.Group)
		}
		seen[f.Group] = true
		if f.What == "" || f.Without == "" || !slices.Contains([]Evidence{Documented, Observed, Client, Inferred}, f.Evidence) {
			t.Errorf("%+v", f)
		}
		if text, remedy := notOffered(f.Group + ".get"); !strings.Contains(text, f.What) || !strings.Contains(remedy, f.Since) {
			t.Errorf("%s: %q, %q", f.Group, text, remedy)
		}
	}
	for _, g := range []string{
		groupGlobal, groupPort, groupProfileByName, groupProfileByID, groupEndpointByName, groupEndpointByID, groupUserByName, groupUserByID,
		groupBriefByMAC, groupBriefByID, groupDetailedByMAC, groupDetailedByID, groupLinkByID, groupLinkByMAC, groupSystemByID,
		groupSystemByMAC, groupPoEByID, groupPoEByMAC, groupPortStatus, groupPortSettings, groupUptime, groupBoard, groupSystemInfo,
		groupReboot, groupImages, groupSwitch, groupCopy, groupCopyStatus, groupPortCounters,
	} {
		if !seen[g] {
			t.Errorf("%s is used, but not listed", g)
		}
	}
}
