package people

import (
	"encoding/json"
	"sync"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/money"
	"bellwether/internal/web/cabinet"
)

// saving is what a change saves: over 30 days, or in days that a paid term gets longer.
type saving struct {
	amount money.Micro
	days   int
	at     time.Time
}

// savings remembers for a minute what changes save: a preview takes the one writer, and the list of users is looked at often.
type savings struct {
	mu    sync.Mutex
	known map[string]saving
}

const (
	savingLasts = time.Minute
	mostSavings = 10_000
)

// of gives what a change of the visit's project saves, computing it where it is not known.
func (s *savings) of(v *cabinet.Visit, change billing.Change, compute func() (saving, error)) (saving, error) {
	text, err := json.Marshal(change)
	if err != nil {
		return saving{}, err
	}
	key := string(v.Project.ID) + " " + string(text)
	if found, ok := s.get(key, v.At); ok {
		return found, nil
	}
	found, err := compute()
	if err != nil {
		return saving{}, err
	}
	found.at = v.At
	s.put(key, found)
	return found, nil
}

func (s *savings) get(key string, at time.Time) (saving, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.known[key]
	return found, ok && !at.Before(found.at) && at.Sub(found.at) < savingLasts
}

func (s *savings) put(key string, found saving) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= mostSavings {
		s.known = map[string]saving{}
	}
	s.known[key] = found
}
