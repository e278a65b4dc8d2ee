package billing_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

const demo = ident.ProjectID("demo")

// office is a project in a test, with the clock in the test's hands.
type office struct {
	t     *testing.T
	db    *store.DB
	night *billing.Night
	id    ident.ProjectID
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func open(t *testing.T, db *store.DB, opening project.Opening, at string) *office {
	t.Helper()
	return openWith(t, db, pricebook.Shipped(), opening, at)
}

func openWith(t *testing.T, db *store.DB, books *pricebook.Library, opening project.Opening, at string) *office {
	t.Helper()
	o := &office{t: t, db: db, id: demo, night: &billing.Night{Billing: billing.New(books), DB: db}}
	if opening.ID != "" {
		o.id = opening.ID
	}
	opening.ID = o.id
	o.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := o.night.Billing.Open(ctx, tx, opening, 0, instant(t, at))
		return err
	})
	return o
}

var american = project.Opening{Name: "Demo", Country: "US", Currency: "USD", TimeZone: "America/New_York", Book: "ringostat", Version: "2021-01-01"}

func (o *office) must(fn func(ctx context.Context, tx *store.Tx) error) {
	o.t.Helper()
	if err := o.try(fn); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) try(fn func(ctx context.Context, tx *store.Tx) error) error {
	return o.db.Write(context.Background(), fn)
}

func (o *office) pay(id, amount, at string) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := o.night.Billing.Pay(ctx, tx, o.id, billing.Payment{ID: id, Amount: money.MustParse(amount), Method: "bank"}, instant(o.t, at))
		return err
	})
}

func (o *office) turn(product string, on bool, at string) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.SwitchProduct(ctx, tx, o.id, product, on, instant(o.t, at))
	})
}

func (o *office) rent(number pricing.Number, at string) {
	o.t.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.RentNumber(ctx, tx, o.id, number, instant(o.t, at))
	})
}

func (o *office) closeAt(at string) int64 {
	o.t.Helper()
	done, err := o.night.Run(context.Background(), instant(o.t, at))
	if err != nil {
		o.t.Fatal(err)
	}
	return done
}

func (o *office) standing() *billing.Standing {
	o.t.Helper()
	st, err := billing.GetStanding(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return st
}

// lines lists the entries as "day booked_at kind item amount".
func (o *office) lines() []string {
	o.t.Helper()
	var lines []string
	for entry, err := range ledger.All(context.Background(), o.db, ledger.Filter{Project: o.id}) {
		if err != nil {
			o.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s %s", entry.Day, entry.BookedAt.UTC().Format(time.RFC3339), entry.Kind, entry.Item, entry.Amount))
	}
	return lines
}

func (o *office) balance() string {
	o.t.Helper()
	account, err := ledger.GetAccount(context.Background(), o.db, o.id)
	if err != nil {
		o.t.Fatal(err)
	}
	return account.Balance().String()
}

// Rules B-07, B-10.
func TestNight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		o.pay("p1", "100", "2021-03-01T09:01:00-05:00")
		o.turn("virtual_pbx", true, "2021-03-01T10:00:00-05:00")
		o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
		if done := o.closeAt("2021-03-01T23:59:59-05:00"); done != 0 {
			t.Fatalf("%d days were closed before midnight", done)
		}
		if done := o.closeAt("2021-03-02T00:00:00-05:00"); done != 1 {
			t.Fatalf("%d days were closed at midnight", done)
		}
		if done := o.closeAt("2021-03-02T12:00:00-05:00"); done != 0 {
			t.Fatal("a day was closed twice")
		}
		want := []string{
			"2021-03-01 2021-03-01T14:01:00Z payment bank 100",
			"2021-03-01 2021-03-02T05:00:00Z product_fee call_tracking -1.966667",
			"2021-03-01 2021-03-02T05:00:00Z product_fee virtual_pbx -1.3",
			"2021-03-01 2021-03-02T05:00:00Z discount bundle 0.163333",
		}
		if diff := cmp.Diff(want, o.lines()); diff != "" {
			t.Error(diff)
		}
	})
}

