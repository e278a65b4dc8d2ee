package api_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/api"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// fillLists makes something for every list.
func (s *site) fillLists() {
	s.Helper()
	s.must(s.as("operator"), http.MethodPost, "/v1/numbers", `{"numbers":[{"number":"+380441234501"},{"number":"+380441234502"},{"number":"+380441234503"},{"number":"+380671234504"}]}`, http.StatusCreated)
	for i := range 7 {
		s.open(fmt.Sprint("p-", i), `"country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"`)
		s.pay(fmt.Sprint("pay-", i), "10")
		s.must(s.as("project:charge"), http.MethodPost, demoPath+"/calls",
			fmt.Sprintf(`{"id":"call-%d","kind":"outbound","to":"+380671234567","seconds":%d,%s}`, i, i+1, answered), http.StatusCreated)
		s.must(s.as("project:charge"), http.MethodPost, demoPath+"/calls",
			fmt.Sprintf(`{"id":"free-%d","kind":"inbound","to":"+380671234567","seconds":%d,%s}`, i, i+1, answered), http.StatusCreated)
		s.must(s.as("operator"), http.MethodPost, "/v1/keys", fmt.Sprintf(`{"name":"k-%d","scope":"project:read","project":"demo"}`, i), http.StatusCreated)
		s.must(s.as("operator"), http.MethodPost, "/v1/keys", fmt.Sprintf(`{"name":"k-%d","scope":"operator"}`, i), http.StatusCreated)
	}
}

// Whatever the size of its pages, a list gives everything once, in one order.
func TestPagesVisitAllOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.fillLists()
		for _, list := range []struct {
			path, id string
			least    int
		}{
			{"/v1/projects", "project", 8},
			{"/v1/keys", "id", 8},
			{"/v1/numbers", "number", 4},
			{"/v1/numbers?area=44&text=23450", "number", 3},
			{demoPath + "/keys", "id", 10},
			{demoPath + "/entries", "id", 14},
			{demoPath + "/entries?kind=call", "id", 7},
			{demoPath + "/entries?newest=true", "id", 14},
			{demoPath + "/entries?item=bank", "id", 7},
			{demoPath + "/entries?item=bank&item=nothing&kind=payment&newest=true", "id", 7},
			{demoPath + "/legs?day=2026-03-10", "id", 14},
			{demoPath + "/funds?from=2026-03-01", "day", 1},
		} {
			whole := s.pages(list.path, list.id, 1000)
			if len(whole) < list.least || len(slices.Compact(slices.Sorted(slices.Values(whole)))) != len(whole) {
				t.Errorf("%s lists %q", list.path, whole)
			}
			for _, limit := range []int{1, 3, 7} {
				if parts := s.pages(list.path, list.id, limit); !slices.Equal(parts, whole) {
					t.Errorf("%s by %d lists %q, at once %q", list.path, limit, parts, whole)
				}
			}
		}
	})
}

// pages follows a list to its end and gives the names of its items.
func (s *site) pages(path, id string, limit int) (names []string) {
	s.Helper()
	sign := "?"
	if strings.Contains(path, "?") {
		sign = "&"
	}
	cursor := ""
	for range 100 {
		var page struct {
			Items []map[string]any
			Next  string
		}
		s.must(s.as("operator"), http.MethodGet, fmt.Sprint(path, sign, "limit=", limit, "&cursor=", url.QueryEscape(cursor)), "", http.StatusOK).into(s, &page)
		if len(page.Items) > limit {
			s.Errorf("%s: %d items on a page of %d", path, len(page.Items), limit)
		}
		for _, item := range page.Items {
			names = append(names, fmt.Sprint(item[id]))
		}
		if cursor = page.Next; cursor == "" {
			return names
		}
	}
	s.Fatalf("%s does not end", path)
	return nil
}

// Entries that are added while somebody pages are neither missed among nor mixed into what was there.
func TestPagesWhileWriting(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	seen, cursor := []string{}, ""
	for i := range 5 {
		s.pay(fmt.Sprint("p", i), "1")
		var page struct {
			Items []struct{ Ref string }
			Next  string
		}
		s.pay(fmt.Sprint("q", i), "1")
		s.must(s.as("operator"), http.MethodGet, demoPath+"/entries?limit=1&cursor="+cursor, "", http.StatusOK).into(t, &page)
		seen, cursor = append(seen, page.Items[0].Ref), page.Next
	}
	if want := []string{"p0", "q0", "p1", "q1", "p2"}; !slices.Equal(seen, want) {
		t.Errorf("seen %q, want %q", seen, want)
	}
}

