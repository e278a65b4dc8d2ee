package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Inbox is a real SMTP server that keeps what it is given, and refuses as it is told.
type Inbox struct {
	Address string
	Roots   *x509.CertPool

	mu      sync.Mutex
	got     []Delivery
	refuse  func(to string) error // nil takes everything
	close   func() error          // asked after the text was read; an error is the answer
	signIns int
}

// Delivery is what the server took: the envelope and the message as it came over the line.
type Delivery struct{ From, To, Text string }

// Options say how the server is spoken to.
type Options struct {
	Implicit, WithoutTLS bool
	Password             string // asked for where it is not empty
}

// User is who signs in where a password is asked for.
const User = "bellwether"

// New starts a server that ends with the test.
func New(t testing.TB, options Options) *Inbox {
	t.Helper()
	box := &Inbox{}
	certificate := box.certificate(t)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &dialogue{box: box, password: options.Password, signedIn: options.Password == ""}, nil
	}))
	server.Domain, server.ReadTimeout, server.WriteTimeout = "localhost", 10*time.Second, 10*time.Second
	server.EnableSMTPUTF8 = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	if !options.WithoutTLS {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box.Address = listener.Addr().String()
	if options.Implicit {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return box
}

// certificate makes one for this machine and trusts it.
func (b *Inbox) certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	b.Roots = x509.NewCertPool()
	b.Roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

// Deliveries are the mails taken so far.
func (b *Inbox) Deliveries() []Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Delivery(nil), b.got...)
}

// Behave makes the server refuse recipients, or the message once it was read; nil takes everything.
func (b *Inbox) Behave(refuse func(to string) error, end func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse, b.close = refuse, end
}

// SignIns counts those who showed the right password.
func (b *Inbox) SignIns() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.signIns
}

// dialogue is one connection.
type dialogue struct {
	box      *Inbox
	password string
	signedIn bool
	from, to string
}

// AuthMechanisms implements smtp.Session.
func (d *dialogue) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.Session.
func (d *dialogue) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != User || password != d.password {
			return smtp.ErrAuthFailed
		}
		d.signedIn = true
		d.box.mu.Lock()
		defer d.box.mu.Unlock()
		d.box.signIns++
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (d *dialogue) Mail(from string, _ *smtp.MailOptions) error {
	if !d.signedIn {
		return smtp.ErrAuthRequired
	}
	d.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (d *dialogue) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	if d.box.refuse != nil {
		if err := d.box.refuse(to); err != nil {
			return err
		}
	}
	d.to = to
	return nil
}

// Data implements smtp.Session.
func (d *dialogue) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	d.box.mu.Lock()
	defer d.box.mu.Unlock()
	if d.box.close != nil {
		if err := d.box.close(); err != nil {
			return err
		}
	}
	d.box.got = append(d.box.got, Delivery{d.from, d.to, string(text)})
	return nil
}

// Reset implements smtp.Session.
func (d *dialogue) Reset() {}

// Logout implements smtp.Session.
func (d *dialogue) Logout() error { return nil }
