package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/rating"
)

type rateCommand struct {
	Book       string `required:"" placeholder:"NAME[@VERSION]|FILE" help:"Price book; a name alone is its newest version."`
	Vectors    string `required:"" placeholder:"FILE" help:"Legs as CSV: id, to, answered_at, seconds, optionally leg and currency; - reads standard input."`
	Currency   string `placeholder:"CODE" help:"Price list of lines that name no currency; if not given, that of --country."`
	Country    string `placeholder:"CODE" help:"The caller's country (ISO 3166): chooses the price list and the taxes; all others if not given."`
	At         string `placeholder:"TIME" help:"When legs were answered that do not say so (2026-10-05T12:00:00Z)."`
	Format     string `enum:"csv,json,table" default:"csv" help:"csv, json or table."`
	PriceBooks string `placeholder:"DIR" env:"BELLWETHER_PRICE_BOOKS" help:"Folder with your own price books."`
}

// Help is what --help adds.
func (rateCommand) Help() string {
	return `Prices single legs with the function that every call is charged by. A leg that has no rate gets a reason in the
column error, and the exit status is 1. The formats are in docs/guide/rates.md.

  bellwether rate --book ringostat --currency UAH --vectors calls.csv
  bellwether rate --book my-book.yaml --vectors - --format json < calls.csv`
}

// ratedLeg is a leg and its price, or why it has none.
type ratedLeg struct {
	ID string `json:"id"`
	*legPrice
	Error string `json:"error,omitempty"`
}

type legPrice struct {
	Prefix   string              `json:"prefix"`
	Zone     string              `json:"zone"`
	Billable int64               `json:"billable_seconds"`
	Amount   money.Micro         `json:"amount"`
	Explain  pricing.Explanation `json:"explain"`
}

// Run prices the legs of a file.
func (c *rateCommand) Run(_ context.Context, p *Program) error {
	library, err := books(c.PriceBooks)
	if err != nil {
		return err
	}
	book, err := library.Open(disk{}, c.Book)
	if err != nil {
		return err
	}
	vectors, err := c.read(p)
	if err != nil {
		return err
	}
	legs, err := c.price(p.Err, book, vectors)
	if err != nil {
		return err
	}
	failed := slices.ContainsFunc(legs, func(leg ratedLeg) bool { return leg.Error != "" })
	if err := printLegs(p.Out, c.Format, legs, failed); err != nil {
		return err
	}
	if failed {
		return errFound
	}
	return nil
}

// price prices every leg, and notes where the currency was nobody's choice.
func (c *rateCommand) price(notes io.Writer, book *pricebook.Book, vectors []rating.Vector) ([]ratedLeg, error) {
	tariff, err := c.tariff(book)
	if err != nil {
		return nil, err
	}
	legs := make([]ratedLeg, len(vectors))
	assumed := false
	for i, v := range vectors {
		if v.Currency == "" && tariff.Currency == "" {
			return nil, errs.New(errs.Invalid, "cli.no_currency", "no currency is named").At(fmt.Sprintf("%s:%d", c.Vectors, v.Line)).
				Try("add --currency with one of " + currencyNames(book) + ", or a column currency")
		}
		legs[i] = priceLeg(tariff, v)
		assumed = assumed || v.Currency == "" && c.Currency == "" && c.Country == "" && len(book.Currencies) > 1
	}
	if assumed {
		fmt.Fprintf(notes, "No currency is named: these are prices in %s, the list of all other countries. Add --currency or --country.\n", tariff.Currency)
	}
	return legs, nil
}

// tariff is the price list of lines that name none; its currency is empty where a book has no list for all other countries.
func (c *rateCommand) tariff(book *pricebook.Book) (pricing.Tariff, error) {
	t := pricing.Tariff{Book: book, Currency: money.Currency(c.Currency), Country: c.Country}
	switch {
	case c.Currency != "" && !slices.Contains(book.Currencies, t.Currency):
		return t, badFlag("currency", "write one of "+currencyNames(book), "book %s has no prices in %q", book.Ref(), c.Currency)
	case c.Currency != "":
		return t, nil
	case len(book.Currencies) == 1:
		t.Currency = book.Currencies[0]
		return t, nil
	}
	listed, sold := book.Countries[c.Country]
	if !sold {
		listed = book.Countries["*"]
	}
	t.Currency = listed
	return t, nil
}

