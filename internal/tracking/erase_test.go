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

// Rule C-106: whoever left a lead without a number, and never called, is taken out by the lead; the trail says so and names nobody.
func TestAPersonIsErasedByTheirLead(t *testing.T) {
	t.Parallel()
	each(t, 2, func(h *house) {
		ours := h.open(google+"&secret=4711", organic)
		ours.send(tracking.PageHit)
		ours.send(tracking.LeadHit, func(hit *tracking.Hit) {
			hit.Lead = &tracking.Lead{Kind: "form", Name: "Oleksa", Email: "oleksa@example.com"}
		})
		visitor := ours.Visitor
		other := h.open("https://shop.example/?utm_source=mail&utm_medium=email", "")
		other.send(tracking.PageHit)
		other.leaves("+380509999999")
		h.wait(2 * time.Hour)
		ours.send(tracking.PageHit) // the next visit of the same visitor
		leads, err := tracking.Leads(h.Context(), h.events, "shop", tracking.LeadFilter{}, 0, 10)
		if err != nil || len(leads) != 2 {
			t.Fatal(leads, err)
		}
		lead := leads[1].ID
		if _, err := tracking.EraseLeadOf(h.Context(), h.core, h.events, h.permit("bank"), lead, h.now); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another project: %v", err)
		}
		if e, err := tracking.EraseLeadOf(h.Context(), h.core, h.events, h.permit("shop"), lead, h.now); err != nil || e.Visits < 2 || e.Leads != 1 {
			t.Errorf("%+v, %v", e, err)
		}
		after := h.everything()
		for _, text := range []string{"Oleksa", "oleksa@", visitor, "secret=4711", "gclid=abc"} {
			if i := strings.Index(after, text); i >= 0 {
				t.Errorf("%q is still there: …%s…", text, after[max(0, i-200):min(len(after), i+50)])
			}
		}
		if !strings.Contains(after, "+380509999999") {
			t.Error("more was erased than the person")
		}
		if _, err := tracking.EraseLeadOf(h.Context(), h.core, h.events, h.permit("shop"), lead, h.now); errs.KindOf(err) != errs.NotFound {
			t.Errorf("again: %v", err)
		}
	})
}
