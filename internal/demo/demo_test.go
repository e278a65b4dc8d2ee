package demo

import (
	"context"
	"reflect"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ledger"
	"bellwether/internal/number"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

var evening = time.Date(2026, 11, 20, 15, 30, 0, 0, time.UTC)

func parts(db *store.DB) Parts {
	books := pricebook.Shipped()
	bills := billing.New(books)
	return Parts{DB: db, Billing: bills, Charging: charging.New(db, books, bills, project.NewCache()), Numbers: number.New(db, bills)}
}

// The whole story is lived through and the ledger fits; the parts it is told for are in it.
func TestStory(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := storetest.SQLite(t)
	p := parts(db)
	var steps int64
	loaded, err := Load(ctx, p, Options{Seed: 1, Now: evening, Progress: func(done, _ int64) { steps = done }})
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Calls < 3000 || loaded.SMS < 400 || steps < loaded.Calls+loaded.SMS || loaded.CallID == "" {
		t.Errorf("loaded %+v in %d steps", loaded, steps)
	}
	report, err := ledger.Verify(ctx, db, nil)
	if err != nil || !report.OK() || report.Unsealed != 0 {
		t.Errorf("the ledger does not fit: %+v, %v", report, err)
	}
	standing, err := billing.GetStanding(ctx, db, Project)
	if err != nil || standing.NextDay != loaded.Today || standing.Parked != "" || standing.State != billing.Active {
		t.Errorf("the shop stands at %+v, %v", standing, err)
	}
	if !standing.Loyalty.Enrolled || standing.Loyalty.Percent != 300 {
		t.Errorf("three payments by card for 30 days earn 3 %%: %+v", standing.Loyalty)
	}
	sums, err := ledger.SumByDay(ctx, db, Project, loaded.Today-Days, loaded.Today)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[pricing.Kind]bool{}
	for _, sum := range sums {
		kinds[sum.Kind] = true
	}
	for _, kind := range []pricing.Kind{
		pricing.ProductFee, pricing.SeatFee, pricing.SlotFee, pricing.NumberRent, pricing.SessionFee, pricing.Call, pricing.SMS,
		pricing.Discount, pricing.Bonus, pricing.Payment, pricing.Adjustment,
	} {
		if !kinds[kind] {
			t.Errorf("nothing of kind %s happens", kind)
		}
	}
	seatsAgree(t, db)
	if _, err := Load(ctx, p, Options{Seed: 1, Now: evening}); errs.CodeOf(err) != "project.exists" {
		t.Errorf("a second shop: %v", err)
	}
}

// As many seats are charged as people sit on, and one of them has been away for 14 days. Rule A-13.
func seatsAgree(t *testing.T, db *store.DB) {
	t.Helper()
	permit, err := access.NewGate(db).ByInstallation(t.Context(), shopOrg, evening)
	if err != nil {
		t.Fatal(err)
	}
	seats, err := access.Seats(t.Context(), db, permit)
	if err != nil {
		t.Fatal(err)
	}
	held, err := billing.GetConfiguration(t.Context(), db, Project)
	if err != nil || len(seats) != 5 || held.Seats[seatProduct] != 5 {
		t.Errorf("%d people sit, %d seats are charged, %v", len(seats), held.Seats[seatProduct], err)
	}
	unused := 0
	for _, seat := range seats {
		if seat.Unused(evening) {
			unused++
		}
	}
	if unused != 1 {
		t.Errorf("%d seats are unused for 14 days, want 1", unused)
	}
}

// The same seed and day give the same story; an hour later it is the same with more of today.
func TestPlanIsTheSameOnTheSameDay(t *testing.T) {
	t.Parallel()
	zone, err := civil.LoadZone(Zone)
	if err != nil {
		t.Fatal(err)
	}
	first := plan(1, evening, zone)
	if again := plan(1, evening, zone); !reflect.DeepEqual(first, again) { // a diff of 75,000 events takes a minute
		t.Error("the same seed gives another story")
	}
	later := plan(1, evening.Add(time.Hour), zone)
	if len(later) == len(first) || !reflect.DeepEqual(first, later[:len(first)]) {
		t.Errorf("%d events an hour later, %d before, or others", len(later), len(first))
	}
	if other := plan(2, evening, zone); reflect.DeepEqual(first, other) {
		t.Error("another seed gives the same story")
	}
}

// Weekends are quieter, nights silent, and what happened is over.
func TestTrafficLooksLikeAShop(t *testing.T) {
	t.Parallel()
	zone, err := civil.LoadZone(Zone)
	if err != nil {
		t.Fatal(err)
	}
	week := map[time.Weekday]int{}
	ids := map[string]bool{}
	for _, e := range plan(7, evening, zone) {
		if e.at.After(evening) {
			t.Fatalf("%v is in the future", e.at)
		}
		if e.leg == nil {
			continue
		}
		local := e.leg.answeredAt.In(zone)
		week[local.Weekday()]++
		if local.Hour() < 9 || local.Hour() > 20 {
			t.Errorf("a call at %v", local)
		}
		if ids[e.leg.id] {
			t.Errorf("id %s twice", e.leg.id)
		}
		ids[e.leg.id] = true
	}
	if week[time.Sunday] == 0 || week[time.Sunday]*3 > week[time.Wednesday] {
		t.Errorf("the week has %v", week)
	}
}
