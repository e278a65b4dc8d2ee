package widget_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/widget"
)

func withLeads(consent widget.Consent) func(*widget.Site) {
	return func(s *widget.Site) {
		s.Consent, s.Features = consent, []widget.Feature{widget.Forms, widget.Clicks, widget.Promo}
	}
}

// form is one as sites have it: what it is for stands in types and names.
const form = `<form id="order" name="callback" method="post" action="/thanks">
	<input name="client_name" value=" Олена "><input type="tel" name="x1" value="+380 67 123 45 67"><input type="email" name="x2" value="olena@example.com">
	<input type="password" name="phone_password" value="secret"><input name="card" autocomplete="cc-name" value="OLENA"><input type="hidden" name="email2" value="no@example.com">
	<input type="checkbox" name="name" value="on"><textarea name="comment">троянди</textarea></form>`

// inPlace keeps a page that a form would leave.
const inPlace = `addEventListener("submit", (e) => e.preventDefault()); addEventListener("click", (e) => e.preventDefault());`

// TestForms is Rule C-57.
func TestForms(t *testing.T) {
	t.Parallel()
	for consent, want := range map[widget.Consent]*lead{
		widget.AlwaysFull:    {Kind: "form", Form: "callback", Phone: "+380 67 123 45 67", Email: "olena@example.com", Name: "Олена"},
		widget.AlwaysSession: {Kind: "form", Form: "callback"},
		widget.AlwaysNone:    nil,
	} {
		t.Run(string(consent), func(t *testing.T) {
			t.Parallel()
			c := collect(t, withLeads(consent))
			p := visitor(t, inPlace)
			shop := open(t, c, map[string]string{"/": one + form + `<form id="search" role="search"><input name="phone" value="1"></form>
				<form id="private" data-no-lead><input type="tel" value="1"></form>`})
			p.GoPlain(t, shop.url+"/")
			p.shows(t, "044 333-77-91")
			p.Await(t, `performance.getEntriesByType("resource").filter((e) => e.name.includes("/t/more-")).length === 3`)
			p.Await(t, `Promise.all(["forms", "clicks", "promo"].map((n) => import(performance.getEntriesByType("resource").find((e) => e.name.includes("more-" + n)).name))).then(() => new Promise((d) => setTimeout(() => d(1))))`)
			for _, id := range []string{"search", "private", "order", "order"} { // sent twice it is one lead
				p.run(t, `document.getElementById("`+id+`").requestSubmit()`)
			}
			p.run(t, `bellwether("lead", {kind: "form", form: "quiz", phone: "+380501112233"})`)
			if want == nil {
				p.Text(t, `(`+hidden+`)(true)`)
				c.await(t, p, "leave", 1)
				if n := len(c.all("lead")); n != 0 {
					t.Errorf("%d leads without consent", n)
				}
				return
			}
			c.await(t, p, "lead", 2)
			leads := c.all("lead")
			slices.SortFunc(leads, func(a, b hit) int { return strings.Compare(a.Lead.Form, b.Lead.Form) }) // they may overtake each other
			first := leads[0]
			if diff := cmp.Diff(want, first.Lead); diff != "" || len(leads) != 2 {
				t.Errorf("%d leads, the first (-want +got):\n%s", len(leads), diff)
			}
			if first.S != "visit1" {
				t.Errorf("a lead of nobody: %+v", first)
			}
			p.CheckConsole(t)
		})
	}
}

// TestClicks: a click on a number or a messenger is a lead, of which the link is the place.
func TestClicks(t *testing.T) {
	t.Parallel()
	c := collect(t, withLeads(widget.AlwaysSession))
	p := visitor(t, inPlace)
	shop := open(t, c, map[string]string{"/": one + `<a href="tel:+380443337700"><i>call</i></a><a href="https://t.me/kvitka?start=1">tg</a>
		<a href="viber://chat?number=%2B380443337700">viber</a><a href="https://kvitka.example/t.me/">no</a><a href="/two">two</a><button>b</button>`})
	p.GoPlain(t, shop.url+"/")
	p.shows(t, "044 333-77-91")
	p.Await(t, `performance.getEntriesByType("resource").some((e) => e.name.includes("more-clicks"))`)
	p.Await(t, `import(performance.getEntriesByType("resource").find((e) => e.name.includes("more-clicks")).name).then(() => new Promise((d) => setTimeout(() => d(1))))`)
	p.run(t, `document.querySelectorAll("i, a, button").forEach((e) => e.tagName == "A" && e.firstElementChild || e.click())`)
	c.await(t, p, "lead", 3)
	var got []lead
	for _, h := range c.all("lead") {
		got = append(got, *h.Lead)
	}
	slices.SortFunc(got, func(a, b lead) int { return strings.Compare(a.Kind+a.Form, b.Kind+b.Form) }) // they may overtake each other
	want := []lead{{Kind: "messenger", Form: "https://t.me/kvitka"}, {Kind: "messenger", Form: "viber://chat"}, {Kind: "tel", Form: "+380443337791"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Rule C-57 (-want +got):\n%s", diff)
	}
}

// TestPromo: the visitor's code stands where the page asks for it, also in what comes later.
func TestPromo(t *testing.T) {
	t.Parallel()
	c := collect(t, withLeads(widget.AlwaysFull))
	c.answer = func(_ hit, a *answer) { a.Promo = "4711<b>" }
	p := visitor(t)
	shop := open(t, c, map[string]string{"/": one + `<p>Код <b data-bellwether-promo>—</b></p>`})
	p.GoPlain(t, shop.url+"/")
	p.Await(t, `document.querySelector("[data-bellwether-promo]").textContent === "4711<b>"`)
	p.run(t, `document.body.insertAdjacentHTML("beforeend", "<i data-bellwether-promo></i>")`)
	p.Await(t, `document.querySelector("i").textContent === "4711<b>"`)
	p.CheckConsole(t)
}
