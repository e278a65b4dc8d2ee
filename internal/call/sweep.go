package call

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"bellwether/internal/store"
)

// Sweeper moves the files of recordings as their rows say: expired ones go, old ones to the archive, those asked for back
// (Rules T-110, T-111), and those that a crash left behind come to their calls (Rule T-102). Step may run on any node that has the files, and again after a crash.
type Sweeper struct {
	DB    *store.DB
	Files Files
	Mend  func(path string) error // mends a recording that was cut off; nil where none needs to be
	// Voicemail is told of a message that a crash cut off, in the transaction that keeps it; nil for nobody.
	Voicemail func(ctx context.Context, tx *store.Tx, m MessageLeft) error
}

// sweepPage is how many recordings one step moves of each sort.
const sweepPage = 100

// Step does what is due and says how many recordings it moved. What fails is tried again by the next step.
func (s Sweeper) Step(ctx context.Context, now time.Time) (moved int, err error) {
	if err := s.expire(ctx, now); err != nil {
		return 0, err
	}
	if moved, err = s.gather(ctx, now); err == nil {
		err = s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return forgetMessages(ctx, tx, now) })
	}
	for _, sort := range []struct {
		condition string
		args      []any
		move      func(context.Context, Recording, time.Time) error
	}{
		{`state = 'erasing' LIMIT $1`, []any{sweepPage}, s.erase},
		{`state = 'restoring' LIMIT $1`, []any{sweepPage}, s.restore},
		{`state = 'ready' AND archive_at <= $1 ORDER BY archive_at LIMIT $2`, []any{micros(now), sweepPage}, s.archive},
	} {
		due, failed := queryRecordings(ctx, s.DB, sort.condition, sort.args...)
		for _, r := range due {
			if wrong := sort.move(ctx, r, now); wrong != nil {
				failed = errors.Join(failed, wrong)
				continue
			}
			moved++
		}
		err = errors.Join(err, failed)
	}
	return moved, err
}

func (s Sweeper) expire(ctx context.Context, now time.Time) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		due, err := queryRecordings(ctx, tx, `expires_at > 0 AND expires_at <= $1 AND state <> 'erasing' LIMIT $2`, micros(now), sweepPage)
		for _, r := range due {
			if err := eraseRecording(ctx, tx, r); err != nil {
				return err
			}
		}
		return err
	})
}

// alone reports whether no other recording of the project in a state has the same file.
func (s Sweeper) alone(ctx context.Context, r Recording, states string) (bool, error) {
	var n int
	err := s.DB.QueryRow(ctx, `SELECT COUNT(*) FROM call_recording WHERE project_id = $1 AND hash = $2 AND state IN (`+states+`) AND NOT (call_id = $3 AND recording = $4)`,
		string(r.Call.Project), r.Hash, int64(r.Call.ID), r.N).Scan(&n)
	return n == 0, err
}

// erase removes the files first: a row without a file is found again, a file without a row is not.
func (s Sweeper) erase(ctx context.Context, r Recording, _ time.Time) error {
	alone, err := s.alone(ctx, r, `'ready', 'archived', 'restoring'`)
	if err != nil {
		return err
	}
	if alone {
		if err := errors.Join(remove(s.Files.Root, r.Call.Project, r.Hash), remove(s.Files.Archive, r.Call.Project, r.Hash)); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM call_recording WHERE project_id = $1 AND call_id = $2 AND recording = $3 AND state = 'erasing'`,
			string(r.Call.Project), int64(r.Call.ID), r.N)
		return err
	})
}

func (s Sweeper) archive(ctx context.Context, r Recording, _ time.Time) error {
	if err := copyTo(s.Files.Root, s.Files.Archive, r.Call.Project, r.Hash); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.become(ctx, r, Archived); err != nil {
		return err
	}
	alone, err := s.alone(ctx, r, `'ready'`)
	if err == nil && alone {
		err = remove(s.Files.Root, r.Call.Project, r.Hash)
	}
	return err
}

func (s Sweeper) restore(ctx context.Context, r Recording, now time.Time) error {
	if err := copyTo(s.Files.Archive, s.Files.Root, r.Call.Project, r.Hash); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r.ArchiveAt = now.Add(RestoredFor)
	return s.become(ctx, r, Ready)
}

// become changes the state of a recording that is still as it was read.
func (s Sweeper) become(ctx context.Context, r Recording, state RecordingState) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE call_recording SET state = $4, archive_at = $5 WHERE project_id = $1 AND call_id = $2 AND recording = $3 AND state = $6`,
			string(r.Call.Project), int64(r.Call.ID), r.N, string(state), micros(r.ArchiveAt), string(r.State))
		return err
	})
}
