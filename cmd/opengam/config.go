package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// fileSettings are the settings of a YAML file. The names are those of the
// flags, in any command and whatever the command:
//
//	listen: ":8001"
//	data-dir: /var/lib/opengam
//
// A flag wins over the environment, the environment over the file.
type fileSettings map[string]any

func readSettings(r io.Reader) (kong.Resolver, error) {
	s := fileSettings{}
	if err := yaml.NewDecoder(r).Decode(&s); err != nil && err != io.EOF { //nolint:errorlint // the decoder gives it as it is
		return nil, fmt.Errorf("not a YAML file of settings: %w", err)
	}
	return s, nil
}

// Validate implements kong.Resolver: a misspelled setting is told, not
// ignored.
func (s fileSettings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	gatherFlags(app.Node, known)
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !known[name] {
			return fmt.Errorf("the file of --config has a setting %q, which is none; names are those of the flags, for example listen or data-dir", name)
		}
	}
	return nil
}

func gatherFlags(n *kong.Node, names map[string]bool) {
	for _, f := range n.Flags {
		names[f.Name] = true
	}
	for _, c := range n.Children {
		gatherFlags(c, names)
	}
}

// Resolve implements kong.Resolver. Kong would let a file win over the
// environment.
func (s fileSettings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, env := range flag.Envs {
		if _, set := os.LookupEnv(env); set {
			return nil, nil
		}
	}
	v, ok := s[flag.Name]
	if !ok {
		return nil, nil
	}
	switch v.(type) {
	case string, bool, int, float64:
		return fmt.Sprint(v), nil
	}
	return nil, fmt.Errorf("the file of --config gives no single value for %s", "--"+flag.Name)
}
