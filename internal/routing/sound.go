package routing

import (
	"bytes"
	"encoding/binary"
	"time"

	"bellwether/internal/errs"
)

// Sound is what a file of sound holds.
type Sound struct {
	Format string // "wav", "mp3"
	Length time.Duration
}

const (
	longestSound = 30 * time.Minute
	// LargestSound is how long a file may be, in bytes.
	LargestSound = 20 << 20
)

func badSound(format string, args ...any) error {
	return errs.New(errs.Invalid, "routing.bad_sound", format, args...).At("file").Try("upload a WAV or MP3 file of at most 30 minutes and 20 MB")
}

// ReadSound looks at what a file holds, whatever it is called (Rule T-50): WAV with 8 or 16 bits of PCM, A-law or mu-law, one or
// two channels; MPEG audio layer III. errs.Invalid `routing.bad_sound` for anything else.
func ReadSound(file []byte) (s Sound, err error) {
	switch {
	case len(file) > LargestSound:
		return s, badSound("the file is larger than %d MB", LargestSound>>20)
	case len(file) > 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WAVE":
		s, err = readWAV(file)
	default:
		s, err = readMP3(file)
	}
	if err == nil && (s.Length < 100*time.Millisecond || s.Length > longestSound) {
		err = badSound("the sound lasts %s", s.Length.Round(time.Millisecond))
	}
	return s, err
}

// readWAV walks the chunks of a RIFF file.
func readWAV(file []byte) (Sound, error) {
	const (
		pcm, alaw, mulaw = 1, 6, 7
		header, formOf   = 8, 16
	)
	var rate, block int
	for rest := file[12:]; len(rest) >= header; {
		size := int64(binary.LittleEndian.Uint32(rest[4:]))
		body := rest[header:]
		switch name := string(rest[:4]); {
		case name == "fmt " && size >= formOf && int64(len(body)) >= size:
			coding, channels := binary.LittleEndian.Uint16(body), int(binary.LittleEndian.Uint16(body[2:]))
			bits := int(binary.LittleEndian.Uint16(body[14:]))
			rate, block = int(binary.LittleEndian.Uint32(body[4:])), int(binary.LittleEndian.Uint16(body[12:]))
			known := coding == pcm && (bits == 8 || bits == 16) || (coding == alaw || coding == mulaw) && bits == 8
			if !known || channels < 1 || channels > 2 || rate < 8000 || rate > 48000 || block != channels*bits/8 {
				return Sound{}, badSound("the WAV file is not 8 or 16 bits of PCM, A-law or mu-law at 8 to 48 kHz")
			}
		case name == "data":
			if rate == 0 {
				return Sound{}, badSound("the WAV file does not say how its sound is written")
			}
			size = min(size, int64(len(body))) // recorders that were cut off leave a length that is not there
			return Sound{"wav", time.Duration(size) * time.Second / time.Duration(rate*block)}, nil
		}
		size += size & 1
		if int64(len(body)) < size {
			break
		}
		rest = body[size:]
	}
	return Sound{}, badSound("the WAV file has no sound")
}

// readMP3 walks the frames of MPEG audio layer III: each must follow the one before, but for tags at both ends.
func readMP3(file []byte) (Sound, error) {
	const fewest = 3
	rest := withoutTag(file)
	var length time.Duration
	frames := 0
	for len(rest) >= 4 {
		size, lasts, ok := frame(rest)
		if !ok || size > len(rest) {
			break
		}
		length += lasts
		frames++
		rest = rest[size:]
	}
	tail := len(rest) == 0 || bytes.HasPrefix(rest, []byte("TAG")) || bytes.HasPrefix(rest, []byte("APETAGEX")) || len(bytes.Trim(rest, "\x00")) == 0 || len(rest) < 2048 && frames > 100
	if frames < fewest || !tail {
		return Sound{}, badSound("the file is neither WAV nor MP3")
	}
	return Sound{"mp3", length}, nil
}

// withoutTag leaves out an ID3v2 tag.
func withoutTag(file []byte) []byte {
	const header = 10
	if len(file) < header || string(file[:3]) != "ID3" {
		return file
	}
	size := int(file[6]&0x7f)<<21 | int(file[7]&0x7f)<<14 | int(file[8]&0x7f)<<7 | int(file[9]&0x7f)
	if size+header > len(file) {
		return nil
	}
	return file[size+header:]
}

var (
	bitrates1 = [16]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
	bitrates2 = [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	rates     = [4]int{44100, 48000, 32000, 0}
)

// frame reads the header of an MPEG audio frame (ISO 11172-3, 13818-3, layer III).
func frame(b []byte) (size int, lasts time.Duration, ok bool) {
	if b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return 0, 0, false
	}
	version, layer := b[1]>>3&3, b[1]>>1&3 // 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5; layer 1: III
	rate, bitrate, samples := rates[b[2]>>2&3], bitrates1[b[2]>>4], 1152
	switch version {
	case 3:
	case 2:
		rate, bitrate, samples = rate/2, bitrates2[b[2]>>4], 576
	case 0:
		rate, bitrate, samples = rate/4, bitrates2[b[2]>>4], 576
	default:
		return 0, 0, false
	}
	if layer != 1 || rate == 0 || bitrate == 0 {
		return 0, 0, false
	}
	size = samples / 8 * bitrate * 1000 / rate
	if b[2]&2 != 0 {
		size++
	}
	return size, time.Duration(samples) * time.Second / time.Duration(rate), size > 4
}
