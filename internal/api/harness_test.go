package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/reconcile"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// bait is a password that must never come out anywhere.
const bait = "bait-Kq8vX2nT"

// bench is a running API over a real store, real orders and a real queue
// without workers.
type bench struct {
	t       *testing.T
	st      *store.Store
	queue   *jobs.Queue
	orders  *order.Orders
	live    *fakeDevices
	engine  *fakeEngine
	clock   *clock
	closing chan struct{}
	url     string
	log     *logText
	tokens  map[store.Role]string
}

// clock is the time of a test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return time.Now()
	}
	return c.at
}

func (c *clock) add(d time.Duration) {
	at := c.now().Add(d)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func setup(t *testing.T) *bench {
	t.Helper()
	b := &bench{
		t: t, st: storetest.SQLite(t), live: &fakeDevices{}, engine: &fakeEngine{}, clock: &clock{},
		closing: make(chan struct{}), log: &logText{}, tokens: map[store.Role]string{},
	}
	log := slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if b.queue, err = jobs.New(b.st, jobs.Options{Log: log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.queue.Close() })
	if err := b.queue.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.orders = order.New(b.st, b.queue)
	srv := httptest.NewServer(newHandler(Options{
		Store: b.st, Queue: b.queue, Orders: b.orders, Engine: b.engine, Devices: b.live, Log: log, Version: "test",
		Closing: b.closing, Now: b.clock.now,
		Checks: []Check{{"extra", b.st.Ping}},
	}, 300*time.Millisecond))
	t.Cleanup(srv.Close)
	t.Cleanup(func() {
		select {
		case <-b.closing:
		default:
			close(b.closing)
		}
	})
	b.url = srv.URL
	for _, r := range []store.Role{store.Viewer, store.Technician, store.Operator, store.Admin} {
		b.tokens[r] = b.token(r, time.Time{})
	}
	return b
}

// token makes an API token.
func (b *bench) token(r store.Role, expires time.Time) string {
	b.t.Helper()
	text, hash := NewToken()
	if err := b.st.AddToken(b.t.Context(), &store.Token{Name: "test " + string(r), Role: r, Hash: hash, ExpiresAt: expires}); err != nil {
		b.t.Fatal(err)
	}
	return text.Reveal()
}

// user makes an account.
func (b *bench) user(name string, r store.Role, password string) store.User {
	b.t.Helper()
	hash, err := HashPassword(gam.NewSecret(password))
	if err != nil {
		b.t.Fatal(err)
	}
	u := store.User{Name: name, Role: r, PasswordHash: hash}
	if err := b.st.AddUser(b.t.Context(), &u); err != nil {
		b.t.Fatal(err)
	}
	return u
}

// answerOf is what came back.
type answerOf struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// as is one sender of requests.
type as struct {
	*bench
	header http.Header
}

// role sends with the token of a role.
func (b *bench) role(r store.Role) *as {
	return &as{b, http.Header{"Authorization": {"Bearer " + b.tokens[r]}}}
}

func (b *bench) admin() *as  { return b.role(store.Admin) }
func (b *bench) nobody() *as { return &as{b, http.Header{}} }

// with is the same sender with one more header.
func (a *as) with(key, value string) *as {
	h := a.header.Clone()
	h.Set(key, value)
	return &as{a.bench, h}
}

// login signs in with a cookie; the CSRF token is not sent by itself.
func (b *bench) login(name, password string) (s *as, csrf string) {
	b.t.Helper()
	res := b.nobody().do("POST", "/api/v1/session", map[string]string{"username": name, "password": password}).want(200)
	var out struct {
		CSRF string `json:"csrf_token"`
	}
	res.into(&out)
	cookie, _, _ := strings.Cut(res.header.Get("Set-Cookie"), ";")
	return &as{b, http.Header{"Cookie": {cookie}}}, out.CSRF
}

// do sends a request; body is a string as it stands, nil for none, else JSON.
func (a *as) do(method, path string, body any) *answerOf {
	a.t.Helper()
	var in io.Reader
	switch v := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(v)
	default:
		j, err := json.Marshal(v)
		if err != nil {
			a.t.Fatal(err)
		}
		in = bytes.NewReader(j)
	}
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, in)
	if err != nil {
		a.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range a.header {
		req.Header[k] = v
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return &answerOf{a.t, method + " " + path, res.StatusCode, res.Header, text}
}

func (a *as) get(path string) *answerOf { a.t.Helper(); return a.do("GET", path, nil) }

// want stops the test when the status is another.
func (r *answerOf) want(status int) *answerOf {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: %d, want %d\n%s", r.what, r.status, status, r.body)
	}
	return r
}

