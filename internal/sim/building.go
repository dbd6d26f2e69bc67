package sim

import (
	"fmt"
	"math/rand/v2"

	"github.com/opengam/opengam/internal/gam"
)

// Building is where a device hangs.
type Building struct {
	Name       string // "Parkdale Towers"
	Street     string
	City       string
	PostalCode string
	DeviceName string // "tor-parkdale-towers-1"
}

// Address is street, city and postal code in one line.
func (b Building) Address() string { return b.Street + ", " + b.City + " " + b.PostalCode }

// cities give a building its street, its postal code and the beginning of
// its device's name. All buildings and people are invented.
var cities = []struct {
	name, short, postal string
	streets             []string
}{
	{"Toronto, ON", "tor", "M6K", []string{"King St W", "Jameson Ave", "Dufferin St", "Spadina Ave", "Carlton St"}},
	{"Montréal, QC", "mtl", "H2X", []string{"rue Sherbrooke O", "av. du Parc", "rue Saint-Denis", "boul. Saint-Laurent"}},
	{"Calgary, AB", "yyc", "T2P", []string{"5 Ave SW", "Macleod Trail SE", "17 Ave SW", "Centre St N"}},
	{"Halifax, NS", "hal", "B3J", []string{"Barrington St", "Spring Garden Rd", "Robie St"}},
	{"Winnipeg, MB", "wpg", "R3C", []string{"Portage Ave", "Broadway", "Osborne St"}},
	{"Vancouver, BC", "van", "V6B", []string{"Robson St", "Davie St", "Main St", "Kingsway"}},
	{"Ottawa, ON", "ott", "K1P", []string{"Bank St", "Rideau St", "Elgin St"}},
	{"Québec, QC", "qbc", "G1R", []string{"Grande Allée E", "rue Saint-Jean", "chemin Sainte-Foy"}},
}

var buildingNames = []string{
	"Parkdale Towers", "Maple Court", "Résidence du Parc", "Lakeview Manor", "The Foundry Lofts", "Harbour House",
	"Centennial Place", "Le Belvédère", "Prairie Gardens", "Riverside Terrace", "Birchwood Apartments", "King Edward Arms",
}

var firstNames = []string{
	"Amélie", "Liam", "Priya", "Noah", "Chloé", "Mohamed", "Olivia", "Étienne", "Mei", "Jack", "Fatima", "Lucas",
	"Sophie", "Arjun", "Emma", "Gabriel", "Nadia", "Owen", "Zoé", "Daniel",
}

var lastNames = []string{
	"Tremblay", "Singh", "Macdonald", "Nguyen", "Gagnon", "Wong", "Roy", "Campbell", "Ouellet", "Patel", "O'Brien",
	"Lavoie", "Kowalski", "Fraser", "Haddad", "Bélanger", "Li", "Morin", "Stewart", "Côté",
}

// building is the nth building of a fleet.
func building(seed uint64, n int) Building {
	r := rand.New(rand.NewPCG(seed, uint64(n)^0xb111d))
	c := cities[n%len(cities)]
	b := Building{
		Name:       buildingNames[n%len(buildingNames)],
		Street:     fmt.Sprintf("%d %s", 10+r.IntN(1900), c.streets[r.IntN(len(c.streets))]),
		City:       c.name,
		PostalCode: fmt.Sprintf("%s %d%c%d", c.postal, r.IntN(10), "ABCEGHJKLMNPRSTVWXYZ"[r.IntN(20)], r.IntN(10)),
	}
	if round := n / len(buildingNames); round > 0 {
		b.Name = fmt.Sprintf("%s %d", b.Name, round+1)
	}
	b.DeviceName = fmt.Sprintf("gam-%s-%03d", c.short, n+1)
	return b
}

