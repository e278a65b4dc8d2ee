package people

import (
	"bellwether/internal/errs"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// daysOf are the fields of a question that costs nothing outside projects.
func daysOf(v *cabinet.Visit) []ui.Choice {
	if !isProject(v) {
		return nil
	}
	return []ui.Choice{v.DayOf()}
}

// sameDay refuses what was agreed to on another usage day than today: tomorrow's charge and the term shown then are others now.
func sameDay(v *cabinet.Visit) error {
	if isProject(v) && !v.IsOfToday() {
		return errs.New(errs.Conflict, "people.day_over", "midnight has passed since the effect was shown").At(cabinet.DayField).Try("look at the effect anew")
	}
	return nil
}

// seatsChanged is that the seats are not those whose effect was shown.
func seatsChanged(at string) error {
	return errs.New(errs.Conflict, "people.seats_changed", "the seats changed since the effect was shown").At(at).Try("look at the effect anew")
}
