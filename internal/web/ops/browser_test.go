package ops_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/rehearsal"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

// furnished is a house with something on every page; it gives the pages.
func furnished(t *testing.T) (h *cabinettest.House, ann *cabinettest.Person, paths []string) {
	t.Helper()
	h, ann, _ = house(t)
	for i := range 3 {
		id := ident.ProjectID("client" + strconv.Itoa(i))
		h.Project(id, strconv.Itoa(60+i*300))
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return h.App.Billing.SwitchProducts(ctx, tx, id, []billing.Switch{{Product: "virtual_pbx", On: true}}, h.Now())
		})
	}
	h.Agency("north", "client1", "client2")
	h.Live(3)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Approvals.SetLimit(ctx, tx, h.Permit(ident.Operator), "UAH", 1000*money.Unit, "a decision of the board", h.Now())
		return err
	})
	request := ann.Post("/op/money/new", url.Values{
		"id": {"one"}, "project": {"client1"}, "kind": {"payment"}, "amount": {"25000"}, "method": {"bank"}, "reason": {"invoice 12"}, "sure": {"yes"},
	}).Must(t, 200)
	draft := ann.Post("/op/books/next", url.Values{"book": {"ringostat"}, "effective": {"2027-01-01"}}).Must(t, 200)
	ann.Post(draft.Path+"/rehearse", url.Values{"revision": {"0"}, "days": {"30"}}).Must(t, 200)
	ann.Post("/op/ledger-check", url.Values{}).Must(t, 200)
	runner := job.NewRunner(h.App.DB, "test", h.Now, map[string]job.Handler{
		rehearsal.Kind: rehearsal.NewStage(h.App.DB, h.App.Books, h.Now).Handle, ledger.VerifyKind: ledger.VerifyJob(h.App.DB),
	})
	for range 2 {
		if ran, err := runner.Once(t.Context(), nil); !ran || err != nil {
			t.Fatalf("ran %t, %v", ran, err)
		}
	}
	upload(t, h, ann, "/op/numbers/add", map[string]string{"text": "number,carrier\n+380441234567,Vega\n"}, nil).Must(t, 200)
	broken := upload(t, h, ann, "/op/books/upload", map[string]string{"text": "book: x\nversion: " + strings.Repeat("W", 200) + "\nproducts:\n  " + strings.Repeat("p", 90) + ": 7\n"}, nil).Must(t, 200, "mistakes")
	page := ann.Get(draft.Path).Must(t, 200, draft.Path+"/rehearsals/").Body
	from := strings.Index(page, draft.Path+"/rehearsals/")
	h.Pass(3 * time.Second)
	return h, ann, []string{
		"/op", "/op/projects", "/op/projects/client1", "/op/projects/open", "/op/money", "/op/money/new", request.Path, "/op/money/limits", "/op/books", draft.Path, draft.Path + "/text", broken.Path,
		page[from : from+strings.Index(page[from:], `"`)], "/op/rates?number=380671234567", "/op/numbers", "/op/numbers/+380441234567", "/op/agencies", "/op/agencies/north", "/op/audit",
	}
}

// In a browser nothing is wrong with any page: no errors, nothing that axe finds, nothing wider than a phone. Pictures are kept in the
// folder that BELLWETHER_SHOTS names.
func TestLooks(t *testing.T) {
	t.Parallel()
	h, ann, paths := furnished(t)
	agent := h.Member(ident.AgencyOrg("north"), access.AgencyRole)
	browser := webtest.Start(t)
	for _, look := range []struct {
		lang, theme string
		width       int64
	}{{"uk", "dark", 1280}, {"ru", "light", 360}} {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, p := range []*cabinettest.Person{ann, agent} {
				if _, err := account.EditUser(ctx, tx, audit.Program("test"), p.ID, p.Name, look.lang, h.Now()); err != nil {
					return err
				}
			}
			return nil
		})
		h.Pass(5 * time.Second) // for sessions to notice
		open := func(p *cabinettest.Person) *webtest.Page {
			tab := p.Browse(t, browser, look.width)
			tab.SetCookie(t, h.URL, "__Host-theme", look.theme)
			return tab
		}
		see := func(tab *webtest.Page, path string) {
			tab.Go(t, h.URL+path)
			if help := tab.Text(t, "String(document.querySelector('.page-help') !== null)"); help != "true" {
				t.Errorf("%s is not the page", path)
			}
			tab.Check(t)
			if folder := os.Getenv("BELLWETHER_SHOTS"); folder != "" {
				name := strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(strings.Trim(path, "/"))
				tab.Shoot(t, filepath.Join(folder, name[:min(40, len(name))]+"-"+look.lang+"-"+look.theme+"-"+strconv.FormatInt(look.width, 10)+".png"))
			}
		}
		page := open(ann)
		for _, path := range paths {
			see(page, path)
		}
		see(open(agent), "/a/north/projects") // in the same browser: from here on it is the agent's
	}
}