// An outage of 40 days leaves the very entries that 40 nights on time leave.
// Rule B-10.
func TestCatchUpIsTheSameAsBeingThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var histories [][]string
		for _, id := range []ident.ProjectID{"punctual", "late"} {
			opening := american
			opening.ID = id
			o := open(t, db, opening, "2021-02-20T09:00:00-05:00")
			o.pay("p1", "40", "2021-02-20T09:01:00-05:00") // runs dry on the way: states take part
			o.turn("virtual_pbx", true, "2021-02-20T10:00:00-05:00")
			o.turn("call_tracking", true, "2021-02-20T10:00:00-05:00")
			if id == "punctual" {
				for day := range 40 {
					at := instant(t, "2021-02-21T00:10:00-05:00").AddDate(0, 0, day)
					if err := o.night.CatchUp(context.Background(), o.id, at); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := o.night.CatchUp(context.Background(), o.id, instant(t, "2021-04-02T00:10:00-04:00")); err != nil {
				t.Fatal(err)
			}
			transitions, err := billing.Transitions(context.Background(), db, o.id)
			if err != nil {
				t.Fatal(err)
			}
			histories = append(histories, append(o.lines(), fmt.Sprint(transitions), o.standing().NextDay.String()))
		}
		if len(histories[0]) < 30 {
			t.Fatalf("only %d entries", len(histories[0]))
		}
		if diff := cmp.Diff(histories[0], histories[1]); diff != "" {
			t.Error(diff)
		}
	})
}

// Two nodes that close at the same moment close every day once.
// Rule B-10.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var offices []*office
		for i := range 40 {
			opening := american
			opening.ID = ident.ProjectID(fmt.Sprintf("p%02d", i))
			o := open(t, db, opening, "2021-03-01T09:00:00-05:00")
			o.turn("virtual_pbx", true, "2021-03-01T10:00:00-05:00")
			offices = append(offices, o)
		}
		var nodes sync.WaitGroup
		for range 4 {
			nodes.Go(func() {
				night := &billing.Night{Billing: billing.New(pricebook.Shipped()), DB: db}
				if _, err := night.Run(context.Background(), instant(t, "2021-03-04T01:00:00-05:00")); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		for _, o := range offices {
			if lines := o.lines(); len(lines) != 3 || o.balance() != "-3.9" {
				t.Fatalf("%s: %v, balance %s", o.id, lines, o.balance())
			}
		}
	})
}

// Days of 23 and 25 hours are one day each; clocks that step back do not close a day again.
// Rule B-09.
func TestDaysOfOddLength(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	opening := project.Opening{Name: "Kyiv", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2022-07-01"}
	o := open(t, db, opening, "2026-03-28T12:00:00+02:00")
	o.turn("callback", true, "2026-03-28T12:00:00+02:00")
	for _, c := range []struct {
		at   string
		done int64
	}{
		{"2026-03-28T23:59:59+02:00", 0},
		{"2026-03-29T00:00:00+02:00", 1},
		{"2026-03-28T23:00:00+02:00", 0}, // the clock steps back
		{"2026-03-29T23:59:59+03:00", 0}, // the day of 23 hours
		{"2026-03-30T00:00:00+03:00", 1},
	} {
		if done := o.closeAt(c.at); done != c.done {
			t.Errorf("at %s %d days were closed, want %d", c.at, done, c.done)
		}
	}
	o.closeAt("2026-10-24T12:00:00+03:00")
	for _, c := range []struct {
		at   string
		next string
	}{
		{"2026-10-25T00:00:00+03:00", "2026-10-25"},
		{"2026-10-25T23:59:59+02:00", "2026-10-25"}, // the day of 25 hours
		{"2026-10-26T00:00:00+02:00", "2026-10-26"},
	} {
		o.closeAt(c.at)
		if next := o.standing().NextDay.String(); next != c.next {
			t.Errorf("at %s the first open day is %s, want %s", c.at, next, c.next)
		}
	}
}

// After a change of zone every date is charged once; a date the zone never had is not charged.
// Rule B-09.
func TestZones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, first, second, from, want string }{
		{"west", "Europe/Kyiv", "America/Los_Angeles", "2021-06-01T12:00:00Z", "2021-06-01 2021-06-02 2021-06-03 2021-06-04"},
		{"east", "America/Los_Angeles", "Europe/Kyiv", "2021-06-01T12:00:00Z", "2021-06-01 2021-06-02 2021-06-03 2021-06-04"},
		{"25 hours east", "Pacific/Pago_Pago", "Pacific/Kiritimati", "2021-06-01T23:00:00Z", "2021-06-01 2021-06-02 2021-06-03 2021-06-04"},
		{"a date that never was", "Pacific/Apia", "Pacific/Apia", "2011-12-29T00:00:00Z", "2011-12-28 2011-12-29 2011-12-31 2012-01-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			opening := american
			opening.TimeZone, opening.Version = c.first, "2021-01-01"
			o := open(t, storetest.SQLite(t), opening, c.from)
			o.turn("callback", true, c.from)
			o.must(func(ctx context.Context, tx *store.Tx) error {
				return o.night.Billing.ChangeZone(ctx, tx, o.id, c.second, instant(t, c.from).Add(time.Minute))
			})
			if err := o.night.CatchUp(context.Background(), o.id, instant(t, c.from).AddDate(0, 0, 9)); err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, line := range o.lines()[:4] {
				got += line[:10] + " "
			}
			if got != c.want+" " {
				t.Errorf("charged %s, want %s", got, c.want)
			}
		})
	}
}

