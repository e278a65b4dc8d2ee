package products_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

// plain is an answer in which every space is an ordinary one.
func plain(a cabinettest.Answer) cabinettest.Answer {
	a.Body = strings.ReplaceAll(a.Body, "\u00a0", " ")
	return a
}

func (s *shop) get(t *testing.T, below string, status int, texts ...string) string {
	t.Helper()
	return plain(s.owner.Get(s.path(below))).Must(t, status, texts...).Body
}

// post sends a form of a page that was opened today, unless it names its day.
func (s *shop) post(t *testing.T, below string, form url.Values, status int, texts ...string) string {
	t.Helper()
	form = maps.Clone(form)
	if !form.Has("day") && !strings.Contains(below, "day=") {
		form.Set("day", s.today(t))
	}
	return plain(s.owner.Post(s.path(below), form)).Must(t, status, texts...).Body
}

// confirm opens a question, checks what it says and answers yes.
func (s *shop) confirm(t *testing.T, question, answer string, more url.Values, asks []string, status int, says ...string) string {
	t.Helper()
	form := fields(s.get(t, question, http.StatusOK, asks...))
	for name, values := range more {
		form[name] = values
	}
	return s.post(t, answer, form, status, says...)
}

// today is the project's usage day.
func (s *shop) today(t *testing.T) string {
	t.Helper()
	p, err := project.Get(context.Background(), s.App.DB, s.id)
	if err != nil {
		t.Fatal(err)
	}
	return p.Calendar.DayAt(s.Now()).String()
}

func (s *shop) balance(t *testing.T) string {
	t.Helper()
	account, err := ledger.GetAccount(context.Background(), s.App.DB, s.id)
	if err != nil {
		t.Fatal(err)
	}
	return account.Balance().String()
}

func lacks(t *testing.T, body string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(body, text) {
			t.Errorf("the page says %q", text)
		}
	}
}

// The page of products reads well for each of the shipped vendors.
func TestProductsOfEachVendor(t *testing.T) {
	t.Parallel()
	r := open(t, "shop", "1000")
	r.turn("virtual_pbx", true)
	r.get(t, "/funds/products", http.StatusOK, "Virtual PBX 2.0", "33.30 ₴ a day", "Seats: 0 taken, 3 included, each further one 150.00",
		"Needs: Call tracking", "Comes with Virtual PBX 2.0", "5% off for several products", "5% for 2, 10% for 3, 15% for 4 and 20% for 5",
		"48.10 ₴ a day", "1,443.05 ₴ for 30 days")
	k := open(t, "line", "20000")
	k.turn("call_tracking", true)
	k.talk("forwarding", 3450)
	lacks(t, k.get(t, "/funds/products", http.StatusOK, "Promo-code tracker", "Only its numbers and minutes cost", "3,450 of 3,000",
		"Each minute above costs 1.00 ₽", "At this pace 4,705 min this month: 1,705.00 ₽ with it", "1,600.00 ₽ a month", "cheapest at this pace"), "Products tomorrow", "Plans")
	i := open(t, "store", "20000")
	i.users("a", "b", "c", "d")
	lacks(t, i.get(t, "/funds/products", http.StatusOK, "Plan “Standard”", "The service is not paid for yet", "4 users, free with the plan: 3",
		"12,852.00 ₽", "2,142.00 ₽ a month", "−10%", "Business", "10 users free"), "Products tomorrow")
}

// One confirm for both, at the price of each: 999 + 1,519 less 5 % is 2,392.10 a month, 79.74 a day. Undone on the same day,
// the day is charged all the same, and the words say so. Rules B-30, B-34, B-08, B-61.
func TestSwitchingOnWhatNeedsAnother(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	body := s.confirm(t, "/funds/products/switch/analytics?to=on", "/funds/products/switch/analytics", nil, []string{
		"End-to-end analytics does not work without Call tracking", "999.00 ₴ for 30 days, 33.30 ₴ a day", "1,519.00 ₴ for 30 days, 50.63 ₴ a day",
		"From tomorrow, 23 Nov", "−79.74 ₴ a day", "−2,392.10 ₴", "Today counts whole: 79.74 ₴ tonight, even if it is switched off again today",
	}, http.StatusOK, "On: End-to-end analytics and Call tracking", "/funds/products/undo")
	if diff := cmp.Diff([]string{"analytics", "call_tracking"}, s.held().Products); diff != "" {
		t.Error(diff)
	}
	s.Pass(time.Minute)
	undo := url.Values{"day": {"2026-11-22"}, "product": {"analytics", "call_tracking"}}
	if !strings.Contains(body, `name="product" value="call_tracking"`) {
		t.Error("the toast undoes one of two")
	}
	s.post(t, "/funds/products/undo", undo, http.StatusOK, "Off again", "today is charged all the same")
	if held := s.held().Products; len(held) != 0 {
		t.Errorf("still on: %v", held)
	}
	s.Live(2)
	if got := s.balance(t); got != "920.263334" { // 33.300000 + 50.633333 - 4.196667
		t.Errorf("the balance is %s", got)
	}
}

