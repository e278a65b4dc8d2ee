package funds_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

const shop = ident.ProjectID("shop")

var shopOrg = ident.ProjectOrg(shop)

// shopHouse starts the program at noon of Sunday, 22 November 2026, with a shop in Kyiv that has paid 1,000.
func shopHouse(t *testing.T) *cabinettest.House {
	t.Helper()
	h := cabinettest.Open(t)
	h.Project(shop, "1000")
	return h
}

func turn(h *cabinettest.House, product string, on bool) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Cabinet.Billing.SwitchProduct(ctx, tx, shop, product, on, h.Now())
	})
}

// talk charges an outgoing call answered an hour ago.
func talk(h *cabinettest.House, id, to string, seconds int64) {
	h.Helper()
	_, err := h.App.Cabinet.Charging.Charge(context.Background(), charging.CallRecord{
		Project: shop, ID: id, Kind: pricing.LegOutbound, To: to, AnsweredAt: h.Now().Add(-time.Hour), Seconds: seconds, At: h.Now(),
	})
	if err != nil {
		h.Fatal(err)
	}
}

func adjust(h *cabinettest.House, id, amount, reason string) (entry ident.EntryID) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		made, err := h.App.Cabinet.Billing.Adjust(ctx, tx, shop, billing.Adjustment{ID: id, Amount: money.MustParse(amount), Reason: reason}, h.Now())
		entry = made.ID
		return err
	})
	return entry
}

var markup = regexp.MustCompile(`<[^>]*>`)

// text is what a page says, without its markup, blanks made one.
func text(a cabinettest.Answer) string {
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "&#39;", "'", "&#34;", `"`, "&amp;", "&").Replace(markup.ReplaceAllString(a.Body, " "))
	return strings.Join(strings.Fields(plain), " ")
}

// says fails the test unless a page answered well and says every text, in any markup.
func says(t *testing.T, a cabinettest.Answer, texts ...string) {
	t.Helper()
	a.Must(t, http.StatusOK)
	plain := text(a)
	for _, wanted := range texts {
		if !strings.Contains(plain, wanted) {
			t.Errorf("%s does not say %q:\n%s", a.Path, wanted, plain)
		}
	}
}

var everyPage = []string{
	"", "/now", "/movement", "/days/2026-11-22", "/days/2026-11-22/calls", "/days/2026-11-22/messages", "/entries", "/compare", "/forecast", "/loyalty",
	"/statement", "/statement?month=2026-11", "/pay",
}

// A page shows one project to those who may see its funds; nobody else learns more than that there is nothing.
func TestWhoSeesFunds(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	h.Project("other", "5")
	entry := adjust(h, "a1", "-1", "for a test")
	accountant, manager, stranger := h.Member(shopOrg, access.Accountant), h.Member(shopOrg, access.Manager), h.Stranger()
	outsider := h.Member(ident.ProjectOrg("other"), access.Owner)
	for _, page := range append(everyPage, "/entries/"+number(entry)) {
		path := "/p/shop/funds" + page
		accountant.Get(path).Must(t, http.StatusOK)
		manager.Get(path).Must(t, http.StatusForbidden)
		outsider.Get(path).Must(t, http.StatusNotFound)
		stranger.Get(path).Must(t, http.StatusUnauthorized)
	}
	outsider.Get("/p/other/funds/entries/"+number(entry)).Must(t, http.StatusNotFound, "no such entry")
}

func TestBadAddresses(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	for path, want := range map[string]int{
		"/days/tomorrow": http.StatusNotFound, "/days/2026-11-23": http.StatusNotFound, "/days/2026-11-21/calls": http.StatusNotFound,
		"/days/2026-11-22/fee?kind=product_fee&item=none": http.StatusNotFound, "/entries/x": http.StatusNotFound, "/entries/1": http.StatusNotFound,
		"/calls/none": http.StatusNotFound, "/compare?a=2026-11-30": http.StatusUnprocessableEntity, "/compare?b=yesterday": http.StatusUnprocessableEntity,
		"/statement?month=2026-10": http.StatusNotFound, "/statement?month=x": http.StatusNotFound, "/movement?from=2020-01-01&to=2026-11-22": http.StatusUnprocessableEntity,
		"/movement?after=-1": http.StatusUnprocessableEntity, "/movement?after=x": http.StatusUnprocessableEntity, "/entries?after=x": http.StatusUnprocessableEntity,
		"/days/2026-11-22/calls?after=x": http.StatusUnprocessableEntity,
	} {
		if got := owner.Get("/p/shop/funds" + path); got.Status != want {
			t.Errorf("%s answers %d, want %d", path, got.Status, want)
		}
	}
}

