package routing

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Number is a number of a project's and the schemes its calls go by.
type Number struct {
	Number phone.Number `json:"number"`
	Scheme SchemeID     `json:"scheme"`
	Closed SchemeID     `json:"closed,omitempty"` // outside working hours; empty for the project's
}

const objectNumber = "number_scheme"

// SetScheme gives a number of the project's a scheme, and one for outside working hours or none; an empty scheme takes both away.
// Errors: errs.Denied `access.denied`; errs.Invalid `routing.foreign_caller_id` for a number the project does not hold,
// `routing.unknown_reference`; errs.Conflict `routing.not_published`.
func (s *Service) SetScheme(ctx context.Context, tx *store.Tx, p access.Permit, n phone.Number, scheme, closed SchemeID, at time.Time) error {
	if err := may(p, access.Edit, access.Schemes); err != nil {
		return err
	}
	project := p.Org.Project()
	if err := holds(ctx, tx, project, n, "number"); err != nil {
		return err
	}
	before, err := schemesOf(ctx, tx, n)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM routing_number WHERE number = $1`, string(n)); err != nil {
		return err
	}
	after := Number{n, scheme, closed}
	if scheme == "" {
		return note(ctx, tx, p, objectNumber, string(n), "take scheme", before, nil, at)
	}
	for field, id := range map[string]SchemeID{"scheme": scheme, "closed": closed} {
		if id == "" {
			continue
		}
		if _, err := liveScheme(ctx, tx, project, id, field); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `INSERT INTO routing_number (number, project_id, scheme_id, closed_id) VALUES ($1, $2, $3, $4)`, string(n), string(project), string(scheme), string(closed))
	if err != nil {
		return err
	}
	return note(ctx, tx, p, objectNumber, string(n), "give scheme", before, after, at)
}

// schemesOf reads what a number has; the zero schemes where it has none.
func schemesOf(ctx context.Context, q store.Querier, n phone.Number) (Number, error) {
	of := Number{Number: n}
	err := q.QueryRow(ctx, `SELECT scheme_id, closed_id FROM routing_number WHERE number = $1`, string(n)).Scan(&of.Scheme, &of.Closed)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return of, err
}

// Numbers lists the numbers of a project that have a scheme.
func Numbers(ctx context.Context, q store.Querier, project ident.ProjectID) (list []Number, err error) {
	return list, store.EachRow(ctx, q, `SELECT number, scheme_id, closed_id FROM routing_number WHERE project_id = $1 ORDER BY number`,
		[]any{string(project)}, func(rows *sql.Rows) error {
			var n Number
			err := rows.Scan(&n.Number, &n.Scheme, &n.Closed)
			list = append(list, n)
			return err
		})
}
