package positron

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

func TestLifeOfASubscriber(t *testing.T) {
	t.Parallel()
	everyFirmware(t, func(t *testing.T, firmware string) {
		b := setup(t, sim.Options{Firmware: firmware})
		b.apply(addStep(profileEntry(fast)), addStep(profileEntry(slow)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
		if err := b.d.Save(b.ctx); err != nil {
			t.Fatal(err)
		}
		b.polite()
		c := b.config()
		def := c.Profiles[0]
		if def.ID != gam.DefaultProfileID || c.Profiles[1].ID == 0 || c.Endpoints[0].ID == 0 || c.Services[0].ID == 0 {
			t.Errorf("numbers are missing: %+v", c)
		}
		if c.Services[0].EndpointMAC != macA {
			t.Errorf("endpoint MAC of the subscriber %s, want %s", c.Services[0].EndpointMAC, macA)
		}
		sameConfig(t, c.Profiles[1:], []gam.Profile{fast, slow})
		sameConfig(t, c.Endpoints, []gam.Endpoint{cpe})
		sameConfig(t, c.Services, []gam.Service{apt})

		// The same again changes nothing.
		b.sim.ForgetCalls()
		observed := c.Services[0]
		b.apply(setStep(serviceEntry(observed), serviceEntry(apt)), setStep(profileEntry(c.Profiles[1]), profileEntry(fast)),
			setStep(endpointEntry(c.Endpoints[0]), endpointEntry(cpe)))
		b.wrote()

		// Plan change, VLAN change and rename in one step.
		other := apt
		other.Name, other.ProfileName, other.VLAN, other.Tagged = "apt-101 new", slow.Name, 300, true
		b.apply(setStep(serviceEntry(observed), serviceEntry(other)))
		sameConfig(t, b.config().Services, []gam.Service{other})
		b.sim.ForgetCalls()
		b.apply(setStep(serviceEntry(observed), serviceEntry(other))) // once more, as after a crash
		b.wrote()

		// Unthrottled, then off its endpoint.
		free := other
		free.ProfileName = ""
		b.apply(setStep(serviceEntry(other), serviceEntry(free)))
		sameConfig(t, b.config().Services, []gam.Service{free})
		off := free
		off.EndpointName = ""
		b.apply(setStep(serviceEntry(free), serviceEntry(off)))
		sameConfig(t, b.config().Services, []gam.Service{off})

		// Rename of endpoint and profile, with a change beside it.
		moved := cpe
		moved.Name, moved.Port = "cpe-101", 5
		faster := fast
		faster.Name, faster.DownMbps = "res-600", 640
		b.apply(setStep(endpointEntry(cpe), endpointEntry(moved)), setStep(profileEntry(fast), profileEntry(faster)))
		c = b.config()
		sameConfig(t, c.Endpoints, []gam.Endpoint{moved})
		sameConfig(t, c.Profiles[1:], []gam.Profile{faster, slow})

		// A new endpoint in the old one's place keeps the entry.
		replaced := moved
		replaced.MAC = macB
		b.apply(setStep(endpointEntry(moved), endpointEntry(replaced)))
		if got := b.config().Endpoints; len(got) != 1 || got[0].MAC != macB || got[0].ID != c.Endpoints[0].ID {
			t.Errorf("after replacement: %+v", got)
		}

		// Everything away, twice.
		b.sim.ForgetCalls()
		for range 2 {
			b.apply(removeStep(serviceEntry(off)), removeStep(endpointEntry(replaced)), removeStep(profileEntry(faster)), removeStep(profileEntry(slow)))
		}
		c = b.config()
		if len(c.Services)+len(c.Endpoints) != 0 || len(c.Profiles) != 1 {
			t.Errorf("left over: %+v", c)
		}
		if err := b.d.Save(b.ctx); err != nil {
			t.Fatal(err)
		}
		b.polite()
	})
}

func TestPortAware(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{Model: "GAM-12-M", PortAware: true, EndpointsPerPort: 1})
	s := gam.Service{
		Name: "apt-203", Description: "unit 203", Port: 2, ProfileName: fast.Name, VLAN: 1205, Tagged: true, RemappedVLAN: 205,
		AllowedVLANs: []int{411, 410}, DoubleTag: true, OuterVLAN: 2900, NNI: 2,
	}
	b.apply(addStep(profileEntry(fast)), addStep(serviceEntry(s)))
	s.AllowedVLANs = []int{410, 411}
	c := b.config()
	if c.SubscriberModel != gam.PortAware {
		t.Errorf("model %q", c.SubscriberModel)
	}
	sameConfig(t, c.Services, []gam.Service{s})
	b.sim.ForgetCalls()
	b.apply(setStep(serviceEntry(s), serviceEntry(s)))
	b.wrote()
	moved := s
	moved.Port, moved.NNI, moved.DoubleTag, moved.OuterVLAN = 3, 0, false, 0
	b.apply(setStep(serviceEntry(s), serviceEntry(moved)))
	sameConfig(t, b.config().Services, []gam.Service{moved})
	b.wrote("ghnAgent.config.userByName.set")
	renamed := moved
	renamed.Name = "apt-203b"
	b.apply(setStep(serviceEntry(moved), serviceEntry(renamed)))
	sameConfig(t, b.config().Services, []gam.Service{renamed})
	b.wrote("ghnAgent.config.user.set")
}

func TestDocumentedMethodsAreUsed(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	b.wrote("ghnAgent.config.bwProfileByName.add", "ghnAgent.config.endpointByName.add", "ghnAgent.config.userByName.add")
	changed := apt
	changed.VLAN = 101
	b.apply(setStep(serviceEntry(apt), serviceEntry(changed)))
	b.wrote("ghnAgent.config.userByName.set")
	b.apply(removeStep(serviceEntry(changed)), removeStep(endpointEntry(cpe)), removeStep(profileEntry(fast)))
	b.wrote("ghnAgent.config.userByName.del", "ghnAgent.config.endpointByName.del", "ghnAgent.config.bwProfileByName.del")
	if err := b.d.Save(b.ctx); err != nil {
		t.Fatal(err)
	}
	b.wrote("icfg.control.copy.set")
}

func TestAddOfWhatIsThere(t *testing.T) {
	t.Parallel()
	everyFirmware(t, func(t *testing.T, firmware string) {
		b := setup(t, sim.Options{Firmware: firmware})
		b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
		b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))

		foreign := fast
		foreign.DownMbps = 50
		other := cpe
		other.MAC = macB
		neighbour := apt
		neighbour.VLAN = 999
		before := b.config()
		for _, s := range []gam.Step{addStep(profileEntry(foreign)), addStep(endpointEntry(other)), addStep(serviceEntry(neighbour))} {
			if err := b.d.Apply(b.ctx, s); driver.KindOf(err) != driver.Busy {
				t.Errorf("%s over another one's entry: %v, want busy: plan anew", s, err)
			}
		}
		if diff := cmp.Diff(before, b.config()); diff != "" {
			t.Errorf("somebody else's entry was changed:\n%s", diff)
		}
	})
}

