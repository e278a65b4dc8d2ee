package pool

import (
	"time"

	"bellwether/internal/phone"
)

// slot is a number of a pool and what is known of it.
type slot struct {
	number  phone.Number
	visit   string    // whose it is, or was last
	visitor string    // who made that visit
	from    time.Time // when that lease began
	due     time.Time // free: since when; live: end of the hold; resting: end of the rest
	in      *queue
	index   int // where in the queue
}

// queue is a heap of slots, the earliest due first; equal times by number, so that a replay finds the same order.
type queue struct{ slots []*slot }

func (q *queue) len() int { return len(q.slots) }

func (q *queue) first() *slot { return q.slots[0] }

func (q *queue) less(i, j int) bool {
	a, b := q.slots[i], q.slots[j]
	if !a.due.Equal(b.due) {
		return a.due.Before(b.due)
	}
	return a.number < b.number
}

func (q *queue) swap(i, j int) {
	q.slots[i], q.slots[j] = q.slots[j], q.slots[i]
	q.slots[i].index, q.slots[j].index = i, j
}

// put files a slot under its due time, out of the queue it may be in.
func (q *queue) put(s *slot, due time.Time) {
	if s.in != nil {
		s.in.remove(s)
	}
	s.due, s.in, s.index = due, q, len(q.slots)
	q.slots = append(q.slots, s)
	q.up(s.index)
}

func (q *queue) remove(s *slot) {
	i, last := s.index, len(q.slots)-1
	q.swap(i, last)
	q.slots[last] = nil
	q.slots = q.slots[:last]
	if i < last {
		q.down(i)
		q.up(i)
	}
	s.in = nil
}

func (q *queue) up(i int) {
	for parent := (i - 1) / 2; i > 0 && q.less(i, parent); i, parent = parent, (parent-1)/2 {
		q.swap(i, parent)
	}
}

func (q *queue) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q.slots); child++ {
			if q.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		q.swap(i, least)
		i = least
	}
}
