package audio

import (
	"bytes"
	"io"
	"time"

	"bellwether/internal/errs"
)

// What an upload may have.
const (
	MaxUpload = 32 << 20
	MaxLength = 10 * time.Minute
)

func unreadable(format string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, "audio.unreadable", format, args...).Try("upload a WAV (8 or 16 bits, or G.711) or an MP3 file")
}

func tooLong() error {
	return errs.New(errs.Invalid, "audio.too_long", "the recording is too long").
		Try("a prompt has at most 10 minutes and 32 MB")
}

// Read makes a clip of an uploaded file, WAV or MP3, at any rate and with any number of channels.
// Errors: audio.unreadable, audio.too_long.
func Read(r io.Reader) (*Clip, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxUpload+1))
	if err != nil {
		return nil, unreadable("the file breaks off").Because(err)
	}
	switch {
	case len(data) > MaxUpload:
		return nil, tooLong()
	case bytes.HasPrefix(data, []byte("RIFF")):
		return readWAV(data)
	case looksLikeMP3(data):
		return readMP3(data)
	}
	return nil, unreadable("the file is neither WAV nor MP3")
}

// mono is sound on its way to a clip: samples of -1 to 1.
type mono struct {
	rate    int
	samples []float32
}

func (m mono) clip() (*Clip, error) {
	switch {
	case m.rate < 4000 || m.rate > 192000:
		return nil, unreadable("a rate of %d samples a second", m.rate)
	case len(m.samples)/m.rate > int(MaxLength/time.Second):
		return nil, tooLong()
	}
	sound := resample(m.samples, m.rate)
	if len(sound) == 0 {
		return nil, unreadable("there is no sound in the file")
	}
	return FromPCM(sound), nil
}
