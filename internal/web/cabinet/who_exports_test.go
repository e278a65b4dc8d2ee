package cabinet_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/web/cabinet/cabinettest"
)

const exportsFile = "testdata/exports.txt"

// Every list of the project is exported by those whom testdata/exports.txt says, and by nobody else, whatever the list itself says: a
// right to see is no right to take away. Rule A-07.
func TestWhoExportsWhat(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	h.Project("shop", "1000")
	h.Agency("mine", "shop")
	people := map[byte]*cabinettest.Person{
		'o': h.Member(shop, access.Owner), 'a': h.Member(shop, access.Administrator), 'm': h.Member(shop, access.Marketer), 'n': h.Member(shop, access.Manager),
		'c': h.Member(shop, access.Accountant), 'r': h.Member(shop, access.ReadOnly), 'g': h.Member(ident.AgencyOrg("mine"), access.AgencyRole),
	}
	table, listed := readTable(t, exportsFile), map[string]bool{}
	for _, route := range h.App.Cabinet.Routes() {
		method, path := pathOf(route)
		if method != http.MethodGet || !strings.HasPrefix(path, "/p/") {
			continue
		}
		if !exports(t, h, people['o'], path) {
			continue
		}
		_, pattern, _ := strings.Cut(route.Pattern, " ")
		for _, role := range []byte(columns) {
			want := table.of(route.Pattern, role)
			if want == 0 {
				t.Errorf("%s does not say who exports %s", exportsFile, pattern)
				break
			}
			if got := exports(t, h, people[role], path); got != (want == 'y') {
				t.Errorf("%c exports %s: %v, want %c", role, pattern, got, want)
			}
		}
		listed[pattern] = true
	}
	for _, line := range table {
		if !listed[line.path] {
			t.Errorf("%s: %s is no list that its owner exports", exportsFile, line.path)
		}
	}
}

// exports tells whether somebody gets a file of a page.
func exports(t *testing.T, h *cabinettest.House, who *cabinettest.Person, path string) bool {
	t.Helper()
	got := ask(t, h, who, http.MethodGet, path+"?format=csv", url.Values{})
	return got.Status == http.StatusOK && strings.HasPrefix(got.Header.Get("Content-Type"), "text/csv")
}
