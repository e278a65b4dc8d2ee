package project

import (
	"context"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Move is what a project was opened with or moved to: the price book and plan, or the zone, of the days from one on.
type Move struct {
	From civil.Date
	At   time.Time // when it was asked for
	Book BookPeriod
	Zone string // IANA name; empty for a move of the book
}

// Moves lists the books and the zones of a project, each by From: the first of each is what it was opened with. Of several
// moves asked for on one day the last counts, and it alone is kept.
func Moves(ctx context.Context, q store.Querier, id ident.ProjectID) (books, zones []Move, err error) {
	rows, err := q.Query(ctx, `SELECT from_day, set_at, book, version, plan FROM project_book WHERE project_id = $1 ORDER BY from_day`, string(id))
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Move
		var from, at int64
		if err := rows.Scan(&from, &at, &m.Book.Book, &m.Book.Version, &m.Book.Plan); err != nil {
			return nil, nil, err
		}
		m.From, m.At = civil.Date(from), time.UnixMicro(at).UTC()
		m.Book.From = m.From
		books = append(books, m)
	}
	if err := rows.Err(); err != nil {
		return nil, nil, err
	}
	zones, err = zoneMoves(ctx, q, id)
	return books, zones, err
}

func zoneMoves(ctx context.Context, q store.Querier, id ident.ProjectID) (zones []Move, err error) {
	rows, err := q.Query(ctx, `SELECT from_day, set_at, zone FROM project_zone WHERE project_id = $1 ORDER BY from_day`, string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m Move
		var from, at int64
		if err := rows.Scan(&from, &at, &m.Zone); err != nil {
			return nil, err
		}
		m.From, m.At = civil.Date(from), time.UnixMicro(at).UTC()
		zones = append(zones, m)
	}
	return zones, rows.Err()
}
