package products

import (
	"github.com/a-h/templ"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/simulate"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/ui"
)

// showWhatIf is a part of the page of a version: what the last 90 days would have cost under it. It answers at once: with how far the
// replay is, which goes on beside the request and is given up when nobody asks any more, or with what came of it.
func (p *pages) showWhatIf(v *cabinet.Visit) error {
	_, other, err := p.version(v)
	if err != nil {
		return err
	}
	at := v.Path(pathBook + "/versions/" + other.Version)
	standing, err := p.replays.Look(simulate.Question{Project: v.Project.ID, Version: other.Version}, v.At)
	if err == nil {
		err = standing.Err
	}
	switch {
	case err != nil && errs.KindOf(err) == errs.Internal:
		return err
	case err != nil:
		message, hint := v.Error(err)
		return p.part(v, other, whatIfPart(ui.Failure{Title: message, Text: hint, Retry: at}.Draw()))
	case !standing.Over:
		return p.part(v, other, whatIfOnItsWay(at+"/what-if", progressOf(v, standing)))
	}
	return p.part(v, other, whatIfPart(whatIfOf(v, other, standing.Answer).draw()))
}

// progressOf says how many days are replayed.
func progressOf(v *cabinet.Visit, s simulate.Standing) ui.ProgressView {
	text := v.T("book.what_if_running")
	if s.Total == 0 {
		text = v.T("book.what_if_waiting")
	}
	return ui.ProgressView{ID: "what-if-progress", Text: text, Done: s.Done, Total: s.Total}
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
