package mediatest

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/srtp/v3"

	"bellwether/internal/media/audio"
	"bellwether/internal/media/sdp"
)

// patience is how long a peer waits for what a test expects, on a machine that is busy.
const patience = 15 * time.Second

// windowSize is the tenth of a second that is listened to at once.
const windowSize = 800

// Peer is a phone on loopback.
type Peer struct {
	t     testing.TB
	rtp   *net.UDPConn
	rtcp  *net.UDPConn
	local sdp.Local
	group sync.WaitGroup
	stop  chan struct{}

	mu      sync.Mutex
	agreed  sdp.Agreement
	to      netip.AddrPort
	seal    *srtp.Context
	unseal  *srtp.Context
	voice   *voice
	keys    string // received, each once
	keyAt   uint32
	pcm     []int16
	windows [][]int16
	wire    []byte // payloads as they came, encrypted or not; a second of them
	changed chan struct{}
	SSRCs   []uint32 // of what came, in order of appearance; read them under no test traffic
	jumps   int
	last    [2]uint32 // sequence number and timestamp
	reports int
}

type voice struct {
	hz    float64
	phase float64
	ssrc  uint32
	seq   uint16
	ts    uint32
	key   byte
	keyTS uint32
	keyN  int
}

// Option changes a peer before it speaks.
type Option func(*sdp.Local)

// Speaks sets the codecs, the dearer first.
func Speaks(codecs ...string) Option { return func(l *sdp.Local) { l.Codecs = codecs } }

// Sealed gives the peer SRTP keys: it offers SAVP.
func Sealed(l *sdp.Local) { l.Keys = sdp.NewKeys() }

// Muxed offers RTCP on the port of RTP.
func Muxed(l *sdp.Local) { l.Mux = true }

// New makes a peer that is gone when the test ends.
func New(t testing.TB, options ...Option) *Peer {
	t.Helper()
	p := &Peer{t: t, stop: make(chan struct{}), changed: make(chan struct{})}
	p.rtp, p.rtcp = pair(t)
	address := p.rtp.LocalAddr().(*net.UDPAddr).AddrPort()
	p.local = sdp.Local{ID: 1, Addr: address.Addr(), Port: address.Port(), Codecs: []string{sdp.PCMA, sdp.PCMU}, Ptime: 20}
	for _, option := range options {
		option(&p.local)
	}
	p.voice = &voice{ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), ts: rand.Uint32()}
	p.group.Go(p.listen)
	p.group.Go(p.control)
	p.group.Go(p.talk)
	t.Cleanup(p.Close)
	return p
}

// pair opens two ports in a row, as phones do.
func pair(t testing.TB) (*net.UDPConn, *net.UDPConn) {
	t.Helper()
	for range 100 {
		first, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		second, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: first.LocalAddr().(*net.UDPAddr).Port + 1})
		if err == nil {
			return first, second
		}
		_ = first.Close()
	}
	t.Fatal("no two ports in a row")
	return nil, nil
}

// Close ends the peer, once.
func (p *Peer) Close() {
	select {
	case <-p.stop:
		return
	default:
		close(p.stop)
	}
	_ = p.rtp.Close()
	_ = p.rtcp.Close()
	p.group.Wait()
}

// Addr is where the peer takes RTP.
func (p *Peer) Addr() netip.AddrPort { return netip.AddrPortFrom(p.local.Addr, p.local.Port) }

// Offer is the peer's offer.
func (p *Peer) Offer() []byte {
	p.local.Version++
	return p.local.Offer()
}

// Direct sets the direction of the next description: sdp.SendOnly holds.
func (p *Peer) Direct(d sdp.Direction) { p.local.Direction = d }

// Answer takes an offer.
func (p *Peer) Answer(offer []byte) []byte {
	p.t.Helper()
	theirs, err := sdp.Parse(offer)
	if err != nil {
		p.t.Fatal(err)
	}
	local := p.local
	if local.Keys == nil {
		local.Keys = sdp.NewKeys()
	}
	answer, agreed, err := local.Answer(theirs)
	if err != nil {
		p.t.Fatal(err)
	}
	p.agree(agreed)
	return answer
}

// Accept takes the answer to Offer.
func (p *Peer) Accept(answer []byte) {
	p.t.Helper()
	theirs, err := sdp.Parse(answer)
	if err != nil {
		p.t.Fatal(err)
	}
	agreed, err := p.local.Accept(theirs)
	if err != nil {
		p.t.Fatal(err)
	}
	p.agree(agreed)
}

func (p *Peer) agree(agreed sdp.Agreement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if agreed.Secure && p.seal == nil {
		p.seal, p.unseal = p.context(agreed.LocalKey), p.context(agreed.RemoteKey)
	}
	p.agreed, p.to = agreed, agreed.Remote
}

func (p *Peer) context(key sdp.Crypto) *srtp.Context {
	profile := srtp.ProtectionProfileAes128CmHmacSha1_80
	if key.Suite == sdp.Suite32 {
		profile = srtp.ProtectionProfileAes128CmHmacSha1_32
	}
	context, err := srtp.CreateContext(key.Key[:16], key.Key[16:], profile)
	if err != nil {
		p.t.Fatal(err)
	}
	return context
}

// Speak says a tone from now on; 0 is silence, without packets.
func (p *Peer) Speak(hz float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.voice.hz = hz
}

