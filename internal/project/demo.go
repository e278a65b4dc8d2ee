package project

import (
	"context"
	"database/sql"
	"errors"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Demo says whether a project is one.
type Demo struct {
	Marked   bool // it was opened as a demo, so it may be removed
	Complete bool // its story was lived through to the end
}

// MarkDemo says of a project, in the transaction that opens it, that it is a demo. Nothing marks one later: a customer's project
// never becomes a demo, whatever it is called.
func MarkDemo(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	if err := tx.May(ident.ProjectOrg(id), forProjects...); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "INSERT INTO project_demo (project_id, complete) VALUES ($1, 0)", string(id))
	return err
}

// CompleteDemo says that the story of a demo was lived through to the end.
func CompleteDemo(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	if err := tx.May(ident.ProjectOrg(id), forProjects...); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE project_demo SET complete = 1 WHERE project_id = $1", string(id))
	return err
}

// UnlivedDemos are the demos whose story is being lived through, or broke off: until it is complete only the story lets time pass.
func UnlivedDemos(ctx context.Context, q store.Querier) (ids []ident.ProjectID, err error) {
	return ids, store.EachRow(ctx, q, "SELECT project_id FROM project_demo WHERE complete = 0", nil, func(rows *sql.Rows) error {
		var id ident.ProjectID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
}

// GetDemo gives the zero Demo for a project that is none, and where there is no project.
func GetDemo(ctx context.Context, q store.Querier, id ident.ProjectID) (Demo, error) {
	var complete int64
	err := q.QueryRow(ctx, "SELECT complete FROM project_demo WHERE project_id = $1", string(id)).Scan(&complete)
	if errors.Is(err, sql.ErrNoRows) {
		return Demo{}, nil
	}
	return Demo{Marked: err == nil, Complete: complete == 1}, err
}
