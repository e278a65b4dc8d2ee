package cabinet_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
)

// openWide starts the program with every route there is: anybody may sign up, and there is a demo to load, which loads nothing.
func openWide(t *testing.T) *cabinettest.House {
	t.Helper()
	return cabinettest.OpenWith(t, config.Flags{SignUp: config.SignUpOpen}, app.Options{Demo: app.Demo{
		Project: "demo",
		Load:    func(context.Context, *app.App, func(done, total int64)) error { return nil },
		Remove:  func(context.Context, *app.App, audit.Actor, time.Time) error { return nil },
	}})
}

// ask sends a request as a page of the site does, and answers what comes at once.
func ask(t *testing.T, h *cabinettest.House, who *cabinettest.Person, method, path string, form url.Values) cabinettest.Answer {
	t.Helper()
	r, err := http.NewRequest(method, h.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return who.SendOnce(r)
}

// harmless is what whoever looks through another's eyes may send all the same: it ends what they do, or stores nothing.
var harmless = map[string]bool{
	"POST " + cabinet.EndViewPath: true, "POST /sign-out": true, "POST /p/{project}/support/seen": true, "POST /a/{agency}/support/seen": true, "POST /me/support/seen": true,
	"POST /p/{project}/telephony/schemes/{scheme}/try": true, "POST /p/{project}/tracking/sites/{site}/try": true,
}

// Rule A-14: whoever views as somebody else changes nothing, on pages that ask for no right and on open ones too.
func TestViewersChangeNothing(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	h.Project("shop", "1000")
	owner, operator := h.Member(shop, access.Owner), h.Operator()
	ask(t, h, operator, http.MethodPost, "/op/projects/shop/view", url.Values{"member": {string(owner.ID)}, "reason": {"ticket 7"}})
	if got := operator.Get("/p/shop"); !strings.Contains(got.Body, "somebody else’s eyes") {
		t.Fatalf("no view: %d", got.Status)
	}
	for _, route := range h.App.Cabinet.Routes() {
		if method, path := pathOf(route); method != http.MethodGet && !harmless[route.Pattern] {
			if got := ask(t, h, operator, method, path, url.Values{}); got.Status != http.StatusForbidden {
				t.Errorf("%s answers a viewer %d", route.Pattern, got.Status)
			}
		}
	}
	if got := ask(t, h, operator, http.MethodPost, "/p/shop/support/seen", url.Values{"seq": {"1"}}); got.Status >= http.StatusBadRequest {
		t.Errorf("having seen a message is %d", got.Status)
	}
	if got := ask(t, h, operator, http.MethodPost, cabinet.EndViewPath, url.Values{}); got.Status != http.StatusSeeOther {
		t.Errorf("ending the view is %d", got.Status)
	}
}
