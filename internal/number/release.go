package number

import (
	"context"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Release takes a number from the project. One of the stock rests in quarantine, in which the project may take it back; an
// own one leaves the registry (Rules N-05, N-06). One that the project does not hold is billing's errs.NotFound
// `billing.unknown_number`.
func (s *Service) Release(ctx context.Context, tx *store.Tx, id ident.ProjectID, number, by string, at time.Time) error {
	if err := tx.May(ident.ProjectOrg(id), forRelease...); err != nil {
		return err
	}
	e, ok, err := lock(ctx, tx, number)
	if err != nil {
		return err
	}
	if err := s.billing.ReleaseNumber(ctx, tx, id, number, at); err != nil {
		return err
	}
	switch {
	case !ok || e.Project != id: // held without the registry's knowledge
		return nil
	case e.Owner == billing.OwnedByCustomer:
		return s.forget(ctx, tx, e, by, at)
	}
	return s.rest(ctx, tx, e, by, at)
}

// rest begins the quarantine of a number that was released.
func (s *Service) rest(ctx context.Context, tx *store.Tx, e Entry, by string, at time.Time) error {
	to := Free
	if s.Rest > 0 {
		to, e.Until = Quarantine, at.Add(s.Rest)
	}
	_, err := s.move(ctx, tx, e, to, by, at)
	return err
}

// forget takes an own number out of the registry; its history stays.
func (s *Service) forget(ctx context.Context, tx *store.Tx, e Entry, by string, at time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM number_registry WHERE number = $1`, e.Number); err != nil {
		return err
	}
	from := e.State
	e.State = unknown
	return s.note(ctx, tx, from, e, by, at)
}

// byRipen is who ends quarantines, in the history.
const byRipen = "end of quarantine"

// ripenPage is how many numbers are freed in one transaction.
const ripenPage = 500

// Ripen frees the numbers whose quarantine is over at now and returns how many (Rule N-06). Several nodes may run it at
// once, and as often as they like.
func (s *Service) Ripen(ctx context.Context, now time.Time) (freed int64, err error) {
	for {
		var due int64
		err := s.db.QueryRow(ctx, `SELECT COUNT(*) FROM number_registry WHERE state = 'quarantine' AND until_at <= $1`, now.UnixMicro()).Scan(&due)
		if err != nil || due == 0 {
			return freed, err
		}
		var some int64
		err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			some, err = s.ripen(ctx, tx, now)
			return err
		})
		if freed += some; err != nil || some == 0 { // what is left, another node is at
			return freed, err
		}
	}
}

func (s *Service) ripen(ctx context.Context, tx *store.Tx, now time.Time) (int64, error) {
	ripe, err := query(ctx, tx, `WHERE state = 'quarantine' AND until_at <= $1 ORDER BY until_at, number LIMIT $2 FOR UPDATE SKIP LOCKED`, now.UnixMicro(), ripenPage)
	if err != nil {
		return 0, err
	}
	for _, e := range ripe {
		if _, err := s.move(ctx, tx, e, Free, byRipen, now); err != nil {
			return 0, err
		}
	}
	return int64(len(ripe)), nil
}
