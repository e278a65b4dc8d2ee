package call

import (
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Filter chooses calls. The zero value of a field leaves it open; a false pointer is what is not so.
type Filter struct {
	From, Until time.Time // of the beginning; From belongs to it, Until does not
	Directions  []Direction
	Results     []Result // a status means every call with it, however repeated or proper
	Employee    string
	Department  string
	Number      string // the project's
	Client      string // whole, E.164
	ClientPart  string // digits that stand in the client's number
	MinTalk     int64  // seconds
	MaxTalk     int64
	MinWait     int64
	MaxWait     int64
	MinCounter  int64 // which call of the client it is; only calls that count (Rule T-105) have one
	MaxCounter  int64
	EndedBy     Party
	Note        string // stands in a note, in letters of either case
	Tag         string
	Category    string
	Scheme      string
	MinCost     money.Micro
	MaxCost     money.Micro
	Recorded    *bool
	Proper      *bool
	Repeated    *bool
	Missed      *bool
	Owed        *bool
	Live        *bool
	Origin      map[Dimension]string // what the origin's dimensions are; only those of an origin
	Known       *bool                // where it came from is known
	Tracked     *bool                // the number is one of call tracking's, whether or not it is known who called it
}

// Window is what of a project's log its reader sees. Only Look makes one.
type Window struct {
	project ident.ProjectID
	reach   access.Reach
	permit  access.Permit
}

// Look opens the log to whoever holds a permit, for an action on calls: to view, edit or export. errs.Denied `access.denied`.
func Look(p access.Permit, a access.Action) (Window, error) { return look(p, a, access.Calls) }

// LookAtRecordings opens the recordings: to view that they are there, listen to them, delete or export them.
func LookAtRecordings(p access.Permit, a access.Action) (Window, error) {
	return look(p, a, access.Recordings)
}

func look(p access.Permit, a access.Action, o access.Object) (Window, error) {
	reach, err := p.May(a, o)
	return Window{project: p.Org.Project(), reach: reach, permit: p}, err
}

// endOfTime is beyond every id.
const endOfTime = 1<<63 - 1

// asWritten takes from a text what a pattern of LIKE would read into it.
var asWritten = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// query gathers conditions and their arguments.
type query struct {
	log        string // the table, by the index that leads to the calls
	conditions []string
	args       []any
}

// add adds a condition, in which each ? is the next of the arguments.
func (q *query) add(condition string, args ...any) {
	for _, arg := range args {
		q.args = append(q.args, arg)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	q.conditions = append(q.conditions, condition)
}

// among adds that a column is one of some values.
func among[T ~string](q *query, column string, values []T) {
	if len(values) == 0 {
		return
	}
	list := store.List(len(q.args)+1, len(values))
	for _, v := range values {
		q.args = append(q.args, string(v))
	}
	q.conditions = append(q.conditions, column+" IN ("+list+")")
}

func (q *query) flag(column string, want *bool) {
	if want != nil {
		q.add(column+" = ?", bit(*want))
	}
}

func (q *query) text(column, want string) {
	if want != "" {
		q.add(column+" = ?", want)
	}
}

// The log by its indexes; by itself it is in the order of time.
const (
	logByTime   = "call_log"
	logByClient = "call_log /*by call_log_client*/"
	logByOwner  = "call_log /*by call_log_owner*/"
	logOfOwed   = "call_log /*by call_log_owed*/"
	// logUnreached holds what is owed to one client, who may have thousands of calls.
	logUnreached = "call_log /*by call_log_unreached*/"
)

// where is the log as the window shows it through a filter; the caller adds what else it wants.
func (w Window) where(f Filter) *query {
	q := &query{log: logByTime}
	switch {
	case f.Client != "":
		q.log = logByClient
	case f.Owed != nil && *f.Owed:
		q.log = logOfOwed
	}
	q.add("project_id = ?", string(w.project))
	if !f.From.IsZero() {
		q.add("call_id >= ?", from(f.From))
	}
	if !f.Until.IsZero() {
		q.add("call_id < ?", from(f.Until))
	}
	among(q, "direction", f.Directions)
	q.results(f.Results)
	q.text("employee", f.Employee)
	q.text("department", f.Department)
	q.text("number", f.Number)
	q.text("client", f.Client)
	if part := digits(f.ClientPart); part != "" {
		q.add("client LIKE ?", "%"+part+"%")
	}
	q.text("category", f.Category)
	q.text("scheme", f.Scheme)
	if f.Tag != "" {
		q.add("call_id IN (SELECT call_id FROM call_tag WHERE project_id = ? AND tag = ?)", string(w.project), f.Tag)
	}
	if note := strings.TrimSpace(ident.Visible(f.Note)); note != "" {
		q.add(`notes > 0 AND call_id IN (SELECT call_id FROM call_note WHERE project_id = ? AND folded LIKE ? ESCAPE '\')`, string(w.project), "%"+asWritten.Replace(strings.ToLower(note))+"%")
	}
	q.text("ended_by", string(f.EndedBy))
	q.amounts(f)
	q.flag("proper", f.Proper)
	q.flag("repeated", f.Repeated)
	q.flag("missed", f.Missed)
	q.presence("owed = 1", "owed = 0", f.Owed)
	q.presence("recordings > 0", "recordings = 0", f.Recorded)
	q.presence("ended_at = 0", "ended_at > 0", f.Live)
	q.origin(w.project, f)
	return q
}

func (q *query) presence(yes, no string, want *bool) {
	if want == nil {
		return
	}
	if *want {
		q.add(yes)
	} else {
		q.add(no)
	}
}

func (q *query) amounts(f Filter) {
	for _, bound := range []struct {
		condition string
		value     int64
	}{
		{"talk_seconds >= ?", f.MinTalk},
		{"talk_seconds <= ?", f.MaxTalk},
		{"wait_seconds >= ?", f.MinWait},
		{"wait_seconds <= ?", f.MaxWait},
		{"counter >= ?", f.MinCounter},
		{"counter > 0 AND counter <= ?", f.MaxCounter},
		{"cost >= ?", int64(f.MinCost)},
		{"cost <= ?", int64(f.MaxCost)},
	} {
		if bound.value > 0 {
			q.add(bound.condition, bound.value)
		}
	}
}

// results adds that the result is one of some (Rule T-105).
func (q *query) results(results []Result) {
	var any []string
	for _, r := range results {
		switch r {
		case RepeatedCall:
			any = append(any, "status = 'answered' AND counter > 0 AND repeated = 1")
		case ProperCall:
			any = append(any, "status = 'answered' AND counter > 0 AND proper = 1 AND repeated = 0")
		default:
			q.args = append(q.args, string(r))
			any = append(any, "status = $"+strconv.Itoa(len(q.args)))
		}
	}
	if len(any) > 0 {
		q.conditions = append(q.conditions, "("+strings.Join(any, " OR ")+")")
	}
}

// owners adds whose rows the reader reaches.
func (q *query) owners(reach access.Reach) {
	if owners, all := reach.Owners(); !all {
		if len(owners) == 0 {
			q.add("1 = 0")
		}
		among(q, "owner", owners)
	}
}

func (q *query) String() string { return strings.Join(q.conditions, " AND ") }

func digits(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, text)
}
