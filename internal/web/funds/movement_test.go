package funds_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

func number(id ident.EntryID) string { return strconv.FormatInt(int64(id), 10) }

func speaks(h *cabinettest.House, u account.User, language string) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.EditUser(ctx, tx, audit.Program("test"), u.ID, u.Name, language, h.Now())
		return err
	})
}

// exported reads an export of the shop's movement.
func exported(t *testing.T, a cabinettest.Answer) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(a.Must(t, http.StatusOK).Body)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return rows[1:]
}

func statement(t *testing.T, h *cabinettest.House, from, to string) (s billing.Statement) {
	t.Helper()
	err := h.App.DB.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) (err error) {
		s, err = h.App.Cabinet.Billing.Statement(ctx, q, shop, civil.MustParseDate(from), civil.MustParseDate(to), h.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The rows of the page and of its exports are those of the statement that the API gives; the running balance ends where
// the account stands. Rule B-13.
func TestRowsAreTheStatements(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	turn(h, "virtual_pbx", true)
	turn(h, "call_tracking", true)
	for day := range 10 {
		talk(h, "c"+strconv.Itoa(day), "+380671234567", 61+7*int64(day))
		h.Live(1)
	}
	owner := h.Member(shopOrg, access.Owner)
	s := statement(t, h, "2026-11-22", "2026-12-01")
	var want [][]string
	for i, row := range s.Rows { // what was paid on the first day came before its fees
		if row.Kind == pricing.Payment {
			s.Rows = slices.Insert(slices.Delete(s.Rows, i, i+1), 0, row)
		}
	}
	balance := s.Opening.Round(s.Currency.MinorUnit())
	for _, row := range s.Rows {
		balance += row.Amount
		want = append(want, []string{row.Day.String(), row.Amount.String(), balance.String()})
	}
	const query = "?from=2026-11-22&to=2026-12-01&sort=day&cols=day,amount,balance"
	if diff := cmp.Diff(want, exported(t, owner.Get("/p/shop/funds/movement"+query+"&format=csv"))); diff != "" {
		t.Error(diff)
	}
	if got := s.Closing.Round(s.Currency.MinorUnit()); balance != got {
		t.Errorf("the rows end at %s, the statement at %s", balance, got)
	}
	var fromAPI struct {
		Rows []struct{ Day, Amount string } `json:"rows"`
	}
	answer := api(t, h, "/v1/projects/shop/statement?from=2026-11-22&to=2026-12-01")
	if err := json.Unmarshal([]byte(answer), &fromAPI); err != nil || len(fromAPI.Rows) != len(want) {
		t.Fatalf("the API has %d rows, the page %d: %v", len(fromAPI.Rows), len(want), err)
	}
	for _, row := range fromAPI.Rows {
		if !slices.ContainsFunc(want, func(cells []string) bool { return cells[0] == row.Day && cells[1] == row.Amount }) {
			t.Errorf("the API says %v, the page does not", row)
		}
	}
	first := owner.Get("/p/shop/funds/movement"+query).Must(t, http.StatusOK)
	if shown := strings.Count(first.Body, `<tr class="row`); shown != min(50, len(want)) {
		t.Errorf("%d rows are shown of %d", shown, len(want))
	}
}

// api asks the HTTP API with a key of the operator.
func api(t *testing.T, h *cabinettest.House, path string) string {
	t.Helper()
	var secret string
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, _, err = account.Create(ctx, tx, audit.Program("test"), strings.NewReader(strings.Repeat("r", 100)), account.Key{Name: "test", Scope: account.Operator}, h.Now())
		return err
	})
	r, err := http.NewRequest(http.MethodGet, h.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	return h.Stranger().Send(r).Must(t, http.StatusOK).Body
}

// 999 a month by 30 days is 33.30 a day: provisional while the day runs, final when it is closed. Rules B-07, B-10.
func TestTodayIsProvisional(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	turn(h, "virtual_pbx", true)
	says(t, owner.Get("/p/shop/funds/movement"), "Virtual PBX 2.0 until 12:00", "−33.30 ₴", "966.70 ₴", "1,000.00 ₴")
	says(t, owner.Get("/p/shop/funds/days/2026-11-22/fee?kind=product_fee&item=virtual_pbx"), "Provisional", "1 × 999.00 ₴ = 999.00 ₴",
		"999.00 ₴ × 20,779 ÷ 30 = 691,940.70 ₴", "999.00 ₴ × 20,778 ÷ 30 = 691,907.40 ₴", "691,940.70 ₴ − 691,907.40 ₴ = 33.30 ₴", "B-30", "B-07")
	h.Live(1)
	page := owner.Get("/p/shop/funds/movement?from=2026-11-22&to=2026-11-22")
	says(t, page, "Virtual PBX 2.0 1 999.00 ₴ −33.30 ₴ 966.70 ₴")
	if strings.Contains(text(page), "until") {
		t.Error("a closed day is provisional")
	}
	owner.Get("/p/shop/funds/days/2026-11-22/fee?kind=product_fee&item=virtual_pbx").Must(t, http.StatusNotFound)
}

// Calls and messages are one row a day, which opens to them. Rules B-13, B-16.
func TestCallsAreOneRowADay(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	for i := range 60 {
		talk(h, "c"+strconv.Itoa(100+i), "+380671234567", 60)
	}
	page := owner.Get("/p/shop/funds/movement?f.kind=call")
	says(t, page, "Calls until 12:00 60 calls, 60 min", "−120.54 ₴") // 60 x 2.009
	if !strings.Contains(page.Body, `href="/p/shop/funds/days/2026-11-22/calls"`) {
		t.Error("the row does not open to the calls")
	}
	list := owner.Get("/p/shop/funds/days/2026-11-22/calls")
	says(t, list, "Ukraine mobile Kyivstar , 60 calls, 60 min 120.54 ₴", "+380 67 123 4567")
	if shown := strings.Count(list.Body, `<tr class="row`); shown != 50 {
		t.Errorf("a page shows %d calls", shown)
	}
	if all := exported(t, owner.Get("/p/shop/funds/days/2026-11-22/calls?format=csv")); len(all) != 60 {
		t.Errorf("the export has %d calls of 60", len(all))
	}
}

// Who may not see calls sees of a number the country and two digits.
func TestNumbersAreMasked(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	talk(h, "c1", "+380671234567", 61)
	accountant := h.Member(shopOrg, access.Accountant)
	for _, path := range []string{"/days/2026-11-22/calls", "/calls/c1", "/days/2026-11-22/calls?format=csv"} {
		page := accountant.Get("/p/shop/funds"+path).Must(t, http.StatusOK, "+380*******67")
		if strings.Contains(page.Body, "1234567") || strings.Contains(text(page), "123 4567") {
			t.Errorf("%s shows the whole number", path)
		}
	}
}

// 61 s to Kyivstar at 2.009 a minute by 60/1: 2.009 x 61 / 60 = 2.042483. Rules B-20 to B-22.
func TestCallIsExplained(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	talk(h, "c1", "+380671234567", 61)
	says(t, owner.Get("/p/shop/funds/calls/c1"), "2.042483 ₴", "38067, “Ukraine mobile Kyivstar”", "60 + 1 × 1 = 61 s", "2.009 ₴ × 61 ÷ 60 = 2.042483 ₴",
		"the same amount", "B-22", "B-20", "B-21", "First and next step, s 60/1")
	talk(h, "sip", "sip:olena@shop", 61)
	says(t, owner.Get("/p/shop/funds/calls/sip"), "Such calls are free by the price book.", "0.00 ₴")
}

// A callback is two legs that stand together on the page of each.
func TestCallHasItsLegs(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	for _, leg := range []legOf{{"x/manager", pricing.LegCallbackManager, "+380671112233"}, {"x/client", pricing.LegCallbackClient, "+380441234567"}} {
		leg.charge(h, 60)
	}
	says(t, owner.Get("/p/shop/funds/calls/x%2Fclient"), "The whole call", "Callback, to the manager, +380 67 111 2233 2.009 ₴", "Together 2.87 ₴") // 0.861 + 2.009
}

// A reversal and what it reverses lead to each other. Rule B-15.
func TestReversalsPointBothWays(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	first := adjust(h, "a1", "-5", "charged by mistake")
	var second ledger.Entry
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		second, err = h.App.Cabinet.Billing.Reverse(ctx, tx, shop, first, "it was a mistake", h.Now())
		return err
	})
	owner.Get("/p/shop/funds/entries/"+number(first)).Must(t, http.StatusOK, "This entry was reversed", "/p/shop/funds/entries/"+number(second.ID))
	owner.Get("/p/shop/funds/entries/"+number(second.ID)).Must(t, http.StatusOK, "This entry reverses another", "/p/shop/funds/entries/"+number(first), "it was a mistake")
}

