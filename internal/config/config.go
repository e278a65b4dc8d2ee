package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"text/tabwriter"
	"time"
)

// Config is the settings in force, checked. Make one with Load.
type Config struct {
	DataDir       string         // folder for the database and what else the node keeps
	Database      string         // "sqlite:PATH" or "postgres://USER:PASSWORD@HOST/NAME"
	Listen        string         // HOST:PORT of the API
	LogFormat     string         // FormatText or FormatJSON
	LogLevel      slog.Level     // messages below it are dropped
	PriceBooks    string         // folder with the operator's own price books; empty for the shipped ones only
	CloseInterval time.Duration  // how often due day closes are looked for
	Node          string         // this node's name in logs and leases
	NumberRest    time.Duration  // how long a released number stays in quarantine
	KeepVisits    time.Duration  // how long visits are kept; 0 without limit
	Geo           string         // file that knows where addresses are; empty for none
	Programs      string         // file of names of programs, besides those that are shipped; empty for none
	HookNetworks  []netip.Prefix // private networks that webhooks may reach

	TLSCert, TLSKey string   // PEM files of the certificate and its key; empty for none. Both are read anew when they change
	ACMEHosts       []string // names that certificates are asked for by ACME; empty for none
	ACMEEmail       string   // where the authority writes to; may be empty
	TrustedProxies  string   // addresses and networks whose word about a client is believed
	PublicURL       string   // the origin people open, without a slash at its end
	KeyFile         string   // path of the keys that seal secrets; made at the first start
	SMTP            string   // "smtp://USER:PASSWORD@HOST:PORT"; empty: mails wait
	MailFrom        string   // whom mails come from
	SignUp          string   // SignUpClosed or SignUpOpen

	SIPUDP, SIPTCP, SIPTLS string        // ADDRESS:PORT that SIP listens on; empty: not by that transport
	SIPPublic              string        // the address at which phones and carriers reach this node
	RTPFirst, RTPLast      uint16        // ports of audio
	WebRTCUDP              string        // ADDRESS:PORT of all audio with browsers; empty: any free port
	CallDrain              time.Duration // how long running calls may go on once the node is told to stop

	sources map[string]source
}

// The log formats.
const (
	FormatText = "text"
	FormatJSON = "json"
)

// source is where a value came from, in words: "flag --listen", "BELLWETHER_LISTEN", "bellwether.conf:3", "default".
type source string

const fromDefault source = "default"

// Sources is what Load reads, the strongest first.
type Sources struct {
	Flags   map[string]string // by key; absent where the flag was not given
	Environ []string          // as os.Environ returns it
	File    string            // path; empty means the one BELLWETHER_CONFIG names, or none
}

type setting struct {
	value string
	from  source
}

// Load reads and checks the settings. Its error joins one *errs.Error per wrong key, each with the code
// "config.invalid", "config.unknown_key" or "config.unreadable".
func Load(from Sources) (Config, error) {
	environment := readEnvironment(from.Environ)
	path := from.File
	if path == "" {
		path = environment[fileVariable].value
	}
	file, err := readFile(path)
	if err != nil {
		return Config{}, err
	}
	c := Config{sources: map[string]source{}}
	var wrong []error
	for _, k := range allKeys {
		s := strongest(k, from.Flags, environment, file)
		if s.from == fromDefault {
			s.value = k.fallback(c)
		}
		c.sources[k.name] = s.from
		if err := k.set(&c, s.value); err != nil {
			wrong = append(wrong, invalid(k, s, err))
		}
	}
	if len(wrong) == 0 {
		wrong = append(wrong, c.missingHost())
	}
	return c, errors.Join(wrong...)
}

func strongest(k key, flags map[string]string, environment, file map[string]setting) setting {
	if value, ok := flags[k.name]; ok {
		return setting{value, source("flag " + k.flag())}
	}
	if s, ok := environment[k.variable()]; ok {
		return s
	}
	if s, ok := file[k.name]; ok {
		return s
	}
	return setting{from: fromDefault}
}

// Print writes the settings in force, one a line with its source, passwords masked.
func (c Config) Print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range allKeys {
		fmt.Fprintf(table, "%s\t= %s\t# %s\n", k.name, masked(k.get(c)), c.sources[k.name])
	}
	return table.Flush()
}
