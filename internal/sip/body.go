package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"bellwether/internal/sip/wire"
)

const (
	mostParts  = 16 // of a body; what comes behind is not looked at
	mostNested = 3  // bodies within bodies
)

// sdpOf is the description of media in a message, its whole body or a part of it (RFC 5621); nil where there is none.
func sdpOf(m wire.Message) []byte {
	sdp, _ := readBody(m)
	return sdp
}

// fits tells whether a body is one that we can act on: it has a description of media, and no other part that has to be understood.
func fits(m wire.Message) bool {
	_, ok := readBody(m)
	return ok
}

// readBody finds the description. A body without a type is taken for one, as phones leave it out.
func readBody(m wire.Message) (sdp []byte, ok bool) {
	body := m.Body()
	kind, _ := mediaType(m)
	switch {
	case len(body) == 0:
		return nil, true
	case kind == sdpType || kind == "":
		return body, true
	case !strings.HasPrefix(kind, "multipart/"):
		return nil, false
	}
	sdp, ok = readParts(wire.Value(m, "Content-Type"), body, mostNested)
	return sdp, ok && sdp != nil
}

const (
	sdpType  = "application/sdp"
	accepted = sdpType + ", multipart/mixed, multipart/alternative" // the bodies of calls that we take
)

// readParts finds the description among the parts of a body. Of alternatives the last is meant that is understood (RFC 2046 section
// 5.1.4), of other parts the first. Parts that we do not know are left out, unless they say that they must not be (RFC 5621 section 5).
func readParts(contentType string, body []byte, nested int) (sdp []byte, ok bool) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" || nested == 0 {
		return nil, false
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range mostParts {
		part, err := parts.NextRawPart()
		if err != nil {
			break
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, false
		}
		found, understood := readPart(part.Header.Get("Content-Type"), part.Header.Get("Content-Disposition"), text, nested-1)
		switch {
		case !understood && kind != "multipart/alternative":
			return nil, false
		case found != nil && (sdp == nil || kind == "multipart/alternative"):
			sdp = found
		}
	}
	return sdp, true
}

// readPart reads one part. A description for early media or the like (RFC 3959) is none of the call's.
func readPart(contentType, disposition string, text []byte, nested int) (sdp []byte, understood bool) {
	use, how, _ := mime.ParseMediaType(disposition)
	kind, _, _ := mime.ParseMediaType(contentType)
	switch {
	case kind == sdpType && (use == "" || use == "session"):
		return append(bytes.TrimRight(text, "\r\n"), "\r\n"...), true // the last line end is the boundary's, and may be missing
	case strings.HasPrefix(kind, "multipart/"):
		if sdp, ok := readParts(contentType, text, nested); ok {
			return sdp, true
		}
	}
	return nil, !strings.EqualFold(how["handling"], "required")
}
