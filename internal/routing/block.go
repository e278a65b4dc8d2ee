package routing

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Blocked is a rule of the block list.
type Blocked struct {
	Pattern string    `json:"pattern"` // "+380671234567", the beginning "+38067*", or Withheld
	Note    string    `json:"note,omitempty"`
	MadeAt  time.Time `json:"made_at"`
	MadeBy  string    `json:"made_by"`
}

// Withheld is the pattern of callers who hide their number.
const Withheld = "withheld"

const (
	mostBlocked   = 10_000
	shortestBlock = 2 // digits of a beginning: one would be half the world
	objectBlocked = "block_list"
)

// Block refuses callers from now on (Rule T-49): a number in any form of the project's country, a beginning that ends in "*",
// or Withheld. What is there already gets the new note. Errors: errs.Denied `access.denied`; errs.Invalid `routing.bad_pattern`,
// `routing.bad_name`; errs.Conflict `routing.too_many`.
func (s *Service) Block(ctx context.Context, tx *store.Tx, p access.Permit, text, why string, at time.Time) (Blocked, error) {
	if err := may(p, access.Edit, access.Schemes); err != nil {
		return Blocked{}, err
	}
	home, err := project.Get(ctx, tx, p.Org.Project())
	if err != nil {
		return Blocked{}, err
	}
	pattern, err := readPattern(text, home.Country)
	if err != nil {
		return Blocked{}, err
	}
	if why = strings.TrimSpace(why); why != "" {
		if err := checkName(why); err != nil {
			return Blocked{}, err
		}
	}
	all, err := BlockList(ctx, tx, p.Org.Project())
	if err != nil {
		return Blocked{}, err
	}
	if len(all) >= mostBlocked {
		return Blocked{}, errs.New(errs.Conflict, "routing.too_many", "the block list has at most %d rows", mostBlocked).Try("write beginnings such as +38067*")
	}
	made := Blocked{pattern, why, at, p.Actor().Name()}
	_, err = tx.Exec(ctx, `INSERT INTO routing_blocked (project_id, pattern, note, made_at, made_by) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (project_id, pattern) DO UPDATE SET note = excluded.note`, p.Org.ID, pattern, why, at.UnixMicro(), made.MadeBy)
	if err != nil {
		return Blocked{}, err
	}
	return made, note(ctx, tx, p, objectBlocked, pattern, "block", nil, made, at)
}

// Unblock lets callers through again. Errors: errs.Denied `access.denied`, errs.NotFound `routing.not_blocked`.
func (s *Service) Unblock(ctx context.Context, tx *store.Tx, p access.Permit, pattern string, at time.Time) error {
	if err := may(p, access.Edit, access.Schemes); err != nil {
		return err
	}
	all, err := BlockList(ctx, tx, p.Org.Project())
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.Pattern == pattern {
			if _, err := tx.Exec(ctx, `DELETE FROM routing_blocked WHERE project_id = $1 AND pattern = $2`, p.Org.ID, pattern); err != nil {
				return err
			}
			return note(ctx, tx, p, objectBlocked, pattern, "unblock", b, nil, at)
		}
	}
	return errs.New(errs.NotFound, "routing.not_blocked", "%.40q is not in the block list", pattern).At("pattern")
}

func readPattern(text, country string) (string, error) {
	text = phone.Compact(strings.TrimSpace(text))
	if text == Withheld {
		return Withheld, nil
	}
	if digits, ok := strings.CutSuffix(text, "*"); ok {
		digits = strings.TrimPrefix(digits, "+")
		if len(digits) >= shortestBlock && len(digits) <= 15 && strings.Trim(digits, "0123456789") == "" {
			return "+" + digits + "*", nil
		}
		return "", badPattern(text)
	}
	n, err := phone.Parse(text, country)
	if err != nil {
		return "", badPattern(text)
	}
	return string(n), nil
}

func badPattern(text string) error {
	return errs.New(errs.Invalid, "routing.bad_pattern", "%.40q is neither a number nor a beginning", text).At("pattern").
		Try("write a number such as +380671234567, its beginning such as +38067*, or choose withheld numbers")
}

// BlockList lists the rules of a project.
func BlockList(ctx context.Context, q store.Querier, project ident.ProjectID) (list []Blocked, err error) {
	return list, store.EachRow(ctx, q, `SELECT pattern, note, made_at, made_by FROM routing_blocked WHERE project_id = $1 ORDER BY pattern`,
		[]any{string(project)}, func(rows *sql.Rows) error {
			var b Blocked
			var at int64
			err := rows.Scan(&b.Pattern, &b.Note, &at, &b.MadeBy)
			b.MadeAt = time.UnixMicro(at).UTC()
			list = append(list, b)
			return err
		})
}

// IsBlocked gives the rule that refuses a caller, or nothing; an empty caller withholds the number. It asks for the few rows that
// could match, however long the list.
func IsBlocked(ctx context.Context, q store.Querier, project ident.ProjectID, caller phone.Number) (pattern string, err error) {
	candidates := []any{string(project), Withheld}
	if caller != "" {
		digits := caller.Digits()
		candidates = []any{string(project), string(caller)}
		for n := shortestBlock; n <= min(len(digits), 15); n++ {
			candidates = append(candidates, "+"+digits[:n]+"*")
		}
	}
	return pattern, store.EachRow(ctx, q, `SELECT pattern FROM routing_blocked WHERE project_id = $1 AND pattern IN (`+store.List(2, len(candidates)-1)+`) ORDER BY LENGTH(pattern)`,
		candidates, func(rows *sql.Rows) error { return rows.Scan(&pattern) })
}