// What is held for a moment counts for the day; what is given up today costs nothing tomorrow.
// Rules B-08, B-31, B-32, B-35.
func TestPeakOfTheDay(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("virtual_pbx", true, "2021-03-01T10:00:00-05:00")
	seats := func(n int64, at string) {
		o.must(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.SetSeats(ctx, tx, o.id, "virtual_pbx", n, instant(t, at))
		})
	}
	seats(9, "2021-03-01T11:00:00-05:00")
	seats(6, "2021-03-01T11:05:00-05:00")
	o.rent(pricing.Number{Number: "+12125551000", Owner: "operator", Kind: "local", Use: "pbx"}, "2021-03-01T12:00:00-05:00")
	o.rent(pricing.Number{Number: "+12125551001", Owner: "customer", Kind: "local", Use: "pbx"}, "2021-03-01T12:00:00-05:00")
	o.must(func(ctx context.Context, tx *store.Tx) error {
		return o.night.Billing.ReleaseNumber(ctx, tx, o.id, "+12125551000", instant(t, "2021-03-01T12:01:00-05:00"))
	})
	o.turn("virtual_pbx", false, "2021-03-02T00:00:00-05:00") // at the very midnight: not held on the 2nd
	o.closeAt("2021-03-03T00:00:00-05:00")
	want := []string{
		"2021-03-01 2021-03-02T05:00:00Z product_fee virtual_pbx -1.3",
		"2021-03-01 2021-03-02T05:00:00Z seat_fee virtual_pbx -0.8",
		"2021-03-01 2021-03-02T05:00:00Z number_rent +12125551000 -0.066667",
	}
	if diff := cmp.Diff(want, o.lines()); diff != "" {
		t.Error(diff)
	}
}

// A dry project goes through its states in time, stops paying for what it may not use, and a top-up resumes it at once.
// Rule B-60.
func TestStates(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T00:00:00-05:00")
		o.pay("p1", "3", "2021-03-01T00:00:00-05:00")
		o.turn("virtual_pbx", true, "2021-03-01T00:00:00-05:00")
		o.rent(pricing.Number{Number: "+12125551000", Owner: "operator", Kind: "local", Use: "pbx"}, "2021-03-01T00:00:00-05:00")
		if err := o.night.CatchUp(context.Background(), o.id, instant(t, "2021-04-20T00:00:00-04:00")); err != nil {
			t.Fatal(err)
		}
		transitions, err := billing.Transitions(context.Background(), db, o.id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tr := range transitions {
			got = append(got, fmt.Sprintf("%s %s-%s", tr.At.UTC().Format(time.RFC3339), tr.From, tr.To))
		}
		want := []string{
			"2021-03-01T05:00:00Z active-low", "2021-03-04T05:00:00Z low-grace", "2021-03-07T05:00:00Z grace-suspended",
			"2021-03-19T05:00:00Z suspended-unpaid", "2021-04-03T05:00:00Z unpaid-quarantine", "2021-04-18T05:00:00Z quarantine-released",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		fees, rents := 0, 0
		for entry, err := range ledger.All(context.Background(), db, ledger.Filter{Project: o.id}) {
			if err != nil {
				t.Fatal(err)
			}
			fees += map[bool]int{true: 1}[entry.Kind == pricing.ProductFee]
			rents += map[bool]int{true: 1}[entry.Kind == pricing.NumberRent]
		}
		if fees != 6 || rents != 34 { // 1..6 March; 1 March..3 April, on which quarantine begins at 01:00
			t.Errorf("%d product fees and %d rents, want 6 and 34", fees, rents)
		}
		if held, err := o.night.Billing.Numbers(context.Background(), db, o.id); err != nil || len(held) != 0 {
			t.Errorf("numbers are not released: %v, %v", held, err)
		}
		o.pay("p2", "100", "2021-04-20T10:00:00-04:00")
		if st := o.standing(); st.State != billing.Active || st.MayDial() != nil {
			t.Errorf("a top-up does not resume: %s", st.State)
		}
	})
}

