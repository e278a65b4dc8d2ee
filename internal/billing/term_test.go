package billing_test

import (
	"context"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

var shop = project.Opening{Name: "Shop", Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "insales", Version: "2019-08-01", Plan: "standard"}

func (o *office) user(name, at string, change func(s *billing.Service, ctx context.Context, tx *store.Tx) (money.Micro, error)) money.Micro {
	o.t.Helper()
	var worth money.Micro
	o.must(func(ctx context.Context, tx *store.Tx) (err error) {
		worth, err = change(o.night.Billing, ctx, tx)
		return err
	})
	return worth
}

func (o *office) addUser(name, at string) money.Micro {
	o.t.Helper()
	return o.user(name, at, func(s *billing.Service, ctx context.Context, tx *store.Tx) (money.Micro, error) {
		return s.AddUser(ctx, tx, o.id, name, instant(o.t, at))
	})
}

// A user beyond the free ones either shortens the term or costs the difference; a term needs the money it costs.
// Rules B-50, B-51.
func TestTerms(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, shop, "2019-09-01T10:00:00+03:00")
		for _, name := range []string{"a", "b", "c"} {
			o.addUser(name, "2019-09-01T10:01:00+03:00")
		}
		payTerm := func(id string) error {
			return o.try(func(ctx context.Context, tx *store.Tx) error {
				_, err := o.night.Billing.PayTerm(ctx, tx, o.id, id, 1, instant(t, "2019-09-01T10:02:00+03:00"))
				return err
			})
		}
		if err := payTerm("t1"); errs.CodeOf(err) != "ledger.insufficient_funds" || len(o.lines()) != 0 {
			t.Errorf("a term without funds: %v", err)
		}
		o.pay("p1", "4000", "2019-09-01T10:02:00+03:00")
		for range 2 { // the second delivery is the same effect
			if err := payTerm("t1"); err != nil {
				t.Fatal(err)
			}
		}
		// 20 days at 2,000 are 16 at 2,380 and 1,920 / 30.
		if worth := o.addUser("d", "2019-09-11T10:00:00+03:00"); worth.String() != "64" {
			t.Errorf("the remainder is %s", worth)
		}
		worth := o.user("e", "2019-09-12T10:00:00+03:00", func(s *billing.Service, ctx context.Context, tx *store.Tx) (money.Micro, error) {
			return s.AddUserForDifference(ctx, tx, o.id, "e", instant(t, "2019-09-12T10:00:00+03:00"))
		})
		until, _ := pricing.PaidUntil(o.standing().Term)
		if worth.String() != "190" || until.String() != "2019-09-27" { // 15 days x 380 / 30
			t.Errorf("the difference is %s, paid until %s", worth, until)
		}
		if monthly := o.standing().Term[0].Monthly; monthly != 2760*money.Unit {
			t.Errorf("the term carries %s a month", monthly)
		}
		if err := o.night.CatchUp(context.Background(), o.id, instant(t, "2019-10-01T00:00:00+03:00")); err != nil {
			t.Fatal(err)
		}
		if st := o.standing(); st.State != billing.Suspended {
			t.Errorf("four days after the term the state is %s", st.State)
		}
	})
}

// An agency's turnover of the month before takes its tier off the month's charges of each project.
// Rule B-42.
func TestAgencyDiscount(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	tracker := project.Opening{Name: "Tracker", Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "k50", Version: "2016-03-09", Agency: "north"}
	var offices []*office
	for _, id := range []string{"one", "two", "three"} {
		opening := tracker
		opening.ID = ident.ProjectID(id)
		if id == "three" {
			opening.Agency = ""
		}
		o := open(t, db, opening, "2016-04-01T00:00:00+03:00")
		o.pay("p1", "1000000", "2016-04-01T09:00:00+03:00")
		for n := range 200 {
			number := pricing.Number{Number: "+7495" + map[string]string{"one": "11", "two": "22", "three": "33"}[id] + pad(n), Owner: "customer", Kind: "local", Use: "tracking"}
			o.rent(number, "2016-04-01T10:00:00+03:00")
		}
		offices = append(offices, o)
	}
	offices[0].closeAt("2016-06-01T00:00:00+03:00")
	discounts := map[ident.ProjectID][]string{}
	for _, o := range offices {
		for _, line := range o.lines() {
			if len(line) > 40 && cmp.Equal(line[32:40], "discount") {
				discounts[o.id] = append(discounts[o.id], line)
			}
		}
	}
	// 60,000 in April over two projects of 30,000: 5 % off May's 30,000 each; nothing off April, nothing for the third.
	want := map[ident.ProjectID][]string{
		"one": {"2016-05-31 2016-05-31T21:00:00Z discount agency 1500"},
		"two": {"2016-05-31 2016-05-31T21:00:00Z discount agency 1500"},
	}
	if diff := cmp.Diff(want, discounts); diff != "" {
		t.Error(diff)
	}
}

func pad(n int) string {
	digits := "00000"
	text := ""
	for ; n > 0; n /= 10 {
		text = string(rune('0'+n%10)) + text
	}
	return digits[:5-len(text)] + text
}
