package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// column is one column of the schema.
type column struct {
	table, name string
	text        bool
}

// columnsOf gives the columns of every table of a SQLite file, and of the schema's text under the name sqlite_schema.
func columnsOf(t *testing.T, file *sql.DB) []column {
	t.Helper()
	rows, err := file.Query(`SELECT m.name, c.name, c.type = 'TEXT' FROM sqlite_schema AS m, pragma_table_info(m.name) AS c
		WHERE m.type = 'table' ORDER BY m.name, c.cid`)
	must(t, err)
	defer func() { _ = rows.Close() }()
	columns := []column{{"sqlite_schema", "name", true}, {"sqlite_schema", "sql", true}}
	for rows.Next() {
		var c column
		must(t, rows.Scan(&c.table, &c.name, &c.text))
		columns = append(columns, c)
	}
	must(t, rows.Err())
	return columns
}

// rawFile opens a SQLite file past the store.
func rawFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	file, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(off)")
	must(t, err)
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// fullBackup is a backup with so many rows in every table.
func fullBackup(t *testing.T, rows int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "core.db")
	db := storetest.Open(t, store.Options{DSN: "sqlite:" + path})
	must(t, db.Migrate(context.Background()))
	values := map[string][]string{}
	names := map[string][]string{}
	for _, c := range columnsOf(t, rawFile(t, path))[2:] {
		value := "$1"
		if c.text {
			value = "'text ' || $1"
		}
		names[c.table] = append(names[c.table], c.name)
		values[c.table] = append(values[c.table], value)
	}
	delete(names, "schema_migration")
	tables := []string{}
	for table := range names {
		tables = append(tables, table)
	}
	slices.Sort(tables) // a project comes before its zones
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, table := range tables {
			text := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names[table], ","), strings.Join(values[table], ","))
			for i := range rows {
				if _, err := tx.Exec(ctx, text, i*1000+7); err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
			}
		}
		return nil
	})
	backup := filepath.Join(t.TempDir(), "backup.db")
	must(t, db.Backup(context.Background(), backup))
	return backup
}

// contents gives every row of every table but the digests', and the schema's text.
func contents(t *testing.T, path string) []string {
	t.Helper()
	file := rawFile(t, path)
	columns := map[string][]string{}
	for _, c := range columnsOf(t, file) {
		if c.table != "store_digest" {
			columns[c.table] = append(columns[c.table], "quote("+c.name+")")
		}
	}
	found := []string{}
	for table, names := range columns {
		text := "SELECT " + strings.Join(names, " || ',' || ") + " FROM " + table
		if table == "sqlite_schema" {
			text += " WHERE tbl_name <> 'store_digest'"
		}
		rows, err := file.Query(text)
		must(t, err)
		for rows.Next() {
			var row string
			must(t, rows.Scan(&row))
			found = append(found, table+": "+row)
		}
		must(t, rows.Err())
		must(t, rows.Close())
	}
	must(t, file.Close())
	slices.Sort(found)
	return found
}

// Whatever bit of a backup flips, a restore refuses it or every row is as it was.
func TestABackupWithAFlippedBitIsRefusedOrRestoredWhole(t *testing.T) {
	t.Parallel()
	const seed = 20261122
	flips := 300
	if testing.Short() {
		flips = 30
	}
	backup := fullBackup(t, 20)
	want := contents(t, backup)
	sound, err := os.ReadFile(backup)
	must(t, err)
	var used []int // bytes that hold something: most of a page's free room is zero
	for i, b := range sound {
		if b != 0 {
			used = append(used, i)
		}
	}
	random := rand.New(rand.NewPCG(seed, 0))
	refused := 0
	for i := range flips {
		at := used[random.IntN(len(used))]
		if i%4 == 0 {
			at = random.IntN(len(sound))
		}
		bit := random.IntN(8)
		if tryFlipped(t, sound, at, bit, want) {
			refused++
		}
	}
	if refused < flips/2 {
		t.Errorf("only %d of %d flips were refused: the test flips what nothing depends on", refused, flips)
	}
}

