package media_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"

	"bellwether/internal/media"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
)

// withoutEvents takes telephone events out of a description.
func withoutEvents(description []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(description, []byte(" 101\r\n"), []byte("\r\n")), []byte("telephone-event"), []byte("x"))
}

// port is where a leg takes RTP, from its description.
func port(t testing.TB, description []byte) netip.AddrPort {
	t.Helper()
	s, err := sdp.Parse(description)
	if err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(loopback, s.Audio().Port)
}

// Somebody who knows the port and talks without end neither speaks into the call nor turns its audio to himself (Rules T-80 and T-81).
func TestAnInjectorIsNotHeard(t *testing.T) {
	t.Parallel()
	for _, nat := range []bool{false, true} {
		e := newEngine(t)
		caller, staff, attacker := mediatest.New(t), mediatest.New(t), mediatest.New(t)
		a := newLeg(t, e, media.LegConfig{NAT: nat, From: loopback})
		answer, err := a.Answer(caller.Offer())
		if err != nil {
			t.Fatal(err)
		}
		caller.Accept(answer)
		b := dialled(t, e, staff, media.LegConfig{})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		caller.Speak(440)
		staff.Speak(1000)
		staff.Hear(440)
		attacker.Accept(answer) // learns where to, and under which numbers
		attacker.Speak(2000)
		staff.HearNot(2000)
		caller.HearOnly([]float64{1000}, []float64{440})
		if got := a.Stats(); got.Injected == 0 || got.LatchedTo != caller.Addr() {
			t.Errorf("%d injected, latched to %v, not %v", got.Injected, got.LatchedTo, caller.Addr())
		}
		staff.OneStream()
	}
}

// Behind a NAT the description's address is of no use: audio goes back where it comes from (Rule T-80).
func TestAPhoneBehindANAT(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller := mediatest.New(t)
	offer := bytes.ReplaceAll(caller.Offer(), []byte("127.0.0.1"), []byte("10.66.0.7"))
	leg := newLeg(t, e, media.LegConfig{NAT: true, From: loopback}) // (from a public address the NAT would be seen)
	answer, err := leg.Answer(offer)
	if err != nil {
		t.Fatal(err)
	}
	caller.Accept(answer)
	caller.Speak(440)
	leg.Play(tone(600), true)
	caller.Hear(600)
	if got := leg.Remote(); got != caller.Addr() {
		t.Errorf("sends to %v, not %v", got, caller.Addr())
	}
}

// A description that leads into a network which its peer is not in, ours that is, gets nothing there, neither audio nor reports. Whoever speaks is
// answered where they are (Rule T-80).
func TestNothingIsSentWhereADescriptionLeadsInward(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller, other, victim := mediatest.New(t), mediatest.New(t), sockets(t)
	var config media.LegConfig
	told := events(&config)
	config.From = netip.MustParseAddr("203.0.113.9")
	leg := newLeg(t, e, config)
	answer, err := leg.Answer(sdp.Local{Addr: loopback, Port: victim[0].LocalAddr().(*net.UDPAddr).AddrPort().Port(), Codecs: []string{sdp.PCMA}}.Offer())
	if err != nil {
		t.Fatal(err)
	}
	called(t, e, other, media.LegConfig{})
	leg.Play(tone(600), false)
	await(t, told, media.PlayDone)
	other.Reported() // and so has the other leg of the loop
	for i, name := range []string{"audio", "reports"} {
		last := "what the test sends after all"
		caller.SendFrom([]byte(last), victim[i].LocalAddr().(*net.UDPAddr).AddrPort())
		buffer := make([]byte, 1500)
		if n, _, err := victim[i].ReadFrom(buffer); err != nil || string(buffer[:n]) != last {
			t.Errorf("%d bytes of %s came there, %v", n, name, err)
		}
	}
	if leg.Remote().IsValid() || leg.Stats().Sent > 0 {
		t.Errorf("it sends to %v, %d packets so far", leg.Remote(), leg.Stats().Sent)
	}
	caller.Accept(answer)
	caller.Speak(440)
	leg.Play(tone(600), true)
	caller.Hear(600)
	if got := leg.Remote(); got != caller.Addr() {
		t.Errorf("sends to %v, not %v", got, caller.Addr())
	}
}

// sockets are two ports in a row that say nothing.
func sockets(t *testing.T) (two [2]net.PacketConn) {
	t.Helper()
	for range 100 {
		first, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		at := first.LocalAddr().(*net.UDPAddr).AddrPort()
		second, err := net.ListenPacket("udp4", netip.AddrPortFrom(at.Addr(), at.Port()+1).String())
		if err == nil {
			t.Cleanup(func() { _ = first.Close(); _ = second.Close() })
			return [2]net.PacketConn{first, second}
		}
		_ = first.Close()
	}
	t.Fatal("no two ports in a row")
	return two
}

// What is no RTP, or RTP in no agreed format, harms nothing.
func TestRubbish(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller := mediatest.New(t)
	leg := newLeg(t, e, media.LegConfig{})
	answer, err := leg.Answer(caller.Offer())
	if err != nil {
		t.Fatal(err)
	}
	at := port(t, answer)
	for _, raw := range [][]byte{
		{0}, {0x80, 8}, bytes.Repeat([]byte{0xff}, 1400), // no RTP
		append([]byte{0x8f, 8}, make([]byte, 20)...),               // more sources than bytes
		append([]byte{0x90, 8}, bytes.Repeat([]byte{0xff}, 20)...), // a header extension beyond the end
		append([]byte{0xa0, 8}, bytes.Repeat([]byte{0xff}, 20)...), // more padding than packet
		append([]byte{0x80, 96}, make([]byte, 20)...),              // a codec nobody agreed on
		append([]byte{0x80, 200, 0xff, 0xff}, make([]byte, 20)...), // RTCP longer than it is
		append([]byte{0x81, 201, 0, 7}, make([]byte, 28)...),       // a report of SSRC 0
	} {
		caller.SendFrom(raw, at)
	}
	caller.SendFrom(binary.BigEndian.AppendUint16(nil, 1), netip.AddrPortFrom(at.Addr(), at.Port()+1))
	caller.Accept(answer)
	caller.Speak(440)
	leg.Play(tone(600), true)
	caller.Hear(600)
	if got := leg.Stats(); got.LatchedTo != caller.Addr() || got.Foreign == 0 {
		t.Errorf("latched to %v, %d foreign", got.LatchedTo, got.Foreign)
	}
}
