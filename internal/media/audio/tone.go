package audio

import (
	"math"
	"strings"
	"time"
)

// Tone is one sound of a cadence: the sum of sines at Hz, for On, then silence for Off.
type Tone struct {
	Hz  []float64
	On  time.Duration
	Off time.Duration
}

// toneLevel is the peak of each sine: -12 dB below full scale, loud but not clipping as a sum of two.
const toneLevel = 8000

// Cadence makes a clip of tones, one after the other.
func Cadence(tones ...Tone) *Clip {
	var pcm []int16
	for _, tone := range tones {
		pcm = append(pcm, tone.samples()...)
	}
	return FromPCM(pcm)
}

func (t Tone) samples() []int16 {
	out := make([]int16, samples(t.On)+samples(t.Off))
	for i := range out[:samples(t.On)] {
		sum := 0.0
		for _, hz := range t.Hz {
			sum += math.Sin(2 * math.Pi * hz * float64(i) / Rate)
		}
		out[i] = int16(sum * toneLevel)
	}
	return out
}

// The tones a caller knows, as Ukraine and most of Europe have them (ITU-T E.180 supplement 2), each one cadence to be looped,
// and the warning tone before a call is cut, to be played once.
var (
	Ringback = Cadence(Tone{Hz: []float64{425}, On: time.Second, Off: 4 * time.Second})
	Busy     = Cadence(Tone{Hz: []float64{425}, On: 350 * time.Millisecond, Off: 350 * time.Millisecond})
	Congest  = Cadence(Tone{Hz: []float64{425}, On: 200 * time.Millisecond, Off: 200 * time.Millisecond})
	Warning  = Cadence(
		Tone{Hz: []float64{1400}, On: 200 * time.Millisecond, Off: 200 * time.Millisecond},
		Tone{Hz: []float64{1400}, On: 200 * time.Millisecond, Off: 200 * time.Millisecond},
		Tone{Hz: []float64{1400}, On: 200 * time.Millisecond})
	Beep = Cadence(Tone{Hz: []float64{1000}, On: 400 * time.Millisecond, Off: 100 * time.Millisecond})
)

const digits = "123A456B789C*0#D"

var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
)

// Digit is the sound of a key (ITU-T Q.23), for peers without telephone events; false where there is no such key.
func Digit(key byte, on time.Duration) (*Clip, bool) {
	at := strings.IndexByte(digits, key)
	if at < 0 {
		return nil, false
	}
	return Cadence(Tone{Hz: []float64{rows[at/4], columns[at%4]}, On: on, Off: 50 * time.Millisecond}), true
}
