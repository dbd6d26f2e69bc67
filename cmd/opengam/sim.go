package main

import (
	"fmt"
	"os"
	"time"

	"github.com/opengam/opengam/internal/sim"
)

type simCmd struct {
	Devices          int           `default:"1" help:"Simulated GAMs (1–10000)."`
	Model            string        `help:"Model of every device, for example GAM-12-C; default: a mix." placeholder:"MODEL"`
	Firmware         string        `help:"Firmware of every device; default: mostly 1.8.2." placeholder:"VERSION"`
	EndpointsPerPort int           `help:"Endpoints plugged into each coax port (1–16); default: 6."`
	Listen           string        `default:"127.0.0.1:0" help:"Address of the first device; with port 0 each gets a free port, else ports are counted up."`
	EachAddress      bool          `help:"Count up addresses instead of ports, as in 127.0.10.1:80, 127.0.10.2:80."`
	Control          string        `help:"Address of the control API: state, call log, faults, edits out of band." placeholder:"HOST:PORT"`
	Seed             uint64        `default:"1" help:"Same seed, same fleet."`
	Username         string        `default:"admin" help:"User of the devices."`
	Latency          time.Duration `default:"5ms" help:"Time of each call."`
	Jitter           time.Duration `default:"5ms" help:"Random time on top."`
	SaveTime         time.Duration `default:"300ms" help:"How long saving the configuration takes."`
	RebootTime       time.Duration `default:"20s" help:"How long a device is away after a restart."`
	HTTPS            bool          `name:"https" help:"Open an HTTPS listener on each device too."`
	Bare             bool          `help:"Leave out old configuration and trouble."`
}

func (c simCmd) Run(e *env) error {
	if c.EndpointsPerPort < 0 || c.EndpointsPerPort > 16 {
		return fmt.Errorf("--endpoints-per-port %d: want 1 to 16", c.EndpointsPerPort)
	}
	return sim.Main(e.ctx, sim.FleetOptions{
		Devices: c.Devices, Model: c.Model, Firmware: c.Firmware, EndpointsPerPort: c.EndpointsPerPort,
		Listen: c.Listen, EachAddress: c.EachAddress, Control: c.Control, Seed: c.Seed,
		// Empty as delivered, unless the environment says otherwise.
		Username: c.Username, Password: os.Getenv("OPENGAM_SIM_PASSWORD"),
		Latency: c.Latency, Jitter: c.Jitter, SaveTime: c.SaveTime, RebootTime: c.RebootTime, EndpointReboot: c.RebootTime,
		HTTPS: c.HTTPS, Bare: c.Bare,
	}, e.stdout)
}