func currencyNames(book *pricebook.Book) string {
	names := make([]string, len(book.Currencies))
	for i, currency := range book.Currencies {
		names[i] = string(currency)
	}
	return strings.Join(names, ", ")
}

func (c *rateCommand) read(p *Program) ([]rating.Vector, error) {
	file, err := p.open(c.Vectors)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var source io.Reader = file
	if c.At != "" {
		if _, err := time.Parse(time.RFC3339, c.At); err != nil {
			return nil, badFlag("at", "write it as 2026-10-05T12:00:00Z or with an offset such as +03:00", "%q is not an instant", c.At)
		}
		if source, err = withDefault(file, "answered_at", c.At); err != nil {
			return nil, unreadable(c.Vectors, err)
		}
	}
	return rating.ReadVectors(source, c.Vectors)
}

// priceLeg prices a leg by the function that prices every leg (Rule B-22); one without a rate is refused (Rule B-23).
func priceLeg(tariff pricing.Tariff, v rating.Vector) ratedLeg {
	if v.Currency != "" {
		tariff.Currency = v.Currency
	}
	if v.Leg == "" {
		v.Leg = pricing.LegOutbound
	}
	to, emergency, err := dialled(v.To, tariff.Country)
	switch {
	case err != nil:
		return ratedLeg{ID: v.ID, Error: err.Error()}
	case emergency:
		return ratedLeg{ID: v.ID, legPrice: &legPrice{Explain: pricing.Explanation{Text: "emergency calls cost nothing"}}}
	}
	rate, err := tariff.Leg(pricing.Leg{Kind: v.Leg, To: to, AnsweredAt: v.AnsweredAt})
	if err != nil {
		return ratedLeg{ID: v.ID, Error: err.Error()}
	}
	charge, err := rate.Price(v.Seconds)
	if err != nil {
		return ratedLeg{ID: v.ID, Error: err.Error()}
	}
	price := &legPrice{Billable: charge.Billable, Amount: charge.Amount, Explain: rate.Explain(charge)}
	if rate.Rule.Charge == pricebook.ChargeRated {
		matched := rate.Rate.Explain(charge.Rated, charge.Seconds)
		price.Prefix, price.Zone = matched.Prefix, matched.Zone
	}
	return ratedLeg{ID: v.ID, legPrice: price}
}

// shortestNumber is how many digits an international number has at least, where its plus sign is left out.
const shortestNumber = 8

// dialled reads where a leg goes as charging does: an emergency number of the country, with or without a plus, or where
// it has none a number in national form (Rule B-71). Without a country digits are an international number, unless they are too few.
func dialled(to, country string) (destination string, emergency bool, err error) {
	if digits, ok := phone.Emergency(to, country); ok && country != "" {
		return digits, true, nil
	}
	switch {
	case strings.HasPrefix(to, "+"), strings.HasPrefix(to, "sip:"):
		return to, false, nil
	case country != "":
		if number, err := phone.Parse(to, country); err == nil {
			return string(number), false, nil
		}
	}
	if len(to) < shortestNumber {
		return "", false, errs.New(errs.Invalid, "cli.bad_destination", "%.40q is no international number", to).At("to").
			Try("write + and the international number, such as +380671234567, or sip:user@host; --country for its emergency numbers")
	}
	return to, false, nil
}

func printLegs(w io.Writer, format string, legs []ratedLeg, failed bool) error {
	if format == formatJSON {
		return printJSON(w, legs)
	}
	header := []string{"id", "prefix", "zone", "billable_seconds", "amount", "explain"}
	if failed {
		header = append(header, "error")
	}
	rows := make([][]string, len(legs))
	for i, leg := range legs {
		rows[i] = leg.cells()[:len(header)]
	}
	if format == formatCSV {
		return printCSV(w, header, rows)
	}
	t := newTable("id", "prefix", "zone", ">billable", ">amount", "explain")
	for i, row := range rows {
		if legs[i].Error != "" {
			row[5] = legs[i].Error
		}
		t.add(row[:6]...)
	}
	return t.print(w)
}

func (l ratedLeg) cells() []string {
	if l.Error != "" {
		return []string{l.ID, "", "", "", "", "", l.Error}
	}
	return []string{l.ID, l.Prefix, l.Zone, strconv.FormatInt(l.Billable, 10), l.Amount.String(), explanation(l.Explain).oneLine(), ""}
}
