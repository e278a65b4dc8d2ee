package dialplan

import (
	"time"

	"bellwether/internal/civil"
)

// PastCall is a call that was, as the rule of the last agent looks at it.
type PastCall struct {
	At       time.Time
	Outgoing bool
	Answered bool
	Employee string // who made or answered it; empty for nobody
}

// Found is who was found, and why.
type Found struct {
	Employee string `json:"employee,omitempty"` // empty for nobody
	Reason   Reason `json:"reason"`
}

// Oldest is the first instant at which calls count for a rule that is asked at an instant: the beginning of today in the
// project's zone, or of an earlier day.
func (l LastAgent) Oldest(at time.Time, zone *time.Location) time.Time {
	return civil.Midnight(civil.DateIn(at, zone)-civil.Date(l.Days), zone)
}

// Find finds the employee who called the caller last (Rule T-04). past are calls with the caller's number in the project,
// in any order; those at or after at, before Oldest, and without an employee do not count. The caller's own calls at any
// time before tell whether they return.
func (l LastAgent) Find(past []PastCall, at time.Time, zone *time.Location) Found {
	if !l.On {
		return Found{Reason: reason("last_agent.off")}
	}
	var last PastCall
	returning := false
	oldest := l.Oldest(at, zone)
	for _, call := range past {
		if !call.At.Before(at) {
			continue
		}
		returning = returning || !call.Outgoing
		counts := call.Outgoing || l.Answered && call.Answered
		if counts && call.Employee != "" && !call.At.Before(oldest) && call.At.After(last.At) {
			last = call
		}
	}
	switch {
	case l.OnlyReturning && !returning:
		return Found{Reason: reason("last_agent.new_caller")}
	case last.Employee == "":
		return Found{Reason: reason("last_agent.none", "since", civil.DateIn(oldest, zone).String())}
	case last.Outgoing:
		return Found{last.Employee, reason("last_agent.called", "employee", last.Employee, "at", last.At.UTC().Format(time.RFC3339))}
	}
	return Found{last.Employee, reason("last_agent.answered", "employee", last.Employee, "at", last.At.UTC().Format(time.RFC3339))}
}
