package media_test

import (
	"math"
	"net"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"bellwether/internal/errs"
	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
)

// tab is a browser's tab, by pion: it speaks a tone and listens.
type tab struct {
	t     *testing.T
	pc    *webrtc.PeerConnection
	track *webrtc.TrackLocalStaticRTP
	stop  chan struct{}
	group sync.WaitGroup
	heard chan []int16 // tenths of a second
	keys  chan byte
}

func newTab(t *testing.T) *tab {
	t.Helper()
	var settings webrtc.SettingEngine
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(loopbackOnly)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	var codecs webrtc.MediaEngine
	if err := codecs.RegisterDefaultCodecs(); err != nil { // Opus and video too, as a browser has them
		t.Fatal(err)
	}
	event := webrtc.RTPCodecParameters{PayloadType: 126}
	event.MimeType, event.ClockRate = "audio/telephone-event", 8000
	if err := codecs.RegisterCodec(event, webrtc.RTPCodecTypeAudio); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(&codecs)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: 8000}, "mic", "tab")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTransceiverFromTrack(track); err != nil {
		t.Fatal(err)
	}
	b := &tab{t: t, pc: pc, track: track, stop: make(chan struct{}), heard: make(chan []int16, 1000), keys: make(chan byte, 100)}
	pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { b.listen(remote) })
	t.Cleanup(func() {
		close(b.stop)
		b.group.Wait()
		_ = pc.GracefulClose()
	})
	return b
}

// describe sets our description and gives it with its candidates.
func (b *tab) describe(description webrtc.SessionDescription, err error) []byte {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(b.pc)
	if err := b.pc.SetLocalDescription(description); err != nil {
		b.t.Fatal(err)
	}
	<-gathered
	return []byte(b.pc.LocalDescription().SDP)
}

func (b *tab) remote(kind webrtc.SDPType, text []byte) {
	b.t.Helper()
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: string(text)}); err != nil {
		b.t.Fatalf("%v\n%s", err, text)
	}
}

// speak says a tone until the test ends.
func (b *tab) speak(hz float64) {
	b.group.Go(func() {
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		phase := 0.0
		for i := uint32(1); ; i++ {
			select {
			case <-b.stop:
				return
			case <-ticker.C:
			}
			payload := make([]byte, 160)
			for k := range payload {
				phase += 2 * math.Pi * hz / 8000
				payload[k] = audio.ALaw.Encode(int16(8000 * math.Sin(phase)))
			}
			_ = b.track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(i), Timestamp: i * 160}, Payload: payload})
		}
	})
}

func (b *tab) listen(remote *webrtc.TrackRemote) {
	var pcm []int16
	var last uint32
	for {
		p, _, err := remote.ReadRTP()
		if err != nil {
			return
		}
		if len(p.Payload) == 4 {
			if ts := p.Timestamp; ts != last {
				last = ts
				b.keys <- p.Payload[0]
			}
			continue
		}
		for _, x := range p.Payload {
			pcm = append(pcm, audio.ALaw.Decode(x))
		}
		for ; len(pcm) >= 800; pcm = pcm[800:] {
			select {
			case b.heard <- pcm[:800:800]:
			default:
			}
		}
	}
}

func (b *tab) hear(hz float64) {
	b.t.Helper()
	late := time.After(patience)
	for {
		select {
		case pcm := <-b.heard:
			if mediatest.Hears(pcm, hz) {
				return
			}
		case <-late:
			b.t.Fatalf("the browser does not hear %.0f Hz", hz)
		}
	}
}

