package call

import (
	"slices"
	"strings"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/money"
)

// Direction is who called whom.
type Direction string

// The directions.
const (
	Inbound     Direction = "inbound"
	Outbound    Direction = "outbound"
	Internal    Direction = "internal"      // between employees
	Callback    Direction = "callback"      // asked for by a visitor: first the employee is rung, then the client
	ClickToCall Direction = "click_to_call" // asked for by an employee: first they are rung, then the client
)

// Directions are all directions, in the order in which they are shown.
var Directions = []Direction{Inbound, Outbound, Internal, Callback, ClickToCall}

// fromClient reports whether the client wanted the call: such calls are counted, and missed where nobody answers.
func (d Direction) fromClient() bool { return d == Inbound || d == Callback }

// Status is how a call ended, or how far it has come.
type Status string

// The statuses. Calling and InProgress are those of calls that are going on.
const (
	Calling        Status = "calling"
	InProgress     Status = "in_progress"
	Answered       Status = "answered"
	NoAnswer       Status = "no_answer"
	Busy           Status = "busy"
	Failed         Status = "failed"
	Voicemail      Status = "voicemail"
	WrongExtension Status = "wrong_extension"
	ClientNoAnswer Status = "client_no_answer" // of a callback: the employee answered, the client did not
	Forbidden      Status = "forbidden"        // the destination may not be called
	TurnedAway     Status = "blocked"          // the caller stands on the block list
)

// Statuses are all statuses, in the order in which they are shown.
var Statuses = []Status{Calling, InProgress, Answered, NoAnswer, Busy, Voicemail, WrongExtension, ClientNoAnswer, Failed, Forbidden, TurnedAway}

// Final reports whether a call with the status has ended.
func (s Status) Final() bool { return s != Calling && s != InProgress && slices.Contains(Statuses, s) }

// Party is who hung up.
type Party string

// The parties.
const (
	ByClient Party = "client"
	ByStaff  Party = "staff"
	BySystem Party = "system" // funds ran out, a limit, a lost connection
)

// Person is the employee on a call, with what was true of them then.
type Person struct {
	ID             string         `json:"id"`   // as package staff names employees
	Name           string         `json:"name"` //
	Department     string         `json:"department,omitempty"`
	DepartmentName string         `json:"department_name,omitempty"`
	User           account.UserID `json:"user,omitempty"` // the member they are, by whom rights are decided; empty for none
}

// Scheme is the routing scheme a call went by.
type Scheme struct {
	ID      string
	Name    string
	Version int64
}

// Call is one row of the log.
type Call struct {
	Project    ident.ProjectID
	ID         ID
	Direction  Direction
	Client     string // who is outside, E.164; the extension called of an internal call; empty where the caller withheld it
	Number     string // the project's number, called or shown; the calling extension of an internal call
	Status     Status
	Person     Person // who answered or called; the one who talked last
	Scheme     Scheme
	Visit      string // the visit it came from; empty where unknown
	Origin     Origin // where it came from, for readers; the zero value where nobody knows
	StartedAt  time.Time
	AnsweredAt time.Time // zero where nobody answered
	EndedAt    time.Time // zero while it goes on
	Wait       int64     // seconds until somebody answered, or until the end
	Talk       int64     // seconds from the answer to the end
	EndedBy    Party
	Counter    int64 // which call of this client it is, from 1; 0 for calls to clients (Rule T-104)
	Repeated   bool  // Rule T-104
	Proper     bool  // Rule T-105
	Missed     bool  // the client called and nobody talked to them
	Owed       bool  // missed, and nobody has talked to the client since (Rule T-106)
	Recordings int64 // how many there are, voicemails too
	Notes      int64
	Category   string
	Tags       []string
	Cost       money.Micro // of its legs together
	Recovered  bool        // closed at its last heartbeat (Rule T-102)
}

// Caller is who called.
func (c Call) Caller() string {
	if c.Direction.fromClient() {
		return c.Client
	}
	return c.Number
}

// Dialled is what was called.
func (c Call) Dialled() string {
	if c.Direction.fromClient() {
		return c.Number
	}
	return c.Client
}

// Open reports whether the call goes on.
func (c Call) Open() bool { return c.EndedAt.IsZero() }

// External reports whether the client's side is a telephone number that can be looked up and called.
func (c Call) External() bool { return c.Direction != Internal && strings.HasPrefix(c.Client, "+") }

// Result is a call's status in one word, as the log tells it: an answered call of a client is repeated, proper or merely
// answered.
type Result string

// The results that are no status.
const (
	RepeatedCall Result = "repeated"
	ProperCall   Result = "proper"
)

// Results are all results, in the order in which they are shown.
var Results = func() (all []Result) {
	for _, s := range Statuses {
		if all = append(all, Result(s)); s == Answered {
			all = append(all, ProperCall, RepeatedCall)
		}
	}
	return all
}()

// Result is the call's (Rule T-105).
func (c Call) Result() Result {
	switch {
	case c.Status != Answered || !c.Direction.fromClient():
	case c.Repeated:
		return RepeatedCall
	case c.Proper:
		return ProperCall
	}
	return Result(c.Status)
}

var callColumns = []string{
	"project_id", "call_id", "direction", "client", "number", "status", "employee", "employee_name", "department", "department_name", "owner",
	"scheme", "scheme_name", "scheme_version", "visit_id", "started_at", "answered_at", "ended_at", "wait_seconds", "talk_seconds", "ended_by",
	"counter", "repeated", "proper", "missed", "owed", "recordings", "notes", "category", "tags", "cost", "recovered",
}

var callList = strings.Join(callColumns, ", ")

func (c Call) row() []any {
	return []any{
		string(c.Project), int64(c.ID), string(c.Direction), c.Client, c.Number, string(c.Status), c.Person.ID, c.Person.Name, c.Person.Department,
		c.Person.DepartmentName, string(c.Person.User), c.Scheme.ID, c.Scheme.Name, c.Scheme.Version, c.Visit, micros(c.StartedAt), micros(c.AnsweredAt),
		micros(c.EndedAt), c.Wait, c.Talk, string(c.EndedBy), c.Counter, bit(c.Repeated), bit(c.Proper), bit(c.Missed), bit(c.Owed), c.Recordings, c.Notes,
		c.Category, joinLines(c.Tags), int64(c.Cost), bit(c.Recovered),
	}
}

func scanCall(scan func(...any) error) (c Call, err error) {
	var started, answered, ended int64
	var repeated, proper, missed, owed, recovered int64
	var tags string
	err = scan(&c.Project, &c.ID, &c.Direction, &c.Client, &c.Number, &c.Status, &c.Person.ID, &c.Person.Name, &c.Person.Department,
		&c.Person.DepartmentName, &c.Person.User, &c.Scheme.ID, &c.Scheme.Name, &c.Scheme.Version, &c.Visit, &started, &answered, &ended, &c.Wait, &c.Talk,
		&c.EndedBy, &c.Counter, &repeated, &proper, &missed, &owed, &c.Recordings, &c.Notes, &c.Category, &tags, &c.Cost, &recovered)
	c.StartedAt, c.AnsweredAt, c.EndedAt = instant(started), instant(answered), instant(ended)
	c.Repeated, c.Proper, c.Missed, c.Owed, c.Recovered = repeated == 1, proper == 1, missed == 1, owed == 1, recovered == 1
	c.Tags = splitLines(tags)
	return c, err
}

func joinLines(lines []string) string { return strings.Join(lines, "\n") }

func splitLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
