package project

import (
	"context"
	"database/sql"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// BookUse is how many projects were ever on a version of a book.
type BookUse struct {
	Book, Version string
	Projects      int64
}

// BookUses counts the projects of every version that some project is, was or will be on.
func BookUses(ctx context.Context, q store.Querier) (uses []BookUse, err error) {
	return uses, store.EachRow(ctx, q, `SELECT book, version, COUNT(DISTINCT project_id) FROM project_book GROUP BY book, version ORDER BY book, version`, nil,
		func(rows *sql.Rows) error {
			var u BookUse
			err := rows.Scan(&u.Book, &u.Version, &u.Projects)
			uses = append(uses, u)
			return err
		})
}

// OnBook names the projects whose days are, or from the next one on will be, charged by a version of a book, in the order of names.
func OnBook(ctx context.Context, q store.Querier, book string) ([]ident.ProjectID, error) {
	return ids(ctx, q, `SELECT project_id FROM project_book AS b WHERE book = $1 AND
		from_day = (SELECT MAX(from_day) FROM project_book WHERE project_id = b.project_id) ORDER BY project_id`, book)
}
