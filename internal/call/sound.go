package call

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"io"

	"bellwether/internal/errs"
)

// Sound is what a recording's file holds.
type Sound struct {
	Hash    string // SHA-256 of the file
	Bytes   int64
	Seconds int64 // rounded up
	Peaks   Peaks
}

// Peaks are how loud each side is over time, 0 to 255: as many of the left side (the client) as of the right (the staff).
// Those of a file of one channel stand on both.
type Peaks struct{ Left, Right []byte }

// PeakCount is how many pieces a recording is cut into for its peaks.
const PeakCount = 160

func (p Peaks) text() string {
	return base64.RawStdEncoding.EncodeToString(append(append([]byte{}, p.Left...), p.Right...))
}

func readPeaks(text string) Peaks {
	both, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return Peaks{}
	}
	half := len(both) / 2
	return Peaks{both[:half], both[half : 2*half]}
}

// The encodings of WAV that recordings have.
const (
	wavPCM  = 1
	wavALaw = 6
	wavULaw = 7
)

// wavFormat is what the head of a WAV file says.
type wavFormat struct {
	encoding, channels uint16
	rate               uint32
	width              int // bytes of a sample of one channel
}

func notWAV(why string) error {
	return errs.New(errs.Invalid, "call.bad_sound", "the recording is no WAV file that can be read: %s", why).At("file").
		Try("write 16-bit PCM or G.711, one or two channels")
}

// measure reads a WAV file of so many bytes: how long it is, and its peaks.
func measure(r io.Reader, size int64) (s Sound, err error) {
	in := bufio.NewReaderSize(r, 64<<10)
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return s, notWAV("it has no head")
	}
	var format wavFormat
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(in, chunk[:]); err != nil {
			return s, notWAV("it has no sound")
		}
		length := int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch string(chunk[:4]) {
		case "fmt ":
			if format, err = readFormat(in, length); err != nil {
				return s, err
			}
		case "data":
			s.Bytes = size
			return s, s.listen(in, format, min(length, size))
		default:
			if _, err := in.Discard(int(length + length%2)); err != nil {
				return s, notWAV("it breaks off")
			}
		}
	}
}

func readFormat(in *bufio.Reader, length int64) (f wavFormat, err error) {
	const least, most = 16, 64
	if length < least || length > most {
		return f, notWAV("its format is unknown")
	}
	text := make([]byte, length+length%2)
	if _, err := io.ReadFull(in, text); err != nil {
		return f, notWAV("it breaks off")
	}
	f = wavFormat{encoding: binary.LittleEndian.Uint16(text), channels: binary.LittleEndian.Uint16(text[2:]), rate: binary.LittleEndian.Uint32(text[4:])}
	bits := binary.LittleEndian.Uint16(text[14:])
	switch {
	case f.encoding == wavPCM && bits == 16:
		f.width = 2
	case (f.encoding == wavALaw || f.encoding == wavULaw) && bits == 8:
		f.width = 1
	default:
		return f, notWAV("its encoding is unknown")
	}
	if f.channels < 1 || f.channels > 2 || f.rate == 0 {
		return f, notWAV("it has neither one nor two channels")
	}
	return f, nil
}

// listen finds the length and the peaks of so many bytes of sound.
func (s *Sound) listen(in io.Reader, f wavFormat, length int64) error {
	if f.width == 0 {
		return notWAV("its format comes after its sound")
	}
	frame := int64(f.width) * int64(f.channels)
	frames := length / frame
	s.Seconds = (frames + int64(f.rate) - 1) / int64(f.rate)
	loud := [2][]int{make([]int, PeakCount), make([]int, PeakCount)}
	buffer := make([]byte, frame)
	for i := range frames {
		if _, err := io.ReadFull(in, buffer); err != nil {
			break // a file that was cut off is as long as it is
		}
		piece := i * PeakCount / frames
		for side := range 2 {
			at := min(side, int(f.channels)-1) * f.width
			loud[side][piece] = max(loud[side][piece], f.level(buffer[at:at+f.width]))
		}
	}
	s.Peaks = Peaks{scaled(loud[0]), scaled(loud[1])}
	return nil
}

// scaled turns levels of 16 bits into bytes.
func scaled(levels []int) []byte {
	peaks := make([]byte, len(levels))
	for i, level := range levels {
		peaks[i] = byte(min(level>>7, 255))
	}
	return peaks
}

// level is how far a sample is from silence, 0 to 32768.
func (f wavFormat) level(sample []byte) int {
	switch f.encoding {
	case wavULaw:
		return muLawLevel(sample[0])
	case wavALaw:
		return aLawLevel(sample[0])
	}
	return abs(int(int16(binary.LittleEndian.Uint16(sample))))
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// muLawLevel is the level of a µ-law byte (ITU-T G.711).
func muLawLevel(b byte) int {
	const bias = 0x84
	b = ^b
	return (int(b&0x0f)<<3+bias)<<(b>>4&7) - bias
}

// aLawLevel is the level of an A-law byte (ITU-T G.711).
func aLawLevel(b byte) int {
	b ^= 0x55
	level, exponent := int(b&0x0f)<<4+8, b>>4&7
	if exponent > 0 {
		level = (level + 0x100) << (exponent - 1)
	}
	return level
}