// A payment twice is one effect and one answer; another body under its id is refused, and nothing is half done.
// Rules B-04, B-40.
func TestPaymentTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		o.turn("virtual_pbx", true, "2021-03-01T09:00:00-05:00")
		card := billing.Payment{ID: "c1", Amount: money.MustParse("98"), Method: "card", PeriodDays: 360}
		var answers []billing.PaymentTaken
		for i := range 3 {
			o.must(func(ctx context.Context, tx *store.Tx) error {
				taken, err := o.night.Billing.Pay(ctx, tx, o.id, card, instant(t, "2021-03-01T09:01:00-05:00").Add(time.Duration(i)*time.Hour))
				answers = append(answers, taken)
				return err
			})
		}
		if answers[0] != answers[2] || answers[0].Charged.String() != "73.5" || answers[0].Bonus.String() != "24.5" || answers[0].Loyalty != 1200 {
			t.Errorf("answers %+v", answers)
		}
		if o.balance() != "98" || len(o.lines()) != 2 {
			t.Errorf("balance %s after %v", o.balance(), o.lines())
		}
		card.Amount++
		err := o.try(func(ctx context.Context, tx *store.Tx) error {
			_, err := o.night.Billing.Pay(ctx, tx, o.id, card, instant(t, "2021-03-01T12:00:00-05:00"))
			return err
		})
		if errs.CodeOf(err) != "billing.payment_conflict" || o.balance() != "98" {
			t.Errorf("another body under the same id: %v, balance %s", err, o.balance())
		}
	})
}

// The bonus pays platform fees first and comes back with the discount: it never becomes cash.
// Rule B-14.
func TestBonusNeverBecomesCash(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	o.turn("virtual_pbx", true, "2021-03-01T09:00:00-05:00")
	o.turn("callback", true, "2021-03-01T09:00:00-05:00")
	o.rent(pricing.Number{Number: "+12125551000", Owner: "operator", Kind: "local", Use: "pbx"}, "2021-03-01T09:00:00-05:00")
	o.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := o.night.Billing.Pay(ctx, tx, o.id, billing.Payment{ID: "c1", Amount: money.MustParse("10"), Method: "card", PeriodDays: 360}, instant(t, "2021-03-01T09:01:00-05:00"))
		return err
	})
	if err := o.night.CatchUp(context.Background(), o.id, instant(t, "2021-03-03T00:00:00-05:00")); err != nil {
		t.Fatal(err)
	}
	account, err := ledger.GetAccount(context.Background(), o.db, o.id)
	if err != nil {
		t.Fatal(err)
	}
	// 2.5 of bonus: day 1 takes 2.6 - 0.13 = 2.47 of it, day 2 the last 0.03; the rest and all rent is cash.
	if account.Bonus != 0 || account.Cash.String() != "4.926666" {
		t.Errorf("bonus %s, cash %s", account.Bonus, account.Cash)
	}
}

