package callimport

import "time"

// Leg is what a line of an export was as a leg to be charged, in the words of the price books.
type Leg string

// The legs an export can hold.
const (
	Inbound         Leg = "inbound"
	Outbound        Leg = "outbound"
	Forward         Leg = "forward"
	CallbackManager Leg = "callback_manager"
	CallbackClient  Leg = "callback_client"
	SIP             Leg = "sip"
)

// Record is one leg of a call.
type Record struct {
	ID          string    // the export's call id, or a hash of what identifies the call; with "/manager" or "/client" for the legs of a callback
	Line        int       // of the file, from 1
	StartedAt   time.Time // calldate
	AnsweredAt  time.Time // zero where nobody answered
	Caller      string    // as written: it may be hidden or a SIP account
	To          string    // E.164 with its plus sign, "sip:...", or the digits of an emergency number; what cannot be dialled is left as written on legs that nobody answered
	Number      string    // the project's number that an incoming call came in on, E.164 where it is one
	Seconds     int64     // talk time, 0 where nobody answered
	Leg         Leg
	Disposition string // in capitals: "ANSWERED", "NO ANSWER", ...
	Employee    string
	Extra       map[string]string // the other known columns by their first name, empty cells left out
}

// mostAhead is how far an answer may lie ahead of the import, as charging allows it: clocks differ, and step.
const mostAhead = 25 * time.Hour

// misplaced says why a record cannot be of the project's life so far; empty where it can. A zero bound does not bind.
func (r Record) misplaced(opened, now time.Time) string {
	switch at := r.AnsweredAt.Format(time.RFC3339); {
	case !r.Answered():
		return ""
	case !now.IsZero() && r.AnsweredAt.After(now.Add(mostAhead)):
		return "the call was answered at " + at + ", which is yet to come"
	case r.AnsweredAt.Before(opened):
		return "the call was answered at " + at + ", before the project's first day began at " + opened.UTC().Format(time.RFC3339)
	}
	return ""
}

// emergency reports whether a record is a call to an emergency number of a country, which costs nothing (Rule B-71).
func (r Record) emergency(country string) bool {
	_, ok := emergency(r.To, country)
	return ok && r.Leg == Outbound
}

// Answered reports whether anybody answered.
func (r Record) Answered() bool { return !r.AnsweredAt.IsZero() }
