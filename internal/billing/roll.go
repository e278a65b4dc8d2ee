package billing

import (
	"context"
	"database/sql"

	"bellwether/internal/civil"
	"bellwether/internal/errs/kept"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Place is where a project of a list of all stands.
type Place struct {
	State   State
	NextDay civil.Date // the first that is not closed
	Parked  kept.Error // why closing has stopped; empty where it has not
}

// Places reads where every project stands, in one query.
func Places(ctx context.Context, q store.Querier) (map[ident.ProjectID]Place, error) {
	all := placesByProject{}
	return all, store.EachRow(ctx, q, placesQuery, nil, all.read)
}

// PlacesOf reads where some projects stand.
func PlacesOf(ctx context.Context, q store.Querier, projects []ident.ProjectID) (map[ident.ProjectID]Place, error) {
	found := placesByProject{}
	return found, store.EachKey(ctx, q, placesQuery+` WHERE project_id IN (keys)`, projects, found.read)
}

const placesQuery = `SELECT project_id, state, next_day, parked FROM billing_project`

type placesByProject map[ident.ProjectID]Place

func (m placesByProject) read(rows *sql.Rows) error {
	var id ident.ProjectID
	var p Place
	err := rows.Scan(&id, &p.State, &p.NextDay, &p.Parked)
	m[id] = p
	return err
}
