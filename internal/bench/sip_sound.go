package bench

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/ipv4"

	"bellwether/internal/media/sdp"
)

// slots is how many times in 20 ms a part of the streams is sent.
const slots = 20

// sound is one RTP socket for all telephones: it sends each a packet of G.711 every 20 ms, and counts what comes.
type sound struct {
	conn     *net.UDPConn
	at       netip.AddrPort
	sent     atomic.Int64
	received atomic.Int64

	mu      sync.Mutex
	to      []netip.AddrPort
	talking chan struct{} // closed to hush
	done    chan struct{}
}

func openSound(ip string) (*sound, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(ip)})
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(8 << 20) // what the kernel grants will do
	s := &sound{conn: conn, at: conn.LocalAddr().(*net.UDPAddr).AddrPort()}
	go s.drain()
	return s, nil
}

// offer describes the socket; as an answer it does too.
func (s *sound) offer() []byte {
	return sdp.Local{ID: 1, Version: 1, Addr: s.at.Addr(), Port: s.at.Port(), Codecs: []string{sdp.PCMA}, Ptime: 20}.Offer()
}

// add lets a described leg be spoken to.
func (s *sound) add(description []byte) {
	theirs, err := sdp.Parse(description)
	if err != nil || theirs.Audio() == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = append(s.to, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(theirs.Audio().Port)))
}

func (s *sound) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = nil
}

func (s *sound) drain() {
	messages := make([]ipv4.Message, 64)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, 1500)}
	}
	for p := ipv4.NewPacketConn(s.conn); ; {
		n, err := p.ReadBatch(messages, 0)
		if err != nil {
			return
		}
		for _, m := range messages[:n] {
			if m.N == 172 { // RTP of 20 ms; not RTCP
				s.received.Add(1)
			}
		}
	}
}

func (s *sound) speak() {
	s.talking, s.done = make(chan struct{}), make(chan struct{})
	go s.talk(s.batches())
}

func (s *sound) hush() {
	close(s.talking)
	<-s.done
	s.forget()
}

// batches makes a packet for each leg, in the slots of 20 ms.
func (s *sound) batches() (batches [slots][]ipv4.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, to := range s.to {
		raw := make([]byte, 172)
		raw[0], raw[1] = 0x80, 8
		binary.BigEndian.PutUint32(raw[8:], uint32(i+1))
		batches[i%slots] = append(batches[i%slots], ipv4.Message{Buffers: [][]byte{raw}, Addr: net.UDPAddrFromAddrPort(to)})
	}
	return batches
}

func (s *sound) talk(batches [slots][]ipv4.Message) {
	defer close(s.done)
	p, begun, slot := ipv4.NewPacketConn(s.conn), time.Now(), 0
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.talking:
			return
		case now := <-tick.C:
			for due := int(now.Sub(begun) / time.Millisecond); slot < due; slot++ {
				s.send(p, batches[slot%slots])
			}
		}
	}
}

func (s *sound) send(p *ipv4.PacketConn, batch []ipv4.Message) {
	for i := range batch {
		raw := batch[i].Buffers[0]
		binary.BigEndian.PutUint16(raw[2:], binary.BigEndian.Uint16(raw[2:])+1)
		binary.BigEndian.PutUint32(raw[4:], binary.BigEndian.Uint32(raw[4:])+160)
	}
	for len(batch) > 0 {
		n, err := p.WriteBatch(batch, 0)
		if err != nil {
			return
		}
		batch = batch[n:]
		s.sent.Add(int64(n))
	}
}

// second counts for a second.
func (s *sound) second() (sent, received int64) {
	sent, received = s.sent.Load(), s.received.Load()
	<-time.After(time.Second)
	return s.sent.Load() - sent, s.received.Load() - received
}
