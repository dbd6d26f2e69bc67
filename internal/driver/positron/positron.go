// Package positron is the driver for Positron G.hn Access Multiplexers: it
// says in the project's words what the device's JSON-RPC methods say in the
// vendor's, and the other way round.
//
// It knows no database and keeps nothing over a restart; in memory it keeps
// what the firmware at hand does not offer. Facts about firmware versions are
// in features.go, the vendor's errors in codes.go, the vendor's objects in
// wire.go.
package positron

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// defaultUser is the login of a new device; its password is empty.
const defaultUser = "admin"

// path is where the API answers.
const path = "/json_rpc"

// conversation is all that the driver uses of the JSON-RPC client.
type conversation interface {
	Call(ctx context.Context, c jsonrpc.Call) (json.RawMessage, error)
	Close() error
}

// Driver talks to one GAM. It is safe for concurrent use: calls queue, and
// the steps of two writers do not mix.
type Driver struct {
	target driver.Target
	rpc    conversation

	lacks lacking
	// writing is held over the several calls of one change.
	writing driver.Lane
	// pause waits between two polls of a long-running command; tests replace
	// it.
	pause func(ctx context.Context, d time.Duration) error

	mu           sync.Mutex
	firmware     string // as last read, to notice an update
	detailCursor int    // where the next round of single detail reads starts
}

// New prepares the driver of one device. Nothing is sent yet; it fails when
// the address makes no sense.
func New(t driver.Target) (driver.Driver, error) {
	d, err := open(t, jsonrpc.Options{})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// open is New with more of the connection's options, for recordings.
func open(t driver.Target, o jsonrpc.Options) (*Driver, error) {
	address, err := endpointURL(t)
	if err != nil {
		return nil, &driver.Error{Kind: driver.Rejected, Device: t.Name, Op: "prepare access", Text: err.Error()}
	}
	a := t.Access.JSONRPC
	o.URL, o.Username, o.Password = address, a.Username, a.Password
	if o.Username == "" {
		o.Username = defaultUser
	}
	o.Timeout = t.CallTimeout
	o.Pin, o.Verify, o.OnPin = a.TLSPin, a.TLSVerify, t.OnPin
	o.Lane = t.Lane
	client, err := jsonrpc.New(o)
	if err != nil {
		return nil, &driver.Error{Kind: driver.Rejected, Device: t.Name, Op: "prepare access", Text: err.Error()}
	}
	return &Driver{target: t, rpc: client, writing: driver.NewLane(), pause: pause}, nil
}

// endpointURL is where the device's API answers.
func endpointURL(t driver.Target) (string, error) {
	raw := strings.TrimSpace(t.Access.JSONRPC.URL)
	if raw == "" {
		raw = strings.TrimSpace(t.Address)
	}
	if raw == "" {
		return "", errors.New("the device has neither an address nor a JSON-RPC URL; give one")
	}
	if !strings.Contains(raw, "://") {
		if strings.Count(raw, ":") > 1 && !strings.HasPrefix(raw, "[") {
			raw = "[" + raw + "]" // a bare IPv6 address
		}
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", errors.New("the device's address is not a host, host:port or URL; correct it")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = path
	}
	return u.String(), nil
}

// Close implements driver.Driver.
func (d *Driver) Close() error { return d.rpc.Close() }

// ask reads: it calls a method that changes nothing. A method that this
// firmware was found to lack is not called again.
func (d *Driver) ask(ctx context.Context, op, method string, params ...any) (json.RawMessage, error) {
	return d.call(ctx, op, jsonrpc.Call{Method: method, Params: params, Read: true})
}

// tell writes.
func (d *Driver) tell(ctx context.Context, op, method string, params ...any) error {
	_, err := d.call(ctx, op, jsonrpc.Call{Method: method, Params: params})
	return err
}

func (d *Driver) call(ctx context.Context, op string, c jsonrpc.Call) (json.RawMessage, error) {
	form := form(c.Method, c.Params...)
	if !d.lacks.has(form) {
		e := &driver.Error{Kind: driver.Unsupported, Device: d.target.Name, Op: op, Code: jsonrpc.CodeNoMethod}
		e.Text, e.Remedy = notOffered(c.Method)
		return nil, e
	}
	raw, err := d.rpc.Call(ctx, c)
	if err == nil {
		return raw, nil
	}
	var rpc *jsonrpc.RPCError
	if errors.As(err, &rpc) && rpc.Code == jsonrpc.CodeNoMethod {
		d.lacks.note(form)
		e := d.fail(op, err)
		e.Text, e.Remedy = notOffered(c.Method)
		return nil, e
	}
	return nil, d.fail(op, err)
}

// form names a method as it is called, for what is lacking: a firmware may
// have it for one entry and not for all, or the other way round.
func form(method string, params ...any) string {
	if len(params) > 0 && strings.HasSuffix(method, ".get") {
		return method + " of one"
	}
	return method
}

// optional reads what a firmware may or may not tell. Whatever the device
// answers instead of a result counts as "does not tell" and is not asked
// again; only trouble on the way to the device is an error.
func optional[T any](ctx context.Context, d *Driver, op, method string, params ...any) (out []row[T], err error) {
	raw, err := d.ask(ctx, op, method, params...)
	if err != nil {
		if d.untold(method, err) {
			return nil, nil
		}
		return nil, err
	}
	out, ok := readable[T](raw)
	if !ok {
		d.lacks.note(method)
	}
	return out, nil
}

// untold reports whether an error means that this firmware or this user
// cannot have the answer, and remembers it where that will stay so.
func (d *Driver) untold(method string, err error) bool {
	var rpc *jsonrpc.RPCError
	var wire *jsonrpc.Error
	switch {
	case errors.As(err, &rpc):
		if k := driver.KindOf(err); k != driver.Busy {
			d.lacks.note(method)
		}
		return true
	case errors.As(err, &wire):
		switch wire.Cause {
		case jsonrpc.HTTPStatus:
			return wire.Status != 401
		case jsonrpc.Broken, jsonrpc.NotJSON, jsonrpc.Truncated, jsonrpc.TooLarge:
			return true
		}
		return false
	}
	return driver.KindOf(err) == driver.Unsupported
}

// hold waits until this driver may make a change.
func (d *Driver) hold(ctx context.Context, op string) (release func(), err error) {
	select {
	case d.writing <- struct{}{}:
		return func() { <-d.writing }, nil
	case <-ctx.Done():
		return nil, &driver.Error{Kind: driver.Unreachable, Device: d.target.Name, Op: op,
			Text: "given up while waiting for an earlier change of this device", Err: context.Cause(ctx)}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting: %w", context.Cause(ctx))
	}
}

// garbled is the error for a result of the wrong shape.
func (d *Driver) garbled(op, method string, err error) *driver.Error {
	return &driver.Error{Kind: driver.Garbled, Device: d.target.Name, Op: op,
		Text:   fmt.Sprintf("the answer to %s cannot be read: %s", method, gam.Clip(err.Error(), 160)),
		Remedy: remedyAddress, Err: err}
}

var (
	_ driver.Driver             = (*Driver)(nil)
	_ driver.Provisioner        = (*Driver)(nil)
	_ driver.Monitor            = (*Driver)(nil)
	_ driver.Rebooter           = (*Driver)(nil)
	_ driver.EndpointController = (*Driver)(nil)
	_ driver.EndpointReader     = (*Driver)(nil)
	_ driver.PortConfigurer     = (*Driver)(nil)
	_ driver.Prober             = (*Driver)(nil)
)
