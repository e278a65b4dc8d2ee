package sdp

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/errs"
)

// Local is our side of a stream.
type Local struct {
	ID, Version uint64     // of the o= line; Version grows with every description that differs
	Addr        netip.Addr // where the other side is to send
	Port        uint16     // RTCP is at the next one, or here with Mux
	Codecs      []string   // PCMU, PCMA: what we speak, the dearer first
	Ptime       int        // milliseconds we like to get; 0 leaves it to the other side
	Direction   Direction
	Mux         bool     // offer RTCP on the same port; in an answer it is taken where offered
	Keys        []Crypto // offer SAVP; answer it where offered
	KeysOnly    bool     // refuse a stream without keys
}

// Agreement is what a stream runs on after offer and answer, from our side.
type Agreement struct {
	Remote    netip.AddrPort // where to send; the zero Addr where the other side gave a name
	RTCP      netip.AddrPort
	Mux       bool
	Send      Codec   // audio we send
	Receive   []Codec // audio that may come
	Events    bool    // telephone events both ways (RFC 4733)
	EventOut  uint8   // their payload types
	EventIn   uint8
	Ptime     int // milliseconds of a packet we send
	Direction Direction
	Secure    bool
	LocalKey  Crypto
	RemoteKey Crypto
}

// eventPT is the number we offer telephone events under, as nearly everybody does.
const eventPT = 101

func formats(codecs []Codec) []string {
	list := make([]string, len(codecs))
	for i, codec := range codecs {
		list[i] = strconv.Itoa(int(codec.PT))
	}
	return list
}

func staticPT(name string) uint8 {
	if name == PCMA {
		return 8
	}
	return 0
}

// offered are the codecs of our offers.
func (l Local) offered() []Codec {
	codecs := make([]Codec, 0, len(l.Codecs)+1)
	for _, name := range l.Codecs {
		codecs = append(codecs, Codec{PT: staticPT(name), Name: name, Rate: 8000})
	}
	return append(codecs, Codec{PT: eventPT, Name: TelephoneEvent, Rate: 8000, Fmtp: "0-15"})
}

func (l Local) describe(media ...Media) []byte {
	return (&Session{ID: l.ID, Version: l.Version, Origin: l.Addr, Media: media}).Marshal()
}

// Offer writes our offer.
func (l Local) Offer() []byte {
	m := Media{
		Kind: "audio", Port: l.Port, Proto: "RTP/AVP", Addr: l.Addr, Codecs: l.offered(), Ptime: l.Ptime,
		Direction: l.Direction, Mux: l.Mux, Crypto: l.Keys,
	}
	if !l.Mux {
		m.RTCP = netip.AddrPortFrom(netip.Addr{}, l.Port+1)
	}
	if len(l.Keys) > 0 {
		m.Proto = "RTP/SAVP"
	}
	m.Formats = formats(m.Codecs)
	return l.describe(m)
}

func unacceptable(format string, args ...any) error {
	return errs.New(errs.Invalid, "sdp.not_acceptable", format, args...).Try("offer audio by RTP with PCMU or PCMA")
}

// Answer answers an offer with the first audio stream of it that can be agreed on: some phones offer one with keys and one without.
// Errors: sdp.not_acceptable, which SIP says as 488.
func (l Local) Answer(offer *Session) ([]byte, Agreement, error) {
	theirs, agreed, err := l.choose(offer)
	if err != nil {
		return nil, Agreement{}, err
	}
	agreed.Direction = l.Direction.Within(theirs.Direction)
	agreed.EventIn = agreed.EventOut // an answer speaks the offer's numbers
	media := make([]Media, len(offer.Media))
	for i := range offer.Media {
		m := &offer.Media[i]
		media[i] = Media{Kind: m.Kind, Proto: m.Proto, Formats: m.Formats}
		if m == theirs {
			media[i] = l.answered(theirs, agreed)
		}
	}
	return l.describe(media...), agreed, nil
}

