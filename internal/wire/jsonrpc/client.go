package jsonrpc

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Limits of one call.
const (
	DefaultTimeout     = 45 * time.Second // the vendor's own client waits as long
	DefaultMaxResponse = 16 << 20         // bytes; 384 endpoints in full detail are under 1 MB

	// idleFor is how long a connection is kept without a call. Embedded web
	// servers close early; a connection that is about to be closed under a
	// write is the one case that cannot be repaired by asking again.
	idleFor = 4 * time.Second

	// quiet is how long the device is left alone at least after a call that
	// was given up: it may still be at work on it, and the next one would
	// overlap. A device that takes longer than that for its answers is left
	// alone for as long as it has lately taken.
	quiet = time.Second
)

// Options describe one device's door.
type Options struct {
	URL      string // http(s)://host[:port]/path, without a login in it
	Username string
	Password gam.Secret

	Timeout     time.Duration // per call, 0 = DefaultTimeout
	MaxResponse int64         // bytes, 0 = DefaultMaxResponse

	// Pin is the SHA-256 of the certificate that is accepted, as hex; "" =
	// whichever comes first, which is then told by OnPin. Verify asks the
	// system's authorities instead.
	Pin    string
	Verify bool
	OnPin  func(pin string) // may be nil

	// Lane has room for one call; clients of one device share it. Nil = own.
	Lane chan struct{}

	// Transport replaces the network, for recordings. Nil = the network.
	Transport http.RoundTripper
}

// Call is one question.
type Call struct {
	Method string
	Params []any
	// Read says that asking twice does no harm: such a call is repeated once
	// when a kept connection turns out to be closed.
	Read        bool
	MaxResponse int64 // bytes, 0 = the client's
}

// Client asks one device, one question at a time. It is safe for concurrent
// use; callers queue.
type Client struct {
	url      string
	host     string // of url, for texts
	user     string
	pass     gam.Secret
	timeout  time.Duration
	max      int64
	lane     chan struct{}
	http     *http.Client
	hide     *strings.Replacer
	pins     *pinning
	nextID   atomic.Uint64
	closing  sync.Once
	closed   chan struct{}
	lastUsed time.Time     // guarded by lane
	gaveUpAt time.Time     // guarded by lane
	pace     time.Duration // of late answers, guarded by lane
}

// New prepares a client; nothing is sent yet. The URL is refused when it is
// not one of HTTP or HTTPS, or carries a login.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	switch {
	// url.Parse repeats its input in the error, and with it a password that
	// somebody put there.
	case err != nil:
		return nil, errors.New("the address is not a URL; want http://host, https://host or with :port")
	case u.User != nil:
		return nil, errors.New("the URL holds a login; put user and password into their own fields")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("the URL starts with %q; want http:// or https://", gam.Clip(u.Scheme, 20))
	case u.Hostname() == "":
		return nil, fmt.Errorf("the URL %q names no host", gam.Clip(o.URL, 80))
	}
	c := &Client{
		url:     u.String(),
		host:    u.Host,
		user:    o.Username,
		pass:    o.Password,
		timeout: o.Timeout,
		max:     o.MaxResponse,
		lane:    o.Lane,
		hide:    hider(o.Username, o.Password.Reveal()),
		pins:    &pinning{pin: normalPin(o.Pin), tell: o.OnPin},
		closed:  make(chan struct{}),
	}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.max <= 0 {
		c.max = DefaultMaxResponse
	}
	if c.lane == nil {
		c.lane = make(chan struct{}, 1)
	}
	transport := o.Transport
	if transport == nil {
		transport = &http.Transport{
			// No proxy from the environment: a device's login is not for it.
			Proxy:               nil,
			DialContext:         (&net.Dialer{Timeout: c.timeout, KeepAlive: 15 * time.Second}).DialContext,
			TLSHandshakeTimeout: c.timeout,
			TLSClientConfig:     tlsConfig(o.Verify, c.pins),
			MaxIdleConns:        1,
			MaxConnsPerHost:     1,
			IdleConnTimeout:     idleFor,
			DisableCompression:  true,
			TLSNextProto:        map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1 only
		}
	}
	c.http = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close gives back the connection. A call under way ends by itself; later
// ones answer Closed.
func (c *Client) Close() error {
	c.closing.Do(func() { close(c.closed) })
	c.http.CloseIdleConnections()
	return nil
}

