package sdp

import (
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"

	"bellwether/internal/errs"
)

// What a description may have. A browser's with video, ten codecs and a dozen candidates has about 8 kB and 200 lines.
const (
	MaxBytes  = 32 << 10
	maxLines  = 600
	maxMedia  = 16
	maxCodecs = 64
	maxCrypto = 16
)

func malformed(line int, format string, args ...any) error {
	return errs.New(errs.Invalid, "sdp.malformed", format, args...).At("session description, line " + strconv.Itoa(line))
}

// Parse reads a description. Attributes it does not know are left out; lines it needs and cannot read are errors.
// Errors: sdp.too_large, sdp.malformed.
func Parse(text []byte) (*Session, error) {
	if len(text) > MaxBytes {
		return nil, errs.New(errs.Invalid, "sdp.too_large", "a session description of %d bytes", len(text)).Try("at most 32 kB are read")
	}
	p := parser{session: &Session{}}
	for rest := string(text); rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		p.line++
		if p.line > maxLines {
			return nil, errs.New(errs.Invalid, "sdp.too_large", "a session description of more than %d lines", maxLines)
		}
		if err := p.read(strings.TrimSuffix(line, "\r")); err != nil {
			return nil, err
		}
	}
	if !p.version {
		return nil, malformed(1, "no v=0")
	}
	p.finish()
	return p.session, nil
}

type parser struct {
	session   *Session
	line      int
	version   bool
	addr      netip.Addr
	direction Direction
	current   *Media
}

func (p *parser) read(line string) error {
	if line == "" {
		return nil
	}
	if len(line) < 2 || line[1] != '=' {
		return malformed(p.line, "not a letter, = and a value")
	}
	value := line[2:]
	if !p.version && line != "v=0" {
		return malformed(p.line, "a description starts with v=0")
	}
	switch line[0] {
	case 'v':
		p.version = true
	case 'o':
		return p.origin(value)
	case 'c':
		return p.connection(value)
	case 'm':
		return p.media(value)
	case 'a':
		return p.attribute(value)
	}
	return nil
}

func (p *parser) origin(value string) error {
	fields := strings.Fields(value)
	if len(fields) != 6 {
		return malformed(p.line, "o= has %d fields, not 6", len(fields))
	}
	// Identifiers are opaque here: some phones write more than 64 bits.
	p.session.ID, _ = strconv.ParseUint(fields[1], 10, 64)
	p.session.Version, _ = strconv.ParseUint(fields[2], 10, 64)
	p.session.Origin = address(fields[5])
	return nil
}

// address reads an address without a zone; names and rubbish are the zero Addr.
func address(text string) netip.Addr {
	text, _, _ = strings.Cut(text, "/")
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}
	}
	return addr.Unmap()
}

func (p *parser) connection(value string) error {
	fields := strings.Fields(value)
	if len(fields) != 3 || fields[0] != "IN" {
		return malformed(p.line, "c= is not a network, a type and an address")
	}
	addr := address(fields[2])
	if p.current != nil {
		p.current.Addr = addr
	} else {
		p.addr = addr
	}
	return nil
}

func (p *parser) media(value string) error {
	if len(p.session.Media) == maxMedia {
		return errs.New(errs.Invalid, "sdp.too_large", "more than %d media", maxMedia)
	}
	fields := strings.Fields(value)
	if len(fields) < 4 || len(fields) > 3+maxCodecs {
		return malformed(p.line, "m= with %d fields", len(fields))
	}
	port, _, _ := strings.Cut(fields[1], "/")
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return malformed(p.line, "%q is no port", port)
	}
	p.session.Media = append(p.session.Media, Media{
		Kind: strings.ToLower(fields[0]), Port: uint16(number), Proto: fields[2], Formats: fields[3:],
		Addr: p.addr, Direction: p.direction,
	})
	p.current = &p.session.Media[len(p.session.Media)-1]
	for _, format := range fields[3:] {
		p.format(format)
	}
	return nil
}

// format notes a payload type and, for those of RFC 3551 that need no rtpmap, its name.
func (p *parser) format(text string) {
	pt, err := strconv.ParseUint(text, 10, 7)
	if err != nil {
		return // an application's format
	}
	codec := Codec{PT: uint8(pt)}
	switch pt {
	case 0:
		codec.Name, codec.Rate = PCMU, 8000
	case 8:
		codec.Name, codec.Rate = PCMA, 8000
	}
	p.current.Codecs = append(p.current.Codecs, codec)
}

