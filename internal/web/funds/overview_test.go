package funds_test

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

// PBX 33.30 and call tracking 50.63 a day less 5 % of both: 79.74; of 1,000 that is 12 full days. Rules B-14, B-34, B-80.
func TestOverview(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	turn(h, "virtual_pbx", true)
	turn(h, "call_tracking", true)
	says(t, owner.Get("/p/shop/funds"), "Balance 1,000.00 ₴", "Paid in 1,000.00 ₴ Bonus 0.00 ₴ Credit 0.00 ₴ Balance 1,000.00 ₴", "Lasts until 03 Dec 2026 12 days left · almost surely until 03 Dec 2026",
		"Known fees, 12 days −956.84 ₴", "Left on 4 Dec 43.16 ₴", "Virtual PBX 2.0 33.30 ₴", "Call tracking 50.63 ₴", "Discount for several products −4.19 ₴",
		"Next charge 79.74 ₴", "Everything works.", "likely 04 Dec 2026 Funds end: outgoing calls and callback stop.", "likely 07 Dec 2026 Incoming calls go to one spare number",
		"22 Nov, until 12:00 79.74 ₴")
	part := owner.Get("/p/shop/funds/now").Must(t, http.StatusOK, `id="funds-figures"`, `data-topic="project:shop/balance"`, `data-refresh="/p/shop/funds/now"`)
	if strings.Contains(part.Body, "<html") {
		t.Error("a live update fetches the whole page")
	}
}

var nextCharge = regexp.MustCompile(`Next charge ([0-9.,]+) ₴`)

// The next charge is one figure on every page: what midnight takes, without the calls that the balance has lost already and with each
// visit above the included once. Rules B-07, B-30, B-80.
func TestNextChargeIsWhatMidnightTakes(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	h.Pay(shop, "more", "20000")
	turn(h, "virtual_pbx", true)
	turn(h, "call_tracking", true)
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		talk(h, id, "+380671234567", 600)
		count(h, 5000)
		h.Live(1)
	}
	talk(h, "today", "+380671234567", 300)
	count(h, 3000)
	owner := h.Member(shopOrg, access.Owner)
	overview := text(owner.Get("/p/shop/funds"))
	figures := nextCharge.FindStringSubmatch(overview)
	if figures == nil || !strings.Contains(overview, "have taken 10.05 ₴ off the balance (until 12:00); usually 10.05 ₴ more") {
		t.Fatalf("the overview says:\n%s", overview)
	}
	for _, path := range []string{"/p/shop", "/p/shop/funds/forecast"} {
		says(t, owner.Get(path), "Next charge "+figures[1]+" ₴")
	}
	before := balance(t, h)
	h.Live(1)
	if took := (before - balance(t, h)).Round(10_000); took != money.MustParse(figures[1]) {
		t.Errorf("midnight took %s, the pages said %s", took, figures[1])
	}
}

// count counts visits of the site today.
func count(h *cabinettest.House, visits int64) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Cabinet.Billing.CountSessions(ctx, tx, shop, visits, h.Now())
	})
}

func balance(t *testing.T, h *cabinettest.House) money.Micro {
	t.Helper()
	account, err := ledger.GetAccount(t.Context(), h.App.DB, shop)
	if err != nil {
		t.Fatal(err)
	}
	return account.Balance()
}

// A project that was just opened has run out of nothing: it spends nothing. Rule B-80.
func TestNothingIsSpentYet(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Billing.Open(ctx, tx, project.Opening{ID: shop, Name: "Fresh", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, 0, h.Now())
		return err
	})
	owner := h.Member(shopOrg, access.Owner)
	for path, wanted := range map[string]string{
		"/p/shop": "Balance 0.00 ₴ nothing is spent", "/p/shop/funds": "Nothing is switched on, so nothing is spent.", "/p/shop/funds/forecast": "Lasts until Nothing is spent",
	} {
		says(t, owner.Get(path), wanted)
		page := text(owner.Get(path))
		for _, wrong := range []string{"funds have ended", "0 days left", "Not until tonight", "outgoing calls and callback stop"} {
			if strings.Contains(page, wrong) {
				t.Errorf("%s says %q:\n%s", path, wrong, page)
			}
		}
	}
}

// What was paid today is past: the line goes up to the balance as it stands, and the forecast begins there.
func TestForecastBeginsNow(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	turn(h, "virtual_pbx", true)
	h.Live(3)
	h.Pay(shop, "today", "9000")
	says(t, h.Member(shopOrg, access.Owner).Get("/p/shop/funds/forecast"), "25 Nov 900.10 ₴ 25 Nov, 12:00 9,900.10 ₴ 26 Nov")
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
	says(t, owner.Get("/p/shop/funds"), "Spent in 30 days 999.00 ₴ 0% against", "Product fee 999.00 ₴ Spent in 30 days 999.00 ₴")
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
