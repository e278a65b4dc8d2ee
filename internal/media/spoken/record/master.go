package main

import (
	"math"

	"bellwether/internal/media/audio"
)

const (
	level  = 0.1   // of what is loud enough to be speech: -20 dB
	most   = 0.794 // -2 dB
	silent = 0.003 // -50 dB
	frame  = audio.Rate / 100
	margin = 2 * frame // around what is heard
	fade   = frame / 2 // no click where clips are joined
)

// master makes speech fit for a telephone: without what is below 100 Hz, as loud as all other clips, and without the silence around it.
func master(pcm []int16) []byte {
	speech := trim(highPass(pcm))
	loud := gain(speech)
	for i := range speech {
		near := min(i, len(speech)-1-i)
		speech[i] *= loud * min(1, float64(near)/fade)
	}
	out := make([]byte, len(speech))
	for i, x := range speech {
		out[i] = audio.ULaw.Encode(int16(math.Round(x * math.MaxInt16)))
	}
	return out
}

// highPass takes out what a voice does not have, and what is no sound at all, by a filter of the first order, twice.
func highPass(pcm []int16) []float64 {
	const hertz = 100
	keep := math.Exp(-2 * math.Pi * hertz / audio.Rate)
	out := make([]float64, len(pcm))
	for i, x := range pcm {
		out[i] = float64(x) / math.MaxInt16
	}
	for range 2 {
		before, last := 0.0, 0.0
		for i, x := range out {
			last = keep * (last + x - before)
			before, out[i] = x, last
		}
	}
	return out
}

// gain brings the mean of the frames that are loud enough to be speech to the level, and no peak above most.
func gain(speech []float64) float64 {
	var sum, peak float64
	n := 0
	for at := 0; at+frame <= len(speech); at += frame {
		power := 0.0
		for _, x := range speech[at : at+frame] {
			power, peak = power+x*x, max(peak, math.Abs(x))
		}
		if math.Sqrt(power/frame) > silent*2 {
			sum, n = sum+power, n+frame
		}
	}
	if n == 0 {
		return 1
	}
	return min(level/math.Sqrt(sum/float64(n)), most/peak)
}

// trim leaves a little before the first sound and after the last.
func trim(in []float64) []float64 {
	first, last := 0, len(in)
	for first < last && math.Abs(in[first]) < silent {
		first++
	}
	for last > first && math.Abs(in[last-1]) < silent {
		last--
	}
	return in[max(0, first-margin):min(len(in), last+margin)]
}
