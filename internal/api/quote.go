package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/rating"
	"bellwether/internal/store"
)

// PriceList names a price list: a book, its version, a country.
type PriceList struct {
	Book     string         `json:"book" maxLength:"60" example:"ringostat"`
	Version  string         `json:"book_version,omitempty" maxLength:"60" doc:"The version in force on the day where left out"`
	Country  string         `json:"country" minLength:"2" maxLength:"2" doc:"ISO 3166" example:"UA"`
	Currency money.Currency `json:"currency,omitempty" maxLength:"3" doc:"That of the country's price list where left out"`
}

// tariff finds the price list in force on a day.
func (a *API) tariff(l PriceList, day civil.Date) (pricing.Tariff, error) {
	var book *pricebook.Book
	var err error
	if l.Version == "" {
		book, err = a.parts.Books.At(l.Book, day)
	} else {
		book, err = a.parts.Books.Get(l.Book, l.Version)
	}
	if err != nil {
		return pricing.Tariff{}, err
	}
	if l.Currency == "" {
		l.Currency = book.Countries[l.Country]
	}
	if l.Currency == "" {
		l.Currency = book.Countries["*"]
	}
	return pricing.For(book, l.Country, l.Currency)
}

// CallQuestion asks what a leg costs.
type CallQuestion struct {
	Kind    string       `json:"leg,omitempty" enum:"inbound,outbound,forward,callback_manager,callback_client,sip" default:"outbound"`
	To      string       `json:"to" minLength:"1" maxLength:"200" doc:"E.164 with +, or sip:user@host" example:"+380671234567"`
	Number  string       `json:"number,omitempty" maxLength:"20" doc:"The project's number the call comes in on"`
	Owner   string       `json:"number_owner,omitempty" enum:"operator,customer" doc:"Of that number"`
	At      time.Time    `json:"at,omitzero" doc:"When it is answered; now where left out"`
	Seconds int64        `json:"seconds" minimum:"0" doc:"Of talk"`
	Balance *money.Micro `json:"balance,omitempty" doc:"Also say how long this lasts"`
}

// CallQuote is what a leg costs.
type CallQuote struct {
	Book       string              `json:"book" example:"ringostat@2021-01-01"`
	Currency   money.Currency      `json:"currency"`
	Charge     pricebook.LegCharge `json:"charge" enum:"free,package,rated,emergency"`
	Prefix     string              `json:"prefix,omitempty"`
	Zone       string              `json:"zone,omitempty"`
	PerMinute  money.Micro         `json:"per_minute"`
	Billable   int64               `json:"billable_seconds"`
	Minutes    int64               `json:"minutes" doc:"Counted in a package"`
	Amount     money.Micro         `json:"amount" doc:"What it costs, zero or more"`
	MaxSeconds *int64              `json:"max_seconds,omitempty" doc:"How long the balance lasts (Rule B-25)"`
	Explain    pricing.Explanation `json:"explain"`
}

func quoteCall(tariff pricing.Tariff, q CallQuestion, at time.Time) (CallQuote, error) {
	to, emergency, err := dialled(q.To, tariff.Country)
	if err != nil {
		return CallQuote{}, err
	}
	if emergency {
		return quoteEmergency(tariff, q), nil
	}
	rate, err := tariff.Leg(pricing.Leg{Kind: q.Kind, To: to, Number: q.Number, NumberOwner: q.Owner, AnsweredAt: at})
	if err != nil {
		return CallQuote{}, err
	}
	charge, err := rate.Price(q.Seconds)
	if err != nil {
		return CallQuote{}, err
	}
	out := CallQuote{
		Book: tariff.Book.Ref(), Currency: tariff.Currency, Charge: rate.Rule.Charge, Prefix: rate.Rate.Prefix, Zone: rate.Rate.Zone,
		PerMinute: rate.Rate.PerMinute, Billable: charge.Billable, Minutes: charge.Minutes, Amount: charge.Amount, Explain: rate.Explain(charge),
	}
	if q.Balance != nil {
		out.MaxSeconds = pointer(rate.MaxSeconds(*q.Balance))
	}
	return out, nil
}

// dialled reads where a call goes as charging reads it: an emergency number of the country, with or without a plus, or where
// it has none a number in national form (Rule B-71).
func dialled(to, country string) (destination string, emergency bool, err error) {
	if digits, ok := phone.Emergency(to, country); ok {
		return digits, true, nil
	}
	if strings.HasPrefix(to, "+") || strings.HasPrefix(to, "sip:") {
		return to, false, nil
	}
	number, err := phone.Parse(to, country)
	if err != nil {
		return "", false, errs.New(errs.Invalid, "api.bad_destination", "%.40q cannot be dialled", to).At("body.to").
			Try("write + and the international number, such as +380671234567, or sip:user@host")
	}
	return string(number), false, nil
}

// quoteEmergency is the quote of a call that costs nothing, however long it is (Rule B-71).
func quoteEmergency(tariff pricing.Tariff, q CallQuestion) CallQuote {
	out := CallQuote{
		Book: tariff.Book.Ref(), Currency: tariff.Currency, Charge: charging.Emergency,
		Explain: pricing.Explanation{Text: "emergency calls cost nothing"},
	}
	if q.Balance != nil {
		out.MaxSeconds = pointer(int64(rating.MaxLegSeconds))
	}
	return out
}

