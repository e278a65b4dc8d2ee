package callimport_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/callimport"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

const shop = ident.ProjectID("shop")

// office is an installation with one shop in Kyiv, opened on 2021-10-01.
type office struct {
	*testing.T
	callimport.Importer
	bills *billing.Service
	zone  *time.Location
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	zone, err := civil.LoadZone("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	books := pricebook.Shipped()
	o := &office{T: t, bills: billing.New(books), zone: zone}
	o.Importer = callimport.Importer{DB: db, Books: books, Charging: charging.New(db, books, o.bills, project.NewCache())}
	err = db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := o.bills.Open(ctx, tx, project.Opening{
			ID: shop, Name: "Shop", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01",
		}, 0, o.at("2021-10-01 09:00"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) at(text string) time.Time {
	o.Helper()
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, o.zone)
	if err != nil {
		o.Fatal(err)
	}
	return moment
}

const importHead = "calldate,caller,dst,duration,billsec,call_type,disposition,employee_fio,call_id,connected_with\n"

// read parses lines below the header.
func (o *office) read(lines ...string) callimport.Result {
	o.Helper()
	result, err := callimport.Read(strings.NewReader(importHead+strings.Join(lines, "\n")+"\n"), "calls.csv", callimport.Options{Zone: o.zone, Country: "UA"})
	if err != nil {
		o.Fatal(err)
	}
	return result
}

func (o *office) bring(at string, lines ...string) (callimport.Imported, error) {
	o.Helper()
	return o.Import(context.Background(), shop, "calls.csv", o.read(lines...), o.at(at))
}

func (o *office) balance() money.Micro {
	o.Helper()
	account, err := ledger.GetAccount(context.Background(), o.DB, shop)
	if err != nil {
		o.Fatal(err)
	}
	return account.Balance()
}

const (
	forward  = "2021-10-04 14:00:00,+380671234567,+380443334455,340,320,in,ANSWERED,Olena,f1,+380441234567"  // 4.592
	outgoing = "2021-10-04 15:00:00,+380443334455,+380671234567,10,2,out,ANSWERED,Olena,o1,"                 // 2.009
	missed   = "2021-10-04 16:00:00,+380671234567,+380443334455,30,0,in,NO ANSWER,,m1,"                      // nothing
	unknown  = "2021-10-04 17:00:00,+380443334455,+8821234567890,30,20,out,ANSWERED,Olena,u1,"               // no rate
	callback = "2021-10-05 10:00:00,+380501234567,+380443334455,200,60,callback,ANSWERED,Olena,b1,sip:olena" // 0 + a minute of mobile
)

// An import charges what live calls would cost, and twice is once.
func TestImportTwiceIsOneEffect_Rule_B_04(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		var checked int64
		o.Progress = func(done, total int64) { checked = done * 100 / total }
		got, err := o.bring("2021-10-05 12:00", forward, outgoing, missed, callback)
		if err != nil {
			t.Fatal(err)
		}
		want := callimport.Imported{
			Project: shop, Currency: "UAH", Records: 5, New: 5, Talk: 320 + 2 + 60 + 60, Amount: 4_592_000 + 2_009_000 + 1_927_000,
			FirstDay: civil.MustParseDate("2021-10-04"), LastDay: civil.MustParseDate("2021-10-05"),
			ByLeg: []callimport.LegTotal{
				{Leg: callimport.CallbackClient, Count: 1, Seconds: 60, Amount: 1_927_000},
				{Leg: callimport.CallbackManager, Count: 1, Seconds: 60},
				{Leg: callimport.Forward, Count: 1, Seconds: 320, Amount: 4_592_000},
				{Leg: callimport.Inbound, Count: 1},
				{Leg: callimport.Outbound, Count: 1, Seconds: 2, Amount: 2_009_000},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if o.balance() != -got.Amount || checked != 100 {
			t.Errorf("the balance is %s, progress %d %%", o.balance(), checked)
		}
		again, err := o.bring("2021-10-06 12:00", forward, outgoing, missed, callback)
		if err != nil || again.New != 0 || again.Known != 5 || again.Amount != 0 || o.balance() != -got.Amount {
			t.Errorf("a second import: %+v, %v, balance %s", again, err, o.balance())
		}
	})
}

// One bad line, and nothing of the file is imported; all bad lines are named (Rule B-23).
func TestImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		_, err := o.bring("2021-10-05 12:00", forward, unknown, outgoing, strings.Replace(unknown, "u1", "u2", 1))
		if err == nil || !strings.Contains(err.Error(), "calls.csv:3: ") || !strings.Contains(err.Error(), "calls.csv:5: ") || errs.KindOf(err) != errs.Invalid {
			t.Errorf("two lines without a rate: %v", err)
		}
		if o.balance() != 0 {
			t.Errorf("half of the file was charged: %s", o.balance())
		}
		if _, err := o.bring("2021-10-05 12:00", outgoing); err != nil {
			t.Fatal(err)
		}
		before := o.balance()
		_, err = o.bring("2021-10-05 13:00", forward, strings.Replace(outgoing, ",10,2,", ",100,90,", 1))
		if err == nil || !strings.Contains(err.Error(), "calls.csv:3: ") {
			t.Errorf("another record under a known id: %v", err)
		}
		if o.balance() != before {
			t.Error("a file with a conflict was half imported")
		}
		if _, err := o.Import(context.Background(), "nobody", "calls.csv", o.read(forward), o.at("2021-10-05 12:00")); errs.CodeOf(err) != "project.not_found" {
			t.Errorf("an unknown project: %v", err)
		}
	})
}

