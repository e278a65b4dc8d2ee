package charging_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

const demo = ident.ProjectID("demo")

// office is a project with funds, on one database, with the clock in the test's hands.
type office struct {
	testing.TB
	db      *store.DB
	billing *billing.Service
	*charging.Service
	id ident.ProjectID
}

// ukrainian dials its own country: mobile Kyivstar is 60/1 at UAH 1.96 a minute.
var ukrainian = project.Opening{Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}

// russian has K50's packages: 3000 minutes to phones, 10000 to SIP, own numbers free.
var russian = project.Opening{Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "k50"}

const (
	kyivstar = "+380671234567"
	opened   = "2026-03-02T08:00:00+02:00"
	noon     = "2026-03-02T12:00:00+02:00"
)

func open(t testing.TB, db *store.DB, opening project.Opening, funds string) *office {
	t.Helper()
	books := pricebook.Shipped()
	bills := billing.New(books)
	o := &office{TB: t, db: db, billing: bills, Service: charging.New(db, books, bills, project.NewCache()), id: demo}
	o.open(demo, opening, funds)
	return o
}

func (o *office) open(id ident.ProjectID, opening project.Opening, funds string) {
	o.Helper()
	opening.ID = id
	o.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := o.billing.Open(ctx, tx, opening, 0, at(opened))
		return err
	})
	if funds != "" {
		o.pay(id, funds)
	}
}

func (o *office) pay(id ident.ProjectID, amount string) {
	o.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		payment := billing.Payment{ID: fmt.Sprint("pay", time.Now().UnixNano()), Amount: money.MustParse(amount), Method: "bank"}
		_, err := o.billing.Pay(ctx, tx, id, payment, at(opened))
		return err
	})
}

func (o *office) limit(limits project.Limits) {
	o.Helper()
	o.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := project.SetLimits(ctx, tx, o.id, limits)
		return err
	})
}

func (o *office) must(fn func(ctx context.Context, tx *store.Tx) error) {
	o.Helper()
	if err := o.db.Write(context.Background(), fn); err != nil {
		o.Fatal(err)
	}
}

// closeDays closes what is due at an instant.
func (o *office) closeDays(now time.Time) {
	o.Helper()
	night := &billing.Night{Billing: o.billing, DB: o.db}
	if _, err := night.Run(context.Background(), now); err != nil {
		o.Fatal(err)
	}
}

func (o *office) account() ledger.Account {
	o.Helper()
	account, err := ledger.GetAccount(context.Background(), o.db, o.id)
	if err != nil {
		o.Fatal(err)
	}
	return account
}

func (o *office) entries(kinds ...pricing.Kind) []ledger.Entry {
	o.Helper()
	var entries []ledger.Entry
	for entry, err := range ledger.All(context.Background(), o.db, ledger.Filter{Project: o.id, Kinds: kinds}) {
		if err != nil {
			o.Fatal(err)
		}
		entries = append(entries, entry)
	}
	return entries
}

func (o *office) usage(day string) billing.Usage {
	o.Helper()
	usages, err := billing.UsageOf(context.Background(), o.db, []billing.UsageKey{{Project: o.id, Day: date(day)}})
	if err != nil {
		o.Fatal(err)
	}
	return usages[billing.UsageKey{Project: o.id, Day: date(day)}]
}

func (o *office) state() billing.State {
	o.Helper()
	standing, err := billing.GetStanding(context.Background(), o.db, o.id)
	if err != nil {
		o.Fatal(err)
	}
	return standing.State
}

func (o *office) leg(id string) charging.Leg {
	o.Helper()
	leg, err := charging.GetLeg(context.Background(), o.db, o.id, id)
	if err != nil {
		o.Fatal(err)
	}
	return leg
}

// explained checks that computing a leg's price once more gives what was charged.
func (o *office) explained(id string) charging.Explained {
	o.Helper()
	e, err := o.Explain(context.Background(), o.db, o.id, id)
	if err != nil {
		o.Fatal(err)
	}
	if !e.Redo {
		o.Errorf("leg %s cannot be redone: charged %+v, computed %+v, explained %s", id, e.Leg, e.Redone, e.Explain)
	}
	return e
}

// verified checks the whole ledger.
func (o *office) verified() {
	o.Helper()
	report, err := ledger.Verify(context.Background(), o.db, nil)
	if err != nil || !report.OK() {
		o.Errorf("the ledger is broken: %v, %v", report.Breaches, err)
	}
}

// dial authorises an outbound leg to a number at noon.
func (o *office) dial(id, to string) (charging.Authorisation, error) {
	return o.Authorise(context.Background(), charging.AuthoriseRequest{Project: o.id, LegID: id, Kind: pricing.LegOutbound, To: to, At: at(noon)})
}

func (o *office) extend(id string, elapsed int64) charging.Extension {
	o.Helper()
	e, err := o.Extend(context.Background(), charging.ExtendRequest{Project: o.id, LegID: id, AnsweredAt: at(noon), Elapsed: elapsed, At: after(elapsed)})
	if err != nil {
		o.Fatal(err)
	}
	return e
}

// hangUp settles a leg answered at noon.
func (o *office) hangUp(id string, seconds int64) charging.Leg {
	o.Helper()
	leg, err := o.Settle(context.Background(), charging.SettleRequest{Project: o.id, LegID: id, AnsweredAt: at(noon), Seconds: seconds, At: after(seconds), Cause: "normal"})
	if err != nil {
		o.Fatal(err)
	}
	return leg
}

// record is a finished call answered at noon.
func (o *office) record(id, kind, to string, seconds int64) charging.CallRecord {
	return charging.CallRecord{Project: o.id, ID: id, Kind: kind, To: to, AnsweredAt: at(noon), Seconds: seconds, At: after(seconds)}
}

func (o *office) charge(record charging.CallRecord) charging.Leg {
	o.Helper()
	leg, err := o.Charge(context.Background(), record)
	if err != nil {
		o.Fatal(err)
	}
	return leg
}

// after is so many seconds after noon.
func after(seconds int64) time.Time { return at(noon).Add(time.Duration(seconds) * time.Second) }

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func uah(text string) money.Micro { return money.MustParse(text) }

func wantCode(t testing.TB, what string, err error, code string) {
	t.Helper()
	if got := errs.CodeOf(err); err == nil || got != code {
		t.Errorf("%s: got %v (%s), want %s", what, err, got, code)
	}
}

func date(text string) civil.Date { return civil.MustParseDate(text) }

func pointer[T any](v T) *T { return &v }
