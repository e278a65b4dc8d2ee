package charging

import (
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// limits are the anti-fraud caps of a project: the book's, and where the project has its own, those (Rule B-70).
type limits struct {
	perMinute     money.Micro
	perDay        money.Micro
	concurrent    int64
	countries     []string
	refusePremium bool
	quantum       int64 // seconds a hold reserves for at first
	ahead         int64 // seconds a hold always covers beyond what was talked
}

func (c *customer) limits(list *priceList) limits {
	book, own := list.Book.Limits, c.project.Limits
	l := limits{
		perMinute: book.PerMinute[list.Currency], perDay: book.PerDay[list.Currency], concurrent: book.ConcurrentCalls,
		countries: book.Countries, refusePremium: book.RefusePremium,
		quantum: int64(book.Quantum / time.Second), ahead: int64(book.ExtendAhead / time.Second),
	}
	if own.PerMinute != nil {
		l.perMinute = *own.PerMinute
	}
	if own.PerDay != nil {
		l.perDay = *own.PerDay
	}
	if own.ConcurrentCalls != nil {
		l.concurrent = *own.ConcurrentCalls
	}
	if own.Countries != nil {
		l.countries = own.Countries
	}
	if own.RefusePremium != nil {
		l.refusePremium = *own.RefusePremium
	}
	return l
}

// ownCountry stands for the project's country in a list of countries that may be dialled.
const ownCountry = "own"

// checkDestination refuses numbers of countries that are not allowed and premium-rate ones. SIP addresses are no numbers.
func (l limits) checkDestination(d destination, home string) error {
	if d.sip() {
		return nil
	}
	d = d.look()
	if d.country == "" {
		return errs.New(errs.Denied, "charging.country_forbidden", "%.40q is a number of no known country", d.to).At("to").
			Try("check its digits: there may be too few, too many or wrong ones")
	}
	allowed := slices.ContainsFunc(l.countries, func(country string) bool {
		return country == d.country || country == ownCountry && d.country == home
	})
	if !allowed {
		return errs.New(errs.Denied, "charging.country_forbidden", "numbers of %s may not be dialled", d.country).At("to").
			Try("allow the country in the project's limits").With("country", d.country)
	}
	if l.refusePremium && d.premium {
		return errs.New(errs.Denied, "charging.premium_forbidden", "premium-rate numbers may not be dialled").At("to")
	}
	return nil
}

// checkPrice refuses what is too dear: the price of a minute, and what a call of one minute costs with everything on top.
func (l limits) checkPrice(rate pricing.LegRate) error {
	const minute = 60
	charge, err := rate.Price(minute)
	if err != nil {
		return err
	}
	if dearest := max(charge.Amount, rate.Rate.PerMinute); dearest > l.perMinute {
		return errs.New(errs.Denied, "charging.too_expensive", "a minute costs %s, the project's limit is %s", dearest, l.perMinute).At("to").
			With("price", dearest).With("limit", l.perMinute)
	}
	return nil
}

func (l limits) checkConcurrent(open int64) error {
	if open < l.concurrent {
		return nil
	}
	return errs.New(errs.Denied, "charging.too_many_calls", "the project has %d calls going on, its limit is %d", open, l.concurrent).
		At("project").With("open", open).With("limit", l.concurrent)
}

// dayLimit is the refusal of what would pass the cap on spending in a usage day.
func (l limits) dayLimit(used, wanted money.Micro) error {
	return errs.New(errs.Denied, "charging.day_limit", "the day's calls and messages come to %s, held included; %s more would pass the limit of %s", used, wanted, l.perDay).
		At("project").Try("raise the project's limit, or wait for the next day").With("used", used).With("limit", l.perDay)
}

// noFunds is the refusal of what the account does not cover.
func noFunds(c *customer, wanted, available money.Micro) error {
	available = max(0, available)
	return errs.New(errs.Unpaid, "charging.no_funds", "project %s has %s %s available, %s is needed", c.project.ID, available, c.project.Currency, wanted).
		At("project").Try("top up").With("missing", wanted-available).With("available", available).With("currency", c.project.Currency)
}

// stopsDry reports whether legs of a kind stop as soon as funds have ended (Rule B-60). Incoming calls, and the legs that
// lead them on, die last: those that cost something need funds all the same.
func stopsDry(kind string) bool {
	return kind == pricing.LegOutbound || kind == pricing.LegCallbackManager || kind == pricing.LegCallbackClient
}
