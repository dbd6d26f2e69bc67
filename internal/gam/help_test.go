package gam

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
)

func itoa(n int) string { return strconv.Itoa(n) }

func ptr[T any](v T) *T { return &v }

// wantRule fails unless err is nil (ok) or a rule with this code and a
// sentence for people.
func wantRule(t *testing.T, err error, ok bool, code, about string, args ...any) {
	t.Helper()
	about = fmt.Sprintf(about, args...)
	if ok {
		if err != nil {
			t.Errorf("%s: refused: %v", about, err)
		}
		return
	}
	var r *Rule
	switch {
	case err == nil:
		t.Errorf("%s: accepted, want rule %s", about, code)
	case !errors.As(err, &r):
		t.Errorf("%s: %v is not a rule", about, err)
	case r.Code != code:
		t.Errorf("%s: rule %s (%v), want %s", about, r.Code, err, code)
	case r.Error() == "":
		t.Errorf("%s: rule %s has no sentence", about, code)
	}
}

// wantFields fails unless err refuses exactly these fields, each given as
// field and code.
func wantFields(t *testing.T, err error, about string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	var bad *Invalid
	if errors.As(err, &bad) {
		for _, f := range bad.Fields {
			got[f.Field] = f.Code
			if f.Message == "" {
				t.Errorf("%s: %s has no sentence", about, f.Field)
			}
		}
	} else if err != nil {
		t.Errorf("%s: %v is not *Invalid", about, err)
	}
	for field, code := range want {
		if got[field] != code {
			t.Errorf("%s: %s: got code %q, want %q", about, field, got[field], code)
		}
	}
	for field, code := range got {
		if _, ok := want[field]; !ok {
			t.Errorf("%s: %s refused with %s, want accepted", about, field, code)
		}
	}
}