// A spreadsheet takes no cell for a formula, and numbers stay numbers.
func TestExportsHoldNoFormulas(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+380671234567": "+380671234567", "+38=1": "'+38=1", "-3.5": "-3.5", "-1+cmd": "'-1+cmd", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "plain": "plain", "": "", "sip:=1": "sip:=1",
	} {
		if got := api.Neutral(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
	s := openSite(t, storetest.SQLite(t))
	for i, id := range []string{"=HYPERLINK(1)", "+1+1", "-1-1", "@x"} {
		s.must(s.as("project:charge"), http.MethodPost, demoPath+"/calls",
			fmt.Sprintf(`{"id":%q,"kind":"outbound","to":"+380671234567","seconds":%d,%s}`, id, i+1, answered), http.StatusCreated)
	}
	for _, path := range []string{"/legs.csv", "/entries.csv", "/statement.csv"} {
		got := s.must(s.as("project:read"), http.MethodGet, demoPath+path, "", http.StatusOK)
		if !strings.HasPrefix(got.header.Get("Content-Type"), "text/csv") || !strings.Contains(got.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %v", path, got.header)
		}
		for _, row := range csvRows(t, got) {
			for _, cell := range row {
				if cell != api.Neutral(cell) {
					t.Errorf("%s has the cell %q", path, cell)
				}
			}
		}
	}
}

// An export of ten thousand years looks only at the days the project had.
func TestExportOfAllTime(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.fillLists()
	for _, path := range []string{"/legs.csv", "/entries.csv"} {
		all := csvRows(t, s.must(s.as("project:read"), http.MethodGet, demoPath+path+"?from=0001-01-01&to=9999-12-31", "", http.StatusOK))
		day := csvRows(t, s.must(s.as("project:read"), http.MethodGet, demoPath+path+"?from=2026-03-10&to=2026-03-10", "", http.StatusOK))
		if len(all) < 15 || len(all) != len(day) {
			t.Errorf("%s has %d rows of all time and %d of the day", path, len(all), len(day))
		}
	}
}

func csvRows(t testing.TB, a answer) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(a.body)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v: %s", len(rows), err, a.body)
	}
	return rows
}

// Every entry says why: its rule in words, and two sides that sum to nothing. The exports hold what the lists do.
// Rules B-03, B-15.
func TestEveryEntryIsExplained(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.fillLists()
	s.must(s.as("project:write"), http.MethodPost, demoPath+"/products", `{"products":[{"product":"virtual_pbx","on":true},{"product":"callback","on":true}]}`, http.StatusOK)
	s.must(s.as("project:charge"), http.MethodPost, demoPath+"/sms", `{"id":"m","to":"+380671234567","segments":1}`, http.StatusCreated)
	s.must(s.as("operator"), http.MethodPost, demoPath+"/adjustments", `{"id":"a","amount":"-2","reason":"a cable"}`, http.StatusCreated)
	s.at("2026-03-12T12:00:00+02:00")
	s.closeDays()
	ids, kinds := s.pages(demoPath+"/entries", "id", 1000), map[string]bool{}
	for _, id := range ids {
		var why struct {
			Entry struct{ Kind, Amount string }
			Sides []struct{ Amount string }
			Rule  struct{ Text string }
		}
		got := s.must(s.as("project:read"), http.MethodGet, demoPath+"/entries/"+id, "", http.StatusOK)
		got.into(t, &why)
		total := new(big.Rat)
		for _, side := range why.Sides {
			total.Add(total, sum(t, side.Amount))
		}
		if len(why.Sides) < 2 || total.Sign() != 0 || why.Rule.Text == "" {
			t.Errorf("entry %s: %s", id, got.body)
		}
		kinds[why.Entry.Kind] = true
	}
	for _, kind := range []string{"product_fee", "discount", "call", "sms", "payment", "adjustment"} {
		if !kinds[kind] {
			t.Errorf("no entry of kind %s was made: %v", kind, kinds)
		}
	}
	exported := []string{}
	for _, row := range csvRows(t, s.must(s.as("project:read"), http.MethodGet, demoPath+"/entries.csv", "", http.StatusOK))[1:] {
		exported = append(exported, row[0])
	}
	if !slices.Equal(exported, ids) {
		t.Errorf("exported are %q, listed %q", exported, ids)
	}
}
