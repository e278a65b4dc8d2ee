package demo

import (
	"context"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/pbx"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// visits lets the visitors of the site come, in their order. Who calls dials the number that they see.
func (l *life) visits(ctx context.Context, events []event) error {
	if !l.tracks() {
		return nil
	}
	var arrivals []tracking.Arrival
	var numbers []*string
	for _, e := range events {
		if e.hit == nil || l.site.Key == "" {
			continue
		}
		e.hit.Hit.Key = l.site.Key
		arrivals, numbers = append(arrivals, e.hit.Arrival), append(numbers, e.hit.number)
	}
	answers, err := l.Collector.TakeAll(ctx, arrivals)
	for i, a := range answers {
		if shown := a.Numbers[target]; shown != "" && numbers[i] != nil {
			*numbers[i] = shown
		}
	}
	return err
}

// foundAfter is how long after it came in the origin of a call is found.
const foundAfter = 200 * time.Millisecond

// origins finds where calls came from.
func (l *life) origins(ctx context.Context, list []*told) ([]call.Origin, error) {
	found, failed := make([]call.Origin, len(list)), make([]error, len(list))
	if !l.tracks() {
		return found, nil
	}
	var asked sync.WaitGroup
	for i, c := range list {
		if c.opening.Direction != call.Inbound || c.opening.Number == mainNumber {
			continue
		}
		asked.Go(func() {
			found[i], failed[i] = l.Origin(ctx, pbx.Asked{
				Call: call.Ref{Project: Project, ID: c.opening.ID}, Number: phone.Number(c.opening.Number), From: phone.Number(c.opening.Client), At: c.at,
			})
			found[i].FoundAt = c.at.Add(foundAfter)
		})
	}
	asked.Wait()
	return found, errors.Join(failed...)
}

// tally tells billing of the visits until an instant; where nobody visits, the sessions that the story has instead.
func (l *life) tally(ctx context.Context, e event) error {
	if l.site.Key != "" {
		_, err := l.Tally.Tell(ctx, Project, e.at)
		return err
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return l.Billing.CountSessions(ctx, tx, Project, e.sessions, e.at)
	})
}

// chanceOf is the chance of a call, by its id: see life.tell.
func chanceOf(seed, salt uint64, id string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(id)) // never fails
	return rand.New(rand.NewPCG(seed+salt, hash.Sum64()))
}

// callerOf is who makes a call; empty for somebody who withholds their number.
func callerOf(seed uint64, id string) string { return (&told{Rand: chanceOf(seed, 0, id)}).client() }

// missedBefore reports whether the client of a call has called in vain before, and how long before at most: see life.forwarded.
func missedBefore(seed uint64, id string) (time.Duration, bool) {
	m := chanceOf(seed, 1, id)
	ago := time.Duration(2+m.IntN(14))*time.Minute + 2*time.Minute
	return ago, m.IntN(6) == 0
}
