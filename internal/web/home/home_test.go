package home_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

var shop = ident.ProjectOrg("shop")

func open(t *testing.T, funds string) (*cabinettest.House, *cabinettest.Person) {
	t.Helper()
	h := cabinettest.Open(t)
	h.Project("shop", funds)
	h.Project("other", "5")
	return h, h.Member(shop, access.Owner)
}

func switchOn(h *cabinettest.House, product string) {
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Billing.SwitchProduct(ctx, tx, "shop", product, true, h.Now())
	})
}

var tags = regexp.MustCompile(`(?s)<[^>]*>|\s+`)

// words is the text of a page's main region, with single blanks.
func words(body string) string {
	_, main, _ := strings.Cut(body, `<main`)
	main, _, _ = strings.Cut(main, `</main>`)
	return strings.ReplaceAll(strings.Join(strings.Fields(tags.ReplaceAllString(main, " ")), " "), "\u00a0", " ")
}

func wants(t *testing.T, a cabinettest.Answer, texts ...string) {
	t.Helper()
	said := words(a.Must(t, http.StatusOK).Body)
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("the page does not say %q:\n%s", text, said)
		}
	}
}

func lacks(t *testing.T, a cabinettest.Answer, texts ...string) {
	t.Helper()
	said := words(a.Must(t, http.StatusOK).Body)
	for _, text := range texts {
		if strings.Contains(said, text) {
			t.Errorf("the page says %q:\n%s", text, said)
		}
	}
}

// The steps are done by what is there, and the list goes when all are done or it was put away.
func TestFirstSteps(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "1000")
	wants(t, owner.Get("/p/shop"), "First steps", "1 of 5 done", "Switch on a product", "Nothing needs you now")
	switchOn(h, "virtual_pbx")
	h.Member(shop, access.Manager)
	wants(t, owner.Get("/p/shop"), "3 of 5 done")
	lacks(t, owner.Get("/p/shop"), "Put call tracking on your site")
	switchOn(h, "call_tracking")
	wants(t, owner.Get("/p/shop"), "3 of 6 done", "Put call tracking on your site")
	lacks(t, owner.Post("/p/shop/checklist", url.Values{"away": {"yes"}}), "First steps")
	lacks(t, owner.Get("/p/shop"), "First steps")
	wants(t, owner.Post("/p/shop/checklist", url.Values{"away": {"no"}}), "First steps")
	// Put away by one, it stays for the other.
	owner.Post("/p/shop/checklist", url.Values{})
	wants(t, h.Member(shop, access.Administrator).Get("/p/shop"), "First steps")
}

// The PBX at 999 ₴ a month is 33.30 a day: three days of it, and the fourth night to come.
func TestTiles(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "1000")
	switchOn(h, "virtual_pbx")
	h.Live(3)
	page := owner.Get("/p/shop")
	wants(t, page, "Balance 900.10 ₴ lasts 27 days", "Spent yesterday 33.30 ₴ 0% against 23 Nov", "Spent in 30 days 99.90 ₴", "Next charge 33.30 ₴",
		"Recent movements", "Charges of the day", "−33.30 ₴", "Payment", "+1,000.00 ₴")
	wants(t, cabinettest.Answer{Status: http.StatusOK, Body: "<main>" + owner.Get("/p/shop/tiles").Must(t, http.StatusOK).Body}, "900.10 ₴")
}

// Rule A-07: a manager, who may not see funds, sees none; nor does anybody of another project.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	h, _ := open(t, "1000")
	manager := h.Member(shop, access.Manager)
	lacks(t, manager.Get("/p/shop"), "₴", "Recent movements", "Top up")
	manager.Get("/p/shop/tiles").Must(t, http.StatusForbidden)
	foreign := h.Member(ident.ProjectOrg("other"), access.Owner)
	foreign.Get("/p/shop").Must(t, http.StatusNotFound)
	foreign.Post("/p/shop/checklist", url.Values{}).Must(t, http.StatusNotFound)
	if got := manager.Get("/"); got.Path != "/p/shop" {
		t.Errorf("a manager begins at %s", got.Path)
	}
}

// Rule B-60: the states of running dry, each with what it means.
func TestFundsThatEnd(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "100")
	switchOn(h, "virtual_pbx")
	h.Live(1)
	wants(t, owner.Get("/p/shop"), "Funds are low", "Top up")
	h.Live(3)
	wants(t, owner.Get("/p/shop"), "Funds have ended", "Incoming calls go on for three days")
	h.Live(4)
	owner = h.SignIn(owner.User)
	wants(t, owner.Get("/p/shop"), "The project is suspended")
	h.Pay("shop", "second", "500")
	lacks(t, owner.Get("/p/shop"), "suspended", "Funds have ended")
}

