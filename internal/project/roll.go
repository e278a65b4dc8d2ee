package project

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Line is a project in a list of all.
type Line struct {
	ID       ident.ProjectID
	Name     string
	Country  string
	Currency money.Currency
	Agency   string // empty for a direct customer
	OpenedAt time.Time
	Book     string // of its newest period, which may begin tomorrow
	Version  string
	Plan     string
}

// Roll lists all projects in the order of names, of an agency's where that is not empty. It is one query.
func Roll(ctx context.Context, q store.Querier, agency string) (lines []Line, err error) {
	return readLines(ctx, q, `WHERE $1 = '' OR p.agency = $1 ORDER BY p.project_id`, agency)
}

// GetLine reads the line of one project; errs.NotFound as NotFound.
func GetLine(ctx context.Context, q store.Querier, id ident.ProjectID) (Line, error) {
	lines, err := readLines(ctx, q, `WHERE p.project_id = $1`, string(id))
	if err != nil {
		return Line{}, err
	}
	if len(lines) == 0 {
		return Line{}, NotFound(id)
	}
	return lines[0], nil
}

func readLines(ctx context.Context, q store.Querier, where string, args ...any) (lines []Line, err error) {
	return lines, store.EachRow(ctx, q, `SELECT p.project_id, p.name, p.country, p.currency, p.agency, p.opened_at, b.book, b.version, b.plan
		FROM project AS p JOIN project_book AS b ON b.project_id = p.project_id
			AND b.from_day = (SELECT MAX(from_day) FROM project_book WHERE project_id = p.project_id)
		`+where, args, func(rows *sql.Rows) error {
		var l Line
		var opened int64
		err := rows.Scan(&l.ID, &l.Name, &l.Country, &l.Currency, &l.Agency, &opened, &l.Book, &l.Version, &l.Plan)
		l.OpenedAt = time.UnixMicro(opened).UTC()
		lines = append(lines, l)
		return err
	})
}

// Edition tells whether what Roll gives is still the same: it changes with every project that is opened or changed.
func Edition(ctx context.Context, q store.Querier) (edition string, err error) {
	var count, sum int64
	err = q.QueryRow(ctx, `SELECT COUNT(*), CAST(COALESCE(SUM(revision % 1000000007), 0) AS BIGINT) FROM project`).Scan(&count, &sum)
	return fmt.Sprint(count, "/", sum), err
}
