package webhook_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/event"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/tracking"
	"bellwether/internal/webhook"
)

// what differs from one run to the next
var chance = regexp.MustCompile(`"(id|message)": "(msg_)?\d+"|/(calls|leads)/\d+`)

// Rule W-04: the examples of the guide are what is really sent, and every kind stands in its list.
func TestTheGuidesExamplesAreReal(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t), eventsOf(t))
	e, _ := h.add(webhook.Kinds...)
	ref := h.rings()
	h.take()
	h.now = h.now.Add(70 * time.Second)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		return call.Close(ctx, tx, call.Closing{
			Project: "shop", ID: ref.ID, Status: call.Answered, AnsweredAt: noon.Add(9 * time.Second), EndedAt: h.now, EndedBy: call.ByClient, Category: "Order",
			Person: call.Person{ID: "e1", Name: "Olena", Department: "d1", DepartmentName: "Sales"},
		})
	})
	h.take()
	track := tracking.New(billing.New(pricebook.Shipped()), rand.Reader)
	if _, err := h.hooks.TakeLeads(t.Context(), h.now); err != nil {
		t.Fatal(err)
	}
	order := tracking.Order{Reference: "1007", Phone: client, Name: "Ann", Form: "shop"}
	if _, err := track.AddOrder(t.Context(), h.db, h.events, h.permit(shop), order, "UA", h.now); err != nil {
		t.Fatal(err)
	}
	if _, err := h.hooks.TakeLeads(t.Context(), h.now); err != nil {
		t.Fatal(err)
	}
	low, err := event.New("shop", billing.TopicState, billing.Transition{At: h.now, From: billing.Active, To: billing.Low})
	if err != nil {
		t.Fatal(err)
	}
	low.ID, low.At = 1, h.now
	if _, err := h.hooks.Take(t.Context(), low, h.now); err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../docs/guide/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(guide)
	for _, k := range webhook.Kinds {
		if !strings.Contains(text, "| `"+string(k)+"` |") {
			t.Errorf("the guide does not list %s", k)
		}
	}
	shown := chance.ReplaceAllString(text, "#")
	for _, d := range h.log(e.ID) {
		switch d.Kind {
		case webhook.CallRinging, webhook.CallEnded, webhook.LeadCreated, webhook.StateChanged:
		default:
			continue
		}
		one, err := webhook.GetDelivery(t.Context(), h.db, h.permit(shop), e.ID, d.Message)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if err := json.Indent(&body, []byte(one.Body), "", "  "); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(shown, chance.ReplaceAllString(body.String(), "#")) {
			t.Errorf("%s is not in the guide:\n%s", d.Kind, body.String())
		}
	}
}
