package access_test

import (
	"context"
	"database/sql"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/number"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/right"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// wall is a project, mine, with everything that can be changed of it, and people who may not.
type wall struct {
	*house
	billing *billing.Service
	numbers *number.Service
	mine    *project.Project
	entry   ledger.Entry
	job     job.Job
}

const rented, spare = "+380441230001", "+380441230002"

func newWall(t *testing.T, db *store.DB) *wall {
	t.Helper()
	w := &wall{house: newHouse(t, db), billing: billing.New(pricebook.Shipped())}
	w.numbers = number.New(db, w.billing)
	w.must(func(ctx context.Context, tx *store.Tx) (err error) {
		opening := project.Opening{ID: "mine", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}
		if w.mine, err = w.billing.Open(ctx, tx, opening, 0, noon); err != nil {
			return err
		}
		if w.entry, err = w.billing.Adjust(ctx, tx, "mine", billing.Adjustment{ID: "gift", Amount: 1000 * money.Unit, Reason: "a gift"}, noon); err != nil {
			return err
		}
		if err := w.numbers.Add(ctx, tx, []number.Item{{Number: rented}, {Number: spare}}, "test", noon); err != nil {
			return err
		}
		if _, err := w.numbers.Rent(ctx, tx, "mine", number.Wish{Number: rented, Use: "pbx"}, "test", noon); err != nil {
			return err
		}
		if w.job, _, err = job.Ask(ctx, tx, "verify", "", struct{}{}, "test", noon); err != nil {
			return err
		}
		_, err = access.FoundProject(ctx, tx, audit.Program("test"), "mine", w.shopOwner, noon)
		return err
	})
	return w
}

// open are the functions that write and ask for no right: they are steps of what was asked for, or of a call that was charged.
var open = []string{"billing.ReviewFunds", "billing.AddUsage", "billing.AddMinutes", "billing.CountMinutes", "ledger.NewBatch", "ledger.Post"}

// Every function of these packages that changes something stands in the table of changes. Rule A-18.
func TestEveryChangeIsBehindTheWall(t *testing.T) {
	t.Parallel()
	listed := slices.Concat(slices.Collect(maps.Keys((&wall{}).changes())), open)
	var found []string
	for _, name := range []string{"billing", "job", "ledger", "number", "project"} {
		files, err := filepath.Glob(filepath.Join("..", name, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%d files of %s, %v", len(files), name, err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				found = append(found, writersIn(t, name, file)...)
			}
		}
	}
	slices.Sort(listed)
	slices.Sort(found)
	same(t, "the changes", found, listed)
}

// writersIn are the exported functions of a file that take a transaction.
func writersIn(t *testing.T, name, file string) (found []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, declared := range parsed.Decls {
		fn, ok := declared.(*ast.FuncDecl)
		if !ok || !fn.Name.IsExported() {
			continue
		}
		for _, p := range fn.Type.Params.List {
			if star, ok := p.Type.(*ast.StarExpr); ok {
				if of, ok := star.X.(*ast.SelectorExpr); ok && of.Sel.Name == "Tx" {
					found = append(found, name+"."+fn.Name.Name)
				}
			}
		}
	}
	return found
}

// Whoever may not change a project is refused by the domains themselves, whatever the handler forgot, and nothing is written even where it
// forgot the refusal too. Rule A-18.
func TestTheWallBelowTheHandlers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWall(t, db)
		mine := ident.ProjectOrg("mine")
		reader := w.user("reader@example.com")
		w.join(w.shopOwner, mine, reader, access.ReadOnly)
		looks, err := w.gate.Enter(t.Context(), access.BySession(account.Session{ID: "v", User: w.op, ViewingAs: w.shopOwner, Project: "mine"}, from), mine, noon)
		if err != nil || !looks.Viewing {
			t.Fatalf("%+v, %v", looks, err)
		}
		refusals := map[string]struct {
			permit store.Guard
			codes  []string // of a project's things, of the operator's
		}{
			"another project's owner": {w.permit(w.bankOwner, bank), []string{"project.not_found", "access.denied"}},
			"a reader":                {w.permit(reader, mine), []string{"access.denied", "project.not_found"}}, // a project to be opened is not theirs
			"a viewer":                {looks, []string{"access.only_viewing", "access.denied", "project.not_found"}},
			"an agency's own page":    {w.permit(w.agent, north), []string{"project.not_found", "access.denied"}},
			"whoever is in nothing":   {access.Permit{}, []string{"project.not_found", "access.denied"}},
			"a request of nobody's":   {store.Nobody, []string{"store.unguarded"}},
		}
		before := w.everything()
		for name, change := range w.changes() {
			for who, r := range refusals {
				var refused error
				err := db.Write(store.Guarded(t.Context(), r.permit), func(ctx context.Context, tx *store.Tx) error {
					refused = change(ctx, tx)
					return nil // a handler that forgets the refusal too
				})
				if err != nil || !slices.Contains(r.codes, errs.CodeOf(refused)) {
					t.Errorf("%s by %s: %v, %v, want %v", name, who, refused, err, r.codes)
				}
			}
		}
		same(t, "what is stored", before, w.everything())
		w.letsThrough(mine)
	})
}

