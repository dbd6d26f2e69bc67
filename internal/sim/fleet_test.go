package sim_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

func startFleet(t *testing.T, o sim.FleetOptions) *sim.Fleet {
	t.Helper()
	f := sim.NewFleet(o)
	if err := f.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	return f
}

// TestFleetIsDeterministic: the same seed gives the same fleet, another seed
// another one.
func TestFleetIsDeterministic(t *testing.T) {
	c := newClock()
	describe := func(seed uint64) []any {
		var all []any
		for _, m := range startFleet(t, sim.FleetOptions{Devices: 9, Seed: seed, Now: c.Now}).Devices() {
			i := m.Info()
			i.Address, i.URL = "", ""
			all = append(all, i, m.Building, m.Units, m.State())
		}
		return all
	}
	a, b, other := describe(7), describe(7), describe(8)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the same seed gave another fleet:\n%s", diff)
	}
	if cmp.Equal(a, other) {
		t.Error("another seed gave the same fleet")
	}
}

// TestFleetLooksReal: the fleet has everything that a newcomer should meet.
func TestFleetLooksReal(t *testing.T) {
	c := newClock()
	f := startFleet(t, sim.FleetOptions{Devices: 24, Seed: 1, Now: c.Now})
	macs, serials, states := map[gam.MAC]bool{}, map[string]bool{}, map[string]int{}
	old, models, mismatch := 0, map[string]bool{}, 0
	for _, m := range f.Devices() {
		s := m.State()
		serials[m.Serial()] = true
		models[m.Model().Name] = true
		if !s.Saved {
			t.Errorf("%s starts with an unsaved configuration", m.Info().Name)
		}
		if len(s.Running.Services) > 0 {
			old++
		}
		for _, e := range s.Endpoints {
			states[e.State]++
			if macs[e.MAC] {
				t.Errorf("endpoint %s is there twice", e.MAC)
			}
			macs[e.MAC] = true
			if e.MAC[0] != 0x00 || e.MAC[1] != 0x0E || e.MAC[2] != 0xD8 {
				t.Errorf("endpoint %s has a foreign OUI", e.MAC)
			}
		}
		brief, err := m.OutOfBand("ghnAgent.status.endpointByMac.brief.get")
		if err != nil {
			t.Fatal(err)
		}
		mismatch += strings.Count(string(brief), `"FwMismatch":true`)
		if i := m.Info(); !strings.Contains(i.Site, ", ") || i.Name == "" {
			t.Errorf("a device without name or site: %+v", i)
		}
	}
	if len(serials) != 24 || len(models) < 4 || old == 0 || old == 24 || mismatch == 0 {
		t.Errorf("%d serials, models %v, %d devices with old configuration, %d firmware mismatches", len(serials), models, old, mismatch)
	}
	for _, state := range []string{"ok", "notDetected", "quarantinedWrongPort", "quarantinedUnknownMAC"} {
		if states[state] == 0 {
			t.Errorf("no endpoint is %s: %v", state, states)
		}
	}
}

func TestBareFleet(t *testing.T) {
	f := startFleet(t, sim.FleetOptions{Devices: 2, Model: "GAM-24-C", EndpointsPerPort: 16, Bare: true})
	for _, m := range f.Devices() {
		s := m.State()
		if len(s.Endpoints) != 384 || len(m.Units) != 384 || len(s.Running.Endpoints) != 0 {
			t.Errorf("%d endpoints seen, %d units, %d configured; want 384, 384, 0", len(s.Endpoints), len(m.Units), len(s.Running.Endpoints))
		}
		for _, u := range m.Units {
			if e, ok := s.Serves(u.MAC); !ok || e.Port != u.Port || e.State != "quarantinedUnknownMAC" {
				t.Fatalf("unit %s: %+v", u.Number, e)
			}
		}
	}
}

// TestLinkRates: rates move over the day, the splitter is lopsided, the dying
// link goes away at night.
func TestLinkRates(t *testing.T) {
	c := newClock()
	good, lopsided, dying := gam.MustMAC("000ED8201101"), gam.MustMAC("000ED8201102"), gam.MustMAC("000ED8201103")
	r := sim.StartDevice(t, sim.Options{Now: c.Now, Endpoints: []sim.Plug{
		{MAC: good, Port: 1}, {MAC: lopsided, Port: 2, Trouble: sim.BadSplitter}, {MAC: dying, Port: 3, Trouble: sim.DyingLink},
	}})
	rates := func(mac gam.MAC) (rx, tx int, alive bool) {
		var o struct {
			RxPhyRate, TxPhyRate int
			Alive                bool
		}
		if err := json.Unmarshal([]byte(must(t, r, "ghnAgent.status.endpointByMac.detailed.get", `["`+mac.String()+`"]`)), &o); err != nil {
			t.Fatal(err)
		}
		return o.RxPhyRate, o.TxPhyRate, o.Alive
	}
	seen, alive, gone := map[int]bool{}, 0, 0
	for range 288 {
		rx, tx, up := rates(good)
		if !up || rx < 1000 || rx > 1700 || tx < rx*3/4 {
			t.Fatalf("%v: the good link has %d/%d, up %v", c.Now(), rx, tx, up)
		}
		seen[rx] = true
		if rx, tx, _ := rates(lopsided); tx > rx/2 {
			t.Fatalf("%v: the bad splitter has %d/%d", c.Now(), rx, tx)
		}
		if s, ok := r.State().Serves(dying); ok && s.Port != 0 {
			alive++
		} else {
			gone++
		}
		c.move(5 * time.Minute)
	}
	if len(seen) < 20 {
		t.Errorf("the rate took %d values in a day", len(seen))
	}
	if alive == 0 || gone == 0 || gone > alive {
		t.Errorf("the dying link was there %d times and away %d times", alive, gone)
	}
}

