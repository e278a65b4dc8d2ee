package api_test

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// statement is the parts of one that add up.
type statement struct {
	Opening, Closing string
	Rows             []statementRow
	Provisional      []struct{ Kind string }
}

type statementRow struct {
	Day, Kind, Item, Amount, Exact string
	Reversal                       bool
}

// sum adds decimal strings.
func sum(t testing.TB, amounts ...string) *big.Rat {
	t.Helper()
	total := new(big.Rat)
	for _, amount := range amounts {
		n, ok := new(big.Rat).SetString(amount)
		if !ok {
			t.Fatalf("%q is no amount", amount)
		}
		total.Add(total, n)
	}
	return total
}

// A statement's exact rows lead from its opening to its closing, its parts join, and its CSV and the days of the movement
// of funds say the same. A day is closed by the night, and is only provisional before. Rules B-10, B-13.
func TestStatementAddsUp(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		s.fillLists()
		s.must(s.as("project:write"), http.MethodPost, demoPath+"/products", `{"products":[{"product":"virtual_pbx","on":true},{"product":"call_tracking","on":true}]}`, http.StatusOK)
		if open := s.statement("2026-03-10", "2026-03-10"); len(open.Provisional) == 0 || slices.ContainsFunc(open.Rows, isFee) {
			t.Errorf("a day that runs is stated as %+v", open)
		}
		s.at("2026-03-14T12:00:00+02:00")
		s.closeDays()
		whole := s.statement("2026-03-10", "2026-03-13")
		if exact := sum(t, append(exacts(whole), whole.Opening)...); exact.Cmp(sum(t, whole.Closing)) != 0 {
			t.Errorf("the rows lead to %v, the closing is %s", exact, whole.Closing)
		}
		if !slices.ContainsFunc(whole.Rows, isFee) {
			t.Errorf("no fee was charged: %+v", whole)
		}
		first, second := s.statement("2026-03-10", "2026-03-11"), s.statement("2026-03-12", "2026-03-13")
		if first.Closing != second.Opening || second.Closing != whole.Closing || len(first.Rows)+len(second.Rows) != len(whole.Rows) {
			t.Errorf("the halves are %+v and %+v", first, second)
		}
		s.sameInCSV(whole)
		s.sameInFunds(whole)
	})
}

func isFee(row statementRow) bool {
	return row.Kind == "product_fee"
}

func exacts(st statement) (all []string) {
	for _, row := range st.Rows {
		all = append(all, row.Exact)
	}
	return all
}

func (s *site) statement(from, to string) (st statement) {
	s.Helper()
	s.must(s.as("project:read"), http.MethodGet, fmt.Sprintf("%s/statement?from=%s&to=%s", demoPath, from, to), "", http.StatusOK).into(s, &st)
	return st
}

func (s *site) sameInCSV(st statement) {
	s.Helper()
	rows := csvRows(s, s.must(s.as("project:read"), http.MethodGet, demoPath+"/statement.csv?from=2026-03-10&to=2026-03-13", "", http.StatusOK))[1:]
	if len(rows) != len(st.Rows) {
		s.Fatalf("%d rows as CSV, %d as JSON", len(rows), len(st.Rows))
	}
	for i, row := range st.Rows {
		if !slices.Equal(rows[i][:3], []string{row.Day, row.Kind, row.Item}) || rows[i][4] != row.Exact || rows[i][7] != strconv.FormatBool(row.Reversal) || sum(s, rows[i][3]).Cmp(sum(s, row.Amount)) != 0 {
			s.Errorf("row %d is %q as CSV, %+v as JSON", i, rows[i], row)
		}
	}
}

// Two corrections of a day are a row, and the entry that undoes the first of them is another, which says so: 7 + 3 and -7.
// Rules B-13, B-15.
func TestStatementMarksReversals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := openSite(t, db)
		var first struct{ Entry struct{ ID string } }
		operator := s.as("operator")
		s.must(operator, http.MethodPost, demoPath+"/adjustments", `{"id":"a1","amount":"7","reason":"a gift"}`, http.StatusCreated).into(s, &first)
		s.must(operator, http.MethodPost, demoPath+"/adjustments", `{"id":"a2","amount":"3","reason":"another"}`, http.StatusCreated)
		s.must(operator, http.MethodPost, demoPath+"/entries/"+first.Entry.ID+"/reverse", `{"reason":"a mistake"}`, http.StatusCreated)
		s.at("2026-03-14T12:00:00+02:00")
		got := s.statement("2026-03-10", "2026-03-13")
		var marks []string
		for _, row := range got.Rows {
			marks = append(marks, fmt.Sprint(row.Kind, " ", row.Exact, " ", row.Reversal))
		}
		if want := []string{"adjustment 10 false", "adjustment -7 true"}; !slices.Equal(marks, want) {
			t.Errorf("the rows are %q, want %q", marks, want)
		}
		s.sameInCSV(got)
	})
}

