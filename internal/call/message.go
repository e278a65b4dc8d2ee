package call

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/store"
)

// MessageLeft is a voicemail, and who is to be told of it.
type MessageLeft struct {
	Call      Ref
	Recording int64 // its number within the call
	From      string
	Number    string
	Seconds   int64
	Emails    []string
}

// ExpectMessage notes who is to be told of a message that is being left. It is written before anything is said, so that a crash
// loses nobody's name (Rule T-30).
func ExpectMessage(ctx context.Context, tx *store.Tx, ref Ref, recording int64, emails []string) error {
	_, err := tx.Exec(ctx, `INSERT INTO call_message (project_id, call_id, recording, emails) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		string(ref.Project), int64(ref.ID), recording, joinLines(emails))
	return err
}

// DropMessage takes back that a message is expected: nothing was said.
func DropMessage(ctx context.Context, tx *store.Tx, ref Ref, recording int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM call_message WHERE project_id = $1 AND call_id = $2 AND recording = $3`, string(ref.Project), int64(ref.ID), recording)
	return err
}

// AddMessage is AddRecording for a voicemail. Where it was expected, whoever is to be told is handed to tell in the same transaction,
// once; a call that a crash ended has the message for its result. tell may be nil. Errors: those of AddRecording and of tell.
func AddMessage(ctx context.Context, tx *store.Tx, r Recording, tell func(context.Context, *store.Tx, MessageLeft) error) error {
	if err := AddRecording(ctx, tx, r); err != nil {
		return err
	}
	c, err := lock(ctx, tx, r.Call.Project, r.Call.ID)
	if err != nil {
		return err
	}
	if err := c.leftMessage(ctx, tx, r); err != nil {
		return err
	}
	var emails string
	err = tx.QueryRow(ctx, `SELECT emails FROM call_message WHERE project_id = $1 AND call_id = $2 AND recording = $3`, string(c.Project), int64(c.ID), r.N).Scan(&emails)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := DropMessage(ctx, tx, r.Call, r.N); err != nil || tell == nil {
		return err
	}
	return tell(ctx, tx, MessageLeft{Call: r.Call, Recording: r.N, From: c.Client, Number: c.Number, Seconds: r.Seconds, Emails: splitLines(emails)})
}

// leftMessage makes a message the result of a call that a crash cut off while it was left (Rule T-102).
func (c Call) leftMessage(ctx context.Context, tx *store.Tx, r Recording) error {
	if !c.Recovered || c.Status != Failed {
		return nil
	}
	events, err := eventsOf(ctx, tx, c)
	if err != nil {
		return err
	}
	if err := putEvents(ctx, tx, c, len(events), []Event{{At: c.EndedAt, Code: LeftVoicemail}}, Steps{}); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE call_log SET status = $3 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID), string(Voicemail))
	return err
}

// mostExpected is how long the file of a message may take to come, the node that has it being down.
const mostExpected = 30 * 24 * time.Hour

// forgetMessages removes what is left of messages whose file never came.
func forgetMessages(ctx context.Context, tx *store.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM call_message WHERE call_id < $1`, from(now.Add(-mostExpected)))
	return err
}
