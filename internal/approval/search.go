package approval

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/store"
)

// mostSearched is among how many of the newest requests a word is looked for in ids and reasons; whole ids and amounts are found however
// old, by an index.
const mostSearched = 10_000

// Search gives up to limit requests, newest first, that have what somebody typed: their own id; the id of the payment or adjustment, or
// a part of it; the amount, of either sign; a part of the reason. amount is nil where what was typed is none.
func Search(ctx context.Context, q store.Querier, words string, amount *money.Micro, limit int, now time.Time) ([]Request, error) {
	var found []Request
	take := func(text string, fits func(Request) bool, args ...any) error {
		return store.EachRow(ctx, q, `SELECT `+columns+` FROM approval_request `+text, args, func(rows *sql.Rows) error {
			r, err := scan(rows.Scan, now)
			if err == nil && fits(r) {
				found = append(found, r)
			}
			return err
		})
	}
	all := func(Request) bool { return true }
	if err := take(`WHERE ref = $1 ORDER BY id DESC LIMIT $2`, all, words, limit); err != nil {
		return nil, err
	}
	if id, err := ParseID(words); err == nil {
		if err := take(`WHERE id = $1`, all, int64(id)); err != nil {
			return nil, err
		}
	}
	if amount != nil {
		if err := take(`WHERE amount = $1 OR amount = $2 ORDER BY id DESC LIMIT $3`, all, int64(*amount), int64(-*amount), limit); err != nil {
			return nil, err
		}
	}
	words = strings.ToLower(words)
	has := func(r Request) bool {
		return strings.Contains(strings.ToLower(r.Ref), words) || strings.Contains(strings.ToLower(r.Reason), words)
	}
	if err := take(`ORDER BY id DESC LIMIT $1`, has, mostSearched); err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b Request) int { return cmp.Compare(b.ID, a.ID) })
	found = slices.CompactFunc(found, func(a, b Request) bool { return a.ID == b.ID })
	return found[:min(len(found), limit)], nil
}
