package billing_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	kyivPBX     = pricing.Number{Number: "+380441234567", Owner: billing.OwnedByOperator, Kind: "local", Use: "pbx"}
	kyivTracked = pricing.Number{Number: "+380442223344", Owner: billing.OwnedByOperator, Kind: "local", Use: "tracking"}
	moscowPBX   = pricing.Number{Number: "+74951234567", Owner: billing.OwnedByOperator, Kind: "local", Use: "pbx"}
	moscowOwn   = pricing.Number{Number: "+74957654321", Owner: billing.OwnedByCustomer, Kind: "local", Use: "tracking"}
	moscowMore  = pricing.Number{Number: "+74950001122", Owner: billing.OwnedByOperator, Kind: "local", Use: "tracking"}
	tollFree    = pricing.Number{Number: "+78001234567", Owner: billing.OwnedByOperator, Kind: "toll_free", Use: "pbx"}
)

// preview asks what a change would do.
func (o *office) preview(change billing.Change, at time.Time) (billing.Effect, error) {
	return o.night.Billing.Preview(context.Background(), o.db, o.id, change, at)
}

// make does a change for good, by what the API calls.
func (o *office) make(change billing.Change, needs []string, at time.Time) {
	o.t.Helper()
	b := o.night.Billing
	o.must(func(ctx context.Context, tx *store.Tx) error {
		for _, number := range change.Release {
			if err := b.ReleaseNumber(ctx, tx, o.id, number, at); err != nil {
				return err
			}
		}
		for _, number := range change.Rent {
			if err := b.RentNumber(ctx, tx, o.id, number, at); err != nil {
				return err
			}
		}
		switches := change.Products
		for _, need := range needs {
			switches = append(switches, billing.Switch{Product: need, On: true})
		}
		if err := b.SwitchProducts(ctx, tx, o.id, switches, at); err != nil {
			return err
		}
		for product, seats := range change.Seats {
			if err := b.SetSeats(ctx, tx, o.id, product, seats, at); err != nil {
				return err
			}
		}
		for pack, minutes := range change.Packages {
			if err := b.SetPackage(ctx, tx, o.id, pack, minutes, at); err != nil {
				return err
			}
		}
		for _, user := range change.RemoveUsers {
			if _, err := b.RemoveUser(ctx, tx, o.id, user, at); err != nil {
				return err
			}
		}
		for _, user := range change.AddUsers {
			add := b.AddUser
			if change.KeepTerm {
				add = b.AddUserForDifference
			}
			if _, err := add(ctx, tx, o.id, user, at); err != nil {
				return err
			}
		}
		if change.Version != "" {
			return b.MoveBook(ctx, tx, o.id, change.Version, "", at)
		}
		return nil
	})
}

// booked are the entries of a day that came after one, as "kind item amount", in the order of Rule B-13.
func (o *office) booked(day civil.Date, after int64) []string {
	o.t.Helper()
	var lines []pricing.Line
	for entry, err := range ledger.All(context.Background(), o.db, ledger.Filter{Project: o.id, FromDay: day, ToDay: day}) {
		if err != nil {
			o.t.Fatal(err)
		}
		if entry.Seq > after {
			lines = append(lines, pricing.Line{Kind: entry.Kind, Item: entry.Item, Amount: entry.Amount, Rule: entry.Rule})
		}
	}
	pricing.SortLines(lines)
	return told(lines)
}

func told(lines []pricing.Line) []string {
	said := []string{}
	for _, line := range lines {
		said = append(said, fmt.Sprintf("%s %s %s %s", line.Kind, line.Item, line.Amount, line.Rule))
	}
	return said
}

