// Package settings is the pages of a project's settings (/p/{project}/settings): its name, its time zone and its caps
// against fraud; and of an agency's (/a/{agency}/settings): its name, its language, its people.
//
// It owns what these pages show and ask, and no table: names, zones and caps are project's, the caps that a project has not
// set are the price book's (pricebook), what they refuse is charging's.
//
// Invariants:
//   - A change of the zone shows which day is the first to end by it before it is asked for (Rule B-09), and can be undone
//     before that.
//   - A cap left empty is the price book's; the page shows both beside each other (Rule B-70).
//   - Every change is in the trail with what was there before.
package settings
