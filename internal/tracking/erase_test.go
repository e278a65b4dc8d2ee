package tracking_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// everything is all that is stored of visitors, as one text.
func (h *house) everything() string {
	h.Helper()
	var b strings.Builder
	for _, table := range []string{"visit", "activity", "hit", "lease", "visitor", "lead", "receipt", "truth", "promo"} {
		if err := store.EachRow(h.Context(), h.events, "SELECT * FROM tracking_"+table, nil, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			row, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			err = rows.Scan(into...)
			fmt.Fprintln(&b, table, row)
			return err
		}); err != nil {
			h.Fatal(err)
		}
	}
	return b.String()
}

// Rule C-106: a person is taken out by their number wherever they are; that there were visits, and others' visits, stay.
func TestAPersonIsErased(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		ours := h.open(google+"&secret=4711", organic)
		ours.send(tracking.PageHit)
		ours.leaves(client)
		visitor := ours.Visitor
		other := h.open("https://shop.example/?utm_source=mail&utm_medium=email", "")
		other.send(tracking.PageHit)
		other.leaves("+380509999999")
		h.call("1", ours.number(), client)
		h.call("2", other.number(), "+380509999999")
		h.wait(2 * time.Hour)
		ours.hit.URL = "https://shop.example/private"
		ours.send(tracking.PageHit) // the next visit of the same visitor
		before := h.everything()
		for _, text := range []string{string(client), visitor, "secret=4711", "private", "gclid=abc"} {
			if !strings.Contains(before, text) {
				t.Fatalf("%q was never stored", text)
			}
		}
		erase := func(p access.Permit) (e tracking.Erased, err error) {
			return e, h.events.Write(h.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				e, err = tracking.ErasePerson(ctx, tx, p, client)
				return err
			})
		}
		if e, err := erase(h.permit("bank")); err != nil || e != (tracking.Erased{}) {
			t.Errorf("another project erased %+v, %v", e, err)
		}
		e, err := erase(h.permit("shop"))
		if err != nil || e.Visits != 2 || e.Visitors != 1 || e.Calls != 1 {
			t.Errorf("%+v, %v", e, err)
		}
		h.wait(10 * time.Second)
		ours.send(tracking.BeatHit) // their page is still open: it is a visit that nobody knows
		after := h.everything()
		for _, text := range []string{string(client), visitor, "secret=4711", "gclid=abc"} {
			if i := strings.Index(after, text); i >= 0 {
				t.Errorf("%q is still there: …%s…", text, after[max(0, i-200):min(len(after), i+50)])
			}
		}
		if !strings.Contains(after, "+380509999999") || h.count("SELECT COUNT(*) FROM tracking_visit WHERE source = 'google'") != 2 || h.count("SELECT COUNT(*) FROM tracking_receipt") != 1 {
			t.Error("more was erased than the person")
		}
		if again, err := erase(h.permit("shop")); err != nil || again.Calls+again.Visitors+again.Leads != 0 {
			t.Errorf("again: %+v, %v", again, err)
		}
		if _, err := erase(access.Permit{}); errs.KindOf(err) != errs.Denied {
			t.Error("nobody erased a person")
		}
	})
}
