package mediatest

import "math"

// Share is how much of the energy of samples (8 kHz) is a tone of hz: 1 for a pure one, about 0 for another or for noise (Goertzel).
func Share(samples []int16, hz float64) float64 {
	coefficient := 2 * math.Cos(2*math.Pi*hz/8000)
	var s1, s2, energy float64
	for _, sample := range samples {
		x := float64(sample)
		s1, s2 = x+coefficient*s1-s2, s1
		energy += x * x
	}
	if energy == 0 {
		return 0
	}
	power := s1*s1 + s2*s2 - coefficient*s1*s2
	return 2 * power / (float64(len(samples)) * energy)
}

// Level is the root mean square of samples.
func Level(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	energy := 0.0
	for _, sample := range samples {
		energy += float64(sample) * float64(sample)
	}
	return math.Sqrt(energy / float64(len(samples)))
}

// audible is a level well above what rounding leaves of silence.
const audible = 200

// Hears tells whether a tone is a good part of what the samples hold.
func Hears(samples []int16, hz float64) bool {
	return Level(samples) > audible && Share(samples, hz) > 0.2
}
