package demo

import (
	"context"
	"database/sql"
	"log/slog"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/config"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/tracking"
)

// opened is a node that is not served.
func opened(t *testing.T) *app.App {
	t.Helper()
	folder := t.TempDir()
	c := config.Config{DataDir: folder, Database: storetest.SQLiteDSN(t), Node: "test", KeyFile: filepath.Join(folder, "key"), PublicURL: "http://localhost"}
	a, err := app.Open(t.Context(), c, pricebook.Shipped(), app.Options{Log: slog.New(slog.DiscardHandler), Version: "test", Now: func() time.Time { return evening }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// The shop's site is visited for 90 days: its calls know where they came from, mostly rightly; billing counted the visits of people; the pools
// are alive. What is removed is gone from both databases. Rules C-74, C-84, C-90.
func TestTheShopHasVisitors(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	a := opened(t)
	p := PartsOf(a)
	if _, err := Load(ctx, p, Options{Seed: 1, Now: evening}); err != nil {
		t.Fatal(err)
	}
	visitsAgree(t, a)
	sourcesAreAlive(t, a)
	callersDialWhatTheySee(t, a)
	poolsAreAlive(t, a)
	if err := Remove(ctx, p, audit.Program("test"), evening); err != nil {
		t.Fatal(err)
	}
	left := rowsOf(t, a.DB, string(Project))
	delete(left, "audit_entry")
	maps.Copy(left, rowsOf(t, a.Events, string(Project)))
	if len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// visitsAgree compares the visits of people with the sessions that billing counted, whose reports say up to which visit they go.
func visitsAgree(t *testing.T, a *app.App) {
	t.Helper()
	var done, people, told int64
	ctx := context.Background()
	if err := a.Events.QueryRow(ctx, `SELECT done_to FROM tracking_tally WHERE project_id = $1`, string(Project)).Scan(&done); err != nil {
		t.Fatal(err)
	}
	if err := a.Events.QueryRow(ctx, `SELECT COUNT(*) FROM tracking_visit WHERE project_id = $1 AND visit_id <= $2 AND bot = ''`, string(Project), done).Scan(&people); err != nil {
		t.Fatal(err)
	}
	if err := a.DB.QueryRow(ctx, `SELECT CAST(SUM(sessions) AS BIGINT) FROM billing_usage WHERE project_id = $1`, string(Project)).Scan(&told); err != nil {
		t.Fatal(err)
	}
	if people < 25_000 || told != people {
		t.Errorf("%d people visited, %d sessions are billed", people, told)
	}
}

// sourcesAreAlive looks at where calls came from.
func sourcesAreAlive(t *testing.T, a *app.App) {
	t.Helper()
	permit, err := access.NewGate(a.DB).ByInstallation(t.Context(), shopOrg, evening)
	if err != nil {
		t.Fatal(err)
	}
	w, err := call.Look(permit, access.View)
	if err != nil {
		t.Fatal(err)
	}
	calls, err := w.List(context.Background(), a.DB, call.Filter{}, call.NewestFirst, 0, 5000)
	if err != nil {
		t.Fatal(err)
	}
	found, behind, toPools := map[string]int{}, 0, 0
	for _, c := range calls {
		found[c.Origin.Source+" / "+c.Origin.Medium]++
		if n := c.Number; c.Direction == call.Inbound && n != mainNumber && n != urgentNumber && n != string(instagramNumber) {
			toPools++
			if c.Origin.Visit != "" {
				behind++
			}
		}
	}
	for _, want := range []string{"google / cpc", "google / organic", "facebook / paid_social", "instagram / social", "flyer / print"} {
		if found[want] < 50 {
			t.Errorf("%d calls from %s of %v", found[want], want, found)
		}
	}
	if toPools < 700 || behind*100 < toPools*85 {
		t.Errorf("of %d calls to numbers of pools %d have a visit", toPools, behind)
	}
}

func poolsAreAlive(t *testing.T, a *app.App) {
	t.Helper()
	ctx := context.Background()
	pools, err := tracking.Pools(ctx, a.DB, Project)
	if err != nil || len(pools) != 2 {
		t.Fatalf("%d pools, %v", len(pools), err)
	}
	uses, err := tracking.Uses(ctx, a.DB, Project)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pools {
		var members []tracking.Use
		for _, u := range uses {
			if u.Pool == p.ID {
				members = append(members, u)
			}
		}
		h, err := tracking.HealthOf(ctx, a.Events, Project, p, members, evening)
		if err != nil || len(h.Numbers) != len(members) || len(members) < 2 || h.Leases < 20 {
			t.Errorf("pool %s of %d numbers fares %+v, %v", p.Name, len(members), h, err)
		}
	}
	var leads int
	if err := a.Events.QueryRow(ctx, `SELECT COUNT(*) FROM tracking_lead WHERE project_id = $1`, string(Project)).Scan(&leads); err != nil || leads < 300 {
		t.Errorf("%d leads, %v", leads, err)
	}
	guests, err := tracking.Guests(ctx, a.Events, Project, evening, false)
	if err != nil || len(guests) < 5 {
		t.Errorf("%d guests, %v", len(guests), err)
	}
}

// callersDialWhatTheySee looks whether the plan's numbers are replaced by those that the pools gave.
func callersDialWhatTheySee(t *testing.T, a *app.App) {
	t.Helper()
	leased := map[string]bool{}
	if err := store.EachRow(t.Context(), a.Events, `SELECT DISTINCT number FROM tracking_lease WHERE project_id = $1`, []any{string(Project)}, func(rows *sql.Rows) error {
		var n string
		err := rows.Scan(&n)
		leased[n] = true
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, n := range append(texts(moreAdverts), seventhNumber, string(moreSearch[0])) {
		var calls int
		if err := a.DB.QueryRow(t.Context(), `SELECT COUNT(*) FROM call_log WHERE project_id = $1 AND number = $2`, string(Project), n).Scan(&calls); err != nil || calls < 20 || !leased[n] {
			t.Errorf("%s, which no plan names, was called %d times, leased %v, %v", n, calls, leased[n], err)
		}
	}
}
