package pricing_test

import (
	"testing"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shipped gives the tariff of a shipped book.
func shipped(t testing.TB, name, version, country string, currency money.Currency) pricing.Tariff {
	t.Helper()
	book, err := pricebook.Shipped().Get(name, version)
	if err != nil {
		t.Fatal(err)
	}
	tariff, err := pricing.For(book, country, currency)
	if err != nil {
		t.Fatal(err)
	}
	return tariff
}

func amounts(lines []pricing.Line) map[string]string {
	got := map[string]string{}
	for _, line := range lines {
		got[string(line.Kind)+" "+line.Item] = line.Amount.String()
	}
	return got
}

// The worked day: PBX $39 + call tracking $59, a sixth seat at $6, eight local numbers for the PBX.
// Rules B-07, B-30, B-31, B-35.
func TestWorkedDay(t *testing.T) {
	t.Parallel()
	tariff := shipped(t, "ringostat", "2021-01-01", "US", "USD")
	withoutBundle := *tariff.Book
	withoutBundle.Bundle = pricebook.Bundle{}
	tariff.Book = &withoutBundle
	day := pricing.Day{Date: civil.MustParseDate("2021-03-01"), Products: []string{"virtual_pbx", "call_tracking"}, Seats: map[string]int64{"virtual_pbx": 6}}
	for i := range 8 {
		day.Numbers = append(day.Numbers, pricing.Number{Number: "+1212555100" + string(rune('0'+i)), Owner: "operator", Kind: "local", Use: "pbx"})
	}
	lines, err := tariff.Day(day)
	if err != nil {
		t.Fatal(err)
	}
	var sum money.Micro
	movements := []pricing.Movement{{Day: day.Date, Kind: pricing.Call, Item: "US", Amount: money.MustParse("-1.84")}}
	for _, line := range lines {
		sum += line.Amount
		movements = append(movements, pricing.Movement{Day: day.Date, Kind: line.Kind, Item: line.Item, Amount: line.Amount})
	}
	if want := money.MustParse("-4"); sum < want-10 || sum > want+10 {
		t.Errorf("fees are %s, want 3.26667 + 0.20 + 0.53333 = 4.00", sum)
	}
	var total money.Micro
	for _, row := range pricing.Statement(0, movements, "USD") {
		total += row.Amount
	}
	if total.String() != "-5.84" {
		t.Errorf("the statement's total is %s, want -5.84", total)
	}
}

// $39 by the calendar month: 31 days are 25 x 126 + 6 x 125 cents, 28 days 20 x 139 + 8 x 140; by 30 days 30 x 130.
// Rules B-07, B-13.
func TestStatementOfAMonth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		month pricebook.MonthRule
		first string
		want  map[string]int
	}{
		{pricebook.MonthCalendar, "2021-03-01", map[string]int{"-1.26": 25, "-1.25": 6}},
		{pricebook.MonthCalendar, "2021-02-01", map[string]int{"-1.39": 20, "-1.4": 8}},
		{pricebook.Month30Days, "2021-03-01", map[string]int{"-1.3": 30}},
	} {
		tariff := shipped(t, "ringostat", "2021-01-01", "US", "USD")
		book := *tariff.Book
		book.Month = c.month
		tariff.Book = &book
		first := civil.MustParseDate(c.first)
		days := civil.Date(first.DaysInMonth())
		if c.month == pricebook.Month30Days {
			days = 30
		}
		var movements []pricing.Movement
		for date := first; date < first+days; date++ {
			lines, err := tariff.Day(pricing.Day{Date: date, Products: []string{"virtual_pbx"}})
			if err != nil {
				t.Fatal(err)
			}
			movements = append(movements, pricing.Movement{Day: date, Kind: lines[0].Kind, Item: lines[0].Item, Amount: lines[0].Amount})
		}
		got := map[string]int{}
		for _, row := range pricing.Statement(0, movements, "USD") {
			got[row.Amount.String()]++
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s from %s: %s", c.month, c.first, diff)
		}
	}
}

