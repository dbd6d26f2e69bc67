package jsonrpc

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
)

// pinning accepts one certificate: the pinned one, or the first that comes.
type pinning struct {
	tell func(pin string)

	mu    sync.Mutex
	pin   string
	fresh bool // pinned just now and not told yet
}

// pinError is another certificate than the pinned one.
type pinError struct{ have, want string }

func (e *pinError) Error() string {
	return "the certificate has changed: pinned is " + short(e.want) + ", the device shows " + short(e.have)
}

func short(pin string) string {
	if len(pin) > 16 {
		return pin[:16] + "…"
	}
	return pin
}

// check is called within each handshake.
func (p *pinning) check(cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		return errors.New("no certificate was shown")
	}
	sum := sha256.Sum256(cs.PeerCertificates[0].Raw)
	have := hex.EncodeToString(sum[:])
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.pin {
	case have:
		return nil
	case "":
		p.pin, p.fresh = have, true
		return nil
	}
	return &pinError{have: have, want: p.pin}
}

// report tells a fresh pin, outside the handshake and outside the lock.
func (p *pinning) report() {
	p.mu.Lock()
	pin, fresh := p.pin, p.fresh
	p.fresh = false
	p.mu.Unlock()
	if fresh && p.tell != nil {
		p.tell(pin)
	}
}

// normalPin accepts the spellings of a SHA-256 in use.
func normalPin(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	return strings.NewReplacer(":", "", " ", "", "-", "").Replace(s)
}

func tlsConfig(verify bool, p *pinning) *tls.Config {
	if verify {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		CipherSuites: suites(),
		// Devices carry a certificate of their maker's own authority; the pin
		// takes the place of the chain.
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection checks the pin
		VerifyConnection:   p.check,
	}
}

// suites is what the standard library offers, and last the key exchange that
// embedded web servers of the last decade may have alone. It lacks forward
// secrecy, which is still better than the plain HTTP that is the alternative.
func suites() []uint16 {
	var ids []uint16
	for _, s := range tls.CipherSuites() {
		ids = append(ids, s.ID)
	}
	return append(ids, tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA)
}

func isTLS(err error) bool {
	var (
		rec  tls.RecordHeaderError
		ver  *tls.CertificateVerificationError
		alt  tls.AlertError
		auth x509.UnknownAuthorityError
		host x509.HostnameError
		bad  x509.CertificateInvalidError
	)
	return errors.As(err, &rec) || errors.As(err, &ver) || errors.As(err, &alt) ||
		errors.As(err, &auth) || errors.As(err, &host) || errors.As(err, &bad) ||
		strings.Contains(err.Error(), "tls:")
}
