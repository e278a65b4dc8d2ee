package wire

import (
	"bytes"
	"strings"
)

// Fault says why a message goes no further than the sanity stage.
type Fault struct {
	Code int    // what a request is answered with; 0: it is dropped
	Why  string // a label for the counters, in few words
}

func drop(why string) *Fault { return &Fault{0, why} }

func bad(why string) *Fault { return &Fault{400, why} }

// field is one header as it came, unfolded, its name in the full form.
type field struct{ name, value string }

// text is a message cut into its parts, before any of them is understood.
type text struct {
	start  string
	fields []field
	body   []byte
}

// Bounds of a message. A real INVITE has 30 headers and 2 kB.
const (
	maxHeaders = 200
	maxVias    = 70
	maxLine    = 8192
	maxURI     = 2048
	// MaxMessage is the largest message read, in bytes.
	MaxMessage = 65535
)

// fullNames are the headers we look at, by their lower-case and their compact names (RFC 3261 section 7.3.3 and others).
var fullNames = func() map[string]string {
	names := map[string]string{
		"i": "Call-ID", "m": "Contact", "e": "Content-Encoding", "l": "Content-Length", "c": "Content-Type", "f": "From",
		"s": "Subject", "k": "Supported", "t": "To", "v": "Via", "r": "Refer-To", "b": "Referred-By", "o": "Event",
		"u": "Allow-Events", "x": "Session-Expires", "y": "Identity",
	}
	for _, full := range []string{
		"Accept", "Allow", "Authorization", "CSeq", "Expires", "Max-Forwards", "Min-Expires", "Min-SE", "P-Asserted-Identity", "Path",
		"Privacy", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Require", "RAck", "RSeq", "Reason", "Record-Route", "Replaces", "Require",
		"Retry-After", "Route", "Server", "Subscription-State", "Unsupported", "User-Agent", "WWW-Authenticate", "Diversion",
	} {
		names[strings.ToLower(full)] = full
	}
	for _, full := range names {
		names[strings.ToLower(full)] = full
	}
	return names
}()

// cut divides a message into start line, headers and body, unfolding headers that go on over lines.
func cut(data []byte) (*text, *Fault) {
	data = bytes.TrimLeft(data, "\r\n")
	before, body, found := bytes.Cut(data, []byte("\r\n\r\n"))
	if !found && !bytes.HasSuffix(data, []byte("\r\n")) { // some leave the blank line out where there is no body
		return nil, drop("unfinished")
	}
	t := &text{body: body}
	head := string(bytes.TrimSuffix(before, []byte("\r\n")))
	var line string
	line, head, _ = strings.Cut(head, "\r\n")
	t.start = line
	if !plain(line) || len(line) > maxLine {
		return nil, drop("not SIP")
	}
	var fault *Fault
	for head != "" {
		line, head, _ = strings.Cut(head, "\r\n")
		for head != "" && (head[0] == ' ' || head[0] == '\t') {
			var more string
			more, head, _ = strings.Cut(head, "\r\n")
			line = strings.TrimRight(line, " \t") + " " + strings.TrimLeft(more, " \t")
		}
		if f := t.add(line); f != nil && fault == nil {
			fault = f // the rest is still read: an answer needs Via, To and the like
		}
	}
	return t, fault
}

func (t *text) add(line string) *Fault {
	name, value, found := strings.Cut(line, ":")
	name = strings.TrimRight(name, " \t")
	if !found || !token(name) {
		return bad("header without a name")
	}
	if len(line) > maxLine {
		return bad("header too long")
	}
	if len(t.fields) >= maxHeaders {
		return bad("too many headers")
	}
	if full := fullNames[strings.ToLower(name)]; full != "" {
		name = full
	}
	value = strings.Trim(value, " \t")
	if !plainOutsideQuotes(value) {
		return bad("control characters")
	}
	t.fields = append(t.fields, field{name, value})
	return nil
}

// all gives the values of a header; lists are not divided.
func (t *text) all(name string) []string {
	var values []string
	for _, f := range t.fields {
		if f.name == name {
			values = append(values, f.value)
		}
	}
	return values
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// plainOutsideQuotes: quoted strings may hold escaped control characters (RFC 4475 section 3.1.1.2), nothing else may.
func plainOutsideQuotes(s string) bool {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n' || c == '\r':
			return false
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c < ' ' && c != '\t' || c == 0x7f):
			return false
		}
	}
	return true
}

// token tells whether s is a token of RFC 3261 section 25.1.
func token(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-.!%*_+`'~", c) >= 0 {
			continue
		}
		return false
	}
	return s != ""
}