// The movement of funds ends today and begins on the project's first day, whatever range is asked for; a cursor that somebody
// made up leads nowhere.
func TestFundsEndToday(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	for day := 10; day < 14; day++ {
		s.at(fmt.Sprintf("2026-03-%dT12:00:00+02:00", day))
		s.pay(fmt.Sprint("p", day), "1")
	}
	for query, pages := range map[string]int{
		"to=9999-12-31": 1, "from=0001-01-01": 1, "from=0001-01-01&to=9999-12-31": 1, "from=0001-01-01&to=9999-12-31&limit=3": 2, "from=2026-03-01&limit=4": 1,
		"from=9999-01-01&to=9999-12-31": 1, "from=2020-01-01&to=2020-12-31": 1,
	} {
		days, cursor, n := []string{}, "", 0
		for n == 0 || cursor != "" {
			if n++; n > 3 {
				t.Fatalf("%s does not end", query)
			}
			var page struct {
				Items []struct{ Day string }
				Next  string
			}
			s.must(s.as("project:read"), http.MethodGet, demoPath+"/funds?"+query+"&cursor="+cursor, "", http.StatusOK).into(t, &page)
			for _, item := range page.Items {
				days = append(days, item.Day)
			}
			cursor = page.Next
		}
		want := []string{"2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13"}
		if query[:9] == "from=9999" || query[:9] == "from=2020" {
			want = []string{}
		}
		if !slices.Equal(days, want) || n != pages {
			t.Errorf("%s: %v on %d pages, want %v on %d", query, days, n, want, pages)
		}
	}
	for _, day := range []string{"9223372036854775807", "-9223372036854775808", "4294987832"} {
		cursor := base64.RawURLEncoding.EncodeToString([]byte("funds:" + day))
		var page struct{ Next string }
		if s.must(s.as("project:read"), http.MethodGet, demoPath+"/funds?cursor="+cursor, "", http.StatusOK).into(t, &page); page.Next != "" {
			t.Errorf("cursor %s leads on to %s", day, page.Next)
		}
	}
}

// sameInFunds compares days: through each of them, the amounts come to the exact running total, rounded.
func (s *site) sameInFunds(st statement) {
	s.Helper()
	var page struct {
		Items []struct {
			Day, Amount string
			Rows        []struct{ Amount, Exact, Entries string }
		}
	}
	s.must(s.as("project:read"), http.MethodGet, demoPath+"/funds?from=2026-03-10&to=2026-03-13", "", http.StatusOK).into(s, &page)
	rows, exact, rounded := 0, sum(s, st.Opening), new(big.Rat)
	for _, day := range page.Items {
		ofRows := new(big.Rat)
		for _, row := range day.Rows {
			ofRows.Add(ofRows, sum(s, row.Amount))
			exact.Add(exact, sum(s, row.Exact))
			if behind := s.sumOf(row.Entries); behind.Cmp(sum(s, row.Exact)) != 0 {
				s.Errorf("%s has entries of %v, its row is %s", row.Entries, behind, row.Exact)
			}
		}
		rounded.Add(rounded, sum(s, day.Amount))
		if ofRows.Cmp(sum(s, day.Amount)) != 0 || exact.FloatString(2) != rounded.FloatString(2) {
			s.Errorf("%s says %s, its rows %v; through it %v, exactly %v", day.Day, day.Amount, ofRows, rounded, exact)
		}
		rows += len(day.Rows)
	}
	if rows != len(st.Rows) {
		s.Errorf("%d rows in the funds, %d in the statement", rows, len(st.Rows))
	}
}

// sumOf adds the entries of a list.
func (s *site) sumOf(path string) *big.Rat {
	s.Helper()
	var page struct{ Items []struct{ Amount string } }
	s.must(s.as("project:read"), http.MethodGet, path, "", http.StatusOK).into(s, &page)
	amounts := make([]string, len(page.Items))
	for i, item := range page.Items {
		amounts[i] = item.Amount
	}
	return sum(s, amounts...)
}
