package tour_test

import (
	"testing"

	"golang.org/x/net/html"
)

// helpless are the routes whose pages have no article beside them, each with its reason.
var helpless = map[string]string{
	"GET /help":           "it is the help",
	"GET /help/{article}": "it is the help",
}

// everyPageHasHelp fails for a page within the frame from which no link leads to the article about it.
func everyPageHasHelp(t *testing.T, pages []page) {
	framed, helped, told := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range pages {
		if !classed(p.body, "rail") {
			continue // a part, or a page for strangers
		}
		framed[p.pattern] = true
		if classed(p.body, "page-help") {
			helped[p.pattern] = true
		} else if helpless[p.pattern] == "" && !told[p.pattern] {
			told[p.pattern] = true
			t.Errorf("%s (%s) has no link to its help", p.pattern, p.path)
		}
	}
	for pattern, reason := range helpless {
		if helped[pattern] || !framed[pattern] {
			t.Errorf("%s is excused (%s) without need: it has its help, or stands in no frame", pattern, reason)
		}
	}
}

// classed reports whether something on a page has a class alone.
func classed(body *html.Node, class string) bool {
	for n := range body.Descendants() {
		if attribute(n, "class") == class {
			return true
		}
	}
	return false
}
