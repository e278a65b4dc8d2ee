package media

// limits are the samples a packet may be early or late before its stream is taken to have jumped.
type limits struct{ ahead, behind int64 }

var (
	// recorded: half a second before its time, or two seconds late. Less is a stall of the network, whose packets belong where they belong.
	recorded = limits{ahead: 4000, behind: 16000}
	// live: what comes too late to be heard moves its stream.
	live = limits{ahead: 1600, behind: jitterFrames - 160}
)

// How a stream is laid along a time line, in samples (Rule T-86).
const (
	driftCheck = 80000 // every ten seconds
	driftFloor = 240   // a constant 30 ms early or late
	driftStep  = 160   // is mended by 20 ms
)

// side places the packets of one leg by their RTP timestamps. What the network does to their arrival leaves no trace; what the sender's clock
// does is mended: drift by steps too small to hear, jumps and new streams by beginning anew at the time of arrival.
type side struct {
	limits  limits
	started bool
	ssrc    uint32
	ts      uint32 // of the latest packet
	pos     int64  // and its place
	least   int64  // least delay since checked
	checked int64
}

// place gives the place of a packet of n samples that arrived when the recording was now samples long.
func (s *side) place(ssrc, ts uint32, n int, now int64) int64 {
	arrival := max(0, now-int64(n))
	if !s.started || ssrc != s.ssrc {
		return s.anchor(ssrc, ts, arrival)
	}
	step := int64(int32(ts - s.ts))
	pos := s.pos + step
	delay := arrival - pos
	if step > 0 && (delay < -s.limits.ahead || delay > s.limits.behind) {
		return s.anchor(ssrc, ts, arrival)
	}
	if step <= 0 {
		return pos // late or twice: where it belongs
	}
	s.ts, s.pos = ts, pos+s.drift(delay, arrival)
	return s.pos
}

func (s *side) anchor(ssrc, ts uint32, at int64) int64 {
	*s = side{limits: s.limits, started: true, ssrc: ssrc, ts: ts, pos: at, least: s.limits.behind, checked: at}
	return at
}

// drift gives the shift that is due. The least delay of ten seconds is that of the clocks; the rest is the network's.
func (s *side) drift(delay, now int64) int64 {
	s.least = min(s.least, delay)
	if now-s.checked < driftCheck {
		return 0
	}
	least := s.least
	s.least, s.checked = s.limits.behind, now
	switch {
	case least > driftFloor:
		return driftStep
	case least < -driftFloor:
		return -driftStep
	}
	return 0
}