func TestListen(t *testing.T) {
	f := startFleet(t, sim.FleetOptions{Devices: 3, Listen: "127.7.9.1:0", EachAddress: true})
	for i, m := range f.Devices() {
		if want := fmt.Sprintf("127.7.9.%d:", i+1); !strings.HasPrefix(m.Address, want) {
			t.Errorf("device %d listens on %s, want %s…", i+1, m.Address, want)
		}
	}
	taken := f.Devices()[0].Address
	for _, o := range []sim.FleetOptions{
		{Listen: "somewhere:80"}, {Listen: "127.0.0.1:65535", Devices: 2}, {Listen: taken}, {Devices: -1},
		{Model: "GAM-99"}, {Firmware: "0.1"}, {Control: "nowhere"},
	} {
		bad := sim.NewFleet(o)
		if err := bad.Start(t.Context()); err == nil {
			bad.Stop()
			t.Errorf("%+v started", o)
		}
	}
}

func TestSimMain(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- sim.Main(ctx, sim.FleetOptions{Devices: 2, Password: "s3cret", HTTPS: true}, w)
		w.Close()
	}()
	dec := json.NewDecoder(r)
	for i := range 2 {
		var info sim.Info
		if err := dec.Decode(&info); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(info.URL, "/json_rpc") || !strings.HasPrefix(info.HTTPSURL, "https://") || info.Serial == "" || info.Model == "" || info.MAC.IsZero() || info.Username != "admin" {
			t.Errorf("line %d: %+v", i+1, info)
		}
		if b, _ := json.Marshal(info); bytes.Contains(b, []byte("s3cret")) {
			t.Error("the password is printed")
		}
		resp, err := http.Post(info.URL, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("without a login: %s", resp.Status)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestHTTPS(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{HTTPS: true})
	pin := func() string {
		conn, err := tls.Dial("tcp", strings.TrimPrefix(r.HTTPSURL, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
		return hex.EncodeToString(sum[:])
	}
	first := pin()
	if first != r.CertificatePin() || pin() != first {
		t.Error("the certificate is not the one that the device tells of, or changes")
	}
	if err := r.RenewCertificate(); err != nil {
		t.Fatal(err)
	}
	if second := pin(); second == first || second != r.CertificatePin() {
		t.Error("the renewed certificate is not in use")
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	r.MustFault(t, sim.Fault{Kind: sim.FaultReset, Count: 1})
	for _, wantErr := range []bool{true, false} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, r.HTTPSURL+sim.Path, strings.NewReader(`{"id":1,"method":"ghnAgent.config.global.get","params":[]}`))
		req.SetBasicAuth("admin", "")
		resp, err := client.Do(req)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if (err != nil) != wantErr {
			t.Errorf("over TLS, with the fault %v: %v", wantErr, err)
		}
	}
}

// TestConcurrency uses a device from all sides at once; the race detector
// judges.
func TestConcurrency(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{EndpointsPerPort: 4, Jitter: time.Millisecond})
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := range 20 {
				body := fmt.Sprintf(`{"id":1,"method":"ghnAgent.config.userByName.add","params":["u%d-%d",{"VlanId":100}]}`, worker, n)
				if _, _, err := raw(t.Context(), r, body); err != nil {
					t.Error(err)
				}
				if _, _, err := raw(t.Context(), r, `{"id":1,"method":"ghnAgent.status.endpointByMac.brief.get","params":[]}`); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for n := range 20 {
			r.MustFault(t, sim.Fault{Kind: sim.FaultBusy, Count: 1, Effect: sim.Action})
			r.State()
			r.Manners()
			r.Calls()
			r.Unplug(cpe)
			if err := r.Plug(sim.Plug{MAC: cpe, Port: 1 + n%12}); err != nil {
				t.Error(err)
			}
			if _, err := r.OutOfBand("icfg.control.copy.set", map[string]any{"Copy": false}); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	if got := len(r.State().Running.Services); got != 80 {
		t.Errorf("%d subscribers, want 80", got)
	}
}