// Five seats above the included three cost 2 x 150 / 30 = 10 a day, however it is asked for.
func TestFeeIsExplained(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	turn(h, "virtual_pbx", true)
	turn(h, "call_tracking", true)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Cabinet.Billing.SetSeats(ctx, tx, shop, "virtual_pbx", 5, h.Now())
	})
	h.Live(1)
	entries := map[string]string{}
	for entry, err := range ledger.All(context.Background(), h.App.DB, ledger.Filter{Project: shop}) {
		if err != nil {
			t.Fatal(err)
		}
		entries[string(entry.Kind)+" "+entry.Item] = "/p/shop/funds/entries/" + number(entry.ID)
	}
	says(t, owner.Get(entries["seat_fee virtual_pbx"]), "2 × 150.00 ₴ = 300.00 ₴", "300.00 ₴ × 20,779 ÷ 30 = 207,790.00 ₴", "= 10.00 ₴", "B-31", "B-08")
	says(t, owner.Get(entries["discount bundle"]), "2,518.00 ₴ × 5% = 125.90 ₴", "B-34")
	says(t, owner.Get(entries["payment bank"]), "Money that was paid in.", "Operator: payments received", "−1,000.00 ₴")
	if page := text(owner.Get("/p/shop/funds/days/2026-11-22")); !strings.Contains(page, "How the day was rounded") || !strings.Contains(page, "+910.26 ₴") {
		t.Errorf("the day does not sum up to 1000 - 33.30 - 50.63 - 10 + 4.19:\n%s", page)
	}
}

