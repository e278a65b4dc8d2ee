package widget_test

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/phone"
	"bellwether/internal/widget"
)

// TestFormats is Rule C-42: a number is found however it is written, and the new one is written alike.
func TestFormats(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		own   phone.Number
		to    phone.Number
		texts map[string]string // of an element, to what it becomes
	}{
		"Ukraine": {"+380443337700", "+380443337791", map[string]string{
			"+380443337700":                    "+380443337791",
			"380443337700":                     "380443337791",
			"+38 (044) 333-77-00":              "+38 (044) 333-77-91",
			"(044) 333-77-00":                  "(044) 333-77-91",
			"044 333 77 00":                    "044 333 77 91",
			"0443337700":                       "0443337791",
			"443337700":                        "443337791",
			"0 44 333 7700":                    "0 44 333 7791",
			"+380\u00a044\u202f333\u201177‑00": "+380\u00a044\u202f333\u201177‑91",
			"00380 44 333.77.00":               "00380 44 333.77.91",
			"тел.044/333–77–00.":               "тел.044/333–77–91.",
			"24/7, (044) 333-77-00, кв. 5":     "24/7, (044) 333-77-91, кв. 5",
			"044 333-77-00, 044 333-77-00":     "044 333-77-91, 044 333-77-91",
			"<i>(044)</i> <b>333</b>-77-00":    "(044) 333-77-91",
			"044 333-77-0<b>0</b>":             "044 333-77-91",
			// Other numbers stay.
			"044 333-77-001":   "044 333-77-001",
			"1443337700":       "1443337700",
			"044 333-77-01":    "044 333-77-01",
			"x443337700":       "x443337700",
			"333-77-00":        "333-77-00",
			"044 333 tel 7700": "044 333 tel 7700",
		}},
		"Russia": {"+74951234567", "+74991112233", map[string]string{
			"8 (495) 123-45-67":   "8 (499) 111-22-33",
			"+7 495 123-45-67":    "+7 499 111-22-33",
			"8-495-123-45-67":     "8-499-111-22-33",
			"7(495)1234567":       "7(499)1112233",
			"(495) 123 45 67":     "(499) 111 22 33",
			"д. 8, 495 123-45-67": "д. 8, 499 111-22-33",
		}},
		"Britain": {"+442071234567", "+442079999999", map[string]string{
			"+44 (0)20 7123 4567": "+44 (0)20 7999 9999", "020 7123 4567": "020 7999 9999", "+44 20 71234567": "+44 20 79999999",
		}},
		"America": {"+12125551234", "+12125559876", map[string]string{
			"(212) 555-1234": "(212) 555-9876", "1-212-555-1234": "1-212-555-9876", "+1 212.555.1234": "+1 212.555.9876",
		}},
		"Poland, longer": {"+48221234567", "+4822123456789", map[string]string{"22 123 45 67": "22 123 45 6789"}},
		"another country": {"+48221234567", "+74991112233", map[string]string{
			"+48 22 123 45 67": "+74 99 111 22 33", "22 123 45 67": "+7 499 11 12233",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			collector := collect(t, func(s *widget.Site) { s.Targets[0].Numbers = []phone.Number{c.own} })
			collector.answer = func(_ hit, a *answer) { a.N["t1"] = widget.Parts(c.to) }
			var body strings.Builder
			for text := range c.texts {
				// Each in a box of its own: a number does not go on in the next one.
				fmt.Fprintf(&body, "<p data-was=\"%s\">%s</p><hr>|\n", html.EscapeString(text), text)
			}
			p := visitor(t)
			shop := open(t, collector, map[string]string{"/": body.String() + `<b id="phone">` + string(c.own) + `</b>`})
			p.GoPlain(t, shop.url+"/")
			p.shows(t, string(c.to))
			got := read[map[string]string](t, p, `Object.fromEntries([...document.querySelectorAll("p")].map(e => [e.dataset.was, e.textContent]))`)
			if diff := cmp.Diff(c.texts, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			p.CheckConsole(t)
		})
	}
}

