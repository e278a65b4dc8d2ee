package ident

import (
	"fmt"
	"sync/atomic"
	"time"
)

// ProjectID names a project: the billing unit. It is chosen by whoever creates the project and never changes.
type ProjectID string

// EntryID numbers ledger entries in the order in which they were booked.
type EntryID int64

// HoldID numbers reservations of funds.
type HoldID int64

const maxNameLength = 64

// ParseProjectID checks the form of a project's name: 1 to 64 of a-z, 0-9, '-' and '_', beginning with a letter or digit.
func ParseProjectID(s string) (ProjectID, error) {
	if len(s) == 0 || len(s) > maxNameLength || s[0] == '-' || s[0] == '_' {
		return "", projectIDError(s)
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return "", projectIDError(s)
		}
	}
	return ProjectID(s), nil
}

func projectIDError(s string) error {
	return fmt.Errorf("%.80q is not a project name: write 1 to %d of a-z, 0-9, - and _, beginning with a letter or digit", s, maxNameLength)
}

// Sequence makes strictly increasing identifiers that follow the clock: microseconds since 1970 with eight bits below
// them, so that 256 can be made in a microsecond before they run ahead of it. Safe for concurrent use.
type Sequence struct{ last atomic.Int64 }

const sequenceBits = 8

// Next returns an identifier greater than any this sequence made before, even where now goes back.
func (s *Sequence) Next(now time.Time) int64 {
	candidate := now.UnixMicro() << sequenceBits
	for {
		last := s.last.Load()
		next := max(candidate, last+1)
		if s.last.CompareAndSwap(last, next) {
			return next
		}
	}
}
