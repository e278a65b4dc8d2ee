package audio

import "math"

// half is the number of zero crossings on each side of the filter: 16 keep an alias 60 dB down.
const half = 16

// resample brings samples to 8 kHz by a windowed sinc (Blackman), low-passed below 4 kHz or half the source's rate. Output
// sample i lies at i*from/8000 of the input; that fraction has few values, so the filter is computed once for each.
func resample(in []float32, from int) []int16 {
	if from == Rate {
		return rounded(in)
	}
	divisor := gcd(from, Rate)
	up, down := Rate/divisor, from/divisor
	reach, phases := filter(from, up)
	out := make([]float32, len(in)*up/down)
	for i := range out {
		out[i] = convolve(in, i*down/up-reach, phases[i*down%up])
	}
	return rounded(out)
}

// filter computes the taps for each of up positions between two input samples; they begin reach samples before.
func filter(from, up int) (reach int, phases [][]float32) {
	cut := math.Min(1, Rate/float64(from)) * 0.95
	width := half / cut
	reach = int(math.Ceil(width))
	phases = make([][]float32, up)
	for p := range phases {
		taps := make([]float32, 2*reach+2)
		for k := range taps {
			x := float64(k-reach) - float64(p)/float64(up)
			if math.Abs(x) < width {
				taps[k] = float32(cut * sinc(cut*x) * blackman(x/width))
			}
		}
		phases[p] = taps
	}
	return reach, phases
}

func convolve(in []float32, start int, taps []float32) float32 {
	first, last := max(0, -start), min(len(taps), len(in)-start)
	sum := float32(0)
	for k := first; k < last; k++ {
		sum += in[start+k] * taps[k]
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// blackman is the window over -1 to 1.
func blackman(x float64) float64 {
	return 0.42 + 0.5*math.Cos(math.Pi*x) + 0.08*math.Cos(2*math.Pi*x)
}

// rounded takes samples of -1 to 1 to 16 bits, clipped.
func rounded(in []float32) []int16 {
	out := make([]int16, len(in))
	for i, x := range in {
		out[i] = int16(math.Round(float64(max(-1, min(1, x))) * math.MaxInt16))
	}
	return out
}
