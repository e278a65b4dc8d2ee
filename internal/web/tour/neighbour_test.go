package tour_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
)

// next is the project whose owner tries to get at the things of the shop.
var next = ident.ProjectOrg("neighbour")

// common are the wildcards of what is no project's own: it is the same for everybody, or stands behind the wildcard of a thing.
var common = map[string]string{
	"project": "", "day": "a date", "product": "of the price book", "package": "of the price book", "version": "of a price book, a scheme or rules",
}

// wildcard is the name of a wildcard in a pattern's segment.
func wildcard(segment string) (name string, ok bool) {
	name, open := strings.CutPrefix(segment, "{")
	name, ends := strings.CutSuffix(name, "}")
	return name, open && ends
}

// things are where the things of the shop are: for the beginning of a pattern, such as /p/{project}/calls/{call}, an address that
// the walk came to.
type things map[string]string

// note keeps the beginnings of an address that end in the id of something.
func (th things) note(pattern, path string) {
	_, pattern, _ = strings.Cut(pattern, " ")
	path, _, _ = strings.Cut(path, "?")
	segments, values := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(segments) != len(values) || !strings.HasPrefix(path, cabinet.Base(shop)+"/") {
		return
	}
	for i, segment := range segments {
		if name, is := wildcard(segment); is {
			if slices.Contains(builtinRoles, values[i]) {
				return // everybody has it
			}
			if begin := strings.Join(segments[:i+1], "/"); common[name] == "" && th[begin] == "" {
				th[begin] = strings.Join(values[:i+1], "/")
			}
		}
	}
}

var builtinRoles = []string{
	string(access.OperatorRole), string(access.AgencyRole), string(access.Owner), string(access.Administrator), string(access.Marketer), string(access.Manager),
	string(access.Accountant), string(access.ReadOnly),
}

// at is the address of a route with a thing of the shop in it, as though it were the neighbour's; unknown is a wildcard of which the
// walk has seen none, and path is empty for a route without one.
func (th things) at(pattern string) (path, unknown string) {
	_, pattern, _ = strings.Cut(pattern, " ")
	segments := strings.Split(pattern, "/")
	own := false
	for i, segment := range segments {
		name, is := wildcard(segment)
		known := th[strings.Join(segments[:i+1], "/")]
		switch {
		case !is || name == "project":
		case common[name] != "":
			segments[i] = "1"
		case known == "":
			return "", name
		default:
			own = true
			path = known
		}
	}
	if !own {
		return "", ""
	}
	rest := segments[strings.Count(path, "/")+1:]
	return strings.Join(append([]string{strings.Replace(path, cabinet.Base(shop), cabinet.Base(next), 1)}, rest...), "/"), ""
}

// ids are all ids in the addresses.
func (th things) ids() (all []string) {
	for _, path := range th {
		all = append(all, path[strings.LastIndex(path, "/")+1:])
	}
	return all
}

// names are words of the shop's things, which no page of another project may say.
var names = []string{"Weddings", "Senior manager", "Vega", "Billboards", "kvitka"}

// asNeighbour tries, as the owner of another project, every route with the id of a thing of the shop, and every form that has one in
// its fields: nothing of the shop is shown or changed, whatever the route. Rule A-07.
func (h *house) asNeighbour(t *testing.T, w *walk) {
	h.Project(next.Project(), "1000")
	owner, th := h.Member(next, access.Owner), things{}
	for _, p := range w.all {
		th.note(p.pattern, p.path)
	}
	for _, f := range w.forms {
		th.note(f.pattern, f.action)
	}
	before := h.trailOf(t, shop)
	for _, route := range h.App.Cabinet.Routes() {
		if route.Need.Kind != ident.ProjectKind {
			continue
		}
		path, unknown := th.at(route.Pattern)
		if unknown != "" {
			t.Errorf("%s: the walk has come to no %s", route.Pattern, unknown)
		}
		if path != "" {
			form := w.formOf(route.Pattern)
			form.Set("day", h.Now().Format(time.DateOnly)) // what was asked is of today
			h.refused(t, owner, route.Pattern, path, form)
		}
	}
	ids, sent := th.ids(), 0
	for _, f := range distinct(w.forms) {
		values := f.with(field.honest)
		if path, _ := th.at(f.pattern); path == "" && f.method == http.MethodPost && strings.HasPrefix(f.action, cabinet.Base(shop)+"/") && anyOf(values, ids) {
			sent++
			h.refused(t, owner, f.pattern, strings.Replace(f.action, cabinet.Base(shop), cabinet.Base(next), 1), values)
		}
	}
	if least := 3; sent < least {
		t.Errorf("only %d forms have the id of something in their fields", sent)
	}
	if after := h.trailOf(t, shop); after != before {
		t.Errorf("the newest entry of the shop's trail was %d and is %d: something was changed", before, after)
	}
}

// refused sends a request about a thing of the shop to the project next to it, and fails the test where it is taken or answers
// with anything of the shop.
func (h *house) refused(t *testing.T, owner *cabinettest.Person, pattern, path string, form url.Values) {
	t.Helper()
	method, _, _ := strings.Cut(pattern, " ")
	if method == http.MethodGet {
		form = nil
	}
	got := owner.Do(method, path, form)
	if got.Status != http.StatusNotFound && got.Status != http.StatusUnprocessableEntity && untouched[pattern] == "" {
		t.Errorf("%s at %s with %.200q answers %d", pattern, path, form.Encode(), got.Status)
	}
	body, err := html.Parse(strings.NewReader(got.Body))
	if err != nil {
		t.Fatal(err)
	}
	text := mainText(body)
	for _, name := range names {
		if strings.Contains(text, name) && !strings.Contains(form.Encode(), name) {
			t.Errorf("%s at %s says %q", pattern, path, name)
		}
	}
}

// untouched are the routes that take an id that is not theirs and do nothing with it, each with the reason.
var untouched = map[string]string{}

// formOf is a form of a route, filled in; empty values where the walk has none.
func (w *walk) formOf(pattern string) url.Values {
	for _, f := range w.forms {
		if f.pattern == pattern {
			return f.with(field.honest)
		}
	}
	return url.Values{}
}

func anyOf(values url.Values, ids []string) bool {
	for _, all := range values {
		for _, value := range all {
			if slices.Contains(ids, value) {
				return true
			}
		}
	}
	return false
}

// trailOf is the number of the newest entry in an organisation's trail.
func (h *house) trailOf(t *testing.T, org ident.Org) int64 {
	t.Helper()
	list, err := audit.List(t.Context(), h.App.DB, audit.Filter{Org: &org}, 0, 1)
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	return list[0].ID
}
