package funds_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"bellwether/internal/access"
	"bellwether/internal/web/webtest"
)

// By keyboard alone from the movement of funds down to the arithmetic of a call, in both themes, on a desk and on a phone.
func TestReadAnExplanationByKeyboard(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	turn(h, "virtual_pbx", true)
	for i := range 3 {
		talk(h, "c"+strconv.Itoa(i), "+380671234567", 61+int64(i))
	}
	owner := h.Member(shopOrg, access.Owner)
	browser := webtest.Start(t)
	for _, look := range []struct {
		theme string
		width int64
	}{{"light", 1280}, {"dark", 360}} {
		page := owner.Browse(t, browser, look.width)
		page.SetCookie(t, h.URL, "__Host-theme", look.theme)
		page.Go(t, h.URL+"/p/shop/funds/movement?f.kind=call")
		page.Check(t)
		page.Press(t, "j", kb.Enter) // the row of the day's calls
		page.Await(t, `location.pathname.endsWith("/days/2026-11-22/calls") && document.querySelector("h1").textContent.includes("Calls")`)
		page.Check(t)
		page.Press(t, "j", "j", kb.Enter) // the second call
		page.Await(t, `location.pathname.endsWith("/funds/calls/c1") && document.querySelector(".redo")?.textContent.includes("62")`)
		page.Check(t)
		for _, path := range []string{"", "/days/2026-11-22/fee?kind=product_fee&item=virtual_pbx", "/compare", "/forecast", "/loyalty", "/statement", "/pay", "/days/2026-11-22"} {
			page.Go(t, h.URL+"/p/shop/funds"+path)
			page.Check(t)
		}
	}
}

// The overview follows the balance while it is open, without being loaded anew.
func TestOverviewIsLive(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	go h.App.Cabinet.Watch(ctx)
	page := h.Member(shopOrg, access.Owner).Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+"/p/shop/funds")
	page.Await(t, `document.querySelector("#funds-figures .tile-value").textContent.includes("1,000.00")`)
	page.Text(t, `window.same = true`)
	h.Pay(shop, "second", "500")
	page.Await(t, `document.querySelector("#funds-figures .tile-value").textContent.includes("1,500.00") && window.same`)
	page.CheckConsole(t)
}
