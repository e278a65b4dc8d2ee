package project_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := civil.LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// Days follow one another without gap or overlap through any changes of zone, and every instant has its day.
// Rule B-09.
func TestCalendarIsSeamless(t *testing.T) {
	t.Parallel()
	names := []string{"Europe/Kyiv", "America/New_York", "Pacific/Pago_Pago", "Pacific/Kiritimati", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu"}
	rapid.Check(t, func(t *rapid.T) {
		day := civil.Date(rapid.Int32Range(15_300, 19_000).Draw(t, "first"))
		var periods []project.ZonePeriod
		for range rapid.IntRange(1, 4).Draw(t, "periods") {
			loc, err := civil.LoadZone(rapid.SampledFrom(names).Draw(t, "zone"))
			if err != nil {
				t.Fatal(err)
			}
			periods = append(periods, project.ZonePeriod{From: day, Zone: loc})
			day += civil.Date(rapid.Int32Range(1, 5).Draw(t, "days"))
		}
		calendar := project.NewCalendar(periods)
		for d := periods[0].From; d < day+3; d++ {
			start, end := calendar.Start(d), calendar.End(d)
			if end.Before(start) || !end.Equal(calendar.Start(d+1)) {
				t.Fatalf("%v is from %v to %v, the next from %v", d, start, end, calendar.Start(d+1))
			}
			if end.Sub(start) > 72*time.Hour {
				t.Fatalf("%v has %v", d, end.Sub(start))
			}
			if end.After(start) && (calendar.DayAt(start) != d || calendar.DayAt(end.Add(-time.Microsecond)) != d) {
				t.Fatalf("%v to %v is %v, but its ends are %v and %v", start, end, d, calendar.DayAt(start), calendar.DayAt(end.Add(-time.Microsecond)))
			}
		}
	})
}

var opening = project.Opening{ID: "demo", Name: "Demo", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}

func TestCreateAndChange(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		at := time.Date(2021, 10, 3, 21, 30, 0, 0, time.UTC) // 00:30 on the 4th in Kyiv
		write := func(fn func(ctx context.Context, tx *store.Tx) error) error { return db.Write(ctx, fn) }
		if err := write(func(ctx context.Context, tx *store.Tx) error {
			p, err := project.Create(ctx, tx, opening, at)
			if err == nil && p.Calendar.First() != civil.MustParseDate("2021-10-04") {
				t.Errorf("the first day is %v", p.Calendar.First())
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		cache := project.NewCache()
		before, err := cache.Get(ctx, db, "demo")
		if err != nil {
			t.Fatal(err)
		}
		perDay := 5 * money.Unit
		if err := write(func(ctx context.Context, tx *store.Tx) error {
			p, err := project.ChangeZone(ctx, tx, before, "America/New_York", at)
			if err != nil {
				return err
			}
			if p, err = project.MoveBook(ctx, tx, p, project.BookPeriod{Book: "ringostat", Version: "2022-07-01"}, at); err != nil {
				return err
			}
			_, err = project.SetLimits(ctx, tx, p.ID, project.Limits{PerDay: &perDay})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		after, err := cache.Get(ctx, db, "demo")
		if err != nil {
			t.Fatal(err)
		}
		today := civil.MustParseDate("2021-10-04")
		if after.Revision == before.Revision || after.BookAt(today).Version != "2021-01-01" || after.BookAt(today+1).Version != "2022-07-01" ||
			!after.Calendar.End(today).Equal(before.Calendar.End(today)) || !after.Calendar.End(today+1).Equal(civil.Midnight(today+2, zone(t, "America/New_York"))) ||
			after.Limits.PerDay == nil || *after.Limits.PerDay != perDay {
			t.Errorf("the change is not there, or today has changed: %+v", after)
		}
	})
}

// A name is as long as its characters are many, as the API's description counts them.
func TestLongNames(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	create := func(letters int) error {
		long := opening
		long.Name = strings.Repeat("ї", letters)
		return db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := project.Create(ctx, tx, long, time.Now())
			return err
		})
	}
	if err := create(201); errs.CodeOf(err) != "project.bad_name" {
		t.Errorf("201 letters: %v", err)
	}
	if err := create(200); err != nil {
		t.Errorf("200 letters: %v", err)
	}
}

func TestBadOpenings(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	for code, change := range map[string]func(*project.Opening){
		"project.bad_id":       func(o *project.Opening) { o.ID = "Not a name" },
		"project.bad_zone":     func(o *project.Opening) { o.TimeZone = "Mars/Olympus" },
		"project.bad_currency": func(o *project.Opening) { o.Currency = "hryvnia" },
		"project.bad_name":     func(o *project.Opening) { o.Name = "safe\u202egnp" },
		"project.bad_country":  func(o *project.Opening) { o.Country = "Ukraine" },
	} {
		bad := opening
		change(&bad)
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := project.Create(ctx, tx, bad, time.Now())
			return err
		})
		if errs.CodeOf(err) != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	if _, err := project.Get(context.Background(), db, "demo"); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a project that was refused: %v", err)
	}
	if _, err := project.NewCache().Get(context.Background(), db, ident.ProjectID("nobody")); errs.KindOf(err) != errs.NotFound {
		t.Errorf("a project that never was: %v", err)
	}
}

func TestListPagesByName(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	for _, id := range []ident.ProjectID{"c", "a", "d", "b"} {
		one := opening
		one.ID, one.Agency = id, map[bool]string{true: "north"}[id < "c"]
		if err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := project.Create(ctx, tx, one, time.Now())
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := project.List(context.Background(), db, "a", 2)
	if err != nil || len(page) != 2 || page[0].ID != "b" || page[1].ID != "c" {
		t.Errorf("after a: %v, %v", page, err)
	}
	mine, err := project.OfAgency(context.Background(), db, "north", "UAH")
	if err != nil || len(mine) != 2 {
		t.Errorf("of the agency: %v, %v", mine, err)
	}
}
