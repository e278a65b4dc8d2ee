package number_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

const stockList = "\uFEFFNumber, kind ,carrier,area_name\n" +
	"+380441234567,,\"Vega, trunk 2\",\n" +
	"+380671234567,,,\n" +
	"+380800123456,,,\n" +
	"+14155550100,local,,San Francisco\n"

// What a list leaves out is taken from the numbering plan. Rule N-02.
func TestAddingAList(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.addCSV(stockList)
		found, err := number.List(context.Background(), db, number.Filter{}, "", 10)
		var got []string
		for _, e := range found {
			got = append(got, strings.Join([]string{e.Number, e.Country, e.Area, e.AreaName, e.Kind, e.Carrier, string(e.State)}, "|"))
		}
		want := []string{
			"+14155550100|US|415|San Francisco|local||free",
			"+380441234567|UA|44|Kyiv city|local|Vega, trunk 2|free",
			"+380671234567|UA|||mobile||free",
			"+380800123456|UA|||toll_free||free",
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func (x *exchange) addCSV(text string) {
	x.Helper()
	items, err := number.ReadCSV(strings.NewReader(text))
	if err != nil {
		x.Fatal(err)
	}
	x.must(func(ctx context.Context, tx *store.Tx) error { return x.numbers.Add(ctx, tx, items, "test", x.now) })
}

// A list is added whole or not at all, and every mistake has its line. Rule N-02.
func TestMistakesInLists(t *testing.T) {
	t.Parallel()
	x := newExchange(t, storetest.SQLite(t))
	x.add(kyiv)
	long := strings.Repeat("x", 101)
	for name, c := range map[string]struct{ list, want string }{
		"empty":              {"", "1: the file is empty: its first line names the columns, such as number,kind,carrier"},
		"only a header":      {"number\n", "0 numbers: a list has 1 to 10000"},
		"no numbers":         {"kind,carrier\nlocal,x\n", "1: the column number is missing"},
		"a strange column":   {"number,colour,number\n", "1: there is no column \"colour\": write number, kind, carrier, country, area, area_name\n1: the column number stands twice"},
		"a short line":       {"number,kind\n+380441234568,local\n+380441234569\n", "3: wrong number of fields"},
		"an open quote":      {"number,kind\n+380441234568,\"local\n", "2: extraneous or missing \" in quoted-field"},
		"several":            {"number,kind\n0441234568,local\n+380441234568,fax\n+380441234568,local\n" + kyiv + ",local\n", "2: \"0441234568\" is not an E.164 number such as +380441234567\n3: \"fax\" is not one of local, mobile, toll_free\n4: +380441234568 stands in line 3 already\n5: +380441234567 is in stock already, free"},
		"known ones":         {"number\n+380441234568\n" + kyiv + "\n", "3: +380441234567 is in stock already, free"},
		"a country":          {"number,country\n+380441234568,Ukraine\n", "2: \"Ukraine\" is not an ISO 3166 country such as UA"},
		"a long note":        {"number,carrier\n+380441234568," + long + "\n", "2: a text is longer than 100 characters or holds characters that cannot be seen"},
		"a hidden character": {"number,carrier\n+380441234568,a\u202eb\n", "2: a text is longer than 100 characters or holds characters that cannot be seen"},
	} {
		items, err := number.ReadCSV(strings.NewReader(c.list))
		if err == nil {
			err = x.try(func(ctx context.Context, tx *store.Tx) error { return x.numbers.Add(ctx, tx, items, "test", x.now) })
		}
		if err == nil || err.Error() != c.want || errs.CodeOf(err) != "number.bad_list" || errs.KindOf(err) != errs.Invalid {
			t.Errorf("%s:\n%v\nwant\n%s", name, err, c.want)
		}
	}
	x.is(map[string]string{"+380441234568": "none"})
}

// Of many mistakes the first hundred are told, and a list of too many numbers is not read on. Rule N-02.
func TestEndlessLists(t *testing.T) {
	t.Parallel()
	_, err := number.ReadCSV(strings.NewReader("number\n" + strings.Repeat("+380441234567\n", number.MostItems+1)))
	if err == nil || err.Error() != "10002: a list has at most 10000 numbers" {
		t.Error(err)
	}
	x := newExchange(t, storetest.SQLite(t))
	items := make([]number.Item, 150)
	err = x.try(func(ctx context.Context, tx *store.Tx) error { return x.numbers.Add(ctx, tx, items, "test", x.now) })
	var problems *number.Problems
	if !errors.As(err, &problems) || len(problems.List) != 100 || !strings.HasSuffix(err.Error(), fmt.Sprintf("and %d more", problems.More)) || problems.More < 50 {
		t.Error(err)
	}
}

// Filters and counts of the stock; what looks like a pattern is only text. Rule N-03.
func TestLookingThroughTheStock(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "100")
		x.addCSV(stockList + "+380441234568,,100%_of!it,\n")
		x.well("rent", x.rent("shop", kyiv))
		x.well("bring", x.bring("shop", "+380441110000"))
		for name, c := range map[string]struct {
			filter number.Filter
			want   int
		}{
			"all of the operator's": {number.Filter{}, 5}, "state": {number.Filter{State: number.Rented}, 1}, "country": {number.Filter{Country: "UA"}, 4},
			"area": {number.Filter{Area: "44"}, 2}, "kind": {number.Filter{Kind: "mobile"}, 1}, "project": {number.Filter{Project: "shop"}, 1},
			"digits": {number.Filter{Text: "12345"}, 4}, "a name": {number.Filter{Text: "kYIV"}, 2}, "a note": {number.Filter{Text: "trunk 2"}, 1},
			"a pattern": {number.Filter{Text: "%_OF!"}, 1}, "no pattern": {number.Filter{Text: "4_5"}, 0}, "both": {number.Filter{Country: "UA", Text: "415"}, 0},
		} {
			found, err := number.List(context.Background(), db, c.filter, "", 100)
			if err != nil || len(found) != c.want {
				t.Errorf("%s: %d, %v, want %d", name, len(found), err, c.want)
			}
		}
		counts, err := number.Counts(context.Background(), db, number.Filter{Country: "UA"})
		want := []number.Count{
			{"UA", "", "", "mobile", number.Free, 1},
			{"UA", "", "", "toll_free", number.Free, 1},
			{"UA", "44", "Kyiv city", "local", number.Free, 1},
			{"UA", "44", "Kyiv city", "local", number.Rented, 1},
		}
		if diff := cmp.Diff(want, counts); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		page, err := number.List(context.Background(), db, number.Filter{}, kyiv, 2)
		if err != nil || len(page) != 2 || page[0].Number != "+380441234568" || page[1].Number != "+380671234567" {
			t.Errorf("%+v, %v", page, err)
		}
	})
}