func (o *office) account() ledger.Account {
	o.t.Helper()
	account, err := ledger.GetAccount(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return account
}

// keepsItsWord previews a change, makes it, lets days pass until the second of the next month and compares every entry
// with what the preview said, to the micro.
func (o *office) keepsItsWord(change billing.Change, now time.Time) billing.Effect {
	o.t.Helper()
	untouched := o.account()
	effect, err := o.preview(change, now)
	if err != nil {
		o.t.Fatal(err)
	}
	if diff := cmp.Diff(untouched, o.account()); diff != "" {
		o.t.Fatalf("the preview left something behind: %s", diff)
	}
	o.make(change, effect.Needs, now)
	today := effect.After.Today.Day
	o.same("at once", told(effect.AtOnce), o.booked(today, untouched.Seq))
	made := o.account()
	if until, ok := pricing.PaidUntil(o.standing().Term); ok && until != *effect.After.PaidUntil {
		o.t.Errorf("paid until %s, the preview said %s", until, effect.After.PaidUntil)
	}
	after := effect.After.NextMonth.Day + 1
	zone := o.zone(now)
	if _, err := o.night.Run(context.Background(), civil.Midnight(after+1, zone)); err != nil {
		o.t.Fatal(err)
	}
	for day := today; day <= after; day++ {
		var want []string
		switch {
		case day == today && day == effect.After.MonthEnd.Day:
			want = told(sorted(effect.After.Today.Lines, effect.After.MonthEnd.Lines))
		case day == today:
			want = told(effect.After.Today.Lines)
		case day == today+1 && day != effect.After.MonthEnd.Day && day != effect.After.NextMonth.Day:
			want = told(effect.After.Tomorrow.Lines)
		}
		entries := o.booked(day, made.Seq)
		if want != nil {
			o.same(day.String(), want, entries)
		}
		o.sums(effect, day, made.Seq)
	}
	return effect
}

// sums compares what a day came to with the preview's total of it.
func (o *office) sums(effect billing.Effect, day civil.Date, after int64) {
	o.t.Helper()
	var got money.Micro
	for entry, err := range ledger.All(context.Background(), o.db, ledger.Filter{Project: o.id, FromDay: day, ToDay: day}) {
		if err != nil {
			o.t.Fatal(err)
		}
		if entry.Seq > after {
			got += entry.Amount
		}
	}
	var want money.Micro
	if n := int(day - effect.Before.Tomorrow.Day); n >= 0 && n < len(effect.Days) {
		want = effect.Days[n].After
	} else if n < 0 {
		want = sum(effect.After.Today.Lines)
		if day == effect.After.MonthEnd.Day {
			want += sum(effect.After.MonthEnd.Lines)
		}
	} else {
		return
	}
	if got != want {
		o.t.Errorf("%s came to %s, the preview said %s", day, got, want)
	}
}

func sorted(parts ...[]pricing.Line) (all []pricing.Line) {
	for _, part := range parts {
		all = append(all, part...)
	}
	pricing.SortLines(all)
	return all
}

func sum(lines []pricing.Line) (total money.Micro) {
	for _, line := range lines {
		total += line.Amount
	}
	return total
}

func (o *office) same(what string, want, got []string) {
	o.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		o.t.Errorf("%s: preview -, entries +\n%s", what, diff)
	}
}

