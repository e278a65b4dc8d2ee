package ui_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
)

var spec = ui.TableSpec{
	Sort: "-day",
	Columns: []ui.Column{
		{Key: "day", Title: "Day", Sortable: true, Fixed: true},
		{Key: "caller", Title: "Caller"},
		{Key: "cost", Title: "Cost", Numeric: true, Sortable: true},
		{Key: "note", Title: "Note", Extra: true},
	},
	Filters: []ui.Filter{{Key: "source", Title: "Source", Choices: []ui.Choice{{Value: "cpc", Text: "Ads"}}}, {Key: "caller", Title: "Caller"}},
}

func parse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func shown(s ui.TableState) string {
	var keys []string
	for _, c := range s.Columns {
		keys = append(keys, c.Key)
	}
	return strings.Join(keys, " ")
}

func TestTableStateIsReadFromTheAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query, sort string
		down        bool
		columns     string
		filters     map[string]string
	}{
		{"", "day", true, "day caller cost", map[string]string{}},
		{"sort=cost", "cost", false, "day caller cost", map[string]string{}},
		{"sort=-cost&cols=note&cols=cost", "cost", true, "day cost note", map[string]string{}},
		{"sort=caller", "day", true, "day caller cost", map[string]string{}},         // not sortable
		{"sort='; DROP", "day", true, "day caller cost", map[string]string{}},        // no column
		{"cols=evil", "day", true, "day", map[string]string{}},                       // no column: only what cannot be hidden
		{"f.source=evil&f.x=1", "day", true, "day caller cost", map[string]string{}}, // no choice, no filter
		{"f.source=cpc&f.caller=44", "day", true, "day caller cost", map[string]string{"source": "cpc", "caller": "44"}},
	} {
		s := ui.ReadTable(parse(t, "/calls?"+c.query), spec)
		if s.Sort != c.sort || s.Descending != c.down || shown(s) != c.columns {
			t.Errorf("%q: sorted by %s (down: %t), columns %s", c.query, s.Sort, s.Descending, shown(s))
		}
		if diff := cmp.Diff(c.filters, s.Filters); diff != "" {
			t.Errorf("%q: filters\n%s", c.query, diff)
		}
	}
}

func TestTablesOnOnePageHaveTheirOwnState(t *testing.T) {
	t.Parallel()
	named := spec
	named.Name = "calls"
	u := parse(t, "/x?calls.sort=cost&sort=-cost&calls.after=c1&after=c2")
	if s := ui.ReadTable(u, named); s.Sort != "cost" || s.Descending || s.After != "c1" {
		t.Errorf("got %+v", s)
	}
	if s := ui.ReadTable(u, spec); !s.Descending || s.After != "c2" {
		t.Errorf("got %+v", s)
	}
}

// A saved view has the columns, the order and the filters, not the place within the list.
func TestSavedViewLeavesThePlaceOut(t *testing.T) {
	t.Parallel()
	s := ui.ReadTable(parse(t, "/x?sort=cost&after=c1&format=csv&density=compact"), spec)
	if got := s.Query(); got != "density=compact&sort=cost" {
		t.Errorf("got %q", got)
	}
	if s.Format != "csv" || !s.Compact || s.Spec.Rows != 50 {
		t.Errorf("got %+v", s)
	}
}

func draw(t testing.TB, v *ui.View, c templ.Component) string {
	t.Helper()
	var out bytes.Buffer
	if err := c.Render(ui.With(t.Context(), v), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func view(t testing.TB, address string) *ui.View {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return &ui.View{Printer: lang.For(lang.English, nil), URL: u, Now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
}

// Sorting anew and removing a filter begin at the first page; the rest of the address stays.
func TestLinksOfATableKeepTheRestOfTheAddress(t *testing.T) {
	t.Parallel()
	v := view(t, "/calls?period=7d&sort=cost&f.source=cpc&after=c1")
	table := ui.Table{State: ui.ReadTable(v.URL, spec), Rows: []ui.Row{{ID: "1"}}, Next: "c2"}
	page := draw(t, v, table.Draw())
	for _, want := range []string{
		`href="/calls?f.source=cpc&amp;period=7d&amp;sort=-cost"`,             // the other way round
		`href="/calls?f.source=cpc&amp;period=7d&amp;sort=day"`,               // by another column
		`href="/calls?period=7d&amp;sort=cost"`,                               // without the filter
		`href="/calls?after=c2&amp;f.source=cpc&amp;period=7d&amp;sort=cost"`, // the next page
		`href="/calls?f.source=cpc&amp;period=7d&amp;sort=cost"`,              // the first page
		`<input type="hidden" name="period" value="7d">`,                      // forms keep it too
		`href="/calls?after=c1&amp;density=compact&amp;f.source=cpc&amp;period=7d&amp;sort=cost"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

// Whatever stands in the address, a table draws, and its state drawn into links reads back as itself.
func TestAnyAddressIsDrawn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		query := url.Values{}
		for _, name := range []string{"sort", "cols", "f.source", "f.caller", "after", "before", "density", "format", "period", "from", "to"} {
			if value := rapid.String().Draw(t, name); value != "" {
				query.Set(name, value)
			}
		}
		u := &url.URL{Path: "/calls", RawQuery: query.Encode()}
		v := &ui.View{Printer: lang.For(lang.Ukrainian, nil), URL: u}
		var out bytes.Buffer
		table := ui.Table{State: ui.ReadTable(u, spec), Rows: []ui.Row{{ID: "1", Href: query.Get("after")}}}
		if err := table.Draw().Render(ui.With(t.Context(), v), &out); err != nil {
			t.Fatal(err)
		}
		if again := ui.ReadTable(u, spec); again.Sort != table.State.Sort || shown(again) != shown(table.State) {
			t.Fatal("the same address reads differently")
		}
	})
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	today := civil.MustParseDate("2026-11-22")
	for query, want := range map[string]string{
		"":                              "2026-10-24 2026-11-22 30d",
		"period=today":                  "2026-11-22 2026-11-22 today",
		"period=yesterday":              "2026-11-21 2026-11-21 yesterday",
		"period=7d":                     "2026-11-16 2026-11-22 7d",
		"period=month":                  "2026-11-01 2026-11-22 month",
		"period=last_month":             "2026-10-01 2026-10-31 last_month",
		"period=year":                   "2026-01-01 2026-11-22 year",
		"period=evil":                   "2026-10-24 2026-11-22 30d",
		"from=2026-11-05&to=2026-11-03": "2026-11-03 2026-11-05 ",
		"from=2026-11-05":               "2026-10-24 2026-11-22 30d",
		"from=0001-01-01&to=2026-11-03": "2026-10-24 2026-11-22 30d", // too long to add up
		"from=2026-02-30&to=2026-03-01": "2026-10-24 2026-11-22 30d", // no such day
	} {
		p := ui.ReadPeriod(parse(t, "/x?"+query), today, "30d")
		if got := p.From.String() + " " + p.To.String() + " " + p.Preset; got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	week := ui.ReadPeriod(parse(t, "/x?period=7d"), today, "")
	if e := week.Earlier(); e.From.String() != "2026-11-09" || e.To.String() != "2026-11-15" || e.Days() != 7 {
		t.Errorf("the week before is %v to %v", e.From, e.To)
	}
}
