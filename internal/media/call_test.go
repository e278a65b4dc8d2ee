package media_test

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
)

// tone is a clip to be looped.
func tone(hz float64) *audio.Clip {
	return audio.Cadence(audio.Tone{Hz: []float64{hz}, On: time.Second})
}

// The caller holds: it hears nothing of the staff, who get music from us, and is not dead meanwhile (Rules T-84 and T-87).
func TestHold(t *testing.T) {
	t.Parallel()
	e := newEngine(t, func(c *media.Config) { c.DeadAfter = 300 * time.Millisecond })
	caller, staff := mediatest.New(t), mediatest.New(t)
	var config media.LegConfig
	told := events(&config)
	a, b := called(t, e, caller, config), dialled(t, e, staff, media.LegConfig{})
	if err := media.Bridge(a, b); err != nil {
		t.Fatal(err)
	}
	caller.Speak(440)
	staff.Hear(440)
	a.Watch(true)
	caller.Direct(sdp.Inactive)
	reoffer(t, a, caller)
	if !a.Held() {
		t.Error("the caller holds")
	}
	caller.Speak(0)
	b.Play(tone(600), true)
	staff.HearOnly([]float64{600}, []float64{440})
	caller.Direct(sdp.SendRecv)
	reoffer(t, a, caller)
	b.Stop()
	caller.Speak(440)
	staff.HearOnly([]float64{440}, []float64{600})
	if a.Held() {
		t.Error("the caller is back")
	}
	select {
	case event := <-told:
		t.Errorf("told %+v of a call that was held", event)
	default:
	}
	caller.Speak(0)
	await(t, told, media.Dead)
	staff.OneStream()
}

func reoffer(t testing.TB, leg *media.Leg, p *mediatest.Peer) {
	t.Helper()
	answer, err := leg.Answer(p.Offer())
	if err != nil {
		t.Fatal(err)
	}
	p.Accept(answer)
}

// An offer that cannot be taken leaves the call as it was (RFC 3261 section 14.2).
func TestABadOfferChangesNothing(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller := mediatest.New(t)
	leg := called(t, e, caller, media.LegConfig{})
	if _, err := leg.Answer([]byte("v=0\r\nm=audio 4000 RTP/AVP 18\r\n")); errs.CodeOf(err) != "sdp.not_acceptable" {
		t.Errorf("got %v", err)
	}
	leg.Play(tone(600), true)
	caller.Hear(600)
}

// Ports are free when Close returns, before any response can be sent (Rule T-82).
func TestCloseFreesPorts(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller := mediatest.New(t)
	leg := newLeg(t, e, media.LegConfig{})
	offer, err := leg.Offer()
	if err != nil {
		t.Fatal(err)
	}
	at := port(t, offer)
	_ = caller.Answer(offer)
	if _, used := e.Ports(); used != 1 {
		t.Errorf("%d pairs in use", used)
	}
	leg.Close()
	leg.Close()
	for _, p := range []uint16{at.Port(), at.Port() + 1} {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(p)})
		if err != nil {
			t.Fatalf("port %d is not free: %v", p, err)
		}
		_ = conn.Close()
	}
	if _, used := e.Ports(); used != 0 {
		t.Errorf("%d pairs in use", used)
	}
	if _, err := leg.Offer(); errs.CodeOf(err) != "media.leg_closed" {
		t.Errorf("a closed leg offers: %v", err)
	}
}

func TestPortsRunOut(t *testing.T) {
	t.Parallel()
	e := newEngine(t, func(c *media.Config) { c.FirstPort, c.LastPort = 40100, 40107 })
	for range 4 {
		newLeg(t, e, media.LegConfig{})
	}
	if _, err := e.Leg(media.LegConfig{}); errs.CodeOf(err) != "media.no_ports" || errs.KindOf(err) != errs.Unavailable {
		t.Errorf("got %v", err)
	}
}

// A leg whose owner closes it when it is told something does not hang.
func TestCloseFromNotify(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller := mediatest.New(t)
	closed := make(chan struct{})
	leg := called(t, e, caller, media.LegConfig{Notify: func(event media.Event) {
		event.Leg.Close()
		close(closed)
	}})
	_ = leg
	caller.Speak(440)
	caller.Press('1')
	select {
	case <-closed:
	case <-time.After(patience):
		t.Fatal("hangs")
	}
}

// Both sides report, and quality is estimated from it (Rule T-88).
func TestReports(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	for _, option := range []mediatest.Option{mediatest.Muxed, mediatest.Speaks(sdp.PCMU)} {
		caller := mediatest.New(t, option)
		leg := called(t, e, caller, media.LegConfig{})
		caller.Speak(440)
		leg.Play(tone(600), true)
		caller.Hear(600)
		caller.Reported()
		got := leg.Stats()
		if got.Received == 0 || got.Sent == 0 || got.MOS < 4 || got.Lost > 0 {
			t.Errorf("%+v", got)
		}
	}
}

// Keys by SDES, both ways and in both roles (Rule T-90).
func TestSRTP(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller, staff, listener := mediatest.New(t, mediatest.Sealed), mediatest.New(t), mediatest.New(t)
	a, b := called(t, e, caller, media.LegConfig{Keys: media.KeysRequired}), dialled(t, e, staff, media.LegConfig{Keys: media.KeysRequired})
	if err := media.Bridge(a, b); err != nil {
		t.Fatal(err)
	}
	caller.Speak(440)
	staff.Speak(1000)
	caller.Hear(1000)
	staff.Hear(440)
	listener.AimAt(a.Remote())
	listener.Speak(2000)
	caller.Press('4')
	staff.Pressed("4")
	if got := a.Stats(); !got.Encrypted {
		t.Error("not encrypted")
	}
	if _, err := a.Answer(mediatest.New(t).Offer()); errs.CodeOf(err) != "sdp.not_acceptable" {
		t.Errorf("a plain offer where keys are required: %v", err)
	}
}

// Descriptions tell the public address, candidates for browsers too, wherever the sockets are.
func TestPublicAddress(t *testing.T) {
	t.Parallel()
	e := newEngine(t, func(c *media.Config) { c.Public = netip.MustParseAddr("203.0.113.5") })
	for _, config := range []media.LegConfig{{}, {WebRTC: true}} {
		offer, err := newLeg(t, e, config).Offer()
		if err != nil || !bytes.Contains(offer, []byte(" 203.0.113.5 ")) && !bytes.Contains(offer, []byte("IP4 203.0.113.5\r\n")) {
			t.Errorf("%v in\n%s", err, offer)
		}
		if bytes.Contains(offer, []byte("127.0.0.1")) {
			t.Errorf("the local address is told:\n%s", offer)
		}
	}
	for _, bad := range []media.Config{{}, {Addr: netip.IPv4Unspecified()}, {Addr: loopback, FirstPort: 7, LastPort: 8}} {
		if _, err := media.New(bad); errs.CodeOf(err) != "media.bad_config" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
