package gallery_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
	"bellwether/internal/web/webtest"
)

// snap keeps a picture of the window where BELLWETHER_SHOTS names a folder.
func snap(t *testing.T, page *webtest.Page, name string) {
	t.Helper()
	if folder := os.Getenv("BELLWETHER_SHOTS"); folder != "" {
		page.ShootWindow(t, filepath.Join(folder, "open-"+name+".png"))
	}
}

func TestKeyboardOnly(t *testing.T) {
	t.Parallel()
	browser := webtest.Start(t)
	url := serve(t, look{lang.English, ui.ThemeLight, wide})
	for name, walk := range map[string]func(*testing.T, *webtest.Page){
		"skip": func(t *testing.T, p *webtest.Page) {
			p.Press(t, kb.Tab, kb.Enter)
			p.Await(t, `document.activeElement.id === "main"`)
		},
		"rows": func(t *testing.T, p *webtest.Page) {
			p.Press(t, "j", "j", "k", "j")
			p.Await(t, `document.activeElement === document.querySelectorAll("tr.row")[1]`)
			snap(t, p, "row")
			p.Press(t, kb.Enter)
			p.Await(t, `location.pathname === "/ui/confirm" && document.querySelector("h1").textContent.includes("call tracking")`)
		},
		"sort": func(t *testing.T, p *webtest.Page) {
			p.TabTo(t, "th a")
			p.Press(t, kb.Enter)
			p.Await(t, `location.search.includes("calls.sort=day") && document.querySelector("th").ariaSort === "ascending"`)
		},
		"filter": func(t *testing.T, p *webtest.Page) {
			p.TabTo(t, "bw-table summary")
			p.Press(t, kb.Enter)
			p.Await(t, `document.querySelector("bw-table details").open`)
			snap(t, p, "filter")
			p.CheckAxe(t)
			p.Press(t, kb.Tab, kb.ArrowDown, kb.Tab, "4", "4", kb.Enter)
			p.Await(t, `document.querySelectorAll(".chip").length === 2 && location.search.includes("calls.f.source=s0")`)
		},
		"columns": func(t *testing.T, p *webtest.Page) {
			p.TabTo(t, ".table-shape details:nth-of-type(2) summary")
			p.Press(t, kb.Enter, kb.Tab, " ")
			snap(t, p, "columns")
			p.Press(t, kb.Enter)
			p.Await(t, `document.querySelectorAll("thead th").length === 5 && location.search.includes("calls.cols=source")`)
		},
		"period": func(t *testing.T, p *webtest.Page) {
			p.TabTo(t, ".period summary")
			p.Press(t, kb.Enter)
			snap(t, p, "period")
			p.CheckAxe(t)
			p.Press(t, kb.Tab, kb.Tab, kb.Enter)
			p.Await(t, `location.search === "?period=yesterday"`)
			p.Await(t, `document.querySelector(".period summary").textContent.includes("Yesterday")`)
		},
		"palette": func(t *testing.T, p *webtest.Page) {
			p.Ctrl(t, "k")
			p.Await(t, `document.querySelector("#palette").open`)
			snap(t, p, "palette")
			p.CheckAxe(t)
			p.Press(t, "n", "u", "m", "b", "e", "r", "s", kb.Enter)
			p.Await(t, `location.pathname === "/ui/hostile" && !document.querySelector("#palette").open`)
		},
		"shortcuts": func(t *testing.T, p *webtest.Page) {
			p.Press(t, "?")
			p.Await(t, `document.querySelector("#shortcuts").open`)
			snap(t, p, "shortcuts")
			p.CheckAxe(t)
			p.Press(t, kb.Escape)
			p.Await(t, `!document.querySelector("#shortcuts").open`)
		},
		"menu": func(t *testing.T, p *webtest.Page) {
			p.TabTo(t, ".user-menu summary")
			p.Press(t, kb.Enter, kb.ArrowDown)
			p.Await(t, `document.activeElement.closest(".user-menu .menu-panel")`)
			snap(t, p, "user")
			p.CheckAxe(t)
			p.Press(t, kb.Escape)
			p.Await(t, `!document.querySelector(".user-menu").open && document.activeElement.matches(".user-menu summary")`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			page := browser.Open(t, wide)
			page.Go(t, url+"/ui/tables")
			walk(t, page)
			page.CheckConsole(t)
		})
	}
}

