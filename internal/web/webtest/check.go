package webtest

import (
	_ "embed" // axe-core
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

//go:embed axe-4.14.1.min.js
var axe string

// Check fails the test for whatever a person would stumble over on the page as it is now.
func (p *Page) Check(t testing.TB) {
	t.Helper()
	p.CheckConsole(t)
	p.CheckWidth(t)
	p.CheckAxe(t)
}

// CheckConsole fails for every error and warning since the page was opened, violations of the policy among them.
func (p *Page) CheckConsole(t testing.TB) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, text := range p.said {
		t.Errorf("the console says: %s", text)
	}
	p.said = nil
}

// tooWide lists the elements that reach beyond the window, unless something around them scrolls or cuts.
const tooWide = `(() => {
	const root = document.documentElement, found = [];
	if (root.scrollWidth > root.clientWidth) found.push("the page is " + root.scrollWidth + " wide, the window " + root.clientWidth);
	for (const e of document.querySelectorAll("body *")) {
		const box = e.getBoundingClientRect();
		if (box.width === 0 || box.height === 0 || box.right <= root.clientWidth + 1) continue;
		let around = e.parentElement, kept = false;
		for (; around && !kept; around = around.parentElement) kept = getComputedStyle(around).overflowX !== "visible";
		if (!kept && !e.closest("dialog:not([open]), details:not([open]) > :not(summary), svg")) {
			found.push(e.tagName + "." + e.className + " reaches to " + Math.round(box.right));
		}
	}
	return found.slice(0, 5).join("\n");
})()`

// CheckWidth fails where something is wider than the window.
func (p *Page) CheckWidth(t testing.TB) {
	t.Helper()
	if found := p.Text(t, tooWide); found != "" {
		t.Errorf("too wide for %d pixels:\n%s", p.Width, found)
	}
}

// finding is what axe says of one rule.
type finding struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// An open menu lies over what is below it, and shuts at the next click: what it covers is not too small a target.
const runAxe = `axe.run(document, {rules: {"target-size": {enabled: !document.querySelector("details.menu[open]")}}, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"]})
	.then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 160) + "  " + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? ""))}))))`

// CheckAxe fails for every finding of axe-core by the rules of WCAG 2.2 AA and good practice.
func (p *Page) CheckAxe(t testing.TB) {
	t.Helper()
	if p.Text(t, "typeof axe") == "undefined" {
		if _, err := chromedp.Run(p.context, chromedp.Evaluate[string](axe+";''")); err != nil {
			t.Fatal(err)
		}
	}
	text, err := chromedp.Run(p.context, chromedp.Evaluate[string](runAxe, awaited))
	if err != nil {
		t.Fatal(err)
	}
	var findings []finding
	if err := json.Unmarshal([]byte(text), &findings); err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("axe: %s: %s\n  %s", f.ID, f.Help, strings.Join(f.Nodes[:min(3, len(f.Nodes))], "\n  "))
	}
}

// CheckTables fails for a table with a column beyond its right edge, which nobody sees who does not look for it. At the width of a
// telephone tables are wider than the window, so there it asks nothing.
func (p *Page) CheckTables(t testing.TB) {
	t.Helper()
	for column := range strings.SplitSeq(p.Text(t, hiddenColumns), "\n") {
		if column != "" {
			t.Errorf("at %d pixels a table hides its column %s", p.Width, column)
		}
	}
}

// hiddenColumns are the columns that a frame of a table cuts off, one a line, with how far they reach beyond it.
const hiddenColumns = `[...document.querySelectorAll(".table-frame")].flatMap(frame => {
	const edge = frame.getBoundingClientRect().right
	return [...frame.querySelectorAll("thead th")].map(th => [th, Math.round(th.getBoundingClientRect().right - edge)])
		.filter(([, over]) => over > 1).map(([th, over]) => JSON.stringify(th.innerText.trim()) + ", " + over + " pixels beyond its edge")
}).join("\n")`
