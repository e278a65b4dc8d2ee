package settings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/web/cabinet/cabinettest"
)

var shop = ident.ProjectOrg("shop")

func open(t *testing.T) (h *cabinettest.House, owner *cabinettest.Person) {
	t.Helper()
	h = cabinettest.Open(t)
	h.Project("shop", "1000")
	h.Project("other", "5")
	return h, h.Member(shop, access.Owner)
}

// now is the shop as it stands.
func now(t *testing.T, h *cabinettest.House) *project.Project {
	t.Helper()
	p, err := project.Get(t.Context(), h.App.DB, "shop")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

func TestWhoMayChangeSettings(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	owner.Get("/p/shop/settings").Must(t, http.StatusOK, "Shop shop", "Europe/Kyiv")
	owner.Get("/p/other/settings").Must(t, http.StatusNotFound)
	owner.Post("/p/other/settings/name", form("name", "Mine")).Must(t, http.StatusNotFound)
	marketer := h.Member(shop, access.Marketer)
	if body := marketer.Get("/p/shop/settings").Must(t, http.StatusOK).Body; strings.Contains(body, "Save") {
		t.Error("a marketer is offered to save")
	}
	marketer.Post("/p/shop/settings/name", form("name", "Mine")).Must(t, http.StatusForbidden)
	h.Member(shop, access.Manager).Get("/p/shop/settings").Must(t, http.StatusForbidden)
}

func TestName(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	owner.Post("/p/shop/settings/name", form("name", " Вікна <b>«Альфа» ")).Must(t, http.StatusOK, "The project is called “Вікна &lt;b&gt;«Альфа»”", `name="name" value="Shop shop"`)
	for _, name := range []string{"", "  ", strings.Repeat("x", 201), "\u200b"} {
		owner.Post("/p/shop/settings/name", form("name", name)).Must(t, http.StatusUnprocessableEntity, "Write a name of 1 to 200")
	}
	if got := now(t, h).Name; got != "Вікна <b>«Альфа»" {
		t.Errorf("the project is called %q", got)
	}
}

// Rule B-09. On 22 November Kyiv is at UTC+2, Lisbon at UTC: the 23rd ends two hours later and lasts 26 hours.
func TestTimeZone(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	owner.Get("/p/shop/settings/zone?zone=Europe/Lisbon").Must(t, http.StatusOK, "ends, as before", "00:00", "02:00", "24 hours", "26 hours")
	owner.Post("/p/shop/settings/zone", form("zone", "Europe/Lisbon")).Must(t, http.StatusOK, "days end by Europe/Lisbon", `name="zone" value="Europe/Kyiv"`, "until then by Europe/Kyiv")
	calendar := now(t, h).Calendar
	today := calendar.DayAt(h.Now())
	if got := []time.Duration{calendar.End(today).Sub(calendar.Start(today)), calendar.End(today + 1).Sub(calendar.Start(today + 1))}; !cmp.Equal(got, []time.Duration{24 * time.Hour, 26 * time.Hour}) {
		t.Errorf("today and tomorrow last %v", got)
	}
	owner.Post("/p/shop/settings/zone", form("zone", "Europe/Kyiv")).Must(t, http.StatusOK) // undone
	if got := now(t, h).Calendar.Zone(today + 1).String(); got != "Europe/Kyiv" {
		t.Errorf("tomorrow ends by %s", got)
	}
	for _, zone := range []string{"", "Mars/Olympus", "../etc/passwd", "Local"} {
		owner.Get("/p/shop/settings/zone?"+form("zone", zone).Encode()).Must(t, http.StatusUnprocessableEntity, "There is no such time zone")
		owner.Post("/p/shop/settings/zone", form("zone", zone)).Must(t, http.StatusUnprocessableEntity, "There is no such time zone")
	}
}

// Rule B-70: the book's caps stand beside the project's own; an empty field is the book's.
func TestCaps(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	owner.Get("/p/shop/settings").Must(t, http.StatusOK, "Price book: 25.00", "Price book: 4,000.00", "Price book: 20", "Price book: UA", "Price book: refused")
	wish := form("per_minute", "1,5", "per_day", "1 200", "concurrent_calls", "3", "countries", "own, pl;de", "refuse_premium", "allow")
	owner.Post("/p/shop/settings/caps", wish).Must(t, http.StatusOK, "The limits are saved", `value="1.5"`, `value="own, PL, DE"`)
	minute, day, calls, refuse := money.MustParse("1.5"), money.MustParse("1200"), int64(3), false
	want := project.Limits{PerMinute: &minute, PerDay: &day, ConcurrentCalls: &calls, Countries: []string{"own", "PL", "DE"}, RefusePremium: &refuse}
	if diff := cmp.Diff(want, now(t, h).Limits); diff != "" {
		t.Error(diff)
	}
	many := form("per_minute", "-1", "per_day", "abc", "concurrent_calls", "1.5", "countries", "ZZ")
	if page := owner.Post("/p/shop/settings/caps", many).Must(t, http.StatusUnprocessableEntity); strings.Count(page.Body, `aria-invalid="true"`) != 4 {
		t.Errorf("%d fields are marked, want 4", strings.Count(page.Body, `aria-invalid="true"`))
	}
	for name, f := range map[string]url.Values{
		"a word": form("per_minute", "much"), "negative": form("per_day", "-1"), "no calls": form("concurrent_calls", "-1"), "half a call": form("concurrent_calls", "1.5"),
		"a country in words": form("countries", "Ukraine"), "hostile": form("countries", `"><script>`), "neither": form("refuse_premium", "maybe"), "too much": form("per_day", "99999999999999999999"),
	} {
		if got := owner.Post("/p/shop/settings/caps", f); got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "field-error") || strings.Contains(got.Body, "><script>") {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	owner.Post("/p/shop/settings/caps", form("countries", "-")).Must(t, http.StatusOK)
	if diff := cmp.Diff(project.Limits{Countries: []string{}}, now(t, h).Limits); diff != "" {
		t.Error(diff)
	}
	entries, err := audit.List(t.Context(), h.App.DB, audit.Filter{Org: &shop, Object: "project", Action: "set limits"}, 0, 5)
	if err != nil || len(entries) != 2 || !strings.Contains(string(entries[0].Before), `"per_minute":"1.5"`) {
		t.Errorf("the trail has %v, %v", entries, err)
	}
}

// An agency's page has its name, the language it invites in, and its people; who may only look changes nothing. Rule A-07.
func TestAgencySettings(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	h.Project("shop", "1000")
	h.Agency("north", "shop")
	h.Agency("south")
	org := ident.AgencyOrg("north")
	head, accountant := h.Member(org, access.AgencyRole), h.Member(org, access.Accountant)
	head.Get("/a/north/settings").Must(t, http.StatusOK, "Agency north", "agency@north.example", "accountant@north.example", "2 people work", "Invite somebody")
	post := func(who *cabinettest.Person, name, language string) cabinettest.Answer {
		return who.Post("/a/north/settings", url.Values{"name": {name}, "language": {language}})
	}
	post(head, "", "uk").Must(t, http.StatusUnprocessableEntity, "Write a name")
	post(head, "Північ <b>", "xx").Must(t, http.StatusUnprocessableEntity, "Північ &lt;b&gt;")
	post(head, "Північ", "uk").Must(t, http.StatusOK, "settings are saved", "Північ")
	post(accountant, "Mine", "").Must(t, http.StatusForbidden)
	head.Get("/a/south/settings").Must(t, http.StatusNotFound)
	entries, err := audit.List(t.Context(), h.App.DB, audit.Filter{Org: &org, Object: "agency", Action: "edit"}, 0, 5)
	if err != nil || len(entries) != 1 || !strings.Contains(string(entries[0].Before), "Agency north") {
		t.Errorf("%v, %v", entries, err)
	}
}
