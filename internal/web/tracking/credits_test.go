package tracking_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// Rule C-111: a pool's page says that credit is given, and for which days it was, with the way to the entry in the funds.
func TestPoolShowsItsCredit(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Billing.SwitchProduct(ctx, tx, "shop", "call_tracking", true, h.Now())
	})
	s := site(t, owner)
	path := owner.Post(at+"/pools/new", form("name", "All", "number", "+380443337701")).Must(t, http.StatusOK, "is added").Path
	owner.Post(s+"/rules", rules("save", "0", idOf(path))).Must(t, http.StatusOK)
	const title = "Credit for missed promises"
	if strings.Contains(owner.Get(path).Must(t, http.StatusOK).Body, title) {
		t.Error("nobody gives credit")
	}
	h.Operator().Post("/op/projects/shop/promise", url.Values{"given": {"yes"}}).Must(t, http.StatusOK)
	owner.Get(path).Must(t, http.StatusOK, title, "No day had to be credited yet")

	first := tracking.VisitID(0)
	for i, address := range []string{"https://shop.example/?utm_source=google&utm_medium=cpc", "https://shop.example/?utm_source=bing&utm_medium=cpc"} {
		browser(t, h, theSite(t, h).Key, address)
		if guests, err := tracking.Guests(t.Context(), h.App.Events, "shop", h.Now(), false); err != nil || len(guests) == 0 {
			t.Fatal(guests, err)
		} else if i == 0 {
			first = guests[0].ID
			h.Pass(4 * time.Minute) // its number is free again
		}
	}
	var truths []tracking.Truth
	for i := range 60 {
		id := fmt.Sprint(i)
		if _, err := h.App.Collector.Behind(t.Context(), tracking.Call{ID: id, Project: "shop", Number: "+380443337701", Caller: "+380671234567", At: h.Now()}); err != nil {
			t.Fatal(err)
		}
		truths = append(truths, tracking.Truth{Call: id, Kind: tracking.TruthByPromo, Visit: first, At: h.Now()})
	}
	if err := h.App.Events.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tracking.Establish(ctx, tx, "shop", truths...) }); err != nil {
		t.Fatal(err)
	}
	h.Live(1)
	keeper := &tracking.Keeper{Core: h.App.DB, Events: h.App.Events, Billing: h.App.Billing, Numbers: h.App.Numbers}
	if err := keeper.Run(t.Context(), h.Now()); err != nil {
		t.Fatal(err)
	}
	credits, err := tracking.Credits(t.Context(), h.App.DB, "shop")
	if err != nil || len(credits) != 1 {
		t.Fatalf("%+v, %v", credits, err)
	}
	entry := fmt.Sprint("/p/shop/funds/entries/", credits[0].Entry)
	owner.Get(path).Must(t, http.StatusOK, title, "on these days", `href="`+entry+`"`, "1 of 1 numbers")
	owner.Get(entry).Must(t, http.StatusOK, "less often than was promised")
	other := owner.Post(at+"/pools/new", form("name", "Other", "number", "+380443337702")).Must(t, http.StatusOK).Path
	owner.Get(other).Must(t, http.StatusOK, "No day had to be credited yet")
}
