package positron

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// fail makes the driver's error of whatever went wrong while op was being
// done. An error that is one already only gets the better name of what was
// being done.
func (d *Driver) fail(op string, err error) *driver.Error {
	e := &driver.Error{Device: d.target.Name, Op: op, Err: err}
	var (
		known *driver.Error
		rpc   *jsonrpc.RPCError
		wire  *jsonrpc.Error
	)
	switch {
	case errors.As(err, &known):
		c := *known
		c.Op = op
		return &c
	case errors.As(err, &rpc):
		sortRPC(e, rpc)
	case errors.As(err, &wire):
		sortWire(e, wire)
	default:
		e.Kind, e.Text = driver.Garbled, "the answer cannot be read: "+gam.Clip(err.Error(), 160)
		e.Remedy = "check that the address is that of a GAM; if it is, its firmware answers in a way that is not known yet"
	}
	return e
}

// vendorData is the "data" member of the vendor's errors.
type vendorData struct {
	Error  number `json:"vtss-error-code"`
	Module number `json:"vtss-failing-module"`
	Code   number `json:"vtss-module-code"`
}

// split takes a "vtss-error-code" apart: -((module + 1) × 65536) + n, where
// -n is the module's own code (reference: JSON-RPC, "Errors").
func split(code int) (module, moduleCode int) {
	module = -code >> 16
	return module, -(code + (module+1)<<16)
}

// moduleCode finds the module and the code of an error: in its data, else by
// the vendor's words, else in the plain code.
func moduleCode(e *jsonrpc.RPCError) (module, code int, ok bool) {
	var data vendorData
	if len(e.Data) > 0 {
		_ = json.Unmarshal(e.Data, &data)
	}
	switch {
	case data.Error.ok && data.Error.v <= -(1<<16):
		module, code = split(data.Error.v)
		return module, code, true
	case data.Module.ok && data.Code.ok:
		return data.Module.v, data.Code.v, true
	}
	for _, c := range vendorCodes {
		if sameMessage(c.Message, e.Message) {
			return ghnModule, c.Code, true
		}
	}
	if e.Code <= -(1 << 16) {
		module, code = split(e.Code)
		return module, code, true
	}
	return 0, 0, false
}

// sameMessage compares the vendor's words without case, end stop and what is
// in brackets.
func sameMessage(known, got string) bool {
	plain := func(s string) string {
		s, _, _ = strings.Cut(s, " (")
		return strings.ToLower(strings.TrimRight(strings.TrimSpace(s), "."))
	}
	return plain(known) == plain(got)
}

func sortRPC(e *driver.Error, rpc *jsonrpc.RPCError) {
	e.Code = rpc.Code
	if module, code, ok := moduleCode(rpc); ok {
		if module == ghnModule {
			e.Code = code
			for _, c := range vendorCodes {
				if c.Code == code {
					e.Kind, e.Text, e.Remedy = c.Kind, c.Text+" ("+c.Message+")", c.Remedy
					return
				}
			}
		}
		if module != ghnModule {
			e.Code = -(module+1)<<16 - code
		}
		e.Text = fmt.Sprintf("the device refused: %q (module %d, code %d)", rpc.Message, module, code)
		e.Kind, e.Remedy = kindByWords(rpc.Message)
		return
	}
	switch rpc.Code {
	case jsonrpc.CodeNoMethod:
		e.Kind, e.Text, e.Remedy = driver.Unsupported, "this firmware does not offer that", "update the device's firmware"
	case jsonrpc.CodeInvalidParams:
		e.Kind, e.Text = driver.Rejected, fmt.Sprintf("the device does not take these values: %q", rpc.Message)
	case jsonrpc.CodeParse, jsonrpc.CodeInvalidRequest:
		e.Kind, e.Text = driver.Garbled, fmt.Sprintf("the device could not read the question: %q", rpc.Message)
	default:
		e.Text = fmt.Sprintf("the device refused: %q", rpc.Message)
		e.Kind, e.Remedy = kindByWords(rpc.Message)
	}
}

