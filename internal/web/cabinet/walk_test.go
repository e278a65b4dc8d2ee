package cabinet_test

import (
	"context"
	"flag"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
)

var update = flag.Bool("update", false, "write testdata/routes.txt anew")

const routesFile = "testdata/routes.txt"

// Every route of the cabinet stands in testdata/routes.txt with what it needs. A new one is added there by hand or by
// `go test ./internal/web/cabinet -run TestEveryRouteIsListed -update`, and is read by whoever reviews the change.
func TestEveryRouteIsListed(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	var lines []string
	guarded := map[string]bool{}
	for _, route := range h.App.Cabinet.Routes() {
		guarded[route.Pattern] = true
		lines = append(lines, route.Pattern+"  "+needInWords(route.Need))
	}
	for _, pattern := range h.App.Cabinet.Patterns() {
		if !guarded[pattern] {
			lines = append(lines, pattern+"  anybody, without a visit")
		}
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(routesFile, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(routesFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("the routes are not those of %s (-listed +registered):\n%s", routesFile, diff)
	}
}

func needInWords(n cabinet.Need) string {
	switch {
	case n.Open:
		return "anybody"
	case n.Kind == "":
		return "whoever is signed in"
	case !n.Right:
		return "whoever is in the " + string(n.Kind)
	}
	return string(n.Kind) + ": " + n.Action.String() + " " + n.Object.String()
}

// stranger is somebody for whom a route is not.
type stranger struct {
	who  *cabinettest.Person
	role byte // the letter of the role in the shop, or in its agency, as in the table of answers; 0 for a member of something else
	out  bool // the session has ended
}

// Every route answers everybody as it must: 401 to whoever is not signed in, 404 to whoever has no standing in the project or agency,
// and to every role what stands in testdata/answers.txt, whatever the route itself says it needs. Rules.
func TestStrangers(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	for _, id := range []ident.ProjectID{"shop", "other"} {
		h.Project(id, "1000")
	}
	h.Agency("mine", "shop")
	h.Agency("theirs", "other")
	operator := h.Operator()
	table := readAnswers(t)
	administrator := h.User("walking@shop.example")
	h.Join(administrator, shop, access.Administrator)
	strangers := map[string]stranger{
		"anonymous":             {who: h.Stranger(), out: true},
		"another owner":         {who: h.Member(ident.ProjectOrg("other"), access.Owner)},
		"another agency":        {who: h.Member(ident.AgencyOrg("theirs"), access.AgencyRole)},
		"manager":               {who: h.Member(shop, access.Manager), role: 'n'},
		"marketer":              {who: h.Member(shop, access.Marketer), role: 'm'},
		"accountant":            {who: h.Member(shop, access.Accountant), role: 'c'},
		"read-only":             {who: h.Member(shop, access.ReadOnly), role: 'r'},
		"owner":                 {who: h.Member(shop, access.Owner), role: 'o'},
		"administrator":         {who: h.SignIn(administrator), role: 'a'},
		"agency":                {who: h.Member(ident.AgencyOrg("mine"), access.AgencyRole), role: 'g'},
		"blocked administrator": {who: blocked(h), out: true},
	}
	expired := h.SignIn(h.User("expired@shop.example"))
	h.Join(expired.User, shop, access.Administrator)
	for name, s := range strangers {
		for _, route := range h.App.Cabinet.Routes() {
			s.visits(t, h, table, name, route)
		}
	}
	h.Pass(8 * 24 * time.Hour) // unused for longer than a session lasts
	for _, route := range h.App.Cabinet.Routes() {
		stranger{who: expired, out: true}.visits(t, h, table, "expired session", route)
		stranger{who: operator, out: true}.visits(t, h, table, "the operator's expired session", route)
	}
}

// blocked is somebody whom the owner blocked.
func blocked(h *cabinettest.House) *cabinettest.Person {
	p := h.Member(shop, access.Administrator)
	heir := h.User("heir@shop.example")
	h.Join(heir, shop, access.Owner)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.Block(ctx, tx, h.Permit(shop), seats{h.App.Billing}, p.ID, heir.ID, h.Now())
		return err
	})
	h.Pass(5 * time.Second)
	return p
}

// seats lets billing count seats.
type seats struct{ *billing.Service }

var wildcard = regexp.MustCompile(`\{[a-z.$]+\}`)

// pathOf is a path of a route: of the shop and its agency, and of things that are not there.
func pathOf(route cabinet.Route) (method, path string) {
	method, path, _ = strings.Cut(route.Pattern, " ")
	path = strings.NewReplacer("{project}", "shop", "{agency}", "mine", "{$}", "").Replace(path)
	return method, wildcard.ReplaceAllString(path, "1")
}

// visits asks for a route as the stranger and compares the status.
func (s stranger) visits(t *testing.T, h *cabinettest.House, table answers, name string, route cabinet.Route) {
	t.Helper()
	method, path := pathOf(route)
	if route.Need.Open || path == "/live" {
		return // a stream does not end by itself; it has tests of its own
	}
	r, err := http.NewRequest(method, h.URL+path, strings.NewReader(url.Values{}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method != http.MethodGet {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	got := s.who.SendOnce(r).Status
	switch want := s.wanted(t, table, route.Pattern); {
	case want == 0 && (got == http.StatusUnauthorized || got == http.StatusForbidden || got >= http.StatusInternalServerError):
		t.Errorf("%s: %s answers %d, though it is theirs", name, route.Pattern, got)
	case want != 0 && got != want:
		t.Errorf("%s: %s answers %d, want %d", name, route.Pattern, got, want)
	}
}

// wanted is the status a stranger gets; 0 where the route is for them after all.
func (s stranger) wanted(t *testing.T, table answers, pattern string) int {
	t.Helper()
	_, path, _ := strings.Cut(pattern, " ")
	switch {
	case s.out:
		return http.StatusUnauthorized
	case s.role == 0 && (strings.HasPrefix(path, "/p/") || strings.HasPrefix(path, "/a/")):
		return http.StatusNotFound
	case s.role == 0 && (path == "/op" || strings.HasPrefix(path, "/op/")):
		return http.StatusForbidden
	case s.role == 0:
		return 0
	}
	switch table.of(pattern, s.role) {
	case 'y':
		return 0
	case 'x':
		return http.StatusForbidden
	case '-':
		return http.StatusNotFound
	}
	t.Errorf("%s does not say who gets %s", answersFile, pattern)
	return 0
}

// What another site makes a browser send is refused, whoever is signed in.
func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	h.Project("shop", "1000")
	h.Agency("mine", "shop")
	operator := h.Operator()
	for _, route := range h.App.Cabinet.Routes() {
		method, path := pathOf(route)
		if method == http.MethodGet {
			continue
		}
		r, err := http.NewRequest(method, h.URL+path, strings.NewReader("x=1"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if got := operator.SendOnce(r); got.Status != http.StatusForbidden {
			t.Errorf("%s from another site answers %d", route.Pattern, got.Status)
		}
	}
}
