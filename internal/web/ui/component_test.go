package ui_test

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"bellwether/internal/money"
	"bellwether/internal/web/ui"
)

// Only this package may use the attributes of htmx, and nothing may carry a style or a script of its own.
func TestMarkupKeepsThePolicy(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`\sstyle=|\son[a-z]+=|<style|hx-on|javascript:`)
	htmx := regexp.MustCompile(`\bhx-[a-z]`)
	root := filepath.Join("..", "..")
	var found int
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") {
			return err
		}
		found++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		inside := filepath.Base(filepath.Dir(path)) == "ui"
		for i, line := range strings.Split(string(text), "\n") {
			if match := forbidden.FindString(line); match != "" && !strings.Contains(path, "gallery") {
				t.Errorf("%s:%d: %q breaks the policy", path, i+1, match)
			}
			if match := htmx.FindString(line); match != "" && !inside {
				t.Errorf("%s:%d: %q belongs into web/ui", path, i+1, match)
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Fatalf("%d templates read: %v", found, err)
	}
}

func TestAddressesThatRunCodeLeadNowhere(t *testing.T) {
	t.Parallel()
	v := view(t, "/")
	for href, want := range map[string]string{
		"/funds?x=1": `href="/funds?x=1"`, "https://example.com/": `href="https://example.com/"`, "tel:+380441234567": `href="tel:+380441234567"`,
		"javascript:alert(1)": `href="#"`, "JaVaScRiPt:alert(1)": `href="#"`, "data:text/html,x": `href="#"`, " javascript:alert(1)": `href="#"`,
		"vbscript:x": `href="#"`, "%zz": `href="#"`,
	} {
		if page := draw(t, v, ui.Button{Text: "go", Href: href}.Draw()); !strings.Contains(page, want) {
			t.Errorf("%q: %s", href, page)
		}
	}
}

func TestTextIsEscaped(t *testing.T) {
	t.Parallel()
	v := view(t, "/")
	const evil = `<script>alert(1)</script>" onmouseover="x`
	for name, page := range map[string]string{
		"text":   draw(t, v, ui.Text(evil)),
		"field":  draw(t, v, ui.Field{ID: "a", Name: evil, Label: evil, Value: evil, Hint: evil, Error: evil}.Draw()),
		"status": draw(t, v, ui.Status(ui.Good, evil)),
		"empty":  draw(t, v, ui.Empty{Title: evil, Text: evil}.Draw()),
	} {
		if strings.Contains(page, "<script") || strings.Contains(page, `" onmouseover`) {
			t.Errorf("%s: %s", name, page)
		}
	}
}

// An amount carries its exact value for programs, and says it where rounding hides some of it.
func TestMoneyKeepsItsExactValue(t *testing.T) {
	t.Parallel()
	v := view(t, "/")
	hidden := draw(t, v, ui.Money(money.MustParse("-0.195083"), "USD"))
	if !strings.Contains(hidden, `value="-0.195083"`) || !strings.Contains(hidden, `title="−$0.195083"`) || !strings.Contains(hidden, ">−$0.20<") {
		t.Error(hidden)
	}
	if whole := draw(t, v, ui.Money(money.MustParse("12.5"), "USD")); !strings.Contains(whole, `title=""`) {
		t.Error(whole)
	}
}

// What a swap answers with is the main region and its companions, without the document around them.
func TestSwapDrawsTheMainRegionOnly(t *testing.T) {
	t.Parallel()
	v := view(t, "/funds")
	frame := ui.Frame{Sections: []ui.Section{{Key: "funds", Text: "Funds", Href: "/funds"}}, Toasts: []ui.Toast{{Text: "done"}}}
	whole := draw(t, v, ui.Shell(frame, ui.Page{Title: "Funds", Section: "funds"}))
	v.Swap = true
	part := draw(t, v, ui.Shell(frame, ui.Page{Title: "Funds", Section: "funds"}))
	for _, want := range []string{`<main id="main"`, `id="rail"`, `<title>Funds`, "done", `aria-current="page"`} {
		if !strings.Contains(part, want) || !strings.Contains(whole, want) {
			t.Errorf("no %s in both answers", want)
		}
	}
	if strings.Contains(part, "<html") || strings.Contains(part, "topbar") || len(part) > len(whole)/2 {
		t.Errorf("the part has %d bytes of %d", len(part), len(whole))
	}
}

// An axis never writes one amount twice, not even where there is nothing to draw.
func TestAxisOfNothing(t *testing.T) {
	t.Parallel()
	whole := func(value float64) string { return strconv.Itoa(int(math.Round(value))) + " UAH" }
	page := draw(t, view(t, "/"), ui.Lines(ui.Chart{ID: "c", Title: "t", Axis: whole, Series: []ui.Series{{"s", []ui.Point{{"a", 0, "0", false}, {"b", 0, "0", false}}}}}))
	for _, mark := range []string{">0 UAH<", ">1 UAH<", ">2 UAH<", ">3 UAH<"} {
		if strings.Count(page, mark) != 1 {
			t.Errorf("the axis has %s %d times", mark, strings.Count(page, mark))
		}
	}
}

// A chart says its numbers to those who do not see it, and draws any numbers.
func TestChartsSayTheirNumbers(t *testing.T) {
	t.Parallel()
	v := view(t, "/")
	points := []ui.Point{{"1 Nov", 10, "$10", false}, {"2 Nov", -5, "−$5", false}, {"3 Nov", 7, "$7", true}}
	page := draw(t, v, ui.Bars(ui.Chart{ID: "c", Title: "Spent", Series: []ui.Series{{"Spent", points}}}))
	for _, want := range []string{"Spent: from $10 (1 Nov) to $7 (3 Nov); lowest −$5, highest $10.", `<td class="numeric" data-value="-5">−$5</td>`, "url(#c-hatch)"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, series := range [][]ui.Point{nil, {{"a", 0, "0", false}}, {{"a", 1e15, "x", false}, {"b", -1e-9, "y", false}}} {
		page := draw(t, v, ui.Lines(ui.Chart{ID: "c", Title: "t", Series: []ui.Series{{"s", series}}}))
		if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") {
			t.Errorf("%v: %s", series, page)
		}
	}
}
