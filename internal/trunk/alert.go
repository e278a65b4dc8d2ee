package trunk

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

const (
	// deadAfter is how long a trunk may be in trouble before somebody is told.
	deadAfter = 2 * time.Minute
	// wellAfter is how long one must be up at a stretch to be out of trouble: one that comes and goes is one trouble.
	wellAfter = 5 * time.Minute
	// heardWithin is how old a word about a trunk may be to be believed: where no node takes calls, nobody knows how it is.
	heardWithin = 3 * seenEvery

	topicDead     = "trunk.dead"
	topicRestored = "trunk.restored"
)

// Alert is a trunk that stays down, or is well again after somebody was told so (Rule T-59).
type Alert struct {
	Trunk  Trunk
	Back   bool      // it is well again
	Since  time.Time // when the trouble began
	Reason string    // the last error; empty for none
}

// Dead reports whether people were told that the trunk stays down, and not yet that it is back.
func (h Health) Dead() bool { return !h.ToldAt.IsZero() }

// verdict is what is due about a trunk.
type verdict int

const (
	nothing verdict = iota
	dies
	recovers // with or without anybody to be told
)

// judge decides what is due at an instant.
func (h Health) judge(at time.Time) verdict {
	switch {
	case h.TroubleAt.IsZero() || at.Sub(h.SeenAt) > heardWithin:
		return nothing
	case h.Up && at.Sub(h.Since) >= wellAfter:
		return recovers
	case !h.Up && !h.Dead() && at.Sub(h.TroubleAt) >= deadAfter:
		return dies
	}
	return nothing
}

// Watch looks at all trunks and says of each, once, that it stays down or that it is well again (Rule T-59): tell is called in the
// transaction that notes so, like every function given to store.DB.Write perhaps more than once, and the events trunk.dead and
// trunk.restored go with it. Any node may watch, several at once too. It gives how many alerts there were.
func (s *Service) Watch(ctx context.Context, at time.Time, tell func(ctx context.Context, tx *store.Tx, a Alert) error) (alerts int, err error) {
	troubled, err := healths(ctx, s.db, `WHERE trouble_at > 0`)
	if err != nil {
		return 0, err
	}
	for id, h := range troubled {
		if h.judge(at) == nothing {
			continue
		}
		told := 0
		err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			told, err = settle(ctx, tx, id, at, tell)
			return err
		})
		if err != nil {
			return alerts, err
		}
		alerts += told
	}
	return alerts, nil
}

// settle notes what is due about a trunk, unless another node has done so meanwhile.
func settle(ctx context.Context, tx *store.Tx, id ID, at time.Time, tell func(context.Context, *store.Tx, Alert) error) (told int, err error) {
	h, err := HealthOf(ctx, tx, id)
	if err != nil {
		return 0, err
	}
	due := h.judge(at)
	changed := false
	switch due {
	case dies:
		changed, err = changes(tx.Exec(ctx, `UPDATE trunk_health SET told_at = $2 WHERE trunk_id = $1 AND told_at = 0 AND trouble_at > 0`, string(id), at.UnixMicro()))
	case recovers:
		changed, err = changes(tx.Exec(ctx, `UPDATE trunk_health SET told_at = 0, trouble_at = 0 WHERE trunk_id = $1 AND trouble_at = $2`, string(id), h.TroubleAt.UnixMicro()))
	}
	if err != nil || !changed || due == recovers && !h.Dead() {
		return 0, err
	}
	lines, err := list(ctx, tx, `WHERE trunk_id = $1 AND enabled = 1`, string(id))
	if err != nil || len(lines) == 0 {
		return 0, err
	}
	a := Alert{Trunk: lines[0], Back: due == recovers, Since: h.TroubleAt, Reason: h.Reason}
	if err := announce(ctx, tx, a); err != nil {
		return 0, err
	}
	return 1, tell(ctx, tx, a)
}

func announce(ctx context.Context, tx *store.Tx, a Alert) error {
	topic := topicDead
	if a.Back {
		topic = topicRestored
	}
	e, err := event.New(a.Trunk.Project, topic, map[string]any{"trunk": a.Trunk.ID, "name": a.Trunk.Name, "since": a.Since, "reason": a.Reason})
	if err != nil {
		return err
	}
	return event.Emit(ctx, tx, e)
}

func changes(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// DeadLine is a trunk that people were told of.
type DeadLine struct {
	Trunk  Trunk
	Health Health
}

// DeadLines are the trunks of a project, or with none the operator's, that stay down, in the order in which they are tried (Rule T-59).
func DeadLines(ctx context.Context, q store.Querier, project ident.ProjectID) (dead []DeadLine, err error) {
	hurt, err := healths(ctx, q, `WHERE told_at > 0`)
	if err != nil || len(hurt) == 0 {
		return nil, err
	}
	lines, err := OfProject(ctx, q, project)
	for _, t := range lines {
		if h, ok := hurt[t.ID]; ok && t.Enabled {
			dead = append(dead, DeadLine{t, h})
		}
	}
	return dead, err
}

// CountDead counts the trunks of everybody that stay down.
func CountDead(ctx context.Context, q store.Querier) (n int64, err error) {
	return n, q.QueryRow(ctx, `SELECT COUNT(*) FROM trunk_health AS h JOIN trunk_line AS t ON t.trunk_id = h.trunk_id WHERE h.told_at > 0 AND t.enabled = 1`).Scan(&n)
}
