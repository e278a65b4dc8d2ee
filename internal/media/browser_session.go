package media

import (
	"regexp"
	"time"

	"github.com/pion/webrtc/v4"

	"bellwether/internal/errs"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/sdp"
)

// gatherTime bounds the wait for our own addresses, which are known at once.
const gatherTime = 2 * time.Second

// directionLine is the direction of a media line. pion is told that audio flows both ways, always: who hears what is the leg's, and pion
// does not come back from a hold.
var directionLine = regexp.MustCompile(`(?m)^a=(sendrecv|sendonly|recvonly|inactive)(\r?)$`)

func directed(description string, d sdp.Direction) string {
	return directionLine.ReplaceAllString(description, "a="+d.String()+"$2")
}

// offer describes the leg to a browser.
func (l *Leg) offerBrowser() ([]byte, error) {
	pc := l.browser.pc
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return nil, webrtcFailed(err)
	}
	return l.describeBrowser(offer)
}

// describeBrowser settles our side and gives it with our addresses in it.
func (l *Leg) describeBrowser(description webrtc.SessionDescription) ([]byte, error) {
	pc := l.browser.pc
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(description); err != nil {
		return nil, webrtcFailed(err)
	}
	select {
	case <-gathered:
	case <-time.After(gatherTime):
		return nil, webrtcFailed(nil)
	}
	l.mu.Lock()
	direction := l.session.local.Direction
	if description.Type == webrtc.SDPTypeAnswer {
		direction = l.session.agreed.Direction
	}
	l.mu.Unlock()
	return []byte(directed(pc.LocalDescription().SDP, direction)), nil
}

// browserMedia reads a browser's description.
func browserMedia(description []byte) (*sdp.Media, error) {
	theirs, err := sdp.Parse(description)
	if err != nil {
		return nil, err
	}
	m := theirs.Audio()
	if m == nil || !theirs.WebRTC() {
		return nil, errs.New(errs.Invalid, "sdp.not_acceptable", "not the description of a browser with audio").
			Try("send audio by WebRTC, or register this phone as a SIP phone")
	}
	for _, name := range []string{sdp.PCMA, sdp.PCMU} {
		if _, ok := m.Find(name); ok {
			return m, nil
		}
	}
	return nil, errs.New(errs.Invalid, "sdp.not_acceptable", "no codec in common").Try("offer PCMU or PCMA")
}

// answerBrowser takes a browser's offer.
func (l *Leg) answerBrowser(offer []byte) ([]byte, error) {
	theirs, err := browserMedia(offer)
	if err != nil {
		return nil, err
	}
	if err := l.remoteBrowser(webrtc.SDPTypeOffer, offer); err != nil {
		return nil, err
	}
	l.agreeBrowser(theirs)
	answer, err := l.browser.pc.CreateAnswer(nil)
	if err != nil {
		return nil, webrtcFailed(err)
	}
	return l.describeBrowser(answer)
}

// acceptBrowser takes a browser's answer. Of several the first counts: keys cannot fork.
func (l *Leg) acceptBrowser(answer []byte) error {
	theirs, err := browserMedia(answer)
	if err != nil {
		return err
	}
	if err := l.remoteBrowser(webrtc.SDPTypeAnswer, answer); err != nil {
		return err
	}
	l.agreeBrowser(theirs)
	return nil
}

func (l *Leg) remoteBrowser(kind webrtc.SDPType, text []byte) error {
	err := l.browser.pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: directed(string(text), sdp.SendRecv)})
	if err != nil {
		return errs.New(errs.Invalid, "sdp.not_acceptable", "the browser's description does not fit").Because(err)
	}
	return nil
}

// agreeBrowser puts what the leg itself must know into force; the rest is pion's.
func (l *Leg) agreeBrowser(theirs *sdp.Media) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.session
	pt := s.agreed.Send.PT
	s.agreed = sdp.Agreement{Ptime: 20, Direction: s.local.Direction.Within(theirs.Direction), Mux: true}
	if s.ready || l.browser.stream != nil {
		s.agreed.Send.PT = pt // as Bind has found
	}
	if event, ok := theirs.Find(sdp.TelephoneEvent); ok {
		s.agreed.Events, s.agreed.EventIn, s.agreed.EventOut = true, event.PT, event.PT
	}
	s.laws[0], s.laws[8] = int8(audio.ULaw)+1, int8(audio.ALaw)+1
	s.stated, s.ready = s.local.Direction, true
	l.watch.heard = time.Now()
}
