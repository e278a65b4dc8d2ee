package pricebook_test

import (
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"

	"github.com/google/go-cmp/cmp"
)

func shipped(t testing.TB, name, version string) *pricebook.Book {
	t.Helper()
	book, err := pricebook.Shipped().Get(name, version)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// same compares with the price list, item by item.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs from the price list (-want +got):\n%s", what, diff)
	}
}

func uahRubUsd(uah, rub, usd string) pricebook.Price {
	return pricebook.Price{"UAH": money.MustParse(uah), "RUB": money.MustParse(rub), "USD": money.MustParse(usd)}
}

func rub(amount string) pricebook.Price { return pricebook.Price{"RUB": money.MustParse(amount)} }

func product(t *testing.T, book *pricebook.Book, name string) pricebook.Product {
	t.Helper()
	p, ok := book.Product(name)
	if !ok {
		t.Fatalf("%s has no product %s", book.Ref(), name)
	}
	return p
}

// Rules B-30 to B-34: list prices, seats, slots, sessions and the bundle of both versions.
func TestRingostatProducts_Rule_B_30(t *testing.T) {
	t.Parallel()
	for _, version := range []struct {
		name     string
		pbxSeats int64
		sessions pricebook.Sessions
		needs    []string // of the Smart Phone
		with     []string
	}{
		{"2021-01-01", 5, pricebook.Sessions{Included: 500, Period: pricebook.SessionsPerDay}, []string{"virtual_pbx"}, nil},
		{"2022-07-01", 3, pricebook.Sessions{Included: 7000, Period: pricebook.SessionsPer30Days}, nil, []string{"virtual_pbx"}},
	} {
		b := shipped(t, "ringostat", version.name)
		same(t, "effective", b.Effective, civil.MustParseDate(version.name))
		for name, price := range map[string]pricebook.Price{
			"virtual_pbx": uahRubUsd("999", "2699", "39"), "call_tracking": uahRubUsd("1519", "4099", "59"),
			"callback": uahRubUsd("999", "2699", "39"), "analytics": uahRubUsd("999", "2699", "39"), "smart_phone": uahRubUsd("999", "2699", "39"),
		} {
			p := product(t, b, name)
			same(t, name, p.Monthly, price)
			for _, language := range []string{"en", "ru", "uk"} {
				for _, text := range append([]pricebook.Text{p.Title}, p.Includes...) {
					if text[language] == "" {
						t.Errorf("%s: %v lacks a text in %s", name, text, language)
					}
				}
			}
		}
		same(t, "products", len(b.Products), 5)
		same(t, "PBX seats", product(t, b, "virtual_pbx").Seats, &pricebook.Seats{Included: version.pbxSeats, Monthly: uahRubUsd("150", "400", "6"), Sample: true})
		same(t, "Smart Phone seats", product(t, b, "smart_phone").Seats, &pricebook.Seats{Included: 3, Monthly: uahRubUsd("100", "270", "4"), Sample: true})
		same(t, "slots", product(t, b, "call_tracking").Slots, &pricebook.Slots{Included: 5, Use: "tracking", Monthly: uahRubUsd("50", "130", "2"), Sample: true})
		version.sessions.Each, version.sessions.Sample = uahRubUsd("0.05", "0.13", "0.002"), true
		same(t, "sessions", product(t, b, "analytics").Sessions, &version.sessions)
		same(t, "analytics needs", product(t, b, "analytics").Needs, []string{"call_tracking"})
		same(t, "Smart Phone needs", product(t, b, "smart_phone").Needs, version.needs)
		same(t, "Smart Phone comes with", product(t, b, "smart_phone").IncludedWith, version.with)
		same(t, "bundle", b.Bundle, pricebook.Bundle{Discounts: []pricebook.Percent{0, 500, 1000, 1500, 2000}, Sample: true})
	}
}

