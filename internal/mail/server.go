package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"

	"bellwether/internal/errs"
)

// The ports of a server whose address names none (RFC 6409, RFC 8314).
const (
	submission    = 587
	submissionTLS = 465
)

// Server is where mails are handed over.
type Server struct {
	Host           string
	Port           int
	User, Password string // empty where it asks for none
	Implicit       bool   // TLS from the first byte
	Plain          bool   // no TLS at all, for a relay on this machine or in the same box
	Roots          *x509.CertPool
	From           mail.Address
}

// ParseServer reads the settings smtp ("smtp://USER:PASSWORD@HOST:PORT", "smtps://...") and mail_from ("Bellwether
// <no-reply@example.com>"). smtp:// asks for STARTTLS before it says anything; "?tls=off" at its end does without. Errors:
// errs.Invalid `mail.bad_server`, `mail.bad_from`; they never repeat the password.
func ParseServer(address, from string) (Server, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" || u.Path != "" && u.Path != "/" {
		return Server{}, badServer("it is not the address of a mail server")
	}
	s := Server{Host: u.Hostname(), Port: submission, User: u.User.Username(), Implicit: u.Scheme == "smtps"}
	s.Password, _ = u.User.Password()
	if s.Implicit {
		s.Port = submissionTLS
	}
	switch mode := u.Query().Get("tls"); {
	case mode == "off" && !s.Implicit:
		s.Plain = true
	case mode != "":
		return Server{}, badServer("tls=%.20s is not known here; smtp://HOST?tls=off does without TLS", mode)
	}
	if port := u.Port(); port != "" {
		if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
			return Server{}, badServer("the port must be a number from 1 to 65535")
		}
	}
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return Server{}, errs.New(errs.Invalid, "mail.bad_from", "%.100q is not an address to send from", from).At("mail_from").
			Try("write it as no-reply@example.com or as Bellwether <no-reply@example.com>")
	}
	s.From = *sender
	return s, nil
}

func badServer(format string, args ...any) error {
	return errs.New(errs.Invalid, "mail.bad_server", format, args...).At("smtp").Try("write smtp://USER:PASSWORD@HOST:PORT, or smtps:// for TLS from the start")
}

// patience is for how long a server may take over one mail.
const patience = 30 * time.Second

func (s Server) client() (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(patience), gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithoutNoop(),
		gomail.WithTLSConfig(&tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}),
	}
	switch {
	case s.Implicit:
		options = append(options, gomail.WithSSL())
	case s.Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.User != "" {
		options = append(options, gomail.WithUsername(s.User), gomail.WithPassword(s.Password), gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	return gomail.NewClient(s.Host, options...)
}

// send hands one mail over. final says that trying again is of no use: the server will not have this mail, or its address
// is none.
func (s Server) send(ctx context.Context, id, to string, l letter) (final bool, err error) {
	m, err := s.compose(id, to, l)
	if err != nil {
		return true, err
	}
	client, err := s.client()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = client.DialAndSendWithContext(ctx, m)
	if m.IsDelivered() {
		return false, nil // whatever went wrong when saying goodbye
	}
	var refused *gomail.SendError
	if errors.As(err, &refused) {
		return refused.ErrorCode() >= 500 && (refused.Reason == gomail.ErrSMTPRcptTo || refused.Reason == gomail.ErrSMTPDataClose), err
	}
	return false, err
}

// compose makes the message; every header but the recipient and the subject is ours.
func (s Server) compose(id, to string, l letter) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	to, err := inASCII(to)
	if err != nil {
		return nil, err
	}
	m.FromMailAddress(&s.From)
	if err := m.To(to); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(s.From.Address, "@")
	m.SetMessageIDWithValue(id + "@" + domain)
	m.SetDate()
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no answers from absent people
	m.Subject(oneLine(l.Subject))
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return m, nil
}

// inASCII writes the domain of an address as servers know it. What stands before the @ is the server's own matter.
func inASCII(address string) (string, error) {
	cut := strings.LastIndexByte(address, '@')
	if cut < 1 || strings.ContainsAny(address, "\r\n") {
		return "", errs.New(errs.Invalid, "mail.bad_recipient", "there is no mailbox of that form")
	}
	domain, err := idna.Lookup.ToASCII(address[cut+1:])
	return address[:cut+1] + domain, err
}

// isNobody reports whether an error says that no server answers: then the other mails need not be tried now.
func isNobody(err error) bool {
	var network *net.OpError
	return errors.As(err, &network) && network.Op == "dial"
}