func (o *office) zone(at time.Time) *time.Location {
	o.t.Helper()
	p, err := project.Get(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return p.Calendar.Zone(p.Calendar.DayAt(at))
}

var ukrainian = project.Opening{Name: "Demo", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}

// What a preview says of a change is what the ledger then has, on the day, the days after it, the month's end and the
// first of the next. Rules B-07, B-08, B-30 to B-39, B-51.
func TestAPreviewKeepsItsWord(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		opening project.Opening
		given   billing.Change // what is held before
		change  billing.Change
		check   func(t *testing.T, e billing.Effect)
	}{
		{"a product and what it needs", ukrainian, billing.Change{}, billing.Change{Products: []billing.Switch{{Product: "analytics", On: true}}}, func(t *testing.T, e billing.Effect) {
			if fmt.Sprint(e.Needs) != "[call_tracking]" || e.Per30Days != money.MustParse("-2392.1") || e.NeedsCost != money.MustParse("-1393.1") {
				t.Errorf("needs %v for %s of %s", e.Needs, e.NeedsCost, e.Per30Days) // (999 + 1519) x 95 %; analytics alone would be 999
			}
		}},
		{
			"a number that opens a slot", ukrainian,
			billing.Change{Products: on("call_tracking")},
			billing.Change{Rent: []pricing.Number{kyivPBX, kyivTracked}},
			nil,
		},
		{
			"the release of a number keeps its slot", ukrainian,
			billing.Change{Products: on("call_tracking"), Rent: []pricing.Number{kyivTracked}},
			billing.Change{Release: []string{kyivTracked.Number}},
			nil,
		},
		{"seats and a product", ukrainian, billing.Change{Products: on("call_tracking")}, billing.Change{Products: on("virtual_pbx"), Seats: map[string]int64{"virtual_pbx": 9}}, nil},
		{"a switch off", ukrainian, billing.Change{Products: on("call_tracking", "virtual_pbx")}, billing.Change{Products: []billing.Switch{{Product: "virtual_pbx"}}}, nil},
		{"another version", ukrainian, billing.Change{Products: on("call_tracking", "virtual_pbx"), Seats: map[string]int64{"virtual_pbx": 9}}, billing.Change{Version: "2022-07-01"}, nil},
		{"nothing", ukrainian, billing.Change{Products: on("call_tracking")}, billing.Change{}, func(t *testing.T, e billing.Effect) {
			if e.PerDay != 0 || e.Per30Days != 0 || len(e.AtOnce) > 0 || !e.Covered {
				t.Errorf("no change has an effect: %+v", e)
			}
		}},
		{"a first number, months in advance", tracker, billing.Change{}, billing.Change{Rent: []pricing.Number{moscowPBX}}, func(t *testing.T, e billing.Effect) {
			if len(e.AtOnce) == 0 || len(e.After.NextMonth.Lines) == 0 || len(e.Before.NextMonth.Lines) > 0 {
				t.Errorf("at once %v, next month %v", told(e.AtOnce), told(e.After.NextMonth.Lines))
			}
		}},
		{"an own number and the minimum", tracker, billing.Change{}, billing.Change{Rent: []pricing.Number{moscowOwn}}, func(t *testing.T, e billing.Effect) {
			if len(e.After.MonthEnd.Lines) != 1 || e.After.MonthEnd.Lines[0].Kind != pricing.Minimum {
				t.Errorf("month's end: %v", told(e.After.MonthEnd.Lines))
			}
		}},
		{"one more number of a service that is paid", tracker, billing.Change{Rent: []pricing.Number{moscowPBX, moscowMore}}, billing.Change{Rent: []pricing.Number{tollFree}, Release: []string{moscowPBX.Number}}, nil},
		{"a larger package", tracker, billing.Change{Rent: []pricing.Number{moscowPBX}}, billing.Change{Packages: larger}, func(t *testing.T, e billing.Effect) {
			if len(e.AtOnce) != 1 || len(e.After.NextMonth.Lines) != len(e.Before.NextMonth.Lines)+1 {
				t.Errorf("at once %v, next month %v", told(e.AtOnce), told(e.After.NextMonth.Lines))
			}
		}},
		{"back to the included minutes", tracker, billing.Change{Rent: []pricing.Number{moscowPBX}, Packages: larger}, billing.Change{Packages: map[string]int64{"forwarding": 0}}, nil},
		{"a user in a paid term", shop, billing.Change{AddUsers: []string{"a", "b", "c", "d"}}, billing.Change{AddUsers: []string{"e"}}, func(t *testing.T, e billing.Effect) {
			if *e.After.PaidUntil >= *e.Before.PaidUntil {
				t.Errorf("paid until %s, then %s", e.Before.PaidUntil, e.After.PaidUntil)
			}
		}},
		{"a user for the difference", shop, billing.Change{AddUsers: []string{"a", "b", "c", "d"}}, billing.Change{AddUsers: []string{"e"}, KeepTerm: true}, func(t *testing.T, e billing.Effect) {
			if *e.After.PaidUntil != *e.Before.PaidUntil || len(e.AtOnce) != 1 || e.AtOnce[0].Kind != pricing.Term {
				t.Errorf("paid until %s, then %s; at once %v", e.Before.PaidUntil, e.After.PaidUntil, told(e.AtOnce))
			}
		}},
		{"a user less", shop, billing.Change{AddUsers: []string{"a", "b", "c", "d"}}, billing.Change{RemoveUsers: []string{"a"}}, nil},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i, c := range cases {
			opening := c.opening
			opening.ID = projectName(i)
			o := open(t, db, opening, "2026-03-01T09:00:00Z")
			o.pay("p", "100000", "2026-03-01T09:00:01Z")
			c.given.Rent, c.change = own(i, c.given.Rent), ownChange(i, c.change)
			o.make(c.given, nil, instant(t, "2026-03-02T08:00:00Z"))
			if opening.Plan != "" {
				o.must(func(ctx context.Context, tx *store.Tx) error {
					_, err := o.night.Billing.PayTerm(ctx, tx, o.id, "t", 12, instant(t, "2026-03-02T08:00:01Z"))
					return err
				})
			}
			for _, at := range []string{"2026-03-10T12:00:00Z"} {
				if _, err := o.night.Run(context.Background(), instant(t, at)); err != nil {
					t.Fatal(err)
				}
				effect := o.keepsItsWord(c.change, instant(t, at))
				if t.Failed() {
					t.Fatalf("%s failed", c.name)
				}
				if c.check != nil {
					c.check(t, effect)
				}
			}
		}
	})
}

