package call

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// QueueLease is how long the queues of a project belong to a node that says nothing more, and how long its callers are in them.
const QueueLease = 5 * time.Second

// QueueBoard is what the one owner of a project's queues has decided (Rule T-121). The zero value belongs to nobody.
type QueueBoard struct {
	Project ident.ProjectID
	Node    string // the owner
	Term    int64  // the fencing token: what is written in an earlier term changes nothing
	Until   time.Time
	dialplan.Board
}

// QueueBoards are the boards of the projects in whose queues somebody waits, and of others that are asked for.
func QueueBoards(ctx context.Context, q store.Querier, others []ident.ProjectID) (list []QueueBoard, err error) {
	where, args := "waiting = 1", []any{}
	if len(others) > 0 {
		where += " OR project_id IN (" + store.List(1, len(others)) + ")"
	}
	for _, id := range others {
		args = append(args, string(id))
	}
	return list, store.EachRow(ctx, q, `SELECT `+boardList+` FROM call_queue WHERE `+where+` ORDER BY project_id`, args, func(rows *sql.Rows) error {
		b, err := scanBoard(rows.Scan)
		list = append(list, b)
		return err
	})
}

const boardList = `project_id, node, term, lease_until, body`

func scanBoard(scan func(...any) error) (b QueueBoard, err error) {
	var project, body string
	var until int64
	if err := scan(&project, &b.Node, &b.Term, &until, &body); err != nil {
		return b, err
	}
	b.Project, b.Until = ident.ProjectID(project), instant(until)
	return b, json.Unmarshal([]byte(body), &b.Board)
}

// GetQueueBoard reads a project's board; one that nobody ever had belongs to nobody.
func GetQueueBoard(ctx context.Context, q store.Querier, project ident.ProjectID) (QueueBoard, error) {
	b, err := scanBoard(q.QueryRow(ctx, `SELECT `+boardList+` FROM call_queue WHERE project_id = $1`, string(project)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return QueueBoard{Project: project}, nil
	}
	return b, err
}

// SaveQueueBoard writes what b.Node has decided, and keeps the queues its own for another QueueLease. held is the term in which it knows
// itself the owner; out of any other it takes over, in a new one, and only where the lease is over. false, and nothing is written, where
// another owns them: a node that was thought dead finds a later term.
func SaveQueueBoard(ctx context.Context, tx *store.Tx, b *QueueBoard, held int64, at time.Time) (bool, error) {
	body, err := json.Marshal(b.Board)
	if err != nil {
		return false, err
	}
	was := b.Term
	if was == 0 || was != held {
		b.Term++
	}
	b.Until = at // where nobody waits, whoever comes first may be the next owner
	waiting := 0
	if b.Waiting() {
		b.Until, waiting = at.Add(QueueLease), 1
	}
	return changes(tx.Exec(ctx, `INSERT INTO call_queue (project_id, node, term, lease_until, waiting, body) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (project_id) DO UPDATE SET node = excluded.node, term = excluded.term, lease_until = excluded.lease_until,
		waiting = excluded.waiting, body = excluded.body WHERE call_queue.term = $7 AND (call_queue.term = excluded.term OR call_queue.lease_until <= $8)`,
		string(b.Project), b.Node, b.Term, b.Until.UnixMicro(), waiting, string(body), was, at.UnixMicro()))
}

// SetQueueDesk says what a node has to say of a project's queues.
func SetQueueDesk(ctx context.Context, tx *store.Tx, project ident.ProjectID, d dialplan.Desk, at time.Time) error {
	body, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO call_queue_desk (project_id, node, seen_at, body) VALUES ($1, $2, $3, $4)
		ON CONFLICT (project_id, node) DO UPDATE SET seen_at = excluded.seen_at, body = excluded.body`, string(project), d.Node, at.UnixMicro(), string(body))
	return err
}

// QueueDesks are what the living nodes say of a project's queues. Of a node that has said nothing lately it has who is on the telephone
// there, by the calls that go on.
func QueueDesks(ctx context.Context, q store.Querier, project ident.ProjectID, at time.Time) (list []dialplan.Desk, err error) {
	spoken := map[string]bool{}
	if err := store.EachRow(ctx, q, `SELECT node, body FROM call_queue_desk WHERE project_id = $1 AND seen_at > $2 ORDER BY node`,
		[]any{string(project), at.Add(-QueueLease).UnixMicro()}, func(rows *sql.Rows) error {
			var d dialplan.Desk
			var body string
			if err := rows.Scan(&d.Node, &body); err != nil {
				return err
			}
			spoken[d.Node] = true
			err := json.Unmarshal([]byte(body), &d)
			list = append(list, d)
			return err
		}); err != nil {
		return nil, err
	}
	return list, store.EachRow(ctx, q, `SELECT node, people FROM call_open WHERE project_id = $1 AND heartbeat_at > $2 AND people <> '[]' AND people <> 'null'`,
		[]any{string(project), at.Add(-beatsMissed).UnixMicro()}, func(rows *sql.Rows) error {
			d, err := scanTalkers(rows)
			if err == nil && !spoken[d.Node] {
				list = append(list, d)
			}
			return err
		})
}

// beatsMissed is how long after a call's last heartbeat, which comes every 5 seconds, its people are not on the telephone any more.
const beatsMissed = 12 * time.Second

func scanTalkers(rows *sql.Rows) (d dialplan.Desk, err error) {
	var text string
	if err := rows.Scan(&d.Node, &text); err != nil {
		return d, err
	}
	var people []Person
	err = json.Unmarshal([]byte(text), &people)
	for _, p := range people {
		d.Busy = append(d.Busy, p.ID)
	}
	return d, err
}

// GiveBackQueues ends a node's ownership of queues and what it said at its desks, at a clean stop: the next owner need not wait until the
// lease is over (Rule T-123).
func GiveBackQueues(ctx context.Context, tx *store.Tx, node string) error {
	if _, err := tx.Exec(ctx, `UPDATE call_queue SET lease_until = 0 WHERE node = $1`, node); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM call_queue_desk WHERE node = $1`, node)
	return err
}
