package telephony_test

import (
	"context"
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet/cabinettest"
)

// line adds a trunk of an organisation.
func line(h *cabinettest.House, org ident.Org, name string) (id trunk.ID) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		made, err := h.App.Trunks.Add(ctx, tx, h.Permit(org), trunk.Trunk{
			Name: name, Enabled: true, Priority: 10, Mode: trunk.ByRegistration, Transport: trunk.UDP, Server: "sip.vega.example", User: "u1",
			Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
		}, "a bell", h.Now())
		id = made.ID
		return err
	})
	return id
}

// mails are those about trunks that wait to be delivered: "trunk_dead owner@shop.example".
func mails(h *cabinettest.House) (all []string) {
	h.Helper()
	err := store.EachRow(context.Background(), h.App.DB, `SELECT kind, recipient FROM mail_message WHERE kind LIKE 'trunk_%'`, nil, func(rows *sql.Rows) error {
		var kind, to string
		err := rows.Scan(&kind, &to)
		all = append(all, kind+" "+to)
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// Rule T-59: of a project's trunk its owner and administrators are told, of the operator's the operators; by mail, and on their pages for as
// long as it lasts.
func TestDeadTrunk(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	manager := h.Member(shop, access.Manager)
	h.Member(shop, access.Administrator)
	h.Member(other, access.Owner)
	operator := h.Operator()
	own, house := line(h, shop, "Vega <b>"), line(h, ident.Operator, "Altair")
	report := func(id trunk.ID, up bool) {
		t.Helper()
		if err := h.App.Trunks.Report(t.Context(), id, up, "408 <i>", "n1", h.Now()); err != nil {
			t.Fatal(err)
		}
		h.App.WatchTrunks(t.Context())
	}
	if report(own, false); len(mails(h)) > 0 {
		t.Error("told of at once")
	}
	h.Pass(2 * time.Minute)
	report(own, false)
	want := []string{"trunk_dead administrator@shop.example", "trunk_dead owner@shop.example"}
	if got := mails(h); !slices.Equal(got, want) {
		t.Errorf("mails %v, want %v", got, want)
	}
	const notice = "Trunk Vega &lt;b&gt; has not worked since"
	owner.Get("/p/shop").Must(t, http.StatusOK, notice)
	owner.Get(at+"/trunks").Must(t, http.StatusOK, notice, "The last error: 408 &lt;i&gt;")
	owner.Get(at+"/trunks/"+string(own)).Must(t, http.StatusOK, notice)
	manager.Get("/p/shop").Must(t, http.StatusOK, notice)
	if body := operator.Get("/op").Must(t, http.StatusOK).Body; strings.Contains(body, "has not worked since") {
		t.Error("a project's trunk is among the operator's")
	}
	if h.App.Health().Calls != nil {
		t.Error("a node without telephony tells of its trunks")
	}
	report(house, false)
	h.Pass(2 * time.Minute)
	report(house, false)
	if got := mails(h); len(got) != len(want)+1 || !strings.HasPrefix(got[1], "trunk_dead ") {
		t.Errorf("mails %v", got)
	}
	operator.Get("/op").Must(t, http.StatusOK, "Trunk Altair has not worked since")
	operator.Get("/op/trunks").Must(t, http.StatusOK, "Trunk Altair has not worked since")
	report(own, true)
	h.Pass(5 * time.Minute)
	report(own, true)
	if got := mails(h); len(got) != 2*len(want)+1 || got[0] != "trunk_back administrator@shop.example" {
		t.Errorf("mails %v", got)
	}
	if body := owner.Get("/p/shop").Body; strings.Contains(body, notice) {
		t.Error("the notice stays")
	}
}

// Rule T-59: where a project has nobody, the operators are told of its trunk.
func TestNobodysDeadTrunk(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	h.Project("shop", "5000")
	h.Operator()
	own := line(h, shop, "Vega")
	for range 2 {
		if err := h.App.Trunks.Report(t.Context(), own, false, "", "n1", h.Now()); err != nil {
			t.Fatal(err)
		}
		h.App.WatchTrunks(t.Context())
		h.Pass(2 * time.Minute)
	}
	if got := mails(h); len(got) != 1 {
		t.Errorf("mails %v", got)
	}
}
