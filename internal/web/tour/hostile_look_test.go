package tour_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"bellwether/internal/account"
	"bellwether/internal/lang"
	"bellwether/internal/web/webtest"
)

// hostile writes what does harm into every field of every form, and then looks at every page that shows it: nothing of it
// runs, nothing of it is markup, no page is wider than its window, and no export has a formula in it.
func (h *house) hostile(t *testing.T, w *walk) {
	s := h.besiege(t, w)
	t.Run("every form is sent", s.everyFormIsSent)
	after := h.walk()
	t.Run("exports", func(t *testing.T) { s.nothingIsAFormula(t, after.found()) })
	t.Run("answers", s.lookAtAnswers)
	t.Run("pages", func(t *testing.T) { s.lookAtPages(t, after.all) })
}

// inTabs shares things to look at between tabs, each of a browser of its own.
func inTabs[T any](t *testing.T, all []T, look func(t *testing.T, tab *webtest.Page, one T)) {
	const tabs = 2
	queue := make(chan T, len(all))
	for _, one := range all {
		queue <- one
	}
	close(queue)
	for range tabs {
		t.Run("tab", func(t *testing.T) {
			t.Parallel()
			tab := webtest.Start(t).Open(t, wide)
			tab.Before(t, `window.hostile = () => { window.harmed = true }`)
			for one := range queue {
				look(t, tab, one)
			}
		})
	}
}

const wide, narrow = 1280, 360

// signIn gives a tab a new session of somebody's: a form may have ended the last one, or made it somebody else's.
func (s *siege) signIn(t *testing.T, tab *webtest.Page, who account.User) {
	tab.DropCookies(t)
	if who.ID != "" {
		tab.SetCookie(t, s.URL, "__Host-session", s.SignIn(who).Token)
	}
}

// reply is what a form is sent with in a browser.
type reply struct {
	form
	text string // for all its fields; as the form was taken where empty
}

// valueOf is what a field was taken with.
func (r reply) valueOf(one field) string {
	for _, taken := range r.fields {
		if taken.name == one.name && taken.written() {
			return taken.honest()
		}
	}
	return one.honest()
}

// lookAtAnswers sends every form in a browser, once as it is refused, and once as it was taken, and looks at what comes.
func (s *siege) lookAtAnswers(t *testing.T) {
	var replies []reply
	for _, f := range s.forms {
		if f.written() && f.method == http.MethodPost {
			replies = append(replies, reply{f, scripts + closings + turned + endless})
		}
		if taken, ok := s.taken[f.name()]; ok && f.method == http.MethodPost {
			replies = append(replies, reply{taken, ""})
		}
	}
	inTabs(t, replies, func(t *testing.T, tab *webtest.Page, r reply) {
		if tab.Text(t, "location.origin") != s.URL {
			tab.Go(t, s.URL+"/help")
		}
		fresh, ok := r.in(s.formsAt(r.who, r.page))
		if !ok {
			return
		}
		enctype := ""
		if fresh.files {
			enctype = "multipart/form-data"
		}
		send := func() string {
			s.signIn(t, tab, r.who)
			return tab.Send(t, fresh.action, enctype, fresh.with(func(one field) string {
				if r.text == "" || slices.Contains([]string{"password", "date", "time"}, one.kind) {
					return r.valueOf(one)
				}
				return r.text
			}))
		}
		status := send()
		if status == "401" && r.who.ID != "" {
			status = send() // the form in the other tab ended the sessions of the same user
		}
		if !slices.Contains([]string{"200", "422"}, status) && (r.who.ID != "" || status != "401" && status != "429") {
			t.Errorf("%s answers %s", r.name(), status)
		}
		s.harmless(t, tab, "the answer to "+r.name())
	})
}

// lookAtPages opens the pages that show something hostile: of each route the one that shows most of it.
func (s *siege) lookAtPages(t *testing.T, pages []page) {
	best, most := map[string]page{}, map[string]int{}
	for _, p := range pages {
		n := hostilities(p.body)
		if !p.part && n > most[p.pattern] {
			best[p.pattern], most[p.pattern] = p, n
		}
	}
	var shown []page
	for _, p := range best {
		shown = append(shown, p)
	}
	t.Logf("%d routes show something hostile", len(shown))
	inTabs(t, shown, func(t *testing.T, tab *webtest.Page, p page) {
		s.signIn(t, tab, s.operators[lang.English].User)
		tab.Go(t, s.URL+p.path)
		s.harmless(t, tab, p.path)
	})
}

// hostilities counts the hostile texts that the main part of a page shows.
func hostilities(body *html.Node) (n int) {
	for main := range body.Descendants() {
		if main.Data != "main" {
			continue
		}
		text := textOf(main)
		for _, sign := range []string{scripts, closings, "הפוך", "hostileWWW"} {
			if strings.Contains(text, sign) {
				n++
			}
		}
	}
	return n
}

var notInFiles = regexp.MustCompile(`[^a-z]+`)

// harmless fails for whatever hostile text does to a page, wide and narrow.
func (s *siege) harmless(t *testing.T, tab *webtest.Page, what string) {
	t.Helper()
	t.Run(notInFiles.ReplaceAllString(strings.ToLower(what), "-"), func(t *testing.T) { s.look(t, tab) })
}

const toastOverChat = `(() => {
	const chat = document.querySelector(".chat-opener")?.getBoundingClientRect();
	return [...document.querySelectorAll("bw-toast")].some(e => { const b = e.getBoundingClientRect(); return chat && b.bottom > chat.top && b.right > chat.left; });
})()`

// unmarked lists the sentences in which words from right to left are not isolated: they are where a block shows more than the words alone.
const unmarked = `(() => {
	const letters = /[\u0590-\u08ff]/, found = [];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let node; (node = walk.nextNode());) {
		if (!letters.test(node.data.replace(/\u2068[^\u2069]*\u2069/g, "")) || !node.parentElement.checkVisibility()) continue;
		let e = node.parentElement, kept = false;
		for (; ; e = e.parentElement) {
			const style = getComputedStyle(e);
			kept ||= style.unicodeBidi.includes("isolate") || style.unicodeBidi === "plaintext";
			if (kept || style.display !== "inline") break;
		}
		if (!kept && !e.textContent.trim().startsWith("@") && !e.matches("option, textarea, input")) found.push(e.tagName + "." + e.className + ": " + e.textContent.trim().slice(0, 80));
	}
	return found.slice(0, 3).join("\n");
})()`

func (s *siege) look(t *testing.T, tab *webtest.Page) {
	if tab.Text(t, `window.harmed || document.querySelector("[src=x], script:not([src]):not([type]), [onerror]") !== null`) != "false" {
		t.Errorf("something of the text runs or is markup")
	}
	if hidden := tab.Text(t, `[...document.body.innerText].filter(c => /[\u200b\u202a-\u202e\u2066\u2067]/.test(c)).length`); hidden != "0" {
		t.Errorf("%s characters turn the text around them", hidden)
	}
	if found := tab.Text(t, unmarked); found != "" {
		t.Errorf("words from right to left turn what is around them:\n%s", found)
	}
	for _, width := range []int64{narrow, wide} {
		tab.Resize(t, width)
		tab.CheckWidth(t)
		if tab.Text(t, toastOverChat) != "false" {
			t.Error("a toast covers the button of support")
		}
		if *shots != "" {
			tab.ShootWindow(t, filepath.Join(*shots, filepath.Base(t.Name())+map[int64]string{narrow: "-360", wide: ""}[width]+".png"))
		}
	}
	tab.CheckConsole(t)
}
