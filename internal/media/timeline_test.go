package media

import (
	"math/rand/v2"
	"testing"
)

// frames lays n packets of 20 ms that a sender whose clock runs parts per million fast sends in due time, each late by delay.
func frames(s *side, n int, ppm float64, delay func(i int) int64) (first, last int64) {
	for i := range n {
		sent := int64(float64(i*160) / (1 + ppm/1e6))
		pos := s.place(1, uint32(i*160), 160, 1000+sent+delay(i)+160)
		if i == 0 {
			first = pos
		}
		last = pos
	}
	return first, last
}

// Audio lies where it was spoken, not where it came (Rule T-86).
func TestTimeline(t *testing.T) {
	t.Parallel()
	const hour = 180000 // packets
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name  string
		n     int
		ppm   float64
		delay func(i int) int64
		off   int64 // how far the last may be from where it was spoken
	}{
		{"no jitter", 1000, 0, func(int) int64 { return 0 }, 0},
		{"jitter of 100 ms", 1000, 0, func(i int) int64 {
			if i == 0 {
				return 0
			}
			return rng.Int64N(800)
		}, 0},
		{"a stall of a second, then all at once", 200, 0, func(i int) int64 { return max(0, 8000-160*int64(max(0, i-50))) * int64(min(1, i/50)) }, 0},
		{"a clock 100 ppm fast, for an hour", hour, 100, func(int) int64 { return 0 }, 500},
		{"a clock 300 ppm slow, for an hour, with jitter", hour, -300, func(int) int64 { return rng.Int64N(400) }, 700},
	} {
		s := side{limits: recorded}
		first, last := frames(&s, c.n, c.ppm, c.delay)
		spoken := first + int64(float64((c.n-1)*160)/(1+c.ppm/1e6))
		if off := last - spoken; off > c.off || off < -c.off {
			t.Errorf("%s: off by %d samples, %d at most", c.name, off, c.off)
		}
	}
}

func TestTimelineBeginsAnew(t *testing.T) {
	t.Parallel()
	s := side{limits: recorded}
	s.place(1, 5000, 160, 1000)
	for _, c := range []struct {
		name     string
		ssrc, ts uint32
		now      int64
		want     int64
	}{
		{"a gap of a second, silence", 1, 5000 + 8000, 9000, 8840},
		{"another stream", 2, 77, 10000, 9840},
		{"a jump of the clock ahead", 2, 77 + 1e6, 10160, 10000},
		{"a packet that is late", 2, 77 + 1e6 - 160, 10170, 9840},
		{"a clock that stood still for a minute", 2, 77 + 1e6 + 160, 10160 + 480000, 490000},
	} {
		if got := s.place(c.ssrc, c.ts, 160, c.now); got != c.want {
			t.Errorf("%s: placed at %d, want %d", c.name, got, c.want)
		}
	}
}
