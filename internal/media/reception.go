package media

import "time"

// reception counts what arrives of a stream (RFC 3550 A.1, A.3 and A.8).
type reception struct {
	ssrc        uint32
	base, top   uint32 // extended sequence numbers
	received    uint32
	late        uint32 // behind what had come
	jitter      float64
	transit     int64
	started     bool
	reportedExp uint32 // of the last report
	reportedRec uint32
	finished    lossCount // streams before this one
}

type lossCount struct{ expected, received, late uint64 }

// restart begins a new stream.
func (r *reception) restart(ssrc uint32, seq uint16) {
	total := r.total()
	*r = reception{ssrc: ssrc, base: uint32(seq), top: uint32(seq), jitter: r.jitter, finished: total}
}

// add counts a packet of the stream, arrived at the sample clock's arrival.
func (r *reception) add(seq uint16, timestamp uint32, now time.Time) {
	r.received++
	switch step := seq - uint16(r.top); {
	case step == 0 && r.started:
		r.late++ // a duplicate
	case step < 1<<15:
		r.top += uint32(step)
	default:
		r.late++
		return // its delay is not the network's jitter alone
	}
	arrival := now.UnixMicro() * 8 / 1000
	transit := arrival - int64(timestamp)
	if r.started {
		if d := abs(int64(int32(transit - r.transit))); d < 8000 { // a second and more is a break of the sender's clock
			r.jitter += (float64(d) - r.jitter) / 16
		}
	}
	r.transit, r.started = transit, true
}

func abs(x int64) int64 {
	if x < 0 {
		return -x
	}
	return x
}

func (r *reception) expected() uint32 {
	if r.received == 0 {
		return 0
	}
	return r.top - r.base + 1
}

func (r *reception) total() lossCount {
	return lossCount{
		expected: r.finished.expected + uint64(r.expected()),
		received: r.finished.received + uint64(r.received),
		late:     r.finished.late + uint64(r.late),
	}
}

// fraction is the share lost since the last report, in 1/256 (RFC 3550 A.3).
func (r *reception) fraction() uint8 {
	expected, received := r.expected()-r.reportedExp, r.received-r.reportedRec
	r.reportedExp, r.reportedRec = r.expected(), r.received
	if expected == 0 || received >= expected {
		return 0
	}
	return uint8(min(255, (expected-received)<<8/expected))
}

// lost is the cumulative loss of a report, never below zero here: duplicates are counted apart.
func (r *reception) lost() uint32 {
	if r.received >= r.expected() {
		return 0
	}
	return min(r.expected()-r.received, 1<<23-1)
}
