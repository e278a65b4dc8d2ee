package app

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"bellwether/internal/errs"
)

// listenTLS is how this node speaks HTTPS; nil where it speaks plain HTTP.
func (a *App) listenTLS() (*tls.Config, error) {
	switch {
	case a.Config.TLSCert != "":
		files := &certificateFiles{cert: a.Config.TLSCert, key: a.Config.TLSKey, log: a.Log}
		if err := files.read(); err != nil {
			return nil, err
		}
		return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: files.get}, nil
	case len(a.Config.ACMEHosts) > 0:
		c := a.authority().TLSConfig()
		c.MinVersion = tls.VersionTLS12
		return c, nil
	}
	return nil, nil
}

// authority asks for certificates and keeps them; it renews them a month before they end. It proves that the names are ours
// on the very port that is served (TLS-ALPN-01, RFC 8737), so no second one is needed.
func (a *App) authority() *autocert.Manager {
	return &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(filepath.Join(a.Config.DataDir, "acme")),
		HostPolicy: autocert.HostWhitelist(a.Config.ACMEHosts...), Email: a.Config.ACMEEmail,
		Client: &acme.Client{DirectoryURL: a.options.ACMEDirectory, HTTPClient: a.options.ACMEClient},
	}
}

// lookEvery is how often the files of a certificate are looked at, at most.
const lookEvery = time.Second

// certificateFiles gives new connections the certificate that two files hold now. Where they change into something that is
// no certificate, the last good one stays.
type certificateFiles struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	looked  time.Time
	seen    [sha256.Size]byte // digest of what was last read
	current *tls.Certificate
}

// get is asked at every handshake.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.looked) >= lookEvery {
		f.looked = now
		if err := f.read(); err != nil {
			f.log.Error("the new certificate is not used, the old one stays", "error", err)
		}
	}
	return f.current, nil
}

// read takes the files where they changed since they were last read, so that an error is said once.
func (f *certificateFiles) read() error {
	cert, certErr := os.ReadFile(f.cert)
	key, keyErr := os.ReadFile(f.key)
	err := errors.Join(certErr, keyErr)
	seen := sha256.Sum256(fmt.Appendf(nil, "%x %x %v", cert, key, err))
	if seen == f.seen {
		return nil
	}
	f.seen = seen
	if err != nil {
		return badCertificate(f.cert+", "+f.key, err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return badCertificate(f.cert+", "+f.key, err)
	}
	if f.current != nil {
		f.log.Info("new connections get the new certificate", "valid_until", pair.Leaf.NotAfter)
	}
	f.current = &pair
	return nil
}

func badCertificate(path string, err error) error {
	return errs.New(errs.Invalid, "app.bad_certificate", "there is no certificate to be had (%v)", err).At(path).
		Try("name a PEM file with the certificate and those it rests on, and one with its key")
}
