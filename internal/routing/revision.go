package routing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
)

// revision tells what a thing is now from what it was before any change.
func revision(thing any) string {
	text, err := json.Marshal(thing)
	if err != nil { // of plain data, which was read from JSON
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// The revision that somebody saw is compared with what is there, so that nobody's work is lost unseen (Rule T-46). An empty one is of whoever
// does not mind.

// Revision tells what a scheme is now from what it was before any change.
func (sc Scheme) Revision() string {
	sc.MadeAt, sc.ChangedAt = sc.MadeAt.UTC().Truncate(time.Microsecond), sc.ChangedAt.UTC().Truncate(time.Microsecond) // as it is stored
	return revision(sc)
}

// SeenAs refuses what somebody wrote who saw another revision of the scheme. errs.Conflict `routing.scheme_changed`.
func (sc Scheme) SeenAs(seen string) error {
	if seen == "" || seen == sc.Revision() {
		return nil
	}
	return errs.New(errs.Conflict, "routing.scheme_changed", "the scheme was changed after it was opened").At(objectScheme).Try(lookAgain)
}

const lookAgain = "look at what it is now, or save again to replace it"

// Revision tells what settings are now from what they were before any change.
func (s Settings) Revision() string { return revision(s) }

// SeenAs refuses what somebody wrote who saw other settings. errs.Conflict `routing.settings_changed`.
func (s Settings) SeenAs(seen string) error {
	if seen == "" || seen == s.Revision() {
		return nil
	}
	return errs.New(errs.Conflict, "routing.settings_changed", "the settings were changed after they were opened").At(objectSettings).Try(lookAgain)
}

// HoursRevision tells what working hours are now from what they were before any change.
func HoursRevision(h dialplan.BusinessHours) string { return revision(h) }

// HoursSeenAs refuses what somebody wrote who saw other working hours. errs.Conflict `routing.hours_changed`.
func HoursSeenAs(h dialplan.BusinessHours, seen string) error {
	if seen == "" || seen == HoursRevision(h) {
		return nil
	}
	return errs.New(errs.Conflict, "routing.hours_changed", "the working hours were changed after they were opened").At(objectHours).Try(lookAgain)
}
