package tracking

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// holder is a visit that was shown the number of a call, with what is known of it.
type holder struct {
	pool.Candidate
	visitor string
	pool    PoolID
	lease   int64 // the latest; of a number that is leased to nobody, the visit's id
	silent  bool  // it was not heard of after its first hit
}

// mostHolders bounds the visits that are looked at, of those that were heard of again and of the others: of a number that more than so many saw within a
// day, nobody can tell whose call it is.
const mostHolders = 1000

// What is read of a holder; a lease, its visit's activity and the visit are l, a and v.
const holderColumns = `SELECT l.visit_id, l.lease_id, l.pool_id, a.last_at, a.left_at, a.hits <= 1, a.contacts, a.phone, a.taps, v.source, v.medium, v.campaign, v.country, v.region, v.visitor_id,
	COALESCE((SELECT p.phone FROM tracking_visitor AS p WHERE p.project_id = v.project_id AND p.visitor_id = v.visitor_id), '')`

// holders are the visits that were shown a number within a window before a call, the latest first, each once. A number that is leased to nobody,
// as that of an overflow, has those that see it in place of one of their own (Rule C-05).
func holders(ctx context.Context, q store.Querier, call Call, overflow PoolID) ([]holder, error) {
	since, until := earliest(call.At.Add(-pool.Window)), earliest(call.At.Add(time.Microsecond))
	var all []holder
	for _, heard := range []string{"a.hits > 1", "a.hits <= 1"} {
		some, err := readHolders(ctx, q, call, holderColumns+` FROM tracking_lease AS l
			JOIN tracking_activity AS a ON a.project_id = l.project_id AND a.visit_id = l.visit_id JOIN tracking_visit AS v ON v.project_id = l.project_id AND v.visit_id = l.visit_id
			WHERE l.project_id = $1 AND l.number = $2 AND l.lease_id > $3 AND l.lease_id < $4 AND `+heard+` ORDER BY l.lease_id DESC LIMIT $5`,
			string(call.Project), string(call.Number), since, until, mostHolders)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, func(a, b holder) int { return cmp.Compare(b.lease, a.lease) })
	if len(all) > 0 || overflow == "" {
		return all, nil
	}
	return readHolders(ctx, q, call, holderColumns+` FROM (SELECT project_id, visit_id, visit_id AS lease_id, $1 AS pool_id FROM tracking_activity WHERE project_id = $2 AND visit_id > $3 AND visit_id < $4
		AND (numbers LIKE $5 OR numbers LIKE $6)) AS l JOIN tracking_activity AS a ON a.project_id = l.project_id AND a.visit_id = l.visit_id
		JOIN tracking_visit AS v ON v.project_id = l.project_id AND v.visit_id = l.visit_id ORDER BY l.visit_id DESC LIMIT $7`,
		string(overflow), string(call.Project), since, until, "% "+string(call.Number)+" "+string(pool.Overflowed)+" %", "% "+string(call.Number)+" "+howSpare+" %", mostHolders)
}

func readHolders(ctx context.Context, q store.Querier, call Call, query string, args ...any) (all []holder, err error) {
	from := regionOf(call.Caller)
	return all, store.EachRow(ctx, q, query, args, func(rows *sql.Rows) error {
		var id VisitID
		var last, left, taps int64
		var source, medium, campaign, typed, known string
		var place Place
		var h holder
		if err := rows.Scan(&id, &h.lease, &h.pool, &last, &left, &h.silent, &h.Contact, &typed, &taps, &source, &medium, &campaign, &place.Country, &place.Region, &h.visitor, &known); err != nil {
			return err
		}
		h.Visit, h.Source, h.From, h.Region = id.String(), join(source, medium, campaign), id.begun(), place.beside(from)
		h.Online = left == 0 && call.At.Sub(instant(last)) <= Online
		h.TelClick = taps > 0
		h.KnownPhone = call.Caller != "" && (typed == string(call.Caller) || known == string(call.Caller))
		if !slices.ContainsFunc(all, func(other holder) bool { return other.Visit == h.Visit }) {
			all = append(all, h)
		}
		return nil
	})
}

// join names a source as reports do: "google / cpc / spring".
func join(words ...string) string {
	for len(words) > 0 && words[len(words)-1] == "" {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " / ")
}
