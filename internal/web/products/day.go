package products

import (
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/pricing"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// today is the project's usage day at the instant of the visit.
func today(v *cabinet.Visit) civil.Date { return v.Project.Calendar.DayAt(v.At) }

// tariff is the price list the project is charged by on a day.
func (p *pages) tariff(v *cabinet.Visit, day civil.Date) (pricing.Tariff, error) {
	return v.Project.Tariff(p.Books, day)
}

// dayField is the hidden field of what can be undone on its day only.
const dayField = "day"

func dayOf(v *cabinet.Visit) ui.Choice { return ui.Choice{Value: dayField, Text: today(v).String()} }

// sameDay refuses to undo what was done on another day than today: what it would cost must be asked about.
func sameDay(v *cabinet.Visit) error {
	if v.R.FormValue(dayField) != today(v).String() {
		return errs.New(errs.Conflict, "products.day_over", "midnight has passed: this can no longer be undone").At(dayField).Try("make the change anew")
	}
	return nil
}
