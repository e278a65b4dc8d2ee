package tracking

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/store"
)

// Call is a call to a tracking number, as it comes in.
type Call struct {
	ID      string // of the call log
	Project ident.ProjectID
	Number  phone.Number // dialled
	Caller  phone.Number // empty where withheld
	At      time.Time
	Cycle   time.Duration // the project's sales cycle: a caller who called within it before repeats (Rule C-92); 0: however long ago
}

// How a call's source is known.
const (
	ByVisit   = "dynamic" // the number was leased to visits
	BySign    = "static"  // it stands for a source
	ByOffline = "offline" // it stands on paper
	Unknown   = "unknown"
)

// Behind is what stands behind a call (Rule C-90).
type Behind struct {
	Kind    string // one of the words above
	Visit   VisitID
	Chance  float64 // of that visit, 0 to 1
	Sign    *Sign
	Source  string       // "google / cpc / spring"; may be known where the visit is not; empty where unknown
	Receipt pool.Receipt // why; empty for a number that stands for a source
	Earlier int64        // calls of the caller within the sales cycle before
}

// Unique reports whether it is the caller's first call within the cycle.
func (b Behind) Unique() bool { return b.Earlier == 0 }

// Qualified reports whether a call is worth its source's while: the caller's first within the cycle, and talked for so long (Rule C-92).
func (b Behind) Qualified(talked, least time.Duration) bool { return b.Unique() && talked >= least }

// Behind says which visit a call came from and stores the receipt of it (Rules C-90, C-91). Asked again about a call it answers what it answered. A number
// that is no tracking number of the project's is Unknown without a receipt. Errors: those of the store.
func (c *Collector) Behind(ctx context.Context, call Call) (Behind, error) {
	known, found, err := Receipt(ctx, c.events, call.Project, call.ID)
	if err != nil || found {
		return known, err
	}
	use, err := useOf(ctx, c.setups.core, call.Project, call.Number)
	if err != nil {
		return Behind{}, err
	}
	b := Behind{Kind: Unknown}
	switch {
	case use.Sign != nil:
		b.Kind, b.Sign, b.Source = BySign, use.Sign, join(use.Sign.Source, use.Sign.Medium, use.Sign.Campaign)
		if use.Sign.Offline {
			b.Kind = ByOffline
		}
	case use.Number != "" && use.Since.IsZero():
		return b, nil
	default:
		if err := c.score(ctx, call, &b); err != nil {
			return Behind{}, err
		}
	}
	return b, c.events.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if b.Earlier, err = earlier(ctx, tx, call); err != nil {
			return err
		}
		return c.keep(ctx, tx, call, b, call.At)
	})
}

// score weighs the visits that saw the number.
func (c *Collector) score(ctx context.Context, call Call, b *Behind) error {
	candidates, err := holders(ctx, c.events, call)
	if err != nil {
		return err
	}
	area, _ := call.Caller.Area()
	b.Receipt = pool.Score(pool.Call{At: call.At, Region: area}, candidates, pool.DefaultWeights())
	b.Source = b.Receipt.Source
	if b.Visit, _ = visitOf(b.Receipt.Visit); b.Visit != 0 {
		b.Kind = ByVisit
	}
	for _, candidate := range b.Receipt.Candidates {
		if candidate.Visit == b.Receipt.Visit && b.Receipt.Visit != "" {
			b.Chance = candidate.Probability
		}
	}
	return nil
}

// mostHolders bounds the visits that are looked at: of a number that more than so many saw within a day, nobody can tell whose call it is.
const mostHolders = 1000

