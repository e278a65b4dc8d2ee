package webtest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// atFocus says whether the focus is where a selector wants it, and otherwise whether a person sees where it is: an outline or
// a shadow around the element or what stands close around it, within the window.
const atFocus = `(wanted => {
	const here = document.activeElement;
	if (here === document.body || here.matches("main")) return "";
	const box = here.getBoundingClientRect();
	let seen = false;
	for (let e = here, n = 0; e && n < 3; e = e.parentElement, n++) {
		const style = getComputedStyle(e);
		seen ||= style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || n === 0 && style.boxShadow !== "none";
	}
	const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
	if (!seen || !inside) return (seen ? "outside the window: " : "nothing shows the focus of ") + here.outerHTML.slice(0, 200);
	return here.matches(wanted) ? "here" : "";
})`

// TabTo presses Tab until an element that fits the selector has the focus, as somebody without a mouse would. It fails for a
// stop on its way that does not show that it has the focus.
func (p *Page) TabTo(t testing.TB, selector string) {
	t.Helper()
	wanted, err := json.Marshal(selector)
	if err != nil {
		t.Fatal(err)
	}
	const most = 120
	for range most {
		p.Press(t, kb.Tab)
		at := p.Text(t, atFocus+"("+string(wanted)+")")
		if at != "" && at != "here" { // it may be on its way there
			p.Await(t, `new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() =>
				Promise.allSettled(document.activeElement.getAnimations().map(motion => motion.finished)).then(() => drawn(true)))))`)
			at = p.Text(t, atFocus+"("+string(wanted)+")")
		}
		if at == "here" {
			return
		}
		if at != "" {
			t.Errorf("on the way to %s: %s", selector, at)
		}
	}
	t.Fatalf("%d times Tab do not reach %s", most, selector)
}

// Type presses the keys of a text, one after the other.
func (p *Page) Type(t testing.TB, text string) {
	t.Helper()
	p.Press(t, strings.Split(text, "")...)
}
