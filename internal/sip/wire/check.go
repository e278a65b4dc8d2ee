package wire

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// check tells what is wrong with a message whose headers are all readable.
func check(m Message) *Fault {
	switch {
	case m.Via() == nil:
		return bad("no Via")
	case m.From() == nil || m.To() == nil:
		return bad("no From or To")
	case m.CallID() == nil || len(*m.CallID()) > 256:
		return bad("Call-ID")
	case m.CSeq() == nil:
		return bad("no CSeq")
	}
	vias := 0
	for _, h := range headersOf(m) {
		if _, ok := h.(*sip.ViaHeader); ok {
			vias++
		}
	}
	if vias > maxVias {
		return &Fault{483, "too many Via"}
	}
	switch m := m.(type) {
	case *Request:
		return checkRequest(m)
	case *Response:
		if vias != 1 {
			return drop("response of another's")
		}
	}
	return nil
}

func checkRequest(r *Request) *Fault {
	if r.CSeq().MethodName != r.Method {
		return bad("CSeq of another method")
	}
	if branch, _ := r.Via().Params.Get("branch"); branch == sip.RFC3261BranchMagicCookie {
		return bad("empty branch")
	}
	if len(r.Body()) > 0 && r.ContentType() == nil && r.Method != BYE {
		return bad("body of no type")
	}
	if r.Method == ACK || r.Method == CANCEL {
		return nil
	}
	if len(Values(r, "Proxy-Require")) > 0 {
		return &Fault{420, "Proxy-Require"}
	}
	for _, option := range Values(r, "Require") {
		if !Understood(option) {
			return &Fault{420, "Require"}
		}
	}
	return nil
}

// understood are the extensions that a request may require of us.
var understood = []string{"100rel", "timer", "replaces", "path", "outbound", "norefersub", "tdialog"}

// Understood tells whether an extension named in Require is one we have.
func Understood(option string) bool {
	for _, known := range understood {
		if strings.EqualFold(option, known) {
			return true
		}
	}
	return false
}

func saneVia(v *sip.ViaHeader) bool {
	return strings.EqualFold(v.ProtocolName, "SIP") && v.ProtocolVersion == "2.0" && token(v.Transport) &&
		saneHost(v.Host) && v.Port >= 0 && v.Port <= 65535 && saneParams(v.Params)
}

// portIsNumber looks at the sent-by of a Via as it came: sipgo's parser takes a port it cannot read for none.
func portIsNumber(via string) bool {
	sentBy, _, _ := strings.Cut(via, ";")
	if at := strings.LastIndexByte(sentBy, ']'); at >= 0 {
		sentBy = sentBy[at:]
	}
	_, port, found := strings.Cut(sentBy, ":")
	_, err := strconv.ParseUint(port, 10, 16)
	return !found || err == nil
}

// saneAddress lets URIs of other schemes through: a From or To may have one, and is compared as text.
func saneAddress(uri *URI) bool {
	if uri.Scheme != "sip" && uri.Scheme != "sips" {
		return uri.Scheme != "" && plain(uri.Raw())
	}
	lowerKeys(uri.UriParams)
	return saneURI(uri)
}

// saneURI checks what sipgo's parser takes as it comes: the host, the port, characters of the user part.
func saneURI(uri *URI) bool {
	if uri.Scheme != "sip" && uri.Scheme != "sips" {
		return uri.Scheme == "tel"
	}
	if uri.HierarhicalSlashes || !saneHost(uri.Host) || uri.Port < 0 || uri.Port > 65535 {
		return false
	}
	return plain(uri.User) && !strings.ContainsAny(uri.User, " \t\"<>") && saneParams(uri.UriParams)
}

func saneParams(params Params) bool {
	for _, p := range params {
		if p.K == "" || strings.ContainsAny(p.K, " \t,\"") || strings.Contains(p.V, ",") {
			return false
		}
	}
	return true
}

// saneHost takes names, IPv4 addresses and IPv6 ones, these with or without brackets (RFC 5118 section 4.5).
func saneHost(host string) bool {
	if strings.HasPrefix(host, "[") || strings.Contains(host, ":") {
		addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
		return err == nil && addr.Is6()
	}
	if host == "" || len(host) > 255 {
		return false
	}
	for i := range len(host) {
		c := host[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			continue
		}
		return false
	}
	return true
}