// kindByWords sorts an error without a known code by its message: the other
// modules' codes are not documented.
func kindByWords(message string) (driver.Kind, string) {
	m := strings.ToLower(message)
	has := func(signs ...string) bool {
		return slices.ContainsFunc(signs, func(s string) bool { return strings.Contains(m, s) })
	}
	switch {
	case has("access denied", "permission denied", "privilege", "not authorized", "unauthorized"):
		return driver.Refused, "give the device's user more rights (privilege level 15), or use another user"
	case has("in progress", "busy", "try again"):
		return driver.Busy, "is tried again"
	}
	return driver.Rejected, ""
}

const (
	remedyLogin   = "check user name and password of the device's JSON-RPC access"
	remedyReach   = "check address, cabling, and that the device's web server is on"
	remedyAddress = "check that the address is that of a GAM"
	remedyPin     = "if the device has got a new certificate, clear the pinned one in its access settings"
	remedyHTTPS   = "set the JSON-RPC URL of the device to https://"
)

func sortWire(e *driver.Error, w *jsonrpc.Error) {
	e.Text = w.Text
	switch w.Cause {
	case jsonrpc.Timeout, jsonrpc.NoConnection:
		e.Kind, e.Remedy = driver.Unreachable, remedyReach
	case jsonrpc.Broken, jsonrpc.Canceled, jsonrpc.Closed:
		e.Kind = driver.Unreachable
	case jsonrpc.PinChanged:
		e.Kind, e.Remedy = driver.Refused, remedyPin
	case jsonrpc.TLSFailed:
		e.Kind, e.Remedy = driver.Refused, "check the port, or whether the certificate can be verified; pinning works with the maker's own certificates"
	case jsonrpc.HTTPStatus:
		sortStatus(e, w)
	default:
		e.Kind, e.Remedy = driver.Garbled, remedyAddress
	}
}

func sortStatus(e *driver.Error, w *jsonrpc.Error) {
	switch s := w.Status; {
	case s == http.StatusUnauthorized:
		e.Kind, e.Text, e.Remedy = driver.Refused, "the device does not accept the login (HTTP 401)", remedyLogin
	case s == http.StatusForbidden:
		e.Kind, e.Text, e.Remedy = driver.Refused, "the device's user may not do this (HTTP 403)", remedyLogin
	case s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable, s == http.StatusRequestTimeout:
		e.Kind, e.Text = driver.Busy, fmt.Sprintf("the device is busy (HTTP %d)", s)
	case s >= 500:
		e.Kind, e.Text = driver.Unreachable, fmt.Sprintf("the device's web server is in trouble (HTTP %d)", s)
		e.Remedy = "is tried again; if it stays, restart the device in a quiet hour"
	case s/100 == 3 && strings.HasPrefix(strings.ToLower(w.Location), "https:"):
		e.Kind, e.Text, e.Remedy = driver.Refused, "the device wants HTTPS ("+w.Text+")", remedyHTTPS
	default:
		e.Kind, e.Text, e.Remedy = driver.Garbled, "a web server answers, but not the API of a GAM ("+w.Text+")", remedyAddress
	}
}

// changed is the error for a device whose entry is no longer as the step saw
// it: the next pass reads again and decides anew.
func (d *Driver) changed(op, text string) *driver.Error {
	return &driver.Error{Kind: driver.Busy, Device: d.target.Name, Op: op,
		Text: text, Remedy: "the device is read again and the work is planned anew"}
}

// codeOf is the vendor's code in an error of this driver, 0 when none.
func codeOf(err error) int {
	var e *driver.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// lostAnswer reports whether a write may or may not have been made: the
// connection ended before its answer was complete.
func lostAnswer(err error) bool {
	var w *jsonrpc.Error
	return errors.As(err, &w) && (w.Cause == jsonrpc.Broken || w.Cause == jsonrpc.Truncated)
}
