package cabinet_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

// swap asks for a page as a shell does whose mark is known.
func swap(t *testing.T, p *cabinettest.Person, h *cabinettest.House, path, mark string) cabinettest.Answer {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, h.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("HX-Request", "true")
	r.Header.Set(ui.ShellHeader, mark)
	return p.Send(r)
}

// markOf is the mark that a whole page bears.
func markOf(t *testing.T, body string) string {
	t.Helper()
	_, rest, ok := strings.Cut(body, "{&#34;"+ui.ShellHeader+"&#34;:&#34;")
	mark, _, _ := strings.Cut(rest, "&#34;")
	if !ok || mark == "" {
		t.Fatalf("the page bears no mark: %.1500s", body)
	}
	return mark
}

// A frame of another organisation is never left around a page; within one the shell stands.
func TestShellOfAnotherOrganisationIsLoadedWhole(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.Agency("north", "shop", "other")
	agent := h.Member(ident.AgencyOrg("north"), access.AgencyRole)
	mark := markOf(t, agent.Get("/a/north/projects").Must(t, http.StatusOK).Body)
	if same := swap(t, agent, h, "/a/north/projects", mark).Must(t, http.StatusOK, `<main id="main"`); same.Header.Get("HX-Redirect") != "" {
		t.Error("the shell is loaded anew within one organisation")
	}
	if to := swap(t, agent, h, "/p/shop/three?sort=-name", mark).Header.Get("HX-Redirect"); to != "/p/shop/three?sort=-name" {
		t.Errorf("into a project the browser is sent to %q", to)
	}
	inside := markOf(t, agent.Get("/p/shop/three").Must(t, http.StatusOK, "Shop shop").Body)
	if to := swap(t, agent, h, "/p/other/three", inside).Header.Get("HX-Redirect"); to != "/p/other/three" {
		t.Errorf("into another project the browser is sent to %q", to)
	}
	swap(t, agent, h, "/p/shop/three", inside).Must(t, http.StatusOK, `<main id="main"`)
}

// Rule A-14: whoever views as somebody else sees it on the first page, and no more once the view has ended; a project that is entered
// from the operator's pages brings its own top bar.
func TestShellFollowsTheReader(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.Member(shop, access.Owner)
	page := h.Operator().Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+"/op/projects/shop")
	page.Text(t, `document.querySelector(".topbar").dataset.same = "yes"`)
	page.Text(t, `document.querySelector('#rail a[href="/op/audit"]').click()`)
	page.Await(t, `location.pathname === "/op/audit" && document.querySelector(".topbar").dataset.same === "yes"`)
	page.Text(t, `document.querySelector('#rail a[href="/op/projects"]').click()`)
	page.Await(t, `document.querySelector('main a[href="/op/projects/shop"]')`)
	page.Text(t, `document.querySelector('main a[href="/op/projects/shop"]').click()`)
	page.Await(t, `document.querySelector('main a[href="/p/shop"]')`)
	page.Text(t, `document.querySelector('main a[href="/p/shop"]').click()`)
	page.Await(t, `location.pathname.startsWith("/p/shop") && document.querySelector(".switcher-name bdi")?.textContent === "Shop shop" && document.querySelector("#balance")`)
	page.Await(t, `document.querySelector("form[action='/p/shop/search']")`)
	page.Go(t, h.URL+"/op/projects/shop/view")
	page.Fill(t, map[string]string{"reason": "they asked why"})
	page.Click(t, "main form button[type=submit]")
	page.Await(t, `location.pathname.startsWith("/p/shop") && document.querySelector(".notices a[href='`+cabinet.EndViewPath+`']")`)
	page.Click(t, ".notices a[href='"+cabinet.EndViewPath+"']")
	page.Await(t, `document.querySelector(".confirm button[type=submit]")`)
	page.Click(t, ".confirm button[type=submit]")
	page.Await(t, `location.pathname.startsWith("/op") && !document.querySelector(".notices a[href='`+cabinet.EndViewPath+`']")`)
	page.CheckConsole(t)
}

// Around their own pages people see the project they were last in: its clock beside its currency and balance.
func TestOwnPagesKeepTheClockOfTheProject(t *testing.T) {
	t.Parallel()
	h := open(t)
	owner := h.Member(shop, access.Owner)
	h.Join(owner.User, ident.ProjectOrg("other"), access.Owner)
	for _, project := range []string{"shop", "other"} {
		zone, _, ok := strings.Cut(afterText(owner.Get("/p/"+project+"/three").Must(t, http.StatusOK).Body, `class="topbar-zone">`), "</span>")
		if !ok || !strings.Contains(zone, "Kyiv") {
			t.Fatalf("the top bar of the project says %q", zone)
		}
		for _, path := range []string{"/me", "/me/sessions", "/help", "/help/first-steps"} {
			owner.Get(path).Must(t, http.StatusOK, `class="topbar-zone">`+zone, "Shop "+project+"</bdi>")
		}
	}
}

// afterText is what follows the first occurrence of a text.
func afterText(s, text string) string {
	_, rest, _ := strings.Cut(s, text)
	return rest
}
