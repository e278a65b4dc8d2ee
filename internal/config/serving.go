package config

import (
	"errors"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"

	"bellwether/internal/errs"
)

// serving are the keys about how people and their browsers reach this node, and how it reaches them.
var serving = []key{
	{
		"tls_cert", always(""),
		func(c *Config, s string) error { c.TLSCert = s; return nil },
		func(c Config) string { return c.TLSCert },
	},
	{
		"tls_key", always(""),
		setTLSKey,
		func(c Config) string { return c.TLSKey },
	},
	{
		"acme_hosts", always(""),
		setACMEHosts,
		func(c Config) string { return strings.Join(c.ACMEHosts, ", ") },
	},
	{
		"acme_email", always(""),
		setACMEEmail,
		func(c Config) string { return c.ACMEEmail },
	},
	{
		"trusted_proxies", always(""),
		setTrustedProxies,
		func(c Config) string { return c.TrustedProxies },
	},
	{
		"public_url", ownAddress,
		setPublicURL,
		func(c Config) string { return c.PublicURL },
	},
	{
		"key_file", func(c Config) string { return filepath.Join(c.DataDir, "key") },
		func(c *Config, s string) error { c.KeyFile = s; return notEmpty(s) },
		func(c Config) string { return c.KeyFile },
	},
	{
		"smtp", always(""),
		setSMTP,
		func(c Config) string { return c.SMTP },
	},
	{
		"mail_from", noReply,
		setMailFrom,
		func(c Config) string { return c.MailFrom },
	},
	{
		"sign_up", always(SignUpClosed),
		setSignUp,
		func(c Config) string { return c.SignUp },
	},
}

// Secured reports whether this node speaks HTTPS itself.
func (c Config) Secured() bool { return c.TLSCert != "" || len(c.ACMEHosts) > 0 }

// Host is the name in the address people open.
func (c Config) Host() string {
	u, err := url.Parse(c.PublicURL)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// Listening gives the settings of a node that listens on an address, which may differ from the one that was asked for: a
// public_url that nobody set follows it.
func (c Config) Listening(address string) Config {
	c.Listen = address
	if c.sources["public_url"] == fromDefault {
		c.PublicURL = ownAddress(c)
	}
	return c
}

// ownAddress is where a browser on this machine finds the node, or on the host a certificate is asked for. localhost, not
// 127.0.0.1: passkeys are bound to names.
func ownAddress(c Config) string {
	scheme, standard := "http", "80"
	if c.Secured() {
		scheme, standard = "https", "443"
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return scheme + "://localhost"
	}
	if address, err := netip.ParseAddr(host); host == "" || err == nil && (address.IsLoopback() || address.IsUnspecified()) {
		host = "localhost"
	}
	if len(c.ACMEHosts) > 0 {
		host, port = c.ACMEHosts[0], standard // the authority found it there
	}
	if port == standard {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func setTLSKey(c *Config, s string) error {
	c.TLSKey = s
	if (s == "") != (c.TLSCert == "") {
		return errors.New("tls_cert and tls_key go together: name both files, or neither")
	}
	return nil
}

func setACMEHosts(c *Config, s string) error {
	c.ACMEHosts = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	if len(c.ACMEHosts) > 0 && c.TLSCert != "" {
		return errors.New("there is tls_cert already: certificates come from files or by ACME")
	}
	for _, host := range c.ACMEHosts {
		if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") || strings.ContainsAny(host, ":/*@") {
			return errors.New("write names such as cabinet.example.com, apart by commas")
		}
	}
	return nil
}

func setACMEEmail(c *Config, s string) error {
	c.ACMEEmail = s
	if s == "" {
		return nil
	}
	if parsed, err := mail.ParseAddress(s); err != nil || parsed.Address != s {
		return errors.New("write an address such as admin@example.com")
	}
	return nil
}

func setTrustedProxies(c *Config, s string) error {
	c.TrustedProxies = s
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		if _, err := netip.ParsePrefix(word); err == nil {
			continue
		}
		if _, err := netip.ParseAddr(word); err != nil {
			return errors.New("write addresses or networks, such as 127.0.0.1, 10.0.0.0/8")
		}
	}
	return nil
}

func setPublicURL(c *Config, s string) error {
	c.PublicURL = strings.TrimSuffix(s, "/")
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || c.PublicURL != u.Scheme+"://"+u.Host {
		return errors.New("write the origin people open, without a path: https://cabinet.example.com")
	}
	return nil
}

func setSMTP(c *Config, s string) error {
	c.SMTP = s
	if s == "" {
		return nil
	}
	if u, err := url.Parse(s); err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" {
		return errors.New("write smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the start")
	}
	return nil
}

func noReply(c Config) string { return "Bellwether <no-reply@" + c.Host() + ">" }

func setMailFrom(c *Config, s string) error {
	c.MailFrom = s
	if _, err := mail.ParseAddress(s); err != nil {
		return errors.New("write no-reply@example.com, or Bellwether <no-reply@example.com>")
	}
	return nil
}

// Who may make themselves an account.
const (
	SignUpClosed = "closed" // nobody: people are invited
	SignUpOpen   = "open"   // everybody, for a project of their own
)

func setSignUp(c *Config, s string) error {
	c.SignUp = s
	if s != SignUpClosed && s != SignUpOpen {
		return errors.New("write closed or open")
	}
	return nil
}

// missingHost is said where a certificate is asked for and nobody can open the address it is for.
func (c Config) missingHost() error {
	if len(c.ACMEHosts) == 0 || strings.HasPrefix(c.PublicURL, "https://") {
		return nil
	}
	return errs.New(errs.Invalid, "config.invalid", "acme_hosts makes this node speak HTTPS and public_url says it does not").At("public_url").
		Try("write https://" + c.ACMEHosts[0])
}