var larger = map[string]int64{"forwarding": 5000}

func on(products ...string) (switches []billing.Switch) {
	for _, product := range products {
		switches = append(switches, billing.Switch{Product: product, On: true})
	}
	return switches
}

// own gives each project numbers of its own: one belongs to one project.
func own(i int, numbers []pricing.Number) (mine []pricing.Number) {
	for _, number := range numbers {
		number.Number = ownName(i, number.Number)
		mine = append(mine, number)
	}
	return mine
}

func ownName(i int, number string) string {
	return number[:len(number)-2] + fmt.Sprintf("%02d", i)
}

func ownChange(i int, change billing.Change) billing.Change {
	change.Rent = own(i, change.Rent)
	var release []string
	for _, number := range change.Release {
		release = append(release, ownName(i, number))
	}
	change.Release = release
	return change
}

func projectName(i int) ident.ProjectID { return ident.ProjectID(fmt.Sprintf("p%02d", i)) }

// Any combination of changes, at any time of any day, costs what its preview said. Rule B-10.
func TestPreviewsOfAnyChange(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		opening := rapid.SampledFrom([]project.Opening{ukrainian, tracker}).Draw(rt, "book")
		opening.ID = ident.ProjectID(fmt.Sprintf("any%d", n))
		o := open(t, db, opening, "2026-01-01T09:00:00Z")
		o.pay("p", "1000000", "2026-01-01T09:00:01Z")
		products, numbers := []string{"call_tracking", "virtual_pbx"}, []pricing.Number{kyivPBX, kyivTracked}
		if opening.Book == "k50" {
			products, numbers = nil, []pricing.Number{moscowPBX, moscowOwn, moscowMore}
		}
		draw := func(when string) (change billing.Change) {
			for _, product := range products {
				if rapid.Bool().Draw(rt, when+product) {
					change.Products = append(change.Products, billing.Switch{Product: product, On: rapid.Bool().Draw(rt, when+product+" on")})
				}
			}
			if products != nil {
				change.Seats = map[string]int64{"virtual_pbx": rapid.Int64Range(0, 20).Draw(rt, when+"seats")}
			} else {
				change.Packages = map[string]int64{"forwarding": rapid.SampledFrom([]int64{0, 5000}).Draw(rt, when+"minutes")}
			}
			return change
		}
		given, change := draw("given "), draw("change ")
		for i, number := range numbers {
			number.Number = fmt.Sprintf("%s%04d", number.Number[:len(number.Number)-4], 3*n+i)
			switch rapid.IntRange(0, 2).Draw(rt, number.Use) {
			case 0:
				given.Rent = append(given.Rent, number)
				change.Release = append(change.Release, number.Number)
			case 1:
				change.Rent = append(change.Rent, number)
			}
		}
		o.make(given, nil, instant(t, "2026-01-02T08:00:00Z"))
		at := instant(t, "2026-01-03T00:00:00Z").Add(time.Duration(rapid.Int64Range(0, 80*24*60).Draw(rt, "minute")) * time.Minute)
		if _, err := o.night.Run(context.Background(), at); err != nil {
			rt.Fatal(err)
		}
		o.keepsItsWord(change, at)
		if t.Failed() {
			rt.FailNow()
		}
	})
}

