package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"

	"bellwether/internal/errs"
)

// A backup carries, in the table store_digest, the number of rows and the SHA-256 of the values of every table of its file,
// of the schema's text, and of these digests themselves. SQLite's own check finds a broken page or index but not a flipped
// bit in an amount or a telephone number; the digests do. The table is in backups only: a restore leaves it out.
const (
	digestTable = "store_digest"
	schemaTable = "sqlite_schema"
)

// digest says what a table held.
type digest struct {
	table string
	rows  int64
	sum   string // SHA-256, hexadecimal
}

// seal writes the digests into a copy that is complete. The file is not durable yet.
func seal(ctx context.Context, path string) (err error) {
	pool, err := scratchFile(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	// A backup that was put to use as it is has digests of long ago.
	if _, err := pool.ExecContext(ctx, "DROP TABLE IF EXISTS "+digestTable); err != nil {
		return err
	}
	digests, err := digestFile(ctx, pool)
	if err != nil {
		return err
	}
	if _, err := pool.ExecContext(ctx, "CREATE TABLE "+digestTable+
		" (position INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, number INTEGER NOT NULL, sum TEXT NOT NULL)"); err != nil {
		return err
	}
	for i, d := range append(digests, overDigests(digests)) {
		if _, err := pool.ExecContext(ctx, "INSERT INTO "+digestTable+" VALUES (?, ?, ?, ?)", i, d.table, d.rows, d.sum); err != nil {
			return err
		}
	}
	return nil
}

// unseal takes the digests out of a file that is to be a database.
func unseal(ctx context.Context, path string) error {
	pool, err := scratchFile(path)
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, "DROP TABLE "+digestTable)
	return errors.Join(err, pool.Close())
}

// scratchFile opens a file that is thrown away where a change of it fails.
func scratchFile(path string) (*sql.DB, error) {
	return (&sqliteEngine{path: path}).pool(1, "journal_mode(off)", "synchronous(off)")
}

// digestFile gives the digests of a SQLite file: the schema's first, then the tables' by name.
func digestFile(ctx context.Context, pool *sql.DB) ([]digest, error) {
	rows, err := pool.QueryContext(ctx, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> ? ORDER BY name", digestTable)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names := []string{schemaTable}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	digests := make([]digest, len(names))
	for i, name := range names {
		if digests[i], err = digestOf(ctx, pool, name); err != nil {
			return nil, err
		}
	}
	return digests, nil
}

// digestText is the query over which a table's digest is taken. A table is read in the order of its own tree, which is the
// key's or that of insertion, and the same each time the file is read.
func digestText(table string) string {
	if table == schemaTable {
		return "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name <> '" + digestTable + "' ORDER BY type, name"
	}
	return `SELECT * FROM "` + strings.ReplaceAll(table, `"`, `""`) + `" NOT INDEXED`
}

// digestOf reads a table row by row.
func digestOf(ctx context.Context, pool *sql.DB, table string) (digest, error) {
	d, sum := digest{table: table}, sha256.New()
	rows, err := pool.QueryContext(ctx, digestText(table))
	if err != nil {
		return d, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return d, err
	}
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	var row []byte
	for ; rows.Next(); d.rows++ {
		if err := rows.Scan(into...); err != nil {
			return d, err
		}
		row = row[:0]
		for _, cell := range cells {
			if row, err = appendCell(row, cell); err != nil {
				return d, err
			}
		}
		_, _ = sum.Write(row)
	}
	d.sum = hex.EncodeToString(sum.Sum(nil))
	return d, rows.Err()
}

// appendCell writes a value as its type, a number or length, and its bytes: no two rows are written alike.
func appendCell(to []byte, cell any) ([]byte, error) {
	switch v := cell.(type) {
	case nil:
		return append(to, 'n'), nil
	case int64:
		return binary.BigEndian.AppendUint64(append(to, 'i'), uint64(v)), nil
	case float64:
		return binary.BigEndian.AppendUint64(append(to, 'f'), math.Float64bits(v)), nil
	case string:
		return append(binary.BigEndian.AppendUint64(append(to, 't'), uint64(len(v))), v...), nil
	case []byte:
		return append(binary.BigEndian.AppendUint64(append(to, 'b'), uint64(len(v))), v...), nil
	default:
		return nil, fmt.Errorf("store: no column holds a %T", cell)
	}
}

// overDigests is the digest of the digests, kept as the last of them.
func overDigests(digests []digest) digest {
	sum := sha256.New()
	for _, d := range digests {
		_, _ = fmt.Fprintf(sum, "%q %d %s\n", d.table, d.rows, d.sum)
	}
	return digest{digestTable, int64(len(digests)), hex.EncodeToString(sum.Sum(nil))}
}

// checkDigests compares a backup's file, which is named so, with the digests in it.
func checkDigests(ctx context.Context, pool *sql.DB, name string) error {
	digests, err := readDigests(ctx, pool)
	if err != nil {
		return unreadable(ctx, name, err)
	}
	if len(digests) == 0 {
		return damaged(name, "it carries no digests to check it by").Try("restore a file that this version's backup wrote")
	}
	last := len(digests) - 1
	if overDigests(digests[:last]) != digests[last] {
		return changedTable(name, digestTable)
	}
	for _, want := range digests[:last] {
		got, err := digestOf(ctx, pool, want.table)
		if err != nil {
			return unreadable(ctx, name, err)
		}
		if got != want {
			return changedTable(name, want.table)
		}
	}
	return nil
}

// readDigests gives what seal wrote; nothing where there is no such table.
func readDigests(ctx context.Context, pool *sql.DB) ([]digest, error) {
	var tables int
	err := pool.QueryRowContext(ctx, tableCount[SQLite], digestTable).Scan(&tables)
	if err != nil || tables == 0 {
		return nil, err
	}
	rows, err := pool.QueryContext(ctx, "SELECT name, number, sum FROM "+digestTable+" ORDER BY position")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var digests []digest
	for rows.Next() {
		var d digest
		if err := rows.Scan(&d.table, &d.rows, &d.sum); err != nil {
			return nil, err
		}
		digests = append(digests, d)
	}
	return digests, rows.Err()
}

func damaged(name, how string) *errs.Error {
	return errs.New(errs.Invalid, "store.backup_damaged", "the backup is damaged: %s", how).At(name).Try(anotherBackup)
}

// anotherBackup is what remains to be done, when a backup is restored as when it is made.
const anotherBackup = "take another backup"

func changedTable(name, table string) error {
	return damaged(name, "table "+table+" is not as it was written").With("table", table)
}

// unreadable is damage that SQLite reports, unless the reading was only broken off.
func unreadable(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errs.New(errs.Invalid, "store.backup_damaged", "the backup is damaged").At(name).Try(anotherBackup).Because(err)
}
