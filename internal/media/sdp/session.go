package sdp

import (
	"net/netip"
	"strings"
)

// Direction says which way the audio of a stream flows, from the side that states it (RFC 8866 section 6.7).
type Direction uint8

const (
	// SendRecv is the default: both ways.
	SendRecv Direction = iota
	// SendOnly is what a side says that holds the other, with music.
	SendOnly
	// RecvOnly is the answer to it.
	RecvOnly
	// Inactive is a hold in silence.
	Inactive
)

var directionNames = [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}

func (d Direction) String() string { return directionNames[d] }

// Sends tells whether the side that states d sends.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives tells whether the side that states d receives.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Reversed is d as the other side sees it.
func (d Direction) Reversed() Direction { return direction(d.Receives(), d.Sends()) }

// Within is what is left of d where the other side states other: the answer's direction (RFC 3264 section 6.1).
func (d Direction) Within(other Direction) Direction {
	return direction(d.Sends() && other.Receives(), d.Receives() && other.Sends())
}

func direction(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	default:
		return Inactive
	}
}

// Names of what we speak, as rtpmap lines write them.
const (
	PCMU           = "PCMU"
	PCMA           = "PCMA"
	TelephoneEvent = "telephone-event"
)

// Codec is one format of a media line.
type Codec struct {
	PT   uint8  // payload type, 0 to 127
	Name string // encoding name, in the case it came in
	Rate int    // clock rate in Hz
	Fmtp string // format parameters, "" for none
}

// Is compares names as RFC 8866 wants it, without case, at the 8 kHz that all of ours have.
func (c Codec) Is(name string) bool { return c.Rate == 8000 && strings.EqualFold(c.Name, name) }

// Crypto is one key of RFC 4568: suite and master key with salt.
type Crypto struct {
	Tag   int
	Suite string
	Key   []byte // 16 bytes of key and 14 of salt
}

// Media is one m= line with what belongs to it.
type Media struct {
	Kind      string // audio, video...
	Port      uint16 // 0: refused
	Proto     string // RTP/AVP, RTP/SAVP, UDP/TLS/RTP/SAVPF...
	Addr      netip.Addr
	Formats   []string // as they stand in the line
	Codecs    []Codec
	Ptime     int // milliseconds, 0 where unsaid
	Direction Direction
	RTCP      netip.AddrPort // RFC 3605; zero where unsaid
	Mux       bool           // RFC 5761
	Crypto    []Crypto
}

// Session is a description. Addr of its media is already the session's where a line has none of its own; an address that
// is a name, or none, is the zero Addr: we look no names up for strangers.
type Session struct {
	ID, Version uint64
	Origin      netip.Addr
	Media       []Media
	ICE         bool // somebody who speaks ICE: a browser
	Fingerprint bool // somebody who speaks DTLS-SRTP
}

// Audio is the first audio line that is not refused, or nil.
func (s *Session) Audio() *Media {
	for i := range s.Media {
		if s.Media[i].Kind == "audio" && s.Media[i].Port != 0 {
			return &s.Media[i]
		}
	}
	return nil
}

// WebRTC tells whether the description is a browser's: keys by DTLS, addresses by ICE.
func (s *Session) WebRTC() bool {
	audio := s.Audio()
	return s.ICE && s.Fingerprint && audio != nil && strings.HasPrefix(audio.Proto, "UDP/TLS/")
}

// Find is the media's codec of that name, or false.
func (m *Media) Find(name string) (Codec, bool) {
	for _, codec := range m.Codecs {
		if codec.Is(name) {
			return codec, true
		}
	}
	return Codec{}, false
}
