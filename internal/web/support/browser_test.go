package support_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"bellwether/internal/web/webtest"
)

// asked opens the chat of a page by the keyboard, and sends a message by Enter.
func ask(t *testing.T, page *webtest.Page, text string) {
	t.Helper()
	page.Press(t, "s")
	page.Await(t, `document.activeElement.id === "chat-talk-text"`)
	page.Press(t, text, kb.Enter)
	page.Await(t, `document.querySelector("#chat-talk .talk-lines").textContent.includes(`+"`"+text+"`"+`)`)
}

// covered counts the parts of the page that reach below the button in the corner, wherever they are scrolled to.
const covered = `(() => {
	const edge = document.querySelector(".chat-opener").getBoundingClientRect().left;
	return [...document.querySelectorAll("main *")].filter(e => e.getClientRects().length && e.getBoundingClientRect().right > edge).length;
})()`

// Two people, two browsers: what one says is on the other's page within a second, in the corner and at the desk, and the
// panel stays open from page to page.
func TestTwoBrowsersTalk(t *testing.T) {
	t.Parallel()
	h, owner, _, operator := open(t)
	desk := operator.Browse(t, webtest.Start(t), 1280)
	desk.Go(t, h.URL+"/op/support")
	desk.Await(t, `document.documentElement.dataset.live === "on"`)
	page := owner.Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+"/p/shop")
	page.Await(t, `document.documentElement.dataset.live === "on"`)
	if n := page.Text(t, covered); n != "0" {
		t.Errorf("the button in the corner may cover %s parts of the page", n)
	}
	ask(t, page, "Why was Tuesday dearer?")
	sent := time.Now()
	desk.Await(t, `document.querySelector(".desk-row .desk-last")?.textContent === "Why was Tuesday dearer?"`)
	within(t, "the question", sent)
	desk.Go(t, h.URL+first(t, operator))
	desk.Await(t, `document.documentElement.dataset.live === "on"`)
	desk.Text(t, `document.querySelector("#talk-text").focus()`)
	desk.Press(t, "Look: /help/seats", kb.Enter)
	sent = time.Now()
	page.Await(t, `document.querySelector("#chat-talk .talk-lines").lastElementChild.textContent.includes("Look: /help/seats")`)
	within(t, "the answer", sent)
	// On to another page, by a link of the answer: the panel stays, with what it holds.
	page.Text(t, `document.querySelector("#chat-talk-text").value = "half a"`)
	page.Text(t, `document.querySelector("#rail .rail-foot a").click()`)
	page.Await(t, `location.pathname === "/help" && document.querySelector("h1").textContent === "Help"`)
	page.Await(t, `document.querySelector("#chat-talk-text").value === "half a" && !document.querySelector("#chat-panel").hidden`)
	page.CheckConsole(t)
	// Closed, an answer is a number on the button; Escape closes and gives the focus back.
	page.Text(t, `document.querySelector("#chat-talk-text").focus()`)
	page.Press(t, kb.Escape)
	page.Await(t, `document.querySelector("#chat-panel").hidden && document.activeElement.classList.contains("chat-opener")`)
	desk.Text(t, `document.querySelector("#talk-text").focus()`)
	desk.Press(t, "One more", kb.Enter)
	page.Await(t, `document.querySelector("#chat-count .count")?.textContent.startsWith("1")`)
	page.Press(t, "s")
	page.Await(t, `!document.querySelector("#chat-count .count")`)
	desk.CheckConsole(t)
}

// within fails where something took longer than a second to get to the other browser; a busy machine gets a second more.
func within(t *testing.T, what string, since time.Time) {
	t.Helper()
	if took := time.Since(since); took > 2*time.Second {
		t.Errorf("%s took %s", what, took)
	} else {
		t.Logf("%s took %s", what, took)
	}
}

// A message that did not get through stays in its field, and is one message when it is sent again.
func TestSendingAgain(t *testing.T) {
	t.Parallel()
	h, owner, _, _ := open(t)
	page := owner.Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+"/p/shop/support")
	page.Text(t, `(() => { const real = fetch; let lost = true; window.fetch = (...all) => all[1]?.method === "POST" && lost && String(all[0]).endsWith("/support") ? (lost = false, real(...all).then(() => Promise.reject(new TypeError("lost")))) : real(...all); document.querySelector("#talk-text").focus(); })()`)
	page.Press(t, "Once", kb.Enter)
	page.Await(t, `!document.querySelector(".talk-wrong").hidden && document.querySelector("#talk-text").value.trim() === "Once"`)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelectorAll(".talk-mine").length === 1 && document.querySelector("#talk-text").value.trim() === ""`)
	if n := count(owner.Get("/p/shop/support").Must(t, http.StatusOK).Body, `class="talk-line talk-mine"`); n != 1 {
		t.Errorf("%d messages are kept", n)
	}
}

// Narrow and light, wide and dark: nothing is too wide, axe finds nothing, the console is silent.
func TestPagesAreUsable(t *testing.T) {
	t.Parallel()
	h, owner, _, operator := open(t)
	const endless = "averyveryverylongwordthatneverendsandgoesonandonandonandonandonandonandonandonandon"
	owner.Post("/p/shop/support", message("Why was Tuesday dearer? "+endless)).Must(t, http.StatusOK)
	path := first(t, operator)
	operator.Post("/op/support/answers", url.Values{"title": {endless[:80]}, "text": {endless}}).Must(t, http.StatusOK)
	for theme, width := range map[string]int64{"light": 360, "dark": 1280} {
		mine, desk := owner.Browse(t, webtest.Start(t), width), operator.Browse(t, webtest.Start(t), width)
		look := func(page *webtest.Page, at string) {
			page.Go(t, h.URL+at)
			page.Text(t, `document.documentElement.dataset.theme = "`+theme+`"`)
			page.Check(t)
		}
		for _, at := range []string{"/p/shop/support", "/help", "/help/balance", "/help?q=quarantine"} {
			look(mine, at)
		}
		mine.Press(t, "s")
		mine.Await(t, `document.querySelector("#chat-talk")`)
		mine.Check(t)
		for _, at := range []string{"/op/support", path, "/op/support/answers", "/op/support/hours"} {
			look(desk, at)
		}
	}
}
