package mediatest

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"bellwether/internal/media/audio"
	"bellwether/internal/media/sdp"
)

// until waits for a condition, which is looked at under the peer's lock whenever something came.
func (p *Peer) until(what string, is func() bool) {
	p.t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		p.mu.Lock()
		done, changed := is(), p.changed
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			p.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// Hear waits until every one of the tones is heard in one tenth of a second, from now on.
func (p *Peer) Hear(tones ...float64) {
	p.t.Helper()
	p.HearOnly(tones, nil)
}

// HearOnly waits until tones are heard and others are not, in one tenth of a second from now on.
func (p *Peer) HearOnly(tones, others []float64) {
	p.t.Helper()
	from := p.heard()
	p.until("the tones", func() bool {
		return slices.ContainsFunc(p.windows[min(from, len(p.windows)):], func(window []int16) bool {
			return all(window, tones, true) && all(window, others, false)
		})
	})
}

// HearNot listens for half a second of what comes and fails if one of the tones is in it.
func (p *Peer) HearNot(tones ...float64) {
	p.t.Helper()
	from := p.heard()
	p.until("half a second of audio", func() bool { return len(p.windows) >= from+5 })
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, window := range p.windows[from : from+5] {
		for _, hz := range tones {
			if Hears(window, hz) {
				p.t.Fatalf("heard %.0f Hz", hz)
			}
		}
	}
}

func all(window []int16, tones []float64, heard bool) bool {
	for _, hz := range tones {
		if Hears(window, hz) != heard {
			return false
		}
	}
	return true
}

// heard is the number of whole windows so far; the one that is being filled may hold what came before.
func (p *Peer) heard() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.windows) + 1
}

// Pressed waits until exactly these keys have come.
func (p *Peer) Pressed(keys string) {
	p.t.Helper()
	p.until("keys "+keys, func() bool { return p.keys == keys })
}

// Reported waits for RTCP.
func (p *Peer) Reported() {
	p.t.Helper()
	p.until("RTCP", func() bool { return p.reports > 0 })
}

// OneStream fails where what came was not one stream with numbers that rise (RFC 3550 section 5.1).
func (p *Peer) OneStream() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.SSRCs) != 1 || p.jumps > 0 {
		p.t.Errorf("%d streams, %d jumps back: want one stream", len(p.SSRCs), p.jumps)
	}
}

// SendFrom sends raw bytes to an address, from the peer's RTP port.
func (p *Peer) SendFrom(raw []byte, to netip.AddrPort) {
	p.t.Helper()
	if _, err := p.rtp.WriteToUDPAddrPort(raw, to); err != nil {
		p.t.Fatal(err)
	}
}

// AimAt sends to another address than was agreed: a NAT on the way, or an attacker.
func (p *Peer) AimAt(to netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = to
}

// HearClear waits until a tone is nearly all that is heard: the right law, and no packet missing in a tenth of a second.
func (p *Peer) HearClear(hz float64) {
	p.t.Helper()
	from := p.heard()
	p.until("a clear tone", func() bool {
		return slices.ContainsFunc(p.windows[min(from, len(p.windows)):], func(window []int16) bool {
			return Level(window) > audible && Share(window, hz) > 0.98
		})
	})
}

// Sniffed waits for packets that came to the peer, and tells whether a tone could be heard in them by whoever reads the wire without keys.
func (p *Peer) Sniffed(hz float64) bool {
	p.t.Helper()
	p.mu.Lock()
	p.wire = p.wire[:0]
	p.mu.Unlock()
	p.until("packets", func() bool { return len(p.wire) >= windowSize })
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, law := range []audio.Law{audio.ALaw, audio.ULaw} {
		var pcm []int16
		for _, b := range p.wire[:windowSize] {
			pcm = append(pcm, law.Decode(b))
		}
		if Hears(pcm, hz) {
			return true
		}
	}
	return false
}

// HasHeard tells whether clips were heard, sample by sample, one after the other with half a second between them at most.
func (p *Peer) HasHeard(clips ...*audio.Clip) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	law := audio.ULaw
	if p.agreed.Send.Is(sdp.PCMA) {
		law = audio.ALaw
	}
	var heard []byte
	for _, window := range append(slices.Clone(p.windows), p.pcm) {
		for _, sample := range window {
			heard = append(heard, law.Encode(sample))
		}
	}
	for i, clip := range clips {
		at := bytes.Index(heard, clip.Bytes(law))
		if at < 0 || i > 0 && at > audio.Rate/2 {
			return false
		}
		heard = heard[at+len(clip.Bytes(law)):]
	}
	return true
}