// Rules B-35 to B-41 and B-60, B-70: everything else is alike in both versions.
func TestRingostatTheRest_Rule_B_35(t *testing.T) {
	t.Parallel()
	for _, b := range pricebook.Shipped().Versions("ringostat") {
		same(t, "month", b.Month, pricebook.Month30Days)
		same(t, "measure", b.Measure, pricebook.MeasurePeak)
		same(t, "zone", b.TimeZone.String(), "Europe/Kyiv")
		same(t, "currencies", b.Currencies, []money.Currency{"UAH", "RUB", "USD"})
		same(t, "countries", b.Countries, map[string]money.Currency{"UA": "UAH", "RU": "RUB", "*": "USD"})
		rent := func(name, uah, rub, usd string) pricebook.NumberRule {
			return pricebook.NumberRule{
				Name: name, Match: pricebook.NumberMatch{Owner: "operator", Kinds: []string{name}},
				Monthly: uahRubUsd(uah, rub, usd), Charged: pricebook.AdvanceNone, Kind: "number_rent", Sample: true,
			}
		}
		same(t, "numbers", b.Numbers, []pricebook.NumberRule{
			{Name: "own", Match: pricebook.NumberMatch{Owner: "customer"}, Monthly: uahRubUsd("0", "0", "0"), Charged: pricebook.AdvanceNone, Kind: "number_rent"},
			rent("local", "60", "150", "2"), rent("mobile", "90", "250", "4"), rent("toll_free", "400", "900", "12"),
		})
		same(t, "legs", b.Legs, []pricebook.LegRule{
			{Name: "inbound", Legs: []string{"inbound"}, Charge: pricebook.ChargeFree},
			{Name: "to_sip", To: "sip", Charge: pricebook.ChargeFree},
			{Name: "to_phone", Charge: pricebook.ChargeRated, Card: pricebook.DefaultCard},
		})
		same(t, "sms", b.SMS, &pricebook.SMS{Domestic: uahRubUsd("1.2", "3.5", "0.04"), Abroad: uahRubUsd("3", "8", "0.09"), Sample: true})
		same(t, "loyalty", b.Loyalty, &pricebook.Loyalty{
			Methods: []string{"card"}, Months: []pricebook.LoyaltyMonths{{Days: 30, Months: 1}, {Days: 90, Months: 3}, {Days: 180, Months: 6}, {Days: 360, Months: 12}},
			Cap: 2000, Applies: pricebook.LoyaltyNext, Combine: pricebook.CombineMax, RequiresProduct: true,
			PaysFor: []string{"product_fee", "seat_fee", "slot_fee", "sessions"},
		})
		same(t, "long-term", b.LongTerm, []pricebook.LongTerm{{Days: 90, Off: 500, Sample: true}, {Days: 180, Off: 1500, Sample: true}, {Days: 360, Off: 2500, Sample: true}})
		same(t, "lifecycle", b.Lifecycle, sampleLifecycle)
		same(t, "limits", b.Limits, pricebook.Limits{
			PerMinute: uahRubUsd("25", "60", "0.6"), PerDay: uahRubUsd("4000", "9000", "100"), ConcurrentCalls: 20, Countries: []string{"own"},
			RefusePremium: true, Quantum: 2 * time.Minute, ExtendAhead: time.Minute, Sample: true,
		})
		if b.Terms != nil || len(b.Packages)+len(b.Services)+len(b.Minimums)+len(b.Agency)+len(b.Taxes) > 0 {
			t.Errorf("%s sells what the price list has not", b.Ref())
		}
	}
}

var sampleLifecycle = pricebook.Lifecycle{
	LowDays: 3, GraceDays: 3, UnpaidDays: 15, QuarantineDays: 30, ReleaseDays: 45,
	OpenLegWait: 24 * time.Hour, RecordWait: 2 * time.Hour, Sample: true,
}