// A preview refuses what the change itself refuses, by the same code.
func TestPreviewsRefuseWhatTheChangeDoes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "2026-03-01T09:00:00Z")
		at := instant(t, "2026-03-02T08:00:00Z")
		other := kyivPBX
		other.Kind = "satellite"
		for name, c := range map[string]struct {
			change billing.Change
			code   string
		}{
			"no such product":          {billing.Change{Products: on("fax")}, "pricing.unknown_product"},
			"seats of none":            {billing.Change{Seats: map[string]int64{"fax": 1}}, "pricing.unknown_product"},
			"negative seats":           {billing.Change{Seats: map[string]int64{"virtual_pbx": -1}}, "billing.bad_seats"},
			"no E.164":                 {billing.Change{Rent: []pricing.Number{{Number: "0441234567", Owner: "operator", Kind: "local", Use: "pbx"}}}, "billing.bad_number"},
			"no such kind":             {billing.Change{Rent: []pricing.Number{other}}, "billing.bad_number"},
			"a number twice":           {billing.Change{Rent: []pricing.Number{kyivPBX, kyivPBX}}, "billing.number_taken"},
			"a number not held":        {billing.Change{Release: []string{"+380440000000"}}, "billing.unknown_number"},
			"no such package":          {billing.Change{Packages: map[string]int64{"minutes": 1}}, "billing.unknown_package"},
			"no such version":          {billing.Change{Version: "1999-01-01"}, "pricebook.unknown_version"},
			"a plan of a book without": {billing.Change{Plan: "gold"}, "billing.no_plans"},
			"a user not there":         {billing.Change{RemoveUsers: []string{"eve"}}, "billing.unknown_user"},
		} {
			if _, err := o.preview(c.change, at); errs.CodeOf(err) != c.code || errs.KindOf(err) == errs.Internal || errs.KindOf(err) == errs.NotFound {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
		}
		_, err := o.preview(billing.Change{Release: []string{"+380440000000"}}, at)
		var known *errs.Error
		if !errors.As(err, &known) || known.Where != "release[0].number" || known.Kind != errs.Invalid {
			t.Errorf("a number not held: %+v", known)
		}
		effect, err := o.preview(billing.Change{Rent: []pricing.Number{kyivPBX}}, at)
		if err != nil || len(effect.After.Tomorrow.Lines) != 1 {
			t.Errorf("after refusals: %v, %v", told(effect.After.Tomorrow.Lines), err)
		}
	})
}

