package audio

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// looksLikeMP3 knows an ID3 tag or the sync word of a frame.
func looksLikeMP3(data []byte) bool {
	return bytes.HasPrefix(data, []byte("ID3")) || len(data) > 1 && data[0] == 0xff && data[1]&0xe0 == 0xe0
}

// lowestMP3 is the lowest rate of MPEG-1. The library makes noise of what MPEG-2 has below it.
const lowestMP3 = 32000

// readMP3 decodes to 16 bits stereo, as the library gives it. The library panics on some broken files: such a file is unreadable.
func readMP3(data []byte) (clip *Clip, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			clip, err = nil, unreadable("the MP3 is broken: %v", broken)
		}
	}()
	decoder, err := mp3.NewDecoder(bytes.NewReader(data))
	if err != nil {
		return nil, unreadable("the MP3 cannot be decoded").Because(err)
	}
	if decoder.SampleRate() < lowestMP3 {
		return nil, unreadable("an MP3 of %d samples a second", decoder.SampleRate()).Try("save it at 44,100 samples a second, or as WAV")
	}
	limit := int64(MaxLength.Seconds()+1) * int64(decoder.SampleRate()) * 4
	pcm, err := io.ReadAll(io.LimitReader(decoder, limit))
	if err != nil {
		return nil, unreadable("the MP3 breaks off").Because(err)
	}
	sound := mono{rate: decoder.SampleRate(), samples: make([]float32, len(pcm)/4)}
	for i := range sound.samples {
		left, right := int16(binary.LittleEndian.Uint16(pcm[i*4:])), int16(binary.LittleEndian.Uint16(pcm[i*4+2:]))
		sound.samples[i] = (float32(left) + float32(right)) / 65536
	}
	return sound.clip()
}
