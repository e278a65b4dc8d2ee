package audio

// Law is one of the two companding laws of ITU-T G.711.
type Law uint8

const (
	ULaw Law = iota // PCMU, payload type 0, WAV format 7
	ALaw            // PCMA, payload type 8, WAV format 6
)

// Rate is the samples, and bytes, a second of G.711.
const Rate = 8000

// The tables are variables with initializers, so that whatever clip is made while the program starts finds them.
var (
	decoded = tables(func(law Law, i int) int16 { return [2]func(byte) int16{decodeU, decodeA}[law](byte(i)) }, 1<<8)
	encoded = tables(func(law Law, i int) byte { return [2]func(int) byte{encodeU, encodeA}[law](int(int16(i << 2))) }, 1<<14) // by sample >> 2
	crossed = tables(func(law Law, i int) byte { return Law(1 - law).Encode(law.Decode(byte(i))) }, 1<<8)                      // to the other law
)

func tables[T any](of func(law Law, i int) T, size int) (both [2][]T) {
	for law := range both {
		both[law] = make([]T, size)
		for i := range both[law] {
			both[law][i] = of(Law(law), i)
		}
	}
	return both
}

// Decode gives the sample a byte stands for, in 16 bits.
func (l Law) Decode(b byte) int16 { return decoded[l][b] }

// Encode gives the byte nearest to a sample.
func (l Law) Encode(sample int16) byte { return encoded[l][uint16(sample)>>2] }

// Silence is the byte of a zero sample.
func (l Law) Silence() byte { return l.Encode(0) }

// Cross turns a payload of l into the other law, in place.
func (l Law) Cross(payload []byte) {
	table := crossed[l]
	for i, b := range payload {
		payload[i] = table[b]
	}
}

const uBias = 0x84 // of 16-bit samples

func encodeU(sample int) byte {
	sign := byte(0)
	if sample < 0 {
		sample, sign = -sample, 0x80
	}
	sample = min(sample, 32635) + uBias
	segment := 7
	for bound := 0x4000; segment > 0 && sample&bound == 0; bound >>= 1 {
		segment--
	}
	return ^(sign | byte(segment)<<4 | byte(sample>>(segment+3))&0x0f)
}

func decodeU(b byte) int16 {
	b = ^b
	sample := (int(b&0x0f)<<3+uBias)<<(b>>4&7) - uBias
	if b&0x80 != 0 {
		sample = -sample
	}
	return int16(sample)
}

func encodeA(sample int) byte {
	mask := byte(0xd5)
	if sample < 0 {
		sample, mask = -sample-1, 0x55
	}
	sample >>= 3 // 12 bits and a sign
	if sample < 32 {
		return mask ^ byte(sample>>1)
	}
	segment := 7
	for bound := 0x800; segment > 1 && sample&bound == 0; bound >>= 1 {
		segment--
	}
	return mask ^ (byte(segment)<<4 | byte(sample>>segment)&0x0f)
}

func decodeA(b byte) int16 {
	b ^= 0x55
	sample := int(b&0x0f)<<4 + 8
	if segment := b >> 4 & 7; segment > 0 {
		sample = (sample + 0x100) << (segment - 1)
	}
	if b&0x80 == 0 {
		sample = -sample
	}
	return int16(sample)
}
