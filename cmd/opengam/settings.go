package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/opengam/opengam/internal/app"
	"github.com/opengam/opengam/internal/gam"
)

// dataFlags say where the manager keeps its things.
type dataFlags struct {
	DataDir       string `env:"OPENGAM_DATA_DIR" default:"./data" help:"Folder for the database and keys." placeholder:"DIR"`
	DatabaseURL   string `env:"OPENGAM_DATABASE_URL" help:"postgres://… instead of the embedded SQLite database." placeholder:"URL"`
	SecretKeyFile string `env:"OPENGAM_SECRET_KEY_FILE" help:"File with the key for credentials at rest (default: secret.key in the data folder)." placeholder:"FILE"`
}

// serverFlags are what serve and demo have in common.
type serverFlags struct {
	Listen  string `env:"OPENGAM_LISTEN" default:":8001" help:"Address of the web interface and API."`
	BaseURL string `env:"OPENGAM_BASE_URL" help:"How people reach the server, for links." placeholder:"URL"`
	logFlags
}

type logFlags struct {
	LogLevel  string `env:"OPENGAM_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	LogFormat string `env:"OPENGAM_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
}

func (f logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(strings.ToUpper(f.LogLevel))) // kong checked the enum
	opts := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

func (d dataFlags) options() app.Options {
	return app.Options{
		DataDir:       d.DataDir,
		DatabaseURL:   d.DatabaseURL,
		SecretKeyFile: d.SecretKeyFile,
		Version:       buildVersion(),
	}
}

func (s serverFlags) apply(o *app.Options, e *env) {
	o.Listen = s.Listen
	o.BaseURL = s.BaseURL
	o.Log = s.logger(e.stderr)
	// The password has no flag on purpose: flags show in process lists.
	o.AdminPassword = gam.NewSecret(os.Getenv("OPENGAM_ADMIN_PASSWORD"))
}

type checkCmd struct {
	dataFlags
	serverFlags
}

func (c checkCmd) Run(e *env) error {
	o := c.options()
	c.apply(&o, e)
	faults := app.Check(e.ctx, o)
	for _, f := range faults {
		fmt.Fprintln(e.stdout, f)
	}
	if len(faults) > 0 {
		return errReported
	}
	_, err := fmt.Fprintln(e.stdout, "settings are valid")
	return err
}
