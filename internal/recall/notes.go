package recall

import (
	"sync"
	"time"
)

// Every is how often, at most, that something was seen is written down.
const Every = time.Minute

// Notes collects who or what was seen, at most once a minute each. Safe for concurrent use.
type Notes[K comparable] struct {
	mu    sync.Mutex
	notes map[K]note
}

type note struct {
	at    time.Time
	taken bool
}

// Note is that a key was seen at about an instant.
type Note[K comparable] struct {
	Key K
	At  time.Time
}

// NewNotes makes an empty book of notes.
func NewNotes[K comparable]() *Notes[K] { return &Notes[K]{notes: map[K]note{}} }

// Note puts down that a key was seen, unless within the last minute it was, here or, as saved says, in the store.
func (n *Notes[K]) Note(key K, at, saved time.Time) {
	if at.Sub(saved) < Every {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if at.Sub(n.notes[key].at) >= Every {
		n.notes[key] = note{at: at}
	}
}

// Take gives what was noted since it was last called, in no order. What is taken and not saved is lost, which costs a
// minute of precision.
func (n *Notes[K]) Take(at time.Time) []Note[K] {
	n.mu.Lock()
	defer n.mu.Unlock()
	var fresh []Note[K]
	for key, known := range n.notes {
		switch {
		case !known.taken:
			fresh = append(fresh, Note[K]{key, known.at})
			n.notes[key] = note{at: known.at, taken: true}
		case at.Sub(known.at) >= Every:
			delete(n.notes, key)
		}
	}
	return fresh
}