type legOf struct{ id, kind, to string }

func (c legOf) charge(h *cabinettest.House, seconds int64) {
	h.Helper()
	_, err := h.App.Cabinet.Charging.Charge(context.Background(), charging.CallRecord{
		Project: shop, ID: c.id, Kind: c.kind, To: c.to, AnsweredAt: h.Now().Add(-time.Hour), Seconds: seconds, At: h.Now(),
	})
	if err != nil {
		h.Fatal(err)
	}
}

// The calls of a day are sorted and narrowed down, their page and their export alike.
func TestCallsOfADayAreSortedAndNarrowed(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(ident.ProjectOrg(shop), access.Owner)
	talk(h, "short", "+380671234567", 60)
	talk(h, "long", "+380671234568", 180)
	const at = "/p/shop/funds/days/2026-11-22/calls?format=csv&cols=at,id,talk"
	for query, want := range map[string]string{"&sort=talk": "short long", "&sort=-talk": "long short", "&sort=-amount": "long short", "&f.to=671234568": "long", "&f.zone=nowhere": "short long"} {
		body := owner.Get(at+query).Must(t, http.StatusOK).Body
		var got []string
		for _, line := range strings.Split(strings.TrimSpace(body), "\n")[1:] {
			if strings.Contains(line, "long") {
				got = append(got, "long")
			} else {
				got = append(got, "short")
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s in %s", query, got, want, body)
		}
	}
}
