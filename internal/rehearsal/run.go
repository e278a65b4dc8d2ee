package rehearsal

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"bellwether/internal/bookshelf"
	"bellwether/internal/errs"
	"bellwether/internal/errs/kept"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/pricebook"
	"bellwether/internal/simulate"
	"bellwether/internal/store"
)

// Stage is a node that rehearses.
type Stage struct {
	db      *store.DB
	library *pricebook.Library
	now     func() time.Time
}

// NewStage makes one on a database.
func NewStage(db *store.DB, library *pricebook.Library, now func() time.Time) *Stage {
	return &Stage{db: db, library: library, now: now}
}

// Handle is the handler of the jobs: it replays each project that is left.
func (s *Stage) Handle(ctx context.Context, j job.Job, progress func(done, total int64)) (any, error) {
	var q Question
	if err := j.Read(&q, nil); err != nil {
		return nil, err
	}
	left, total, err := pending(ctx, s.db, j.ID)
	if err != nil {
		return nil, err
	}
	progress(total-int64(len(left)), total)
	library, version, err := s.with(ctx, q)
	if err != nil {
		return nil, err
	}
	for i, id := range left {
		if _, err := s.unedited(ctx, q); err != nil {
			return nil, err
		}
		answer, err := simulate.Ask(ctx, s.db, library, simulate.Question{Project: id, Version: version, Days: q.Days}, s.now())
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil && !isAnswer(err) {
			return nil, err
		}
		if err := s.keep(ctx, j.ID, id, answer, err); err != nil {
			return nil, err
		}
		progress(total-int64(len(left)-i-1), total)
	}
	return Sums(ctx, s.db, j.ID)
}

// unedited is the draft, which must say what it said when the question was asked; it may have been submitted, or published, since then.
func (s *Stage) unedited(ctx context.Context, q Question) (bookshelf.Version, error) {
	v, err := bookshelf.Get(ctx, s.db, q.Version)
	if err == nil && v.Revision != q.Revision && contentOf(v) != q.Content {
		err = edited()
	}
	return v, err
}

// with is the node's library and the draft in it. Parsing and cloning take long, so it is made once for all projects.
func (s *Stage) with(ctx context.Context, q Question) (*pricebook.Library, string, error) {
	v, err := s.unedited(ctx, q)
	if err != nil {
		return nil, "", err
	}
	book, err := v.Parse()
	if err != nil {
		return nil, "", err
	}
	library := s.library.Clone()
	library.Remove(book.Name, book.Version) // where a version of that name is on sale, the draft stands in for it
	return library, book.Version, library.Add(book)
}

// isAnswer reports whether a failure is one of the project, which it would meet again; a fault of the database is none.
func isAnswer(err error) bool {
	var known *errs.Error
	return errors.As(err, &known) && known.Kind != errs.Internal && known.Kind != errs.Unavailable
}

// keep stores what came of a project: an answer, or why there is none.
func (s *Stage) keep(ctx context.Context, id job.ID, project ident.ProjectID, answer *simulate.WhatIf, failure error) error {
	row := Row{Project: project, State: Done}
	var text []byte
	var err error
	if failure != nil {
		row.State = Failed
		text, err = json.Marshal(string(kept.Of(failure)))
	} else {
		row.Currency, row.Was, row.Would = answer.Currency, answer.Charges.A, answer.Charges.B
		text, err = json.Marshal(answer)
	}
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE rehearsal_project SET state = $3, currency = $4, was = $5, would = $6, answer = $7 WHERE job_id = $1 AND project_id = $2`,
			int64(id), string(project), string(row.State), row.Currency, int64(row.Was), int64(row.Would), string(text))
		return err
	})
}