// tryFlipped restores a backup with one bit flipped; refused says that it could not.
func tryFlipped(t *testing.T, sound []byte, at, bit int, want []string) (refused bool) {
	t.Helper()
	folder := t.TempDir()
	backup, restored := filepath.Join(folder, "backup.db"), filepath.Join(folder, "core.db")
	flipped := slices.Clone(sound)
	flipped[at] ^= 1 << bit
	must(t, os.WriteFile(backup, flipped, 0o600))
	err := store.Restore(context.Background(), backup, store.Options{DSN: "sqlite:" + restored})
	if err == nil {
		if diff := cmp.Diff(want, contents(t, restored)); diff != "" {
			t.Errorf("bit %d of byte %d: restored with %s", bit, at, diff)
		}
		return false
	}
	if errs.CodeOf(err) != "store.backup_damaged" || strings.Contains(err.Error(), ": :") {
		t.Errorf("bit %d of byte %d: %v", bit, at, err)
	}
	if _, err := os.Stat(restored); err == nil {
		t.Errorf("bit %d of byte %d: refused, and something was restored", bit, at)
	}
	return true
}

// A change that SQLite itself cannot see, in any column of any table, is refused, and the table is named.
func TestAChangedCellOfABackupIsRefusedByItsTable(t *testing.T) {
	t.Parallel()
	backup := fullBackup(t, 2)
	sound, err := os.ReadFile(backup)
	must(t, err)
	for _, c := range columnsOf(t, rawFile(t, backup)) {
		if c.table == "sqlite_schema" || c.table == "store_digest" && c.name == "position" { // which is only their order
			continue
		}
		change := "%s + 1000000"
		if c.text {
			change = "%s || 'x'"
		}
		refusedFor(t, sound, "UPDATE "+c.table+" SET "+c.name+" = "+fmt.Sprintf(change, c.name), c.table)
	}
	for change, table := range map[string]string{
		"DELETE FROM billing_payment WHERE payment_id = 'text 7'":                           "billing_payment",
		"DELETE FROM store_digest WHERE name = 'billing_payment'":                           "store_digest",
		"UPDATE charging_leg SET to_number = CAST(to_number AS BLOB)":                       "charging_leg",
		"CREATE TABLE more (id BIGINT)":                                                     "sqlite_schema",
		"DROP INDEX account_key_by_id":                                                      "sqlite_schema",
		"INSERT INTO ledger_call_day VALUES ('p', 1, 'text', 1, 1, 1)":                      "ledger_call_day",
		"UPDATE billing_usage SET (calls, call_count) = (call_count + 1, calls + 1)":        "billing_usage",
		"UPDATE project SET name = name || country, country = '' WHERE name = 'text 7'":     "project",
		"UPDATE ledger_account SET cash = cash - 1, bonus = bonus + 1 WHERE currency <> ''": "ledger_account",
	} {
		refusedFor(t, sound, change, table)
	}
}

func refusedFor(t *testing.T, sound []byte, change, table string) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "backup.db")
	must(t, os.WriteFile(path, sound, 0o600))
	file := rawFile(t, path)
	_, err := file.Exec(change)
	must(t, err)
	must(t, file.Close())
	err = store.Restore(context.Background(), path, store.Options{DSN: "sqlite:" + filepath.Join(folder, "core.db")})
	if errs.CodeOf(err) != "store.backup_damaged" || !strings.Contains(err.Error(), path+": the backup is damaged: table "+table+" is not") {
		t.Errorf("%s: %v", change, err)
	}
}

// The digests are a backup's only: a restored database has none, and what was put to use as it is can be backed up again.
func TestDigestsAreInBackupsOnly(t *testing.T) {
	t.Parallel()
	backup := fullBackup(t, 2)
	restored := filepath.Join(t.TempDir(), "core.db")
	must(t, store.Restore(context.Background(), backup, store.Options{DSN: "sqlite:" + restored}))
	var n int
	must(t, rawFile(t, restored).QueryRow("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'store_digest'").Scan(&n))
	if n != 0 {
		t.Error("the digests were restored")
	}
	used := storetest.Open(t, store.Options{DSN: "sqlite:" + backup})
	write(t, used, keep(5, "later"))
	again := filepath.Join(t.TempDir(), "again.db")
	must(t, used.Backup(context.Background(), again))
	if err := store.Restore(context.Background(), again, store.Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "core.db")}); err != nil {
		t.Error(err)
	}
}
