package media

import (
	"bellwether/internal/media/audio"
)

// PeaksPerSecond is how finely a waveform is kept.
const PeaksPerSecond = 10

const peakFrames = audio.Rate / PeaksPerSecond

// Peaks is the waveform of a recording: the loudest sample of each tenth of a second, 0 to 255, for either side.
type Peaks struct {
	Left  []byte
	Right []byte
}

// Fit gives the waveform in at most n columns.
func (p Peaks) Fit(n int) Peaks { return Peaks{Left: fit(p.Left, n), Right: fit(p.Right, n)} }

func fit(peaks []byte, n int) []byte {
	if n <= 0 || len(peaks) <= n {
		return peaks
	}
	out := make([]byte, n)
	for i, peak := range peaks {
		at := i * n / len(peaks)
		out[at] = max(out[at], peak)
	}
	return out
}

// peakMeter finds peaks as pairs pass.
type peakMeter struct {
	peaks Peaks
	loud  [2]int
	n     int
}

func (m *peakMeter) add(pairs []byte, law audio.Law) {
	for i := 0; i+1 < len(pairs); i += 2 {
		m.loud[left] = max(m.loud[left], magnitude(law.Decode(pairs[i])))
		m.loud[right] = max(m.loud[right], magnitude(law.Decode(pairs[i+1])))
		if m.n++; m.n == peakFrames {
			m.push()
		}
	}
}

func magnitude(sample int16) int {
	if sample < 0 {
		return -int(sample)
	}
	return int(sample)
}

func (m *peakMeter) push() {
	m.peaks.Left = append(m.peaks.Left, byte(min(255, m.loud[left]>>7)))
	m.peaks.Right = append(m.peaks.Right, byte(min(255, m.loud[right]>>7)))
	m.loud, m.n = [2]int{}, 0
}

func (m *peakMeter) finish() Peaks {
	if m.n > 0 {
		m.push()
	}
	return m.peaks
}
