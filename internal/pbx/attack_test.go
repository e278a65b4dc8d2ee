package pbx_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// injects sends a steady stream of noise, from an address that nobody has named, to where a description takes audio, until the test ends.
// When it returns, more of it has been sent than makes a stranger believed.
func (h *house) injects(description []byte) {
	h.Helper()
	s, err := sdp.Parse(description)
	if err != nil {
		h.Fatal(err)
	}
	conn, err := net.ListenPacket("udp4", "127.0.0.9:0")
	if err != nil {
		h.Fatal(err)
	}
	at := net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.Audio().Port))
	packet := append([]byte{0x80, 8}, make([]byte, 10+160)...)
	sent, gone := make(chan struct{}, 1000), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for n := uint16(1); ; n++ {
			binary.BigEndian.PutUint16(packet[2:], n)
			binary.BigEndian.PutUint32(packet[4:], 160*uint32(n))
			if _, err := conn.WriteTo(packet, at); err != nil {
				return
			}
			select {
			case sent <- struct{}{}:
			default:
			}
			<-tick.C
		}
	}()
	h.Cleanup(func() {
		_ = conn.Close()
		<-gone
	})
	for range 20 {
		<-sent
	}
}

// Rule T-80: whoever speaks to the port of a carrier's call before the carrier does is not heard, and hears nothing.
func TestWhoSpeaksBeforeTheCallerIsNotHeard(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	client, desk := mediatest.New(t), h.voice(900)
	olena.Does(takes(desk))
	c := h.rings(client)
	answered, ok := siptest.Await[sip.Answered](c)
	if !ok {
		t.Fatal("nobody answers the client")
	}
	h.injects(answered.SDP)
	client.Accept(answered.SDP)
	client.Speak(400)
	desk.Hear(400)
	client.Hear(900)
	c.Hangup(sip.Normal)
	h.logged()
}

// inward makes a description lead into a network that nobody of the test is in.
func inward(description []byte) []byte {
	return bytes.ReplaceAll(description, []byte("127.0.0.1"), []byte("10.66.0.7"))
}

// Rule T-80: carriers and partners that describe an address of some network of their own are heard where they are, whoever calls.
func TestPrivateAddressesInDescriptions(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena, at, desk := h.phone("olena"), h.voice(400), h.voice(900)
	olena.Does(takes(desk))
	in := &siptest.PhoneCall{Events: make(chan sip.Event, 1000)}
	leg, err := h.carrier.Stack.Dial(sip.Target{Trunk: "pbx", User: string(number), From: sip.Party{User: client}, SDP: inward(at.Offer())}, func(_ *sip.Leg, e sip.Event) { in.Events <- e })
	if err != nil {
		t.Fatal(err)
	}
	in.Leg = leg
	at.Accept(h.answered(in).SDP)
	at.Hear(900)
	desk.Hear(400)
	in.Hangup(sip.Normal)
	h.logged()

	mobile := h.voice(700)
	h.carrier.Does(func(in *sip.Incoming) { _ = in.Answer(inward(mobile.Answer(in.Offer))) })
	out := olena.Dial("+380671234567", desk.Offer())
	desk.Accept(h.answered(out).SDP)
	desk.Hear(700)
	mobile.Hear(900)
	out.Hangup(sip.Normal)
	h.logged()
}
