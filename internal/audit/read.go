package audit

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Filter picks entries: each field that is set must match.
type Filter struct {
	Org      *ident.Org // nil for every organisation, which only the operator may see; of none: people's own matters
	ID       int64      // one entry
	User     string
	Key      string
	Object   string
	ObjectID string
	Action   string
	Request  string    // the request's id
	From     time.Time // not before
	Until    time.Time // before
}

// List gives up to limit entries, newest first, before the entry of an id (from the newest where before is 0).
func List(ctx context.Context, q store.Querier, f Filter, before int64, limit int) ([]Entry, error) {
	where, args := f.where(before)
	args = append(args, limit)
	rows, err := q.Query(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM audit_entry`+where+` ORDER BY at DESC, id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var entries []Entry
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// where writes the filter as SQL.
func (f Filter) where(before int64) (text string, args []any) {
	var terms []string
	add := func(term string, value any) {
		args = append(args, value)
		terms = append(terms, term+" $"+strconv.Itoa(len(args)))
	}
	if f.Org != nil {
		add("org =", f.Org.String())
	}
	if f.ID != 0 {
		add("id =", f.ID)
	}
	for _, equal := range [][2]string{{"user_id", f.User}, {"key_id", f.Key}, {"object", f.Object}, {"object_id", f.ObjectID}, {"action", f.Action}, {"request_id", f.Request}} {
		if equal[1] != "" {
			add(equal[0]+" =", equal[1])
		}
	}
	if !f.From.IsZero() {
		add("at >=", f.From.UnixMicro())
	}
	if !f.Until.IsZero() {
		add("at <", f.Until.UnixMicro())
	}
	if before != 0 {
		args = append(args, before)
		n := "$" + strconv.Itoa(len(args))
		terms = append(terms, "(at, id) < ((SELECT at FROM audit_entry WHERE id = "+n+"), "+n+")")
	}
	if len(terms) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

func scan(row interface{ Scan(...any) error }) (Entry, error) {
	var e Entry
	var at int64
	var org, before, after string
	err := row.Scan(&org, &e.ID, &at, &e.Actor.User, &e.Actor.Key, &e.Actor.ViewingAs, &e.Actor.Part, &e.Actor.Address, &e.Actor.Agent,
		&e.Actor.Request, &e.Action, &e.Object, &e.ObjectID, &before, &after)
	e.At, e.Before, e.After = time.UnixMicro(at).UTC(), json.RawMessage(before), json.RawMessage(after)
	kind, id, _ := strings.Cut(org, ":")
	e.Org = ident.Org{Kind: ident.OrgKind(kind), ID: id}
	return e, err
}
