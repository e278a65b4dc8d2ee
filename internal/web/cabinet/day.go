package cabinet

import "bellwether/internal/web/ui"

// DayField names the hidden field of a form with the usage day on which its effect was shown: another day has other charges.
const DayField = "day"

// DayOf is that field of today, in the project of the visit.
func (v *Visit) DayOf() ui.Choice {
	return ui.Choice{Value: DayField, Text: v.Project.Calendar.DayAt(v.At).String()}
}

// IsOfToday reports whether what is sent was shown on the project's usage day that is now.
func (v *Visit) IsOfToday() bool { return v.R.FormValue(DayField) == v.DayOf().Text }
