package trunk

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Health is how a trunk is (Rule T-58). The zero value is that of one nobody has heard of yet.
type Health struct {
	Known   bool
	Up      bool
	Since   time.Time // of being up, or down
	Reason  string    // the last error, also while it is up again; empty for none
	ErrorAt time.Time
	Node    string
	SeenAt  time.Time // about when it was last heard of

	TroubleAt time.Time // when it first fell since it was last well; zero while it is (Rule T-59)
	ToldAt    time.Time // when people were told that it stays down; zero while they need not know
}

const (
	// seenEvery is how often, at most, that nothing has changed is written down.
	seenEvery = time.Minute

	topicDown = "trunk.down"
	topicUp   = "trunk.up"
)

// Report notes how a trunk is, as a node's SIP side sees it: after each registration, each OPTIONS, each call that a trunk
// refused for a reason of its own. reason is the last error and may stay empty for one that is up. A change is told of once,
// as the event trunk.down or trunk.up of its project, or of no project. One that is up and was never
// heard of is no change. Where nodes see it differently it is up: calls can go out over it.
func (s *Service) Report(ctx context.Context, id ID, up bool, reason, node string, at time.Time) error {
	if h, err := HealthOf(ctx, s.db, id); err != nil || h.Known && h.Up == up && at.Sub(h.SeenAt) < seenEvery && (reason == "" || reason == h.Reason) {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return report(ctx, tx, id, Health{Known: true, Up: up, Since: at, Reason: clip(reason), ErrorAt: at, Node: node, SeenAt: at})
	})
}

func report(ctx context.Context, tx *store.Tx, id ID, now Health) error {
	var project ident.ProjectID
	err := tx.QueryRow(ctx, `SELECT project_id FROM trunk_line WHERE trunk_id = $1`, string(id)).Scan(&project)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it was removed meanwhile
	}
	if err != nil {
		return err
	}
	before, err := HealthOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if !now.Up && before.Up && before.Node != now.Node && now.SeenAt.Sub(before.SeenAt) < heardWithin {
		return nil // another node reaches it
	}
	changed := before.Known && before.Up != now.Up || !before.Known && !now.Up
	if before.Known && before.Up == now.Up {
		now.Since = before.Since
	}
	if now.Reason == "" {
		now.Reason, now.ErrorAt = before.Reason, before.ErrorAt
	}
	if now.TroubleAt = before.TroubleAt; !now.Up && now.TroubleAt.IsZero() {
		now.TroubleAt = now.Since
	}
	if err := now.write(ctx, tx, id); err != nil || !changed {
		return err
	}
	return tell(ctx, tx, project, id, now)
}

// write keeps how a trunk is; what people were told stays.
func (h Health) write(ctx context.Context, tx *store.Tx, id ID) error {
	_, err := tx.Exec(ctx, `INSERT INTO trunk_health (trunk_id, up, since, reason, error_at, node, seen_at, trouble_at, told_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
		ON CONFLICT (trunk_id) DO UPDATE SET up = excluded.up, since = excluded.since, reason = excluded.reason, error_at = excluded.error_at,
		node = excluded.node, seen_at = excluded.seen_at, trouble_at = excluded.trouble_at`,
		string(id), h.Up, micros(h.Since), h.Reason, micros(h.ErrorAt), h.Node, micros(h.SeenAt), micros(h.TroubleAt))
	return err
}

func tell(ctx context.Context, tx *store.Tx, project ident.ProjectID, id ID, now Health) error {
	topic := topicDown
	if now.Up {
		topic = topicUp
	}
	e, err := event.New(project, topic, map[string]any{"trunk": id, "reason": now.Reason, "node": now.Node})
	if err != nil {
		return err
	}
	return event.Emit(ctx, tx, e)
}

// HealthOf says how a trunk is.
func HealthOf(ctx context.Context, q store.Querier, id ID) (Health, error) {
	all, err := healths(ctx, q, `WHERE trunk_id = $1`, string(id))
	return all[id], err
}

// Healths says how all trunks are.
func Healths(ctx context.Context, q store.Querier) (map[ID]Health, error) { return healths(ctx, q, "") }

func healths(ctx context.Context, q store.Querier, where string, args ...any) (map[ID]Health, error) {
	all := map[ID]Health{}
	return all, store.EachRow(ctx, q, `SELECT trunk_id, up, since, reason, error_at, node, seen_at, trouble_at, told_at FROM trunk_health `+where, args, func(rows *sql.Rows) error {
		h := Health{Known: true}
		var id ID
		var since, wrong, seen, trouble, told int64
		err := rows.Scan(&id, &h.Up, &since, &h.Reason, &wrong, &h.Node, &seen, &trouble, &told)
		h.Since, h.ErrorAt, h.SeenAt, h.TroubleAt, h.ToldAt = instant(since), instant(wrong), instant(seen), instant(trouble), instant(told)
		all[id] = h
		return err
	})
}

const longestReason = 200

// clip makes what a carrier sent fit to be shown.
func clip(reason string) string {
	runes := []rune(ident.Clean(reason))
	return string(runes[:min(len(runes), longestReason)])
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