// A day that cannot be closed is parked and says why; the other projects' days are closed; repair lets it go on.
// Rule B-12.
func TestParkAndRepair(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, american, "2021-03-01T09:00:00-05:00")
		opening := american
		opening.ID = "sound"
		sound := open(t, db, opening, "2021-03-01T09:00:00-05:00")
		sound.turn("callback", true, "2021-03-01T10:00:00-05:00")
		o.turn("callback", true, "2021-03-01T10:00:00-05:00")
		for i := range 16 { // what no sane day has
			o.must(func(ctx context.Context, tx *store.Tx) error {
				_, _, err := ledger.Post(ctx, tx, ledger.Posting{
					Project: o.id, Key: fmt.Sprint("again", i), Day: civil.MustParseDate("2021-03-01"), BookedAt: instant(t, "2021-03-01T11:00:00-05:00"),
					Kind: pricing.ProductFee, Item: "callback", Amount: -1, House: "revenue:product_fee:callback",
				})
				return err
			})
		}
		var alarm []string
		o.night.Parked = func(id ident.ProjectID, reason error) { alarm = append(alarm, string(id)+" "+errs.CodeOf(reason)) }
		o.closeAt("2021-03-03T00:00:00-05:00")
		if diff := cmp.Diff([]string{"demo billing.too_many_lines"}, alarm); diff != "" {
			t.Error(diff)
		}
		if st := o.standing(); st.Parked == "" || st.NextDay != civil.MustParseDate("2021-03-01") {
			t.Errorf("the day is not parked: %+v", st)
		}
		if len(sound.lines()) != 2 {
			t.Errorf("the other project suffered: %v", sound.lines())
		}
		parked, err := billing.ParkedProjects(context.Background(), db)
		if err != nil || len(parked) != 1 {
			t.Errorf("parked: %v, %v", parked, err)
		}
		o.must(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.Unpark(ctx, tx, o.id, true, instant(t, "2021-03-03T08:00:00-05:00"))
		})
		o.closeAt("2021-03-03T08:00:00-05:00")
		if st := o.standing(); st.Parked != "" || st.NextDay != civil.MustParseDate("2021-03-03") {
			t.Errorf("the project does not go on: %+v", st)
		}
		if err := o.try(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.Unpark(ctx, tx, o.id, false, instant(t, "2021-03-03T08:00:00-05:00"))
		}); errs.CodeOf(err) != "billing.not_parked" {
			t.Errorf("repairing what is sound: %v", err)
		}
	})
}

// A number belongs to one project at a time: of many that rent it at once, one gets it.
// Rule B-35.
func TestOneHolderOfANumber(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var offices []*office
		for i := range 20 {
			opening := american
			opening.ID = ident.ProjectID(fmt.Sprintf("p%02d", i))
			offices = append(offices, open(t, db, opening, "2021-03-01T09:00:00-05:00"))
		}
		var group sync.WaitGroup
		results := make([]error, len(offices))
		for i, o := range offices {
			group.Go(func() {
				results[i] = o.try(func(ctx context.Context, tx *store.Tx) error {
					number := pricing.Number{Number: "+12125551000", Owner: "operator", Kind: "local", Use: "pbx"}
					return o.night.Billing.RentNumber(ctx, tx, o.id, number, instant(t, "2021-03-01T10:00:00-05:00"))
				})
			})
		}
		group.Wait()
		won := 0
		for _, err := range results {
			if err == nil {
				won++
			} else if errs.CodeOf(err) != "billing.number_taken" {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d projects got the number", won)
		}
	})
}

// Turning on a product that needs another is refused with what it needs, until that is on.
// Rule B-30.
func TestNeeds(t *testing.T) {
	t.Parallel()
	o := open(t, storetest.SQLite(t), american, "2021-03-01T09:00:00-05:00")
	turn := func(product string, on bool) error {
		return o.try(func(ctx context.Context, tx *store.Tx) error {
			return o.night.Billing.SwitchProduct(ctx, tx, o.id, product, on, instant(t, "2021-03-01T10:00:00-05:00"))
		})
	}
	if err := turn("analytics", true); errs.CodeOf(err) != "billing.product_needs" {
		t.Errorf("analytics without call tracking: %v", err)
	}
	o.turn("call_tracking", true, "2021-03-01T10:00:00-05:00")
	if err := turn("analytics", true); err != nil {
		t.Error(err)
	}
	if err := turn("call_tracking", false); errs.CodeOf(err) != "billing.product_needed" {
		t.Errorf("call tracking is needed: %v", err)
	}
	if err := turn("telepathy", true); errs.CodeOf(err) != "pricing.unknown_product" {
		t.Errorf("an unknown product: %v", err)
	}
}
