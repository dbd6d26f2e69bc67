package positron

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// TestSaveAsksAgain: a lost or strange answer to "is it saved?" is not taken
// for "yes", unless no other ever comes.
func TestSaveAsksAgain(t *testing.T) {
	t.Parallel()
	broken := &jsonrpc.Error{Cause: jsonrpc.Broken, Text: "the connection ended"}
	for _, tt := range []struct {
		name  string
		first error // for the first answers
		times int   // how many of them
		kind  driver.Kind
	}{
		{"BrokenOnce", broken, 1, driver.Rejected},
		{"ServerInTrouble", &jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 500}, noneLooks - 1, driver.Rejected},
		{"BusyForLong", &jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 503}, 10, driver.Rejected},
		{"BusyForEver", &jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 503}, 1000, driver.Busy},
		{"BrokenForEver", broken, 1000, ""},
		{"NotJSONForEver", &jsonrpc.Error{Cause: jsonrpc.NotJSON}, 1000, ""},
		{"Refused", &jsonrpc.Error{Cause: jsonrpc.HTTPStatus, Status: 401}, 1, driver.Refused},
		{"Silent", &jsonrpc.Error{Cause: jsonrpc.Timeout}, 1, driver.Unreachable},
		{"NoSuchMethod", &jsonrpc.RPCError{Code: jsonrpc.CodeNoMethod}, 1, ""},
		{"NotForThisUser", &jsonrpc.RPCError{Code: -32000, Message: "Access denied"}, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, sim.Options{})
			left := tt.times
			b.make(func(c *jsonrpc.Call) (json.RawMessage, bool, error) {
				if c.Method != groupCopyStatus+".get" {
					return nil, false, nil
				}
				if left--; left >= 0 {
					return nil, true, tt.first
				}
				return json.RawMessage(`{"Status":"errSaveDst"}`), true, nil
			})
			b.d.pause = func(context.Context, time.Duration) error { return nil }
			if err := b.d.Save(b.ctx); driver.KindOf(err) != tt.kind || (tt.kind == "") != (err == nil) {
				t.Errorf("Save: %v, want kind %q", err, tt.kind)
			}
		})
	}
}
