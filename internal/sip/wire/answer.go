package wire

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// reasons are the phrases of codes (RFC 3261 section 21 and the extensions used).
var reasons = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
	200: "OK", 202: "Accepted", 300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily",
	400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout", 410: "Gone", 413: "Request Entity Too Large",
	414: "Request-URI Too Long", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required",
	422: "Session Interval Too Small", 423: "Interval Too Brief", 439: "First Hop Lacks Outbound Support", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here",
	487: "Request Terminated", 488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending", 500: "Server Internal Error",
	501: "Not Implemented", 503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
	600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted",
}

// Reason is the phrase of a code.
func Reason(code int) string {
	if phrase := reasons[code]; phrase != "" {
		return phrase
	}
	return "Unknown"
}

// Answer makes the response to a request (RFC 3261 section 8.2.6). The tag goes into To where the request has none.
func Answer(r *Request, code int, tag string) *Response {
	res := sip.NewResponse(code, Reason(code))
	for _, h := range r.Headers() {
		switch h := h.(type) {
		case *sip.ViaHeader:
			res.AppendHeader(h.Clone())
		case *sip.RecordRouteHeader:
			if code > 100 && code < 300 {
				res.AppendHeader(h.Clone())
			}
		}
	}
	res.AppendHeader(sip.HeaderClone(r.From()))
	to := *r.To()
	to.Params = to.Params.Clone()
	if tag != "" && !to.Params.Has("tag") {
		to.Params.Add("tag", tag)
	}
	res.AppendHeader(&to)
	res.AppendHeader(sip.HeaderClone(r.CallID()))
	res.AppendHeader(sip.HeaderClone(r.CSeq()))
	if stamp := r.GetHeader("Timestamp"); stamp != nil && code == 100 {
		res.AppendHeader(sip.HeaderClone(stamp))
	}
	return res
}

// refusal makes the answer to a request that could not be read, from the lines it came in. It is nil where there is nothing
// to hold on to: an ACK, a response, a request without Via.
func (t *text) refusal(fault *Fault, from Flow) []byte {
	method, _, _ := strings.Cut(strings.TrimSpace(t.start), " ")
	if strings.HasPrefix(t.start, "SIP/") || method == "ACK" || len(t.all("Via")) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString("SIP/2.0 " + strconv.Itoa(fault.Code) + " " + Reason(fault.Code) + "\r\n")
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for i, value := range t.all(name) {
			if i > 0 && name != "Via" {
				break
			}
			b.WriteString(name + ": " + t.mended(name, i, value, from) + "\r\n")
		}
	}
	if fault.Code == 420 {
		b.WriteString("Unsupported: " + strings.Join(t.unsupported(), ", ") + "\r\n")
	}
	b.WriteString("Warning: 399 bellwether \"" + fault.Why + "\"\r\nContent-Length: 0\r\n\r\n")
	return []byte(b.String())
}

// mended gives To a tag and the first Via the address it came from.
func (t *text) mended(name string, i int, value string, from Flow) string {
	switch {
	case name == "To" && !strings.Contains(strings.ToLower(value), "tag"):
		return value + ";tag=" + Token()
	case name == "Via" && i == 0 && !strings.Contains(value, ","):
		return value + ";received=" + from.Remote.Addr().String()
	}
	return value
}

func (t *text) unsupported() []string {
	var options []string
	for _, value := range t.all("Require") {
		for _, option := range splitList(value) {
			if !Understood(option) {
				options = append(options, option)
			}
		}
	}
	for _, value := range t.all("Proxy-Require") {
		options = append(options, splitList(value)...)
	}
	return options
}