// What version 2022-07-01 changes: the Smart Phone comes with the PBX and does not count for the bundle; 3 seats; 7,000
// sessions in 30 days.
// Rules B-31, B-33, B-34.
func TestVersions(t *testing.T) {
	t.Parallel()
	day := pricing.Day{
		Date: civil.MustParseDate("2022-07-08"), Products: []string{"virtual_pbx", "call_tracking", "smart_phone", "analytics"},
		Seats: map[string]int64{"virtual_pbx": 4, "smart_phone": 9}, Slots: map[string]int64{"call_tracking": 8},
		Sessions: map[string]int64{"analytics": 650}, SessionsBefore: map[string]int64{"analytics": 6500},
	}
	for version, want := range map[string]map[string]string{
		"2021-01-01": {
			"product_fee virtual_pbx": "-1.3", "product_fee call_tracking": "-1.966666", "product_fee smart_phone": "-1.3", "product_fee analytics": "-1.3",
			"seat_fee smart_phone": "-0.8", "slot_fee call_tracking": "-0.2", "sessions analytics": "-0.3", "discount bundle": "0.88",
		},
		"2022-07-01": {
			"product_fee virtual_pbx": "-1.3", "product_fee call_tracking": "-1.966666", "product_fee analytics": "-1.3",
			"seat_fee virtual_pbx": "-0.2", "slot_fee call_tracking": "-0.2", "sessions analytics": "-0.3", "discount bundle": "0.456666",
		},
	} {
		lines, err := shipped(t, "ringostat", version, "US", "USD").Day(day)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, amounts(lines)); diff != "" {
			t.Errorf("version %s: %s", version, diff)
		}
	}
}

// Each further product lowers the net price of a product, and a discount never turns a fee into a gift.
// Rule B-34.
func TestBundleIsMonotone(t *testing.T) {
	t.Parallel()
	tariff := shipped(t, "ringostat", "2021-01-01", "UA", "UAH")
	products := []string{"virtual_pbx", "call_tracking", "callback", "analytics", "smart_phone"}
	before := money.Micro(0)
	for n := 1; n <= len(products); n++ {
		off := tariff.Book.Bundle.Off(n)
		net := money.Micro(999 * (10_000 - int64(off)))
		if n > 1 && net >= before {
			t.Errorf("the %d. product does not lower the net price", n)
		}
		before = net
	}
}

