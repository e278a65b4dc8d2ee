package pricing_test

import (
	"strings"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"

	"pgregory.net/rapid"
)

var noon = time.Date(2021, 10, 4, 9, 0, 0, 0, time.UTC)

// Which rule a leg falls under is the book's: free, minutes of a package, or rated.
// Rules B-37, B-38.
func TestLegRules(t *testing.T) {
	t.Parallel()
	ringostat := shipped(t, "ringostat", "2021-01-01", "UA", "UAH")
	k50 := shipped(t, "k50", "2016-03-09", "RU", "RUB")
	for _, c := range []struct {
		name    string
		tariff  pricing.Tariff
		leg     pricing.Leg
		seconds int64
		amount  string
		minutes int64
		pack    string
	}{
		{"incoming legs are free", ringostat, pricing.Leg{Kind: "inbound", To: "+380441112233"}, 600, "0", 0, ""},
		{"so are legs to SIP", ringostat, pricing.Leg{Kind: "forward", To: "sip:anna@demo"}, 600, "0", 0, ""},
		{"a forward is rated", ringostat, pricing.Leg{Kind: "forward", To: "+380501234567"}, 61, "1.959117", 0, ""},
		{"a callback's leg too", ringostat, pricing.Leg{Kind: "callback_client", To: "+380671234567"}, 120, "4.018", 0, ""},
		{"K50 counts started minutes", k50, pricing.Leg{Kind: "forward", To: "+79161234567", Number: "+74951110000", NumberOwner: "operator"}, 2203, "0", 37, "forwarding"},
		{"to SIP from another package", k50, pricing.Leg{Kind: "sip", To: "sip:anna@k50.ru", Number: "+74951110000", NumberOwner: "operator"}, 61, "0", 2, "sip"},
		{"own numbers count nothing", k50, pricing.Leg{Kind: "forward", To: "+79161234567", Number: "+74952220000", NumberOwner: "customer"}, 2203, "0", 0, ""},
		{"an unanswered leg counts nothing", k50, pricing.Leg{Kind: "forward", To: "+79161234567"}, 0, "0", 0, "forwarding"},
	} {
		c.leg.AnsweredAt = noon
		rate, err := c.tariff.Leg(c.leg)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		charge, err := rate.Price(c.seconds)
		if err != nil || charge.Amount.String() != c.amount || charge.Minutes != c.minutes || rate.Package.Name != c.pack {
			t.Errorf("%s: %s and %d minutes of %q (%v), want %s and %d of %q", c.name, charge.Amount, charge.Minutes, rate.Package.Name, err, c.amount, c.minutes, c.pack)
		}
		if rate.Explain(charge).Text == "" {
			t.Errorf("%s: not explained", c.name)
		}
	}
}

// What the book does not sell is refused, never free.
// Rule B-23.
func TestLegsThatAreRefused(t *testing.T) {
	t.Parallel()
	tariff := shipped(t, "ringostat", "2021-01-01", "UA", "UAH")
	for to, code := range map[string]string{"+99999123456": "rating.unknown_destination", "+81312345678": "rating.unknown_destination"} {
		if _, err := tariff.Leg(pricing.Leg{Kind: "outbound", To: to, AnsweredAt: noon}); errs.CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", to, err, code)
		}
	}
	if _, err := tariff.Leg(pricing.Leg{Kind: "smoke", To: "+380501234567", AnsweredAt: noon}); errs.CodeOf(err) != "pricing.unknown_leg" {
		t.Errorf("an unknown kind of leg: %v", err)
	}
	insales := shipped(t, "insales", "2019-08-01", "RU", "RUB")
	if _, err := insales.Leg(pricing.Leg{Kind: "outbound", To: "+79161234567", AnsweredAt: noon}); errs.CodeOf(err) != "pricing.leg_not_sold" {
		t.Errorf("a book without calls: %v", err)
	}
}

