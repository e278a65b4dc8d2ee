package funds_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Why was Monday dearer: a product came (50.63, less 5 % of both), a seat more (5.00), and three calls instead of one.
func TestWhyWasMondayDearer(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	turn(h, "virtual_pbx", true)
	talk(h, "c1", "+380671234567", 60)
	h.Live(1)
	turn(h, "call_tracking", true)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Cabinet.Billing.SetSeats(ctx, tx, shop, "virtual_pbx", 4, h.Now())
	})
	for _, id := range []string{"c2", "c3", "c4"} {
		talk(h, id, "+380671234567", 60)
	}
	h.Live(1)
	owner := h.Member(shopOrg, access.Owner)
	page := owner.Get("/p/shop/funds/compare?a=2026-11-22&b=2026-11-23")
	says(t, page, "Mon 23 Nov was 55.45 ₴ dearer than Sun 22 Nov", "Call tracking was switched on 0.00 ₴ 50.63 ₴ +50.63 ₴", "Extra seats: Virtual PBX 2.0: seats above the included 0.00 ₴ 5.00 ₴ +5.00 ₴",
		"Discount for several products began", "−4.20 ₴", "Calls: Ukraine mobile Kyivstar: more, 3 instead of 1 2.01 ₴ 6.03 ₴ +4.02 ₴", "Difference 35.31 ₴ 90.76 ₴ +55.45 ₴")
	for _, columns := range []string{"exact", "effect"} {
		var sum money.Micro
		for _, row := range exported(t, owner.Get("/p/shop/funds/compare?a=2026-11-22&b=2026-11-23&format=csv&cols=cause,effect,"+columns)) {
			sum += money.MustParse(row[len(row)-1])
		}
		if want := map[string]string{"exact": "55.454668", "effect": "55.45"}[columns]; sum.String() != want {
			t.Errorf("%s: the parts come to %s, not %s", columns, sum, want)
		}
	}
	says(t, owner.Get("/p/shop/funds/compare?a=2026-11-23&b=2026-11-22"), "Sun 22 Nov was 55.45 ₴ cheaper than Mon 23 Nov", "Call tracking was off", "fewer, 1 instead of 3")
	says(t, owner.Get("/p/shop/funds/compare?a=2026-11-23&b=2026-11-23"), "cost as much as", "The days cost the same")
	if body := owner.Get("/p/shop/funds/movement").Must(t, http.StatusOK).Body; !strings.Contains(body, "/p/shop/funds/compare?b=2026-11-23") {
		t.Error("a day's row does not lead to the comparison")
	}
}

// Today is compared as it stands, and says so.
func TestCompareWithToday(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	turn(h, "virtual_pbx", true)
	h.Live(1)
	turn(h, "virtual_pbx", false)
	h.Live(1)
	says(t, h.Member(shopOrg, access.Owner).Get("/p/shop/funds/compare?a=2026-11-23&b=2026-11-24"), "Today is not over: its figures are known until 12:00.", "Virtual PBX 2.0 was off 33.30 ₴ 0.00 ₴ −33.30 ₴")
}
