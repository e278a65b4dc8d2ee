package ops_test

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
	"fmt"
	"context"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/web/webtest"
)

func TestShots(t *testing.T) {
	if os.Getenv("SHOTS") == "" {
		t.Skip()
	}
	h, ann, ben := house(t)
	for i := range 12 {
		id := ident.ProjectID(fmt.Sprintf("client%02d", i))
		h.Project(id, fmt.Sprint(60+i*300))
		h.Write(func(ctx context.Context, tx *store.Tx) error { return h.App.Billing.SwitchProducts(ctx, tx, id, []billing.Switch{{Product: "virtual_pbx", On: true}}, h.Now()) })
	}
	h.Agency("north", "client01", "client02", "client03", "shop")
	h.Live(4)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Approvals.SetLimit(ctx, tx, h.Permit(ident.Operator), "UAH", 1000*money.Unit, "Решение правления", h.Now())
		return err
	})
	w := url.Values{"id": {"one"}, "project": {"client03"}, "kind": {"payment"}, "amount": {"500"}, "method": {"bank"}, "reason": {"Платёж по счёту 12"}, "sure": {"y"}}
	ann.Post("/op/money/new", w)
	w.Set("id", "two"); w.Set("amount", "25000"); w.Set("kind", "credit")
	req := ann.Post("/op/money/new", w)
	draft := ann.Post("/op/books/next", url.Values{"book": {"ringostat"}, "effective": {"2027-01-01"}})
	upload(t, h, ann, draft.Path+"/text", map[string]string{"revision": "0", "text": textOf(ann.Get(draft.Path + "/text").Body)}, nil)
	ann.Post(draft.Path+"/rehearse", url.Values{"revision": {"1"}, "days": {"30"}})
	h.App.RunJobs(t.Context())
	upload(t, h, ann, "/op/numbers/add", map[string]string{"text": "number,carrier\n+380441234567,Vega\n+380671234568,Kyivstar\n"}, nil)
	ann.Post("/op/ledger-check", url.Values{})
	h.App.RunJobs(t.Context())
	jobs := ann.Get(draft.Path)
	at := strings.Index(jobs.Body, draft.Path+"/rehearsals/")
	run := jobs.Body[at : at+strings.Index(jobs.Body[at:], `"`)]
	agent := h.Member(ident.AgencyOrg("north"), access.AgencyRole)
	h.Pass(3 * time.Second)
	b := webtest.Start(t)
	lang, theme := os.Getenv("L"), os.Getenv("T")
	for _, width := range []int64{1280, 360} {
		if os.Getenv("W") != "" && os.Getenv("W") != fmt.Sprint(width) {
			continue
		}
		page := ann.Browse(t, b, width)
		page.SetCookie(t, h.URL, "__Host-lang", lang)
		page.SetCookie(t, h.URL, "__Host-theme", theme)
		for name, path := range map[string]string{"node": "/op", "projects": "/op/projects", "project": "/op/projects/client03", "money": "/op/money", "new": "/op/money/new?project=shop", "request": req.Path, "books": "/op/books", "draft": draft.Path, "run": run,
			"rates": "/op/rates?number=380671234567", "numbers": "/op/numbers", "agency": "/op/agencies/north", "audit": "/op/audit", "limits": "/op/money/limits", "view": "/op/projects/shop/view"} {
			page.Go(t, h.URL+path)
			page.Check(t)
			page.Shoot(t, fmt.Sprintf("/tmp/w/opstext/%s-%d-%s-%s.png", name, width, lang, theme))
		}
		other := agent.Browse(t, b, width)
		other.SetCookie(t, h.URL, "__Host-lang", lang)
		other.SetCookie(t, h.URL, "__Host-theme", theme)
		other.Go(t, h.URL+"/a/north/projects")
		other.Check(t)
		other.Shoot(t, fmt.Sprintf("/tmp/w/opstext/portfolio-%d-%s-%s.png", width, lang, theme))
	}
	_ = ben
}

func textOf(body string) string {
	from := strings.Index(body, "<textarea")
	from += strings.Index(body[from:], ">") + 1
	text := body[from : from+strings.Index(body[from:], "</textarea>")]
	text = strings.NewReplacer("&#34;", `"`, "&#39;", "'", "&amp;", "&", "&lt;", "<", "&gt;", ">").Replace(text)
	return strings.Replace(text, "UAH: 999,", "UAH: 1299,", 1)
}
