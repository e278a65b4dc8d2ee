package call

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// CommandKind is what somebody wants done.
type CommandKind string

// The kinds.
const (
	HangUp     CommandKind = "hang_up"
	TransferTo CommandKind = "transfer" // what Employee talks in, to To
	Consult    CommandKind = "consult"  // Employee asks To, while the other party hears music
	Complete   CommandKind = "complete" // ... and lets the two talk
	Return     CommandKind = "return"   // ... or comes back to the other party
	Merge      CommandKind = "merge"    // ... or all three talk
	Hold       CommandKind = "hold"     // the others Employee talks with hear music
	Resume     CommandKind = "resume"   // ... and no more
	Park       CommandKind = "park"     // the other party waits until somebody takes the call
	Fetch      CommandKind = "take"     // Employee has the call, which rings elsewhere, waits in a queue or is parked
	Listen     CommandKind = "listen"   // Employee hears the call
	Whisper    CommandKind = "whisper"  // ... and is heard by the colleague
	Barge      CommandKind = "barge"    // ... and is heard by both
	Place      CommandKind = "place"    // a new call: Employee first, then Phone
	CallBack   CommandKind = "callback" // ... to Phone, who has left a queue to be called back
)

// Command is what somebody wants done to a call that goes on, or a call that somebody wants.
type Command struct {
	Kind     CommandKind     `json:"kind"`
	Employee string          `json:"employee,omitempty"`
	To       dialplan.Target `json:"to,omitzero"`
	Phone    string          `json:"phone,omitempty"`
}

// CommandID names an order that waits for another node.
type CommandID string

// CommandAge is how long an order is worth obeying: whoever gave it has long given up.
const CommandAge = 30 * time.Second

const (
	commandWaits    = "waiting"
	commandTaken    = "taken"
	commandAnswered = "answered"
)

// Asked is an order that waits for a node.
type Asked struct {
	ID  CommandID
	Ref Ref
	Command
}

// Outcome is what came of an order.
type Outcome struct {
	Call    ID // that was begun; 0 for none
	Problem error
}

// outcome is an Outcome as it is stored.
type outcome struct {
	Call    ID        `json:"call,omitempty"`
	Kind    errs.Kind `json:"kind,omitempty"`
	Code    string    `json:"code,omitempty"` // empty where all went well
	Message string    `json:"message,omitempty"`
	Where   string    `json:"where,omitempty"`
	Hint    string    `json:"hint,omitempty"`
}

// NodeOf names the node that a call runs on. errs.NotFound `call.not_found` where it goes on nowhere.
func NodeOf(ctx context.Context, q store.Querier, ref Ref) (node string, err error) {
	err = q.QueryRow(ctx, `SELECT node FROM call_open WHERE project_id = $1 AND call_id = $2`, string(ref.Project), int64(ref.ID)).Scan(&node)
	if errors.Is(err, sql.ErrNoRows) {
		return "", noCall()
	}
	return node, err
}

// Ask puts an order for another node (Rule T-120).
func Ask(ctx context.Context, tx *store.Tx, random io.Reader, node string, ref Ref, o Command, at time.Time) (CommandID, error) {
	id, err := account.NewID(random, at)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(ctx, `INSERT INTO call_command (command_id, node, project_id, call_id, body, asked_at, state, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, '')`,
		id, node, string(ref.Project), int64(ref.ID), string(body), at.UnixMicro(), commandWaits)
	return CommandID(id), err
}

// Waiting lists the orders that wait for a node and are still worth obeying, in their order.
func Waiting(ctx context.Context, q store.Querier, node string, at time.Time) (list []Asked, err error) {
	return list, store.EachRow(ctx, q, `SELECT command_id, project_id, call_id, body FROM call_command WHERE node = $1 AND state = $2 AND asked_at > $3 ORDER BY asked_at, command_id`,
		[]any{node, commandWaits, at.Add(-CommandAge).UnixMicro()}, func(rows *sql.Rows) error {
			var a Asked
			var project ident.ProjectID
			var body string
			if err := rows.Scan(&a.ID, &project, &a.Ref.ID, &body); err != nil {
				return err
			}
			a.Ref.Project = project
			list = append(list, a)
			return json.Unmarshal([]byte(body), &list[len(list)-1].Command)
		})
}

// Take lets a node obey an order: false where whoever asked has withdrawn it.
func Take(ctx context.Context, tx *store.Tx, id CommandID) (bool, error) {
	return changes(tx.Exec(ctx, `UPDATE call_command SET state = $2 WHERE command_id = $1 AND state = $3`, string(id), commandTaken, commandWaits))
}

// Withdraw takes an order back: false where its node has taken it meanwhile.
func Withdraw(ctx context.Context, tx *store.Tx, id CommandID) (bool, error) {
	return changes(tx.Exec(ctx, `DELETE FROM call_command WHERE command_id = $1 AND state = $2`, string(id), commandWaits))
}

func changes(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// Reply notes what came of an order.
func Reply(ctx context.Context, tx *store.Tx, id CommandID, o Outcome) error {
	kept := outcome{Call: o.Call}
	var known *errs.Error
	switch {
	case errors.As(o.Problem, &known):
		kept.Kind, kept.Code, kept.Message, kept.Where, kept.Hint = known.Kind, known.Code, known.Message, known.Where, known.Hint
	case o.Problem != nil:
		kept.Code, kept.Message = "internal", "something went wrong on the node of the call"
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE call_command SET state = $2, answer = $3 WHERE command_id = $1`, string(id), commandAnswered, string(text))
	return err
}

// ReplyTo reads what came of an order; ok is false while nothing has.
func ReplyTo(ctx context.Context, q store.Querier, id CommandID) (o Outcome, ok bool, err error) {
	var state, answer string
	err = q.QueryRow(ctx, `SELECT state, answer FROM call_command WHERE command_id = $1`, string(id)).Scan(&state, &answer)
	if err != nil || state != commandAnswered {
		return Outcome{}, false, err
	}
	var kept outcome
	if err := json.Unmarshal([]byte(answer), &kept); err != nil {
		return Outcome{}, false, err
	}
	o.Call = kept.Call
	if kept.Code != "" {
		o.Problem = &errs.Error{Kind: kept.Kind, Code: kept.Code, Message: kept.Message, Where: kept.Where, Hint: kept.Hint}
	}
	return o, true, nil
}

// PurgeCommands forgets orders that are older than anybody waits, and what nodes said of queues before.
func PurgeCommands(ctx context.Context, tx *store.Tx, before time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM call_queue_desk WHERE seen_at < $1`, before.UnixMicro()); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM call_command WHERE asked_at < $1`, before.UnixMicro())
	return err
}
