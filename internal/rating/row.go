package rating

import (
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
)

// Row is one line of a rate card as its author wrote it. Rows with the same prefix and different bands or dates
// together make the price of that prefix: the row without a band holds at all times no band row covers.
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

const (
	// MaxLegSeconds is the longest leg that is priced: seven days.
	MaxLegSeconds = 7 * 24 * 60 * 60
	// MaxIncrement is the longest first or following increment: a day, in seconds.
	MaxIncrement = 24 * 60 * 60
	// MaxAmount is the dearest connect fee, minute or minimum. The longest leg at this price, which is eight days of
	// billable seconds, is 1.2e18 millionths and fits a money.Micro.
	MaxAmount = 100_000_000 * money.Unit
	// maxDigits is the length of the longest E.164 number.
	maxDigits = 15
)

// mistakes lists what is wrong with a row by itself.
func (row *Row) mistakes() []*errs.Error {
	checks := [...]*errs.Error{
		checkPrefix(row.Prefix),
		checkCurrency(string(row.Currency)),
		checkAmount("connect", row.Connect),
		checkAmount("per_minute", row.PerMinute),
		checkAmount("minimum", row.Minimum),
		checkSeconds("free_seconds", row.Free, 0, MaxLegSeconds),
		checkSeconds("first_seconds", row.First, 1, MaxIncrement),
		checkSeconds("next_seconds", row.Next, 1, MaxIncrement),
		checkFrom(row.From),
	}
	var found []*errs.Error
	for _, mistake := range checks {
		if mistake != nil {
			found = append(found, mistake)
		}
	}
	return found
}

func checkPrefix(prefix string) *errs.Error {
	if !isNumber(prefix) || prefix[0] == '0' {
		return errs.New(errs.Invalid, "rating.bad_prefix", "%.40q is not a prefix", prefix).
			Try("write the first 1 to 15 digits of the international number without '+', such as 38067")
	}
	return nil
}

func checkCurrency(currency string) *errs.Error {
	if _, err := money.ParseCurrency(currency); err != nil {
		return errs.New(errs.Invalid, "rating.bad_currency", "%.40q is not a currency", currency).Try("write an ISO 4217 code such as UAH")
	}
	return nil
}

func checkAmount(name string, amount money.Micro) *errs.Error {
	if amount < 0 || amount > MaxAmount {
		return errs.New(errs.Invalid, "rating.bad_amount", "%s %v is out of range", name, amount).Try("write an amount from 0 to " + MaxAmount.String())
	}
	return nil
}

func checkSeconds(name string, seconds, low, high int64) *errs.Error {
	if seconds < low || seconds > high {
		return errs.New(errs.Invalid, "rating.bad_seconds", "%s %d is out of range", name, seconds).Try(wholeSeconds(low, high))
	}
	return nil
}

func checkFrom(from civil.Date) *errs.Error {
	if from < 0 {
		return errs.New(errs.Invalid, "rating.bad_date", "from %v lies before 1970", from).Try("leave it empty for a row that is always in force")
	}
	return nil
}

// isNumber reports whether s is 1 to 15 ASCII digits.
func isNumber(s string) bool {
	if s == "" || len(s) > maxDigits {
		return false
	}
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}
