package wire

import (
	"errors"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

var errBadURI = errors.New("not a SIP URI")

// parsers turn single values into sipgo's headers. Values come squeezed and lists divided, so its own lists are not used.
var parsers = sip.HeadersParser(sip.DefaultHeadersParser())

// Parse reads one message. A datagram or WebSocket message is whole; on a stream the caller has found its end. With a fault
// there is no message; the text is what an answer is made of, where there is one.
func Parse(data []byte) (Message, *text, *Fault) {
	if len(data) > MaxMessage {
		return nil, nil, drop("too large")
	}
	t, fault := cut(data)
	if t == nil {
		return nil, nil, fault
	}
	var m Message
	var late *Fault
	if rest, found := strings.CutPrefix(t.start, "SIP/"); found {
		m, late = parseStatus(rest)
	} else {
		m, late = parseRequestLine(t.start)
	}
	if late != nil && late.Code == 0 {
		return nil, nil, late
	}
	if fault == nil {
		fault = late
	}
	if fault == nil {
		fault = t.fill(m)
	}
	if fault == nil {
		fault = check(m)
	}
	if fault != nil {
		return nil, t, fault
	}
	return m, t, nil
}

func parseStatus(line string) (Message, *Fault) {
	version, rest, _ := strings.Cut(line, " ")
	digits, reason, found := strings.Cut(rest, " ")
	code, err := strconv.Atoi(digits)
	if version != "2.0" || !found || err != nil || len(digits) != 3 || code < 100 || code > 699 {
		return nil, drop("status line")
	}
	return sip.NewResponse(code, reason), nil
}

func parseRequestLine(line string) (Message, *Fault) {
	parts := strings.Split(line, " ")
	last := strings.TrimRight(line, " ")
	if !strings.Contains(last[strings.LastIndexByte(last, ' ')+1:], "SIP/") {
		return nil, drop("not SIP")
	}
	if len(parts) != 3 || !token(parts[0]) || len(parts[0]) > 64 {
		return nil, bad("request line")
	}
	if !strings.EqualFold(parts[2], "SIP/2.0") {
		return nil, &Fault{505, "version"}
	}
	if len(parts[1]) > maxURI {
		return nil, &Fault{414, "request URI too long"}
	}
	return parseTarget(Method(parts[0]), parts[1])
}

func parseTarget(method Method, target string) (Message, *Fault) {
	if strings.ContainsAny(target, "<>\"") {
		return nil, bad("request URI")
	}
	scheme, _, found := strings.Cut(target, ":")
	switch {
	case !found || scheme == "":
		return nil, bad("request URI")
	case strings.EqualFold(scheme, "tel"):
		var uri URI
		_ = sip.ParseUri(target, &uri)
		return sip.NewRequest(method, uri), nil
	case !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips"):
		return nil, &Fault{416, "URI scheme"}
	}
	uri, err := ParseURI(target)
	if err != nil || len(uri.Headers) > 0 || strings.Contains(target, "?") && !strings.Contains(uri.User, "?") {
		return nil, bad("request URI")
	}
	return sip.NewRequest(method, uri), nil
}

// single are headers of which a message has one.
var single = map[string]bool{
	"From": true, "To": true, "Call-ID": true, "CSeq": true, "Max-Forwards": true, "Content-Length": true, "Content-Type": true,
	"Expires": true, "RSeq": true, "RAck": true, "Session-Expires": true, "Min-SE": true, "Refer-To": true, "Replaces": true, "Event": true,
}

// listed are headers whose values sipgo reads one by one.
var listed = map[string]bool{"Via": true, "Contact": true, "Route": true, "Record-Route": true}

// addressed are headers that hold an address.
var addressed = map[string]bool{
	"From": true, "To": true, "Contact": true, "Route": true, "Record-Route": true, "Refer-To": true, "Referred-By": true,
	"P-Asserted-Identity": true, "Path": true, "Diversion": true,
}

// fill reads the headers into the message and checks the body's length.
func (t *text) fill(m Message) *Fault {
	seen := map[string]bool{}
	for _, f := range t.fields {
		if single[f.name] {
			if seen[f.name] {
				return bad("two " + f.name)
			}
			seen[f.name] = true
		}
		if fault := put(m, f); fault != nil {
			return fault
		}
	}
	return t.fillBody(m)
}

func put(m Message, f field) *Fault {
	if addressed[f.name] && !wellFormed(f.value) {
		return bad(f.name)
	}
	switch {
	case listed[f.name]:
		values := splitOutside(squeeze(f.value), ',')
		for _, value := range values {
			if fault := putOne(m, f.name, value); fault != nil {
				return fault
			}
		}
		return nil
	case f.name == "From" || f.name == "To":
		value := squeeze(f.value)
		if len(splitOutside(value, ',')) > 1 {
			return bad(f.name)
		}
		return putOne(m, f.name, value)
	case f.name == "CSeq" || f.name == "Call-ID" || f.name == "Max-Forwards" || f.name == "Content-Type":
		return putOne(m, f.name, squeeze(f.value))
	case f.name == "Content-Length":
		return nil // SetBody writes it
	}
	m.AppendHeader(sip.NewHeader(f.name, f.value))
	return nil
}

func putOne(m Message, name, value string) *Fault {
	parse := parsers[strings.ToLower(name)]
	h, err := parse([]byte(name), value)
	if err != nil || value == "" {
		return bad(name)
	}
	if !tidy(h, value) {
		return bad(name)
	}
	m.AppendHeader(h)
	return nil
}

// tidy puts parameters into lower case and tells whether the value is one that can be used.
func tidy(h Header, value string) bool {
	switch h := h.(type) {
	case *sip.ViaHeader:
		lowerKeys(h.Params)
		return saneVia(h) && portIsNumber(value)
	case *sip.FromHeader:
		lowerKeys(h.Params)
		return saneAddress(&h.Address)
	case *sip.ToHeader:
		lowerKeys(h.Params)
		return saneAddress(&h.Address)
	case *sip.ContactHeader:
		lowerKeys(h.Params)
		if h.Address.Wildcard {
			return value == "*"
		}
		return saneAddress(&h.Address) && (strings.Contains(value, "<") || !strings.Contains(value, "?"))
	case *sip.RouteHeader:
		return saneAddress(&h.Address)
	case *sip.RecordRouteHeader:
		return saneAddress(&h.Address)
	case *sip.MaxForwardsHeader:
		return *h <= 255
	}
	return true
}

// fillBody takes as much of the rest as Content-Length says: less than there is (RFC 3261 section 18.3 has the rest of a
// datagram thrown away), never more.
func (t *text) fillBody(m Message) *Fault {
	body := t.body
	if values := t.all("Content-Length"); len(values) > 0 {
		n, err := strconv.ParseUint(values[0], 10, 31)
		if err != nil || n > uint64(len(body)) {
			return bad("Content-Length")
		}
		body = body[:n]
	}
	if len(body) == 0 {
		body = nil
	}
	m.SetBody(body)
	return nil
}