// untouched is what the tag leaves alone (Rule C-43).
const untouched = `
<script type="application/ld+json">{"@type": "Florist", "telephone": "+380443337700"}</script>
<p data-no-swap>044 333-77-00 <a href="tel:+380443337700">044 333-77-00</a></p>
<textarea>044 333-77-00</textarea>
<input value="044 333-77-00" placeholder="044 333-77-00">
<select><option>044 333-77-00</option></select>
<div contenteditable>044 333-77-00</div>
<a href="https://shop.example/0443337700" title="044 333-77-00">link</a>
<img alt="044 333-77-00">`

func TestWhatIsNotTouched(t *testing.T) {
	t.Parallel()
	c := collect(t, nil)
	p := visitor(t)
	shop := open(t, c, map[string]string{"/": `<div id="left">` + untouched + `</div>` + one})
	p.GoPlain(t, shop.url+"/")
	p.shows(t, "044 333-77-91")
	p.Text(t, `document.getElementById("left").lastChild.after(document.getElementById("left").firstElementChild.cloneNode(true))`)
	p.Text(t, `document.querySelector("[data-no-swap]").append(" 044 333-77-00")`)
	p.Text(t, `new Promise(requestAnimationFrame)`)
	if text := p.Text(t, `document.getElementById("left").outerHTML`); strings.Contains(text, "91") || strings.Count(text, "77-00") != 10 {
		t.Errorf("Rule C-43: something was touched:\n%s", text)
	}
	p.CheckConsole(t)
}

// TestTelLinks: the address of a link is swapped like the text in it.
func TestTelLinks(t *testing.T) {
	t.Parallel()
	c := collect(t, nil)
	p := visitor(t)
	shop := open(t, c, map[string]string{"/": `<a href="tel:+380443337700">Call</a><a href="TEL:0443337700">044</a><a href="tel:+38-044-333-77-00"><i>044</i> 333 77 00</a>
		<svg><a href="tel:0443337700"><text>x</text></a></svg><map><area href="tel:443337700"></map><a href="tel:+380445556677">Other</a>` + one})
	p.GoPlain(t, shop.url+"/")
	p.shows(t, "044 333-77-91")
	got := read[[]string](t, p, `[...document.querySelectorAll("[href^=tel i]")].map(e => e.getAttribute("href") + " " + e.textContent)`)
	want := []string{
		"tel:+380443337791 Call", "TEL:0443337791 044", "tel:+38-044-333-77-91 044 333 77 91", "tel:0443337791 x", "tel:443337791 ", "tel:+380445556677 Other",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Rule C-42 (-want +got):\n%s", diff)
	}
}

// TestTargets is Rule C-44: each target has its number, one that has none keeps the site's, one that loses its own gets the site's back.
func TestTargets(t *testing.T) {
	t.Parallel()
	c := collect(t, func(s *widget.Site) {
		s.Targets = []widget.Target{
			{Name: "shop", Numbers: []phone.Number{"+380443337700", "+380503337700"}},
			{Name: "repair", Numbers: []phone.Number{"+380443337711"}},
			{Name: "office", Numbers: []phone.Number{"+380443337722"}},
		}
	})
	c.answer = func(h hit, a *answer) {
		a.N = map[string][3]string{"shop": {"380", "0", "443337790"}, "repair": {"380", "0", "443337799"}}
		if h.E == "beat" {
			a.N = map[string][3]string{"repair": {"380", "0", "443337798"}}
		}
		a.B = 0.2
	}
	p := visitor(t)
	shop := open(t, c, map[string]string{"/": `<p>044 333-77-00</p><p>050 333-77-00</p><p>044 333-77-11</p><p>044 333-77-22</p>`})
	p.GoPlain(t, shop.url+"/")
	texts := `[...document.querySelectorAll("p")].map(e => e.textContent.slice(-5)).join()`
	p.Await(t, texts+` === "77-90,77-90,77-99,77-22"`)
	// The shop's own number shows again: of several its first.
	beat := c.await(t, p, "beat", 1)
	p.Await(t, texts+`.startsWith("77-00,77-00,77-98,77-22")`)
	if diff := cmp.Diff([]string{"office", "repair", "shop"}, sorted(beat.D)); diff != "" {
		t.Errorf("targets seen (-want +got):\n%s", diff)
	}
}
