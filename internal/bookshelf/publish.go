package bookshelf

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Submit is the first signature: the draft is closed and waits for the second (Rule O-11). It must be sound, under a name and a date
// that are free, and begin tomorrow or later. Errors: errs.Denied `access.denied`, `bookshelf.by_program`; errs.Invalid
// `pricebook.invalid`, `bookshelf.too_early`; errs.Conflict `bookshelf.not_draft`, `bookshelf.edited`, `pricebook.duplicate`.
func (s *Shelf) Submit(ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, at time.Time) (Version, error) {
	if err := byPerson(p); err != nil {
		return Version{}, err
	}
	return s.change(ctx, tx, p, id, revision, Draft, "submit", at, func(v *Version) error {
		if err := s.fit(*v, at); err != nil {
			return err
		}
		v.State, v.SubmittedBy, v.SubmittedAt, v.DecidedBy, v.DecidedAt, v.Note = Waiting, account.UserID(p.Actor().User), at, "", time.Time{}, ""
		return nil
	})
}

// fit refuses what could not be published at an instant.
func (s *Shelf) fit(v Version, at time.Time) error {
	book, err := v.Parse()
	if err != nil {
		return err
	}
	if today := civil.DateIn(at, time.UTC); book.Effective <= today {
		return errs.New(errs.Invalid, "bookshelf.too_early", "a version begins tomorrow at the earliest, not on %s", book.Effective).At("effective").
			Try("write "+(today+1).String()+" or later").With("from", today+1)
	}
	return s.library.Clash(book)
}

func byPerson(p access.Permit) error {
	if by := p.Actor(); by.Key != "" || by.User == "" {
		return errs.New(errs.Denied, "bookshelf.by_program", "price books are signed by people, not by API keys").Try("sign in")
	}
	return nil
}

// Approve is the second signature: the version is published, as it was submitted (Rule O-11). Nodes have it at their next Sync.
// Errors: errs.Denied `access.denied`, `bookshelf.own`, `bookshelf.by_program`; errs.Conflict `bookshelf.not_waiting`,
// `bookshelf.edited`; those of Submit.
func (s *Shelf) Approve(ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, at time.Time) (Version, error) {
	if err := byPerson(p); err != nil {
		return Version{}, err
	}
	return s.decide(ctx, tx, p, id, revision, "approve", at, func(v *Version) error {
		if string(v.SubmittedBy) == p.Actor().User {
			return errs.New(errs.Denied, "bookshelf.own", "nobody approves what they submitted").Try("let another operator look at it")
		}
		v.State = Published
		return s.fit(*v, at)
	})
}

const longestNote = 500 // characters

// Refuse gives a submitted version back as a draft, with a reason; whoever submitted it may take it back so too. Errors: errs.Invalid
// `bookshelf.no_reason`, and as Approve's.
func (s *Shelf) Refuse(ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, reason string, at time.Time) (Version, error) {
	if !ident.Line(reason, longestNote) {
		return Version{}, errs.New(errs.Invalid, "bookshelf.no_reason", "say why, in 1 to %d characters, none of them invisible", longestNote).At("reason")
	}
	return s.decide(ctx, tx, p, id, revision, "refuse", at, func(v *Version) error {
		v.State, v.Note = Draft, reason
		return nil
	})
}

func (s *Shelf) decide(ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, action string, at time.Time, decide func(*Version) error) (Version, error) {
	if _, err := p.May(access.Edit, access.Approvals); err != nil {
		return Version{}, err
	}
	return s.change(ctx, tx, p, id, revision, Waiting, action, at, func(v *Version) error {
		v.DecidedBy, v.DecidedAt = account.UserID(p.Actor().User), at
		return decide(v)
	})
}

// Withdraw takes a published version off the shelf, which nobody may be, have been or be about to be on (Rule O-12). Errors: errs.Denied
// `access.denied`; errs.Conflict `bookshelf.in_use`, `bookshelf.not_published`, `bookshelf.edited`.
func (s *Shelf) Withdraw(ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, at time.Time) (Version, error) {
	if _, err := p.May(access.Delete, access.PriceBooks); err != nil {
		return Version{}, err
	}
	uses, err := project.BookUses(ctx, tx)
	if err != nil {
		return Version{}, err
	}
	return s.change(ctx, tx, p, id, revision, Published, "withdraw", at, func(v *Version) error {
		for _, u := range uses {
			if u.Book == v.Book && u.Version == v.Version {
				return errs.New(errs.Conflict, "bookshelf.in_use", "%d projects are or were on %s", u.Projects, v.Ref()).At("version").
					Try("publish another version and move them to it").With("projects", u.Projects)
			}
		}
		v.State = Withdrawn
		return nil
	})
}