func (r *answerOf) into(v any) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		r.t.Fatalf("%s: %v\n%s", r.what, err, r.body)
	}
}

// refused stops the test unless the answer is a problem of this status and
// code; it gives the problem.
func (r *answerOf) refused(status int, code string) Problem {
	r.t.Helper()
	r.want(status)
	if ct := r.header.Get("Content-Type"); ct != "application/problem+json" {
		r.t.Errorf("%s: Content-Type %q of a problem", r.what, ct)
	}
	var p Problem
	r.into(&p)
	if p.Code != code || p.Status != status || p.Title == "" || p.Type == "" || p.Detail == "" {
		r.t.Fatalf("%s: %+v, want code %s", r.what, p, code)
	}
	return p
}

// field stops the test unless the problem is of this field.
func (p Problem) field(t *testing.T, name, code string) {
	t.Helper()
	for _, f := range p.Errors {
		if f.Field == name && f.Code == code && f.Message != "" {
			return
		}
	}
	t.Errorf("no refusal %s of field %s in %+v", code, name, p.Errors)
}

// at is the member of an answer behind a path of names; the test stops when
// it is of another type.
func at[T any](r *answerOf, names ...string) T {
	r.t.Helper()
	var v any = r.object()
	for _, n := range names {
		o, ok := v.(obj)
		if !ok {
			r.t.Fatalf("%s: no member %v in %s", r.what, names, r.body)
		}
		v = o[n]
	}
	got, ok := v.(T)
	if !ok {
		r.t.Fatalf("%s: member %v is %T in %s", r.what, names, v, r.body)
	}
	return got
}

// number is the id of what an answer shows.
func number(r *answerOf) int64 {
	r.t.Helper()
	return int64(at[float64](r, "id"))
}

// obj is any JSON object.
type obj = map[string]any

func (r *answerOf) object() obj {
	r.t.Helper()
	var o obj
	r.into(&o)
	return o
}

// fakeDevices is devices that are not there; each answers what a test says.
type fakeDevices struct {
	err    error
	boom   bool
	probes []driver.Probe
	links  []gam.EndpointLink
	status gam.EndpointStatus
	mu     sync.Mutex

	linksErr error // of EndpointLinks alone
	calls    []string
}

func (f *fakeDevices) called(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, what)
	if f.boom {
		panic("boom")
	}
	return f.err
}

func (f *fakeDevices) TestAccess(context.Context, gam.DeviceID) ([]driver.Probe, error) {
	return f.probes, f.called("test-access")
}
func (f *fakeDevices) Reboot(context.Context, gam.DeviceID) error { return f.called("reboot") }
func (f *fakeDevices) Save(context.Context, gam.DeviceID) error   { return f.called("save") }
func (f *fakeDevices) EndpointLinks(context.Context, gam.DeviceID, gam.MAC) ([]gam.EndpointLink, error) {
	return f.links, errors.Join(f.called("links"), f.linksErr)
}
func (f *fakeDevices) RebootEndpoint(_ context.Context, _ gam.DeviceID, m gam.MAC) error {
	return f.called("reboot " + m.String())
}
func (f *fakeDevices) CyclePoE(_ context.Context, _ gam.DeviceID, m gam.MAC) error {
	return f.called("poe " + m.String())
}
func (f *fakeDevices) Endpoint(_ context.Context, _ gam.DeviceID, m gam.MAC) (gam.EndpointStatus, error) {
	return f.status, f.called("read " + m.String())
}
func (f *fakeDevices) UpgradeEndpoint(_ context.Context, _ gam.DeviceID, m gam.MAC) error {
	return f.called("upgrade " + m.String())
}
func (f *fakeDevices) SetPort(_ context.Context, _ gam.DeviceID, n int, c gam.PortChange, who string) error {
	p := c.On(gam.PortSettings{Number: n})
	return f.called(fmt.Sprintf("port %d %q %s %v by %s", n, p.Name, p.Type, p.AdminUp != nil && *p.AdminUp, who))
}
func (f *fakeDevices) ResetPortCounters(_ context.Context, _ gam.DeviceID, n int) error {
	return f.called(fmt.Sprint("counters ", n))
}

// fakeEngine answers one plan and remembers the orders it was asked about.
type fakeEngine struct {
	plan, fresh reconcile.Plan
	got         []gam.Subscriber
}

func (f *fakeEngine) Preview(_ context.Context, _ gam.DeviceID, orders ...gam.Subscriber) (reconcile.Plan, error) {
	f.got = orders
	return f.plan, nil
}

func (f *fakeEngine) PreviewFresh(context.Context, gam.DeviceID, ...gam.Subscriber) (reconcile.Plan, error) {
	return f.fresh, nil
}
