package media

import (
	"math"
	"time"
)

// G.711 with loss concealment, as its receivers have it (ITU-T G.113 appendix I).
const (
	basicQuality = 93.2 // R of a perfect narrow-band call (G.107 with its default values)
	lossRobust   = 25.1
)

// meanOpinion estimates how a listener would rate the audio, 1 to 4.41 (ITU-T G.107, the E-model): what is lost and how late it
// is heard. loss is a share of 0 to 1, delay from mouth to ear (Rule T-88).
func meanOpinion(loss float64, delay time.Duration) float64 {
	percent := 100 * loss
	r := basicQuality - delayImpairment(delay) - 95*percent/(percent+lossRobust)
	if r <= 0 {
		return 1
	}
	return math.Max(1, 1+0.035*r+7e-6*r*(r-60)*(100-r))
}

// delayImpairment is the usual fit of G.107's curve: little up to 177 ms, then steep.
func delayImpairment(delay time.Duration) float64 {
	ms := float64(delay) / float64(time.Millisecond)
	return 0.024*ms + 0.11*math.Max(0, ms-177.3)
}