// wiring gives every dwelling an endpoint on a port: floors above each other
// on one riser. In a fleet that is not bare, some cables are bad and some
// endpoints run old firmware.
func wiring(hw gam.Model, o FleetOptions, device int, r *rand.Rand) ([]Unit, []Plug) {
	perPort := o.EndpointsPerPort
	if perPort == 0 {
		perPort = 6
	}
	perPort = min(perPort, hw.EndpointsPerPort())
	cpe := []string{"G1001-C", "G1001-C", "G1002-C", "G1002-C+"}
	if hw.Medium == gam.Copper {
		cpe = []string{"G1001-M", "G1001-M", "G1002-M", "G2002-M+"}
	}
	var units []Unit
	var plugs []Plug
	for port := 1; port <= hw.Ports; port++ {
		for k := range perPort {
			serial := 0x200000 + device*gam.MaxEndpoints + len(units)
			u := Unit{
				Number:   fmt.Sprintf("%d%02d", k+1, port),
				Customer: firstNames[r.IntN(len(firstNames))] + " " + lastNames[r.IntN(len(lastNames))],
				MAC:      gam.MAC{0x00, 0x0E, 0xD8, byte(serial >> 16), byte(serial >> 8), byte(serial)},
				Port:     port,
			}
			p := Plug{MAC: u.MAC, Port: port, Model: cpe[r.IntN(len(cpe))]}
			luck := r.IntN(100)
			if !o.Bare {
				p.FwMismatch = luck%17 == 3
				switch {
				case luck < 4:
					p.Trouble = BadSplitter
				case luck < 6:
					p.Trouble = DyingLink
				case luck < 11:
					p.Trouble = LongLine
				}
			}
			units, plugs = append(units, u), append(plugs, p)
		}
	}
	return units, plugs
}

// oldPlans are what the provider sold before.
var oldPlans = []struct {
	name     string
	down, up int
}{{"Basic 50", 54, 11}, {"Turbo 150", 160, 32}, {"Internet 300", 320, 54}}

// age gives a device its past: every third one was set up by hand, in part
// and with mistakes, and that was saved.
func (m *Member) age(n int, r *rand.Rand) error {
	if n%3 != 1 {
		return nil
	}
	do := func(method string, params ...any) error {
		if _, err := m.OutOfBand(method, params...); err != nil {
			return fmt.Errorf("old configuration, %s: %w", method, err)
		}
		return nil
	}
	for _, p := range oldPlans {
		if err := do("ghnAgent.config.bwProfile.add", 0, map[string]any{"Name": p.name, "DsBw": p.down, "UsBw": p.up}); err != nil {
			return err
		}
	}
	room := m.hw.EndpointsPerPort()
	for i, u := range m.Units {
		if i%2 == 1 { // half of the units were never set up
			continue
		}
		port, luck := u.Port, r.IntN(40)
		if luck == 0 && room > 1 {
			port = port%m.hw.Ports + 1 // somebody moved a cable since
		}
		id := i/2 + 1
		name := "Unit " + u.Number
		if err := do("ghnAgent.config.endpoint.add", id, map[string]any{
			"Name": name, "MacAddress": u.MAC, "PortIfIndex": m.portWithRoom(port), "Description": u.Number,
		}); err != nil {
			return err
		}
		if luck != 1 { // one in forty has an endpoint and no subscriber
			if err := do("ghnAgent.config.user.add", 0, map[string]any{
				"Name": name, "EndpointId": id, "BwProfileId": 2 + r.IntN(len(oldPlans)), "VlanId": 1000 + i,
			}); err != nil {
				return err
			}
		}
		if luck == 2 {
			m.Unplug(u.MAC) // moved out and took it along
		}
	}
	return do("icfg.control.copy.set", map[string]any{
		"Copy": true, "SourceConfigType": "runningConfig", "DestinationConfigType": "startupConfig",
	})
}

// portWithRoom is the port asked for, or the next one that can take another
// configured endpoint.
func (m *Member) portWithRoom(port int) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range m.hw.Ports {
		if m.running.endpointsOn(ghn(port), 0) < m.hw.EndpointsPerPort() {
			return ghn(port).String()
		}
		port = port%m.hw.Ports + 1
	}
	return "NONE"
}
