package cabinet_test

import (
	"os"
	"strings"
	"testing"
)

const answersFile = "testdata/answers.txt"

// answers is the table of that file: what a group of routes answers to whom.
type answers []answer

type answer struct {
	methods, path string
	letters       string // one a role, in the order of columns
}

const columns = "oamncrg"

func readAnswers(t *testing.T) answers {
	t.Helper()
	return readTable(t, answersFile)
}

// readTable reads a table of who gets what, written by hand.
func readTable(t *testing.T, file string) (list answers) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Fields(line)
		if len(cells) == 0 || cells[0] == "#" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(cells) != 3 || len(cells[2]) != len(columns) || strings.Trim(cells[2], "yx-") != "" {
			t.Fatalf("%s: %q cannot be read", file, line)
		}
		list = append(list, answer{cells[0], cells[1], cells[2]})
	}
	return list
}

// fits says how much of a route a line names, 0 where it does not fit. A line that names the route itself fits best.
func (a answer) fits(method, path string) int {
	under, wide := strings.CutSuffix(a.path, "/...")
	switch {
	case !strings.Contains(a.methods, method):
		return 0
	case path == a.path:
		return 2*len(path) + 1
	case wide && (path == under || strings.HasPrefix(path, under+"/")):
		return 2 * len(under)
	}
	return 0
}

// of is what a route answers to a role, by its letter in the columns; 0 where no line fits.
func (list answers) of(pattern string, role byte) byte {
	method, path, _ := strings.Cut(pattern, " ")
	best, letters := 0, ""
	for _, a := range list {
		if n := a.fits(method, path); n > best {
			best, letters = n, a.letters
		}
	}
	if best == 0 {
		return 0
	}
	return letters[strings.IndexByte(columns, role)]
}

// Each line of the table is about some route.
func TestAnswersAreAboutRoutes(t *testing.T) {
	t.Parallel()
	routes := openWide(t).App.Cabinet.Routes()
	for _, a := range readAnswers(t) {
		fits := false
		for _, route := range routes {
			method, path, _ := strings.Cut(route.Pattern, " ")
			fits = fits || a.fits(method, path) > 0
		}
		if !fits {
			t.Errorf("%s: no route is as %s %s", answersFile, a.methods, a.path)
		}
	}
}
