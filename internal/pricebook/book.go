package pricebook

import (
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/rating"
)

// Book is one version of a vendor's prices, checked and ready to price with. It is immutable: share it freely.
type Book struct {
	Name       string                    // "ringostat"
	Version    string                    // "2021-01-01"
	Effective  civil.Date                // first local date on which a new project gets this version
	Title      Text                      //
	Source     string                    // where the prices come from, for people
	Month      MonthRule                 // how a monthly price becomes a day's fee (Rule B-07)
	Measure    Measure                   // which quantity of a day is charged (Rule B-08)
	TimeZone   *time.Location            // zone of the rate cards' bands and dates
	Currencies []money.Currency          // every price in the book has an amount in each of them
	Countries  map[string]money.Currency // ISO 3166 country -> currency of its price list; "*" for the rest
	Products   []Product                 // in the order in which people see them
	Bundle     Bundle
	Numbers    []NumberRule  // the first that matches prices a number; a number no rule matches is refused
	Services   []ServiceRule // monthly services that come with a number
	Minimums   []MinimumRule // the first that matches is the least a month's advance charges come to
	Packages   []Package     // minutes included by the calendar month
	Legs       []LegRule     // the first that matches says how a leg is charged; a leg no rule matches is refused
	SMS        *SMS          // nil where SMS are not sold
	Loyalty    *Loyalty      // nil for none
	LongTerm   []LongTerm    // discounts on card payments with a period, by rising Days
	Terms      *Terms        // nil where the platform is not sold by prepaid term
	Agency     []AgencyTier  // discounts by an agency's monthly turnover, by rising From
	Taxes      []Tax
	Lifecycle  Lifecycle
	Limits     Limits     // zero, so that nothing may be dialled, in a book that sells neither calls nor SMS
	RateCards  []RateCard // by name; Card finds the compiled table

	cards map[cardKey]*rating.Table
}

type cardKey struct {
	name     string
	currency money.Currency
}

// RateCard is a named list of destinations and their prices in each of the book's currencies.
type RateCard struct {
	Name   string
	File   string        // path as the book names it, relative to its folder; empty where the rows stand in the book
	Bands  []rating.Band // times of the week that its rows name
	Sample bool

	rows []rating.Row // in the order of their author, of the book's currencies only
}

// Rows are the card's rows in one currency, in the order of their author.
func (c RateCard) Rows(currency money.Currency) []rating.Row { return rowsIn(c.rows, currency) }

// DefaultCard is the rate card used by a leg rule that names none.
const DefaultCard = "default"

// Card finds a rate card by name and currency; ok is false where the book has none.
func (b *Book) Card(name string, currency money.Currency) (table *rating.Table, ok bool) {
	table, ok = b.cards[cardKey{name, currency}]
	return table, ok
}

// Product finds a product by name.
func (b *Book) Product(name string) (Product, bool) {
	for _, product := range b.Products {
		if product.Name == name {
			return product, true
		}
	}
	return Product{}, false
}

// Package finds a minute package by name.
func (b *Book) Package(name string) (Package, bool) {
	for _, pack := range b.Packages {
		if pack.Name == name {
			return pack, true
		}
	}
	return Package{}, false
}

// Ref names the version as "ringostat@2021-01-01".
func (b *Book) Ref() string { return b.Name + "@" + b.Version }

// Text is a name or sentence by language: "en", "ru", "uk".
type Text map[string]string

// In gives the text in a language, or in English where that is missing.
func (t Text) In(language string) string {
	if text, ok := t[language]; ok {
		return text
	}
	return t["en"]
}

// Price is an amount in each of the book's currencies.
type Price map[money.Currency]money.Micro

// Percent is a percentage in hundredths: 12.5 % is 1250. In YAML it is written 12.5.
type Percent int64

// MonthRule says how many steps a monthly price is spread over.
type MonthRule string

const (
	// Month30Days spreads a month over 30 days numbered without end from 1970-01-01.
	Month30Days MonthRule = "30d"
	// MonthCalendar spreads it over the days of the calendar month.
	MonthCalendar MonthRule = "calendar"
)

// Measure says which quantity of a day is charged.
type Measure string

