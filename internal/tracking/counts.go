package tracking

import (
	"sync"
	"time"

	"bellwether/internal/pool"
)

// Counts are what a collector did since it was made, and how its pools are.
type Counts struct {
	Visits    int64            // begun by people
	Bots      int64            // hits of programs (Rule C-77)
	Leases    map[string]int64 // of numbers, by a pool.Kind
	Overloads int64            // visits that found no free number (Rules C-05, C-06)
	Capped    int64            // numbers refused to an address or a network that holds as many as it may (Rule C-82)
	Doubtful  int64            // hits left without a number until there is a sign of life (Rule C-82)
	Pools     int64            // that it has in memory
	Dry       int64            // of them: without a free number now
	Open      int64            // visits
}

type counts struct {
	mu  sync.Mutex
	sum Counts
}

// refuse notes why a number was refused.
func (d *deeds) refuse(why refusal) {
	d.capped = d.capped || why == crowded
	d.doubtful = d.doubtful || why == noSign
}

// add counts a hit that is on the disk.
func (c *counts) add(d deeds) {
	if !d.begun && !d.bot && !d.capped && !d.doubtful && len(d.leases) == 0 && d.overloads == 0 {
		return // a heartbeat, as nearly every one is
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case d.bot:
		c.sum.Bots++
	case d.begun:
		c.sum.Visits++
	}
	if d.capped {
		c.sum.Capped++
	}
	if d.doubtful {
		c.sum.Doubtful++
	}
	c.sum.Overloads += int64(d.overloads)
	for _, how := range d.leases {
		if c.sum.Leases == nil {
			c.sum.Leases = map[string]int64{}
		}
		c.sum.Leases[how]++
	}
}

// Counts gives the figures a monitor watches.
func (c *Collector) Counts(at time.Time) Counts {
	c.counts.mu.Lock()
	sum := c.counts.sum
	sum.Leases = map[string]int64{string(pool.Leased): 0, string(pool.Returned): 0, string(pool.Taken): 0}
	for how, n := range c.counts.sum.Leases {
		sum.Leases[how] = n
	}
	c.counts.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lives {
		for _, v := range l.visits {
			if at.Sub(v.last) <= Idle {
				sum.Open++
			}
		}
		for _, a := range l.pools {
			sum.Pools++
			if a.Status(at).Free == 0 {
				sum.Dry++
			}
		}
	}
	return sum
}
