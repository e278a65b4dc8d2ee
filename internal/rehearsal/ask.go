package rehearsal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/bookshelf"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Kind is the kind of the jobs.
const Kind = "rehearsal"

// Question is what a draft is rehearsed with.
type Question struct {
	Version  bookshelf.ID      `json:"version"`
	Revision int64             `json:"revision"` // of the draft
	Content  string            `json:"content"`  // what the draft said then; Ask notes it
	Days     int64             `json:"days"`     // the last closed ones
	Projects []ident.ProjectID `json:"projects"` // all that are on the book where it is empty
}

// Lengths lists for how many days a draft may be rehearsed.
var Lengths = []int64{30, 90}

// Ask puts a rehearsal into the queue, or gives the one that is there, where the same was asked and is not answered yet. The draft must be sound. Errors: errs.Denied `access.denied`; errs.NotFound
// `bookshelf.not_found`, `project.not_found`; errs.Invalid `pricebook.invalid`, `rehearsal.bad_days`, `rehearsal.no_projects`; errs.Conflict
// `bookshelf.edited`.
func Ask(ctx context.Context, tx *store.Tx, p access.Permit, q Question, at time.Time) (job.Job, error) {
	if _, err := p.May(access.Edit, access.PriceBooks); err != nil {
		return job.Job{}, err
	}
	if q.Days != Lengths[0] && q.Days != Lengths[1] {
		return job.Job{}, errs.New(errs.Invalid, "rehearsal.bad_days", "a draft is rehearsed with %d or %d days", Lengths[0], Lengths[1]).At("days")
	}
	v, err := bookshelf.Get(ctx, tx, q.Version)
	if err != nil {
		return job.Job{}, err
	}
	if v.Revision != q.Revision {
		return job.Job{}, edited()
	}
	book, err := v.Parse()
	if err != nil {
		return job.Job{}, err
	}
	on, err := project.OnBook(ctx, tx, book.Name)
	if err != nil {
		return job.Job{}, err
	}
	chosen, err := among(on, q.Projects, book.Name)
	if err != nil {
		return job.Job{}, err
	}
	q.Content = contentOf(v)
	j, fresh, err := job.Ask(ctx, tx, Kind, q.Version.String(), q, p.Actor().User, at)
	if err != nil || !fresh {
		return j, err
	}
	if err := audit.Write(ctx, tx, p.Actor(), at, audit.Change{
		Org: ident.Operator, Object: "price_book", ObjectID: q.Version.String(), Action: "rehearse", After: map[string]any{"version": v.Ref(), "job": j.ID.String(), "days": q.Days, "projects": len(chosen)},
	}); err != nil {
		return j, err
	}
	rows := make([][]any, len(chosen))
	for i, id := range chosen {
		rows[i] = []any{int64(j.ID), string(id), string(Pending), "", int64(0), int64(0), ""}
	}
	return j, tx.Insert(ctx, "rehearsal_project", []string{"job_id", "project_id", "state", "currency", "was", "would", "answer"}, rows)
}

// contentOf tells what a version says from anything else it might say: submitting or refusing it changes its revision and not that.
func contentOf(v bookshelf.Version) string {
	sum := sha256.New()
	for _, name := range append([]string{""}, slices.Sorted(maps.Keys(v.Files))...) {
		text := v.Files[name]
		if name == "" {
			text = v.Text
		}
		_, _ = fmt.Fprintf(sum, "%d %s %d ", len(name), name, len(text)) // a hash takes everything
		_, _ = sum.Write([]byte(text))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func edited() error {
	return errs.New(errs.Conflict, "bookshelf.edited", "the draft was changed meanwhile").At("revision").Try("ask again for the draft as it is now")
}

// among gives the projects that were named, each once, or all of them.
func among(on, named []ident.ProjectID, book string) ([]ident.ProjectID, error) {
	if len(named) == 0 {
		if len(on) == 0 {
			return nil, errs.New(errs.Invalid, "rehearsal.no_projects", "no project is on %s", book).At("projects")
		}
		return on, nil
	}
	known, taken := map[ident.ProjectID]bool{}, map[ident.ProjectID]bool{}
	for _, id := range on {
		known[id] = true
	}
	var chosen []ident.ProjectID
	for _, id := range named {
		if !known[id] {
			return nil, errs.New(errs.Invalid, "rehearsal.no_projects", "%.64s is not on %s", string(id), book).At("projects")
		}
		if !taken[id] {
			taken[id] = true
			chosen = append(chosen, id)
		}
	}
	return chosen, nil
}
