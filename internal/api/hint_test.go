package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/store/storetest"
)

// What is refused says why and what to do, in words that fit the mistake.
func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.open("shop", `"country":"RU","time_zone":"Europe/Moscow","book":"insales","plan":"standard"`)
	s.open("office", `"country":"UA","time_zone":"Europe/Kyiv","book":"k50"`)
	s.pay("p", "100")
	for name, test := range map[string]struct {
		path, body string
		status     int
		code       string
		says       []string // and what it does not, after a dash
	}{
		"an answer without its time": {
			"projects/demo/calls", `{"id":"c","kind":"outbound","to":"+380671234567","seconds":120}`, 422, "charging.bad_record",
			[]string{"answered_at is missing: a leg of 120 s was answered at some time", `"hint":"write when it was answered`},
		},
		"a number too short": {
			"projects/demo/legs", `{"id":"c","kind":"outbound","to":"+4412345678"}`, 403, "charging.country_forbidden",
			[]string{"is a number of no known country", "check its digits", `-"country"`, "-allow the country"},
		},
		"a number of no country": {
			"projects/demo/legs", `{"id":"c","kind":"outbound","to":"+1900555123"}`, 403, "charging.country_forbidden", []string{"is a number of no known country", "-may not be dialled"},
		},
		"a country that is not allowed": {
			"projects/demo/legs", `{"id":"c","kind":"outbound","to":"+48221234567"}`, 403, "charging.country_forbidden",
			[]string{"numbers of PL may not be dialled", `"country":"PL"`, "allow the country"},
		},
		"an unknown plan": {
			"projects", `{"project":"x","name":"X","country":"RU","time_zone":"Europe/Moscow","book":"insales","plan":"gold"}`, 422, "pricing.unknown_plan",
			[]string{"it has [", "standard"},
		},
		"a move to an unknown plan":   {"PUT projects/shop/book", `{"plan":"gold"}`, 422, "pricing.unknown_plan", []string{"it has [", "standard"}},
		"a package where there are":   {"PUT projects/office/packages/gold", `{"minutes":100}`, 422, "billing.unknown_package", []string{"it has ["}},
		"a country that is none":      {"projects", `{"project":"x","name":"X","country":"XX","time_zone":"UTC","book":"ringostat"}`, 422, "project.bad_country", []string{"ISO 3166"}},
		"a limit to one that is none": {"PUT projects/demo/limits", `{"countries":["own","ZZ"]}`, 422, "api.bad_limit", []string{`\"ZZ\" is not a country`}},
		"users where none are sold":   {"projects/demo/users", `{"user":"anna"}`, 422, "billing.no_users", []string{"ringostat@2021-01-01 sells no users"}},
		"a preview of such users":     {"projects/demo/preview", `{"add_users":["anna"]}`, 422, "billing.no_users", nil},
		"entries of no days":          {"GET projects/demo/entries?from=2026-03-11&to=2026-03-10", "", 422, "api.bad_range", []string{"2026-03-11 comes after 2026-03-10"}},
		"an export of no days":        {"GET projects/demo/entries.csv?from=2026-03-11&to=2026-03-10", "", 422, "api.bad_range", nil},
		"a product without another":   {"quote/configuration", `{"book":"ringostat","book_version":"2021-01-01","country":"UA","products":["smart_phone"]}`, 409, "billing.product_needs", []string{"smart_phone does not work without"}},
		"seats of what has none":      {"quote/configuration", `{"book":"ringostat","country":"UA","products":["analytics"],"seats":{"analytics":2}}`, 422, "api.bad_seats", nil},
	} {
		method, path, found := strings.Cut(test.path, " ")
		if !found {
			method, path = http.MethodPost, test.path
		}
		got := s.refused(s.as("operator"), method, "/v1/"+path, test.body, test.status, test.code)
		for _, word := range test.says {
			word, not := strings.CutPrefix(word, "-")
			if strings.Contains(string(got.body), word) == not {
				t.Errorf("%s: %s", name, got.body)
			}
		}
	}
}
