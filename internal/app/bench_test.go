package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/client"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/sim"
)

// simDevices, when set, makes this test binary be the simulated fleet: its
// memory and CPU must not be counted as the product's.
const simDevices = "OPENGAM_TEST_SIM_DEVICES"

func simulate(devices string) int {
	n, err := strconv.Atoi(devices)
	if err == nil {
		err = sim.Main(context.Background(), sim.FleetOptions{
			Devices: n, Model: "GAM-24-C", EndpointsPerPort: gam.MaxEndpointsCoax, Bare: true, Seed: 1, Latency: time.Millisecond,
		}, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// BenchmarkOrderToSaved is the way of an order through the whole product: a
// changed VLAN arrives at the API, is on a device that answers in 1 ms among
// 100 other subscribers, read back, and saved there.
func BenchmarkOrderToSaved(b *testing.B) {
	const others = 100
	l := newLab(b)
	dev := sim.StartDevice(b, sim.Options{Model: "GAM-24-C", EndpointsPerPort: 5, Seed: 7, Latency: time.Millisecond})
	id := l.addDevice(dev.Address, "")
	macs := freeEndpoints(dev, others+1)
	var sub int64
	for i, mac := range macs {
		sub = l.order(id, fmt.Sprintf("unit %03d", i+1), mac, 0)
	}
	mine := macs[others]
	onDevice := func(vlan int) bool {
		state := dev.State()
		for _, s := range state.Running.Services {
			if s.EndpointMAC == mine {
				return s.VLAN == vlan && state.Saved
			}
		}
		return false
	}
	eventually(b, "all in sync", func() (bool, string) {
		s := l.subscriber(sub)
		return s.Sync.State == string(gam.SyncInSync), s.Sync.State
	})
	var took []time.Duration
	vlan := 3000
	for b.Loop() {
		vlan++
		began := time.Now()
		l.do(http.MethodPatch, fmt.Sprint("/api/v1/subscribers/", sub), map[string]any{"vlan_id": vlan}, nil)
		for !onDevice(vlan) {
			<-time.After(time.Millisecond)
		}
		took = append(took, time.Since(began))
		b.StopTimer() // orders come one by one, not on each other's heels
		eventually(b, "nothing left to do", func() (bool, string) {
			var page client.List[json.RawMessage]
			l.do(http.MethodGet, "/api/v1/jobs?state=queued,running&limit=1", nil, &page)
			return page.Total == 0, fmt.Sprint(page.Total, " jobs")
		})
		b.StartTimer()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2])/1e6, "ms-median")
	b.ReportMetric(float64(took[len(took)*99/100])/1e6, "ms-p99")
}

// BenchmarkStartToServing is the time from starting the process to serving,
// with a database that exists.
func BenchmarkStartToServing(b *testing.B) {
	dir := b.TempDir() + "/data"
	start(b, dir, "").kill(b) // creates database and keys
	for b.Loop() {
		p := start(b, dir, "")
		b.StopTimer()
		p.kill(b)
		b.StartTimer()
	}
}

// fleetWatch is how long the fleet is watched: three readings of each device.
const fleetWatch = 3 * time.Minute

// BenchmarkFleet50 reads 50 GAMs with 384 endpoints each (19,200) every 60 s
// and reports memory and CPU of the server process alone.
func BenchmarkFleet50(b *testing.B) {
	const devices = 50
	addresses := startFleet(b, devices)
	p := start(b, b.TempDir()+"/data", "")
	for i, a := range addresses {
		body := map[string]any{"name": fmt.Sprintf("gam-%02d", i+1), "address": a, "access": map[string]any{"jsonrpc": map[string]any{"username": "admin", "password": ""}}}
		if err := p.api.Do(b.Context(), http.MethodPost, "/api/v1/devices", body, nil); err != nil {
			b.Fatal(err)
		}
	}
	eventually(b, "every endpoint read", func() (bool, string) {
		var page client.List[json.RawMessage]
		if err := p.api.Do(b.Context(), http.MethodGet, "/api/v1/endpoints?limit=1", nil, &page); err != nil {
			return false, err.Error()
		}
		return page.Total == devices*gam.MaxEndpoints, fmt.Sprint(page.Total, " endpoints")
	})
	before, began := cpuTime(b, p.cmd.Process.Pid), time.Now()
	<-time.After(fleetWatch)
	used := cpuTime(b, p.cmd.Process.Pid) - before
	b.ReportMetric(100*used.Seconds()/time.Since(began).Seconds(), "%core")
	b.ReportMetric(float64(memoryKB(b, p.cmd.Process.Pid, "VmRSS"))/1024, "MB-RSS")
	b.ReportMetric(float64(memoryKB(b, p.cmd.Process.Pid, "VmHWM"))/1024, "MB-peak")
	b.ReportMetric(0, "ns/op") // one long look, not a repeated operation
}

// startFleet runs the simulated fleet in a process of its own.
func startFleet(b *testing.B, devices int) []string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), simDevices+"="+strconv.Itoa(devices))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Signal(syscall.SIGKILL); _ = cmd.Wait() })
	var addresses []string
	lines := bufio.NewScanner(out)
	for len(addresses) < devices && lines.Scan() {
		var info struct {
			Address string `json:"address"`
		}
		if err := json.Unmarshal(lines.Bytes(), &info); err != nil {
			b.Fatal(err)
		}
		addresses = append(addresses, info.Address)
	}
	return addresses
}

// cpuTime is what a process has used of all cores.
func cpuTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		b.Fatal(err)
	}
	// Fields count from after the command's name, which may hold anything.
	f := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	const ticks = 100 // per second, on every Linux that Go supports
	return time.Duration(user+system) * time.Second / ticks
}

func memoryKB(b *testing.B, pid int, field string) int {
	b.Helper()
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}
