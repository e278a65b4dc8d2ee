package products

import (
	"net/http"
	"net/url"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/funds"
	"bellwether/internal/web/ui"
)

// today is the project's usage day at the instant of the visit.
func today(v *cabinet.Visit) civil.Date { return v.Project.Calendar.DayAt(v.At) }

// tariff is the price list the project is charged by on a day.
func (p *pages) tariff(v *cabinet.Visit, day civil.Date) (pricing.Tariff, error) {
	return v.Project.Tariff(p.Books, day)
}

// sameDay refuses to undo what was done on another day than today: what it would cost must be asked about.
func sameDay(v *cabinet.Visit) error {
	if !v.IsOfToday() {
		return errs.New(errs.Conflict, "products.day_over", "midnight has passed: this can no longer be undone").At(cabinet.DayField).Try("make the change anew")
	}
	return nil
}

// asked refuses an answer to a question of another day: what was shown counts no more.
func asked(v *cabinet.Visit) error {
	if !v.IsOfToday() {
		return errs.New(errs.Conflict, midnight, "midnight has passed since the question").At(cabinet.DayField).Try("look at the effect anew")
	}
	return nil
}

const midnight = "products.midnight"

// anew answers a question that is a day old with the way to the same question of today, which stands at the path of the
// answer.
func anew(do cabinet.Action) cabinet.Action {
	return func(v *cabinet.Visit) error {
		err := do(v)
		if errs.CodeOf(err) != midnight {
			return err
		}
		question := url.Values{}
		for name, values := range v.R.PostForm {
			if name != cabinet.DayField && name != "id" && name != withField {
				question[name] = values
			}
		}
		message, hint := v.Error(err)
		failure := ui.Failure{Title: message, Text: hint, Retry: v.R.URL.Path + "?" + question.Encode()}
		return v.RenderStatus(http.StatusConflict, ui.Page{Title: v.T("error.title"), Section: funds.Section}, failure.Draw())
	}
}
