package jsonrpc

import (
	"crypto/tls"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestPin(t *testing.T) {
	t.Parallel()
	srv := httptest.NewTLSServer(says(`{"error":null,"result":1}`))
	defer srv.Close()
	ask := func(o Options) error {
		o.URL, o.Timeout = srv.URL, 5*time.Second
		c, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_, err = c.Call(t.Context(), Call{Method: "m", Read: true})
		return err
	}

	var pins []string
	keep := func(p string) { pins = append(pins, p) }
	if err := ask(Options{OnPin: keep}); err != nil {
		t.Fatalf("first use: %v", err)
	}
	if len(pins) != 1 || len(pins[0]) != 64 {
		t.Fatalf("pins told: %q, want one SHA-256", pins)
	}
	pin := pins[0]
	if err := ask(Options{Pin: pin, OnPin: keep}); err != nil {
		t.Errorf("the same certificate again: %v", err)
	}
	spelled := strings.ToUpper(pin[:2] + ":" + pin[2:])
	if err := ask(Options{Pin: spelled, OnPin: keep}); err != nil {
		t.Errorf("another spelling of the pin: %v", err)
	}
	if err := ask(Options{Pin: strings.Repeat("ab", 32), OnPin: keep}); causeOf(err) != PinChanged {
		t.Errorf("another certificate: %v, want pin changed", err)
	}
	if err := ask(Options{Verify: true, OnPin: keep}); causeOf(err) != TLSFailed {
		t.Errorf("verified against the system: %v, want tls failed", err)
	}
	if len(pins) != 1 {
		t.Errorf("pins told: %q, want only the first", pins)
	}
}

func TestOldWebServer(t *testing.T) {
	t.Parallel()
	srv := httptest.NewUnstartedServer(says(`{"error":null,"result":1}`))
	srv.TLS = &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}}
	srv.StartTLS()
	defer srv.Close()
	c, err := New(Options{URL: srv.URL, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(t.Context(), Call{Method: "m"}); err != nil {
		t.Errorf("a server with RSA key exchange only: %v", err)
	}
}

func TestHTTPSWhereHTTPIs(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(says(`{"error":null,"result":1}`))
	defer srv.Close()
	c, err := New(Options{URL: strings.Replace(srv.URL, "http:", "https:", 1), Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(t.Context(), Call{Method: "m"}); causeOf(err) != NotJSON && causeOf(err) != TLSFailed {
		t.Errorf("error %v, want one that names the mix-up", err)
	}
}