// A change whose advance charges the funds do not reach is shown and said not to be covered; made for good it is refused.
// What is said to be covered is taken, to the millionth: 350 for the number and 2,200 for its service. Rule B-39.
func TestAPreviewSaysWhetherFundsCoverIt(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), tracker, "2026-03-01T09:00:00Z")
	change := billing.Change{Rent: []pricing.Number{moscowPBX}}
	rent := func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.RentNumber(ctx, tx, o.id, moscowPBX, instant(t, "2026-03-02T10:00:00Z"))
	}
	o.pay("p", "2549.999999", "2026-03-02T07:00:00Z")
	poor, err := o.preview(change, instant(t, "2026-03-02T08:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	o.uncovered("a number", rent)
	o.pay("q", "0.000001", "2026-03-02T09:00:00Z")
	rich, err := o.preview(change, instant(t, "2026-03-02T10:00:00Z"))
	if err != nil {
		t.Fatal(err)
	}
	if poor.Covered || !rich.Covered || sum(poor.AtOnce) != -money.MustParse("2550") {
		t.Errorf("covered %v with 2549.999999, %v with 2550; at once %s", poor.Covered, rich.Covered, sum(poor.AtOnce))
	}
	o.same("at once", told(poor.AtOnce), told(rich.AtOnce))
	o.must(rent)
	if !rich.After.FundsEnd.Within {
		t.Errorf("with the number, funds end: %+v", rich.After.FundsEnd)
	}
}

// The end of funds counts what the change itself pays in advance, once: of 2,600 five own numbers take 750 at once, the close
// of 31 March 1,750, and of the 750 on 1 April 100 are left. So 22 days from 10 March are paid for in full. Rules B-39, B-80.
func TestAPreviewSaysWhenFundsEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, tracker, "2026-03-01T09:00:00Z")
		o.pay("p", "2600", "2026-03-01T09:00:00Z")
		at := instant(t, "2026-03-10T12:00:00Z")
		if _, err := o.night.Run(context.Background(), at); err != nil {
			t.Fatal(err)
		}
		var change billing.Change
		for _, last := range []string{"1", "2", "3", "4", "5"} {
			change.Rent = append(change.Rent, ownNumber(last))
		}
		effect, err := o.preview(change, at)
		if err != nil {
			t.Fatal(err)
		}
		if end := effect.After.FundsEnd; end.Date != civil.MustParseDate("2026-04-01") || end.FullDays != 22 {
			t.Errorf("funds end %s, after %d days", end.Date, end.FullDays)
		}
		days := map[string]money.Micro{}
		for _, day := range effect.Days {
			if day.After != 0 {
				days[day.Day.String()] = day.After
			}
		}
		if diff := cmp.Diff(map[string]money.Micro{"2026-03-31": -money.MustParse("1750"), "2026-04-01": -money.MustParse("750")}, days); diff != "" || effect.Per30Days != -money.MustParse("2500") {
			t.Errorf("the days ahead come to %s: %s", effect.Per30Days, diff)
		}
		if effect.Before.FundsEnd.Within {
			t.Errorf("without numbers nothing is spent: %+v", effect.Before.FundsEnd)
		}
		o.make(change, nil, at)
		made, _, err := o.night.Billing.Forecast(context.Background(), o.db, o.id, at)
		if err != nil {
			t.Fatal(err)
		}
		if made.EndP50 != effect.After.FundsEnd {
			t.Errorf("once rented, funds end %+v; the preview said %+v", made.EndP50, effect.After.FundsEnd)
		}
	})
}

// The difference of a paid term must be covered as well: the fifth user is 380 a month, 3,876 for a year at 15 % off. Rule B-51.
func TestAPreviewOfADifferenceSaysWhetherFundsCoverIt(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), shop, "2026-03-01T09:00:00Z")
	at := instant(t, "2026-03-02T08:00:00Z")
	o.make(billing.Change{AddUsers: []string{"a", "b", "c", "d"}}, nil, at)
	o.pay("p", "100000", "2026-03-02T08:00:00Z")
	o.must(func(ctx context.Context, tx *store.Tx) error {
		paid, err := o.night.Billing.PayTerm(ctx, tx, o.id, "t", 12, at)
		if err != nil {
			return err
		}
		_, err = o.night.Billing.Adjust(ctx, tx, o.id, billing.Adjustment{ID: "a", Amount: paid.Charged - money.MustParse("100000"), Reason: "test"}, at)
		return err
	})
	effect, err := o.preview(billing.Change{AddUsers: []string{"e"}, KeepTerm: true}, at)
	if err != nil {
		t.Fatal(err)
	}
	if effect.Covered || len(effect.AtOnce) != 1 || *effect.After.PaidUntil != *effect.Before.PaidUntil {
		t.Errorf("covered %v with nothing left; at once %v", effect.Covered, told(effect.AtOnce))
	}
	o.uncovered("a user", func(ctx context.Context, tx *store.Tx) error {
		_, err := o.night.Billing.AddUserForDifference(ctx, tx, o.id, "e", at)
		return err
	})
}
