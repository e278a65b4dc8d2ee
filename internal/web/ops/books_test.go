package ops_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bellwether/internal/billing"
	"bellwether/internal/bookshelf"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Drafts are told apart by file, author and what they call themselves; what is no book is refused with its line, what is a version already
// too. Rule O-11.
func TestDraftsAreToldApart(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	book := func(version string) map[string][2]string {
		return map[string][2]string{"book": {version + ".yaml", "book: mine\nversion: " + version + "\nmonth: never\n"}}
	}
	upload(t, h, ann, "/op/books/upload", nil, book("spring")).Must(t, http.StatusOK, "mine@spring", "spring.yaml")
	upload(t, h, ann, "/op/books/upload", nil, book("autumn")).Must(t, http.StatusOK)
	ann.Get("/op/books").Must(t, http.StatusOK, "mine@spring", "mine@autumn", "spring.yaml", "autumn.yaml", "Olha Operator")
	upload(t, h, ann, "/op/books/upload", map[string]string{"text": "dear sirs,\nprices rise"}, nil).Must(t, http.StatusUnprocessableEntity, "This is no price book. Line 1", "dear sirs")
	if drafts, err := bookshelf.List(t.Context(), h.App.DB); err != nil || len(drafts) != 2 {
		t.Errorf("%v, %v", drafts, err)
	}
}

// More than fits is answered, not cut off: the page says how much does.
func TestTooLargeUploads(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	large := strings.Repeat("x", 80<<20)
	upload(t, h, ann, "/op/books/upload", nil, map[string][2]string{"book": {"b.yaml", large}}).Must(t, http.StatusRequestEntityTooLarge, "at most 40 MB fit here")
	ann.Post("/op/money/new", url.Values{"reason": {strings.Repeat("x", 1<<20)}}).Must(t, http.StatusRequestEntityTooLarge, "at most 256 KB fit here")
}

// A payment is found by its id, its amount and its reason, by the operator and in its project.
func TestSearchFindsPayments(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	asked := ann.Post("/op/money/new", url.Values{
		"id": {"invoice-1717"}, "project": {"shop"}, "kind": {"payment"}, "amount": {"317,50"}, "method": {"bank"}, "reason": {"Рахунок Квітки"}, "sure": {"yes"},
	}).Must(t, http.StatusOK, "317.50")
	for _, words := range []string{"invoice-1717", "1717", "317,50", "-317.5", "квітки"} {
		ann.Get("/op/search?q="+url.QueryEscape(words)).Must(t, http.StatusOK, asked.Path)
		ann.Get("/op/suggest?q="+url.QueryEscape(words)).Must(t, http.StatusOK, asked.Path)
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Billing.Adjust(ctx, tx, "shop", billing.Adjustment{ID: "adj-5", Amount: 5 * money.Unit, Reason: "За мовчання"}, h.Now())
		return err
	})
	for words, says := range map[string]string{"invoice-1717": "317.50", "317.50": "invoice-1717", "adj-5": "5.00", "за мовч": "5.00"} {
		ann.Get("/p/shop/search?q="+url.QueryEscape(words)).Must(t, http.StatusOK, says, "/p/shop/funds/entries/")
	}
	if page := ann.Get("/p/shop/search?q=nothing-like-it"); strings.Contains(page.Body, "/funds/entries/") {
		t.Error("something is found by nothing")
	}
}

// The form of a limit offers the currencies that books sell in. Rule O-04.
func TestLimitsOfCurrencies(t *testing.T) {
	t.Parallel()
	_, ann, _ := house(t)
	page := ann.Get("/op/money/limits/new").Must(t, http.StatusOK, `<option value="UAH" selected`, `<option value="RUB"`)
	if strings.Contains(page.Body, "ZZZ") {
		t.Error("ZZZ is offered")
	}
	ann.Post("/op/money/limits/new", url.Values{"currency": {"ZZZ"}, "amount": {"5"}, "reason": {"x"}}).Must(t, http.StatusUnprocessableEntity, "No price book sells in this currency")
	ann.Post("/op/money/new", url.Values{"id": {"x"}, "project": {"shop"}, "kind": {"payment"}, "amount": {"0.001"}, "method": {"bank"}, "reason": {"x"}, "sure": {"yes"}}).
		Must(t, http.StatusUnprocessableEntity, "more decimals than its currency")
}
