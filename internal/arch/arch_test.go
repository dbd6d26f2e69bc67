// Package arch holds the one test that keeps the tree of packages a tree:
// every package has a height and imports lower ones only. It is not a place
// for code.
package arch

import (
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/opengam/opengam"

// heights gives every package of the module its height. A package imports
// packages with smaller numbers, never one of its own height: two neighbours
// that want each other lack a word that belongs below both, or a job that
// belongs into the queue. docs/architecture.md shows the same table to
// readers, and a test below compares the two.
var heights = map[string]int{
	"cmd/opengam":              8,
	"internal/app":             7,
	"internal/api":             6,
	"internal/client":          6,
	"ui":                       6,
	"internal/reconcile":       5,
	"internal/poll":            5,
	"internal/roster":          4,
	"internal/order":           3,
	"internal/jobs":            2,
	"internal/driver/positron": 2,
	"internal/store":           1,
	"internal/driver":          1,
	"internal/wire/jsonrpc":    1,
	"internal/sim":             1,
	"internal/gam":             0,
}

// helpers are packages for tests only. They may import packages up to their
// own height, and only tests may import them.
var helpers = map[string]int{
	"internal/store/storetest": 1,
}

// exempt packages hold tests about the tree and import none of it.
var exempt = []string{"internal/arch"}

// ownLibraries restricts what a room may use from outside the module: "" is
// the standard library alone, otherwise a list of path prefixes.
var ownLibraries = map[string][]string{
	"internal/gam": nil,               // words have nothing underneath them
	"internal/sim": {"golang.org/x/"}, // shares no decoding with wire or a driver
}

func TestImportsPointDown(t *testing.T) {
	pkgs := packages(t)
	for _, p := range pkgs {
		for _, fault := range faults(p) {
			t.Error(fault)
		}
	}
	if len(pkgs) < 5 {
		t.Errorf("only %d packages found: the walk over the tree is broken", len(pkgs))
	}
}

// pkg is one package of the module, named by its folder, with the imports of
// its code and of its tests.
type pkg struct {
	path           string
	imports, tests []string
}

// faults says in sentences what is wrong with a package's imports.
func faults(p pkg) []string {
	if slices.Contains(exempt, p.path) {
		return nil
	}
	h, isRoom := heights[p.path]
	helper, isHelper := helpers[p.path]
	switch {
	case !isRoom && !isHelper:
		return []string{fmt.Sprintf("%s has no height: decide where it stands and add it to the table here and in docs/architecture.md", p.path)}
	case isHelper:
		h = helper + 1 // it stands on top of its own room
	}

	var out []string
	for _, to := range p.imports {
		own, inside := strings.CutPrefix(to, module+"/")
		if !inside {
			if allowed, restricted := ownLibraries[p.path]; restricted && !standard(to) && !hasAnyPrefix(to, allowed) {
				out = append(out, fmt.Sprintf("%s imports %s; it may only use the standard library%s", p.path, to, also(allowed)))
			}
			continue
		}
		if _, ok := helpers[own]; ok && !isHelper {
			out = append(out, fmt.Sprintf("%s imports %s, which is for tests only", p.path, own))
			continue
		}
		if above(own, h) {
			out = append(out, fmt.Sprintf("%s (height %d) imports %s (height %d); imports point down", p.path, h, own, heights[own]))
		}
		if p.path == "internal/sim" && own != "internal/gam" {
			out = append(out, fmt.Sprintf("internal/sim imports %s; it may know gam only, so that a shared mistake cannot hide", own))
		}
	}
	for _, to := range p.tests {
		own, inside := strings.CutPrefix(to, module+"/")
		if !inside || own == p.path {
			continue
		}
		if at, ok := helpers[own]; ok {
			if at > h {
				out = append(out, fmt.Sprintf("a test of %s (height %d) imports %s (height %d); imports of tests point down too", p.path, h, own, at))
			}
			continue
		}
		if above(own, h) {
			out = append(out, fmt.Sprintf("a test of %s (height %d) imports %s (height %d); imports of tests point down too", p.path, h, own, heights[own]))
		}
	}
	return out
}

// above reports whether a room is as high as h or higher. One without a
// height is complained about by its own name.
func above(path string, h int) bool {
	at, ok := heights[path]
	return ok && at >= h
}

// standard reports whether an import path is of the standard library, whose
// first element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func hasAnyPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

func also(prefixes []string) string {
	if len(prefixes) == 0 {
		return ""
	}
	return " and " + strings.Join(prefixes, ", ")
}

// packages reads every package of the module. It reads the files itself
// instead of asking "go list", so that go's test cache sees what the result
// depends on.
func packages(t *testing.T) []pkg {
	t.Helper()
	const root = "../.."
	var all []pkg
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() {
			return nil
		}
		name := d.Name()
		if path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "dist") {
			return filepath.SkipDir
		}
		found, err := build.Default.ImportDir(path, 0)
		var none *build.NoGoError
		switch {
		case errors.As(err, &none):
			return nil
		case err != nil:
			return fmt.Errorf("read package in %s: %w", path, err)
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		all = append(all, pkg{
			path:    filepath.ToSlash(rel),
			imports: found.Imports,
			tests:   slices.Concat(found.TestImports, found.XTestImports),
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The rules themselves are tested, so that a mistake in them does not pass
// for a tidy tree.
func TestFaultsAreFound(t *testing.T) {
	own := func(path string) string { return module + "/" + path }
	for _, c := range []struct {
		about string
		p     pkg
		want  string // part of the only sentence; "" = no fault
	}{
		{"down", pkg{path: "internal/store", imports: []string{own("internal/gam"), "fmt", "github.com/uptrace/bun"}}, ""},
		{"up", pkg{path: "internal/gam", imports: []string{own("internal/store")}}, "imports point down"},
		{"neighbour", pkg{path: "internal/poll", imports: []string{own("internal/reconcile")}}, "imports point down"},
		{"no height", pkg{path: "internal/util"}, "has no height"},
		{"gam with a library", pkg{path: "internal/gam", imports: []string{"github.com/google/uuid"}}, "standard library"},
		{"sim with an extension of the standard library", pkg{path: "internal/sim", imports: []string{"golang.org/x/crypto/ssh", own("internal/gam")}}, ""},
		{"sim with a library", pkg{path: "internal/sim", imports: []string{"github.com/tidwall/gjson"}}, "standard library"},
		{"test down", pkg{path: "internal/reconcile", tests: []string{own("internal/sim"), own("internal/reconcile"), own("internal/store/storetest")}}, ""},
		{"test up", pkg{path: "internal/store", tests: []string{own("internal/jobs")}}, "tests point down too"},
		{"test of a neighbour", pkg{path: "internal/wire/jsonrpc", tests: []string{own("internal/sim")}}, "tests point down too"},
		{"store's tests use its helper", pkg{path: "internal/store", tests: []string{own("internal/store/storetest")}}, ""},
		{"helper in code", pkg{path: "internal/jobs", imports: []string{own("internal/store/storetest")}}, "for tests only"},
		{"helper on its own room", pkg{path: "internal/store/storetest", imports: []string{own("internal/store")}}, ""},
		{"helper above", pkg{path: "internal/store/storetest", imports: []string{own("internal/jobs")}}, "imports point down"},
		{"helper above a test", pkg{path: "internal/gam", tests: []string{own("internal/store/storetest")}}, "tests point down too"},
	} {
		got := faults(c.p)
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s: %q", c.about, got)
		case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
			t.Errorf("%s: got %q, want one sentence with %q", c.about, got, c.want)
		}
	}
}

// Readers get the same table as the test.
func TestDocsShowTheSameTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| (\\d+) \\|").FindAllStringSubmatch(string(text), -1) {
		if shown[row[1]], err = strconv.Atoi(row[2]); err != nil {
			t.Fatal(err)
		}
	}
	for path, h := range heights {
		if got, ok := shown[path]; !ok || got != h {
			t.Errorf("docs/architecture.md shows %s at height %d (shown: %v), the test has %d", path, got, ok, h)
		}
	}
	for path := range shown {
		if _, ok := heights[path]; !ok {
			t.Errorf("docs/architecture.md shows %s, the test does not know it", path)
		}
	}
}

// A height in the table without a package is a room that somebody removed.
func TestEveryHeightHasItsPackage(t *testing.T) {
	there := map[string]bool{}
	for _, p := range packages(t) {
		there[p.path] = true
	}
	for _, table := range []map[string]int{heights, helpers} {
		for path := range table {
			if !there[path] {
				t.Errorf("%s has a height but no package", path)
			}
		}
	}
}
