package pricing

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/rating"
)

// The kinds of legs a book's rules speak of.
const (
	LegInbound         = "inbound"
	LegOutbound        = "outbound"
	LegForward         = "forward"
	LegCallbackManager = "callback_manager"
	LegCallbackClient  = "callback_client"
	LegSIP             = "sip"
)

// LegKinds lists the kinds of legs.
var LegKinds = []string{LegInbound, LegOutbound, LegForward, LegCallbackManager, LegCallbackClient, LegSIP}

// Leg is one leg of a call, to be priced.
type Leg struct {
	Kind        string    // one of LegKinds
	To          string    // E.164 with '+', or "sip:user@host"
	Number      string    // the project's number the call came in on; empty where none
	NumberOwner string    // its owner, where Number is set
	AnsweredAt  time.Time // when it was answered, or when it would be
}

// SIP reports whether the leg goes to a SIP address.
func (l Leg) SIP() bool { return strings.HasPrefix(l.To, "sip:") }

// LegRate is how a leg will be charged, before its length is known: quote, hold, live charge and final record all start
// from the same one (Rule B-37).
type LegRate struct {
	Rule    pricebook.LegRule
	Package pricebook.Package // for legs counted in minutes of a package
	Rate    rating.Rate       // for rated legs
	tariff  Tariff
	leg     Leg
}

// LegCharge is the price of a leg of known length.
type LegCharge struct {
	Seconds  int64
	Billable int64
	Minutes  int64         // of the package, where one counts
	Amount   money.Micro   // what it costs, zero or more
	Rated    rating.Charge // the arithmetic of a rated leg
}

// Leg finds the rule and the rate of a leg. An unknown destination and a leg no rule covers are refused, never free
// (Rule B-23): `rating.unknown_destination`, `pricing.leg_not_sold`.
func (t Tariff) Leg(leg Leg) (LegRate, error) {
	if !slices.Contains(LegKinds, leg.Kind) {
		return LegRate{}, errs.New(errs.Invalid, "pricing.unknown_leg", "%q is not a kind of leg", leg.Kind).At("leg").Try(fmt.Sprintf("write one of %v", LegKinds))
	}
	if leg.Kind == LegSIP && !leg.SIP() {
		return LegRate{}, errs.New(errs.Invalid, "pricing.not_sip", "a sip leg goes to a SIP address, not to %.40q", leg.To).At("to").Try("write sip:name@host, or another kind of leg")
	}
	for _, rule := range t.Book.Legs {
		if !legMatches(rule, leg) {
			continue
		}
		rate := LegRate{Rule: rule, tariff: t, leg: leg}
		switch rule.Charge {
		case pricebook.ChargePackage:
			rate.Package, _ = t.Book.Package(rule.Package)
		case pricebook.ChargeRated:
			return t.rated(rate)
		}
		return rate, nil
	}
	return LegRate{}, errs.New(errs.Denied, "pricing.leg_not_sold", "book %s does not sell %s legs to %s", t.Book.Ref(), leg.Kind, leg.To).At("leg")
}

func legMatches(rule pricebook.LegRule, leg Leg) bool {
	return (len(rule.Legs) == 0 || slices.Contains(rule.Legs, leg.Kind)) &&
		(rule.To == "" || (rule.To == LegSIP) == leg.SIP()) &&
		(rule.NumberOwner == "" || rule.NumberOwner == leg.NumberOwner)
}

func (t Tariff) rated(rate LegRate) (LegRate, error) {
	name, number := rate.Rule.Card, rate.leg.To
	if name == "" {
		name = pricebook.DefaultCard
	}
	if rate.Rule.By == "number" {
		number = rate.leg.Number
	}
	card, ok := t.Book.Card(name, t.Currency)
	if !ok {
		return LegRate{}, errs.New(errs.Internal, "pricing.no_card", "book %s has no rate card %q in %s", t.Book.Ref(), name, t.Currency)
	}
	matched, err := card.Match(number, rate.leg.AnsweredAt)
	if err != nil {
		return LegRate{}, err
	}
	rate.Rate = matched
	return rate, nil
}