// Rules B-38, B-39.
func TestK50MonthEnd(t *testing.T) {
	t.Parallel()
	tariff := shipped(t, "k50", "2016-03-09", "RU", "RUB")
	own := func(n int) []pricing.Number {
		numbers := make([]pricing.Number, n)
		for i := range numbers {
			numbers[i] = pricing.Number{Number: "+7495222000" + string(rune('0'+i%10)), Owner: "customer", Kind: "local", Use: "tracking"}
		}
		return numbers
	}
	rented := []pricing.Number{{Number: "+74951110000", Owner: "operator", Kind: "local", Use: "tracking"}}
	for _, c := range []struct {
		name  string
		month pricing.Month
		want  map[string]string
	}{
		{"5 own numbers come to 2,500", pricing.Month{Numbers: own(5), Advance: 750 * money.Unit}, map[string]string{"minimum own": "-1750"}},
		{"16 too", pricing.Month{Numbers: own(16), Advance: 2400 * money.Unit}, map[string]string{"minimum own": "-100"}},
		{"17 come to 2,550", pricing.Month{Numbers: own(17), Advance: 2550 * money.Unit}, map[string]string{}},
		{"20 to 3,000", pricing.Month{Numbers: own(20), Advance: 3000 * money.Unit}, map[string]string{}},
		{"3,450 minutes", pricing.Month{Numbers: rented, Advance: 2550 * money.Unit, Minutes: map[string]int64{"forwarding": 3450}}, map[string]string{"minimum operator": "-650", "package_overage forwarding": "-450"}},
		{"5,000 minutes", pricing.Month{Numbers: rented, Advance: 3200 * money.Unit, Minutes: map[string]int64{"forwarding": 5000}}, map[string]string{"package_overage forwarding": "-2000"}},
		{"5,000 minutes of a larger package", pricing.Month{Numbers: rented, Advance: 4800 * money.Unit, Minutes: map[string]int64{"forwarding": 5000}, Larger: map[string]int64{"forwarding": 5000}}, map[string]string{}},
		{"12,500 minutes to SIP", pricing.Month{Numbers: rented, Advance: 3200 * money.Unit, Minutes: map[string]int64{"sip": 12500}}, map[string]string{"package_overage sip": "-250"}},
		{"nothing held, nothing due", pricing.Month{}, map[string]string{}},
	} {
		lines, err := tariff.MonthEnd(c.month)
		if err != nil {
			t.Fatal(err)
		}
		got := amounts(lines)
		for item, amount := range got { // the names of the minimums are the book's
			if item == "minimum "+tariff.Book.Minimums[0].Name {
				delete(got, item)
				got["minimum operator"] = amount
			} else if len(tariff.Book.Minimums) > 1 && item == "minimum "+tariff.Book.Minimums[1].Name {
				delete(got, item)
				got["minimum own"] = amount
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// A minimum is a list price like those of numbers: with 20 % added, 5 own numbers are 900 in advance and 2,100 at the end,
// together 2,500 and its tax; with the tax included nothing is added.
// Rules B-39, B-90.
func TestMinimumWithTax(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tax                pricebook.Tax
		advance, end, both string
	}{
		{pricebook.Tax{Country: "*", Kind: "*", Rate: 2000}, "-900", "-2100", "-3000"},
		{pricebook.Tax{Country: "*", Kind: "*", Rate: 2000, Included: true}, "-750", "-1750", "-2500"},
		{pricebook.Tax{Country: "RU", Kind: "minimum", Rate: 2000}, "-750", "-2100", "-2850"},
	} {
		tariff := shipped(t, "k50", "2016-03-09", "RU", "RUB")
		taxed := *tariff.Book
		taxed.Taxes = []pricebook.Tax{c.tax}
		tariff.Book = &taxed
		var month pricing.Month
		var advance money.Micro
		for i := range 5 {
			number := pricing.Number{Number: "+7495222000" + string(rune('0'+i)), Owner: "customer", Kind: "local", Use: "tracking"}
			lines, err := tariff.Advance(number)
			if err != nil || len(lines) != 1 {
				t.Fatalf("%v, %v", lines, err)
			}
			month.Numbers = append(month.Numbers, number)
			month.Advance += lines[0].UnitPrice
			advance += lines[0].Amount
		}
		lines, err := tariff.MonthEnd(month)
		if err != nil || len(lines) != 1 {
			t.Fatalf("%v, %v", lines, err)
		}
		if end := lines[0].Amount; advance.String() != c.advance || end.String() != c.end || (advance+end).String() != c.both {
			t.Errorf("%+v: %s in advance, %s at the end: %s", c.tax, advance, end, lines[0].Explain.Arithmetic)
		}
	}
}

// Rules B-40, B-41.
func TestLoyaltyLadder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		period int64
		n      int
		list   string
		want   string
	}{{30, 24, "98", "2087.4"}, {90, 8, "294", "2107.98"}, {180, 4, "588", "1981.56"}, {360, 2, "1176", "1764"}} {
		tariff := shipped(t, "ringostat", "2021-01-01", "US", "USD")
		if c.period == 90 { // "90-day with loyalty only": the long-term table is set aside
			book := *tariff.Book
			book.LongTerm = nil
			tariff.Book = &book
		}
		var standing pricing.LoyaltyStanding
		var paid, bonus money.Micro
		for i := range c.n {
			split, err := tariff.Pay(standing, pricing.PaymentTerms{Amount: money.MustParse(c.list), Method: "card", Auto: i > 0, PeriodDays: c.period, Eligible: true})
			if err != nil {
				t.Fatal(err)
			}
			standing, paid, bonus = split.After, paid+split.Charged, bonus+split.Bonus
		}
		if paid.String() != c.want || paid+bonus != 2352*money.Unit {
			t.Errorf("%d payments for %d days cost %s and give %s, want %s of 2352", c.n, c.period, paid, bonus, c.want)
		}
		if standing.Percent > 2000 {
			t.Errorf("the percentage passed the cap: %v", standing.Percent)
		}
	}
}

// Manual and non-card payments after enrolment neither add nor are reduced; a project without a product is not enrolled.
// Rule B-40.
func TestLoyaltyOfOtherPayments(t *testing.T) {
	t.Parallel()
	tariff := shipped(t, "ringostat", "2021-01-01", "UA", "UAH")
	enrolled := pricing.LoyaltyStanding{Enrolled: true, Percent: 700}
	for name, p := range map[string]pricing.PaymentTerms{
		"manual card": {Amount: money.Unit, Method: "card", PeriodDays: 30, Eligible: true},
		"bank":        {Amount: money.Unit, Method: "bank", PeriodDays: 360, Eligible: true},
		"auto bank":   {Amount: money.Unit, Method: "bank", Auto: true, PeriodDays: 30, Eligible: true},
	} {
		split, err := tariff.Pay(enrolled, p)
		if err != nil || split.Charged != money.Unit || split.After != enrolled {
			t.Errorf("%s: %+v, %v", name, split, err)
		}
	}
	split, err := tariff.Pay(pricing.LoyaltyStanding{}, pricing.PaymentTerms{Amount: money.Unit, Method: "card", PeriodDays: 30})
	if err != nil || split.After.Enrolled {
		t.Errorf("a project without a product was enrolled: %+v, %v", split, err)
	}
	if _, err := tariff.Pay(enrolled, pricing.PaymentTerms{Amount: money.Unit, Method: "card", PeriodDays: 31}); err == nil {
		t.Error("a period of 31 days is not sold")
	}
}

// The worked terms: 200 days left at 2,000; one user more gives 168 days and 5.33, two 144 and 85.33.
// Rule B-51.
func TestTermRecalculation(t *testing.T) {
	t.Parallel()
	tariff := shipped(t, "insales", "2019-08-01", "RU", "RUB")
	on := civil.MustParseDate("2019-09-01")
	segments := []pricing.TermSegment{{From: on - 160, Until: on + 200, Monthly: 2000 * money.Unit}}
	for _, c := range []struct {
		before, after, days int64
		credit              string
	}{{3, 4, 168, "5.333333"}, {3, 5, 144, "85.333333"}, {2, 3, 200, "0"}, {5, 4, 200, "0"}} {
		change, err := tariff.ChangeUsers("standard", segments, on, c.before, c.after)
		if err != nil {
			t.Fatal(err)
		}
		until, _ := pricing.PaidUntil(change.Segments)
		if int64(until-on) != c.days || change.Credit.String() != c.credit {
			t.Errorf("%d to %d users: %d days and %s, want %d and %s (%s)", c.before, c.after, until-on, change.Credit, c.days, c.credit, change.Explain.Arithmetic)
		}
	}
	longer := []pricing.TermSegment{{From: on - 160, Until: on + 124, Monthly: 2380 * money.Unit, Off: 1000}}
	change, err := tariff.ChangeUsers("standard", longer, on, 4, 3)
	if until, _ := pricing.PaidUntil(change.Segments); err != nil || until != on+147 || change.Credit.String() != "33.6" {
		t.Errorf("one paid user less: %v, %v, %v", change.Segments, change.Credit, err)
	}
}

// No money is created or lost by a recalculation: days before at their price are days after at theirs plus the remainder.
// Rule B-51.
func TestTermKeepsItsWorth(t *testing.T) {
	t.Parallel()
	tariff := shipped(t, "insales", "2019-08-01", "RU", "RUB")
	rapid.Check(t, func(t *rapid.T) {
		on := civil.MustParseDate("2020-01-01")
		monthly := 2000*money.Unit + money.Micro(rapid.Int64Range(0, 5).Draw(t, "extra"))*380*money.Unit
		days := rapid.Int64Range(1, 720).Draw(t, "days")
		before, after := rapid.Int64Range(0, 12).Draw(t, "before"), rapid.Int64Range(0, 12).Draw(t, "after")
		change, err := tariff.ChangeUsers("standard", []pricing.TermSegment{{From: on, Until: on + civil.Date(days), Monthly: monthly}}, on, before, after)
		if err != nil {
			t.Fatal(err)
		}
		segment := change.Segments[0]
		worth := int64(segment.Until-segment.From)*int64(segment.Monthly) + int64(change.Credit)*30
		if diff := worth - days*int64(monthly); diff < -15 || diff > 15 {
			t.Fatalf("%d days at %s became %d days at %s and %s: %d of a thirtieth micro-unit too much",
				days, monthly, segment.Until-segment.From, segment.Monthly, change.Credit, diff)
		}
		if change.Credit < 0 || change.Credit >= segment.Monthly {
			t.Fatalf("the remainder %s is not less than a month", change.Credit)
		}
	})
}

// Rounded rows of a day sum to its rounded total, and the days to the rounded balance.
// Rule B-13.
func TestStatementSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		opening := money.Micro(rapid.Int64Range(-1e12, 1e12).Draw(t, "opening"))
		movements := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pricing.Movement {
			return pricing.Movement{
				Day: civil.Date(rapid.Int32Range(19_000, 19_004).Draw(t, "day")), Kind: rapid.SampledFrom(pricing.Kinds).Draw(t, "kind"),
				Item: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "item"), Amount: money.Micro(rapid.Int64Range(-1e9, 1e9).Draw(t, "amount")),
			}
		}), 0, 40).Draw(t, "movements")
		exact, rounded := opening, opening.Round(10_000)
		for _, m := range movements {
			exact += m.Amount
		}
		for _, row := range pricing.Statement(opening, movements, "USD") {
			rounded += row.Amount
		}
		if rounded != exact.Round(10_000) {
			t.Fatalf("the rows end at %s, the balance is %s", rounded, exact)
		}
	})
}

// Rules B-35 and B-39: own numbers cost 150 each and 2,500 a month at least in the book of K50, nothing in Ringostat's.
func TestWhatOwnNumbersCost(t *testing.T) {
	t.Parallel()
	own := pricing.Number{Owner: "customer", Kind: "local", Use: "tracking"}
	for name, c := range map[string]struct {
		tariff pricing.Tariff
		want   [2]string
	}{
		"k50":       {shipped(t, "k50", "2016-03-09", "RU", "RUB"), [2]string{"150", "2500"}},
		"ringostat": {shipped(t, "ringostat", "2021-01-01", "UA", "UAH"), [2]string{"0", "0"}},
	} {
		tariff, want := c.tariff, c.want
		price, err := tariff.NumberPrice(own, civil.Date(20_514))
		if err != nil {
			t.Fatal(err)
		}
		_, least, err := tariff.NumberFloor(own)
		if err != nil || price.Monthly != money.MustParse(want[0]) || least != money.MustParse(want[1]) {
			t.Errorf("%s: %s a month each, %s at least, %v", name, price.Monthly, least, err)
		}
	}
}