func (p *parser) attribute(value string) error {
	name, value, _ := strings.Cut(value, ":")
	for d, text := range directionNames {
		if name == text {
			p.setDirection(Direction(d))
			return nil
		}
	}
	switch name {
	case "ice-ufrag", "ice-lite":
		p.session.ICE = true
	case "fingerprint":
		p.session.Fingerprint = true
	}
	if p.current == nil {
		return nil
	}
	switch name {
	case "rtpmap":
		return p.rtpmap(value)
	case "fmtp":
		p.fmtp(value)
	case "ptime":
		p.ptime(value)
	case "rtcp":
		return p.rtcp(value)
	case "rtcp-mux":
		p.current.Mux = true
	case "crypto":
		return p.crypto(value)
	}
	return nil
}

func (p *parser) setDirection(d Direction) {
	if p.current != nil {
		p.current.Direction = d
	} else {
		p.direction = d
	}
}

// codec finds the codec that a line "PT rest" is about; nil where the m= line has none of that number.
func (p *parser) codec(value string) (*Codec, string) {
	number, rest, _ := strings.Cut(value, " ")
	pt, err := strconv.ParseUint(number, 10, 7)
	if err != nil {
		return nil, ""
	}
	for i := range p.current.Codecs {
		if p.current.Codecs[i].PT == uint8(pt) {
			return &p.current.Codecs[i], strings.TrimSpace(rest)
		}
	}
	return nil, ""
}

func (p *parser) rtpmap(value string) error {
	codec, rest := p.codec(value)
	if codec == nil {
		return nil // of a format that is not offered: harmless, and seen in the wild
	}
	name, rest, ok := strings.Cut(rest, "/")
	rate, channels, _ := strings.Cut(rest, "/")
	hertz, err := strconv.Atoi(rate)
	if !ok || name == "" || err != nil || hertz <= 0 {
		return malformed(p.line, "rtpmap is not a number, a name and a rate")
	}
	if channels != "" && channels != "1" {
		name += "/" + channels // two channels are another codec
	}
	codec.Name, codec.Rate = name, hertz
	return nil
}

func (p *parser) fmtp(value string) {
	if codec, rest := p.codec(value); codec != nil {
		codec.Fmtp = rest
	}
}

func (p *parser) ptime(value string) {
	if ms, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && ms >= 1 && ms <= 200 {
		p.current.Ptime = int(ms) // 20.0 is written by some
	}
}

// rtcp reads RFC 3605: a port, and an address where it is another.
func (p *parser) rtcp(value string) error {
	fields := strings.Fields(value)
	if len(fields) == 0 {
		return malformed(p.line, "rtcp without a port")
	}
	port, err := strconv.ParseUint(fields[0], 10, 16)
	if err != nil {
		return malformed(p.line, "%q is no port", fields[0])
	}
	var addr netip.Addr
	if len(fields) == 4 {
		addr = address(fields[3])
	}
	p.current.RTCP = netip.AddrPortFrom(addr, uint16(port))
	return nil
}

// crypto reads RFC 4568. Suites we do not speak, keys by MKI and session parameters are left out: there may be a better one.
func (p *parser) crypto(value string) error {
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return malformed(p.line, "crypto is not a tag, a suite and a key")
	}
	tag, err := strconv.Atoi(fields[0])
	if err != nil || tag < 0 || tag > 999999999 {
		return malformed(p.line, "%q is no tag", fields[0])
	}
	key, inline := strings.CutPrefix(fields[2], "inline:")
	key, parameters, _ := strings.Cut(key, "|")
	if !inline || !knownSuite(fields[1]) || strings.Contains(parameters, ":") || len(fields) > 3 {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != KeyBytes {
		return malformed(p.line, "a key of %s has %d bytes in base64", fields[1], KeyBytes)
	}
	if len(p.current.Crypto) < maxCrypto {
		p.current.Crypto = append(p.current.Crypto, Crypto{Tag: tag, Suite: fields[1], Key: raw})
	}
	return nil
}

// finish fills in what a later line may have changed.
func (p *parser) finish() {
	for i := range p.session.Media {
		m := &p.session.Media[i]
		if !m.Addr.IsValid() {
			m.Addr = p.addr
		}
		if m.Addr.IsValid() && m.Addr.IsUnspecified() && !p.session.ICE { // the hold of RFC 2543; with ICE, an address to come
			m.Direction = m.Direction.Within(RecvOnly)
		}
	}
}