// The price list is that of the project's own book: what an offer says a day costs, the day is charged. Rules N-04, B-07.
func TestOffers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "100")
		x.openIn(moscowTracker, "5000")
		x.add("+380441234567", "+380441234568", "+380671234567", "+74951234567", "+74991234567", "+78121234567")
		x.well("one is gone", x.rent("shop", "+380441234568"))
		told := func(id ident.ProjectID) (lines []string) {
			offers, err := x.numbers.Offers(context.Background(), db, id, x.now)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range offers {
				if o.Use == "pbx" {
					lines = append(lines, fmt.Sprintf("%s %s %s: %d at %s a month, %s a day, %s", o.Country, o.Area, o.Kind, o.Free, o.Price.Monthly, o.Price.Daily, o.Price.Charged))
				}
			}
			return lines
		}
		if diff := cmp.Diff([]string{
			"RU 495 local: 1 at 60 a month, 2 a day, daily", "RU 499 local: 1 at 60 a month, 2 a day, daily", "RU 812 local: 1 at 60 a month, 2 a day, daily",
			"UA  mobile: 1 at 90 a month, 3 a day, daily", "UA 44 local: 1 at 60 a month, 2 a day, daily",
		}, told("shop")); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{
			"RU 495 local: 1 at 350 a month, 0 a day, month", "RU 499 local: 1 at 350 a month, 0 a day, month", "RU 812 local: 1 at 300 a month, 0 a day, month",
			"UA  mobile: 1 at 250 a month, 0 a day, month", "UA 44 local: 1 at 250 a month, 0 a day, month",
		}, told("line")); diff != "" {
			t.Error(diff)
		}
	})
}

// Numbers of one area that a book prices differently are two offers. Rule N-04.
func TestDearNumbersOfAnArea(t *testing.T) {
	t.Parallel()
	x := newExchange(t, storetest.SQLite(t))
	x.open("shop", "100")
	x.add("+380441234567", "+380441234568", "+380447777777")
	book, err := pricebook.Shipped().Get("ringostat", "2021-01-01")
	if err != nil {
		t.Fatal(err)
	}
	gold := *book
	gold.Numbers = append([]pricebook.NumberRule{{Name: "gold", Match: pricebook.NumberMatch{Prefixes: []string{"3804477"}}, Monthly: pricebook.Price{"UAH": 300_000_000}, Charged: pricebook.AdvanceNone, Kind: "number_rent"}}, book.Numbers...)
	gold.Version, gold.Effective = "2026-01-01", civil.MustParseDate("2026-01-01")
	if err := x.bills.Books.Add(&gold); err != nil {
		t.Fatal(err)
	}
	x.must(func(ctx context.Context, tx *store.Tx) error {
		return x.bills.MoveBook(ctx, tx, "shop", "2026-01-01", "", x.now)
	})
	x.now = x.now.Add(day)
	offers, err := x.numbers.Offers(context.Background(), x.db, "shop", x.now)
	prices := map[string]int64{}
	for _, o := range offers {
		if o.Use == "tracking" {
			prices[o.Price.Rule+" "+o.Price.Monthly.String()] = o.Free
		}
	}
	if diff := cmp.Diff(map[string]int64{"local 60": 2, "gold 300": 1}, prices); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// The operator sets a number aside: it rests for nobody, and is free when a released one would be. Rules N-03, N-06.
func TestSetAside(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		x := newExchange(t, db)
		x.open("shop", "1000")
		x.add(kyiv)
		aside := func() error {
			return x.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := x.numbers.SetAside(ctx, tx, kyiv, "test", x.now)
				return err
			})
		}
		x.well("set aside", aside())
		x.is(map[string]string{kyiv: "quarantine"})
		x.refused("renting", x.rent("shop", kyiv), "number.not_free")
		x.now = x.now.Add(30*day + time.Second)
		x.ripen()
		x.is(map[string]string{kyiv: "free"})
		x.well("rent", x.rent("shop", kyiv))
		x.refused("setting aside what is rented", aside(), "number.held")
	})
}
