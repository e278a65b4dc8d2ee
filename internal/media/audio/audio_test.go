package audio_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/mediatest"
)

// Values of ITU-T G.711, tables 1 and 2: ends of segments and the smallest steps, scaled to 16 bits.
func TestLaws(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		law    audio.Law
		sample int16
		code   byte
	}{
		{audio.ULaw, 0, 0xff},
		{audio.ULaw, 32767, 0x80},
		{audio.ULaw, -32768, 0x00},
		{audio.ULaw, 1000, 0xce},
		{audio.ULaw, -1000, 0x4e},
		{audio.ALaw, 0, 0xd5},
		{audio.ALaw, 32767, 0xaa},
		{audio.ALaw, -32768, 0x2a},
		{audio.ALaw, 1000, 0xfa},
		{audio.ALaw, -1000, 0x7a},
	} {
		if got := c.law.Encode(c.sample); got != c.code {
			t.Errorf("law %d of %d: %#x, want %#x", c.law, c.sample, got, c.code)
		}
	}
	for _, law := range []audio.Law{audio.ULaw, audio.ALaw} {
		for b := range 256 {
			sample := law.Decode(byte(b))
			if again := law.Decode(law.Encode(sample)); again != sample {
				t.Errorf("law %d: code %#x is %d, encoded and decoded %d", law, b, sample, again)
			}
			crossed := []byte{byte(b)}
			law.Cross(crossed)
			if far := int(audio.Law(1-law).Decode(crossed[0])) - int(sample); math.Abs(float64(far)) > 16+math.Abs(float64(sample))/16 {
				t.Errorf("law %d: code %#x crosses with an error of %d from %d", law, b, far, sample)
			}
		}
		if law.Decode(law.Silence()) > 8 || law.Decode(law.Silence()) < -8 {
			t.Errorf("law %d: silence is heard", law)
		}
	}
}