// What people wrote never becomes markup, nor a formula in a spreadsheet.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	owner := h.Member(shopOrg, access.Owner)
	const reason = `<script>alert("owned")</script>=cmd|' /C calc'!A0`
	entry := adjust(h, "=1+1<b>", "-1", reason)
	talk(h, `c-<img/src=x>"`, "+380671234567", 60)
	for _, path := range []string{"/entries/" + number(entry), "/movement", "/days/2026-11-22", "/days/2026-11-22/calls?cols=at,id", "/entries?cols=booked,ref", "/statement"} {
		page := owner.Get("/p/shop/funds"+path).Must(t, http.StatusOK)
		for _, raw := range []string{"<script>alert", "<img/src", "=1+1<b>"} {
			if strings.Contains(page.Body, raw) {
				t.Errorf("%s has %s in it", path, raw)
			}
		}
	}
	says(t, owner.Get("/p/shop/funds/entries/"+number(entry)), "calc'!A0")
	csv := owner.Get("/p/shop/funds/entries?cols=booked,ref&format=csv").Must(t, http.StatusOK).Body
	if !strings.Contains(csv, "'=1+1<b>") {
		t.Errorf("a formula goes into the spreadsheet:\n%s", csv)
	}
	owner.Get("/p/shop/funds/calls/"+`c-%3Cimg%2Fsrc=x%3E%22`).Must(t, http.StatusOK)
}

// The pages say in each language what they say in one: no key is shown as itself.
func TestLanguages(t *testing.T) {
	t.Parallel()
	h := shopHouse(t)
	turn(h, "virtual_pbx", true)
	talk(h, "c1", "+380671234567", 61)
	h.Live(1)
	for language, word := range map[string]string{"ru": "Движение средств", "uk": "Рух коштів"} {
		owner := h.User(language + "@shop.example")
		h.Join(owner, shopOrg, access.Owner)
		speaks(h, owner, language)
		reader := h.SignIn(owner)
		for _, path := range append(everyPage, "/calls/c1", "/compare?a=2026-11-22&b=2026-11-23", "/days/2026-11-23/fee?kind=product_fee&item=virtual_pbx") {
			page := reader.Get("/p/shop/funds"+path).Must(t, http.StatusOK)
			if path != "/now" && !strings.Contains(page.Body, word) {
				t.Errorf("%s is not in %s", path, language)
			}
			if key := regexp.MustCompile(`>\s*(funds|error)\.[a-z_0-9]+`).FindString(page.Body); key != "" {
				t.Errorf("%s shows a key: %s", path, key)
			}
		}
	}
}

// hostileBook is the newest shipped book with a product whose title nobody should believe.
func hostileBook(t *testing.T, title string) *pricebook.Book {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"ringostat/2022-07-01.yaml", "rates_sample.csv"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "pricebook", "books", name))
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.NewReplacer("2022-07-01", "2026-01-01", "{en: Virtual PBX 2.0,", "{en: '"+title+"',").Replace(string(text))
		files[strings.ReplaceAll(name, "2022-07-01", "2026-01-01")] = &fstest.MapFile{Data: []byte(changed)}
	}
	book, err := pricebook.Parse(files, "ringostat/2026-01-01.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// The title of a product is text wherever it stands, and no formula in a spreadsheet.
func TestHostileProduct(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	if err := h.App.Books.Add(hostileBook(t, `=cmd|calc!A0<script>alert(1)</script>`)); err != nil {
		t.Fatal(err)
	}
	h.Project(shop, "1000")
	owner := h.Member(shopOrg, access.Owner)
	turn(h, "virtual_pbx", true)
	h.Live(1)
	for _, path := range []string{"", "/movement", "/days/2026-11-22", "/compare", "/forecast", "/statement", "/days/2026-11-23/fee?kind=product_fee&item=virtual_pbx"} {
		page := owner.Get("/p/shop/funds"+path).Must(t, http.StatusOK)
		if strings.Contains(page.Body, "<script>alert") {
			t.Errorf("%s runs what a product is called", path)
		}
	}
	says(t, owner.Get("/p/shop/funds/movement"), "=cmd|calc!A0&lt;script&gt;")
	if csv := owner.Get("/p/shop/funds/movement?format=csv&cols=day,item").Body; !strings.Contains(csv, "'=cmd|calc!A0") {
		t.Errorf("a formula goes into the spreadsheet:\n%s", csv)
	}
}