const (
	// MeasurePeak charges the most that was held at any moment of the day.
	MeasurePeak Measure = "peak"
	// MeasureEndOfDay charges what is held when the day ends.
	MeasureEndOfDay Measure = "end_of_day"
)

// Product is something a project switches on and off.
type Product struct {
	Name         string
	Title        Text
	Monthly      Price
	Includes     []Text   // what the price includes, for people
	Needs        []string // products without which it does not work
	IncludedWith []string // while one of these is on, this one costs nothing and does not count for the bundle
	Seats        *Seats
	Slots        *Slots
	Sessions     *Sessions
	Sample       bool // the price is our example, not the vendor's
	Source       string
}

// Seats are work places of a product; those above Included cost Monthly each.
type Seats struct {
	Included int64
	Monthly  Price
	Sample   bool
}

// Slots are a product's capacity for numbers of one use; those above Included cost Monthly each.
type Slots struct {
	Included int64
	Use      string // "tracking" or "pbx"
	Monthly  Price
	Sample   bool
}

// Sessions are a site's visits; those above Included in a period cost Each.
type Sessions struct {
	Included int64
	Period   SessionPeriod
	Each     Price
	Sample   bool
}

// SessionPeriod is the period in which included sessions are counted.
type SessionPeriod string

const (
	// SessionsPerDay counts each usage day by itself.
	SessionsPerDay SessionPeriod = "day"
	// SessionsPer30Days counts periods of 30 days from the day the product was first switched on.
	SessionsPer30Days SessionPeriod = "30d"
)

// Bundle is the discount on a day's product fees by the number of products that count.
type Bundle struct {
	Discounts []Percent // for 1, 2, 3... products; the last serves every larger number; empty for none
	Sample    bool
}

// Off is the discount for a number of products.
func (b Bundle) Off(products int) Percent {
	if products <= 0 || len(b.Discounts) == 0 {
		return 0
	}
	return b.Discounts[min(products, len(b.Discounts))-1]
}

// Advance says when a monthly price of a number is charged.
type Advance string

const (
	// AdvanceNone charges a day's share after the day.
	AdvanceNone Advance = "daily"
	// AdvanceMonth charges the calendar month on its first day, or on the day a number is added.
	AdvanceMonth Advance = "month"
)

// NumberMatch is a condition on a number; an empty field matches anything.
type NumberMatch struct {
	Owner    string   // "operator" or "customer"
	Kinds    []string // "local", "mobile", "toll_free"
	Use      string   // "pbx" or "tracking"
	Prefixes []string // leading digits of the E.164 number, without '+'
}

// NumberRule prices a number.
type NumberRule struct {
	Name    string
	Match   NumberMatch
	Monthly Price
	Charged Advance
	Kind    string // "number_rent" or "product_fee": the kind of its entries
	Sample  bool
}

// ServiceRule is a service charged once a calendar month in advance, with the month's first number that matches; its
// entries are product fees.
type ServiceRule struct {
	Name    string
	Title   Text
	Match   NumberMatch
	Monthly Price
	Sample  bool
}

// MinimumRule is the least the advance charges of a month come to where a number that matches was held in it.
type MinimumRule struct {
	Name   string
	Match  NumberMatch
	Amount Price
	Sample bool
}

// Package is a number of minutes included by the calendar month, and the price of a minute above it.
type Package struct {
	Name        string
	Title       Text
	Included    int64 // minutes
	Overage     Price // of a minute
	First, Next int64 // increments in seconds by which a leg counts
	Larger      []LargerPackage
	Sample      bool
}

// LargerPackage replaces a package's included minutes for an extra price a month, paid in advance.
type LargerPackage struct {
	Minutes int64
	Price   Price
	Sample  bool
}

// LegCharge is the way a leg is charged.
type LegCharge string

const (
	// ChargeFree costs nothing.
	ChargeFree LegCharge = "free"
	// ChargePackage counts minutes of a package.
	ChargePackage LegCharge = "package"
	// ChargeRated is priced by a rate card.
	ChargeRated LegCharge = "rated"
)

