package media

import (
	"net/netip"
	"time"

	"github.com/pion/rtcp"

	"bellwether/internal/media/audio"
)

// reportEvery is how often a leg sends RTCP (RFC 3550 section 6.2: five seconds at least).
const reportEvery = 5 * time.Second

// farReport is what the peer says of our stream.
type farReport struct {
	heard  bool
	lost   uint32
	jitter uint32
	at     time.Time
}

// senderReport is what a report of ours must quote of the peer's last one.
type senderReport struct {
	stamp uint32 // the middle of its NTP time
	at    time.Time
}

// epoch is 1900 as seconds before 1970: the era of NTP.
const epoch = 2208988800

func ntp(now time.Time) uint64 {
	return uint64(now.Unix()+epoch)<<32 | uint64(now.Nanosecond())<<32/1e9
}

// onControl receives RTCP, from its own port or out of RTP's.
func (l *Leg) onControl(datagram []byte, from netip.AddrPort, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || !l.session.ready || !packet(datagram).isRTCP() {
		return
	}
	sealed := l.session.sealing.active()
	if sealed {
		var err error
		if datagram, err = l.session.sealing.openRTCP(datagram); err != nil {
			l.in.unsealed++
			return
		}
	}
	l.readControl(datagram, from, sealed, now)
}

// readControl reads a compound packet that nobody else can have sent, or can only have sent from the peer's address (Rule T-81).
func (l *Leg) readControl(datagram []byte, from netip.AddrPort, proved bool, now time.Time) {
	packets, err := rtcp.Unmarshal(datagram)
	if err != nil || len(packets) == 0 {
		l.in.foreign++
		return
	}
	sender := controlSender(packets[0])
	if !proved && !l.in.latch.fromPeer(from, sender) {
		l.in.latch.dropped++
		return
	}
	l.in.control = from
	l.watch.alive(now)
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			l.in.sender = senderReport{stamp: uint32(p.NTPTime >> 16), at: now}
			l.readReports(p.Reports, now)
		case *rtcp.ReceiverReport:
			l.readReports(p.Reports, now)
		}
	}
}

func controlSender(p rtcp.Packet) uint32 {
	switch p := p.(type) {
	case *rtcp.SenderReport:
		return p.SSRC
	case *rtcp.ReceiverReport:
		return p.SSRC
	}
	return 0
}

func (l *Leg) readReports(reports []rtcp.ReceptionReport, now time.Time) {
	for _, r := range reports {
		if r.SSRC != l.out.ssrc {
			continue
		}
		l.in.far = farReport{heard: true, lost: r.TotalLost, jitter: r.Jitter, at: now}
		if r.LastSenderReport != 0 {
			// In 1/65536 s (RFC 3550 section 6.4.1). A peer whose clock steps yields nonsense, which is left out.
			trip := uint32(ntp(now)>>16) - r.LastSenderReport - r.Delay
			if trip < 10<<16 {
				l.in.roundTrip = time.Duration(trip) * time.Second >> 16
			}
		}
	}
}

// report sends a report when one is due. It holds l.mu.
func (l *Leg) report(now time.Time) {
	if !l.session.ready || now.Sub(l.out.reported) < reportEvery {
		return
	}
	l.out.reported = now
	if l.browser != nil {
		l.browser.writeControl(l.compound(now))
		return
	}
	if raw, err := rtcp.Marshal(l.compound(now)); err == nil {
		l.shipControl(raw)
	}
}

func (l *Leg) compound(now time.Time) []rtcp.Packet {
	var blocks []rtcp.ReceptionReport
	if l.in.reception.received > 0 {
		blocks = append(blocks, l.receptionReport(now))
	}
	name := &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: l.out.ssrc,
		Items:  []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "bellwether"}},
	}}}
	if l.out.packets == 0 {
		return []rtcp.Packet{&rtcp.ReceiverReport{SSRC: l.out.ssrc, Reports: blocks}, name}
	}
	return []rtcp.Packet{&rtcp.SenderReport{
		SSRC: l.out.ssrc, NTPTime: ntp(now), RTPTime: l.out.clock(now),
		PacketCount: l.out.packets, OctetCount: l.out.octets, Reports: blocks,
	}, name}
}