// Price is the charge of the leg for so many seconds, tax included, rounded once.
func (r LegRate) Price(seconds int64) (LegCharge, error) {
	charge := LegCharge{Seconds: seconds}
	switch r.Rule.Charge {
	case pricebook.ChargePackage:
		charge.Minutes = PackageMinutes(r.Package, seconds)
		charge.Billable = charge.Minutes * 60
	case pricebook.ChargeRated:
		rated, err := r.Rate.Price(r.leg.AnsweredAt, seconds)
		if err != nil {
			return LegCharge{}, err
		}
		taxed, err := r.tariff.whole(Call, 1, rated.Amount)
		if err != nil {
			return LegCharge{}, err
		}
		charge.Billable, charge.Amount, charge.Rated = rated.Billable, taxed, rated
	}
	return charge, nil
}

// Free reports whether no length of the leg can cost anything when it ends: it is free by rule or counts minutes that
// are settled at the month's end.
func (r LegRate) Free() bool { return r.Rule.Charge != pricebook.ChargeRated }

// MaxSeconds is the longest the leg may last for a budget (Rule B-25).
func (r LegRate) MaxSeconds(budget money.Micro) int64 {
	switch {
	case r.Free():
		return rating.MaxLegSeconds
	case r.tariff.tax(Call) == 0:
		return r.Rate.MaxSeconds(r.leg.AnsweredAt, budget)
	}
	beyond := sort.Search(rating.MaxLegSeconds, func(i int) bool {
		charge, err := r.Price(int64(i) + 1)
		return err != nil || charge.Amount > budget
	})
	return int64(beyond)
}

// Explain says how the charge came about.
func (r LegRate) Explain(charge LegCharge) Explanation {
	switch r.Rule.Charge {
	case pricebook.ChargePackage:
		return Explanation{
			Text:       fmt.Sprintf("counts %s of package %s (%s); the month's end charges what is above the included", counted(charge.Minutes, "minute"), r.Package.Name, r.Rule.Name),
			Arithmetic: fmt.Sprintf("%d s in increments of %d/%d s = %s", charge.Seconds, r.Package.First, r.Package.Next, counted(charge.Minutes, "started minute")),
		}
	case pricebook.ChargeRated:
		rated := r.Rate.Explain(charge.Rated, charge.Seconds)
		return Explanation{
			Text:       fmt.Sprintf("%s, prefix %s: %s %s a minute", rated.Zone, rated.Prefix, rated.PerMinute, r.tariff.Currency),
			Arithmetic: rated.Arithmetic + r.tariff.taxText(Call),
			Inputs:     map[string]any{"rate": rated},
		}
	}
	return Explanation{Text: fmt.Sprintf("free by the book's rule %q", r.Rule.Name)}
}

// counted writes a number of things: "1 minute", "2 minutes".
func counted(n int64, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// Message prices an SMS of so many segments (Rule B-36): domestic where the number belongs to the project's country.
func (t Tariff) Message(to string, segments int64) (Line, error) {
	if t.Book.SMS == nil {
		return Line{}, errs.New(errs.Denied, "pricing.sms_not_sold", "book %s does not sell SMS", t.Book.Ref())
	}
	number, err := phone.Parse(to, t.Country)
	if err != nil {
		return Line{}, errs.New(errs.Invalid, "pricing.bad_number", "%.40q is not a phone number", to).At("to").Because(err)
	}
	if segments < 1 {
		return Line{}, errs.New(errs.Invalid, "pricing.bad_segments", "an SMS has at least one segment, not %d", segments).At("segments")
	}
	price, where := t.Book.SMS.Abroad, "abroad"
	if number.Country() == t.Country {
		price, where = t.Book.SMS.Domestic, "domestic"
	}
	unit := t.price(price)
	amount, err := t.whole(SMS, segments, unit)
	return Line{
		Kind: SMS, Item: where, Quantity: segments, UnitPrice: unit, Amount: -amount, Rule: "B-36",
		Explain: Explanation{
			Text:       fmt.Sprintf("SMS %s of %s", where, counted(segments, "segment")),
			Arithmetic: fmt.Sprintf("%d x %s%s = %s", segments, unit, t.taxText(SMS), amount),
		},
	}, err
}
