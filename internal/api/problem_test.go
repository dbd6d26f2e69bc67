package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
)

func TestAsProblem(t *testing.T) {
	t.Parallel()
	var bad gam.Invalid
	bad.Check("vlan_id", gam.CheckVLAN(3841))
	dev := func(k driver.Kind) error {
		return fmt.Errorf("wrapped: %w", &driver.Error{Kind: k, Device: "gam-1", Op: "save", Text: "no answer"})
	}
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("device 7: %w", gam.ErrNotFound), 404, "not_found"},
		{fmt.Errorf("plan gold: %w", gam.ErrConflict), 409, "conflict"},
		{fmt.Errorf("plan gold: %w", gam.ErrStale), 412, "stale"},
		{bad.Err(), 422, "invalid"},
		{gam.CheckVLAN(3841), 422, "vlan_reserved"},
		{dev(driver.Unreachable), 504, "device_unreachable"},
		{dev(driver.Refused), 502, "device_refused"},
		{dev(driver.Busy), 503, "device_busy"},
		{dev(driver.Unsupported), 501, "device_unsupported"},
		{dev(driver.Rejected), 409, "device_rejected"},
		{dev(driver.Garbled), 502, "device_garbled"},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), 504, "timeout"},
		{context.Canceled, statusClientGone, "canceled"},
		{problem(http.StatusForbidden, "csrf", "x"), 403, "csrf"},
		{errors.New("disk full"), 500, "internal"},
	} {
		p := asProblem(c.err)
		if p.Status != c.status || p.Code != c.code {
			t.Errorf("%v: %d %s, want %d %s", c.err, p.Status, p.Code, c.status, c.code)
		}
	}
	if p := asProblem(errors.New("dsn postgres://u:bait@h")); strings.Contains(p.Detail, "bait") {
		t.Errorf("an unforeseen error comes out: %q", p.Detail)
	}
	if p := asProblem(bad.Err()); len(p.Errors) != 1 || p.Errors[0] != (ProblemField{"vlan_id", "vlan_reserved", bad.Fields[0].Message}) {
		t.Errorf("fields of an Invalid: %+v", p.Errors)
	}
	if h := asProblem(dev(driver.Busy)).GetHeaders(); h.Get("Retry-After") != "5" {
		t.Errorf("busy: Retry-After %q, want 5", h.Get("Retry-After"))
	}
}

func TestHumaProblemDropsValues(t *testing.T) {
	t.Parallel()
	err := humaProblem(http.StatusUnprocessableEntity, "validation failed",
		&huma.ErrorDetail{Location: "body.access.jsonrpc", Message: "unexpected property", Value: map[string]any{"password": "bait"}},
		&huma.ErrorDetail{Location: "body", Message: "expected required property name to be present", Value: "bait"},
		&huma.ErrorDetail{Location: "query.colour", Message: "unknown query parameter", Value: "bait"},
	)
	var p *Problem
	if !errors.As(err, &p) {
		t.Fatalf("%T is no Problem", err)
	}
	want := []ProblemField{
		{"access.jsonrpc", "unknown_field", "there is no such field here; check its spelling"},
		{"name", "required", "is required"},
		{"colour", "unknown_parameter", "there is no such filter or parameter here; check its spelling"},
	}
	if fmt.Sprint(p.Errors) != fmt.Sprint(want) {
		t.Errorf("fields:\n%v\nwant\n%v", p.Errors, want)
	}
	if strings.Contains(fmt.Sprintf("%+v", p), "bait") {
		t.Error("the value that was sent comes out")
	}
}
