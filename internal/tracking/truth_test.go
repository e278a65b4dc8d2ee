package tracking_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// Rule C-97: what is certain about a call stands beside its receipts, one truth of a kind, by the time of the call.
func TestTruthsAreKept(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		note := func(id ident.ProjectID, truths ...tracking.Truth) {
			t.Helper()
			if err := h.events.Write(h.Context(), func(ctx context.Context, tx *store.Tx) error { return tracking.Establish(ctx, tx, id, truths...) }); err != nil {
				t.Fatal(err)
			}
		}
		first := tracking.Truth{Call: "c1", Kind: tracking.TruthByPromo, Visit: 1, At: noon}
		corrected, phone := first, tracking.Truth{Call: "c1", Kind: tracking.TruthByPhone, Visit: 3, At: noon}
		corrected.Visit = 2
		second := tracking.Truth{Call: "c2", Kind: tracking.TruthByNumber, Visit: 4, At: noon.Add(time.Hour)}
		note("shop", second, first)
		note("shop", corrected, phone)
		note("bank", tracking.Truth{Call: "c1", Kind: tracking.TruthByPromo, Visit: 9, At: noon})
		got, err := tracking.Truths(h.Context(), h.events, "shop", noon, noon.Add(2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]tracking.Truth{phone, corrected, second}, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if got, err := tracking.Truths(h.Context(), h.events, "shop", noon.Add(time.Microsecond), noon.Add(time.Hour)); err != nil || len(got) != 0 {
			t.Errorf("outside the span: %v, %v", got, err)
		}
	})
}
