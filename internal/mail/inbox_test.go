package mail_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// inbox is a real SMTP server that keeps what it is given, and refuses as it is told.
type inbox struct {
	address string
	roots   *x509.CertPool

	mu      sync.Mutex
	got     []delivery
	refuse  func(to string) error // nil takes everything
	close   func() error          // asked after the text was read; an error is the answer
	secrets int                   // sign-ins
}

// delivery is what the server took: the envelope and the message as it came over the line.
type delivery struct{ from, to, text string }

type inboxOptions struct {
	implicit, withoutTLS bool
	password             string // asked for where it is not empty
}

const mailUser = "bellwether"

func newInbox(t *testing.T, options inboxOptions) *inbox {
	t.Helper()
	box := &inbox{}
	certificate := box.certificate(t)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &dialogue{box: box, password: options.password, signedIn: options.password == ""}, nil
	}))
	server.Domain, server.ReadTimeout, server.WriteTimeout = "localhost", 10*time.Second, 10*time.Second
	server.EnableSMTPUTF8 = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	if !options.withoutTLS {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box.address = listener.Addr().String()
	if options.implicit {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return box
}

// certificate makes one for this machine and trusts it.
func (b *inbox) certificate(t *testing.T) tls.Certificate {
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
	b.roots = x509.NewCertPool()
	b.roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}
}

func (b *inbox) deliveries() []delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]delivery(nil), b.got...)
}

func (b *inbox) behave(refuse func(string) error, end func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuse, b.close = refuse, end
}

// dialogue is one connection.
type dialogue struct {
	box      *inbox
	password string
	signedIn bool
	from, to string
}

func (d *dialogue) AuthMechanisms() []string { return []string{sasl.Plain} }

func (d *dialogue) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != mailUser || password != d.password {
			return smtp.ErrAuthFailed
		}
		d.signedIn = true
		d.box.mu.Lock()
		defer d.box.mu.Unlock()
		d.box.secrets++
		return nil
	}), nil
}

func (d *dialogue) Mail(from string, _ *smtp.MailOptions) error {
	if !d.signedIn {
		return smtp.ErrAuthRequired
	}
	d.from = from
	return nil
}

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
	d.box.got = append(d.box.got, delivery{d.from, d.to, string(text)})
	return nil
}

func (d *dialogue) Reset()        {}
func (d *dialogue) Logout() error { return nil }

// A server that is not there: nothing listens on its port any more.
func nobodyAt(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(listener.Close()); err != nil {
		t.Fatal(err)
	}
	return listener.Addr().String()
}

// headers are the lines of a message before its body, unfolded.
func headers(text string) []string {
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	return strings.Split(strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(head), "\r\n")
}
