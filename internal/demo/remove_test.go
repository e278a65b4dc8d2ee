package demo

import (
	"context"
	"database/sql"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// rowsOf counts the rows that name a project, in every table there is.
func rowsOf(t *testing.T, db *store.DB, id string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, column := range []string{"project_id", "org"} {
		rows, err := db.Query(context.Background(), `SELECT t.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.name = $1`, column)
		if err != nil {
			t.Fatal(err)
		}
		var tables []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			tables = append(tables, name)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			var n int
			if err := db.QueryRow(context.Background(), "SELECT COUNT(*) FROM "+table+" WHERE "+column+" IN ($1, $2)", id, "project:"+id).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				found[table] = n
			}
		}
	}
	return found
}

// keep makes one of the story's people the owner of a project beside it.
func keep(t *testing.T, db *store.DB, p Parts, email string) (id account.UserID) {
	t.Helper()
	if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		u, err := account.FindUser(ctx, tx, email)
		if err != nil {
			return err
		}
		id = u.ID
		_, err = access.FoundProject(ctx, tx, audit.Program("test"), "mine", u.ID, evening)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// users are all there are.
func users(t *testing.T, db *store.DB) (ids []account.UserID) {
	t.Helper()
	if err := store.EachRow(t.Context(), db, "SELECT user_id FROM account_user", nil, func(rows *sql.Rows) error {
		var id account.UserID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

// What was loaded can be removed without a trace but the trail, beside a project that is not touched, and loaded again.
func TestRemove(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db := storetest.SQLite(t)
	p := parts(db)
	files := p.withTelephony(t)
	if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := p.Billing.Open(ctx, tx, project.Opening{ID: "mine", Name: "Mine", Country: Country, TimeZone: Zone, Book: Book}, 0, evening)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(ctx, p, Options{Seed: 1, Now: evening}); err != nil {
		t.Fatal(err)
	}
	guest := keep(t, db, p, "maksym@kvitka.example")
	mine := rowsOf(t, db, "mine")
	if loaded := rowsOf(t, db, string(Project)); len(loaded) < 12 {
		t.Fatalf("the story leaves rows in %v only", loaded)
	}
	if err := Remove(ctx, p, audit.Program("test"), evening); err != nil {
		t.Fatal(err)
	}
	var told int
	if err := db.QueryRow(ctx, "SELECT COUNT(*) FROM audit_entry WHERE org = $1 AND object = 'project' AND object_id = $2 AND action = 'delete'",
		ident.Operator.String(), string(Project)).Scan(&told); err != nil || told != 1 {
		t.Errorf("%d entries in the operator's trail, %v", told, err)
	}
	if left, err := os.ReadDir(files.Root); err != nil || len(left) > 1 { // the folder of what comes in
		t.Errorf("files are left: %v, %v", left, err)
	}
	left := rowsOf(t, db, string(Project))
	delete(left, "audit_entry")
	if len(left) > 0 {
		t.Errorf("rows are left in %v", left)
	}
	if diff := cmp.Diff([]account.UserID{guest}, users(t, db)); diff != "" {
		t.Errorf("the people who are left, of whom one belongs to another project:\n%s", diff)
	}
	if diff := cmp.Diff(mine, rowsOf(t, db, "mine")); diff != "" {
		t.Errorf("another project was touched:\n%s", diff)
	}
	report, err := ledger.Verify(ctx, db, nil)
	if err != nil || !report.OK() || report.Entries != 0 || slices.ContainsFunc(report.Houses, func(h ledger.HouseBalance) bool { return h.Amount != 0 }) {
		t.Errorf("the ledger does not fit: %+v, %v", report, err)
	}
	if _, err := Load(ctx, p, Options{Seed: 1, Now: evening}); err != nil {
		t.Errorf("it cannot be loaded again: %v", err)
	}
	if report, err := ledger.Verify(ctx, db, nil); err != nil || !report.OK() {
		t.Errorf("loaded again, the ledger does not fit: %+v, %v", report, err)
	}
}

// A customer's project that is called as the demo is neither taken for it nor removed.
func TestACustomerHasTheName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		p := parts(db)
		if err := Remove(ctx, p, audit.Program("test"), evening); errs.CodeOf(err) != "project.not_found" {
			t.Errorf("without a project: %v", err)
		}
		if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := p.Billing.Open(ctx, tx, project.Opening{ID: Project, Name: "Mine", Country: Country, TimeZone: Zone, Book: Book}, 0, evening)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := Remove(ctx, p, audit.Program("test"), evening); errs.CodeOf(err) != "demo.no_demo" || errs.KindOf(err) != errs.Conflict {
			t.Errorf("removed: %v", err)
		}
		if _, err := Load(ctx, p, Options{Seed: 1, Now: evening}); errs.CodeOf(err) != "demo.no_demo" {
			t.Errorf("loaded: %v", err)
		}
		if mine, err := project.Get(ctx, db, Project); err != nil || mine.Name != "Mine" {
			t.Errorf("%+v, %v", mine, err)
		}
	})
}

// A story that ended midway is no demo to look at: the next load begins it again and lives through the whole of it.
func TestLoadAfterACrash(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	p := parts(db)
	ctx, crash := context.WithCancel(t.Context())
	if _, err := Load(ctx, p, Options{Seed: 1, Now: evening, Progress: func(done, total int64) {
		if done > total/4 {
			crash()
		}
	}}); err == nil {
		t.Fatal("it was lived through")
	}
	if mark, err := project.GetDemo(t.Context(), db, Project); err != nil || mark != (project.Demo{Marked: true}) {
		t.Errorf("%+v, %v", mark, err)
	}
	// Another node, whose clock is 90 days ahead of the story, closes none of its days.
	if closed, err := (&billing.Night{Billing: p.Billing, DB: db}).Run(t.Context(), evening); err != nil || closed != 0 {
		t.Errorf("%d days of the story are closed, %v", closed, err)
	}
	loaded, err := Load(t.Context(), p, Options{Seed: 1, Now: evening})
	if err != nil || loaded.Calls < 3000 {
		t.Errorf("%+v, %v", loaded, err)
	}
	if mark, err := project.GetDemo(t.Context(), db, Project); err != nil || !mark.Complete {
		t.Errorf("%+v, %v", mark, err)
	}
	if report, err := ledger.Verify(t.Context(), db, nil); err != nil || !report.OK() {
		t.Errorf("the ledger does not fit: %+v, %v", report, err)
	}
}
