package people_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
)

// Rule A-15: the log says who did what to whom, in words, before and after; it is narrowed by who, what, when and request.
func TestTrail(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	administrator := o.SignIn(o.named("Ada Administrator", shop, access.Administrator))
	answer := administrator.Post(user(o.ann.ID)+"/role", form("role", "marketer")).Must(t, http.StatusOK)
	o.owner.Post(user(o.bob.ID)+"/block", form("hand_to", string(o.cleo.ID))).Must(t, http.StatusOK)
	body := o.owner.Get("/p/shop/people/audit").Must(t, http.StatusOK, "Ada Administrator", "Member: another role", "Role: Manager → Marketer", "Work goes to: Cleo Manager").Body
	for query, want := range map[string]int{
		"?f.who=user:" + string(administrator.ID): 1, "?f.what=seat": 4, "?f.what=role": 0, "?f.who=user:nobody": 12, "?f.request=nothing": 0,
		"?period=yesterday": 0, "?from=2026-11-22&to=2026-11-22": 12,
	} {
		if got := len(o.log(query)); got != want {
			t.Errorf("%s gives %d entries, want %d", query, got, want)
		}
	}
	request := o.log("?f.who=user:" + string(administrator.ID) + "&cols=at,who,what,request")[0][3]
	if request == "" || len(o.log("?f.request="+request)) != 1 || answer.Status != http.StatusOK {
		t.Errorf("request %q", request)
	}
	entry := hrefIn(body, "/p/shop/people/audit/")
	o.owner.Get(entry).Must(t, http.StatusOK, "Before and after", "Access closed", "Member: blocking")
	for _, name := range []string{"1", "0", "-1", "x", "9223372036854775807", "9223372036854775806"} {
		if got := o.owner.Get("/p/shop/people/audit/" + name); got.Status != http.StatusNotFound {
			t.Errorf("entry %s answers %d", name, got.Status)
		}
	}
	o.stranger.Get(strings.Replace(entry, "/p/shop/", "/p/other/", 1)).Must(t, http.StatusNotFound)
	o.ann.Get("/p/shop/people/audit").Must(t, http.StatusForbidden)
	o.Pass(5 * time.Second)
}

// log is the rows of the export of the shop's log.
func (o *office) log(query string) [][]string {
	o.Helper()
	and := "?"
	if query != "" {
		and = "&"
	}
	answer := o.owner.Get("/p/shop/people/audit"+query+and+"format=csv").Must(o, http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(answer.Body)).ReadAll()
	if err != nil {
		o.Fatal(err)
	}
	return rows[1:]
}
