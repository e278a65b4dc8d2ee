package funds_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// PBX 33.30 and call tracking 50.63 a day less 5 % of both: 79.74; of 1,000 that is 12 full days. Rules B-14, B-34, B-80.
func TestOverview(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	turn(h, "virtual_pbx", true)
	turn(h, "call_tracking", true)
	says(t, owner.Get("/p/shop/funds"), "Balance 1,000.00 ₴", "Paid in 1,000.00 ₴ Bonus 0.00 ₴ Credit 0.00 ₴ Balance 1,000.00 ₴", "Lasts until 03 Dec 2026 12 days left",
		"Known fees, 12 days −956.84 ₴", "Left on 4 Dec 43.16 ₴", "Virtual PBX 2.0 33.30 ₴", "Call tracking 50.63 ₴", "Discount for several products −4.19 ₴",
		"Next charge 79.74 ₴", "Everything works.", "likely 04 Dec 2026 Funds end: outgoing calls and callback stop.", "likely 07 Dec 2026 Incoming calls go to one spare number",
		"22 Nov, until 12:00 79.74 ₴")
	part := owner.Get("/p/shop/funds/now").Must(t, http.StatusOK, `id="funds-figures"`, `data-topic="project:shop/balance"`, `data-refresh="/p/shop/funds/now"`)
	if strings.Contains(part.Body, "<html") {
		t.Error("a live update fetches the whole page")
	}
}

// What is held for a call that goes on is shown apart. Rule B-05.
func TestHeldFundsStandApart(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	_, err := h.App.Cabinet.Charging.Authorise(context.Background(), charging.AuthoriseRequest{
		Project: shop, LegID: "c1", Kind: pricing.LegOutbound, To: "+380671234567", At: h.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	page := text(h.Member(shopOrg, access.Owner).Get("/p/shop/funds"))
	if !strings.Contains(page, "Balance 1,000.00 ₴") || !strings.Contains(page, "held for calls") || !strings.Contains(page, "is reserved for calls that are going on") {
		t.Errorf("what is held is not shown:\n%s", page)
	}
}

// A project whose funds end is told what comes when: grace at once, then Rule B-60 by the hour.
func TestStateSaysWhatComes(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	adjust(h, "a1", "-1000", "spent")
	says(t, h.Member(shopOrg, access.Owner).Get("/p/shop/funds"), "Funds have ended", "A payment switches everything back on at once.",
		"22 Nov 2026 12:00 Funds end", "25 Nov 2026 12:00 Incoming calls go to one spare number", "22 Dec 2026 12:00 Numbers go into quarantine", "06 Jan 2027 12:00 Rented numbers are given back")
}

// Two months by 30 days: the second as dear as the first, and each tile's parts add up.
func TestSpentAgainstThePeriodBefore(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	h.Pay(shop, "more", "5000")
	turn(h, "virtual_pbx", true)
	h.Live(60)
	owner := h.Member(shopOrg, access.Owner)
	says(t, owner.Get("/p/shop/funds"), "Spent in 30 days 999.00 ₴ 0% than", "Product fee 999.00 ₴ Spent in 30 days 999.00 ₴")
	says(t, owner.Get("/p/shop/funds/forecast"), "Next 30 days 999.00 ₴", "One day 0.00 ₴ (0%) 0.00 ₴ (0%) 100% 100% 53", "It knows 60 days of your history.", "Virtual PBX 2.0")
}

func TestForecastKnowsNothingYet(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	says(t, h.Member(shopOrg, access.Owner).Get("/p/shop/funds/forecast"), "Nothing is known yet", "It knows 0 days of your history.", "Longer than 400 days")
}

// The first card payment enrols with its months: 12 for 360 days, and 25 % off at once: 98 x 0.75 = 73.50. Rules B-40, B-41.
func TestLoyalty(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	says(t, owner.Get("/p/shop/funds/loyalty"), "Not enrolled yet", "Together at most 20%.", "For 360 days +12%, 25% off at once", "by bank – no value 1,000.00 ₴", "does not count")
	turn(h, "virtual_pbx", true)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Cabinet.Billing.Pay(ctx, tx, shop, billing.Payment{ID: "c1", Amount: money.MustParse("98"), Method: "card", PeriodDays: 360}, h.Now())
		return err
	})
	says(t, owner.Get("/p/shop/funds/loyalty"), "The next automatic card renewal is reduced by 12%.", "12% you are here", "by card 360 days 73.50 ₴ 24.50 ₴ 12% 12% counts")
	says(t, owner.Get("/p/shop/funds/pay"), "Payment by card from the cabinet is not there yet", "Bonus: by card +24.50 ₴", "Payment: by bank +1,000.00 ₴ 1,000.00 ₴ booked")
}

// A month for an accountant: opening and closing balance, and rows that add up to the difference. Rule B-13.
func TestStatementOfAMonth(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	turn(h, "virtual_pbx", true)
	turn(h, "call_tracking", true)
	for day := range 20 {
		talk(h, "c"+strconv.Itoa(day), "+380671234567", 61)
		h.Live(1)
	}
	h.Pass(time.Hour)
	owner := h.Member(shopOrg, access.Owner)
	november := owner.Get("/p/shop/funds/statement?month=2026-11")
	// Nine days at 79.736667 and nine calls at 2.042483: 1,000 - 717.63 - 18.38 = 263.99.
	says(t, november, "Statement, November 2026", "22 Nov 2026", "Balance before 01 Nov 2026 0.00 ₴", "Payment +1,000.00 ₴", "Balance after 30 Nov 2026 263.99 ₴")
	var sum money.Micro
	for _, row := range exported(t, owner.Get("/p/shop/funds/statement?month=2026-11&format=csv")) {
		for i, sign := range map[int]money.Micro{2: 1, 3: -1} {
			if row[i] != "" {
				sum += sign * money.MustParse(row[i])
			}
		}
	}
	if sum.String() != "263.99" {
		t.Errorf("the rows come to %s", sum)
	}
	says(t, owner.Get("/p/shop/funds/statement"), "Statement, December 2026", "Balance before 01 Dec 2026 263.99 ₴")
}

// The search finds a call by its id and an entry by its number.
func TestSearchFinds(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	talk(h, "c-7", "+380671234567", 61)
	entry := adjust(h, "a1", "-1", "for a test")
	owner := h.Member(shopOrg, access.Owner)
	owner.Get("/p/shop/search?q=c-7").Must(t, http.StatusOK, "/p/shop/funds/calls/c-7")
	owner.Get("/p/shop/search?q="+number(entry)).Must(t, http.StatusOK, "/p/shop/funds/entries/"+number(entry))
}
