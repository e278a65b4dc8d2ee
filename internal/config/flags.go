package config

// Flags are the command-line flags of the settings, for the command line's parser to fill. A flag left empty was not
// given.
type Flags struct {
	Config        string `placeholder:"FILE" help:"Configuration file: lines of key = value."`
	DataDir       string `placeholder:"DIR" help:"Folder for the database and what else the node keeps."`
	Database      string `placeholder:"DSN" help:"sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME."`
	Listen        string `placeholder:"HOST:PORT" help:"Address the API listens on."`
	LogFormat     string `placeholder:"FORMAT" help:"text for people, json for programs."`
	LogLevel      string `placeholder:"LEVEL" help:"debug, info, warn or error."`
	PriceBooks    string `placeholder:"DIR" help:"Folder with your own price books."`
	CloseInterval string `placeholder:"DURATION" help:"How often due day closes are looked for."`
	Node          string `placeholder:"NAME" help:"This node's name in logs and leases."`
	TLSCert       string `name:"tls-cert" placeholder:"FILE" help:"Certificate (PEM) to speak HTTPS with; read anew when it changes."`
	TLSKey        string `name:"tls-key" placeholder:"FILE" help:"Its key (PEM)."`
	ACMEHosts     string `name:"acme-hosts" placeholder:"NAMES" help:"Ask Let's Encrypt for certificates of these names instead; the node must be reached on port 443."`
	ACMEEmail     string `name:"acme-email" placeholder:"ADDRESS" help:"Where Let's Encrypt writes to when something is wrong."`
	Proxies       string `name:"trusted-proxies" placeholder:"NETWORKS" help:"Proxies whose word about a client is believed: 127.0.0.1, 10.0.0.0/8."`
	PublicURL     string `name:"public-url" placeholder:"URL" help:"The address people open: https://cabinet.example.com."`
	KeyFile       string `placeholder:"FILE" help:"Keys that seal secrets in the database; made where there are none. Keep a copy."`
	SMTP          string `name:"smtp" placeholder:"URL" help:"Mail server: smtp://USER:PASSWORD@HOST:PORT, or smtps://."`
	MailFrom      string `placeholder:"ADDRESS" help:"Whom mails come from."`
	SignUp        string `placeholder:"WHO" help:"open lets strangers make an account and a project; closed by default."`
	SIPUDP        string `name:"sip-udp" placeholder:"ADDRESS:PORT" help:"Take SIP over UDP here: 0.0.0.0:5060. Without a SIP address there are no calls."`
	SIPTCP        string `name:"sip-tcp" placeholder:"ADDRESS:PORT" help:"Take SIP over TCP here."`
	SIPTLS        string `name:"sip-tls" placeholder:"ADDRESS:PORT" help:"Take SIP over TLS here, with the certificate of HTTPS: 0.0.0.0:5061."`
	SIPPublic     string `name:"sip-public" placeholder:"ADDRESS" help:"Address at which phones and carriers reach this node; needed where SIP listens on all."`
	RTPPorts      string `name:"rtp-ports" placeholder:"FIRST-LAST" help:"UDP ports of audio: 10000-20000."`
	WebRTC        string `name:"webrtc-udp" placeholder:"ADDRESS:PORT" help:"The one UDP port of all audio with browsers; any free one if not given."`
	CallDrain     string `placeholder:"DURATION" help:"How long running calls may go on once the node is told to stop; 0s hangs up."`
	Geo           string `name:"geo" placeholder:"FILE" help:"Where addresses of visitors are: a City file in MaxMind's format (MMDB); without it, by time zone."`
	Programs      string `name:"programs" placeholder:"FILE" help:"Names of programs whose visits are no visits of people, one a line, besides those that are shipped."`
	HookNetworks  string `name:"webhook-networks" placeholder:"NETWORKS" help:"Private networks that customers' webhooks may reach, with commas: 10.1.0.0/16. None if not given."`
	VisitDays     string `name:"visit-days" placeholder:"DAYS" help:"How long visits of customers' sites are kept; 0 for ever. Their sums stay."`
	NumberRest    string `name:"number-quarantine-days" placeholder:"DAYS" help:"How long a released number rests before others may rent it."`
}

// Sources turns the flags into what Load reads; environ is as os.Environ returns it.
func (f Flags) Sources(environ []string) Sources {
	given := map[string]string{}
	for name, value := range map[string]string{
		"data_dir": f.DataDir, "database": f.Database, "listen": f.Listen, "log_format": f.LogFormat, "log_level": f.LogLevel,
		"price_books": f.PriceBooks, "close_interval": f.CloseInterval, "node": f.Node,
		"number_quarantine_days": f.NumberRest, "tls_cert": f.TLSCert, "tls_key": f.TLSKey, "acme_hosts": f.ACMEHosts, "acme_email": f.ACMEEmail,
		"trusted_proxies": f.Proxies, "public_url": f.PublicURL, "key_file": f.KeyFile, "smtp": f.SMTP, "mail_from": f.MailFrom, "sign_up": f.SignUp,
		"sip_udp": f.SIPUDP, "sip_tcp": f.SIPTCP, "sip_tls": f.SIPTLS, "sip_public": f.SIPPublic, "rtp_ports": f.RTPPorts, "webrtc_udp": f.WebRTC,
		"call_drain": f.CallDrain, "geo": f.Geo, "programs": f.Programs, "visit_days": f.VisitDays,
		"webhook_networks": f.HookNetworks,
	} {
		if value != "" {
			given[name] = value
		}
	}
	return Sources{Flags: given, Environ: environ, File: f.Config}
}
