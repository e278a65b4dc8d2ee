package api

import (
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/project"
)

// checkLimits refuses caps that mean nothing.
func checkLimits(l project.Limits) error {
	bad := func(field, message string) error {
		return errs.New(errs.Invalid, "api.bad_limit", "%s", message).At("body." + field)
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
		if country != "own" && !phone.IsCountry(country) {
			return errs.New(errs.Invalid, "api.bad_limit", "%.20q is not a country", country).At("body.countries").
				Try(`write ISO 3166 codes such as UA, or "own" for the project's`)
		}
	}
	return nil
}
