package support

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Saved is a text that the operator's side answers with again and again.
type Saved struct {
	ID     string
	Title  string // one line
	Body   string
	MadeBy account.UserID
	MadeAt time.Time
}

// ListSaved gives the saved answers in the order of their titles.
func (d Desk) ListSaved(ctx context.Context, q store.Querier) ([]Saved, error) {
	var list []Saved
	return list, store.EachRow(ctx, q, `SELECT saved_id, title, body, made_by, made_at FROM support_saved ORDER BY title, saved_id`, nil, func(rows *sql.Rows) error {
		s, err := scanSaved(rows)
		list = append(list, s)
		return err
	})
}

func scanSaved(row interface{ Scan(...any) error }) (Saved, error) {
	var s Saved
	var at int64
	err := row.Scan(&s.ID, &s.Title, &s.Body, &s.MadeBy, &at)
	s.MadeAt = instant(at)
	return s, err
}

// GetSaved reads one; errs.NotFound `support.no_saved`.
func (d Desk) GetSaved(ctx context.Context, q store.Querier, id string) (Saved, error) {
	s, err := scanSaved(q.QueryRow(ctx, `SELECT saved_id, title, body, made_by, made_at FROM support_saved WHERE saved_id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Saved{}, errs.New(errs.NotFound, "support.no_saved", "there is no such saved answer").At("saved")
	}
	return s, err
}

// Keep saves an answer under a title. Errors: errs.Denied `access.denied`; errs.Invalid `support.bad_title`,
// `support.empty`, `support.too_long`.
func (d Desk) Keep(ctx context.Context, tx *store.Tx, title, body string, at time.Time) (Saved, error) {
	if d.mayEdit != nil {
		return Saved{}, d.mayEdit
	}
	title = strings.Join(strings.Fields(visible(title)), " ")
	if n := utf8.RuneCountInString(title); n == 0 || n > longestTitle {
		return Saved{}, errs.New(errs.Invalid, "support.bad_title", "a saved answer needs a title of up to %d characters", longestTitle).
			At("title").With("Longest", longestTitle)
	}
	body, err := cleanBody(body)
	if err != nil {
		return Saved{}, err
	}
	s := Saved{ID: rand.Text(), Title: title, Body: body, MadeBy: d.person, MadeAt: at}
	err = tx.Insert(ctx, "support_saved", []string{"saved_id", "title", "body", "made_by", "made_at"}, [][]any{{s.ID, s.Title, s.Body, string(s.MadeBy), at.UnixMicro()}})
	if err != nil {
		return Saved{}, err
	}
	return s, d.recordSaved(ctx, tx, "keep", nil, s, at)
}

// Drop takes a saved answer away; errs.NotFound `support.no_saved`, errs.Denied `access.denied`.
func (d Desk) Drop(ctx context.Context, tx *store.Tx, id string, at time.Time) (Saved, error) {
	if d.mayEdit != nil {
		return Saved{}, d.mayEdit
	}
	s, err := d.GetSaved(ctx, tx, id)
	if err != nil {
		return Saved{}, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM support_saved WHERE saved_id = $1`, id); err != nil {
		return Saved{}, err
	}
	return s, d.recordSaved(ctx, tx, "drop", s, nil, at)
}

func (d Desk) recordSaved(ctx context.Context, tx *store.Tx, action string, before, after any, at time.Time) error {
	id := ""
	for _, state := range []any{before, after} {
		if s, ok := state.(Saved); ok {
			id = s.ID
		}
	}
	return audit.Write(ctx, tx, d.by, at, audit.Change{
		Org: ident.Operator, Object: access.Chat.String() + "_answer", ObjectID: id, Action: action, Before: before, After: after,
	})
}
