package bench

import (
	"slices"
	"strings"
	"testing"

	"bellwether/internal/ident"
	"bellwether/internal/web/cabinet"
)

func TestPagesThatAreMeasured(t *testing.T) {
	t.Parallel()
	inProject := cabinet.Need{Kind: ident.ProjectKind}
	pages, left := (&town{}).pages([]cabinet.Route{
		{Pattern: "GET /p/{project}/funds", Need: inProject},
		{Pattern: "POST /p/{project}/funds", Need: inProject},
		{Pattern: "GET /live", Need: inProject},
		{Pattern: "GET /p/{project}/numbers/{number}", Need: inProject},
		{Pattern: "GET /forgot", Need: cabinet.Anybody()},
	})
	shop := "/p/" + string((&town{}).shop())
	if !slices.Contains(pages, shop+"/funds") || slices.Contains(pages, "/live") {
		t.Errorf("measured are %v", pages)
	}
	if want := []string{shop + "/numbers/{number} (of one thing, which the town does not name)", "/forgot (for strangers)"}; !slices.Equal(left, want) {
		t.Errorf("left out are %v, want %v", left, want)
	}
}

func TestAPageThatIsLateFailsTheRun(t *testing.T) {
	t.Parallel()
	if err := tooLate("sqlite", nil); err != nil {
		t.Error(err)
	}
	if err := tooLate("sqlite", []string{"/op", "/op/money"}); err == nil || !strings.Contains(err.Error(), "2 pages take more than 100 ms") {
		t.Errorf("the error is %v", err)
	}
}