// A segment is domestic where the number belongs to the project's country.
// Rule B-36.
func TestMessages(t *testing.T) {
	t.Parallel()
	tariff := shipped(t, "ringostat", "2021-01-01", "US", "USD")
	for _, c := range []struct {
		to       string
		segments int64
		amount   string
	}{{"+12125550100", 2, "-0.08"}, {"+4915112345678", 1, "-0.09"}, {"+18085550123", 3, "-0.12"}} {
		line, err := tariff.Message(c.to, c.segments)
		if err != nil || line.Amount.String() != c.amount {
			t.Errorf("%d segments to %s: %s (%v), want %s", c.segments, c.to, line.Amount, err, c.amount)
		}
	}
	for _, bad := range []struct {
		to       string
		segments int64
	}{{"hello", 1}, {"+12125550100", 0}, {"+12125550100", -1}, {"", 1}} {
		if _, err := tariff.Message(bad.to, bad.segments); errs.KindOf(err) != errs.Invalid {
			t.Errorf("%d segments to %q: %v", bad.segments, bad.to, err)
		}
	}
}

// taxed is a tariff whose book adds 20 % to calls and product fees, and includes it in numbers.
func taxed(t testing.TB) pricing.Tariff {
	t.Helper()
	tariff := shipped(t, "ringostat", "2021-01-01", "UA", "UAH")
	book := *tariff.Book
	book.Taxes = []pricebook.Tax{
		{Country: "UA", Kind: "number_rent", Rate: 2000, Included: true}, {Country: "UA", Kind: "*", Rate: 2000}, {Country: "*", Kind: "*", Rate: 500},
	}
	tariff.Book = &book
	return tariff
}

// A tax is in the price or comes on top, by country and kind; a taxed month still sums exactly.
// Rules B-07, B-90.
func TestTaxes(t *testing.T) {
	t.Parallel()
	tariff := taxed(t)
	sums := map[pricing.Kind]money.Micro{}
	for date := civil.Date(18_900); date < 18_930; date++ {
		lines, err := tariff.Day(pricing.Day{
			Date: date, Products: []string{"virtual_pbx"}, Numbers: []pricing.Number{{Number: "+380441112233", Owner: "operator", Kind: "local", Use: "pbx"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			sums[line.Kind] += line.Amount
		}
	}
	if sums[pricing.ProductFee].String() != "-1198.8" || sums[pricing.NumberRent].String() != "-60" {
		t.Errorf("999 + 20 %% comes to %s, 60 with tax in it to %s", sums[pricing.ProductFee], sums[pricing.NumberRent])
	}
	rate, err := tariff.Leg(pricing.Leg{Kind: "forward", To: "+380501234567", AnsweredAt: noon})
	if err != nil {
		t.Fatal(err)
	}
	charge, err := rate.Price(60)
	if err != nil || charge.Amount.String() != "2.3124" || !strings.Contains(rate.Explain(charge).Arithmetic, "20 % tax") {
		t.Errorf("1.927 + 20 %% comes to %s (%v)", charge.Amount, err)
	}
}

// The longest leg for a budget is within it, one second more is not; with tax and without.
// Rule B-25.
func TestMaxSeconds(t *testing.T) {
	t.Parallel()
	plain, withTax := shipped(t, "ringostat", "2021-01-01", "UA", "UAH"), taxed(t)
	rapid.Check(t, func(t *rapid.T) {
		tariff := rapid.SampledFrom([]pricing.Tariff{plain, withTax}).Draw(t, "tariff")
		to := rapid.SampledFrom([]string{"+380441234567", "+380501234567", "+74951234567", "+4915112345678", "+442071234567"}).Draw(t, "to")
		budget := money.Micro(rapid.Int64Range(0, 200_000_000).Draw(t, "budget"))
		rate, err := tariff.Leg(pricing.Leg{Kind: "outbound", To: to, AnsweredAt: noon})
		if err != nil {
			t.Fatal(err)
		}
		longest := rate.MaxSeconds(budget)
		within, err := rate.Price(longest)
		if err != nil || within.Amount > budget {
			t.Fatalf("%d s cost %s of %s: %v", longest, within.Amount, budget, err)
		}
		beyond, err := rate.Price(longest + 1)
		if err == nil && beyond.Amount <= budget {
			t.Fatalf("%d s still cost %s of %s", longest+1, beyond.Amount, budget)
		}
	})
}
