package products

import (
	"context"
	"fmt"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/simulate"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/funds"
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

// The bounds of a simulation, which runs the whole of billing twice.
const (
	mostSimulations  = 2 // at a time
	longestSimulated = 20 * time.Second
)

// showWhatIf is a part of the page of a version: what the last 90 days would have cost under it. It takes seconds, and is
// given up as soon as the reader has gone.
func (p *pages) showWhatIf(v *cabinet.Visit) error {
	_, other, err := p.version(v)
	if err != nil {
		return err
	}
	answer, err := p.whatIf(v, other)
	if err != nil {
		kind := errs.KindOf(err)
		if kind == errs.Internal || v.Context().Err() != nil {
			return err
		}
		message, hint := v.Error(err)
		return p.part(v, other, ui.Failure{Title: message, Text: hint, Retry: v.Path(pathBook + "/versions/" + other.Version)}.Draw())
	}
	return p.part(v, other, whatIfPart(whatIfOf(v, other, answer)))
}

func (p *pages) whatIf(v *cabinet.Visit, other *pricebook.Book) (*simulate.WhatIf, error) {
	select {
	case p.simulations <- struct{}{}:
		defer func() { <-p.simulations }()
	default:
		return nil, errs.New(errs.Unavailable, "products.simulations_busy", "other simulations are running").Try("try again in a few seconds")
	}
	ctx, cancel := context.WithTimeout(v.Context(), longestSimulated)
	defer cancel()
	answer, err := simulate.Ask(ctx, p.DB, p.Books, simulate.Question{Project: v.Project.ID, Version: other.Version}, v.At)
	if ctx.Err() == context.DeadlineExceeded {
		return nil, errs.New(errs.Unavailable, "products.simulation_long", "the simulation takes longer than %v", longestSimulated).
			Try(fmt.Sprintf("run bellwether quote --version %s", other.Version))
	}
	return answer, err
}

// whatIfView is a what-if as the page shows it.
type whatIfView struct {
	period        string
	was, would    ui.Tile
	more          ui.Tile
	items         []ui.Effect
	drifts, lefts bool
}

func whatIfOf(v *cabinet.Visit, other *pricebook.Book, w *simulate.WhatIf) whatIfView {
	currency := v.Project.Currency
	tile := func(label string, t ui.Tile) ui.Tile {
		t.Label = label
		return t
	}
	view := whatIfView{
		period: v.T("book.what_if_period", lang.Values{"From": v.Date(w.From), "To": v.Date(w.To)}),
		was:    tile(v.T("book.was"), ui.Tile{Value: ui.Money(-w.Charges.A, currency)}),
		would:  tile(v.T("book.would", lang.Values{"Version": other.Version}), ui.Tile{Value: ui.Money(-w.Charges.B, currency)}),
		more:   tile(v.T("book.difference"), ui.Tile{Value: ui.MoneyMove(w.Charges.More, currency), Change: cheaper(v, w), Tone: effect.Tone(w.Charges.More)}),
		drifts: len(w.Drift) > 0, lefts: len(w.Left) > 0,
	}
	for _, item := range w.Items {
		if item.More != 0 && item.Kind.IsCharge() {
			view.items = append(view.items, ui.Effect{
				Text: effect.LineName(v, other, item.Kind, item.Item), Before: v.Money(-item.A, currency), After: v.Money(-item.B, currency), Tone: effect.Tone(item.More),
			})
		}
	}
	return view
}

// cheaper says how much dearer or cheaper it would have been, in hundredths of a percent.
func cheaper(v *cabinet.Visit, w *simulate.WhatIf) string {
	if w.Charges.A == 0 {
		return ""
	}
	return v.Percent(int((w.Charges.B-w.Charges.A)*10_000/w.Charges.A), true)
}

// part answers with a part of a page alone where the page asks for it, else with a page of its own.
func (p *pages) part(v *cabinet.Visit, other *pricebook.Book, content templ.Component) error {
	if v.R.Header.Get(ui.LaterHeader) != "" {
		return v.RenderPart(content)
	}
	return v.Render(ui.Page{
		Title: v.T("book.what_if"), Section: funds.Section, Help: helpBook,
		Crumbs: append(crumbs(v, pathBook, "book.title"), ui.Link{Text: other.Version, Href: v.Path(pathBook + "/versions/" + other.Version)}),
	}, content)
}