// One file of rates serves three currencies: the card of a currency is the rows of that currency (Rule B-20).
func TestRingostatRates_Rule_B_20(t *testing.T) {
	t.Parallel()
	answered := time.Date(2021, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, b := range pricebook.Shipped().Versions("ringostat") {
		for _, c := range []struct {
			currency       money.Currency
			number, prefix string
			perMinute      string
		}{
			{"USD", "+380671234567", "38067", "0.049"},
			{"UAH", "+380671234567", "38067", "2.009"},
			{"RUB", "+380671234567", "38067", "4.41"},
			{"UAH", "+380441234567", "380", "0.861"},
			{"RUB", "+74951234567", "7495", "0.99"},
			{"USD", "+8816123456", "881", "6.5"},
		} {
			card, ok := b.Card(pricebook.DefaultCard, c.currency)
			if !ok || card.Currency() != c.currency || card.Len() != 42 {
				t.Fatalf("%s has no card in %s, or one of the wrong size", b.Ref(), c.currency)
			}
			rate, err := card.Match(c.number, answered)
			if err != nil || rate.Row.Prefix != c.prefix || rate.Row.PerMinute != money.MustParse(c.perMinute) {
				t.Errorf("%s in %s: got %+v, %v; want prefix %s at %s", c.number, c.currency, rate.Row, err, c.prefix, c.perMinute)
			}
		}
		if _, ok := b.Card(pricebook.DefaultCard, "EUR"); ok {
			t.Error("there is no card in EUR")
		}
	}
}

// Rules B-38 and B-39: prepaid by the calendar month, minimums and packages.
func TestK50_Rule_B_38(t *testing.T) {
	t.Parallel()
	b := shipped(t, "k50", "2016-03-09")
	same(t, "effective", b.Effective, civil.MustParseDate("2016-03-09"))
	same(t, "month", b.Month, pricebook.MonthCalendar)
	same(t, "currencies", b.Currencies, []money.Currency{"RUB"})
	same(t, "countries", b.Countries, map[string]money.Currency{"RU": "RUB", "*": "RUB"})
	for _, name := range []string{"call_tracking", "code_tracker"} {
		same(t, name, product(t, b, name).Monthly, rub("0"))
	}
	rent := func(name, price string, prefixes ...string) pricebook.NumberRule {
		return pricebook.NumberRule{
			Name: name, Match: pricebook.NumberMatch{Owner: "operator", Prefixes: prefixes},
			Monthly: rub(price), Charged: pricebook.AdvanceMonth, Kind: "number_rent", Sample: true,
		}
	}
	same(t, "numbers", b.Numbers, []pricebook.NumberRule{
		{Name: "own", Match: pricebook.NumberMatch{Owner: "customer"}, Monthly: rub("150"), Charged: pricebook.AdvanceMonth, Kind: "product_fee"},
		rent("moscow", "350", "7495", "7499"), rent("st_petersburg", "300", "7812"), rent("toll_free", "900", "7800"), rent("other", "250"),
	})
	same(t, "service", b.Services[0].Monthly, rub("2200"))
	same(t, "service with", b.Services[0].Match, pricebook.NumberMatch{Owner: "operator"})
	same(t, "minimums", b.Minimums, []pricebook.MinimumRule{
		{Name: "operator_numbers", Match: pricebook.NumberMatch{Owner: "operator"}, Amount: rub("3200")}, {Name: "any_numbers", Amount: rub("2500")},
	})
	forwarding, _ := b.Package("forwarding")
	sip, _ := b.Package("sip")
	for i := range b.Packages {
		b := b.Packages[i]
		same(t, "increments of "+b.Name, [2]int64{b.First, b.Next}, [2]int64{60, 60})
	}
	same(t, "forwarding", forwarding.Included, int64(3000))
	same(t, "forwarding above", forwarding.Overage, rub("1"))
	same(t, "larger", forwarding.Larger, []pricebook.LargerPackage{{Minutes: 5000, Price: rub("1600"), Sample: true}, {Minutes: 10000, Price: rub("5600"), Sample: true}})
	same(t, "sip", sip.Included, int64(10000))
	same(t, "sip above", sip.Overage, rub("0.1"))
	same(t, "legs", b.Legs, []pricebook.LegRule{
		{Name: "own_number", NumberOwner: "customer", Charge: pricebook.ChargeFree},
		{Name: "inbound", Legs: []string{"inbound"}, Charge: pricebook.ChargeFree},
		{Name: "sip", Legs: []string{"sip"}, Charge: pricebook.ChargePackage, Package: "sip"},
		{Name: "to_sip", To: "sip", Charge: pricebook.ChargePackage, Package: "sip"},
		{Name: "to_phone", Charge: pricebook.ChargePackage, Package: "forwarding"},
	})
	same(t, "agency", b.Agency, []pricebook.AgencyTier{
		{From: rub("50000"), Off: 500, Sample: true}, {From: rub("150000"), Off: 1000, Sample: true}, {From: rub("500000"), Off: 1500, Sample: true},
	})
	same(t, "lifecycle", b.Lifecycle, sampleLifecycle)
	same(t, "limits", b.Limits.PerDay, rub("9000"))
}

// Rules B-50 and B-51: terms, plans and users of both versions.
func TestInSales_Rule_B_50(t *testing.T) {
	t.Parallel()
	for _, version := range []struct {
		name  string
		free  [3]int64
		extra string
	}{
		{"2010-01-01", [3]int64{pricebook.Unlimited, pricebook.Unlimited, pricebook.Unlimited}, "0"},
		{"2019-08-01", [3]int64{1, 3, 10}, "380"},
	} {
		b := shipped(t, "insales", version.name)
		same(t, "effective", b.Effective, civil.MustParseDate(version.name))
		same(t, "month", b.Terms.MonthDays, int64(30))
		same(t, "lengths", b.Terms.Lengths, []pricebook.TermLength{
			{Months: 1, Off: 0, Sample: true}, {Months: 3, Off: 500, Sample: true}, {Months: 6, Off: 1000, Sample: true}, {Months: 12, Off: 1500, Sample: true},
		})
		same(t, "extra user", b.Terms.ExtraUser, rub(version.extra))
		for i, want := range []struct{ name, monthly string }{{"starter", "990"}, {"standard", "2000"}, {"business", "4990"}} {
			plan, ok := b.Terms.Plan(want.name)
			if !ok || !plan.Sample {
				t.Errorf("plan %s is missing, or not marked as a sample", want.name)
			}
			same(t, want.name, plan.Monthly, rub(want.monthly))
			same(t, want.name, plan.FreeUsers, version.free[i])
		}
		same(t, "lifecycle", b.Lifecycle, sampleLifecycle)
		if len(b.Legs) > 0 || len(b.Products) > 0 || b.Limits.ConcurrentCalls != 0 {
			t.Errorf("%s sells what the price list has not", b.Ref())
		}
	}
}
