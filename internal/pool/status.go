package pool

import (
	"cmp"
	"slices"
	"time"

	"bellwether/internal/phone"
)

// State is what a number is doing.
type State string

// The states of a number.
const (
	Free    State = "free"
	Live    State = "live"
	Resting State = "resting"
)

// Status is a pool at a moment.
type Status struct {
	Free    int    `json:"free"`
	Live    int    `json:"live"`
	Resting int    `json:"resting"`
	Counts  Counts `json:"counts"`
}

// NumberStatus is a number at a moment.
type NumberStatus struct {
	Number phone.Number `json:"number"`
	State  State        `json:"state"`
	Due    time.Time    `json:"due"`             // free: since when; live: end of the hold; resting: end of the rest
	Visit  string       `json:"visit,omitempty"` // who has it or had it last
	From   time.Time    `json:"from,omitzero"`   // since when they have or had it
}

// Status counts the numbers of a pool.
func (a *Allocator) Status(at time.Time) Status {
	a.expire(at)
	return Status{Free: a.free.len(), Live: a.live.len(), Resting: a.resting.len(), Counts: a.counts}
}

// Numbers lists the numbers of a pool, in their order.
func (a *Allocator) Numbers(at time.Time) []NumberStatus {
	a.expire(at)
	list := make([]NumberStatus, 0, len(a.slots))
	for _, s := range a.slots {
		list = append(list, NumberStatus{Number: s.number, State: a.state(s), Due: s.due, Visit: s.visit, From: s.from})
	}
	slices.SortFunc(list, func(x, y NumberStatus) int { return cmp.Compare(x.Number, y.Number) })
	return list
}

func (a *Allocator) state(s *slot) State {
	switch s.in {
	case &a.live:
		return Live
	case &a.resting:
		return Resting
	}
	return Free
}
