package ops_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bellwether/internal/approval"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

// overdraft is the form of an overdraft, sent by somebody who is sure.
func overdraft(amount string) url.Values {
	return url.Values{"id": {"to " + amount}, "overdraft": {amount}, "reason": {"they are late"}, "sure": {"yes"}}
}

// limit lets one signature book up to an amount.
func limit(h *cabinettest.House, amount money.Micro) {
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Approvals.SetLimit(ctx, tx, h.Permit(ident.Operator), "UAH", amount, "a test", h.Now())
		return err
	})
}

// As shipped one signature books any amount: the overview and the form say so, until a limit is set for every currency in use. Rule O-01.
func TestNoLimitIsSaid(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	for _, path := range []string{"/op", "/op/money/new"} {
		ann.Get(path).Must(t, http.StatusOK, "One signature books any amount: UAH", `href="/op/money/limits/new?currency=UAH"`)
	}
	limit(h, money.Unit)
	for _, path := range []string{"/op", "/op/money/new"} {
		if strings.Contains(ann.Get(path).Must(t, http.StatusOK).Body, "One signature books any amount") {
			t.Errorf("%s warns of a currency that has a limit", path)
		}
	}
}

// With a limit of 1 nobody gives 100,000,000 alone: it is shown first, waits, and another operator approves. Rule O-05.
func TestOverdraftTakesTwo(t *testing.T) {
	t.Parallel()
	h, ann, ben := house(t)
	limit(h, money.Unit)
	stands := func(want money.Micro) {
		t.Helper()
		held, err := ledger.GetAccount(t.Context(), h.App.DB, "shop")
		if err != nil || held.Overdraft != want*money.Unit {
			t.Errorf("the overdraft is %s, %v; want %d", held.Overdraft, err, want)
		}
	}
	wanted := overdraft("100000000")
	wanted.Del("sure")
	ann.Post("/op/projects/shop/overdraft", wanted).Must(t, http.StatusOK, "Ask for approval", "100,000,000", "100,001,000")
	stands(0)
	request := ann.Post("/op/projects/shop/overdraft", overdraft("100000000")).Must(t, http.StatusOK, "Waits for approval", "Overdraft")
	stands(0)
	ann.Post(request.Path+"/approve", url.Values{}).Must(t, http.StatusForbidden)
	ben.Post(request.Path+"/approve", url.Values{}).Must(t, http.StatusOK, "Booked")
	stands(100_000_000)
	ann.Get("/op/money?f.kind=overdraft").Must(t, http.StatusOK, "+100,000,000")
	noReason := overdraft("5")
	noReason.Del("reason")
	ann.Post("/op/projects/shop/overdraft", noReason).Must(t, http.StatusUnprocessableEntity, "field-error")
}

// A booking that was refused meanwhile is not said to be booked when it is sent again.
func TestSentAgainAfterARefusal(t *testing.T) {
	t.Parallel()
	h, ann, ben := house(t)
	limit(h, money.Unit)
	wanted := url.Values{"id": {"one"}, "project": {"shop"}, "kind": {"payment"}, "amount": {"500"}, "method": {"bank"}, "reason": {"it came"}, "sure": {"yes"}}
	request := ann.Post("/op/money/new", wanted).Must(t, http.StatusOK, "It waits for another operator")
	ben.Post(request.Path+"/refuse", url.Values{"reason": {"no such payment"}}).Must(t, http.StatusOK, "Refused")
	again := ann.Post("/op/money/new", wanted).Must(t, http.StatusOK, "Nothing was booked: Refused")
	if again.Path != request.Path || strings.Contains(again.Body, ">Booked<") {
		t.Errorf("%s is said to be booked", again.Path)
	}
	if found, err := approval.List(t.Context(), h.App.DB, approval.Filter{Kind: approval.Payment}, 10, h.Now()); err != nil || len(found) != 1 {
		t.Errorf("%d requests, %v", len(found), err)
	}
}
