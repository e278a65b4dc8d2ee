package gallery_test

import (
	"testing"

	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

// TestWithoutScripts: what scripts do more comfortably, links and forms do too.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	page := webtest.Start(t).Open(t, narrow)
	url := serve(t, look{lang.English, ui.ThemeLight, narrow})
	page.WithoutScripts(t)
	for _, c := range []struct{ at, do, want string }{
		{"/ui/tables", `document.querySelector("th a").click()`, `location.search === "?calls.sort=day"`},
		{"/ui/tables", `(() => { const f = document.querySelector("bw-table form"); f.elements[0].value = "s1"; f.requestSubmit() })()`, `document.querySelector(".chip")`},
		{"/ui/tables", `document.querySelector(".pager-links a").click()`, `location.search === "?calls.after=cursor-2"`},
		{"/ui/tables", `document.querySelector(".row-link").click()`, `location.pathname === "/ui/confirm"`},
		{"/ui", `document.querySelector(".period form").requestSubmit()`, `location.search.includes("from=2026-10-24")`},
		{"/ui/forms", `document.querySelector("[data-dialog]").click()`, `location.pathname === "/ui/confirm"`},
		{"/ui/confirm", `document.querySelector(".confirm").requestSubmit()`, `location.pathname === "/ui" && document.querySelector(".toast form")`},
		{"/ui/forms", `document.querySelector(".switch-form button").click()`, `location.pathname === "/ui"`},
		{"/ui", `(window.before = true, document.querySelector(".user-menu button[value=dark]").click())`, `!window.before && document.readyState === "complete" && location.pathname === "/ui"`},
		{"/ui", `document.querySelector(".topbar-search form").requestSubmit()`, `location.pathname === "/ui/search"`},
	} {
		page.GoPlain(t, url+c.at)
		if page.Text(t, "document.documentElement.dataset.scripted") != "undefined" {
			t.Fatal("scripts run")
		}
		page.Text(t, c.do)
		page.Await(t, c.want)
		page.CheckWidth(t)
	}
	page.CheckConsole(t)
}
