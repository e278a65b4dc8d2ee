package support_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/support"
	"bellwether/internal/web/webtest"
)

// What another node wrote, straight into the database, is on the open pages of this one too.
func TestOtherNodesAreHeard(t *testing.T) {
	t.Parallel()
	h, owner, _, operator := open(t)
	owner.Post("/p/shop/support", message("question")).Must(t, http.StatusOK)
	path := first(t, operator)
	page := owner.Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+"/p/shop/support")
	page.Await(t, `document.documentElement.dataset.live === "on"`)
	permit, err := access.NewGate(h.App.DB).Enter(t.Context(), access.BySession(account.Session{ID: "s", User: operator.ID}, audit.Actor{}), ident.Operator, h.Now())
	if err != nil {
		t.Fatal(err)
	}
	desk, err := support.DeskOf(permit)
	if err != nil {
		t.Fatal(err)
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		listed, err := desk.List(ctx, tx, support.WaitingQueue, support.Place{}, 1)
		if err != nil {
			return err
		}
		_, _, err = desk.Answer(ctx, tx, listed[0].ID, support.Draft{ClientID: rand.Text(), Body: "from elsewhere"}, h.Now())
		return err
	})
	if err := h.App.Talks.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	page.Await(t, `document.querySelector("#talk .talk-lines").textContent.includes("from elsewhere")`)
	operator.Get(path).Must(t, http.StatusOK, "from elsewhere")
}
