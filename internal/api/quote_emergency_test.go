package api_test

import (
	"net/http"
	"testing"

	"bellwether/internal/store/storetest"
)

// What a call to an emergency number costs is nothing; digits in national form are the number they are dialled for.
// Rules B-71, B-22.
func TestQuoteOfEmergencyNumbers(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	const list = `"book":"ringostat","country":"UA",`
	for _, c := range []struct{ path, body, charge string }{
		{"/v1/quote", `{` + list + `"to":"112","seconds":61}`, "emergency"},
		{"/v1/quote", `{` + list + `"to":"101","seconds":61,"balance":"1"}`, "emergency"},
		{"/v1/quote", `{` + list + `"to":"+112","seconds":61}`, "emergency"},
		{"/v1/projects/demo/quote", `{"to":"112","seconds":61}`, "emergency"},
		{"/v1/quote", `{` + list + `"to":"0671234567","seconds":61}`, "rated"},
	} {
		got := s.must(s.as("operator"), http.MethodPost, c.path, c.body, http.StatusOK).json(t)
		if got["charge"] != c.charge || (c.charge == "emergency") != (got["amount"] == "0") {
			t.Errorf("%s %s: %v", c.path, c.body, got)
		}
	}
	s.refused(s.as("operator"), http.MethodPost, "/v1/quote", `{`+list+`"to":"1120","seconds":61}`, http.StatusUnprocessableEntity, "api.bad_destination")
}
