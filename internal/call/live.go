package call

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Phase is what goes on in a call at the moment.
type Phase string

// The phases.
const (
	InMenu      Phase = "menu"
	InQueue     Phase = "queue"
	Ringing     Phase = "ringing"
	Talking     Phase = "talking"
	OnHold      Phase = "held"
	Consulting  Phase = "consult" // the client hears music while the employee asks somebody
	IsParked    Phase = "parked"
	InVoicemail Phase = "voicemail"
)

// Phases are all phases, in the order in which a live panel shows them.
var Phases = []Phase{InQueue, Ringing, Talking, Consulting, OnHold, IsParked, InMenu, InVoicemail}

// Spoken tells phases of a call that somebody has answered.
func (p Phase) Spoken() bool {
	return p == Talking || p == OnHold || p == Consulting || p == IsParked
}

// State is what a live panel shows of a call beside its row. The zero State is a call that rings nobody yet.
type State struct {
	Phase    Phase
	At       time.Time // since when
	Queue    string    // its name, while the call waits in one
	Position int64     // there, from 1
	People   []Person  // who is rung, or talks
}

// Live is a call that goes on.
type Live struct {
	Call
	State
	Node        string
	HeartbeatAt time.Time
}

func openLive(ctx context.Context, tx *store.Tx, c Call, node string, s State) error {
	if s.Phase == "" {
		s = State{Phase: Ringing, At: c.StartedAt}
		if c.Person.ID != "" {
			s.People = []Person{c.Person}
		}
	}
	people, err := json.Marshal(s.People)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO call_open (project_id, call_id, node, heartbeat_at, phase, phase_at, queue, position, people, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $4) ON CONFLICT DO NOTHING`, string(c.Project), int64(c.ID), node, micros(c.StartedAt), string(s.Phase),
		micros(s.At), s.Queue, s.Position, string(people))
	return err
}

// SetState notes what goes on in a call now. It writes the small row of the live panel only; a call that has ended has none.
func SetState(ctx context.Context, tx *store.Tx, project ident.ProjectID, id ID, s State) error {
	return setState(ctx, tx, Call{Project: project, ID: id}, s)
}

func setState(ctx context.Context, tx *store.Tx, c Call, s State) error {
	people, err := json.Marshal(s.People)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE call_open SET phase = $3, phase_at = $4, queue = $5, position = $6, people = $7, heartbeat_at = CASE WHEN heartbeat_at > $4
		THEN heartbeat_at ELSE $4 END, changed_at = changed_at + 1 WHERE project_id = $1 AND call_id = $2`,
		string(c.Project), int64(c.ID), string(s.Phase), micros(s.At), s.Queue, s.Position, string(people))
	return err
}

// Ref names a call.
type Ref struct {
	Project ident.ProjectID
	ID      ID
}

// Beat notes that calls of a node are alive: every 10 seconds or oftener, all of them in one transaction.
func Beat(ctx context.Context, tx *store.Tx, node string, calls []Ref, at time.Time) error {
	byProject := map[ident.ProjectID][]int64{}
	for _, c := range calls {
		byProject[c.Project] = append(byProject[c.Project], int64(c.ID))
	}
	for project, ids := range byProject {
		if err := store.EachList(anys(ids), func(in string, args []any) error {
			n := len(args)
			_, err := tx.Exec(ctx, `UPDATE call_open SET heartbeat_at = `+store.List(n+1, 1)+` WHERE project_id = `+store.List(n+2, 1)+
				` AND node = `+store.List(n+3, 1)+` AND call_id IN (`+in+`)`, append(args, micros(at), string(project), node)...)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

func anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

const liveList = `o.node, o.heartbeat_at, o.phase, o.phase_at, o.queue, o.position, o.people`

// queryLive reads calls that go on.
func queryLive(ctx context.Context, q store.Querier, condition string, args ...any) (list []Live, err error) {
	return list, store.EachRow(ctx, q, `SELECT `+liveList+`, c.* FROM call_open AS o JOIN (SELECT `+callList+` FROM call_log) AS c
		ON c.project_id = o.project_id AND c.call_id = o.call_id WHERE `+condition, args, func(rows *sql.Rows) error {
		var l Live
		var heartbeat, phaseAt int64
		var people string
		var err error
		l.Call, err = scanCall(func(into ...any) error {
			return rows.Scan(append([]any{&l.Node, &heartbeat, &l.Phase, &phaseAt, &l.Queue, &l.Position, &people}, into...)...)
		})
		if err != nil {
			return err
		}
		l.HeartbeatAt, l.At = instant(heartbeat), instant(phaseAt)
		list = append(list, l)
		return json.Unmarshal([]byte(people), &list[len(list)-1].People)
	})
}

// Pulse is a text that changes whenever a project's live calls do; projects without any are missing.
func Pulse(ctx context.Context, q store.Querier, projects []ident.ProjectID) (map[ident.ProjectID]string, error) {
	pulses := map[ident.ProjectID]string{}
	return pulses, store.EachList(anys(projects), func(in string, args []any) error {
		for i := range args {
			args[i] = string(args[i].(ident.ProjectID))
		}
		return store.EachRow(ctx, q, `SELECT project_id, COUNT(*), SUM(changed_at - call_id / 1024), MAX(call_id) FROM call_open WHERE project_id IN (`+in+`) GROUP BY project_id`, args,
			func(rows *sql.Rows) error {
				var project ident.ProjectID
				var count, changes, last int64
				err := rows.Scan(&project, &count, &changes, &last)
				pulses[project] = strconv.FormatInt(count, 10) + "/" + strconv.FormatInt(changes, 10) + "/" + strconv.FormatInt(last, 10)
				return err
			})
	})
}

// Going are the calls of a project that go on, whoever runs them. What a reader may see of them, Window.Live says.
func Going(ctx context.Context, q store.Querier, project ident.ProjectID) ([]Live, error) {
	return queryLive(ctx, q, `o.project_id = $1`, string(project))
}

// LastTalks tells when each employee's last call ended that began since an instant, by the employee's id.
func LastTalks(ctx context.Context, q store.Querier, project ident.ProjectID, since time.Time) (map[string]time.Time, error) {
	rows, err := q.Query(ctx, `SELECT employee, MAX(ended_at) FROM call_log WHERE project_id = $1 AND call_id >= $2 AND employee <> '' AND answered_at > 0 GROUP BY employee`,
		string(project), from(since))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	ended := map[string]time.Time{}
	for rows.Next() {
		var employee string
		var at int64
		if err := rows.Scan(&employee, &at); err != nil {
			return nil, err
		}
		ended[employee] = instant(at)
	}
	return ended, rows.Err()
}