// Call asks one question and returns its result, nil for null. Errors are
// *RPCError when the device said no, *Error otherwise.
func (c *Client) Call(ctx context.Context, call Call) (json.RawMessage, error) {
	select {
	case <-c.closed:
		return nil, &Error{Cause: Closed, Text: "the connection was given up"}
	default:
	}
	select {
	case c.lane <- struct{}{}:
		defer func() { <-c.lane }()
	case <-ctx.Done():
		return nil, c.gaveUp(ctx, "while waiting for earlier calls to this device")
	case <-c.closed:
		return nil, &Error{Cause: Closed, Text: "the connection was given up"}
	}
	if rest := time.Until(c.gaveUpAt.Add(max(quiet, c.pace))); rest > 0 {
		t := time.NewTimer(rest)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil, c.gaveUp(ctx, "while leaving the device alone after a call that was given up")
		}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if !call.Read && time.Since(c.lastUsed) > idleFor/2 {
		c.http.CloseIdleConnections() // a write does not bet on an old connection
	}
	began := time.Now()
	result, err := c.once(ctx, call)
	c.lastUsed = time.Now()
	if ctx.Err() != nil {
		c.gaveUpAt = c.lastUsed
	} else {
		c.pace = max(c.lastUsed.Sub(began), c.pace*3/4)
	}
	c.pins.report()
	return result, c.clean(err)
}

func (c *Client) once(ctx context.Context, call Call) (json.RawMessage, error) {
	id := c.nextID.Add(1)
	params := call.Params
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(request{Version: "2.0", ID: id, Method: call.Method, Params: params})
	if err != nil {
		return nil, fmt.Errorf("encode call of %s: %w", call.Method, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("prepare call of %s: %w", call.Method, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "OpenGAM")
	req.SetBasicAuth(c.user, c.pass.Reveal())
	if call.Read {
		// net/http repeats a request once on a fresh connection when a kept
		// one was closed before any byte of the answer, if the request counts
		// as idempotent; an empty key says so and is not sent.
		req.Header["Idempotency-Key"] = nil
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.failed(ctx, err)
	}
	limit := call.MaxResponse
	if limit <= 0 {
		limit = c.max
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	_ = resp.Body.Close()
	switch {
	case int64(len(data)) > limit:
		return nil, &Error{Cause: TooLarge, Text: fmt.Sprintf("the answer is larger than %d bytes", limit)}
	case err != nil && ctx.Err() != nil:
		return nil, c.gaveUp(ctx, fmt.Sprintf("in the middle of the answer, after %d bytes", len(data)))
	case err != nil:
		return nil, &Error{Cause: Broken, Text: fmt.Sprintf("the connection ended in the middle of the answer, after %d bytes", len(data)), Err: err}
	case resp.StatusCode != http.StatusOK:
		return nil, statusError(resp, data, id)
	}
	return decode(data, id)
}

// statusError reads an answer with a status other than 200. An error object
// inside is worth more than the status, except for a refused login.
func statusError(resp *http.Response, data []byte, id uint64) error {
	if resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusForbidden {
		var rpc *RPCError
		if _, err := decode(data, id); errors.As(err, &rpc) {
			return rpc
		}
	}
	e := &Error{Cause: HTTPStatus, Status: resp.StatusCode}
	e.Text = fmt.Sprintf("HTTP %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	if loc := resp.Header.Get("Location"); loc != "" && resp.StatusCode/100 == 3 {
		e.Location = gam.Clip(loc, 120)
		e.Text += " to " + e.Location
	}
	return e
}

// failed sorts an error of net/http. Its texts repeat the URL, which the
// caller knows, so only the innermost cause is kept.
func (c *Client) failed(ctx context.Context, err error) error {
	var (
		pin *pinError
		dns *net.DNSError
		op  *net.OpError
		net net.Error
	)
	switch {
	case errors.As(err, &pin):
		return &Error{Cause: PinChanged, Text: pin.Error(), Err: err}
	case ctx.Err() != nil:
		return c.gaveUp(ctx, "")
	case errors.As(err, &dns):
		return &Error{Cause: NoConnection, Text: "the name " + gam.Clip(dns.Name, 80) + " is not known", Err: err}
	case isTLS(err):
		return &Error{Cause: TLSFailed, Text: "no encrypted connection: " + gam.Clip(innermost(err), 160), Err: err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Cause: NoConnection, Text: "the connection to " + c.host + " is refused: nothing listens there", Err: err}
	case errors.As(err, &op) && op.Op == "dial":
		return &Error{Cause: NoConnection, Text: "no connection to " + c.host + ": " + gam.Clip(innermost(err), 120), Err: err}
	case errors.As(err, &net) && net.Timeout():
		return &Error{Cause: Timeout, Text: "no answer from " + c.host + " in time", Err: err}
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "unsupported protocol"),
		strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return &Error{Cause: NotJSON, Text: "what answers is not a web server, or HTTPS was expected and HTTP came", Err: err}
	}
	return &Error{Cause: Broken, Text: "the connection ended before an answer came", Err: err}
}

func (c *Client) gaveUp(ctx context.Context, where string) error {
	if where != "" {
		where = " " + where
	}
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return &Error{Cause: Canceled, Text: "given up" + where, Err: context.Canceled}
	}
	return &Error{Cause: Timeout, Text: "no answer from " + c.host + " in time" + where, Err: context.DeadlineExceeded}
}

// innermost is the text of the deepest error: the one without addresses and
// URLs around it.
func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
