package project

import (
	"bellwether/internal/errs"
	"bellwether/internal/phone"
)

// OwnCountry stands for the project's country in Limits.Countries.
const OwnCountry = "own"

// Check refuses caps that mean nothing: errs.Invalid `project.bad_limit`, its place the field's name in JSON.
func (l Limits) Check() error {
	bad := func(field, message string) error {
		return errs.New(errs.Invalid, "project.bad_limit", "%s", message).At(field)
	}
	switch {
	case l.PerMinute != nil && *l.PerMinute < 0:
		return bad("per_minute", "a price is not negative")
	case l.PerDay != nil && *l.PerDay < 0:
		return bad("per_day", "a spend is not negative")
	case l.ConcurrentCalls != nil && *l.ConcurrentCalls < 0:
		return bad("concurrent_calls", "a number of calls is not negative")
	}
	for _, country := range l.Countries {
		if country != OwnCountry && !phone.IsCountry(country) {
			return errs.New(errs.Invalid, "project.bad_limit", "%.20q is not a country", country).At("countries").
				Try(`write ISO 3166 codes such as UA, or "own" for the project's`)
		}
	}
	return nil
}
