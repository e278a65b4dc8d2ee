package config_test

import (
	"strings"
	"testing"

	"bellwether/internal/config"
	"bellwether/internal/errs"
)

func TestPublicURLFollowsTheOtherSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags    config.Flags
		url      string
		from     string
		listened string // where Listening moves it
	}{
		"nothing set":    {config.Flags{}, "http://localhost:8080", "Bellwether <no-reply@localhost>", "http://localhost:4711"},
		"all addresses":  {config.Flags{Listen: ":80"}, "http://localhost", "Bellwether <no-reply@localhost>", "http://localhost:4711"},
		"an address":     {config.Flags{Listen: "192.0.2.1:81"}, "http://192.0.2.1:81", "Bellwether <no-reply@192.0.2.1>", "http://localhost:4711"},
		"a certificate":  {config.Flags{Listen: ":443", TLSCert: "c.pem", TLSKey: "k.pem"}, "https://localhost", "Bellwether <no-reply@localhost>", "https://localhost:4711"},
		"by ACME":        {config.Flags{Listen: ":8443", ACMEHosts: "a.example.com, b.example.com"}, "https://a.example.com", "Bellwether <no-reply@a.example.com>", "https://a.example.com"},
		"what was given": {config.Flags{PublicURL: "https://x.example/", MailFrom: "me@y.example"}, "https://x.example", "me@y.example", "https://x.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := config.Load(c.flags.Sources(nil))
			if err != nil {
				t.Fatal(err)
			}
			if got.PublicURL != c.url || got.MailFrom != c.from {
				t.Errorf("address is %s, mails come from %s", got.PublicURL, got.MailFrom)
			}
			if moved := got.Listening("127.0.0.1:4711"); moved.PublicURL != c.listened {
				t.Errorf("listening elsewhere the address is %s, want %s", moved.PublicURL, c.listened)
			}
		})
	}
}

func TestServingSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for want, flags := range map[string]config.Flags{
		"tls_key (default)":                    {TLSCert: "c.pem"},
		"tls_key (flag --tls-key)":             {TLSKey: "k.pem"},
		"certificates come from files or":      {TLSCert: "c.pem", TLSKey: "k.pem", ACMEHosts: "a.example.com"},
		"write names such as":                  {ACMEHosts: "192.0.2.1"},
		"acme_email (flag --acme-email)":       {ACMEEmail: "Admin <a@example.com>"},
		"trusted_proxies (flag":                {Proxies: "10.0.0.0/8, proxy.example"},
		"without a path":                       {PublicURL: "https://x.example/cabinet"},
		"public_url (flag --public-url)":       {PublicURL: "x.example"},
		"write https://a.example.com":          {ACMEHosts: "a.example.com", PublicURL: "http://a.example.com"},
		"smtp (flag --smtp)":                   {SMTP: "relay.example:25"},
		"mail_from (flag --mail-from)":         {MailFrom: "nobody"},
		`sign_up (flag --sign-up): "everyone"`: {SignUp: "everyone"},
		"sip_udp (flag --sip-udp)":             {SIPUDP: "pbx.example:5060"},
		"takes the certificate of HTTPS":       {SIPTLS: "0.0.0.0:5061"},
		"sip_public (default)":                 {SIPUDP: "0.0.0.0:5060"},
		"sip_public (flag --sip-public)":       {SIPUDP: "0.0.0.0:5060", SIPPublic: "pbx.example"},
		"rtp_ports (flag --rtp-ports)":         {RTPPorts: "20000-10000"},
		"webrtc_udp (flag --webrtc-udp)":       {WebRTC: ":3478"},
		"call_drain (flag --call-drain)":       {CallDrain: "1w"},
		"smtp (flag --smtp): \"smtp://***\"":   {SMTP: "smtp://u:hush@[::1"},
	} {
		_, err := config.Load(flags.Sources(nil))
		if errs.CodeOf(err) != "config.invalid" || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestMailPasswordIsNotShown(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Flags{SMTP: "smtps://bell:hush@relay.example"}.Sources(nil))
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	if err := c.Print(&printed); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(printed.String(), "hush") || !strings.Contains(printed.String(), "bell:xxxxx@relay.example") {
		t.Errorf("printed\n%s", &printed)
	}
}
