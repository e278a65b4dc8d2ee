package products_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
)

// What was asked before midnight and answered after it is not done: a day more, or less, would be charged than was shown. The
// answer leads back to the question. Rules B-08, B-61.
func TestAnsweredAfterMidnight(t *testing.T) {
	t.Parallel()
	r, k, i := open(t, "shop", "1000"), open(t, "line", "20000"), open(t, "store", "20000")
	r.stock(kyiv, second, "+380671234567")
	r.rent(kyiv, "pbx", "")
	r.rent("+380671234567", "pbx", "")
	r.Pass(time.Minute)
	r.confirm(t, "/numbers/380671234567/release", "/numbers/380671234567/release", nil, nil, http.StatusOK)
	for _, c := range []struct {
		s        *shop
		question string
	}{
		{r, "/funds/products/switch/callback?to=on"},
		{r, "/funds/products/switch/analytics?to=on"},
		{r, "/funds/book/versions/2021-01-01/move"},
		{r, "/numbers/rent/new?number=%2B380441234568&use=pbx&label=Ads"},
		{r, "/numbers/own/new?number=%2B380445556677&use=pbx"},
		{r, "/numbers/380441234567/use?use=tracking"},
		{r, "/numbers/380441234567/release"},
		{r, "/numbers/380671234567/take-back?use=pbx"},
		{k, "/funds/products/packages/forwarding?minutes=5000"},
		{i, "/funds/products/term?months=6"},
		{i, "/funds/products/plan?plan=business"},
	} {
		t.Run(c.question, func(t *testing.T) {
			form := fields(c.s.get(t, c.question, http.StatusOK))
			form.Set("day", "2026-11-21")
			before := c.s.trail(t, "")
			answer, _, _ := strings.Cut(c.question, "?")
			body := html.UnescapeString(c.s.post(t, answer, form, http.StatusConflict, "Midnight has passed since you were asked"))
			_, link, _ := strings.Cut(body, `href="`+c.s.path(answer)+"?")
			link, _, _ = strings.Cut(link, `"`)
			if again := fields(c.s.get(t, answer+"?"+link, http.StatusOK)); again.Get("day") != "2026-11-22" || again.Get("use") != form.Get("use") || again.Get("number") != form.Get("number") || again.Get("to") != form.Get("to") {
				t.Errorf("back to %s, which posts %v", link, again)
			}
			if after := c.s.trail(t, ""); after != before {
				t.Errorf("%d entries in the trail have become %d", before, after)
			}
		})
	}
	k.post(t, "/funds/book/keep", url.Values{"day": {"2026-11-21"}}, http.StatusConflict, "Midnight has passed")
}

// A form that was sent before midnight, and is sent again after it by an impatient network, is answered as the first time.
func TestSentAgainAfterMidnight(t *testing.T) {
	t.Parallel()
	s := open(t, "store", "20000")
	form := fields(s.get(t, "/funds/products/term?months=6", http.StatusOK))
	s.post(t, "/funds/products/term", form, http.StatusOK, "paid until 21")
	entries := s.trail(t, "term")
	s.Live(1)
	s.owner = s.SignIn(s.owner.User)
	s.post(t, "/funds/products/term", form, http.StatusOK, "paid until 21")
	if again := s.trail(t, "term"); again != entries || entries != 1 {
		t.Errorf("the trail has %d entries about one payment, then %d", entries, again)
	}
}

// What was before a change is what the change before it made, however many change at once.
func TestWhatWasBefore(t *testing.T) {
	t.Parallel()
	s, k := open(t, "shop", "1000"), open(t, "line", "100000")
	s.stock(kyiv)
	s.rent(kyiv, "pbx", "")
	var crowd sync.WaitGroup
	for i := range 12 {
		crowd.Go(func() {
			s.post(t, "/numbers/380441234567/label", url.Values{"label": {fmt.Sprint("label ", i)}}, http.StatusOK)
		})
		crowd.Go(func() {
			s.post(t, "/numbers/380441234567/use", url.Values{"use": {billing.NumberUses[i%2]}}, http.StatusOK)
		})
		crowd.Go(func() {
			k.post(t, "/funds/products/packages/forwarding", url.Values{"minutes": {fmt.Sprint(i % 2 * 5000)}}, http.StatusOK)
		})
	}
	crowd.Wait()
	s.chained(t, "number", "label")
	s.chained(t, "number", "use")
	k.chained(t, "package", "set")
}

// chained checks that each entry of the trail begins where the one before it ended.
func (s *shop) chained(t *testing.T, object, action string) {
	t.Helper()
	entries, err := audit.List(t.Context(), s.App.DB, audit.Filter{Object: object, Action: action}, 0, 1000)
	if err != nil || len(entries) != 12 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, e := range entries[:len(entries)-1] {
		if was := entries[i+1].After; string(e.Before) != string(was) {
			t.Errorf("%s %s: before %s is %s, but it had been made %s", object, action, e.After, e.Before, was)
		}
	}
}

// trail counts what stands in the trail about a kind of object, or about any.
func (s *shop) trail(t *testing.T, object string) int {
	t.Helper()
	entries, err := audit.List(t.Context(), s.App.DB, audit.Filter{Object: object}, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
