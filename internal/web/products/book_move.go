package products

import (
	"context"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

func (p *pages) askMove(v *cabinet.Visit) error {
	now, other, err := p.version(v)
	if err != nil {
		return err
	}
	outcome, err := p.preview(v, billing.Change{Version: other.Version})
	if err != nil {
		return err
	}
	values := lang.Values{"Version": other.Version, "Day": v.DateLong(today(v) + 1)}
	c := ui.Confirm{
		Title: v.T("book.move_title", values), Text: v.T("book.move_text", values), Effect: effect.Lines(v, other, outcome),
		Action: v.Path(pathBook + "/versions/" + other.Version + "/move"), Yes: v.T("book.move_yes"), No: v.Path(pathBook + "/versions/" + other.Version),
		Fields: []ui.Choice{v.DayOf()},
	}
	if isOlder(now, other) {
		values["Now"] = now.Version
		c.Title, c.Text, c.Yes, c.Danger = v.T("book.back_title", values), v.T("book.back_text", values)+" "+c.Text, v.T("book.back_yes"), true
	}
	return p.ask(v, c, outcome, pathBook, "book.title", helpBook)
}

func (p *pages) doMove(v *cabinet.Visit) error {
	if err := asked(v); err != nil {
		return err
	}
	_, other, err := p.version(v)
	if err != nil {
		return err
	}
	err = p.changeBook(v, func(_, coming project.BookPeriod) (audit.Change, project.BookPeriod, error) {
		before := coming.Book + "@" + coming.Version
		coming.Version = other.Version
		return audit.Change{Object: "price_book", ObjectID: other.Ref(), Action: "move", Before: before, After: other.Ref()}, coming, nil
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(pathBook), ui.Toast{
		Text: v.T("book.moved", lang.Values{"Version": other.Version, "Day": v.DateLong(today(v) + 1)}), Undo: v.Path(pathBook + "/keep"), Fields: []ui.Choice{v.DayOf()},
	})
}

// changeBook changes by which version and plan the project is charged from tomorrow on, and writes the trail. change is told
// what is in force today and what was to be, and gives what is to be; where that is today's, nothing is left to come.
func (p *pages) changeBook(v *cabinet.Visit, change func(now, coming project.BookPeriod) (audit.Change, project.BookPeriod, error)) error {
	day := today(v)
	return v.Change(func(ctx context.Context, tx *store.Tx) error {
		current, err := project.Get(ctx, tx, v.Project.ID)
		if err != nil {
			return err
		}
		now, coming := current.BookAt(day), current.BookAt(day+1)
		entry, wanted, err := change(now, coming)
		if err != nil {
			return err
		}
		if now != coming && wanted.Version == now.Version && wanted.Plan == now.Plan {
			err = p.Billing.KeepBook(ctx, tx, v.Project.ID, v.At)
		} else {
			err = p.Billing.MoveBook(ctx, tx, v.Project.ID, wanted.Version, wanted.Plan, v.At)
		}
		if err != nil {
			return err
		}
		return v.Record(ctx, tx, entry)
	})
}

// nothingComes is the answer to taking back a move that is not to come, or is another one by now.
func nothingComes(at string) error {
	return errs.New(errs.Conflict, "billing.no_move", "no such move of the book is to come").At(at).Try("look at what is to come")
}

// keepBook takes back a move to another version that is to come. A change of the plan that is to come with it stays.
func (p *pages) keepBook(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	err := p.changeBook(v, func(now, coming project.BookPeriod) (audit.Change, project.BookPeriod, error) {
		if coming.Version == now.Version {
			return audit.Change{}, coming, nothingComes("book_version")
		}
		was, ref := coming.Book+"@"+coming.Version, now.Book+"@"+now.Version
		coming.Version = now.Version
		return audit.Change{Object: "price_book", ObjectID: ref, Action: "keep", Before: was, After: ref}, coming, nil
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(pathBook), ui.Toast{Text: v.T("book.kept")})
}