func (l *Leg) receptionReport(now time.Time) rtcp.ReceptionReport {
	r := &l.in.reception
	block := rtcp.ReceptionReport{
		SSRC: r.ssrc, FractionLost: r.fraction(), TotalLost: r.lost(), LastSequenceNumber: r.top, Jitter: uint32(r.jitter),
	}
	if !l.in.sender.at.IsZero() {
		block.LastSenderReport = l.in.sender.stamp
		block.Delay = uint32(now.Sub(l.in.sender.at) << 16 / time.Second)
	}
	return block
}

func (l *Leg) shipControl(raw []byte) {
	if l.session.sealing.active() {
		sealed, err := l.session.sealing.sealRTCP(raw)
		if err != nil {
			return
		}
		raw = sealed
	}
	to := l.controlDestination()
	if !to.Addr().IsValid() || to.Addr().IsUnspecified() || to.Port() == 0 {
		return
	}
	if l.session.agreed.Mux {
		_ = l.rtp.send(raw, to)
	} else {
		_ = l.rtcp.send(raw, to)
	}
}

// controlDestination follows the latch where audio came from elsewhere than was signalled.
func (l *Leg) controlDestination() netip.AddrPort {
	source := l.in.latch.source
	switch {
	case l.session.agreed.Mux:
		return l.destination()
	case l.in.control.IsValid():
		return l.in.control
	case source.IsValid() && source != l.session.agreed.Remote:
		return netip.AddrPortFrom(source.Addr(), source.Port()+1)
	case hidden(l.session.agreed.RTCP.Addr(), l.from):
		return netip.AddrPort{}
	}
	return l.session.agreed.RTCP
}

// Stats is how a leg fares. What is heard comes from counting, what is sent from the peer's reports.
type Stats struct {
	Sent      uint64
	Received  uint64
	Lost      uint64  // of what the peer sent
	Late      uint64  // out of order, or twice
	Injected  uint64  // from somebody else: dropped
	Foreign   uint64  // in no format that was agreed: dropped
	Unsealed  uint64  // not under the key: dropped
	Loss      float64 // share lost, 0 to 1
	Jitter    time.Duration
	RoundTrip time.Duration // 0: the peer sends no reports
	MOS       float64       // estimate of what we hear, 1 to 4.41; 0 where nothing was heard (Rule T-88)
	FarLoss   float64       // what the peer lost of ours
	FarJitter time.Duration
	FarMOS    float64 // estimate of what the peer hears; 0 where it does not tell
	LastHeard time.Time
	LatchedTo netip.AddrPort
	Encrypted bool
}

// Stats counts so far; after Close they stay as they were.
func (l *Leg) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	total, jitter := l.in.reception.total(), samplesTime(uint32(l.in.reception.jitter))
	s := Stats{
		Sent: uint64(l.out.packets), Received: total.received, Late: total.late, Injected: l.in.latch.dropped,
		Foreign: l.in.foreign, Unsealed: l.in.unsealed, Jitter: jitter, RoundTrip: l.in.roundTrip,
		LastHeard: l.watch.heard, LatchedTo: l.in.latch.source, Encrypted: l.session.sealing.active() || l.browser != nil,
	}
	if total.expected > total.received {
		s.Lost = total.expected - total.received
		s.Loss = float64(s.Lost) / float64(total.expected)
	}
	if total.received > 0 {
		s.MOS = meanOpinion(s.Loss, mouthToEar(jitter, l.in.roundTrip))
	}
	if far := l.in.far; far.heard && l.out.packets > 0 {
		s.FarLoss = min(1, float64(far.lost)/float64(l.out.packets))
		s.FarJitter = samplesTime(far.jitter)
		s.FarMOS = meanOpinion(s.FarLoss, mouthToEar(s.FarJitter, l.in.roundTrip))
	}
	return s
}

func samplesTime(n uint32) time.Duration { return time.Duration(n) * time.Second / audio.Rate }

// mouthToEar adds half the way round, a packet, and a buffer of four times the jitter, 40 ms at least.
func mouthToEar(jitter, roundTrip time.Duration) time.Duration {
	return roundTrip/2 + 20*time.Millisecond + max(40*time.Millisecond, 4*jitter)
}