// letsThrough tries every change as those who may, and undoes it: whatever else is wrong with it, no right is.
func (w *wall) letsThrough(mine ident.Org) {
	w.Helper()
	owner, operator := w.permit(w.shopOwner, mine), w.permit(w.op, ident.Operator)
	for name, change := range w.changes() {
		for who, permit := range map[string]access.Permit{"the owner": owner, "the operator": operator} {
			err := w.db.Write(store.Guarded(w.Context(), permit), func(ctx context.Context, tx *store.Tx) error {
				return fmt.Errorf("undone: %w", orNil(change(ctx, tx)))
			})
			operatorsOwn := slices.Contains(operatorsAlone, name)
			denied := errs.KindOf(err) == errs.Denied || errs.CodeOf(err) == "project.not_found"
			if denied != (operatorsOwn && who == "the owner") {
				w.Errorf("%s by %s: %v", name, who, err)
			}
		}
	}
}

// errFine is a change that went through.
var errFine = fmt.Errorf("it went through")

func orNil(err error) error {
	if err == nil {
		return errFine
	}
	return err
}

// operatorsAlone are the changes that no owner makes: money by hand, states, days, stock, jobs, and what projects there are.
var operatorsAlone = []string{
	"billing.Pay", "billing.Adjust", "billing.Reverse", "billing.ReverseByKey", "billing.SetState", "billing.Park", "billing.Unpark", "billing.Forget", "billing.Open",
	"job.Ask", "job.Cancel", "ledger.SetOverdraft", "ledger.Reverse", "ledger.Forget", "ledger.Open",
	"number.Add", "number.Retire", "number.PutBack", "number.SetAside", "number.Settle", "number.Forget",
	"project.Create", "project.SetAgency", "project.MarkDemo", "project.CompleteDemo", "project.Forget",
}

var tableNamed = regexp.MustCompile(`(?m)^CREATE TABLE (?:IF NOT EXISTS )?((?:billing|job|ledger|number|project)\w*)`)

// everything is what the packages behind the wall have stored, by table.
func (w *wall) everything() map[string][]string {
	w.Helper()
	files, err := filepath.Glob("../store/migrations/*.sql")
	if err != nil {
		w.Fatal(err)
	}
	stored := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.Fatal(err)
		}
		for _, found := range tableNamed.FindAllStringSubmatch(string(text), -1) {
			stored[found[1]] = w.rowsOf(found[1])
		}
	}
	if len(stored) < 20 {
		w.Fatalf("only %d tables", len(stored))
	}
	return stored
}

func (w *wall) rowsOf(table string) (lines []string) {
	w.Helper()
	err := store.EachRow(w.Context(), w.db, "SELECT * FROM "+table, nil, func(rows *sql.Rows) error {
		columns, err := rows.Columns()
		if err != nil {
			return err
		}
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		err = rows.Scan(into...)
		lines = append(lines, fmt.Sprint(cells...))
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// What is previewed is undone, so whoever stands in a project may look, and nobody else. Rule A-18.
func TestPreviewsNeedAStanding(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWall(t, db)
		mine := ident.ProjectOrg("mine")
		reader := w.user("reader@example.com")
		w.join(w.shopOwner, mine, reader, access.ReadOnly)
		before := w.everything()
		for want, permit := range map[string]access.Permit{"": w.permit(reader, mine), "project.not_found": w.permit(w.bankOwner, bank)} {
			_, err := w.billing.Preview(store.Guarded(t.Context(), permit), db, "mine", billing.Change{Release: []string{rented}}, noon)
			wantCode(t, err, want)
		}
		same(t, "what is stored", before, w.everything())
	})
}

// A part that nobody needs a right for ends where it ends.
func TestFreelyEnds(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	err := db.Write(store.Guarded(t.Context(), access.Permit{}), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Freely(func() error { return tx.May(shop, right.Edit.Of(right.Products)) }); err != nil {
			t.Error(err)
		}
		return tx.May(shop, right.Edit.Of(right.Products))
	})
	wantCode(t, err, "project.not_found")
}