// holders are the visits that were shown a number within a window before a call.
func holders(ctx context.Context, q store.Querier, call Call) (candidates []pool.Candidate, err error) {
	const columns = `SELECT l.visit_id, a.last_at, a.left_at, a.contacts, a.phone, a.taps, v.source, v.medium, v.campaign, v.region,
		COALESCE((SELECT p.phone FROM tracking_visitor AS p WHERE p.project_id = v.project_id AND p.visitor_id = v.visitor_id), '')`
	return candidates, store.EachRow(ctx, q, columns+` FROM tracking_lease AS l
		JOIN tracking_activity AS a ON a.project_id = l.project_id AND a.visit_id = l.visit_id JOIN tracking_visit AS v ON v.project_id = l.project_id AND v.visit_id = l.visit_id
		WHERE l.project_id = $1 AND l.number = $2 AND l.lease_id > $3 AND l.lease_id < $4 ORDER BY l.lease_id DESC LIMIT $5`,
		[]any{string(call.Project), string(call.Number), earliest(call.At.Add(-pool.Window)), earliest(call.At.Add(time.Microsecond)), mostHolders}, func(rows *sql.Rows) error {
			var id VisitID
			var last, left, taps int64
			var source, medium, campaign, region, typed, known string
			var facts pool.Facts
			if err := rows.Scan(&id, &last, &left, &facts.Contact, &typed, &taps, &source, &medium, &campaign, &region, &known); err != nil {
				return err
			}
			facts.Online = left == 0 && call.At.Sub(instant(last)) <= Online
			facts.TelClick = taps > 0
			facts.KnownPhone = call.Caller != "" && (typed == string(call.Caller) || known == string(call.Caller))
			candidates = append(candidates, pool.Candidate{
				Visit: id.String(), Source: join(source, medium, campaign), From: id.begun(), Region: Place{Region: region}.area(), Facts: facts,
			})
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

// earlier counts the caller's calls within the cycle before.
func earlier(ctx context.Context, q store.Querier, call Call) (n int64, err error) {
	if call.Caller == "" {
		return 0, nil
	}
	since := int64(math.MinInt64)
	if call.Cycle > 0 {
		since = call.At.Add(-call.Cycle).UnixMicro()
	}
	err = q.QueryRow(ctx, `SELECT COUNT(DISTINCT call_id) FROM tracking_receipt WHERE project_id = $1 AND caller = $2 AND at >= $3 AND at < $4`,
		string(call.Project), string(call.Caller), since, call.At.UnixMicro()).Scan(&n)
	return n, err
}

// millionth is how a chance is stored.
const millionth = 1e6

// kept is what a receipt's row has besides its columns.
type kept struct {
	Source  string       `json:"source"`
	Sign    *Sign        `json:"sign,omitempty"`
	Earlier int64        `json:"earlier"`
	Receipt pool.Receipt `json:"receipt,omitzero"`
}

// keep stores a receipt that was made at made: the last that was made counts.
func (c *Collector) keep(ctx context.Context, tx *store.Tx, call Call, b Behind, made time.Time) error {
	body, err := json.Marshal(kept{b.Source, b.Sign, b.Earlier, b.Receipt})
	if err != nil {
		return err
	}
	return tx.Insert(ctx, "tracking_receipt", []string{"project_id", "call_id", "receipt_id", "number", "caller", "at", "visit_id", "kind", "chance", "body"}, [][]any{{
		string(call.Project), call.ID, c.ids.Next(made), string(call.Number), string(call.Caller), call.At.UnixMicro(), int64(b.Visit), b.Kind,
		int64(math.Round(b.Chance * millionth)), string(body),
	}})
}

// Receipt reads the latest receipt of a call.
func Receipt(ctx context.Context, q store.Querier, project ident.ProjectID, callID string) (b Behind, found bool, err error) {
	var chance int64
	var body string
	err = q.QueryRow(ctx, `SELECT visit_id, kind, chance, body FROM tracking_receipt WHERE project_id = $1 AND call_id = $2 ORDER BY receipt_id DESC LIMIT 1`,
		string(project), callID).Scan(&b.Visit, &b.Kind, &chance, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return Behind{}, false, nil
	}
	if err != nil {
		return Behind{}, false, err
	}
	var k kept
	err = json.Unmarshal([]byte(body), &k)
	b.Chance, b.Source, b.Sign, b.Earlier, b.Receipt = float64(chance)/millionth, k.Source, k.Sign, k.Earlier, k.Receipt
	return b, true, err
}
