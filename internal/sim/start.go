package sim

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Running is a device on the network.
type Running struct {
	*Device
	URL      string // http://host:port
	HTTPSURL string // https://host:port, empty unless Options.HTTPS
	Address  string // host:port of URL

	servers []*http.Server
	doors   []*door
	stop    sync.Once
}

// Start makes a device and opens its listeners. It runs until Stop.
func Start(o Options) (*Running, error) {
	d, err := New(o)
	if err != nil {
		return nil, err
	}
	r := &Running{Device: d}
	l, err := net.Listen("tcp", d.opt.Listen)
	if err != nil {
		return nil, fmt.Errorf("open the device's listener: %w", err)
	}
	r.Address = l.Addr().String()
	r.URL = "http://" + r.Address
	r.serve(l, nil)
	if o.HTTPS {
		if err := r.startTLS(); err != nil {
			r.Stop()
			return nil, err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.onDown = func() {
		for _, door := range r.doors {
			door.dropAll()
		}
	}
	return r, nil
}

// Stop closes the listeners and every connection.
func (r *Running) Stop() {
	r.stop.Do(func() {
		for _, s := range r.servers {
			_ = s.Close() // closing is all that is wanted
		}
	})
}

// Testing is the part of testing.TB that StartDevice needs, so that this
// package does not bring package testing into the product.
type Testing interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// StartDevice starts a device that stops with its test.
func StartDevice(t Testing, o Options) *Running {
	t.Helper()
	r, err := Start(o)
	if err != nil {
		t.Fatalf("start a simulated device: %v", err)
	}
	t.Cleanup(r.Stop)
	return r
}

// door is a listener that lets nobody in while the device restarts, and can
// put everybody out.
type door struct {
	net.Listener
	down func() bool

	mu   sync.Mutex
	open map[*guest]struct{}
}

func (l *door) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.down() {
			reset(c)
			continue
		}
		g := &guest{Conn: c, door: l}
		l.mu.Lock()
		l.open[g] = struct{}{}
		l.mu.Unlock()
		return g, nil
	}
}

func (l *door) dropAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		_ = c.Conn.Close() // closing is all that is wanted
	}
}

type guest struct {
	net.Conn
	door *door
}

func (g *guest) Close() error {
	g.door.mu.Lock()
	delete(g.door.open, g)
	g.door.mu.Unlock()
	return g.Conn.Close()
}

func (r *Running) serve(l net.Listener, wrap func(net.Listener) net.Listener) {
	d := &door{Listener: l, down: r.Device.down, open: map[*guest]struct{}{}}
	r.doors = append(r.doors, d)
	s := &http.Server{Handler: r.Device, ReadHeaderTimeout: 10 * time.Second, ErrorLog: quiet}
	r.servers = append(r.servers, s)
	var outer net.Listener = d
	if wrap != nil {
		outer = wrap(d)
	}
	go func() {
		if err := s.Serve(outer); !errors.Is(err, http.ErrServerClosed) {
			r.Stop()
		}
	}()
}