func quoteRoutes(a *API) {
	const tag = chapterPrices
	read(a, route{
		method: http.MethodPost, path: "/v1/quote", id: "quote-call", tag: tag, need: needAnyKey,
		summary: "What does a call cost?", text: "By any price list. The same function prices holds, live charges and final records (Rules B-20 to B-26).",
	}, func(_ context.Context, in *struct {
		Body struct {
			PriceList
			CallQuestion
		}
	},
	) (CallQuote, error) {
		at := a.orNow(in.Body.At)
		tariff, err := a.tariff(in.Body.PriceList, civil.DateIn(at, time.UTC))
		if err != nil {
			return CallQuote{}, err
		}
		return quoteCall(tariff, in.Body.CallQuestion, at)
	})
	read(a, route{
		method: http.MethodPost, path: "/v1/quote/configuration", id: "quote-configuration", tag: tag, need: needAnyKey,
		summary: "What do products, seats and numbers cost?", text: "A day's lines, and the sum of the 30 days from it.",
	}, a.quoteConfiguration)
	read(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/quote", id: "quote-project-call", tag: tag, need: needRead,
		summary: "What does a call cost this project?", text: "By its own price list; without a balance, says how long its funds last.",
	}, a.quoteProjectCall)
}

func (a *API) orNow(at time.Time) time.Time {
	if at.IsZero() {
		return a.now()
	}
	return at
}

func (a *API) quoteProjectCall(ctx context.Context, in *struct {
	Of
	Body CallQuestion
},
) (out CallQuote, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		question := in.Body
		if question.Balance == nil {
			account, err := ledger.GetAccount(ctx, q, in.id())
			if err != nil {
				return err
			}
			question.Balance = pointer(account.Available())
		}
		at := a.orNow(question.At)
		if question.Owner == "" && question.Number != "" {
			wanted := billing.NumberAt{Project: in.id(), Number: question.Number, At: at}
			owners, err := billing.NumberOwnersAt(ctx, q, []billing.NumberAt{wanted})
			if err != nil {
				return err
			}
			question.Owner = owners[wanted]
		}
		tariff, err := p.Tariff(a.parts.Books, p.Calendar.DayAt(at))
		if err != nil {
			return err
		}
		out, err = quoteCall(tariff, question, at)
		return err
	})
}

// ConfigurationQuestion asks what a configuration costs.
type ConfigurationQuestion struct {
	PriceList
	Day      string           `json:"day,omitempty" format:"date" doc:"Today (UTC) where left out"`
	Products []string         `json:"products,omitempty" maxItems:"50"`
	Seats    map[string]int64 `json:"seats,omitempty" maxProperties:"50" doc:"Product to seats in use"`
	Numbers  []Number         `json:"numbers,omitempty" maxItems:"1000"`
}

// ConfigurationQuote is what a configuration costs.
type ConfigurationQuote struct {
	Book      string         `json:"book"`
	Currency  money.Currency `json:"currency"`
	Day       civil.Date     `json:"day"`
	Lines     []Line         `json:"lines" doc:"Of the day"`
	PerDay    money.Micro    `json:"per_day" doc:"Negative for a charge"`
	Per30Days money.Micro    `json:"per_30_days" doc:"The 30 days from the day on"`
	Advance   []Line         `json:"advance" doc:"What is charged for the calendar month in advance, where the book says so"`
}

func (a *API) quoteConfiguration(_ context.Context, in *struct{ Body ConfigurationQuestion }) (ConfigurationQuote, error) {
	q, date := in.Body, civil.DateIn(a.now(), time.UTC)
	if q.Day != "" {
		var err error
		if date, err = parseDay(q.Day, "body.day"); err != nil {
			return ConfigurationQuote{}, err
		}
	}
	tariff, err := a.tariff(q.PriceList, date)
	if err != nil {
		return ConfigurationQuote{}, err
	}
	day, err := q.day(tariff.Book)
	if err != nil {
		return ConfigurationQuote{}, err
	}
	out := ConfigurationQuote{Book: tariff.Book.Ref(), Currency: tariff.Currency, Day: date, Advance: []Line{}}
	for n := range civil.Date(billing.PreviewDays) {
		day.Date = date + n
		lines, err := tariff.Day(day)
		if err != nil {
			return ConfigurationQuote{}, err
		}
		if n == 0 {
			out.Lines, out.PerDay = viewLines(lines), pricing.Sum(lines)
		}
		out.Per30Days += pricing.Sum(lines)
	}
	out.Advance, err = advance(tariff, day.Numbers)
	return out, err
}

// day is a day on which all that was asked about is held, with the number slots that opens.
func (q ConfigurationQuestion) day(book *pricebook.Book) (pricing.Day, error) {
	day := pricing.Day{Products: q.Products, Seats: q.Seats, Slots: map[string]int64{}}
	for product, seats := range q.Seats {
		if p, ok := book.Product(product); !ok || p.Seats == nil || seats < 0 {
			return day, errs.New(errs.Invalid, "api.bad_seats", "%.60q has no %d seats", product, seats).At("body.seats")
		}
	}
	for _, n := range q.Numbers {
		day.Numbers = append(day.Numbers, pricing.Number{Number: n.Number, Owner: n.Owner, Kind: n.Kind, Use: n.Use})
	}
	for _, name := range q.Products {
		product, ok := book.Product(name)
		if !ok {
			return day, pricing.UnknownProduct(book, name)
		}
		if product.Slots == nil {
			continue
		}
		for _, n := range q.Numbers {
			if n.Use == product.Slots.Use {
				day.Slots[name]++
			}
		}
	}
	return day, billing.CheckNeeds(book, q.Products)
}

// advance is what a calendar month of numbers costs in advance, each item once.
func advance(tariff pricing.Tariff, numbers []pricing.Number) ([]Line, error) {
	var all []pricing.Line
	seen := map[string]bool{}
	for _, n := range numbers {
		lines, err := tariff.Advance(n)
		if err != nil {
			return nil, err
		}
		for _, line := range lines {
			if item := string(line.Kind) + "/" + line.Item; !seen[item] {
				seen[item] = true
				all = append(all, line)
			}
		}
	}
	return viewLines(all), nil
}
