package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/store/storetest"
)

// A preview shows what will be charged, and changes nothing.
func TestPreviewsChangeNothing(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.pay("p0", "500")
	s.must(s.as("project:write"), http.MethodPost, "/v1/projects/demo/products", `{"products":[{"product":"call_tracking","on":true}]}`, http.StatusOK)
	before := s.everything()
	for path, body := range map[string]string{
		"payments/preview": `{"amount":"1519","method":"card","period_days":360}`,
		"products/preview": `{"products":[{"product":"virtual_pbx","on":true}],"seats":{"virtual_pbx":9}}`,
		"preview":          `{"products":[{"product":"virtual_pbx","on":true}],"rent":[{"number":"+380441234567","owner":"operator","kind":"local","use":"pbx"}],"book_version":"2022-07-01"}`,
		"book/preview":     `{"book_version":"2022-07-01"}`,
		"quote":            `{"to":"+380671234567","seconds":61}`,
	} {
		s.must(s.as("project:read"), http.MethodPost, "/v1/projects/demo/"+path, body, http.StatusOK)
	}
	if after := s.everything(); after != before {
		t.Errorf("before %s\nafter %s", before, after)
	}
}

func (s *site) everything() string {
	s.Helper()
	var all strings.Builder
	for _, path := range []string{"", "/products", "/numbers", "/entries", "/statement", "/state", "/usage"} {
		fmt.Fprintf(&all, "%s\n", s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo"+path, "", http.StatusOK).body)
	}
	return all.String()
}

// What the preview of two products says of each coming day is what the night charges for it, and their net prices on the
// product page add up to the month. Rules B-07, B-30, B-34.
func TestPreviewIsWhatTheNightCharges(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.pay("p0", "5000")
	const change = `{"products":[{"product":"analytics","on":true}]}`
	var effect struct {
		Needs     []string
		DaysAfter []struct{ Day, Amount string } `json:"days_after"`
		Per30Days string                         `json:"per_30_days"`
	}
	s.must(s.as("project:read"), http.MethodPost, "/v1/projects/demo/products/preview", change, http.StatusOK).into(t, &effect)
	if fmt.Sprint(effect.Needs) != "[call_tracking]" || effect.Per30Days != "-2392.1" { // (999 + 1519) x 95 %
		t.Errorf("the preview says %v and %s", effect.Needs, effect.Per30Days)
	}
	s.refused(s.as("project:write"), http.MethodPost, "/v1/projects/demo/products", change, http.StatusConflict, "billing.product_needs")
	s.must(s.as("project:write"), http.MethodPost, "/v1/projects/demo/products", `{"products":[{"product":"analytics","on":true},{"product":"call_tracking","on":true}]}`, http.StatusOK)
	s.at("2026-03-20T00:00:01+02:00")
	s.closeDays()
	for _, day := range effect.DaysAfter[:9] {
		var statement struct{ Opening, Closing string }
		s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo/statement?from="+day.Day+"&to="+day.Day, "", http.StatusOK).into(t, &statement)
		if got := difference(t, statement.Opening, statement.Closing); got != day.Amount {
			t.Errorf("%s was to cost %s and cost %s", day.Day, day.Amount, got)
		}
	}
	var page struct {
		Products []struct{ Product, Net string }
	}
	s.must(s.as("project:read"), http.MethodGet, "/v1/projects/demo/products", "", http.StatusOK).into(t, &page)
	nets := map[string]string{}
	for _, p := range page.Products {
		nets[p.Product] = p.Net
	}
	if nets["analytics"] != "949.05" || nets["call_tracking"] != "1443.05" || nets["virtual_pbx"] != "899.1" { // 5 % now, 10 % with a third
		t.Errorf("net prices %v", nets)
	}
}

// What funds do not cover is shown all the same: a number in Moscow is 350 and its service 2,200 for the month. Renting it
// is refused, and taken as soon as the preview says so. Rule B-39.
func TestPreviewsShowWhatFundsDoNotCover(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.open("tracker", `"country":"RU","time_zone":"Europe/Moscow","book":"k50"`)
	const number = `{"number":"+74951110000","owner":"operator","kind":"local","use":"pbx"}`
	preview := func() (covered bool, atOnce string) {
		var effect struct {
			Covered bool
			AtOnce  []struct{ Amount string } `json:"at_once"`
		}
		s.must(s.as("project:read tracker"), http.MethodPost, "/v1/projects/tracker/preview", `{"rent":[`+number+`]}`, http.StatusOK).into(t, &effect)
		return effect.Covered, fmt.Sprint(effect.AtOnce)
	}
	s.must(s.as("operator"), http.MethodPost, "/v1/numbers", `{"numbers":[{"number":"+74951110000"}]}`, http.StatusCreated)
	for _, c := range []struct {
		pay     string
		covered bool
	}{{"2549.99", false}, {"0.01", true}} {
		s.must(s.as("operator"), http.MethodPost, "/v1/projects/tracker/payments", `{"id":"`+c.pay+`","amount":"`+c.pay+`","method":"bank"}`, http.StatusCreated)
		if covered, atOnce := preview(); covered != c.covered || atOnce != "[{-2200} {-350}]" {
			t.Errorf("after %s: covered %v, at once %s", c.pay, covered, atOnce)
		}
		if !c.covered {
			s.refused(s.as("project:write tracker"), http.MethodPost, "/v1/projects/tracker/numbers", number, http.StatusPaymentRequired, "ledger.insufficient_funds")
		}
	}
	s.must(s.as("project:write tracker"), http.MethodPost, "/v1/projects/tracker/numbers", number, http.StatusCreated)
}

func difference(t *testing.T, from, to string) string {
	t.Helper()
	return (amount(t, to) - amount(t, from)).String()
}
