package audio

import "time"

// Clip is sound ready to be sent: prompt, music, tone or announcement, in both laws so that playing costs a copy.
type Clip struct {
	laws [2][]byte
}

// FromPCM makes a clip of samples at 8 kHz.
func FromPCM(samples []int16) *Clip {
	clip := &Clip{laws: [2][]byte{make([]byte, len(samples)), make([]byte, len(samples))}}
	for i, sample := range samples {
		clip.laws[ULaw][i], clip.laws[ALaw][i] = ULaw.Encode(sample), ALaw.Encode(sample)
	}
	return clip
}

// Join makes one announcement of several clips ("you are number", "four", "in the queue").
func Join(clips ...*Clip) *Clip {
	joined := &Clip{}
	for _, clip := range clips {
		for law := range joined.laws {
			joined.laws[law] = append(joined.laws[law], clip.laws[law]...)
		}
	}
	return joined
}

// Silence is a clip of nothing, for a pause between others.
func Silence(d time.Duration) *Clip { return FromPCM(make([]int16, samples(d))) }

// Bytes are the clip's samples in a law; not to be changed.
func (c *Clip) Bytes(law Law) []byte { return c.laws[law] }

// Duration is how long it plays.
func (c *Clip) Duration() time.Duration {
	return time.Duration(len(c.laws[ULaw])) * time.Second / Rate
}

// PCM decodes the clip.
func (c *Clip) PCM() []int16 {
	out := make([]int16, len(c.laws[ALaw]))
	for i := range out {
		out[i] = ULaw.Decode(c.laws[ULaw][i])
	}
	return out
}

func samples(d time.Duration) int { return int(d * Rate / time.Second) }
