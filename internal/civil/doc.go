// Package civil holds local dates and the instants at which they begin in a time zone, on days of 23, 24 and 25 hours,
// in zones that skip midnight, repeat it, or never had a date at all.
//
// It owns no business rule: which zone a project lives in on which day is project's to say. Zones come from the
// system's tz database or the embedded copy; nothing here reads the clock.
package civil