// Two that went off together are taken back together, whichever row it is asked from; a third that was switched off by itself stays off.
func TestAPairIsTakenBackWhole(t *testing.T) {
	t.Parallel()
	for _, from := range []string{"call_tracking", "analytics"} {
		s := open(t, "shop", "5000")
		for _, product := range []string{"call_tracking", "analytics", "callback"} {
			s.turn(product, true)
		}
		s.confirm(t, "/funds/products/switch/callback?to=off", "/funds/products/switch/callback", nil, nil, http.StatusOK)
		s.confirm(t, "/funds/products/switch/call_tracking?to=off", "/funds/products/switch/call_tracking", nil, []string{"goes off with it"}, http.StatusOK)
		s.post(t, "/funds/products/keep?day=2026-11-22&product="+from, url.Values{}, http.StatusOK, "They stay on", "Call tracking", "End-to-end analytics")
		s.Live(1)
		if diff := cmp.Diff([]string{"analytics", "call_tracking"}, slices.Sorted(slices.Values(s.held().Products))); diff != "" {
			t.Errorf("from %s:\n%s", from, diff)
		}
	}
}

// Off is off at midnight; until then it is taken back from the row, and nothing has changed. Rule B-61.
func TestOffTonight(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.turn("callback", true)
	off := func() string {
		return s.confirm(t, "/funds/products/switch/callback?to=off", "/funds/products/switch/callback", nil, []string{
			"Everything works until midnight", "+33.30 ₴ a day", "Switch off tonight",
		}, http.StatusOK, "Callback works until midnight; from 23", "Switches off tonight")
	}
	off()
	s.post(t, "/funds/products/switch/callback", url.Values{"to": {"off"}, "with": {""}, "day": {"2026-11-22"}}, http.StatusOK) // from a second tab
	if entries, err := audit.List(t.Context(), s.App.DB, audit.Filter{Object: "products", Action: "switch"}, 0, 10); err != nil || len(entries) != 1 {
		t.Errorf("%d entries in the trail, %v, want 1", len(entries), err)
	}
	s.post(t, "/funds/products/keep?day=2026-11-22&product=callback", url.Values{}, http.StatusOK, "Callback stays on")
	if diff := cmp.Diff([]string{"callback"}, s.held().Products); diff != "" {
		t.Error(diff)
	}
	lacks(t, s.get(t, "/funds/products", http.StatusOK), "Switches off tonight")
	off()
	s.Pass(14 * time.Hour)
	s.post(t, "/funds/products/keep?day=2026-11-22&product=callback", url.Values{}, http.StatusConflict, "Midnight has passed")
	s.Live(2)
	if got := s.balance(t); got != "966.7" { // one day
		t.Errorf("the balance is %s", got)
	}
	// what does not end is not switched on by taking back: that would cost
	s.post(t, "/funds/products/keep", url.Values{"day": {s.Now().Format("2006-01-02")}, "product": {"analytics"}}, http.StatusOK)
	if held := s.held().Products; len(held) != 0 {
		t.Errorf("%v", held)
	}
}

// What another product needs goes off with it, in one confirm. Rule B-30.
func TestSwitchingOffWhatAnotherNeeds(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.turn("call_tracking", true)
	s.turn("analytics", true)
	s.confirm(t, "/funds/products/switch/call_tracking?to=off", "/funds/products/switch/call_tracking", nil, []string{
		"End-to-end analytics does not work without Call tracking and goes off with it", "+79.74 ₴ a day",
	}, http.StatusOK, "Until midnight they work")
	if held := s.held().Products; len(held) != 0 {
		t.Errorf("tomorrow has %v", held)
	}
}

