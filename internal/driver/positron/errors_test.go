package positron

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

func target(address string) driver.Target {
	t := driver.Target{Name: "gam-test", Address: address}
	t.Access.JSONRPC.Password = gam.NewSecret(bait)
	return t
}

// TestVendorCodes walks the whole table: complete, in order, with words, and
// found by each of the ways in which a device may tell it.
func TestVendorCodes(t *testing.T) {
	t.Parallel()
	if len(vendorCodes) != 57 {
		t.Fatalf("%d codes, the vendor has 57", len(vendorCodes))
	}
	d := &Driver{target: target("x")}
	busy := map[int]bool{-2: true, -52: true, -53: true, -54: true}
	unsupported := map[int]bool{-3: true, -44: true}
	for i, c := range vendorCodes {
		if c.Code != -(i + 1) {
			t.Fatalf("row %d has code %d", i, c.Code)
		}
		want := driver.Rejected
		if busy[c.Code] {
			want = driver.Busy
		}
		if unsupported[c.Code] {
			want = driver.Unsupported
		}
		if c.Kind != want || c.Text == "" || c.Message == "" {
			t.Errorf("%+v, want kind %s and words", c, want)
		}
		full := -(ghnModule+1)*65536 - c.Code
		if m, n := split(full); m != ghnModule || n != c.Code {
			t.Errorf("%d splits into module %d, code %d; want %d, %d", full, m, n, ghnModule, c.Code)
		}
		bare, _, _ := strings.Cut(c.Message, " (")
		for how, rpc := range map[string]*jsonrpc.RPCError{
			"data":       {Code: -32603, Message: "?", Data: fmt.Appendf(nil, `{"vtss-error-code":%d,"vtss-failing-function-ptr":71303168}`, full)},
			"data text":  {Code: -32603, Message: "?", Data: fmt.Appendf(nil, `{"vtss-error-code":"%d"}`, full)},
			"parts":      {Code: -32603, Message: "?", Data: fmt.Appendf(nil, `{"vtss-failing-module":143,"vtss-module-code":%d}`, c.Code)},
			"words":      {Code: -32603, Message: c.Message},
			"bare words": {Code: -32603, Message: strings.ToUpper(bare) + "."},
			"code":       {Code: full, Message: "?"},
		} {
			e := d.fail("do it", rpc)
			if e.Code != c.Code || e.Kind != c.Kind || !strings.Contains(e.Text, c.Text) || e.Remedy != c.Remedy {
				t.Errorf("code %d told by %s: %+v", c.Code, how, e)
			}
		}
	}
}

