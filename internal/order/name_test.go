package order

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/opengam/opengam/internal/gam"
)

// Whatever people are called, the name that the template makes is one that a
// device accepts, and so are its numbered choices, which differ.
func TestNamesFromTheTemplateFitADevice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := gam.Subscriber{
			ID:          gam.SubscriberID(rapid.Int64Range(1, 1<<40).Draw(t, "id")),
			Name:        rapid.String().Draw(t, "name"),
			Description: rapid.String().Draw(t, "description"),
		}
		template := rapid.SampledFrom([]string{"{name}", "{id}", "{id} {name}", "{name} ({description})", "{description}", "x\"{name}"}).Draw(t, "template")
		tidy(&s)
		base := fromTemplate(template, s)
		seen := map[string]bool{}
		for n := 1; n <= 1000; n += 37 {
			name := numbered(base, n)
			if err := gam.CheckName(name); err != nil {
				t.Fatalf("choice %d for %q: %q: %v", n, base, name, err)
			}
			if seen[name] {
				t.Fatalf("choice %d for %q is %q, as an earlier one", n, base, name)
			}
			seen[name] = true
			if !isNumbered(name, base) {
				t.Fatalf("%q is not recognised as a choice for %q", name, base)
			}
		}
	})
}

func TestIsNumbered(t *testing.T) {
	for _, c := range []struct {
		name, base string
		want       bool
	}{
		{"Anna", "Anna", true},
		{"Anna 2", "Anna", true},
		{"Anna 17", "Anna", true},
		{"Anna 1", "Anna", false},
		{"Anna 02", "Anna", false},
		{"Anna B", "Anna", false},
		{"Anne 2", "Anna", false},
		{"", "Anna", false},
	} {
		if got := isNumbered(c.name, c.base); got != c.want {
			t.Errorf("isNumbered(%q, %q) = %v", c.name, c.base, got)
		}
	}
}
