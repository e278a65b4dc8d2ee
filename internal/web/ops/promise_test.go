package ops_test

import (
	"net/http"
	"net/url"
	"testing"

	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/tracking"
)

// Rule C-111: an operator is asked before credit for missed promises is given, or no longer; the trail of the project has each switch once.
func TestPromiseIsSwitched(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	const page, form = "/op/projects/shop", "/op/projects/shop/promise"
	send := func(given string, status int, texts ...string) {
		t.Helper()
		ann.Post(form, url.Values{"given": {given}}).Must(t, status, texts...)
		promise, err := tracking.PromiseOf(t.Context(), h.App.DB, "shop")
		if want := given == "yes"; err != nil || status == http.StatusOK && promise.Kept != want {
			t.Errorf("%s: kept %t, %v", given, promise.Kept, err)
		}
	}
	ann.Get(page).Must(t, http.StatusOK, "Credit for missed promises", "not given", `href="`+form+`"`)
	ann.Get(form).Must(t, http.StatusOK, "Give credit for missed promises?", `name="given" value="yes"`, "given since")
	send("yes", http.StatusOK, "Credit is given from today on", "given since", "Stop giving credit")
	send("yes", http.StatusOK)
	send("perhaps", http.StatusUnprocessableEntity, "Choose whether credit is given")
	ann.Get(form).Must(t, http.StatusOK, "Stop giving credit for missed promises?", `name="given" value="no"`)
	send("no", http.StatusOK, "Credit is given no longer", "not given")
	ann.Get("/op/projects/nobody/promise").Must(t, http.StatusNotFound)
	ann.Post("/op/projects/nobody/promise", url.Values{"given": {"yes"}}).Must(t, http.StatusNotFound)
	trail, err := audit.List(t.Context(), h.App.DB, audit.Filter{Object: "tracking_credit"}, 0, 10)
	if err != nil || len(trail) != 2 || trail[0].Org != ident.ProjectOrg("shop") {
		t.Errorf("%d entries: %+v, %v", len(trail), trail, err)
	}
}