// Refusals are in words, with the status of their kind.
func TestRefusedSwitches(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "10")
	s.OpenProject(openings["line"], "5")
	for name, c := range map[string]struct {
		below  string
		form   url.Values
		status int
		says   string
	}{
		"unknown product":      {"/funds/products/switch/telepathy", url.Values{"to": {"on"}}, http.StatusUnprocessableEntity, "no such product"},
		"neither on nor off":   {"/funds/products/switch/callback", url.Values{"to": {"maybe"}}, http.StatusUnprocessableEntity, "not clear what to switch"},
		"one of two confirmed": {"/funds/products/switch/analytics", url.Values{"to": {"on"}, "with": {""}}, http.StatusConflict, "have changed since"},
		"undone too late":      {"/funds/products/undo", url.Values{"day": {"2026-11-21"}, "product": {"callback"}}, http.StatusConflict, "Midnight has passed"},
		"nothing to undo":      {"/funds/products/undo", url.Values{"day": {"2026-11-22"}}, http.StatusUnprocessableEntity, "not clear"},
		"no package":           {"/funds/products/packages/talk", url.Values{"minutes": {"1"}}, http.StatusNotFound, "no such package"},
		"no terms":             {"/funds/products/term", url.Values{"months": {"1"}, "id": {"x"}}, http.StatusUnprocessableEntity, "not paid for months ahead"},
		"no plans":             {"/funds/products/plan", url.Values{"plan": {"business"}}, http.StatusUnprocessableEntity, "has no plans"},
	} {
		t.Run(name, func(t *testing.T) { s.post(t, c.below, c.form, c.status, c.says) })
	}
	s.get(t, "/funds/products/switch/telepathy?to=on", http.StatusUnprocessableEntity, "no such product")
	s.owner.Get("/p/line/funds/products").Must(t, http.StatusNotFound)
	s.owner.Post("/p/line/funds/products/switch/code_tracker", url.Values{"to": {"on"}, "with": {""}}).Must(t, http.StatusNotFound)
	accountant := s.Member(ident.ProjectOrg("shop"), access.Accountant)
	lacks(t, accountant.Get(s.path("/funds/products")).Must(t, http.StatusOK, "an owner or administrator switches them", "disabled").Body, "/switch/")
	accountant.Post(s.path("/funds/products/switch/callback"), url.Values{"to": {"on"}, "with": {""}}).Must(t, http.StatusForbidden)
	if held := s.held().Products; len(held) != 0 {
		t.Errorf("%v are on", held)
	}
}

// Where funds have ended nothing is switched on, and the question says so before it is asked. Rules B-30, B-60.
func TestSwitchingWithoutFunds(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "10")
	s.turn("virtual_pbx", true)
	s.Live(2)
	s.owner = s.SignIn(s.owner.User)
	s.get(t, "/funds/products/switch/callback?to=on", http.StatusPaymentRequired, "The funds have ended", "Top up first")
	s.post(t, "/funds/products/switch/callback", url.Values{"to": {"on"}, "with": {""}}, http.StatusPaymentRequired, "The funds have ended")
}

// A larger package is paid for the month at once, and not without funds. Rules B-38, B-39.
func TestPackages(t *testing.T) {
	t.Parallel()
	s := open(t, "line", "2000")
	const at = "/funds/products/packages/forwarding"
	s.confirm(t, at+"?minutes=5000", at, nil, []string{"Now: Forwarding minutes: 5,000 minutes", "−1,600.00 ₽", "1 Dec"}, http.StatusOK, "Forwarding minutes: 5,000 minutes a month")
	if got := s.balance(t); got != "400" {
		t.Errorf("the balance is %s", got)
	}
	s.get(t, at+"?minutes=10000", http.StatusOK, "Not enough funds", "This costs 5,600.00 ₽ at once")
	s.post(t, at, url.Values{"minutes": {"10000"}}, http.StatusPaymentRequired, "The balance does not cover it")
	s.post(t, at, url.Values{"minutes": {"77"}}, http.StatusUnprocessableEntity, "The package is not sold with")
	s.post(t, at, url.Values{"minutes": {"many"}}, http.StatusUnprocessableEntity, "The package is not sold with")
	s.confirm(t, at+"?minutes=0", at, nil, []string{"Back to the included minutes at once"}, http.StatusOK, "3,000 minutes a month")
	if got := s.balance(t); got != "400" {
		t.Errorf("the balance is %s", got)
	}
}

// (2,000 + 380) x 6 less 10 % is 12,852, taken once however often the form is sent; a plan changes at midnight or not at
// all. Rules B-50, B-51, B-61.
func TestTerms(t *testing.T) {
	t.Parallel()
	s := open(t, "store", "20000")
	s.users("a", "b", "c", "d")
	form := fields(s.get(t, "/funds/products/term?months=6", http.StatusOK, "−12,852.00 ₽", "21 May 2027", "7,148.00 ₽", "Pay 12,852.00 ₽"))
	for range 2 {
		s.post(t, "/funds/products/term", form, http.StatusOK, "12,852.00 ₽ paid", "paid until 21", "One more user", "26 Apr 2027", "+18.00 ₽")
	}
	if got := s.balance(t); got != "7148" {
		t.Errorf("the balance is %s", got)
	}
	s.get(t, "/funds/products/term?months=12", http.StatusOK, "Not enough funds")
	s.post(t, "/funds/products/term", url.Values{"months": {"12"}, "id": {"other"}}, http.StatusPaymentRequired, "does not cover it")
	s.get(t, "/funds/products/term?months=7", http.StatusUnprocessableEntity, "No term of so many months")
	s.confirm(t, "/funds/products/plan?plan=business", "/funds/products/plan", nil, []string{"4,990.00 ₽", "23 November"}, http.StatusOK, "The plan changes on 23", "“Business”", "/plan/undo")
	undo := url.Values{"plan": {"business"}, "was": {"standard"}}
	s.post(t, "/funds/products/plan/undo", undo, http.StatusOK, "Taken back")
	s.post(t, "/funds/products/plan/undo", undo, http.StatusConflict, "There is nothing to take back")
	lacks(t, s.get(t, "/funds/products", http.StatusOK), "from tomorrow")
	s.get(t, "/funds/products/plan?plan=imperial", http.StatusUnprocessableEntity, "Choose a plan of the price book")
}

