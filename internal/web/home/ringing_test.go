package home_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

// rings logs a call of a client at a time; 0 seconds of talk is a call that nobody answered. It comes from an advert where a source is named.
func rings(h *cabinettest.House, at time.Time, talk int, source string) {
	h.Helper()
	o := call.Opening{Project: "shop", ID: call.NewID(at), Direction: call.Inbound, Client: "+380671234567", Number: "+380443337720"}
	end := call.Closing{Status: call.NoAnswer, EndedAt: at.Add(20 * time.Second), EndedBy: call.ByClient}
	if talk > 0 {
		end.Status, end.AnsweredAt, end.EndedAt = call.Answered, at.Add(6*time.Second), at.Add(time.Duration(6+talk)*time.Second)
		end.Person = call.Person{ID: "e-1", Name: "Ann"}
	}
	end.Project, end.ID = o.Project, o.ID
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		if err := call.Open(ctx, tx, o); err != nil {
			return err
		}
		if source != "" {
			if err := call.Attribute(ctx, tx, call.Ref{Project: "shop", ID: o.ID}, call.Origin{Source: source, Medium: "cpc"}); err != nil {
				return err
			}
		}
		return call.Close(ctx, tx, end)
	})
}

// It is Sunday noon in Kyiv. The shop was called at 9:30 today (answered after 6 seconds), at 11:00 yesterday (missed) and at 13:00 yesterday, which
// is no comparison for a morning; and three times eight days ago, at 10:00.
func TestHasItRung(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "100")
	h.At(cabinettest.Noon.AddDate(0, 0, 14))
	owner = h.SignIn(owner.User)
	lacks(t, owner.Get("/p/shop"), "Calls today", "Nobody is calling")
	now := h.Now()
	rings(h, now.Add(-150*time.Minute), 60, "google")
	rings(h, now.Add(-25*time.Hour), 0, "google")
	rings(h, now.Add(-23*time.Hour), 30, "")
	for range 3 {
		rings(h, now.AddDate(0, 0, -8).Add(-2*time.Hour), 30, "")
	}
	page := owner.Get("/p/shop")
	wants(t, page, "Calls today 1 0% against yesterday by now", "Calls in 7 days 3 0% against the 7 days before", "Answered in 7 days 66.7% answered after 0:06", "Missed in 7 days 1",
		"Hour Calls Missed 0:00", "google 2 1 1", "unknown 1 1 0", "9:00 1 0", "11:00 1 1", "13:00 1 0", "10:00 0 0")
	if !strings.Contains(page.Body, `href="/p/shop/calls?f.direction=inbound&amp;f.source=google&amp;period=7d"`) {
		t.Error("a source does not open to its calls")
	}
	owner.Get("/p/shop/calls?f.direction=inbound&f.source=google&period=7d").Must(t, http.StatusOK, "2 calls")
}

// Rule T-106: who called and was talked to by nobody since is told of, with the way to call back.
func TestMissedCallsNeedSomebody(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "100")
	rings(h, h.Now().Add(-2*time.Hour), 0, "")
	wants(t, owner.Get("/p/shop"), "Nobody has called back 1 missed call +380 67 123 4567 Call back")
	wants(t, owner.Get("/p/shop/calls/missed"), "+380 67 123 4567")
	rings(h, h.Now().Add(-time.Hour), 30, "")
	lacks(t, owner.Get("/p/shop"), "missed call")
}

// What goes on stands there while it does, for those who may see calls alone (Rule A-07).
func TestWhatGoesOn(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "100")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Numbers.Rent(ctx, tx, "shop", number.Wish{Number: "+380443337720", Use: "pbx", Add: true}, "test", h.Now())
		return err
	})
	wants(t, owner.Get("/p/shop"), "Nobody is calling")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: "shop", ID: call.NewID(h.Now()), Direction: call.Inbound, Client: "+380671234567", Number: "+380443337720"})
	})
	wants(t, cabinettest.Answer{Status: http.StatusOK, Body: "<main>" + owner.Get("/p/shop/now").Must(t, http.StatusOK).Body}, "Talking now: 0, waiting for an answer: 1")
	accountant := h.Member(shop, access.Accountant)
	lacks(t, accountant.Get("/p/shop"), "Talking now", "Calls today", "missed call")
	accountant.Get("/p/shop/now").Must(t, http.StatusForbidden)
	h.Member(ident.ProjectOrg("other"), access.Owner).Get("/p/shop/now").Must(t, http.StatusNotFound)
}