// LegRule says how legs that match are charged; an empty condition matches anything.
type LegRule struct {
	Name        string
	Legs        []string // inbound, outbound, forward, callback_manager, callback_client, sip
	To          string   // "sip" for legs to a SIP address, "phone" for legs to a number
	NumberOwner string   // owner of the project's number the call came in on
	Charge      LegCharge
	Package     string // for ChargePackage
	Card        string // for ChargeRated; DefaultCard where empty
	By          string // for ChargeRated: which number is looked up, "to" (default) or "number"
}

// SMS prices a message segment, in the project's own country and abroad.
type SMS struct {
	Domestic, Abroad Price
	Sample           bool
}

// Loyalty is the programme of Rule B-40: card payments earn a percentage that reduces automatic renewals.
type Loyalty struct {
	Methods         []string // payment methods that enrol and earn
	Months          []LoyaltyMonths
	Cap             Percent
	Applies         LoyaltyApplies
	Combine         LoyaltyCombine
	RequiresProduct bool     // only a project with a product on is enrolled
	PaysFor         []string // entry kinds the bonus pays
}

// LoyaltyMonths is how many months, and so percent, a payment for a period earns.
type LoyaltyMonths struct{ Days, Months int64 }

// LoyaltyApplies says which payment an earned percentage reduces first.
type LoyaltyApplies string

const (
	// LoyaltyNext reduces the next automatic renewal.
	LoyaltyNext LoyaltyApplies = "next"
	// LoyaltySame reduces the payment that earned it too.
	LoyaltySame LoyaltyApplies = "same"
)

// LoyaltyCombine says how loyalty and long-term percentages go together.
type LoyaltyCombine string

const (
	// CombineMax takes the larger.
	CombineMax LoyaltyCombine = "max"
	// CombineSum adds them.
	CombineSum LoyaltyCombine = "sum"
)

// LongTerm is the discount on a card payment for a period of at least Days.
type LongTerm struct {
	Days   int64
	Off    Percent
	Sample bool
}

// Terms sells the platform by prepaid terms (Rules B-50 to B-54).
type Terms struct {
	MonthDays int64 // days a month of a term has
	Lengths   []TermLength
	Plans     []Plan
	ExtraUser Price // a month, for each user above a plan's free ones
	Sample    bool
}

// TermLength is a term on sale and its discount.
type TermLength struct {
	Months int64
	Off    Percent
	Sample bool
}

// Plan is a tariff sold by term.
type Plan struct {
	Name      string
	Title     Text
	Monthly   Price
	FreeUsers int64 // Unlimited for any number
	Sample    bool
}

// Unlimited free users.
const Unlimited int64 = -1

// Plan finds a plan by name.
func (t *Terms) Plan(name string) (Plan, bool) {
	for _, plan := range t.Plans {
		if plan.Name == name {
			return plan, true
		}
	}
	return Plan{}, false
}

// AgencyTier is an agency's discount from a monthly turnover over all its projects.
type AgencyTier struct {
	From   Price
	Off    Percent
	Sample bool
}

// Tax is a rate for a country and an entry kind. The first that matches counts.
type Tax struct {
	Country  string // ISO 3166, "*" for any
	Kind     string // entry kind, "*" for any
	Rate     Percent
	Included bool // the book's prices contain it; otherwise it is added to them
	Sample   bool
}

// Lifecycle bounds what happens to a project that runs dry (Rule B-60). Days count from T0, the moment funds end.
type Lifecycle struct {
	LowDays        int64         // "low" once the forecast's p90 says funds last no longer
	GraceDays      int64         // then suspended
	UnpaidDays     int64         // then unpaid
	QuarantineDays int64         // then the numbers are in quarantine
	ReleaseDays    int64         // then they are released
	OpenLegWait    time.Duration // how long after a day's end its communications wait for open legs
	RecordWait     time.Duration // how long they wait for call records that arrive late
	Sample         bool
}

// Limits are the anti-fraud caps a new project starts with (Rule B-70).
type Limits struct {
	PerMinute       Price         // the dearest minute that may be dialled
	PerDay          Price         // the most communications may cost in a usage day
	ConcurrentCalls int64         // outgoing legs at a time
	Countries       []string      // ISO 3166 countries that may be dialled; "own" for the project's
	RefusePremium   bool          // premium-rate and shared-cost numbers are refused
	Quantum         time.Duration // first reservation of a leg
	ExtendAhead     time.Duration // a hold always covers at least this much more
	Sample          bool
}
