package rating

import (
	"bellwether/internal/civil"
	"bellwether/internal/money"
)

// Row is one line of a rate card as its author wrote it. Rows with the same prefix and different bands or dates
// together make the price of that prefix.
type Row struct {
	Prefix    string         // leading digits of the E.164 number, without '+'
	Zone      string         // the destination's name for people: "Ukraine mobile Kyivstar"
	Currency  money.Currency // of every amount in the row
	Connect   money.Micro    // charged once a leg that is longer than FreeSeconds
	PerMinute money.Micro    // price of sixty billable seconds
	Minimum   money.Micro    // the least a leg costs that costs anything; zero for none
	Free      int64          // seconds up to which a leg costs nothing at all
	First     int64          // first increment in seconds, at least 1
	Next      int64          // following increments in seconds, at least 1
	Band      string         // name of the time-of-week band it applies in; empty for all other times
	From      civil.Date     // first date (in the book's zone) it is in force; zero for always
	Line      int            // where it was read, from 1; zero where it was made in code
}
