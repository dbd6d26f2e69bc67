package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/opengam/opengam/internal/app"
)

// stopLimit bounds an orderly stop; what is not over by then is found and
// finished by the next start.
const stopLimit = 30 * time.Second

type serveCmd struct {
	dataFlags
	serverFlags
}

func (c serveCmd) Run(e *env) error {
	o := c.options()
	c.apply(&o, e)
	a, err := app.New(e.ctx, o)
	if err != nil {
		return err
	}
	return runApp(e, a, func() {
		fmt.Fprintf(e.stdout, "OpenGAM is at %s\n", a.URL())
		if link := a.SetupLink(); link != "" {
			fmt.Fprintf(e.stdout, "No user exists yet. Create the first one here (the link works once):\n  %s\n", link)
		}
	})
}

type demoCmd struct {
	DataDir          string `help:"Keep the state in this folder (default: a temporary one that is removed at the end)." placeholder:"DIR"`
	Devices          int    `default:"4" help:"Simulated GAMs (1–100)."`
	EndpointsPerPort int    `default:"4" help:"Simulated endpoints per coax port (1–16)."`
	Seed             uint64 `default:"1" help:"Same seed, same fleet."`
	Control          string `help:"Address of the fleet's control API, to break devices and pull cables, for example 127.0.0.1:8002." placeholder:"HOST:PORT"`
	serverFlags
}

func (c demoCmd) Run(e *env) (err error) {
	o := app.Options{DataDir: c.DataDir, Version: buildVersion()}
	c.apply(&o, e)
	if o.DataDir == "" {
		if o.DataDir, err = os.MkdirTemp("", "opengam-demo-"); err != nil {
			return fmt.Errorf("make a temporary data folder: %w", err)
		}
		defer func() { _ = os.RemoveAll(o.DataDir) }()
	}
	d, err := app.NewDemo(e.ctx, o, app.DemoOptions{Devices: c.Devices, EndpointsPerPort: c.EndpointsPerPort, Seed: c.Seed, Control: c.Control})
	if err != nil {
		return err
	}
	return runApp(e, d, func() {
		fmt.Fprintf(e.stdout, "OpenGAM demo with %d simulated GAMs\n  URL:      %s\n  user:     %s\n  password: %s\n  data:     %s\nPress Ctrl-C to end it.\n",
			c.Devices, d.URL(), app.DemoUser, d.Password(), o.DataDir)
	})
}

// runnable is the product, or the product with its simulated surroundings.
type runnable interface {
	Start(ctx context.Context) error
	Wait(ctx context.Context) error
	Stop(ctx context.Context) error
}

// runApp starts, tells, waits for a signal or a failure, and stops.
func runApp(e *env, a runnable, started func()) (err error) {
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(e.ctx), stopLimit)
		defer cancel()
		if serr := a.Stop(ctx); err == nil {
			err = serr
		}
	}()
	if err := a.Start(e.ctx); err != nil {
		return err
	}
	started()
	return a.Wait(e.ctx)
}
