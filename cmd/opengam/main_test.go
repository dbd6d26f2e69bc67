package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/app"
	"github.com/opengam/opengam/internal/gam"
)

// result is what a command line printed and how it ended.
type result struct {
	code     int
	out, err string
}

// call runs a command line as main does.
func call(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := run(args, strings.NewReader(stdin), &out, &err)
	return result{code, out.String(), err.String()}
}

// ok is call for what has to work.
func ok(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := call(t, stdin, args...)
	if r.code != 0 {
		t.Fatalf("opengam %s: status %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// alone puts the test into an empty folder, without settings from outside,
// and gives a data folder that does not exist yet.
func alone(t *testing.T) (data string) {
	t.Helper()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "OPENGAM_") {
			t.Setenv(name, "") // puts it back at the end
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Chdir(t.TempDir())
	return filepath.Join(t.TempDir(), "data")
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCommandLine(t *testing.T) {
	data := alone(t)
	for _, c := range []struct {
		name     string
		args     string
		code     int
		out, err string // what has to be in there
	}{
		{"Version", "version", 0, "opengam dev (commit ", ""},
		{"Help", "--help", 0, "serve", ""},
		{"HelpOfACommand", "serve --help", 0, "$OPENGAM_DATA_DIR", ""},
		{"Nothing", "", 2, "Commands:", "expected one of"},
		{"Nonsense", "nonsense", 2, "Usage:", "unexpected argument nonsense"},
		{"UnknownFlag", "check --bogus", 2, "", "unknown flag --bogus"},
		{"TooMuch", "check twice", 2, "", "unexpected argument twice"},
		{"BadRole", "user add anna --role boss", 2, "", "--role"},
		{"BadLevel", "check --log-level loud", 2, "", "--log-level"},
		{"TokenWithoutName", "token create", 2, "", "--name"},
		{"TokenOfNegativeLife", "token create --name x --ttl=-1h", 1, "", "want a duration above 0"},
		{"CheckFresh", "check", 0, "settings are valid", ""},
		{"CheckNamesEveryFault", "check --listen foo --base-url ftp://x", 1, "OPENGAM_BASE_URL", ""},
		{"DownWithoutYes", "migrate down", 1, "", "--yes"},
		{"CreateOutsideTheSources", "migrate create x --dir .", 1, "", "holds no migrations"},
		{"DeviceWithoutServer", "device list", 1, "", "no server found"},
		{"ServerURL", "device list --url nonsense --token x", 1, "", "want http://host:port"},
		{"NoToken", "user list --url http://127.0.0.1:1", 1, "", "OPENGAM_TOKEN"},
		{"NobodyThere", "user list --url http://127.0.0.1:1 --token x", 1, "", "opengam serve"},
		{"SimTooMany", "sim --endpoints-per-port 17", 1, "", "want 1 to 16"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("OPENGAM_DATA_DIR", data)
			r := call(t, "", strings.Fields(c.args)...)
			if r.code != c.code || !strings.Contains(r.out, c.out) || !strings.Contains(r.err, c.err) {
				t.Errorf("status %d, want %d\nstdout, want %q in it:\n%s\nstderr, want %q in it:\n%s", r.code, c.code, c.out, r.out, c.err, r.err)
			}
		})
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("a command that had nothing to do there made the data folder")
	}
}

// TestSettingsPrecedence: a flag wins over the environment, the environment
// over .env, and that over the file.
func TestSettingsPrecedence(t *testing.T) {
	data := alone(t)
	write(t, "settings.yaml", "listen: from-file\nlog-level: error\ndevices: 3\ndata-dir: "+data+"\n")
	listens := func(want string, args ...string) {
		t.Helper()
		r := call(t, "", append([]string{"check", "--config", "settings.yaml"}, args...)...)
		if want == "" {
			if r.code != 0 {
				t.Errorf("status %d: %s%s", r.code, r.out, r.err)
			}
			return
		}
		if r.code != 1 || !strings.Contains(r.out, `OPENGAM_LISTEN: "`+want+`"`) {
			t.Errorf("status %d, want a fault about %q:\n%s%s", r.code, want, r.out, r.err)
		}
	}
	listens("from-file")
	write(t, ".env", "OPENGAM_LISTEN=from-dotenv\n")
	t.Setenv("OPENGAM_LISTEN", "") // puts back what .env sets
	if err := os.Unsetenv("OPENGAM_LISTEN"); err != nil {
		t.Fatal(err)
	}
	listens("from-dotenv")
	t.Setenv("OPENGAM_LISTEN", "from-environment")
	listens("from-environment")
	listens("from-flag", "--listen", "from-flag")
	listens("", "--listen", ":0")
}

func TestSettingsFileIsChecked(t *testing.T) {
	alone(t)
	for name, c := range map[string]struct{ text, err string }{
		"misspelled": {"listn: x\n", `setting "listn"`},
		"a list":     {"listen: [a]\n", "no single value"},
		"not YAML":   {"{{{", "not a YAML file"},
		"not a map":  {"- a\n", "not a YAML file"},
	} {
		write(t, "settings.yaml", c.text)
		if r := call(t, "", "check", "--config", "settings.yaml"); r.code != 2 || !strings.Contains(r.err, c.err) {
			t.Errorf("%s: status %d, want 2 and %q in:\n%s", name, r.code, c.err, r.err)
		}
	}
	if r := call(t, "", "check", "--config", "missing.yaml"); r.code != 2 || !strings.Contains(r.err, "missing.yaml") {
		t.Errorf("a missing file: status %d\n%s", r.code, r.err)
	}
	write(t, "settings.yaml", "")
	ok(t, "", "check", "--config", "settings.yaml")
	write(t, ".env", "just words\n")
	if r := call(t, "", "check"); r.code != 1 || !strings.Contains(r.err, ".env") {
		t.Errorf("a broken .env: status %d\n%s", r.code, r.err)
	}
}

// TestAccounts does the same on the data folder and through a server that
// runs on it.
func TestAccounts(t *testing.T) {
	t.Run("OnTheDataFolder", func(t *testing.T) {
		t.Setenv("OPENGAM_DATA_DIR", alone(t))
		ok(t, "a long password\n", "user", "add", "admin", "--role", "admin")
		accountCommands(t)
	})
	t.Run("ThroughTheServer", func(t *testing.T) {
		data := alone(t)
		t.Setenv("OPENGAM_DATA_DIR", data)
		server(t, data)
		accountCommands(t)
		if r := call(t, "", "user", "disable", "admin"); r.code != 1 || !strings.Contains(r.err, "last admin") {
			t.Errorf("the last admin: status %d\n%s", r.code, r.err)
		}
		if r := call(t, "", "serve", "--listen", "127.0.0.1:0"); r.code != 1 || !strings.Contains(r.err, "in use by another opengam process") {
			t.Errorf("a second server on the folder: status %d\n%s", r.code, r.err)
		}
		if out := ok(t, "", "check"); !strings.Contains(out, "valid") {
			t.Errorf("check beside the server: %s", out)
		}
	})
	t.Run("AfterAKilledServer", func(t *testing.T) {
		data := alone(t)
		t.Setenv("OPENGAM_DATA_DIR", data)
		ok(t, "a long password\n", "user", "add", "admin", "--role", "admin")
		write(t, filepath.Join(data, "control.json"), `{"url":"http://127.0.0.1:1","token":"old"}`)
		accountCommands(t)
	})
}

func accountCommands(t *testing.T) {
	t.Helper()
	ok(t, "a long password\nanother line", "user", "add", "anna", "--role", "technician")
	ok(t, "a new password\r\n", "user", "passwd", "anna")
	ok(t, "", "user", "disable", "anna")
	var lines []string
	for line := range strings.Lines(ok(t, "", "user", "list")) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	if got, want := strings.Join(lines, "\n"), "NAME ROLE STATE\nadmin admin active\nanna technician disabled"; got != want {
		t.Errorf("user list:\n%s\nwant:\n%s", got, want)
	}
	if out := ok(t, "", "token", "create", "--name", "ci", "--role", "viewer", "--ttl", "1h"); !strings.HasPrefix(out, "ogam_") || strings.Count(out, "\n") != 1 {
		t.Errorf("token create prints %q, want the token alone", out)
	}
	for _, c := range []struct {
		stdin, args, err string
	}{
		{"a long password\n", "user add anna", "conflict"},
		{"short\n", "user add ben", "8 to 256 characters"},
		{"", "user add ben", "no password on standard input"},
		{"\n", "user passwd anna", "no password on standard input"},
		{strings.Repeat("x", 5000), "user add ben", "more than"},
		{"a long password\n", "user passwd nobody", `"nobody": not found`},
		{"", "user disable nobody", `"nobody": not found`},
		{"a long password\n", "user add b/n", "letters, digits"},
	} {
		r := call(t, c.stdin, strings.Fields(c.args)...)
		if r.code != 1 || !strings.Contains(r.err, c.err) {
			t.Errorf("%s: status %d, want 1 and %q in: %s", c.args, r.code, c.err, r.err)
		}
		if n := strings.Count(r.err, c.err); n > 1 {
			t.Errorf("%s: says it %d times: %s", c.args, n, r.err)
		}
		if secret := strings.TrimSpace(c.stdin); len(secret) > 4 && strings.Contains(r.out+r.err, secret) {
			t.Errorf("%s: prints the password: %s%s", c.args, r.out, r.err)
		}
	}
}

// server runs the product on a data folder until the test ends.
func server(t *testing.T, data string) {
	t.Helper()
	a, err := app.New(t.Context(), app.Options{
		Listen: "127.0.0.1:0", DataDir: data, AdminPassword: gam.NewSecret("a long password"), Version: buildVersion(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(t.Context()); err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestMigrate(t *testing.T) {
	data := alone(t)
	t.Setenv("OPENGAM_DATA_DIR", data)
	if out := ok(t, "", "migrate", "up"); out != "schema is up to date\n" {
		t.Errorf("migrate up: %q", out)
	}
	all := ok(t, "", "migrate", "status")
	if !strings.Contains(all, "VERSION") || strings.Contains(all, " no\n") {
		t.Errorf("after up, status is:\n%s", all)
	}
	ok(t, "", "migrate", "down", "--yes")
	if out := ok(t, "", "migrate", "status"); strings.Count(out, "no\n") != 1 {
		t.Errorf("after one down, status is:\n%s", out)
	}
	ok(t, "", "migrate", "up")
	ok(t, "", "check")

	write(t, "00001_start.sql", "")
	if out := ok(t, "", "migrate", "create", "Site Colour", "--dir", "."); filepath.Base(strings.TrimSpace(out)) != "00002_site_colour.sql" {
		t.Errorf("migrate create made %q", out)
	}
	if err := os.Remove(filepath.Join(data, "secret.key")); err != nil {
		t.Fatal(err)
	}
	if r := call(t, "", "check"); r.code != 1 || !strings.Contains(r.out, "restore it from a backup") {
		t.Errorf("check without the key: status %d\n%s", r.code, r.out)
	}
}

func TestDeviceCommands(t *testing.T) {
	data := alone(t)
	t.Setenv("OPENGAM_DATA_DIR", data)
	server(t, data)
	if out := ok(t, "", "device", "add", "gam-1", "http://127.0.0.1:1", "--mode", "watch"); !strings.Contains(out, "device gam-1 added with id 1") {
		t.Errorf("device add: %q", out)
	}
	if out := ok(t, "", "device", "list"); !strings.Contains(out, "gam-1") || !strings.Contains(out, "127.0.0.1:1") {
		t.Errorf("device list:\n%s", out)
	}
	if out := ok(t, "", "device", "show", "GAM-1", "-o", "json"); !strings.Contains(out, `"name": "gam-1"`) {
		t.Errorf("device show as JSON:\n%s", out)
	}
	if out := ok(t, "", "device", "plan", "1"); !strings.Contains(out, "nothing to do") {
		t.Errorf("device plan:\n%s", out)
	}
	for args, want := range map[string]string{
		"device show nobody":        "not found",
		"device show 99":            "not found",
		"device add x http://":      "not a URL",
		"device add gam-1 10.0.0.1": "choose another",
		"device adopt gam-1":        "--all",
	} {
		if r := call(t, "", strings.Fields(args)...); r.code != 1 || !strings.Contains(r.err, want) {
			t.Errorf("%s: status %d, want 1 and %q in: %s", args, r.code, want, r.err)
		}
	}
}
