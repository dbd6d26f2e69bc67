// Package app wires the product together: it opens every part, hands each one
// what it needs, and undoes all of it in reverse order. It touches neither
// flags nor signals, so a test can run the whole product on port 0.
package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// Options is everything that is fixed while the product runs.
type Options struct {
	Listen        string // host:port of the web interface and API
	DataDir       string // database, keys; created when missing
	DatabaseURL   string // empty: SQLite in DataDir; postgres://…
	BaseURL       string // how people reach the server; empty: derived from Listen
	SecretKeyFile string // empty: secret.key in DataDir
	AdminPassword gam.Secret
	Version       Version
	Log           *slog.Logger
}

// Version says what was built.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Date    string `json:"date"`
}

func (v Version) String() string {
	return fmt.Sprintf("opengam %s (commit %s, built %s)", v.Version, v.Commit, v.Date)
}

// DefaultListen is the port that README and compose files name.
const DefaultListen = ":8001"

// minPassword is the shortest password accepted for a person, in characters.
const minPassword = 8

func (o *Options) fill() {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.DataDir == "" {
		o.DataDir = "data"
	}
	if o.SecretKeyFile == "" {
		o.SecretKeyFile = filepath.Join(o.DataDir, "secret.key")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// Check names every setting that cannot work, one error per fault.
func (o Options) Check() []error {
	o.fill()
	var bad []error
	add := func(name, format string, args ...any) {
		bad = append(bad, fmt.Errorf("%s: %s", name, fmt.Sprintf(format, args...)))
	}
	if _, port, err := net.SplitHostPort(o.Listen); err != nil {
		add("OPENGAM_LISTEN", "%q is not host:port, for example :8001", o.Listen)
	} else if n, err := net.LookupPort("tcp", port); err != nil || n < 0 {
		add("OPENGAM_LISTEN", "%q has no usable port", o.Listen)
	}
	if o.DatabaseURL != "" {
		u, err := url.Parse(o.DatabaseURL)
		switch {
		case err != nil:
			add("OPENGAM_DATABASE_URL", "not a URL") // the text may hold a password
		case u.Scheme != "postgres" && u.Scheme != "postgresql":
			add("OPENGAM_DATABASE_URL", "scheme %q is not known; want postgres://user:password@host:port/database, or empty for SQLite in the data folder", u.Scheme)
		case u.Host == "" && !strings.Contains(u.RawQuery, "host="):
			add("OPENGAM_DATABASE_URL", "names no host")
		}
	}
	if o.BaseURL != "" {
		u, err := url.Parse(o.BaseURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			add("OPENGAM_BASE_URL", "%q is not http(s)://host[:port]", o.BaseURL)
		}
	}
	if p := o.AdminPassword.Reveal(); p != "" && len([]rune(p)) < minPassword {
		add("OPENGAM_ADMIN_PASSWORD", "a password has at least %d characters", minPassword)
	}
	if err := checkFolder(o.DataDir); err != nil {
		add("OPENGAM_DATA_DIR", "%v", err)
	}
	if fi, err := os.Stat(o.SecretKeyFile); err == nil && fi.Mode().Perm()&0o077 != 0 {
		add("OPENGAM_SECRET_KEY_FILE", "%s can be read by others (mode %04o); run: chmod 600 %s", o.SecretKeyFile, fi.Mode().Perm(), o.SecretKeyFile)
	}
	return bad
}

// checkFolder finds out whether the data folder exists, or could be made, and
// can be written.
func checkFolder(dir string) error {
	fi, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		parent := filepath.Dir(filepath.Clean(dir))
		if pfi, perr := os.Stat(parent); perr != nil || !pfi.IsDir() {
			return fmt.Errorf("%s does not exist and its parent %s is not a folder", dir, parent)
		}
		return probeWrite(parent)
	case err != nil:
		return err
	case !fi.IsDir():
		return fmt.Errorf("%s is a file, not a folder", dir)
	}
	return probeWrite(dir)
}

func probeWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".opengam-check-*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", dir, err)
	}
	_ = f.Close()
	return os.Remove(f.Name())
}
