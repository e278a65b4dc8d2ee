package app_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"golang.org/x/net/dns/dnsmessage"

	"bellwether/internal/app"
	"bellwether/internal/config"
	"bellwether/internal/errs"
	"bellwether/internal/pricebook"
)

var morning = time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC)

// writeCertificate makes a certificate for this machine with a serial number, and writes it and its key.
func writeCertificate(t *testing.T, folder string, serial int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	rawKey, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: raw}, key: {Type: "PRIVATE KEY", Bytes: rawKey}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// shake opens a connection and gives the certificate the node shows, and the connection.
func shake(t *testing.T, address string) (*x509.Certificate, *tls.Conn) {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}}} // which it is, the test compares
	conn, err := dialer.DialContext(context.Background(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	secure := conn.(*tls.Conn)
	return secure.ConnectionState().PeerCertificates[0], secure
}

// shows waits until new connections get the certificate with a serial number.
func shows(t *testing.T, address string, serial int64) *tls.Conn {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		cert, conn := shake(t, address)
		if cert.SerialNumber.Int64() == serial {
			return conn
		}
		if time.Now().After(end) {
			t.Fatalf("the certificate is still %v, want %d", cert.SerialNumber, serial)
		}
	}
}

// lines is a log that many goroutines write.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// New connections get a new certificate without a restart; open ones go on; a broken file keeps the old one and is logged
// once.
func TestCertificatesAreSwapped(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cert, key := writeCertificate(t, folder, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var logged lines
	startOn(t, listener, folder, morning, func(c *config.Config, o *app.Options) {
		c.TLSCert, c.TLSKey, o.Log = cert, key, slog.New(slog.NewTextHandler(&logged, nil))
	})
	address := listener.Addr().String()
	old := shows(t, address, 1)
	if protocol := old.ConnectionState().NegotiatedProtocol; protocol != "h2" {
		t.Errorf("it speaks %q, want h2", protocol)
	}
	writeCertificate(t, folder, 2)
	shows(t, address, 2)
	if _, err := old.Write([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")); err != nil {
		t.Errorf("a connection from before the swap is gone: %v", err)
	}
	if n, err := old.Read(make([]byte, 9)); err != nil || n == 0 {
		t.Errorf("a connection from before the swap does not answer: %v", err)
	}
	if err := os.WriteFile(key, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); !strings.Contains(logged.String(), "the old one stays"); {
		shows(t, address, 2)
		if time.Now().After(end) {
			t.Fatal("a broken file is not logged")
		}
	}
	writeCertificate(t, folder, 3)
	shows(t, address, 3)
	if count := strings.Count(logged.String(), "the old one stays"); count > 3 { // once for the key, and perhaps once between the two files of a swap
		t.Errorf("a broken file is logged %d times", count)
	}
}

// A node whose certificate is none does not start, and says which file.
func TestBadCertificatesAtTheStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	cert, _ := writeCertificate(t, folder, 1)
	c, err := config.Load(config.Flags{DataDir: folder, TLSCert: cert, TLSKey: cert}.Sources(nil))
	if err != nil {
		t.Fatal(err)
	}
	_, err = app.Open(context.Background(), c, pricebook.Shipped(), app.Options{Log: slog.New(slog.DiscardHandler)})
	if errs.CodeOf(err) != "app.bad_certificate" || !strings.Contains(err.Error(), "cert.pem") {
		t.Errorf("error is %v", err)
	}
}

const acmeHost = "cabinet.example.com"

// A certificate is asked for by ACME, of a real authority that comes by to see whether the name is ours; it is kept; other
// names get none.
func TestCertificatesByACME(t *testing.T) { // not parallel: the authority is told by the environment not to dawdle
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	authority := httptest.NewTLSServer(func() *wfe.WebFrontEndImpl {
		front := wfe.New(quiet, store, va.New(quiet, 0, port, false, names(t), store),
			ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {}}), []string{"pebble"}, false, false, 0, 0)
		return &front
	}().Handler())
	t.Cleanup(authority.Close)
	folder := t.TempDir()
	startOn(t, listener, folder, morning, func(c *config.Config, o *app.Options) {
		c.ACMEHosts, o.ACMEDirectory, o.ACMEClient = []string{acmeHost}, authority.URL+wfe.DirectoryPath, authority.Client()
	})
	dial := func(name string) (*tls.Conn, error) {
		return tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", listener.Addr().String(), &tls.Config{ServerName: name, InsecureSkipVerify: true})
	}
	conn, err := dial(acmeHost)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	cert := conn.ConnectionState().PeerCertificates[0]
	if err := cert.VerifyHostname(acmeHost); err != nil || !strings.Contains(cert.Issuer.CommonName, "Pebble") {
		t.Errorf("the certificate is of %v for %v", cert.Issuer, cert.DNSNames)
	}
	if kept, err := filepath.Glob(filepath.Join(folder, "acme", acmeHost+"*")); err != nil || len(kept) == 0 {
		t.Errorf("nothing is kept: %v", err)
	}
	if other, err := dial("other.example.com"); err == nil {
		_ = other.Close()
		t.Error("a certificate was made for a name that is not ours")
	}
}

// names answers every question for an address with this machine, as a name server does over TCP.
func names(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var answering sync.WaitGroup
	answering.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			answerName(conn)
		}
	})
	t.Cleanup(func() { _ = listener.Close(); answering.Wait() })
	return listener.Addr().String()
}

func answerName(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return
	}
	packed := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, packed); err != nil {
		return
	}
	var m dnsmessage.Message
	if err := m.Unpack(packed); err != nil || len(m.Questions) != 1 {
		return
	}
	m.Response = true
	if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
	}
	m.Additionals = nil
	if packed, err := m.Pack(); err == nil {
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...))
	}
}
