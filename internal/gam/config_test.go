package gam

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sampleConfig() Config {
	return Config{
		SubscriberModel: EndpointAware,
		Ports:           []PortConfig{{Number: 1, Name: "riser A", Type: COAX}},
		Profiles:        []Profile{{ID: 1, Name: "default"}, {ID: 2, Name: "Home 100", Rate: Rate{107, 22}}},
		Endpoints:       []Endpoint{{ID: 1, MAC: MustMAC("000ED8000001"), Name: "ep1", Port: 1}, {ID: 2, MAC: MustMAC("000ED8000002"), Name: "ep2"}},
		Services:        []Service{{ID: 1, Name: "apt-101", EndpointName: "ep1", AllowedVLANs: []int{600, 601}}, {ID: 2, Name: "spare"}},
	}
}

func TestFindInAConfiguration(t *testing.T) {
	c := sampleConfig()
	if p, ok := c.Profile("Home 100"); !ok || p.ID != 2 {
		t.Errorf("profile: got %+v, %v", p, ok)
	}
	if e, ok := c.Endpoint(MustMAC("000ED8000002")); !ok || e.ID != 2 {
		t.Errorf("endpoint by MAC: got %+v, %v", e, ok)
	}
	if e, ok := c.EndpointNamed("ep1"); !ok || e.ID != 1 {
		t.Errorf("endpoint by name: got %+v, %v", e, ok)
	}
	if s, ok := c.Service("apt-101"); !ok || s.ID != 1 {
		t.Errorf("subscriber: got %+v, %v", s, ok)
	}
	if s, ok := c.ServiceOn("ep1"); !ok || s.ID != 1 {
		t.Errorf("subscriber on an endpoint: got %+v, %v", s, ok)
	}
	// An entry without endpoint is not "on" the endpoint without a name.
	if s, ok := c.ServiceOn(""); ok {
		t.Errorf("subscriber on no endpoint: got %+v", s)
	}
	for what, ok := range map[string]bool{
		"profile":          second(c.Profile("nope")),
		"endpoint":         second(c.Endpoint(MAC{})),
		"named endpoint":   second(c.EndpointNamed("nope")),
		"subscriber":       second(c.Service("nope")),
		"subscriber on ep": second(c.ServiceOn("ep2")),
	} {
		if ok {
			t.Errorf("found a %s that is not there", what)
		}
	}
}

func second[T any](_ T, ok bool) bool { return ok }

func TestCloneIsApart(t *testing.T) {
	a := sampleConfig()
	b := a.Clone()
	if diff := cmp.Diff(a, b); diff != "" {
		t.Fatalf("the clone differs (-a +b):\n%s", diff)
	}
	b.Ports[0].Name = "x"
	b.Profiles[0].Name = "x"
	b.Endpoints[0].Name = "x"
	b.Services[0].Name = "x"
	b.Services[0].AllowedVLANs[0] = 1
	if diff := cmp.Diff(sampleConfig(), a); diff != "" {
		t.Errorf("a change of the clone shows in the original (-want +got):\n%s", diff)
	}
}

func TestEntriesAndSteps(t *testing.T) {
	profile := Entry{Profile: &Profile{ID: 2, Name: "Home 100"}}
	endpoint := Entry{Endpoint: &Endpoint{ID: 3, MAC: MustMAC("000ED8000001"), Name: "000ED8000001"}}
	service := Entry{Service: &Service{ID: 4, Name: "apt-101"}}
	renamed := Entry{Service: &Service{ID: 4, Name: "apt-102"}}
	for _, c := range []struct {
		e         Entry
		kind      EntryKind
		key, name string
		id        int
	}{
		{profile, KindProfile, "Home 100", "Home 100", 2},
		{endpoint, KindEndpoint, "00:0E:D8:00:00:01", "000ED8000001", 3},
		{service, KindService, "apt-101", "apt-101", 4},
		{Entry{}, KindService, "", "", 0},
	} {
		if c.e.Kind() != c.kind || c.e.Key() != c.key || c.e.Name() != c.name || c.e.ID() != c.id {
			t.Errorf("got %s %q %q %d, want %s %q %q %d", c.e.Kind(), c.e.Key(), c.e.Name(), c.e.ID(), c.kind, c.key, c.name, c.id)
		}
	}
	for _, c := range []struct {
		s     Step
		entry Entry
		text  string
	}{
		{Step{Action: Add, After: &profile}, profile, `add profile "Home 100"`},
		{Step{Action: Add, After: &endpoint, Reason: "new subscriber"}, endpoint, `add endpoint "000ED8000001": new subscriber`},
		{Step{Action: Set, Before: &service, After: &renamed, Reason: "renamed"}, renamed, `set subscriber "apt-101", renamed to "apt-102": renamed`},
		{Step{Action: Set, Before: &service, After: &service, Reason: "plan changed"}, service, `set subscriber "apt-101": plan changed`},
		{Step{Action: Remove, Before: &service, Reason: "ended"}, service, `remove subscriber "apt-101": ended`},
	} {
		if got := c.s.String(); got != c.text {
			t.Errorf("got %s, want %s", got, c.text)
		}
		if diff := cmp.Diff(c.entry, c.s.Entry()); diff != "" {
			t.Errorf("%s: entry (-want +got):\n%s", c.text, diff)
		}
	}
	if got := (Step{}).Entry(); got != (Entry{}) {
		t.Errorf("an empty step has the entry %+v", got)
	}
}

func TestInvalidCollects(t *testing.T) {
	var bad Invalid
	bad.Check("a", nil)
	if err := bad.Err(); err != nil {
		t.Fatalf("nothing refused, but %v", err)
	}
	bad.Check("vlan_id", fmt.Errorf("row 3: %w", CheckVLAN(3841)))
	bad.Check("name", errors.New("plain"))
	want := []FieldError{
		{Field: "vlan_id", Code: "vlan_reserved", Message: "row 3: VLAN 3841 is reserved inside the GAM (3840 to 3842); choose another"},
		{Field: "name", Code: "invalid", Message: "plain"},
	}
	if diff := cmp.Diff(want, bad.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if got, want := bad.Err().Error(), "vlan_id: "+want[0].Message+"; name: plain"; got != want {
		t.Errorf("text: got %q, want %q", got, want)
	}
}

func TestDeviceInALogLine(t *testing.T) {
	var b strings.Builder
	d := Device{ID: 7, Name: "north", Address: "192.0.2.1", Access: Access{JSONRPC: JSONRPCAccess{Password: NewSecret(bait)}}}
	slog.New(slog.NewTextHandler(&b, nil)).Info("polled", "device", d)
	if got := b.String(); !strings.Contains(got, `device.id=7 device.name=north device.addr=192.0.2.1`) {
		t.Errorf("got %s", got)
	}
	mustHide(t, "a device in a log line", b.String())
}
