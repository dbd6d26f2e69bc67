package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"time"
)

// quiet swallows the web server's own log: a client that goes away is a test,
// not news.
var quiet = log.New(io.Discard, "", 0)

// certificate is a self-signed one, as the vendor's is to everybody else.
type certificate struct {
	tls tls.Certificate
	pin string
}

func newCertificate(name string) (*certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name, Organization: []string{"Simulated GAM"}},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(10, 0, 0),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	sum := sha256.Sum256(der)
	return &certificate{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, hex.EncodeToString(sum[:])}, nil
}

func (r *Running) startTLS() error {
	if err := r.RenewCertificate(); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(r.Address)
	if err != nil {
		return fmt.Errorf("open the HTTPS listener: %w", err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return fmt.Errorf("open the HTTPS listener: %w", err)
	}
	r.HTTPSURL = "https://" + l.Addr().String()
	conf := &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			return &r.cert.tls, nil
		},
	}
	r.serve(l, func(l net.Listener) net.Listener { return tls.NewListener(l, conf) })
	return nil
}

// RenewCertificate gives the device another certificate, as a firmware
// upgrade or an impostor would.
func (d *Device) RenewCertificate() error {
	c, err := newCertificate(d.opt.Hostname)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cert = c
	return nil
}

// CertificatePin is the SHA-256 of the certificate in use, as hex; empty
// without HTTPS.
func (d *Device) CertificatePin() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cert == nil {
		return ""
	}
	return d.cert.pin
}
