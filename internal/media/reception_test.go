package media

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// feedReception adds packets of 20 ms, each late by its delay; seq 0 means lost.
func feedReception(r *reception, seqs []uint16, delay func(i int) time.Duration) {
	begun := time.Unix(1e9, 0)
	for i, seq := range seqs {
		if seq != 0 {
			r.add(seq, uint32(seq)*160, begun.Add(time.Duration(i)*20*time.Millisecond+delay(i)))
		}
	}
}

func steady(int) time.Duration { return 0 }

func TestReceptionCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		seqs []uint16
		want lossCount
	}{
		{"all there", []uint16{10, 11, 12, 13}, lossCount{expected: 4, received: 4}},
		{"one lost of four", []uint16{10, 0, 12, 13}, lossCount{expected: 4, received: 3}},
		{"out of order", []uint16{10, 12, 11, 13}, lossCount{expected: 4, received: 4, late: 1}},
		{"twice", []uint16{10, 11, 11, 12}, lossCount{expected: 3, received: 4, late: 1}},
		{"round the end of the numbers", []uint16{65534, 65535, 0, 1, 2}, lossCount{expected: 5, received: 4}},
	} {
		var r reception
		r.restart(1, c.seqs[0])
		feedReception(&r, c.seqs, steady)
		if diff := cmp.Diff(c.want, r.total(), cmp.AllowUnexported(lossCount{})); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// A new stream goes on counting for the leg, and a report's share is of what came since the last (RFC 3550 A.3).
func TestReceptionOverStreams(t *testing.T) {
	t.Parallel()
	var r reception
	r.restart(1, 10)
	feedReception(&r, []uint16{10, 0, 12, 13}, steady)
	if got := r.fraction(); got != 64 { // 1 of 4 is 64/256
		t.Errorf("fraction %d", got)
	}
	feedReception(&r, []uint16{14, 15}, steady)
	if got := r.fraction(); got != 0 {
		t.Errorf("fraction %d of two more that all came", got)
	}
	r.restart(2, 500)
	feedReception(&r, []uint16{500, 501}, steady)
	if got := r.total(); got.expected != 8 || got.received != 7 {
		t.Errorf("total %+v", got)
	}
}

// Packets that are late by turns 0 and 8 ms have transits 64 samples apart: jitter nears 64 (RFC 3550 A.8).
func TestJitter(t *testing.T) {
	t.Parallel()
	var r reception
	seqs := make([]uint16, 500)
	for i := range seqs {
		seqs[i] = uint16(i + 1)
	}
	r.restart(1, 1)
	feedReception(&r, seqs, func(i int) time.Duration { return time.Duration(i%2) * 8 * time.Millisecond })
	if math.Abs(r.jitter-64) > 0.5 {
		t.Errorf("jitter %.2f samples", r.jitter)
	}
}

// Worked by hand from G.107: R = 93.2 - 0.024 d - 0.11 (d - 177.3 where above) - 95 p/(p + 25.1) (Rule T-88).
func TestMeanOpinion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		loss  float64
		delay time.Duration
		want  float64
	}{
		{0, 0, 4.41},                         // R 93.2
		{0, 100 * time.Millisecond, 4.37},    // 90.8
		{0.01, 0, 4.33},                      // 95/26.1 = 3.64: 89.56
		{0.05, 100 * time.Millisecond, 3.84}, // 95*5/30.1 = 15.78: 75.02
		{0, 400 * time.Millisecond, 3.04},    // 9.6 + 24.497: 59.1
		{0.2, 100 * time.Millisecond, 2.48},  // 95*20/45.1 = 42.13: 48.67 -> about 2.5
		{1, time.Second, 1},
	} {
		if got := meanOpinion(c.loss, c.delay); math.Abs(got-c.want) > 0.03 {
			t.Errorf("loss %.2f, delay %v: %.3f, want %.2f", c.loss, c.delay, got, c.want)
		}
	}
}

func TestPorts(t *testing.T) {
	t.Parallel()
	pool := newPortPool(10001, 10010) // pairs 10002, 10004, 10006, 10008
	now := time.Unix(1e9, 0)
	seen := map[uint16]bool{}
	for range 4 {
		port, err := pool.take(now)
		if err != nil || port%2 == 1 || seen[port] {
			t.Fatalf("port %d, %v", port, err)
		}
		seen[port] = true
	}
	if _, err := pool.take(now); err == nil {
		t.Fatal("a fifth pair of four")
	}
	pool.give(10004, now)
	if _, err := pool.take(now.Add(4 * time.Second)); err == nil {
		t.Error("a pair was given out before it had rested (Rule T-82)")
	}
	if port, err := pool.take(now.Add(5 * time.Second)); err != nil || port != 10004 {
		t.Errorf("port %d, %v after its rest", port, err)
	}
}

// Silence is told once, mute is not silence, and who holds may be silent (Rule T-87).
func TestWatch(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	w := watch{on: true, heard: now}
	check := func(after time.Duration, expected, want bool) {
		t.Helper()
		if got := w.overdue(now.Add(after), expected, 30*time.Second); got != want {
			t.Errorf("after %v, expected %v: %v", after, expected, got)
		}
	}
	check(29*time.Second, true, false)
	check(30*time.Second, true, true)
	check(31*time.Second, true, false)
	w.alive(now.Add(40 * time.Second)) // comfort noise, a report...
	check(69*time.Second, true, false)
	check(70*time.Second, true, true)
	w.alive(now.Add(80 * time.Second))
	check(300*time.Second, false, false) // held
	check(320*time.Second, true, false)  // since it is expected again
	check(330*time.Second, true, true)
	w = watch{heard: now}
	check(time.Hour, true, false) // not watched
}
