package media

import "encoding/binary"

// maxPacket holds 60 ms of G.711 with header and SRTP tag, and any RTCP we read; what is longer is nobody's audio.
const maxPacket = 1500

const headerBytes = 12

// packet is an RTP packet in the buffer it came in (RFC 3550 section 5.1), rewritten in place on its way through.
type packet []byte

// parse checks what cannot be trusted: version, CSRC list, extension and padding. It gives the payload's place.
func (p packet) parse() (payload []byte, ok bool) {
	if len(p) < headerBytes || p[0]>>6 != 2 {
		return nil, false
	}
	start := headerBytes + 4*int(p[0]&0x0f)
	if p[0]&0x10 != 0 {
		if len(p) < start+4 {
			return nil, false
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(p[start+2:]))
	}
	end := len(p)
	if p[0]&0x20 != 0 && end > 0 {
		end -= int(p[end-1])
	}
	if start > end {
		return nil, false
	}
	return p[start:end], true
}

func (p packet) pt() uint8         { return p[1] & 0x7f }
func (p packet) marker() bool      { return p[1]&0x80 != 0 }
func (p packet) seq() uint16       { return binary.BigEndian.Uint16(p[2:]) }
func (p packet) timestamp() uint32 { return binary.BigEndian.Uint32(p[4:]) }
func (p packet) ssrc() uint32      { return binary.BigEndian.Uint32(p[8:]) }

// isRTCP tells RTCP from RTP on one port (RFC 5761 section 4).
func (p packet) isRTCP() bool { return len(p) >= 8 && p[0]>>6 == 2 && p[1] >= 192 && p[1] <= 223 }

// put writes a plain header.
func (p packet) put(pt uint8, marker bool, seq uint16, timestamp, ssrc uint32) {
	p[0], p[1] = 0x80, pt
	if marker {
		p[1] |= 0x80
	}
	binary.BigEndian.PutUint16(p[2:], seq)
	binary.BigEndian.PutUint32(p[4:], timestamp)
	binary.BigEndian.PutUint32(p[8:], ssrc)
}
