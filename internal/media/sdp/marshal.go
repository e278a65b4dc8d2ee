package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Marshal writes the description as we would send it: what Session and Media hold, in the order of RFC 8866.
func (s *Session) Marshal() []byte {
	var b strings.Builder
	origin := s.Origin
	if !origin.IsValid() {
		origin = netip.IPv4Unspecified()
	}
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN %s\r\ns=-\r\nc=IN %s\r\nt=0 0\r\n", s.ID, s.Version, typed(origin), typed(origin))
	for i := range s.Media {
		s.Media[i].marshal(&b, origin)
	}
	return []byte(b.String())
}

func typed(addr netip.Addr) string {
	if addr.Is4() {
		return "IP4 " + addr.String()
	}
	return "IP6 " + addr.String()
}

func (m *Media) marshal(b *strings.Builder, origin netip.Addr) {
	fmt.Fprintf(b, "m=%s %d %s %s\r\n", m.Kind, m.Port, m.Proto, strings.Join(m.Formats, " "))
	if m.Port == 0 {
		return // refused: the line alone
	}
	if m.Addr.IsValid() && m.Addr != origin {
		fmt.Fprintf(b, "c=IN %s\r\n", typed(m.Addr))
	}
	for _, codec := range m.Codecs {
		codec.marshal(b)
	}
	if m.Ptime > 0 {
		b.WriteString("a=ptime:" + strconv.Itoa(m.Ptime) + "\r\n")
	}
	if m.RTCP.Port() != 0 {
		b.WriteString("a=rtcp:" + strconv.Itoa(int(m.RTCP.Port())) + "\r\n")
	}
	if m.Mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	for _, key := range m.Crypto {
		b.WriteString("a=" + key.line() + "\r\n")
	}
	b.WriteString("a=" + m.Direction.String() + "\r\n")
}

func (c Codec) marshal(b *strings.Builder) {
	if c.Name == "" {
		return
	}
	fmt.Fprintf(b, "a=rtpmap:%d %s/%d\r\n", c.PT, c.Name, c.Rate)
	if c.Fmtp != "" {
		fmt.Fprintf(b, "a=fmtp:%d %s\r\n", c.PT, c.Fmtp)
	}
}
