package media_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/mediatest"
)

// crowd is legs that many owners treat at once.
type crowd struct {
	t      *testing.T
	engine *media.Engine
	peers  []*mediatest.Peer
	room   *media.Room
	folder string

	mu   sync.Mutex
	legs []*media.Leg
}

func (c *crowd) some(rng *rand.Rand) *media.Leg {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.legs[rng.IntN(len(c.legs))]
}

// replace closes a leg and lets its peer call anew.
func (c *crowd) replace(rng *rand.Rand, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := rng.IntN(len(c.legs))
	c.legs[i].Close()
	c.legs[i] = called(c.t, c.engine, c.peers[i], media.LegConfig{Notify: func(e media.Event) { e.Leg.Stats() }})
	if rng.IntN(4) == 0 {
		_, _ = c.engine.Record(c.legs[i], nil, filepath.Join(c.folder, name), nil)
	}
}

// act does one of the things that owners do. Errors are expected: others close what it uses.
func (c *crowd) act(rng *rand.Rand, name string) {
	a, b := c.some(rng), c.some(rng)
	switch rng.IntN(12) {
	case 0:
		c.replace(rng, name)
	case 1, 2:
		_ = media.Bridge(a, b)
	case 3:
		media.Unbridge(a)
	case 4:
		a.Play(audio.Beep, rng.IntN(2) == 0)
	case 5:
		a.Stop()
	case 6:
		_ = a.SendDTMF("5")
	case 7:
		_ = c.room.Join(a)
	case 8:
		_ = c.room.Whisper(a, b)
	case 9:
		c.room.Leave(a)
	case 10:
		if r, err := c.engine.Record(a, b, filepath.Join(c.folder, name), nil); err == nil {
			r.Follow(b, a)
			r.Stop()
		}
	case 11:
		a.Info('1')
		a.Watch(true)
		a.Stats()
	}
}

// Many owners at once neither race (with -race) nor lock each other out, and a call is as good as ever afterwards.
func TestACrowdOfOwners(t *testing.T) {
	t.Parallel()
	e := newEngine(t, func(c *media.Config) { c.DeadAfter = 50 * time.Millisecond })
	c := &crowd{t: t, engine: e, room: e.Room(), folder: t.TempDir()}
	for i := range 6 {
		p := mediatest.New(t)
		p.Speak(400 + 100*float64(i))
		c.peers = append(c.peers, p)
		c.legs = append(c.legs, called(t, e, p, media.LegConfig{}))
	}
	var owners sync.WaitGroup
	for owner := range 4 {
		owners.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(owner), 1))
			pace := time.NewTicker(3 * time.Millisecond) // so that packets come between
			defer pace.Stop()
			for i := range 300 {
				<-pace.C
				c.act(rng, fmt.Sprintf("%d-%d.wav", owner, i))
			}
		})
	}
	owners.Wait()
	for _, leg := range c.legs {
		leg.Stop()
		c.room.Leave(leg)
	}
	if err := media.Bridge(c.legs[0], c.legs[1]); err != nil {
		t.Fatal(err)
	}
	c.peers[0].Hear(500)
	c.peers[1].Hear(400)
}
