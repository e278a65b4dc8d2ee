package media

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bellwether/internal/media/audio"
	"bellwether/internal/media/sdp"
)

// script is a socket that keeps the numbers of what is sent.
type script struct {
	seqs []uint16
	tss  []uint32
	ssrc map[uint32]bool
}

func (s *script) send(raw []byte, _ netip.AddrPort) error {
	p := packet(raw)
	s.seqs, s.tss = append(s.seqs, p.seq()), append(s.tss, p.timestamp())
	s.ssrc[p.ssrc()] = true
	return nil
}

func (*script) close() {}

// speaking makes a leg outside of any engine's clock, whose socket is a script.
func speaking() (*Leg, *script) {
	leg := newLeg(nil, LegConfig{}, nil)
	sent := &script{ssrc: map[uint32]bool{}}
	leg.rtp = sent
	leg.session.ready = true
	leg.session.agreed = sdp.Agreement{Remote: phone, Events: true, EventOut: 101, Ptime: 20, Send: sdp.Codec{PT: 8}}
	leg.session.law = audio.ALaw
	leg.in.latch.reset(phone, phone.Addr(), false)
	return leg, sent
}

// voiceOf is a far leg that speaks on and off, under numbers of its own.
type voiceOf struct {
	from *Leg
	ssrc uint32
	seq  uint16
	ts   uint32
}

func (v *voiceOf) frame(lost uint16) frame {
	v.seq += 1 + lost
	v.ts += 160 * uint32(1+lost)
	return frame{from: v.from, ssrc: v.ssrc, seq: v.seq, ts: v.ts, law: audio.ALaw, payload: make([]byte, 160)}
}

// Whoever speaks by turns, with losses, keys and clips between: one SSRC, numbers that rise by at least one, a time that never goes
// back (Rule T-83).
func TestWhateverHappensItIsOneStream(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		leg, sent := speaking()
		voices := []*voiceOf{
			{from: &Leg{}, ssrc: rapid.Uint32().Draw(t, "ssrc"), seq: rapid.Uint16().Draw(t, "seq"), ts: rapid.Uint32().Draw(t, "ts")},
			{from: &Leg{}, ssrc: 2, seq: 65000, ts: 1<<32 - 4000},
		}
		now := time.Unix(1e9, 0)
		for range rapid.IntRange(1, 30).Draw(t, "acts") {
			act, n := rapid.IntRange(0, 6).Draw(t, "act"), rapid.IntRange(1, 20).Draw(t, "n")
			switch act {
			case 4:
				leg.out.playing = &playback{clip: audio.Beep, next: now}
				leg.busy.Store(true)
			case 5:
				_ = leg.SendDTMF("1")
			case 6:
				leg.relayPress(press{state: pressed, digit: '2'}, now)
			}
			for range n {
				now = now.Add(20 * time.Millisecond)
				if act < 4 {
					leg.forward(voices[act%2].frame(uint16(rapid.IntRange(0, 2).Draw(t, "lost"))), now)
				}
				leg.advance(now)
			}
		}
		for i := 1; i < len(sent.seqs); i++ {
			if int16(sent.seqs[i]-sent.seqs[i-1]) < 1 || int32(sent.tss[i]-sent.tss[i-1]) < 0 {
				t.Fatalf("packet %d: number %d after %d, time %d after %d", i, sent.seqs[i], sent.seqs[i-1], sent.tss[i], sent.tss[i-1])
			}
		}
		if len(sent.ssrc) > 1 {
			t.Fatalf("%d sources", len(sent.ssrc))
		}
	})
}
