package wire

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// The types of messages are sipgo's, under names of ours, so that one package imports it.
type (
	Message  = sip.Message
	Request  = sip.Request
	Response = sip.Response
	URI      = sip.Uri
	Method   = sip.RequestMethod
	Header   = sip.Header
	Params   = sip.HeaderParams
	Contact  = sip.ContactHeader
	From     = sip.FromHeader
	To       = sip.ToHeader
	CSeq     = sip.CSeqHeader
	CallID   = sip.CallIDHeader
	Via      = sip.ViaHeader
	Route    = sip.RouteHeader
)

// Methods that this program knows.
const (
	INVITE    = sip.INVITE
	ACK       = sip.ACK
	CANCEL    = sip.CANCEL
	BYE       = sip.BYE
	REGISTER  = sip.REGISTER
	OPTIONS   = sip.OPTIONS
	SUBSCRIBE = sip.SUBSCRIBE
	NOTIFY    = sip.NOTIFY
	REFER     = sip.REFER
	INFO      = sip.INFO
	MESSAGE   = sip.MESSAGE
	PRACK     = sip.PRACK
	UPDATE    = sip.UPDATE
	PUBLISH   = sip.PUBLISH
)

// Token makes a random token for tags, branches and Call-IDs: 96 bits, so that it cannot be guessed from another.
func Token() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// NewHeader makes a header. A value of more than one line loses what follows the first: nothing that came from outside
// can add a header.
func NewHeader(name, value string) Header {
	if at := strings.IndexAny(value, "\r\n\x00"); at >= 0 {
		value = value[:at]
	}
	return sip.NewHeader(name, value)
}

// NewRequest makes a request without headers.
func NewRequest(method Method, target URI) *Request { return sip.NewRequest(method, target) }

// ParseURI reads a URI and refuses one that could not stand in a request line.
func ParseURI(text string) (URI, error) {
	var uri URI
	if strings.ContainsAny(text, "\r\n\t \x00<>\"") {
		return uri, errBadURI
	}
	if err := sip.ParseUri(text, &uri); err != nil {
		return uri, err
	}
	lowerKeys(uri.UriParams)
	if !saneURI(&uri) {
		return uri, errBadURI
	}
	return uri, nil
}

// ParseAddress reads a name-addr or addr-spec (RFC 3261 section 20.10): the display name, the URI, the parameters.
func ParseAddress(text string) (name string, uri URI, params Params, err error) {
	name, err = sip.ParseAddressValue(squeeze(text), &uri, &params)
	lowerKeys(params)
	lowerKeys(uri.UriParams)
	return name, uri, params, err
}

// Value gives the value of the first header of that name, or "".
func Value(m Message, name string) string {
	for _, h := range headersOf(m) {
		if strings.EqualFold(h.Name(), name) {
			return h.Value()
		}
	}
	return ""
}

// Values gives the values of all headers of that name, a header with commas as several.
func Values(m Message, name string) []string {
	var all []string
	for _, h := range headersOf(m) {
		if strings.EqualFold(h.Name(), name) {
			all = append(all, splitList(h.Value())...)
		}
	}
	return all
}

// Has tells whether one of the values of a header is the token, in any case.
func Has(m Message, name, token string) bool {
	for _, v := range Values(m, name) {
		if strings.EqualFold(v, token) {
			return true
		}
	}
	return false
}

// Tag is the tag of From or To parameters, or "".
func Tag(p Params) string {
	v, _ := p.Get("tag")
	return v
}

// Seconds reads a header that is a number of seconds, perhaps with parameters behind it.
func Seconds(value string) (int, bool) {
	value, _, _ = strings.Cut(value, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	return int(n), err == nil
}

// Param is the value of a parameter of a generic header's value ("1800;refresher=uac"), and whether it is there.
func Param(value, name string) (string, bool) {
	parts := splitOutside(value, ';')
	for _, part := range parts[1:] {
		k, v, _ := strings.Cut(part, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.Trim(strings.TrimSpace(v), `"`), true
		}
	}
	return "", false
}

func headersOf(m Message) []Header {
	switch m := m.(type) {
	case *Request:
		return m.Headers()
	case *Response:
		return m.Headers()
	}
	return nil
}
