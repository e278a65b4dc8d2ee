package store

import (
	"context"
	"slices"
	"strings"
)

// table is one table of the schema, as copying needs it.
type table struct {
	name    string
	columns []string
	parents []string // tables its foreign keys refer to
}

// ownTables are the store's: each database makes its own.
var ownTables = []string{"schema_migration", "store_heartbeat"}

// tables gives the tables of a SQLite database but the store's own, those that are referred to first.
func (db *DB) tables(ctx context.Context) ([]table, error) {
	rows, err := db.Query(ctx, `SELECT m.name, (SELECT group_concat(c.name) FROM pragma_table_info(m.name) AS c),
			COALESCE((SELECT group_concat(f."table") FROM pragma_foreign_key_list(m.name) AS f), '')
		FROM sqlite_schema AS m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var tables []table
	for rows.Next() {
		var t table
		var columns, parents string
		if err := rows.Scan(&t.name, &columns, &parents); err != nil {
			return nil, err
		}
		t.columns = strings.Split(columns, ",")
		t.parents = strings.Split(parents, ",")
		if !slices.Contains(ownTables, t.name) {
			tables = append(tables, t)
		}
	}
	return parentsFirst(tables), rows.Err()
}

// parentsFirst orders tables so that each comes after those it refers to.
func parentsFirst(tables []table) []table {
	ordered := make([]table, 0, len(tables))
	placed := map[string]bool{}
	var place func(t table)
	place = func(t table) {
		if placed[t.name] {
			return
		}
		placed[t.name] = true
		for _, parent := range tables {
			if slices.Contains(t.parents, parent.name) {
				place(parent)
			}
		}
		ordered = append(ordered, t)
	}
	for _, t := range tables {
		place(t)
	}
	return ordered
}

// copyTables copies the rows of tables in one transaction of the target: all or nothing.
func copyTables(ctx context.Context, tables []table, from Querier, to *DB) error {
	return to.Write(ctx, func(writer context.Context, tx *Tx) error {
		for _, t := range tables {
			if err := t.copy(ctx, from, writer, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// copyPage bounds the rows of a table held in memory.
const copyPage = 1024

// copy reads under the caller's context and writes under the writer's.
func (t table) copy(ctx context.Context, from Querier, writer context.Context, tx *Tx) error {
	rows, err := from.Query(ctx, "SELECT "+strings.Join(t.columns, ",")+" FROM "+t.name)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var page [][]any
	for rows.Next() {
		row := make([]any, len(t.columns))
		into := make([]any, len(t.columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if page = append(page, row); len(page) == copyPage {
			if err := tx.Insert(writer, t.name, t.columns, page); err != nil {
				return err
			}
			page = page[:0]
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return tx.Insert(writer, t.name, t.columns, page)
}
