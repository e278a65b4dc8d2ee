package products_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// shop is a project of each of the three vendors, with an owner.
type shop struct {
	*cabinettest.House
	owner *cabinettest.Person
	id    ident.ProjectID
}

var openings = map[ident.ProjectID]project.Opening{
	"shop":  {ID: "shop", Name: "Kvitka", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2022-07-01"},
	"line":  {ID: "line", Name: "Линия", Country: "RU", TimeZone: "Europe/Moscow", Book: "k50"},
	"store": {ID: "store", Name: "Store", Country: "RU", TimeZone: "Europe/Moscow", Book: "insales", Plan: "standard"},
}

// open opens one of the projects above with funds.
func open(t *testing.T, id ident.ProjectID, funds string) *shop {
	t.Helper()
	s := &shop{House: cabinettest.Open(t), id: id}
	s.OpenProject(openings[id], funds)
	s.owner = s.Member(ident.ProjectOrg(id), access.Owner)
	return s
}

// stock puts free numbers on the shelf.
func (s *shop) stock(numbers ...string) {
	s.Helper()
	items := make([]number.Item, len(numbers))
	for i, n := range numbers {
		items[i] = number.Item{Line: i + 1, Number: n}
	}
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		return s.App.Cabinet.Numbers.Add(ctx, tx, items, "test", s.Now())
	})
}

func (s *shop) path(below string) string { return "/p/" + string(s.id) + below }

func (s *shop) turn(product string, on bool) {
	s.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		return s.App.Billing.SwitchProduct(ctx, tx, s.id, product, on, s.Now())
	})
}

// rent rents through the registry.
func (s *shop) rent(wanted, use, label string) {
	s.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := s.App.Cabinet.Numbers.Rent(ctx, tx, s.id, number.Wish{Number: wanted, Use: use, Label: label}, "test", s.Now())
		return err
	})
}

func (s *shop) bring(wanted, label string) {
	s.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := s.App.Cabinet.Numbers.Bring(ctx, tx, s.id, pricing.Number{Number: wanted, Use: "tracking"}, label, "test", s.Now())
		return err
	})
}

// talk counts minutes of a package.
func (s *shop) talk(pack string, minutes int64) {
	s.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		p, err := project.Get(ctx, tx, s.id)
		if err != nil {
			return err
		}
		return billing.AddMinutes(ctx, tx, s.id, p.Calendar.DayAt(s.Now()), pack, minutes)
	})
}

// users makes people of a store.
func (s *shop) users(names ...string) {
	s.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		for _, name := range names {
			if _, err := s.App.Billing.AddUser(ctx, tx, s.id, name, s.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *shop) held() billing.Configuration {
	s.Helper()
	config, err := billing.GetConfiguration(context.Background(), s.App.DB, s.id)
	if err != nil {
		s.Fatal(err)
	}
	return config
}

// speak sets the owner's language.
func (s *shop) speak(lang string) {
	s.Helper()
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.EditUser(ctx, tx, audit.Program("test"), s.owner.ID, "Olena Petrenko", lang, s.Now())
		return err
	})
	s.owner = s.SignIn(s.owner.User) // what is known of a session is believed for seconds
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// fields are the hidden fields of a form, as a browser sends them.
func fields(body string) url.Values {
	form := url.Values{}
	for _, match := range hiddenField.FindAllStringSubmatch(body, -1) {
		form.Add(match[1], match[2])
	}
	return form
}

// TestShots keeps pictures of the pages in the folder that BELLWETHER_SHOTS names, for somebody to look at.
func TestShots(t *testing.T) {
	folder := os.Getenv("BELLWETHER_SHOTS")
	if folder == "" {
		t.Skip("no shots wanted")
	}
	browser := webtest.Start(t)
	shoot := func(s *shop, lang, theme string, width int64, name, below string) {
		s.speak(lang)
		page := s.owner.Browse(t, browser, width)
		page.SetCookie(t, s.URL, "__Host-theme", theme)
		page.Go(t, s.URL+s.path(below))
		page.Await(t, `!document.querySelector("[aria-busy=true]")`)
		page.Shoot(t, filepath.Join(folder, name+"-"+lang+"-"+theme+".png"))
	}
	r := open(t, "shop", "3000")
	r.stock("+380441234567", "+380441234568", "+380671234567", "+380800123456", "+74951234567", "+14155550100")
	r.turn("virtual_pbx", true)
	r.turn("callback", true)
	r.rent("+380441234567", "pbx", "Billboards")
	r.rent("+380671234567", "tracking", "Google Ads, search, the whole of Ukraine, autumn and winter sale")
	r.bring("+380445556677", "=cmd|' /C calc'!A0 <script>alert(1)</script>")
	r.Live(20)
	r.owner = r.SignIn(r.owner.User)
	r.owner.Post(r.path("/funds/products/switch/callback"), url.Values{"to": {"off"}, "with": {""}, "day": {r.today(t)}})
	shoot(r, "ru", "light", 1280, "r-products", "/funds/products")
	shoot(r, "uk", "dark", 360, "r-products", "/funds/products")
	shoot(r, "en", "light", 1280, "r-switch", "/funds/products/switch/analytics?to=on")
	shoot(r, "ru", "dark", 360, "r-off", "/funds/products/switch/virtual_pbx?to=off")
	shoot(r, "ru", "light", 1280, "r-book", "/funds/book")
	shoot(r, "en", "dark", 360, "r-book", "/funds/book")
	shoot(r, "uk", "light", 1280, "r-rates", "/funds/book/rates?q=%2B48")
	shoot(r, "ru", "light", 1280, "r-version", "/funds/book/versions/2021-01-01")
	shoot(r, "uk", "light", 1280, "r-numbers", "/numbers")
	shoot(r, "ru", "dark", 360, "r-numbers", "/numbers")
	shoot(r, "ru", "light", 1280, "r-rent", "/numbers/rent")
	shoot(r, "uk", "light", 1280, "r-rentnew", "/numbers/rent/new?country=UA&area=44&kind=local")
	shoot(r, "en", "light", 1280, "r-number", "/numbers/380671234567")
	shoot(r, "ru", "light", 360, "r-own", "/numbers/own")
	k := open(t, "line", "20000")
	k.stock("+74951234567", "+74951234568")
	k.turn("call_tracking", true)
	k.rent("+74951234567", "tracking", "Реклама")
	k.talk("forwarding", 3450)
	shoot(k, "ru", "light", 1280, "k-products", "/funds/products")
	shoot(k, "ru", "light", 360, "k-package", "/funds/products/packages/forwarding?minutes=5000")
	shoot(k, "ru", "light", 1280, "k-book", "/funds/book")
	i := open(t, "store", "90000")
	i.users("Анна", "Борис", "Вера", "Глеб")
	i.owner.Post(i.path("/funds/products/term"), url.Values{"months": {"6"}, "id": {"first"}, "day": {i.today(t)}})
	shoot(i, "ru", "light", 1280, "i-products", "/funds/products")
	shoot(i, "ru", "dark", 360, "i-products", "/funds/products")
	shoot(i, "ru", "light", 1280, "i-term", "/funds/products/term?months=12")
}
