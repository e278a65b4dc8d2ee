package media

import (
	"math/rand/v2"
	"sync"
	"time"

	"bellwether/internal/errs"
)

// rest is how long a port pair lies idle after a call, so that late packets of one call never reach the next (Rule T-82).
const rest = 5 * time.Second

// portPool hands out even ports, each with the odd one above it for RTCP (RFC 3550 section 11), the longest unused first.
type portPool struct {
	mu   sync.Mutex
	free []freePort // by the time they may be used
}

type freePort struct {
	port  uint16
	since time.Time
}

// newPortPool takes the pairs within first..last, in an order that nobody can guess.
func newPortPool(first, last uint16) *portPool {
	pool := &portPool{}
	for port := int(first) + int(first&1); port+1 <= int(last); port += 2 {
		pool.free = append(pool.free, freePort{port: uint16(port)})
	}
	rand.Shuffle(len(pool.free), func(i, j int) { pool.free[i], pool.free[j] = pool.free[j], pool.free[i] })
	return pool
}

// take gives a pair that has rested. Errors: media.no_ports.
func (p *portPool) take(now time.Time) (uint16, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 || now.Before(p.free[0].since.Add(rest)) {
		return 0, errs.New(errs.Unavailable, "media.no_ports", "every RTP port is in use").
			Try("widen the range of RTP ports: a call takes four")
	}
	port := p.free[0].port
	p.free = p.free[1:]
	return port, nil
}

// give takes a pair back at now, to rest.
func (p *portPool) give(port uint16, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, freePort{port: port, since: now})
}

// left counts the pairs not in use, resting ones too.
func (p *portPool) left() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.free)
}