// The undo of a change of the plan leaves a move to another version alone, and the other way round. Rule B-61.
func TestUndoOfThePlanAlone(t *testing.T) {
	t.Parallel()
	s := open(t, "store", "1000")
	opening := openings["store"]
	opening.ID, opening.Version = "old", "2010-01-01"
	s.OpenProject(opening, "1000")
	s.id, s.owner = "old", s.Member(ident.ProjectOrg("old"), access.Owner)
	comes := func(version, plan string) {
		t.Helper()
		p, err := project.Get(context.Background(), s.App.DB, s.id)
		if err != nil {
			t.Fatal(err)
		}
		if next := p.BookAt(p.Calendar.DayAt(s.Now()) + 1); next.Version != version || next.Plan != plan {
			t.Errorf("tomorrow is charged by version %s, plan %s", next.Version, next.Plan)
		}
	}
	const moveTo = "/funds/book/versions/2019-08-01/move"
	s.confirm(t, moveTo, moveTo, nil, nil, http.StatusOK)
	body := s.confirm(t, "/funds/products/plan?plan=business", "/funds/products/plan", nil, nil, http.StatusOK)
	comes("2019-08-01", "business")
	_, toast, _ := strings.Cut(body, "<bw-toast")
	action := regexp.MustCompile(`action="/p/old([^"]*)"`).FindStringSubmatch(toast)[1]
	s.post(t, action, fields(toast), http.StatusOK, "Taken back")
	comes("2019-08-01", "standard")
	s.confirm(t, "/funds/products/plan?plan=business", "/funds/products/plan", nil, nil, http.StatusOK)
	s.post(t, "/funds/book/keep", url.Values{}, http.StatusOK, "Taken back")
	comes("2010-01-01", "business")
	s.post(t, "/funds/book/keep", url.Values{}, http.StatusConflict, "There is nothing to take back")
	s.post(t, "/funds/products/plan/undo", url.Values{"day": {"2026-11-21"}, "plan": {"business"}, "was": {"standard"}}, http.StatusConflict, "Midnight has passed")
}

// Every switch stands in the trail with what was on before and after it.
func TestTrailOfSwitches(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.confirm(t, "/funds/products/switch/callback?to=on", "/funds/products/switch/callback", nil, nil, http.StatusOK)
	var action, before, after string
	err := s.App.DB.QueryRow(context.Background(), `SELECT action, before, after FROM audit_entry WHERE object = 'products'`).Scan(&action, &before, &after)
	if err != nil || action != "switch" || before != `{"on":[]}` || after != `{"on":["callback"]}` {
		t.Errorf("%s %s %s, %v", action, before, after, err)
	}
}

// Seats and slots that are used show with their prices.
func TestSeatsAndSlots(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.turn("virtual_pbx", true)
	s.turn("call_tracking", true)
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		return s.App.Billing.SetSeats(ctx, tx, s.id, "virtual_pbx", 5, s.Now())
	})
	for i := range 6 {
		s.bring(fmt.Sprintf("+38044555000%d", i), "")
	}
	// 999 + 1,519 less 5 %, 2 seats at 150, 1 slot at 50: 79.736667 + 10 + 1.666667
	s.get(t, "/funds/products", http.StatusOK, "Seats: 5 taken, 3 included", "Slots for numbers: 6 open, 5 included", "91.40 ₴")
	effect, err := s.App.Billing.Preview(context.Background(), s.App.DB, s.id, billing.Change{}, s.Now())
	if err != nil {
		t.Fatal(err)
	}
	var fees money.Micro
	for _, line := range effect.After.Tomorrow.Lines {
		fees -= line.Amount
	}
	if got := fees.Round(10_000).String(); got != "91.4" {
		t.Errorf("tomorrow is charged %s, not what the page says", got)
	}
}