// answered is our line of an answer: the one codec we send, and events.
func (l Local) answered(theirs *Media, agreed Agreement) Media {
	m := Media{
		Kind: "audio", Port: l.Port, Proto: theirs.Proto, Addr: l.Addr, Codecs: []Codec{agreed.Send},
		Ptime: agreed.Ptime, Direction: agreed.Direction, Mux: agreed.Mux,
	}
	m.Codecs[0].Fmtp = ""
	if agreed.Events {
		m.Codecs = append(m.Codecs, Codec{PT: agreed.EventIn, Name: TelephoneEvent, Rate: 8000, Fmtp: "0-15"})
	}
	if agreed.Secure {
		m.Crypto = []Crypto{agreed.LocalKey}
	}
	m.Formats = formats(m.Codecs)
	return m
}

// Accept takes the answer to the offer of l. Errors: sdp.not_acceptable.
func (l Local) Accept(answer *Session) (Agreement, error) {
	theirs, agreed, err := l.choose(answer)
	if err != nil {
		return Agreement{}, err
	}
	if len(l.Keys) > 0 && !agreed.Secure {
		return Agreement{}, unacceptable("an offer of keys, answered without")
	}
	agreed.Direction = l.Direction.Within(theirs.Direction)
	agreed.EventIn = eventPT
	agreed.Mux = agreed.Mux && l.Mux
	return agreed, nil
}

// choose finds the first audio line, over plain or keyed RTP, that can be agreed on.
func (l Local) choose(s *Session) (*Media, Agreement, error) {
	wrong := unacceptable("no audio stream that we can take")
	for i := range s.Media {
		m := &s.Media[i]
		if m.Kind != "audio" || m.Port == 0 || !slices.Contains(protos, m.Proto) {
			continue
		}
		agreed, err := l.agree(m)
		if err == nil {
			return m, agreed, nil
		}
		wrong = err
	}
	return nil, Agreement{}, wrong
}

var protos = []string{"RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"}

// agree is what offers and answers of theirs have in common with us.
func (l Local) agree(theirs *Media) (Agreement, error) {
	agreed := Agreement{Mux: theirs.Mux, Ptime: packetTime(theirs.Ptime)}
	for _, name := range l.Codecs {
		if codec, ok := theirs.Find(name); ok {
			agreed.Receive = append(agreed.Receive, codec)
		}
	}
	if theirs.Addr.IsMulticast() {
		return Agreement{}, unacceptable("a multicast address")
	}
	if len(agreed.Receive) == 0 {
		return Agreement{}, unacceptable("no codec in common")
	}
	agreed.Send = agreed.Receive[0]
	if event, ok := theirs.Find(TelephoneEvent); ok {
		agreed.Events, agreed.EventOut = true, event.PT
	}
	agreed.Remote = netip.AddrPortFrom(theirs.Addr, theirs.Port)
	agreed.RTCP = theirs.rtcp()
	return agreed, l.agreeKeys(theirs, &agreed)
}

// agreeKeys decides on SRTP (Rule T-90).
func (l Local) agreeKeys(theirs *Media, agreed *Agreement) error {
	secure := strings.HasPrefix(theirs.Proto, "RTP/SAVP")
	if !secure {
		if l.KeysOnly {
			return unacceptable("a stream without keys where they are required")
		}
		return nil
	}
	local, remote, ok := pair(l.Keys, theirs.Crypto)
	if !ok {
		return unacceptable("%s without a key that we can use", theirs.Proto)
	}
	agreed.Secure, agreed.LocalKey, agreed.RemoteKey = true, local, remote
	return nil
}

// rtcp is where the other side takes RTCP.
func (m *Media) rtcp() netip.AddrPort {
	switch addr := m.Addr; {
	case m.Mux:
		return netip.AddrPortFrom(addr, m.Port)
	case m.RTCP.Addr().IsValid():
		return m.RTCP
	case m.RTCP.Port() != 0:
		return netip.AddrPortFrom(addr, m.RTCP.Port())
	default:
		return netip.AddrPortFrom(addr, m.Port+1)
	}
}

// packetTime keeps to what every peer can play: 10 to 60 ms in steps of ten, 20 where unsaid.
func packetTime(ms int) int {
	if ms < 10 || ms > 60 {
		return 20
	}
	return ms / 10 * 10
}
