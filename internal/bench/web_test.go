package bench

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func TestPagesThatAreMeasured(t *testing.T) {
	t.Parallel()
	inProject := cabinet.Need{Kind: ident.ProjectKind}
	small := &town{scale: scale{projects: 3}}
	th := things{ids: map[string]string{"/p/{project}": string(small.shop()), "/p/{project}/funds/entries/{entry}": "7"}}
	pages, left := small.pages([]cabinet.Route{
		{Pattern: "GET /p/{project}/funds", Need: inProject},
		{Pattern: "POST /p/{project}/funds", Need: inProject},
		{Pattern: "GET /live", Need: inProject},
		{Pattern: "GET /p/{project}/numbers/{number}", Need: inProject},
		{Pattern: "GET /p/{project}/funds/entries/{entry}", Need: inProject},
		{Pattern: "GET /forgot", Need: cabinet.Anybody()},
	}, th)
	shop := "/p/" + string(small.shop())
	if !slices.Contains(pages, shop+"/funds") || !slices.Contains(pages, shop+"/funds/entries/7") || slices.Contains(pages, "/live") {
		t.Errorf("measured are %v", pages)
	}
	want := []string{"/live (a stream)", "/p/{project}/numbers/{number} (of one thing, which the town does not have)", "/forgot (for strangers)"}
	if !slices.Equal(left, want) {
		t.Errorf("left out are %v, want %v", left, want)
	}
}

func TestAPageThatIsLateFailsTheRun(t *testing.T) {
	t.Parallel()
	if err := errors.Join(tooLate("sqlite", nil), notOpen("sqlite", nil)); err != nil {
		t.Error(err)
	}
	if err := notOpen("sqlite", []string{"/a/metro (404)"}); err == nil {
		t.Error("a page that is not there is none that fails the run")
	}
	if err := tooLate("sqlite", []string{"/op", "/op/money"}); err == nil || !strings.Contains(err.Error(), "2 pages take more than 100 ms") {
		t.Errorf("the error is %v", err)
	}
}

// A page whose answer is made beside the requests is measured as somebody meets it: while it says how far that is, and when it is there.
func TestAPageWhoseAnswerIsOnItsWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked <= 3 {
				<-time.After(70 * time.Millisecond) // by the clock of the bubble
				_, _ = w.Write([]byte(`<div hx-get="/" hx-trigger="every 2s">1 / 90</div>`))
				return
			}
			<-time.After(20 * time.Millisecond)
		})
		small := &town{scale: scale{asked: 5}}
		times, err := small.askFor(t.Context(), h, "/", "")
		if err != nil || asked != 8 {
			t.Fatal(asked, err)
		}
		want := []Figure{
			{Name: "p", Value: 20, Unit: "ms", Target: "<=100"},
			{Name: "p (on its way)", Value: 70, Unit: "ms", Target: "<=100"},
			{Name: "p (until it is there)", Value: 3*70 + 3*2000 + 20, Unit: "ms"},
		}
		if got := times.figures("p", "<=100"); !slices.Equal(got, want) || times.worst() != 70 {
			t.Errorf("the figures are %v, worst %v, want %v", got, times.worst(), want)
		}
	})
}

// What a page of the design system does while its answer is on its way is what the measure waits for.
func TestWhatAsksAgainIsKnown(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := ui.Again("part", "/part").Render(t.Context(), &page); err != nil || !bytes.Contains(page.Bytes(), asksAgain) {
		t.Errorf("ui.Again is %s, %v", page.Bytes(), err)
	}
}

// Every page that the town's people are measured with opens for them, in a town of three projects.
func TestPagesOfTheTownOpen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	o := &office{}
	if err := o.open(t.Context(), "sqlite:"+filepath.Join(folder, "core.db"), "sqlite:"+filepath.Join(folder, "alone.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.alone.Close() })
	small := &town{office: o, scale: scale{projects: 3, agency: 2, days: 2, from: 1, calls: 3, asked: 1}}
	if err := errors.Join(small.live(t.Context()), o.db.Close()); err != nil {
		t.Fatal(err)
	}
	err := small.measure(t.Context(), &Run{Out: io.Discard}, "sqlite")
	if err != nil && strings.Contains(err.Error(), "do not open") || err != nil && !strings.Contains(err.Error(), "percentile") {
		t.Error(err) // how long a page takes beside other tests says nothing
	}
}
