package cabinet_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// open starts the program with one page of a list of three rows that marketers may see, though not export.
func open(t *testing.T) *cabinettest.House {
	t.Helper()
	h := cabinettest.Open(t)
	list := cabinet.List{
		Spec:    ui.TableSpec{Sort: "name", Columns: []ui.Column{{Key: "name", Title: "Name", Sortable: true}, {Key: "sum", Title: "Sum", Numeric: true}}, Rows: 2},
		Caption: "Three", Right: access.Funds,
		Load: func(_ context.Context, _ ui.TableState, after string, limit int) (rows []cabinet.Row, next string, err error) {
			all := []string{"=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\u202eabc"}
			from := strings.Index("012", after)
			for i := from; i < len(all); i++ {
				if len(rows) == limit {
					return rows, string("012"[i]), nil
				}
				rows = append(rows, cabinet.Row{ID: all[i], Cells: map[string]cabinet.Cell{
					"name": cabinet.Text(all[i]), "sum": cabinet.Money(money.MustParse("-98.5"), "UAH"),
				}})
			}
			return rows, "", nil
		},
	}
	h.App.Cabinet.Handle("GET /p/{project}/three", cabinet.Project(access.View, access.Funds), func(v *cabinet.Visit) error {
		return v.RenderList(ui.Page{Title: "Three"}, list)
	})
	h.App.Cabinet.Handle("POST /p/{project}/change", cabinet.Project(access.Edit, access.Settings), func(v *cabinet.Visit) error {
		return v.Done(v.Path("/three"), ui.Toast{Text: "It is done"})
	})
	h.Project("shop", "1000")
	h.Project("other", "5")
	return h
}

var shop = ident.ProjectOrg("shop")

// Rule A-07: what somebody may not know of answers as what does not exist.
func TestWhoMayEnter(t *testing.T) {
	t.Parallel()
	h := open(t)
	owner, manager := h.Member(shop, access.Owner), h.Member(shop, access.Manager)
	h.Stranger().Get("/p/shop/three").Must(t, http.StatusUnauthorized)
	owner.Get("/p/shop/three").Must(t, http.StatusOK, "Three", "1,000.00", "Shop shop")
	manager.Get("/p/shop/three").Must(t, http.StatusForbidden, "no right to this")
	manager.Post("/p/shop/change", url.Values{"x": {"1"}}).Must(t, http.StatusForbidden)
	foreign, missing := owner.Get("/p/other/three"), owner.Get("/p/nothing/three")
	foreign.Must(t, http.StatusNotFound)
	missing.Must(t, http.StatusNotFound)
	if strings.ReplaceAll(foreign.Body, "other", "nothing") != strings.ReplaceAll(missing.Body, foreign.Header.Get("X-Request-Id"), "") &&
		strings.Contains(foreign.Body, "Shop other") {
		t.Error("a foreign project is told from one that is not there")
	}
	owner.Post("/p/shop/change", url.Values{"x": {"1"}}).Must(t, http.StatusOK, "It is done")
}

func TestExportIsWhatIsShown(t *testing.T) {
	t.Parallel()
	h := open(t)
	owner, marketer := h.Member(shop, access.Owner), h.Member(shop, access.Marketer)
	csv := owner.Get("/p/shop/three?format=csv").Must(t, http.StatusOK).Body
	want := "Name,Sum\n'=cmd|' /C calc'!A0,-98.5\n<script>alert(1)</script>,-98.5\n\u202eabc,-98.5\n"
	if diff := cmp.Diff(want, csv); diff != "" {
		t.Error(diff)
	}
	var rows []map[string]string
	if err := json.Unmarshal([]byte(owner.Get("/p/shop/three?format=json&cols=name").Must(t, http.StatusOK).Body), &rows); err != nil || len(rows) != 3 || len(rows[0]) != 1 {
		t.Errorf("%v %v", rows, err)
	}
	if book := owner.Get("/p/shop/three?format=xlsx").Must(t, http.StatusOK); !strings.HasPrefix(book.Body, "PK") {
		t.Error("the workbook is none")
	}
	owner.Get("/p/shop/three?format=exe").Must(t, http.StatusUnprocessableEntity)
	marketer.Get("/p/shop/three").Must(t, http.StatusOK)
	marketer.Get("/p/shop/three?format=csv").Must(t, http.StatusForbidden)
}

func TestSavedViews(t *testing.T) {
	t.Parallel()
	h := open(t)
	owner := h.Member(shop, access.Owner)
	page := url.Values{"page": {"/three"}}.Encode()
	owner.Post("/p/shop/views?"+page, url.Values{"name": {"Down"}, "query": {"sort=-name"}}).Must(t, http.StatusOK, "Down", "The view is saved")
	owner.Get("/p/shop/three").Must(t, http.StatusOK, "/p/shop/three?sort=-name")
	for name, form := range map[string]url.Values{
		"no name": {"query": {"sort=-name"}}, "long": {"name": {strings.Repeat("x", 61)}, "query": {"a=b"}}, "query": {"name": {"x"}, "query": {"%zz"}},
	} {
		if got := owner.Post("/p/shop/views?"+page, form); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	owner.Post("/p/shop/views?page=//evil.example", url.Values{"name": {"x"}, "query": {"a=b"}}).Must(t, http.StatusUnprocessableEntity)
	h.Member(shop, access.Administrator).Get("/p/shop/three").Must(t, http.StatusOK)
}

// In a browser the session is kept, and the balance follows the account.
func TestBalanceFollows(t *testing.T) {
	t.Parallel()
	h := open(t)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	go h.App.Cabinet.Watch(ctx)
	page := h.Member(shop, access.Owner).Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+"/p/shop/three")
	page.Await(t, `document.querySelector("#balance .pill-amount").textContent.includes("1,000.00")`)
	h.Pay("shop", "second", "500")
	page.Await(t, `document.querySelector("#balance .pill-amount").textContent.includes("1,500.00")`)
}

// Whoever chooses a language in the menu reads it from then on, in every browser.
func TestLanguageIsKeptWithTheAccount(t *testing.T) {
	t.Parallel()
	h := open(t)
	owner := h.Member(shop, access.Owner)
	owner.Get("/p/shop/three").Must(t, http.StatusOK, `<html lang="en"`)
	owner.Post("/preferences", url.Values{"lang": {"uk"}, "back": {"/p/shop/three"}}).Must(t, http.StatusOK, `<html lang="uk"`)
	h.SignIn(owner.User).Get("/p/shop/three").Must(t, http.StatusOK, `<html lang="uk"`)
}

// A right in one organisation is none to export the lists of another, nor is having no permit at all.
func TestExportWithoutAPermit(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	list := cabinet.List{
		Spec: ui.TableSpec{Sort: "name", Columns: []ui.Column{{Key: "name", Title: "Name"}}}, Right: access.Funds,
		Load: cabinet.Rows(func(context.Context, ui.TableState) ([]cabinet.Row, error) { return nil, nil }),
	}
	h.App.Cabinet.Handle("GET /own-list", cabinet.SignedIn(), func(v *cabinet.Visit) error {
		v.Org = shop // as an action might say by mistake
		return v.RenderList(ui.Page{Title: "List"}, list)
	})
	anna := h.SignIn(h.User("anna@shop.example"))
	anna.Get("/own-list?format=csv").Must(t, http.StatusForbidden)
	if body := anna.Get("/own-list").Must(t, http.StatusOK).Body; strings.Contains(body, "format=csv") {
		t.Error("the export is offered")
	}
}