// TestDialogOverThePage opens the confirmation over the page, cancels, confirms, and finds a toast with its undo.
func TestDialogOverThePage(t *testing.T) {
	t.Parallel()
	browser := webtest.Start(t)
	page := browser.Open(t, wide)
	page.Go(t, serve(t, look{lang.Ukrainian, ui.ThemeDark, wide})+"/ui/forms")
	const opener = `[data-dialog].button`
	page.TabTo(t, opener)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("#dialog").open && document.querySelector("#dialog .confirm")`)
	page.CheckAxe(t)
	snap(t, page, "dialog")
	page.Press(t, kb.Escape)
	page.Await(t, `!document.querySelector("#dialog").open && document.activeElement.matches('`+opener+`')`)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("#dialog").open`)
	page.TabTo(t, "#dialog .button-primary")
	page.Press(t, kb.Enter)
	page.Await(t, `!document.querySelector("#dialog").open && location.pathname === "/ui" && document.querySelector("bw-toast form")`)
	page.CheckAxe(t)
	page.CheckConsole(t)
	snap(t, page, "toast")
}

func TestSwapKeepsTheShell(t *testing.T) {
	t.Parallel()
	browser := webtest.Start(t)
	page := browser.Open(t, narrow)
	page.Go(t, serve(t, look{lang.Russian, ui.ThemeLight, narrow})+"/ui")
	page.Text(t, `document.querySelector(".topbar").dataset.same = "yes"`)
	page.Text(t, `document.querySelector('.tabs a[href="/ui/states"]').click()`)
	page.Await(t, `location.pathname === "/ui/states" && document.querySelector(".stepper")`)
	page.Await(t, `document.querySelector(".topbar").dataset.same === "yes" && document.activeElement.id === "main"`)
	page.Check(t)
	page.Text(t, `history.back()`)
	page.Await(t, `location.pathname === "/ui" && document.querySelector(".tile") && !document.querySelector(".stepper")`)
	page.Text(t, `document.querySelector(".bar-more summary").click()`)
	page.CheckAxe(t)
	snap(t, page, "more")
	page.CheckConsole(t)
}

func TestChartsComeAlive(t *testing.T) {
	t.Parallel()
	browser := webtest.Start(t)
	page := browser.Open(t, wide)
	page.Go(t, serve(t, look{lang.English, ui.ThemeLight, wide})+"/ui")
	page.Text(t, `document.querySelector("bw-chart").scrollIntoView()`)
	page.Await(t, `document.querySelector("bw-chart[data-live] canvas")`)
	page.Text(t, `(() => { const o = document.querySelector(".u-over"), b = o.getBoundingClientRect();
		o.dispatchEvent(new MouseEvent("mousemove", {clientX: b.left + 200, clientY: b.top + 40, bubbles: true})); return 1 })()`)
	page.Text(t, `document.querySelectorAll("details.why, details.twin").forEach(d => d.open = true)`)
	page.Check(t)
	snap(t, page, "chart")
}

func TestThemeChangesAtOnceAndIsKept(t *testing.T) {
	t.Parallel()
	browser := webtest.Start(t)
	page := browser.Open(t, wide)
	url := serve(t, look{})
	page.Go(t, url+"/ui")
	page.Text(t, `document.querySelector(".user-menu button[value=dark]").click()`)
	page.Await(t, `document.documentElement.dataset.theme === "dark"`)
	page.Await(t, `fetch("/ui").then(r => r.text()).then(t => t.includes('data-theme="dark"'))`)
	page.Text(t, `document.querySelector(".user-menu button[value=uk]").click()`)
	page.Await(t, `document.documentElement.lang === "uk" && document.documentElement.dataset.theme === "dark"`)
	page.CheckConsole(t)
}