// wav makes a file of a tone.
func wav(tag, bits uint16, channels, rate int, hz float64, length time.Duration) []byte {
	var data []byte
	for i := range int(length.Seconds() * float64(rate)) {
		sample := int16(12000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
		for range channels {
			switch {
			case tag == 6:
				data = append(data, audio.ALaw.Encode(sample))
			case tag == 7:
				data = append(data, audio.ULaw.Encode(sample))
			case bits == 8:
				data = append(data, byte(int(sample)>>8+128))
			case bits == 24:
				data = append(data, 0, byte(sample), byte(sample>>8))
			default:
				data = binary.LittleEndian.AppendUint16(data, uint16(sample))
			}
		}
	}
	width := int(bits) / 8 * channels
	u16, u32 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32
	out := u32([]byte("RIFF"), uint32(36+len(data)))
	out = u32(append(out, "WAVEfmt "...), 16)
	out = u32(u32(u16(u16(out, tag), uint16(channels)), uint32(rate)), uint32(rate*width))
	out = u16(u16(out, uint16(width)), bits)
	out = u32(append(out, "LIST"...), 3)
	out = append(out, 'x', 'y', 'z', 0) // a chunk of odd length, with its pad
	return append(u32(append(out, "data"...), uint32(len(data))), data...)
}

// Any WAV becomes a clip of the same sound and length; what 8 kHz cannot hold is gone, not folded down.
func TestWAV(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		tag, bits uint16
		channels  int
		rate      int
	}{
		{"8 bits", 1, 8, 1, 8000},
		{"16 bits", 1, 16, 1, 8000},
		{"24 bits", 1, 24, 1, 8000},
		{"A-law", 6, 8, 1, 8000},
		{"µ-law stereo", 7, 8, 2, 8000},
		{"of a CD", 1, 16, 2, 44100},
		{"of a studio", 1, 24, 2, 96000},
		{"11025", 1, 8, 1, 11025},
		{"16000", 1, 16, 1, 16000},
		{"6000", 1, 16, 1, 6000},
	} {
		clip, err := audio.Read(bytes.NewReader(wav(c.tag, c.bits, c.channels, c.rate, 1000, time.Second)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		pcm := clip.PCM()
		if share := mediatest.Share(pcm[800:7200], 1000); share < 0.95 || mediatest.Level(pcm) < 7000 {
			t.Errorf("%s: %.2f of it is the tone, at %.0f", c.name, share, mediatest.Level(pcm))
		}
		if d := clip.Duration() - time.Second; d > 5*time.Millisecond || d < -5*time.Millisecond {
			t.Errorf("%s: %v long", c.name, clip.Duration())
		}
	}
	high, err := audio.Read(bytes.NewReader(wav(1, 16, 1, 44100, 6000, time.Second)))
	if err != nil || mediatest.Level(high.PCM()) > 60 {
		t.Errorf("6 kHz folds down to 2 kHz at a level of %.0f (%v)", mediatest.Level(high.PCM()), err)
	}
}

func TestBrokenUploads(t *testing.T) {
	t.Parallel()
	good := wav(1, 16, 1, 8000, 440, 100*time.Millisecond)
	for _, c := range []struct {
		name string
		file []byte
	}{
		{"empty", nil},
		{"a text", []byte("hello, this is no sound")},
		{"cut in its header", good[:20]},
		{"no data", good[:36]},
		{"compressed by ADPCM", wav(2, 4, 1, 8000, 440, 10*time.Millisecond)},
		{"9 channels", wav(1, 16, 9, 8000, 440, 10*time.Millisecond)},
		{"1 sample a second", wav(1, 16, 1, 1, 0.1, 10*time.Second)},
		{"an MP3 of nothing", append([]byte("ID3"), make([]byte, 300)...)},
		{"an MP3 of rubbish", bytes.Repeat([]byte{0xff, 0xfb, 0x90, 0x64, 0x17}, 500)},
	} {
		if _, err := audio.Read(bytes.NewReader(c.file)); errs.CodeOf(err) != "audio.unreadable" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if clip, err := audio.Read(bytes.NewReader(good[:len(good)-100])); err != nil || clip.Duration() < 80*time.Millisecond {
		t.Errorf("a file cut short: %v", err)
	}
	if _, err := audio.Read(bytes.NewReader(wav(7, 8, 1, 4000, 440, 11*time.Minute))); errs.CodeOf(err) != "audio.too_long" {
		t.Errorf("eleven minutes: %v", err)
	}
	if _, err := audio.Read(endless{}); errs.CodeOf(err) != "audio.too_long" {
		t.Errorf("an endless file: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// tone.mp3 is a second of 440 Hz at 44.1 kHz. low.mp3, at a rate of MPEG-2, is refused instead of becoming noise.
func TestMP3(t *testing.T) {
	t.Parallel()
	low, err := os.Open("testdata/low.mp3")
	if err != nil {
		t.Fatal(err)
	}
	defer low.Close()
	if _, err := audio.Read(low); errs.CodeOf(err) != "audio.unreadable" || !strings.Contains(err.Error(), "44,100") {
		t.Errorf("low.mp3: %v", err)
	}
	file, err := os.Open("testdata/tone.mp3")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	clip, err := audio.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	pcm := clip.PCM()
	if d := clip.Duration(); d < 900*time.Millisecond || d > 1200*time.Millisecond {
		t.Errorf("%v long", d)
	}
	if share := mediatest.Share(pcm[1600:7200], 440); share < 0.9 {
		t.Errorf("%.2f of it is the tone", share)
	}
}

// An announcement is clips in a row, heard in their order.
func TestJoin(t *testing.T) {
	t.Parallel()
	part := func(hz float64) *audio.Clip {
		return audio.Cadence(audio.Tone{Hz: []float64{hz}, On: 200 * time.Millisecond})
	}
	clip := audio.Join(part(600), audio.Silence(100*time.Millisecond), part(1000))
	if clip.Duration() != 500*time.Millisecond {
		t.Errorf("%v long", clip.Duration())
	}
	pcm := clip.PCM()
	if !mediatest.Hears(pcm[:1600], 600) || mediatest.Level(pcm[1600:2400]) > 10 || !mediatest.Hears(pcm[2400:], 1000) {
		t.Error("the parts are not where they belong")
	}
}

func TestTones(t *testing.T) {
	t.Parallel()
	if pcm := audio.Ringback.PCM(); len(pcm) != 5*8000 || !mediatest.Hears(pcm[:8000], 425) || mediatest.Level(pcm[8000:]) > 10 {
		t.Error("ringback is not a second of 425 Hz and four of silence")
	}
	for key, hz := range map[byte][2]float64{'1': {697, 1209}, '5': {770, 1336}, '#': {941, 1477}, 'D': {941, 1633}, '*': {941, 1209}} {
		clip, ok := audio.Digit(key, 100*time.Millisecond)
		if pcm := clip.PCM()[:800]; !ok || !mediatest.Hears(pcm, hz[0]) || !mediatest.Hears(pcm, hz[1]) {
			t.Errorf("%c is not %v", key, hz)
		}
	}
	if _, ok := audio.Digit('x', time.Second); ok {
		t.Error("x is a key")
	}
}

// FuzzRead: no file makes the reader panic.
func FuzzRead(f *testing.F) {
	f.Add(wav(1, 16, 2, 44100, 440, 10*time.Millisecond))
	f.Add(wav(7, 8, 1, 8000, 440, 10*time.Millisecond))
	f.Add([]byte("ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x64"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if clip, err := audio.Read(bytes.NewReader(file)); err == nil && clip.Duration() <= 0 {
			t.Error("a clip of nothing")
		}
	})
}
