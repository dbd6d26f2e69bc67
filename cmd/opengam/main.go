// Command opengam runs and administers OpenGAM, the manager for Positron GAM
// equipment. It holds flags and signals only; the work is in the packages
// below.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"

	"github.com/opengam/opengam/internal/app"
)

// version, commit and date are set by the linker (see Makefile).
var (
	version = "dev"
	commit  = ""
	date    = ""
)

// cli is the whole command line.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Run the manager."`
	Demo    demoCmd    `cmd:"" help:"Run the manager with a simulated fleet; nothing else is needed."`
	Sim     simCmd     `cmd:"" help:"Run a simulated fleet alone and print its addresses as JSON lines."`
	Migrate migrateCmd `cmd:"" help:"Administer the database schema."`
	User    userCmd    `cmd:"" help:"Administer accounts."`
	Token   tokenCmd   `cmd:"" help:"Administer API tokens."`
	Device  deviceCmd  `cmd:"" help:"Work on devices through a running server."`
	Check   checkCmd   `cmd:"" help:"Validate the settings and what they point to; one line per fault, exit status 1."`
	Version versionCmd `cmd:"" help:"Print version, commit and build date."`

	Config kong.ConfigFlag `help:"Read settings from this YAML file (flags and environment win)." type:"path" placeholder:"FILE"`
}

// env is what every command gets: where it prints and how it is stopped.
type env struct {
	ctx    context.Context
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// errReported ends with status 1 when everything has been said already.
var errReported = errors.New("reported")

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// .env holds settings of the working folder; the real environment wins.
	if err := godotenv.Load(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(stderr, "opengam: .env: %v\n", err)
		return 1
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends at once

	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("opengam"),
		kong.Description("Self-hosted management for Positron GAM equipment: keeps a fleet of G.hn Access Multiplexers in the state it should be in."),
		kong.UsageOnError(),
		kong.Configuration(readSettings),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code; panic(exitNow{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
	if err != nil {
		fmt.Fprintf(stderr, "opengam: %v\n", err)
		return 1
	}
	return dispatch(parser, args, &exit, &env{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr})
}

// exitNow carries kong's wish to exit (after --help) past its caller.
type exitNow struct{}

func dispatch(parser *kong.Kong, args []string, exit *int, e *env) (code int) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exitNow); !ok {
				panic(r)
			}
			code = *exit
		}
	}()
	kctx, err := parser.Parse(args)
	if err != nil {
		var perr *kong.ParseError
		if errors.As(err, &perr) {
			_ = perr.Context.PrintUsage(true)
		}
		fmt.Fprintf(e.stderr, "opengam: %v\n", err)
		return 2
	}
	if err := kctx.Run(e); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintf(e.stderr, "opengam: %v\n", err)
		}
		return 1
	}
	return 0
}

type versionCmd struct{}

func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.stdout, buildVersion())
	return err
}

// buildVersion fills what the linker did not set from the build information.
func buildVersion() app.Version {
	v := app.Version{Version: version, Commit: commit, Date: date}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && v.Commit == "":
				v.Commit = s.Value
			case s.Key == "vcs.time" && v.Date == "":
				v.Date = s.Value
			}
		}
	}
	if v.Commit == "" {
		v.Commit = "unknown"
	}
	if v.Date == "" {
		v.Date = "unknown"
	}
	return v
}
