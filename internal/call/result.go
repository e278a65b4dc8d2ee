package call

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/store"
)

// count finds out which call of its client this is, and whether it is repeated (Rule T-104).
func (c *Call) count(ctx context.Context, tx *store.Tx) error {
	if !c.Direction.fromClient() {
		return nil
	}
	c.Counter = 1
	if !c.External() {
		return nil // who withholds their number calls for the first time each time
	}
	settings, err := GetSettings(ctx, tx, c.Project)
	if err != nil {
		return err
	}
	var counter int64
	var before ID
	err = tx.QueryRow(ctx, `SELECT counter, call_id FROM `+logByClient+` WHERE project_id = $1 AND client = $2 AND call_id < $3 AND counter > 0
		ORDER BY call_id DESC LIMIT 1`, string(c.Project), c.Client, int64(c.ID)).Scan(&counter, &before)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	c.Counter = counter + 1
	c.Repeated = settings.RepeatedDays == 0 || c.StartedAt.Sub(before.Began()) <= time.Duration(settings.RepeatedDays)*24*time.Hour
	return err
}

// judge says what an ended call was: proper (Rule T-105), missed, and owed (Rule T-106).
func (c *Call) judge(s Settings) {
	c.Proper = c.Direction.fromClient() && c.Status == Answered && c.Talk >= s.ProperSeconds
	c.Missed = c.Direction == Inbound && c.Status != Answered && c.Status != Forbidden && c.Status != TurnedAway
	c.Owed = c.Missed && c.External()
}

// sumLegs is what a call cost.
func sumLegs(ctx context.Context, tx *store.Tx, c Call) (sum money.Micro, err error) {
	return sum, tx.QueryRow(ctx, `SELECT COALESCE(SUM(cost), 0) FROM call_leg WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID)).Scan(&sum)
}
