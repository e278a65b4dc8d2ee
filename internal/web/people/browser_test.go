package people_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"bellwether/internal/web/webtest"
)

// Somebody without a mouse blocks a member: a row of the list, the button, the dialog, whom the work goes to, the verb.
func TestBlockingByKeyboard(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	page := o.owner.Browse(t, webtest.Start(t), 1280)
	page.Go(t, o.URL+"/p/shop/people")
	page.Press(t, "j", "j", kb.Enter) // the second row
	page.Await(t, `document.querySelector("h1").textContent.includes("Bob Manager")`)
	page.TabTo(t, `a[href$="/block"]`)
	page.Press(t, kb.Enter)
	page.Await(t, `document.querySelector("#dialog").open && document.querySelector("#dialog").textContent.includes("33.30")`)
	page.Check(t)
	page.TabTo(t, `#hand-to`)
	page.Press(t, "A") // Ann
	page.Await(t, `document.querySelector("#hand-to").selectedOptions[0].text === "Ann Manager"`)
	page.TabTo(t, `#dialog button.button-danger`)
	page.Press(t, kb.Enter)
	page.Await(t, `!document.querySelector("#dialog").open && document.querySelector(".toast").textContent.includes("access is closed")`)
	page.Check(t)
	o.Pass(5 * time.Second)
	o.bob.Get("/p/shop/people").Must(t, http.StatusUnauthorized)
	o.handedTo(o.bob.ID, o.ann.ID)
}

// look is one way of looking at a page.
type look struct {
	lang, theme string
	width       int64
}

// looks are all of them in a soak; else each page is seen in one, the next in another.
func looks(i int) (all []look) {
	for _, l := range []string{"ru", "uk", "en"} {
		for _, width := range []int64{360, 1280} {
			all = append(all, look{l, "light", width}, look{l, "dark", width})
		}
	}
	if soaking {
		return all
	}
	return all[(7*i)%len(all):][:1]
}

// Every page of the section is in order; in a short run every third, beginning with the list of users.
func TestPagesAreInOrder(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.fill()
	browser := webtest.Start(t)
	for i, path := range o.paths() {
		if !soaking && i%3 != 0 {
			continue
		}
		for _, l := range looks(i / 3) {
			o.speaks(l.lang)
			page := o.owner.Browse(t, browser, l.width)
			page.SetCookie(t, o.URL, "__Host-theme", l.theme)
			page.Go(t, o.URL+path)
			page.Check(t)
			if text := page.Text(t, "document.body.innerText"); strings.Contains(text, "people.") {
				t.Errorf("%s shows a key: %.300s", path, text)
			}
			if t.Failed() {
				t.Fatalf("%s in %v", path, l)
			}
		}
	}
}