func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)))
	gone := setStep(serviceEntry(apt), serviceEntry(gam.Service{Name: "apt-101", VLAN: 5}))
	if err := b.d.Apply(b.ctx, gone); driver.KindOf(err) != driver.Busy || !strings.Contains(err.Error(), "apt-101") {
		t.Errorf("set of an entry that is gone: %v", err)
	}
	swapped := cpe
	swapped.MAC = macB
	wish := swapped
	wish.Description = "x"
	if err := b.d.Apply(b.ctx, setStep(endpointEntry(swapped), endpointEntry(wish))); driver.KindOf(err) != driver.Busy {
		t.Errorf("set of an endpoint entry with another MAC: %v", err)
	}
	sameConfig(t, b.config().Endpoints, []gam.Endpoint{cpe})
}

func TestManagementVLANOfAnEndpointStays(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.apply(addStep(endpointEntry(cpe)))
	if _, err := b.sim.OutOfBand("ghnAgent.config.endpointByName.set", cpe.Name, map[string]any{"AllowMgmtVlan": true}); err != nil {
		t.Fatal(err)
	}
	moved := cpe
	moved.Port = 7
	b.apply(setStep(endpointEntry(cpe), endpointEntry(moved)))
	moved.AllowMgmtVLAN = true
	sameConfig(t, b.config().Endpoints, []gam.Endpoint{moved})
	off := moved
	off.AllowMgmtVLAN = false
	b.apply(setStep(endpointEntry(moved), endpointEntry(off)))
	sameConfig(t, b.config().Endpoints, []gam.Endpoint{off})
}

func TestPoE(t *testing.T) {
	t.Parallel()
	b := setup(t, sim.Options{})
	b.apply(addStep(profileEntry(fast)), addStep(endpointEntry(cpe)), addStep(serviceEntry(apt)))
	for _, c := range b.sim.Calls() {
		if strings.Contains(string(c.Params), "PoeModeCtrl") {
			t.Errorf("PoE is not wanted, and yet %s says %s", c.Method, c.Params)
		}
	}
	on := apt
	on.PoE = gam.PoEEnable
	b.apply(setStep(serviceEntry(apt), serviceEntry(on)))
	if got := b.config().Services[0].PoE; got != gam.PoEEnable {
		t.Errorf("PoE %q", got)
	}
	if _, err := b.sim.OutOfBand("ghnAgent.config.userByName.set", apt.Name, map[string]any{"PoeModeCtrl": "force"}); err != nil {
		t.Fatal(err)
	}
	unsaid := on
	unsaid.PoE, unsaid.VLAN = gam.PoEUnknown, 123
	b.apply(setStep(serviceEntry(on), serviceEntry(unsaid)))
	if got := b.config().Services[0]; got.PoE != gam.PoEForce || got.VLAN != 123 {
		t.Errorf("a step that does not speak of PoE left %+v", got)
	}
}

func TestSaveWaits(t *testing.T) {
	t.Parallel()
	for _, quirk := range []sim.Quirks{{}, {NoCopyStatus: true}} {
		b := setup(t, sim.Options{Quirks: &quirk, SaveTime: 300 * time.Millisecond})
		b.apply(addStep(profileEntry(fast)))
		if err := b.d.Save(b.ctx); err != nil {
			t.Fatalf("%+v: %v", quirk, err)
		}
		if quirk.NoCopyStatus {
			continue // how long it goes on after that is not told
		}
		b.polite()
		b.sim.Reboot()
		sameConfig(t, b.config().Profiles[1:], []gam.Profile{fast})
	}
}
