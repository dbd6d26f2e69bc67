package sim

import (
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Trouble is what is wrong with an endpoint's cabling.
type Trouble string

// Troubles.
const (
	NoTrouble   Trouble = ""
	BadSplitter Trouble = "bad_splitter" // upstream far below downstream
	DyingLink   Trouble = "dying_link"   // rates fall through the day, the link drops now and then
	LongLine    Trouble = "long_line"    // low rates, steady
)

// Plug is one endpoint that hangs on a G.hn port, whether the device's
// configuration knows it or not.
type Plug struct {
	MAC        gam.MAC
	Port       int
	Model      string // "G1001-C"; "" = the plain one of the port's medium
	Serial     string
	FwMismatch bool
	WireMetres int // copper
	Trouble    Trouble

	awayUntil time.Time // restarting or upgrading
	since     time.Time
	upgraded  bool
}

// cpeTypes are the labels of ModelType.
var cpeTypes = map[string]string{
	"G1000-M": "g1000m", "G1000-C": "g1000c", "G1001-M": "g1001m", "G1001-C": "g1001c",
	"G1001-MR": "g1001mr", "G1001-CR": "g1001cr", "G1001-MP": "g1001mp",
	"G2002-M": "g2002m", "G1002-C": "g1002c", "G2002-M+": "g2002mPlus",
	"G1002-C+": "g1002cPlus", "G1002-M": "g1002m", "G1002-M+": "g1002mPlus",
}

func (p Plug) ethPorts() int {
	if strings.HasPrefix(p.Model, "G1001") {
		return 1
	}
	return 2
}

// poe reports whether the endpoint can feed a device.
func (p Plug) poe() bool { return strings.HasSuffix(p.Model, "+") }

func (p Plug) firmware(fw Firmware) string {
	rev := fw.Revision
	if p.FwMismatch {
		rev = "22842"
	}
	return strings.NewReplacer("-", "", "+", "P").Replace(p.Model) + "_positron_" + rev
}

// Plug puts an endpoint on a port, or moves it there when it is plugged in
// elsewhere. On a port-aware device it is configured at once, with a default
// name.
func (d *Device) Plug(p Plug) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.plug(p)
}

func (d *Device) plug(p Plug) error {
	if p.MAC.IsZero() || p.Port < 1 || p.Port > d.hw.Ports {
		return fmt.Errorf("plug %s into port %d: %s has ports 1 to %d", p.MAC, p.Port, d.hw.Name, d.hw.Ports)
	}
	n := 0
	for _, other := range d.plant {
		if other.Port == p.Port && other.MAC != p.MAC {
			n++
		}
	}
	if n >= d.hw.EndpointsPerPort() {
		return fmt.Errorf("plug %s into port %d: %d endpoint(s) hang there already", p.MAC, p.Port, n)
	}
	if p.Model == "" {
		p.Model = "G1001-" + d.hw.Letter()
	}
	if cpeTypes[p.Model] == "" {
		return fmt.Errorf("plug %s: endpoint model %q is not known", p.MAC, p.Model)
	}
	if p.Serial == "" {
		p.Serial = fmt.Sprintf("01%06d", hash(p.MAC.String())%1_000_000)
	}
	if p.WireMetres == 0 && d.hw.Medium == gam.Copper {
		p.WireMetres = 30 + int(hash("wire"+p.MAC.String())%180)
	}
	p.since = d.opt.Now()
	d.plant[p.MAC] = &p
	d.appear(&p)
	return nil
}

// appear is what the device does by itself when it sees an endpoint.
func (d *Device) appear(p *Plug) {
	e := d.running.endpointByMAC(p.MAC)
	if e == nil && d.running.Model == portAware {
		if id := free(d.running.Endpoints, gam.MaxEndpoints); id != 0 {
			d.running.Endpoints[id] = &endpoint{ID: id, Name: d.defaultName(p.MAC), MAC: p.MAC}
		}
		return
	}
	if e != nil {
		d.bindAuto(e)
	}
}

// defaultName is what a port-aware device calls an endpoint that it adds
// itself.
func (d *Device) defaultName(mac gam.MAC) string { return "EP-" + mac.Compact() }

// Unplug takes an endpoint off the line.
func (d *Device) Unplug(mac gam.MAC) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.plant, mac)
}

// detected reports whether the device sees an endpoint right now.
func (d *Device) detected(p *Plug) bool {
	now := d.opt.Now()
	if now.Before(p.awayUntil) {
		return false
	}
	if p.Trouble == DyingLink {
		// Away for three minutes, about twice an hour in the evening.
		slot := now.Unix() / 180
		return !(now.Hour() >= 17 && hash(fmt.Sprint(p.MAC, slot))%10 == 0)
	}
	return true
}

// link is the state of one endpoint's G.hn link, in Mbit/s.
type link struct {
	rxPhy, txPhy, rxMax, txMax, allocated int
}

// linkOf lets rates move over the day: noise from the neighbourhood in the
// evening, a little jitter every five minutes, and the trouble on the line.
func (d *Device) linkOf(p *Plug) link {
	now := d.opt.Now()
	base := 1480.0
	if d.hw.Medium == gam.Copper {
		base = 1700 - 3.4*float64(p.WireMetres)
	}
	id := p.MAC.String()
	base *= 0.9 + 0.1*float64(hash(id)%1000)/1000
	hour := float64(now.Hour()) + float64(now.Minute())/60
	evening := math.Exp(-math.Pow((hour-20.5)/2.5, 2))
	slot := now.Unix() / 300
	wobble := func(side string) float64 {
		return 1 - 0.05*evening - 0.02*float64(hash(fmt.Sprint(id, side, slot))%1000)/1000
	}
	rx, tx := base*wobble("rx"), 0.97*base*wobble("tx")
	switch p.Trouble {
	case BadSplitter:
		tx *= 0.38
	case LongLine:
		rx, tx = 0.3*rx, 0.28*tx
	case DyingLink:
		rx, tx = rx*(0.7-0.02*hour), tx*(0.65-0.02*hour)
	}
	rx, tx = math.Max(rx, 15), math.Max(tx, 12)
	l := link{rxPhy: int(rx), txPhy: int(tx), rxMax: int(0.8 * rx), txMax: int(0.8 * tx)}
	l.allocated = int(float64(l.txMax) * (0.05 + 0.4*evening))
	return l
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	// FNV leaves neighbours close together; mix before taking a remainder.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	return x ^ x>>33
}
