package call

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/store"
)

// Origin is where a call came from: the visit behind it, as call tracking found it, or the source that the dialled number stands
// for. The zero value is an origin that nobody knows (Rule T-114).
type Origin struct {
	Receipt   string    // which candidates there were and why this one, by its id at call tracking; empty where the number alone tells the source
	Visit     string    // empty where the number tells no more than a source
	Visitor   string    //
	Certainty int64     // that the visit is the one, in ten thousand; 10,000 where the number alone tells the source
	Pool      string    // by which the number was shown; empty for a static number
	Channel   string    // the channel group
	Source    string    // who sent the visitor: google, newsletter
	Medium    string    // how: cpc, organic
	Campaign  string    //
	Term      string    // the keyword
	Content   string    // which advert
	Click     string    // the advert's click id with its name: gclid=...
	Landing   string    // the page on which the visit began
	Referrer  string    //
	Page      string    // the last one before the call
	Device    string    //
	Language  string    //
	Region    string    //
	IP        string    // truncated
	ClientID  string    // of the site's own analytics
	Promo     string    // the code that the caller gave
	Custom    string    // what the site says of the visitor, by name: city=Kyiv, vip=true
	FoundAt   time.Time //
}

// Known reports whether anything is known of where the call came from.
func (o Origin) Known() bool { return o.Source != "" || o.Channel != "" || o.Visit != "" }

// Tracked reports whether the dialled number is one of call tracking's, whoever called it: then it may be known from which pool it was shown, and
// not to whom.
func (o Origin) Tracked() bool { return o.Known() || o.Pool != "" || o.Receipt != "" }

var originColumns = []string{
	"project_id", "call_id", "receipt", "visit", "visitor", "certainty", "pool", "channel", "source", "medium", "campaign", "term", "content", "click",
	"landing", "referrer", "page", "device", "language", "region", "ip", "client_id", "promo", "custom", "found_at",
}

// What is found later replaces what was found before.
var mergeOrigin = store.NewMerge("call_origin", originColumns, 2, func() (changes []string) {
	for _, column := range originColumns[2:] {
		changes = append(changes, column+" = excluded."+column)
	}
	return changes
}()...)

// texts are the parts of an origin that are text, in the order of their columns.
func (o *Origin) texts() []*string {
	return []*string{
		&o.Receipt, &o.Visit, &o.Visitor, &o.Pool, &o.Channel, &o.Source, &o.Medium, &o.Campaign, &o.Term, &o.Content, &o.Click,
		&o.Landing, &o.Referrer, &o.Page, &o.Device, &o.Language, &o.Region, &o.IP, &o.ClientID, &o.Promo, &o.Custom,
	}
}

// originTexts are the columns of texts.
var originTexts = func() (names []string) {
	for _, column := range originColumns[2 : len(originColumns)-1] {
		if column != "certainty" {
			names = append(names, column)
		}
	}
	return names
}()

// Attribute notes where a call came from, in place of what was noted before (Rule T-114): while it rings, or when it is scored
// again. Texts of the network are made readable and cut. Errors: errs.NotFound `call.not_found`.
func Attribute(ctx context.Context, tx *store.Tx, ref Ref, o Origin) error {
	c, err := lock(ctx, tx, ref.Project, ref.ID)
	if err != nil {
		return err
	}
	return c.attribute(ctx, tx, o)
}

// Confirm notes where a call came from as somebody who may edit it knows, in place of what was noted before (Rule C-94); the trail keeps
// both. Errors: as AddNote.
func Confirm(ctx context.Context, tx *store.Tx, p access.Permit, id ID, o Origin, at time.Time) error {
	c, err := mark(ctx, tx, p, id)
	if err != nil {
		return err
	}
	calls := []Call{c}
	if err := addOrigins(ctx, tx, calls); err != nil {
		return err
	}
	if err := c.attribute(ctx, tx, o); err != nil {
		return err
	}
	return c.record(ctx, tx, p, "give code", calls[0].Origin.summary(), o.summary(), at)
}

// summary is what the trail keeps of an origin.
func (o Origin) summary() map[string]string {
	if !o.Known() {
		return nil
	}
	return map[string]string{"promo": o.Promo, "visit": o.Visit, "source": o.Source, "medium": o.Medium, "campaign": o.Campaign}
}

func (c Call) attribute(ctx context.Context, tx *store.Tx, o Origin) error {
	at := map[string]any{
		"project_id": string(c.Project), "call_id": int64(c.ID), "certainty": min(max(o.Certainty, 0), Certain), "found_at": micros(o.FoundAt),
	}
	for i, text := range o.texts() {
		at[originTexts[i]] = cut(visible(*text), longestOrigin)
	}
	row := make([]any, len(originColumns))
	for i, column := range originColumns {
		row[i] = at[column]
	}
	if err := tx.Merge(ctx, mergeOrigin, [][]any{row}); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE call_log SET visit_id = $3 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID), cut(visible(o.Visit), longestText)); err != nil {
		return err
	}
	// The live panel shows it from the first ring on.
	if _, err := tx.Exec(ctx, `UPDATE call_open SET changed_at = changed_at + 1 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID)); err != nil {
		return err
	}
	return c.tell(ctx, tx, attributed, o.FoundAt)
}

// OriginOf reads where a call of a project came from; the zero value where nobody knows.
func OriginOf(ctx context.Context, q store.Querier, ref Ref) (Origin, error) {
	calls := []Call{{Project: ref.Project, ID: ref.ID}}
	err := addOrigins(ctx, q, calls)
	return calls[0].Origin, err
}

// Certain is the certainty of what cannot be otherwise.
const Certain = 10_000

// longestOrigin is how much of an address or a campaign's name is kept.
const longestOrigin = 500

// originsAtOnce is how many origins are read with one query.
const originsAtOnce = 500

// withOrigins gives calls of one project what is known of where they came from.
func withOrigins(ctx context.Context, q store.Querier, calls []Call) error {
	for some := range slices.Chunk(calls, originsAtOnce) {
		if err := addOrigins(ctx, q, some); err != nil {
			return err
		}
	}
	return nil
}

func addOrigins(ctx context.Context, q store.Querier, calls []Call) error {
	args, at := []any{string(calls[0].Project)}, map[ID]*Origin{}
	for i := range calls {
		args, at[calls[i].ID] = append(args, int64(calls[i].ID)), &calls[i].Origin
	}
	return store.EachRow(ctx, q, `SELECT call_id, certainty, found_at, `+strings.Join(originTexts, ", ")+` FROM call_origin
		WHERE project_id = $1 AND call_id IN (`+store.List(2, len(calls))+`)`, args, func(rows *sql.Rows) error {
		var id ID
		var o Origin
		var found int64
		to := []any{&id, &o.Certainty, &found}
		for _, text := range o.texts() {
			to = append(to, text)
		}
		err := rows.Scan(to...)
		o.FoundAt = instant(found)
		*at[id] = o
		return err
	})
}