// A browser calls a phone, and a phone a browser: audio both ways, keys, hold, without transcoding.
func TestBrowser(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		call func(t *testing.T, leg *media.Leg, b *tab)
	}{
		{"calls", func(t *testing.T, leg *media.Leg, b *tab) {
			answer, err := leg.Answer(b.describe(b.pc.CreateOffer(nil)))
			if err != nil {
				t.Fatal(err)
			}
			b.remote(webrtc.SDPTypeAnswer, answer)
			checkAnswer(t, answer)
		}},
		{"is called", func(t *testing.T, leg *media.Leg, b *tab) {
			offer, err := leg.Offer()
			if err != nil {
				t.Fatal(err)
			}
			b.remote(webrtc.SDPTypeOffer, offer)
			if err := leg.Accept(b.describe(b.pc.CreateAnswer(nil))); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t)
			phone, b := mediatest.New(t), newTab(t)
			leg, staff := newLeg(t, e, media.LegConfig{WebRTC: true}), dialled(t, e, phone, media.LegConfig{})
			c.call(t, leg, b)
			if err := media.Bridge(leg, staff); err != nil {
				t.Fatal(err)
			}
			b.speak(440)
			phone.Speak(1000)
			phone.Hear(440)
			b.hear(1000)
			phone.Press('7')
			select {
			case code := <-b.keys:
				if code != 7 {
					t.Errorf("key %d", code)
				}
			case <-time.After(patience):
				t.Error("no key in the browser")
			}
			leg.Play(tone(600), true)
			b.hear(600)
			if got := leg.Stats(); got.Received == 0 || !got.Encrypted || leg.Law() != audio.ALaw {
				t.Errorf("%+v in law %d", got, leg.Law())
			}
			phone.OneStream()
		})
	}
}

var codecLine = regexp.MustCompile(`(?m)^m=audio \d+ UDP/TLS/RTP/SAVPF ([\d ]+)\r?$`)

// checkAnswer looks for what a browser needs: ICE-lite, and G.711 with telephone events alone.
func checkAnswer(t *testing.T, answer []byte) {
	t.Helper()
	if m := codecLine.FindSubmatch(answer); m == nil || string(m[1]) != "8 0 126" {
		t.Errorf("codecs %q in\n%s", m, answer)
	}
	if !regexp.MustCompile(`(?m)^a=ice-lite\r?$`).Match(answer) {
		t.Error("no ICE-lite")
	}
}

// JsSIP holds by a re-INVITE with sendonly, and comes back with sendrecv.
func TestBrowserHolds(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	b := newTab(t)
	leg := newLeg(t, e, media.LegConfig{WebRTC: true})
	for _, want := range []struct {
		theirs, ours sdp.Direction
		held         bool
	}{{sdp.SendRecv, sdp.SendRecv, false}, {sdp.SendOnly, sdp.RecvOnly, true}, {sdp.SendRecv, sdp.SendRecv, false}} {
		offer := b.describe(b.pc.CreateOffer(nil))
		offer = regexp.MustCompile(`a=sendrecv`).ReplaceAll(offer, []byte("a="+want.theirs.String()))
		answer, err := leg.Answer(offer)
		if err != nil {
			t.Fatal(err)
		}
		s, err := sdp.Parse(answer)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Audio().Direction; got != want.ours || leg.Held() != want.held {
			t.Errorf("%v answered with %v, held %v", want.theirs, got, leg.Held())
		}
		b.remote(webrtc.SDPTypeAnswer, regexp.MustCompile(`a=recvonly`).ReplaceAll(answer, []byte("a=sendrecv")))
	}
	leg.Play(tone(600), true)
	b.hear(600)
}

func TestBrowserThatIsNone(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	leg := newLeg(t, e, media.LegConfig{WebRTC: true})
	if _, err := leg.Answer(mediatest.New(t).Offer()); errs.CodeOf(err) != "sdp.not_acceptable" {
		t.Errorf("a phone's offer: %v", err)
	}
	phone := newLeg(t, e, media.LegConfig{})
	if _, err := phone.Answer(browserOffer(t)); err == nil {
		t.Error("a phone's leg took a browser's offer")
	}
}

func browserOffer(t *testing.T) []byte {
	t.Helper()
	b := newTab(t)
	return b.describe(b.pc.CreateOffer(nil))
}

func loopbackOnly(ip net.IP) bool { return ip.IsLoopback() }