// Rules N-06 and A-13: numbers that others may rent soon, invitations, seats that nobody uses.
func TestWhatNeedsSomebody(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "10000")
	switchOn(h, "virtual_pbx")
	manager := h.Member(shop, access.Manager)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := h.App.Numbers.Rent(ctx, tx, "shop", number.Wish{Number: "+380443337720", Use: "pbx", Add: true}, "test", h.Now()); err != nil {
			return err
		}
		if err := h.App.Numbers.Release(ctx, tx, "shop", "+380443337720", "test", h.Now()); err != nil {
			return err
		}
		if _, _, err := access.Invite(ctx, tx, h.Permit(shop), rand.Reader, "<b>new</b>@shop.example", access.Manager, h.Now()); err == nil {
			t.Error("an address with markup is taken")
		}
		_, _, err := access.Invite(ctx, tx, h.Permit(shop), rand.Reader, "new@shop.example", access.Manager, h.Now())
		if err != nil {
			return err
		}
		return access.TakeSeat(ctx, tx, h.Permit(shop), nil, manager.ID, "virtual_pbx", h.Now())
	})
	page := owner.Get("/p/shop")
	wants(t, page, "1 invitation waits for an answer new@shop.example")
	lacks(t, page, "released can be taken back", "has not been used")
	h.Pass(24 * 24 * time.Hour)
	h.CloseDays()
	owner = h.SignIn(owner.User)
	page = owner.Get("/p/shop")
	wants(t, page, "A number you released can be taken back until 22 Dec 2026 12:00", "+380 44 333 7720", "1 seat has not been used for 14 days")
	for _, path := range []string{"/p/shop/numbers/resting", "/p/shop/people/invitations", "/p/shop/people/seats"} {
		if !strings.Contains(page.Body, `href="`+path+`"`) {
			t.Errorf("no button leads to %s", path)
		}
	}
}

// A day that cannot be charged is told of, calmly.
func TestParkedDay(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "1000")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Billing.Park(ctx, tx, "shop", errors.New("<script>the book cannot price it</script>"), h.Now())
	})
	page := owner.Get("/p/shop")
	wants(t, page, "The charges of 22 November 2026 wait for us", "Ask support")
	lacks(t, page, "cannot price")
}

func TestEveryStateHasItsText(t *testing.T) {
	t.Parallel()
	for _, state := range billing.States {
		if state == billing.Active {
			continue
		}
		h, owner := open(t, "0.01")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return h.App.Billing.SetState(ctx, tx, "shop", state, h.Now())
		})
		if said := words(owner.Get("/p/shop").Must(t, http.StatusOK).Body); !strings.Contains(said, "Top up") || strings.Contains(said, "home.") {
			t.Errorf("%s: %s", state, said)
		}
	}
}

// aloneInRow lists the figures that share their row with nobody and do not fill it either, where there are five as on a day with calls.
const aloneInRow = `(() => {
	const tiles = document.querySelector("#home-tiles");
	while (tiles.children.length < 5) tiles.append(tiles.lastElementChild.cloneNode(true));
	const all = [...document.querySelectorAll("#home-tiles .tile")].map(e => [e.getBoundingClientRect(), e.textContent.trim()]);
	const wide = document.querySelector("#home-tiles").getBoundingClientRect().width;
	return all.filter(([r]) => r.width < wide - 1 && all.filter(([other]) => other.top === r.top).length === 1).map(([, text]) => text).join("; ");
})()`

func TestHomeIsUsable(t *testing.T) {
	t.Parallel()
	h, owner := open(t, "100")
	switchOn(h, "virtual_pbx")
	h.Live(4)
	owner = h.SignIn(owner.User)
	browser := webtest.Start(t)
	for _, width := range []int64{360, 1280} {
		page := owner.Browse(t, browser, width)
		for _, theme := range []string{"light", "dark"} {
			page.Go(t, h.URL+"/p/shop")
			page.Text(t, `document.documentElement.dataset.theme = "`+theme+`"`)
			page.Check(t)
			if alone := page.Text(t, aloneInRow); alone != "" {
				t.Errorf("at %d pixels a figure stands alone: %s", width, alone)
			}
			if dir := os.Getenv("SHOTS"); dir != "" {
				page.Shoot(t, dir+"/home-"+map[int64]string{360: "phone", 1280: "desk"}[width]+"-"+theme+".png")
			}
		}
	}
	// The balance moves on the open page.
	page := owner.Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+"/p/shop")
	page.Await(t, `document.documentElement.dataset.live === "on"`)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	go h.App.Cabinet.Watch(ctx)
	h.Pay("shop", "second", "500")
	page.Await(t, `document.querySelector("#home-tiles .tile-value").textContent.includes("466.80") || document.querySelector("#home-tiles .tile-value").textContent.includes("500")`)
}
