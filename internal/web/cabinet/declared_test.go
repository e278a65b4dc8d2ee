package cabinet_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/ident"
)

// withoutRight are the routes for which no right in an organisation is asked, by hand. Whatever changes something
// must stand behind a right in front of its page too, or be one of these and read why.
var withoutRight = map[string][]string{
	"strangers, who get in, read the help or reckon how many numbers they need": {
		"/calculator", "/confirm", "/email", "/forgot", "/help", "/help/{article}", "/help/pictures/{picture}", "/invitation", "/me/view/end", "/recordings/{secret}", "/reset", "/setup",
		"/sign-in", "/sign-in/code", "/sign-in/passkey", "/sign-in/passkey/begin", "/sign-out", "/sign-up",
	},
	"the site itself and its samples, which know no domain": {
		"/", "/favicon.ico", "/insecure", "/csp-report", "/preferences", "/ui", "/ui/confirm", "/ui/forms", "/ui/hostile", "/ui/later", "/ui/pill", "/ui/plain",
		"/ui/refuse", "/ui/search", "/ui/states", "/ui/suggest", "/ui/tables", "/ui/undo",
	},
	"everybody in an organisation: pages that ask for each part, and one's own views": {
		"/p/{project}", "/p/{project}/search", "/p/{project}/suggest", "/p/{project}/checklist", "/p/{project}/views", "/p/{project}/views/remove",
		"/a/{agency}/search", "/a/{agency}/suggest", "/a/{agency}/views", "/a/{agency}/views/remove", "/op/search", "/op/suggest", "/op/views", "/op/views/remove",
	},
	"where an organisation opens: whoever lacks the right to the page is led to one of theirs": {"/a/{agency}", "/op"},
	"one's own, and a first project of one's own":                                              {"/", "/{$}", "/live", "/new-project"},
}

// Rule A-07.
func TestEveryOtherRouteNeedsARight(t *testing.T) {
	t.Parallel()
	c := openWide(t).App.Cabinet
	needs := map[string]bool{} // by pattern: a right in an organisation
	for _, route := range c.Routes() {
		needs[route.Pattern] = route.Need.Right && route.Need.Kind != ident.OrgKind("")
	}
	var excused []string
	for _, paths := range withoutRight {
		excused = append(excused, paths...)
	}
	for _, pattern := range c.Patterns() {
		_, path, ok := strings.Cut(pattern, " ")
		if !ok {
			path = pattern
		}
		if !needs[pattern] && !slices.Contains(excused, path) && path != "/me" && !strings.HasPrefix(path, "/me/") {
			t.Errorf("%s asks for no right", pattern)
		}
	}
}

// Pages are registered on the cabinet alone, which asks: no package of pages has another way to the reader.
func TestPagesHaveNoOtherWayIn(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../*/*.go")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		folder := filepath.Base(filepath.Dir(file))
		if strings.HasSuffix(file, "_test.go") || slices.Contains([]string{"cabinet", "gallery", "asset"}, folder) {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range []string{"http.HandlerFunc", "http.HandleFunc", "http.Handle(", "http.NewServeMux", "Site.Handle"} {
			if strings.Contains(string(text), way) {
				t.Errorf("%s uses %s: register on the cabinet, with what the route needs", file, way)
			}
		}
	}
}
