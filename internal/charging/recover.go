package charging

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Recovered is what Recover did.
type Recovered struct {
	Charged  int64 // legs settled at their last heartbeat
	Released int64 // legs that nobody had answered
}

// Recover closes the legs whose heartbeat is older than Silence at now: their owner died (Rule B-73). A leg is charged for
// the talk its last heartbeat reported, or released where nobody had answered; once, however many nodes recover. What was
// charged stands, whatever its owner reports later; what was released is charged when a true end comes after all. A leg that cannot be priced any more stays open and its error is returned, after the
// others were closed.
//
// Should a clock that was set forward make a living leg look silent, its next extension is refused: the call ends, and no
// talk goes unpaid but what followed the last heartbeat.
func (s *Service) Recover(ctx context.Context, now time.Time) (Recovered, error) {
	var done Recovered
	var failed error
	after := key{}
	for {
		silent, err := silentLegs(ctx, s.db, now.Add(-s.Silence), after)
		if err != nil || len(silent) == 0 {
			return done, firstOf(err, failed)
		}
		after = silent[len(silent)-1]
		closed, refused, err := s.recoverLegs(ctx, silent, now)
		if err != nil {
			return done, err
		}
		failed = firstOf(failed, refused)
		done.Charged += closed.Charged
		done.Released += closed.Released
	}
}

func firstOf(errors ...error) error {
	for _, err := range errors {
		if err != nil {
			return err
		}
	}
	return nil
}

// recoverLegs closes a page of legs in one transaction.
func (s *Service) recoverLegs(ctx context.Context, silent []key, now time.Time) (done Recovered, refused, err error) {
	in := make([]request, len(silent))
	for i, leg := range silent {
		in[i] = recovery{key: leg, at: now, before: now.Add(-s.Silence), tell: s.Lost}
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, refused = Recovered{}, nil
		out, err := s.decide(ctx, tx, in)
		for _, outcome := range out {
			refused = firstOf(refused, outcome.Err)
			closed, _ := outcome.Value.(recovered)
			done.Charged += closed.Charged
			done.Released += closed.Released
		}
		return err
	})
	return done, refused, err
}

// silentLegs lists open legs not heard of since an instant, after the last of the page before.
func silentLegs(ctx context.Context, q store.Querier, before time.Time, after key) ([]key, error) {
	var silent []key
	err := store.EachRow(ctx, q, `SELECT project_id, leg_key FROM charging_leg
		WHERE state = 'open' AND heartbeat_at < $1 AND (project_id, leg_key) > ($2, $3) ORDER BY project_id, leg_key LIMIT $4`,
		[]any{before.UnixMicro(), string(after.project), after.stored(), mostInRound}, func(rows *sql.Rows) error {
			var k key
			var stored string
			err := rows.Scan(&k.project, &stored)
			k.id = idOf(stored)
			silent = append(silent, k)
			return err
		})
	return silent, err
}

// recovery closes one leg, unless it was heard of or closed meanwhile.
type recovery struct {
	key
	at     time.Time
	before time.Time
	tell   func(ctx context.Context, tx *store.Tx, leg Leg) error
}

// recovered is what became of one leg.
type recovered struct {
	Recovered
	leg Leg
}

func (in recovery) follow(ctx context.Context, tx *store.Tx, answer any) error {
	done, _ := answer.(recovered)
	if in.tell == nil || done.leg.ID == "" {
		return nil
	}
	return broken(in.tell(ctx, tx, done.leg))
}

func (in recovery) needs() needs {
	return needs{project: in.project, leg: in.id, entry: entryKey(in.id)}
}

func (in recovery) decide(ctx context.Context, r *round) (any, error) {
	c, err := r.customer(in.project)
	if err != nil {
		return nil, err
	}
	leg := r.legs[in.key]
	if leg == nil || leg.State != Open || !leg.HeartbeatAt.Before(in.before) {
		return recovered{}, nil
	}
	e := ending{answeredAt: leg.AnsweredAt, seconds: leg.Seconds, at: in.at, cause: "lost", state: Expired}
	if _, err := r.end(ctx, c, leg, e); err != nil {
		return nil, errs.New(errs.KindOf(err), errs.CodeOf(err), "leg %s of project %s cannot be closed: %v", in.id, in.project, err).Because(err)
	}
	if leg.AnsweredAt.IsZero() {
		return recovered{Recovered{Released: 1}, *leg}, nil
	}
	return recovered{Recovered{Charged: 1}, *leg}, nil
}

// OpenLegs lists the open legs of a project in the order of their ids.
func OpenLegs(ctx context.Context, q store.Querier, project ident.ProjectID) ([]Leg, error) {
	return queryLegs(ctx, q, "WHERE state = 'open' AND project_id = $1 ORDER BY leg_key", string(project))
}
