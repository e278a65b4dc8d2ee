package recall

import (
	"sync"
	"time"
)

// Trust is for how long a reading is believed: with the reading itself well within the 5 seconds in which a revocation
// must work.
const Trust = 3 * time.Second

// Recheck is how often whoever keeps a connection open asks again whether it may: a change then ends it within 5 seconds.
const Recheck = 2 * time.Second

// Memory keeps values by key for as long as they may be trusted. Safe for concurrent use.
type Memory[K comparable, V any] struct {
	most int
	mu   sync.Mutex
	seen map[K]reading[V]
}

type reading[V any] struct {
	value V
	at    time.Time
}

// NewMemory makes a memory of at most so many values; where one more comes, all are forgotten.
func NewMemory[K comparable, V any](most int) *Memory[K, V] {
	return &Memory[K, V]{most: most, seen: map[K]reading[V]{}}
}

// Get gives a value that was put less than Trust ago by a clock that has not gone back since.
func (m *Memory[K, V]) Get(key K, at time.Time) (value V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	known, ok := m.seen[key]
	if !ok || at.Before(known.at) || at.Sub(known.at) >= Trust {
		return value, false
	}
	return known.value, true
}

// Put keeps a value. at is the instant before it was read, not after: what changed while it was read counts as unread.
func (m *Memory[K, V]) Put(key K, value V, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.seen[key]; !known && len(m.seen) >= m.most {
		clear(m.seen)
	}
	m.seen[key] = reading[V]{value, at}
}

// Forget drops a value.
func (m *Memory[K, V]) Forget(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.seen, key)
}
