package audio

import "encoding/binary"

// Formats of WAV files that we read.
const (
	formatPCM        = 1
	formatALaw       = 6
	formatULaw       = 7
	formatExtensible = 0xfffe
)

type wavFormat struct {
	tag      uint16
	channels int
	rate     int
	bits     int
}

// readWAV reads a RIFF file. Chunks that claim more than there is are read as far as they go: files cut short still speak.
func readWAV(data []byte) (*Clip, error) {
	if len(data) < 12 || string(data[8:12]) != "WAVE" {
		return nil, unreadable("a RIFF file that is no WAV")
	}
	var format *wavFormat
	for rest := data[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[8:min(len(rest), 8+size)]
		switch name {
		case "fmt ":
			if format = parseFormat(body); format == nil {
				return nil, unreadable("a WAV whose format cannot be read")
			}
		case "data":
			if format == nil {
				return nil, unreadable("a WAV without a format")
			}
			return format.decode(body)
		}
		rest = rest[min(len(rest), 8+size+size&1):]
	}
	return nil, unreadable("a WAV without sound")
}

func parseFormat(body []byte) *wavFormat {
	if len(body) < 16 {
		return nil
	}
	f := &wavFormat{
		tag:      binary.LittleEndian.Uint16(body),
		channels: int(binary.LittleEndian.Uint16(body[2:])),
		rate:     int(binary.LittleEndian.Uint32(body[4:])),
		bits:     int(binary.LittleEndian.Uint16(body[14:])),
	}
	if f.tag == formatExtensible && len(body) >= 26 {
		f.tag = binary.LittleEndian.Uint16(body[24:])
	}
	if f.channels < 1 || f.channels > 8 {
		return nil
	}
	return f
}

// sample gives the function that reads one sample of -1 to 1, and its width in bytes.
func (f *wavFormat) sample() (func([]byte) float64, int) {
	law := func(l Law) func([]byte) float64 {
		return func(b []byte) float64 { return float64(l.Decode(b[0])) / 32768 }
	}
	switch {
	case f.tag == formatPCM && f.bits == 8:
		return func(b []byte) float64 { return (float64(b[0]) - 128) / 128 }, 1
	case f.tag == formatPCM && f.bits == 16:
		return func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) / 32768 }, 2
	case f.tag == formatPCM && f.bits == 24:
		return func(b []byte) float64 {
			return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
		}, 3
	case f.tag == formatALaw:
		return law(ALaw), 1
	case f.tag == formatULaw:
		return law(ULaw), 1
	}
	return nil, 0
}

func (f *wavFormat) decode(body []byte) (*Clip, error) {
	read, width := f.sample()
	if read == nil {
		return nil, unreadable("a WAV of format %d with %d bits", f.tag, f.bits)
	}
	frame := width * f.channels
	sound := mono{rate: f.rate, samples: make([]float32, len(body)/frame)}
	for i := range sound.samples {
		sum := 0.0
		for channel := range f.channels {
			sum += read(body[i*frame+channel*width:])
		}
		sound.samples[i] = float32(sum / float64(f.channels))
	}
	return sound.clip()
}
