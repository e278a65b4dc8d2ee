package media

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"bellwether/internal/media/audio"
	"bellwether/internal/media/sdp"
)

// session is what a leg has told and agreed by descriptions.
type session struct {
	local   sdp.Local // what we say; Version counts the descriptions
	offered sdp.Local // as of our last offer
	agreed  sdp.Agreement
	ready   bool
	stated  sdp.Direction // what we had said when it was agreed
	law     audio.Law     // of what we send
	laws    [128]int8     // law of each payload type that may come, less one; zero: none
	sealing sealing
}

func newSession(config LegConfig) session {
	return session{local: sdp.Local{
		ID: uint64(rand.Uint32())<<16 | 1, Codecs: config.Codecs, Ptime: 20, Keys: sdp.NewKeys(), KeysOnly: config.Keys == KeysRequired,
	}}
}

// describe is our side for the next description.
func (l *Leg) describe() sdp.Local {
	s := &l.session
	s.local.Version++
	s.local.Addr, s.local.Port = l.engine.config.Public, l.port
	return s.local
}

// Offer describes the leg to a peer that has not. It may be asked for again, for a re-INVITE.
func (l *Leg) Offer() ([]byte, error) {
	if l.config.WebRTC {
		return l.offerBrowser()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	local := l.describe()
	if l.config.Keys != KeysRequired {
		local.Keys = nil
	}
	l.session.offered = local
	return local.Offer(), nil
}

// Takes tells whether a leg of this kind could answer an offer, before there is one. What a browser offers is found out by answering it.
// Errors: those of sdp.Parse, sdp.not_acceptable.
func (c LegConfig) Takes(offer []byte) error {
	if c.WebRTC {
		return nil
	}
	theirs, err := sdp.Parse(offer)
	if err == nil {
		_, _, err = newSession(c.filled()).local.Answer(theirs)
	}
	return err
}

// Answer takes the peer's offer and answers it. An offer that cannot be taken changes nothing.
// Errors: those of sdp.Parse, sdp.not_acceptable.
func (l *Leg) Answer(offer []byte) ([]byte, error) {
	if l.config.WebRTC {
		return l.answerBrowser(offer)
	}
	theirs, err := sdp.Parse(offer)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	answer, agreed, err := l.describe().Answer(theirs)
	if err != nil {
		return nil, err
	}
	return answer, l.agree(agreed, l.session.local.Direction)
}

// Accept takes the answer to the last Offer. Of several (a forked call) the latest counts.
// Errors: those of sdp.Parse, sdp.not_acceptable.
func (l *Leg) Accept(answer []byte) error {
	if l.config.WebRTC {
		return l.acceptBrowser(answer)
	}
	theirs, err := sdp.Parse(answer)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	agreed, err := l.session.offered.Accept(theirs)
	if err != nil {
		return err
	}
	return l.agree(agreed, l.session.offered.Direction)
}

// Direct sets the way our audio is to flow, for this and later descriptions: SendOnly holds the peer, SendRecv resumes. Where the peer refuses the
// offer that says so, set it back. Browsers are held by playing to them: no offer is needed.
func (l *Leg) Direct(d sdp.Direction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session.local.Direction = d
}

// Held tells whether the peer has put us on hold: it will not listen, or not talk, though we would.
func (l *Leg) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.session.ready && l.session.agreed.Direction != l.session.stated
}

// agree puts an agreement into force.
func (l *Leg) agree(agreed sdp.Agreement, stated sdp.Direction) error {
	s := &l.session
	if err := s.sealing.agree(agreed); err != nil {
		return err
	}
	before := s.agreed
	s.agreed, s.stated, s.ready = agreed, stated, true
	s.law = lawOf(agreed.Send.Name)
	s.laws = [128]int8{}
	for _, codec := range agreed.Receive {
		s.laws[codec.PT] = int8(lawOf(codec.Name)) + 1
	}
	// The number under which we offered, or for whoever does not keep to an answer.
	s.laws[0], s.laws[8] = int8(audio.ULaw)+1, int8(audio.ALaw)+1
	if agreed.Remote != before.Remote && !agreed.Remote.Addr().IsUnspecified() {
		l.in.latch.reset(agreed.Remote, l.from, l.config.NAT || hidden(agreed.Remote.Addr(), l.from))
		l.in.control = netip.AddrPort{}
	}
	l.watch.heard = time.Now()
	return nil
}

func lawOf(name string) audio.Law {
	if name == sdp.PCMA {
		return audio.ALaw
	}
	return audio.ULaw
}