func TestOtherErrors(t *testing.T) {
	t.Parallel()
	d := &Driver{target: target("x")}
	vtss := func(code int) json.RawMessage { return fmt.Appendf(nil, `{"vtss-error-code":%d}`, code) }
	tests := []struct {
		err  error
		kind driver.Kind
		code int
		say  string
	}{
		{&jsonrpc.RPCError{Code: -32601, Message: "Method not found"}, driver.Unsupported, -32601, "firmware"},
		{&jsonrpc.RPCError{Code: -32602, Message: "Invalid params"}, driver.Rejected, -32602, "Invalid params"},
		{&jsonrpc.RPCError{Code: -32700, Message: "Parse error"}, driver.Garbled, -32700, "Parse error"},
		{&jsonrpc.RPCError{Code: -32600, Message: "Invalid request"}, driver.Garbled, -32600, "Invalid request"},
		{&jsonrpc.RPCError{Code: -32603, Message: "mystery"}, driver.Rejected, -32603, "mystery"},
		{&jsonrpc.RPCError{Code: -32604, Message: "Access denied"}, driver.Refused, -32604, "privilege"},
		{&jsonrpc.RPCError{Code: -32603, Message: "mystery", Data: json.RawMessage(`"text"`)}, driver.Rejected, -32603, "mystery"},
		{&jsonrpc.RPCError{Code: -32603, Message: "Another copy is in progress", Data: vtss(-(102 * 65536) + 9)}, driver.Busy, -(102 * 65536) + 9, "in progress"},
		// Module 101 (configuration files), its code -3; and a G.hn code that is newer than the table.
		{&jsonrpc.RPCError{Code: -32603, Message: "flash full", Data: vtss(-(102 * 65536) + 3)}, driver.Rejected, -(102 * 65536) + 3, "module 101, code -3"},
		{&jsonrpc.RPCError{Code: -32603, Message: "new one", Data: vtss(-(144 * 65536) + 99)}, driver.Rejected, -99, "module 143, code -99"},
		{&jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 401, Text: "HTTP 401"}, driver.Refused, 0, "password"},
		{&jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 403, Text: "HTTP 403"}, driver.Refused, 0, "may not"},
		{&jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 404, Text: "HTTP 404"}, driver.Garbled, 0, "not the API of a GAM"},
		{&jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 503, Text: "HTTP 503"}, driver.Busy, 0, "busy"},
		{&jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 500, Text: "HTTP 500"}, driver.Unreachable, 0, "500"},
		{&jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 301, Text: "HTTP 301", Location: "https://gam/"}, driver.Refused, 0, "https"},
		{&jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 302, Text: "HTTP 302", Location: "/login"}, driver.Garbled, 0, "not the API"},
		{&jsonrpc.Error{Cause: jsonrpc.Timeout, Text: "no answer in time"}, driver.Unreachable, 0, "cabling"},
		{&jsonrpc.Error{Cause: jsonrpc.NoConnection, Text: "refused"}, driver.Unreachable, 0, "address"},
		{&jsonrpc.Error{Cause: jsonrpc.Broken, Text: "ended"}, driver.Unreachable, 0, "ended"},
		{&jsonrpc.Error{Cause: jsonrpc.Canceled, Text: "given up"}, driver.Unreachable, 0, "given up"},
		{&jsonrpc.Error{Cause: jsonrpc.Closed, Text: "closed"}, driver.Unreachable, 0, "closed"},
		{&jsonrpc.Error{Cause: jsonrpc.PinChanged, Text: "changed"}, driver.Refused, 0, "clear the pinned one"},
		{&jsonrpc.Error{Cause: jsonrpc.TLSFailed, Text: "tls"}, driver.Refused, 0, "certificate"},
		{&jsonrpc.Error{Cause: jsonrpc.NotJSON, Text: "page"}, driver.Garbled, 0, "GAM"},
		{&jsonrpc.Error{Cause: jsonrpc.TooLarge, Text: "large"}, driver.Garbled, 0, "large"},
		{&jsonrpc.Error{Cause: jsonrpc.Truncated, Text: "half"}, driver.Garbled, 0, "half"},
		{errors.New("odd"), driver.Garbled, 0, "odd"},
	}
	for _, tt := range tests {
		e := d.fail("do it", tt.err)
		if e.Kind != tt.kind || e.Code != tt.code || !strings.Contains(e.Error(), tt.say) || e.Device != "gam-test" || e.Op != "do it" {
			t.Errorf("%#v: %+v (%v), want kind %s, code %d, %q in its words", tt.err, e, e, tt.kind, tt.code, tt.say)
		}
		if !errors.Is(e, tt.err) {
			t.Errorf("%v: the cause is lost", tt.err)
		}
	}
	inner := d.fail("read", tests[0].err)
	if e := d.fail("apply", fmt.Errorf("wrapped: %w", inner)); e.Op != "apply" || e.Kind != driver.Unsupported || inner.Op != "read" {
		t.Errorf("renamed: %+v, was %+v", e, inner)
	}
}

// TestCodesAgainstTheReference compares the vendor's words with the reference
// page, which testdata/vendor-messages.txt copies: module code, full code,
// message.
func TestCodesAgainstTheReference(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("testdata/vendor-messages.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(page)), "\n")
	if len(lines) != len(vendorCodes) {
		t.Fatalf("%d lines, %d codes", len(lines), len(vendorCodes))
	}
	for i, line := range lines {
		c := vendorCodes[i]
		if want := fmt.Sprintf("%d %d %s", c.Code, -(ghnModule+1)*65536-c.Code, c.Message); line != want {
			t.Errorf("the reference says %q, the table %q", line, want)
		}
	}
}