// Calls of a day that is final are adjustments of today; the closed day stays (Rule B-11).
func TestImportIntoClosedDays_Rule_B_11(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		now := o.at("2021-10-20 12:00")
		night := &billing.Night{Billing: o.bills, DB: db}
		if err := night.CatchUp(context.Background(), shop, now); err != nil {
			t.Fatal(err)
		}
		today := strings.Replace(outgoing, "2021-10-04", "2021-10-20", 1)
		got, err := o.bring("2021-10-20 20:00", forward, strings.Replace(today, "o1", "o2", 1))
		if err != nil || got.New != 2 || got.Late != 1 || got.LateCost != 4_592_000 {
			t.Errorf("imported %+v, %v", got, err)
		}
		sums, err := ledger.SumByDay(context.Background(), db, shop, civil.MustParseDate("2021-10-01"), civil.MustParseDate("2021-10-31"))
		if err != nil {
			t.Fatal(err)
		}
		for _, sum := range sums {
			if sum.Day != civil.MustParseDate("2021-10-20") {
				t.Errorf("a closed day changed: %+v", sum)
			}
		}
	})
}

// What an export says in its own words does not stop an import.
func TestImportOfOddWords(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	odd := []string{
		"2021-10-04 16:00:00,+380671234567,Відділ продажу,30,0,in,NO ANSWER,,дзвінок 1,",
		strings.Replace(outgoing, "o1", "a call with blanks", 1),
		strings.Replace(outgoing, "o1", strings.Repeat("x", 190), 1),
		"2021-10-04 16:00:00,+380671234567,,30,0,in,NO ANSWER,,m2,",
	}
	got, err := o.bring("2021-10-05 12:00", odd...)
	if err != nil || got.New != 4 || got.Amount != 2*2_009_000 {
		t.Errorf("imported %+v, %v", got, err)
	}
	if again, err := o.bring("2021-10-06 12:00", odd...); err != nil || again.Known != 4 {
		t.Errorf("again %+v, %v", again, err)
	}
}

// A large file is one transaction.
func TestImportOfManyLines(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	var lines []string
	for i := range 3000 {
		lines = append(lines, strings.Replace(outgoing, "o1", fmt.Sprintf("o%d", i), 1))
	}
	got, err := o.bring("2021-10-05 12:00", lines...)
	if err != nil || got.New != 3000 || got.Amount != 3000*2_009_000 {
		t.Errorf("imported %+v, %v", got, err)
	}
}