// NewStream goes on as another source would: another SSRC, other numbers.
func (p *Peer) NewStream() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.voice.ssrc, p.voice.seq, p.voice.ts = rand.Uint32(), uint16(rand.Uint32()), rand.Uint32()
}

// Press presses a key, once the one before has been sent.
func (p *Peer) Press(key byte) {
	p.t.Helper()
	p.until("the key before to be sent", func() bool { return p.voice.key == 0 })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.voice.key, p.voice.keyN = key, 0
}

// talk sends a packet each 20 ms.
func (p *Peer) talk() {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-ticker.C:
		}
		p.mu.Lock()
		raw, to := p.say(), p.to
		p.mu.Unlock()
		if raw != nil && to.IsValid() {
			_, _ = p.rtp.WriteToUDPAddrPort(raw, to)
		}
	}
}

// say is the next packet, or nil.
func (p *Peer) say() []byte {
	v := p.voice
	v.ts += 160
	if v.key != 0 && p.agreed.Events {
		return p.sealed(p.sayKey())
	}
	if v.hz == 0 || !p.to.IsValid() {
		return nil
	}
	v.seq++
	raw := header(p.agreed.Send.PT, v.seq, v.ts, v.ssrc)
	law := audio.ULaw
	if p.agreed.Send.Is(sdp.PCMA) {
		law = audio.ALaw
	}
	for range 160 {
		v.phase += 2 * math.Pi * v.hz / audio.Rate
		raw = append(raw, law.Encode(int16(8000*math.Sin(v.phase))))
	}
	return p.sealed(raw)
}

const keyNames = "0123456789*#ABCD"

func (p *Peer) sayKey() []byte {
	v := p.voice
	if v.keyN == 0 {
		v.keyTS = v.ts
	}
	v.seq++
	v.keyN++
	end := byte(0)
	if v.keyN > 5 {
		end = 0x80
	}
	raw := header(p.agreed.EventOut, v.seq, v.keyTS, v.ssrc)
	raw = append(raw, byte(strings.IndexByte(keyNames, v.key)), end|10)
	raw = binary.BigEndian.AppendUint16(raw, uint16(min(v.keyN, 6)*160))
	if v.keyN == 8 {
		v.key = 0
		p.notify()
	}
	return raw
}

func header(pt uint8, seq uint16, ts, ssrc uint32) []byte {
	raw := append(make([]byte, 0, 200), 0x80, pt)
	raw = binary.BigEndian.AppendUint16(raw, seq)
	raw = binary.BigEndian.AppendUint32(raw, ts)
	return binary.BigEndian.AppendUint32(raw, ssrc)
}

func (p *Peer) sealed(raw []byte) []byte {
	if p.seal == nil {
		return raw
	}
	sealed, err := p.seal.EncryptRTP(nil, raw, nil)
	if err != nil {
		p.t.Error(err)
	}
	return sealed
}

func (p *Peer) listen() {
	buffer := make([]byte, 1500)
	for {
		n, _, err := p.rtp.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		p.hear(slices.Clone(buffer[:n]))
	}
}

func (p *Peer) hear(raw []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(raw) > 1 && raw[1] >= 192 && raw[1] <= 223 {
		p.reports++
		p.notify()
		return
	}
	if len(raw) > 12 && len(p.wire) < audio.Rate {
		p.wire = append(p.wire, raw[12:min(len(raw), 12+160)]...)
	}
	if p.unseal != nil {
		var err error
		if raw, err = p.unseal.DecryptRTP(nil, raw, nil); err != nil {
			return
		}
	}
	if len(raw) < 12 {
		return
	}
	p.follow(raw)
	pt, payload := raw[1]&0x7f, raw[12:]
	switch {
	case p.agreed.Events && pt == p.agreed.EventIn:
		p.hearKey(binary.BigEndian.Uint32(raw[4:]), payload)
	case pt == 0:
		p.listenTo(payload, audio.ULaw)
	case pt == 8:
		p.listenTo(payload, audio.ALaw)
	}
	p.notify()
}

// follow checks that the stream is one: a single SSRC, numbers that rise.
func (p *Peer) follow(raw []byte) {
	seq, ts, ssrc := uint32(binary.BigEndian.Uint16(raw[2:])), binary.BigEndian.Uint32(raw[4:]), binary.BigEndian.Uint32(raw[8:])
	if !slices.Contains(p.SSRCs, ssrc) {
		p.SSRCs = append(p.SSRCs, ssrc)
	} else if int16(uint16(seq)-uint16(p.last[0])) <= 0 || int32(ts-p.last[1]) < 0 {
		p.jumps++
	}
	p.last = [2]uint32{seq, ts}
}

func (p *Peer) hearKey(ts uint32, payload []byte) {
	if len(payload) == 4 && (p.keys == "" || ts != p.keyAt) {
		p.keyAt = ts
		p.keys += string(keyNames[payload[0]&0x0f])
	}
}

func (p *Peer) listenTo(payload []byte, law audio.Law) {
	for _, b := range payload {
		p.pcm = append(p.pcm, law.Decode(b))
	}
	for len(p.pcm) >= windowSize {
		p.windows = append(p.windows, p.pcm[:windowSize:windowSize])
		p.pcm = p.pcm[windowSize:]
	}
}

func (p *Peer) control() {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := p.rtcp.ReadFromUDPAddrPort(buffer); err != nil {
			return
		}
		p.mu.Lock()
		p.reports++
		p.notify()
		p.mu.Unlock()
	}
}

func (p *Peer) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}
