package products_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/web/ui"
)

// Each vendor's book is written for people, and its export has the rows that are shown.
func TestBookOfEachVendor(t *testing.T) {
	t.Parallel()
	r := open(t, "shop", "1000")
	r.get(t, "/funds/book", http.StatusOK, "Ringostat, version 2022-07-01, in force for you since 22 November 2026", "Virtual PBX 2.0: a seat above 3",
		"33.30 ₴", "Rented number: local", "SMS abroad", "All 42 destinations", "25% for 360 days", "up to 20%")
	csv := r.get(t, "/funds/book?format=csv", http.StatusOK)
	if !strings.HasPrefix(csv, "What,For,Price,Per,A day\nVirtual PBX 2.0,Products,999,30 days,33.3\n") || strings.Count(csv, "\n") != 16 {
		t.Errorf("the export is\n%s", csv)
	}
	k := open(t, "line", "1000")
	k.get(t, "/funds/book", http.StatusOK, "K50:Tracker", "Rented number: +7495…, +7499…", "350.00 ₽", "calendar month, in advance", "Tracker service",
		"The least a month comes to (Any numbers)", "5% from 50,000.00 ₽")
	i := open(t, "store", "1000")
	lacks(t, i.get(t, "/funds/book", http.StatusOK, "InSales", "Starter", "990.00 ₽", "A user above the free ones", "380.00 ₽", "2010-01-01"), "Prices of calls")
}

// "What does a call to +48 cost, and why": by the longest beginning, with calls worked out. Rules B-20 to B-22.
func TestRates(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.get(t, "/funds/book/rates?q=%2B48", http.StatusOK, "A call to +48: Poland fixed", "0.574 ₴ a minute", "the longest beginning of the number in the price list is +48",
		"Counted by the second", "5:20 of talk, 5:20 charged", "3.061333 ₴", "Poland mobile")
	s.get(t, "/funds/book/rates?q=0671234567", http.StatusOK, "A call to +380 67 123 4567: Ukraine mobile Kyivstar", "The first 60 s count whole, then each second", "0:27 of talk, 1:00 charged")
	for typed, read := range map[string]string{
		"38067": "Read as the first digits of a number, with the country’s code: +38067.", "%2B38067": "Read as the first digits of a number", "0038067": "Read as the first digits of a number",
		"067": "Read as the first digits of numbers of Ukraine: +38067.", "0671234567": "Read as a whole number of Ukraine: +380", "380671234567": "Read as a whole number: +380",
	} {
		lacks(t, s.get(t, "/funds/book/rates?q="+typed, http.StatusOK, read, "Ukraine mobile Kyivstar", "the longest beginning of the number in the price list is +38067"), "No such destination")
	}
	body := s.get(t, "/funds/book/rates?q=poland", http.StatusOK, "Poland mobile", "+4888")
	lacks(t, body, "Moscow", "A call to")
	s.get(t, "/funds/book/rates?q=999", http.StatusOK, "There is no price for numbers that begin with +999", "No such destination")
	lacks(t, s.get(t, "/funds/book/rates?q="+url.QueryEscape(`"><script>alert(1)</script>`), http.StatusOK, "No such destination"), "<script>alert")
	if csv := s.get(t, "/funds/book/rates?q=poland&format=csv&sort=prefix", http.StatusOK); !strings.HasPrefix(csv, "Destination,Begins with,A minute,Connection,Counting\nPoland fixed,+48,0.574,,Counted by the second.\n") {
		t.Errorf("the export is\n%s", csv)
	}
	k := open(t, "line", "1000")
	k.get(t, "/funds/book/rates", http.StatusOK, "Calls are not charged one by one")
}

// untilReplayed asks for a replay until it is over. The page stands meanwhile, and asks again by itself.
func (s *shop) untilReplayed(t *testing.T, below string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		body := s.get(t, below, http.StatusOK, `id="what-if"`)
		if !strings.Contains(body, "<progress") {
			return
		}
		if !strings.Contains(body, `hx-trigger="every 2s"`) || time.Now().After(deadline) {
			t.Fatalf("it does not go on:\n%s", body)
		}
	}
}

// A move shows its difference, begins at midnight, and is taken back until then. Rules B-09, B-61.
func TestMovingToAnotherVersion(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "3000")
	s.turn("virtual_pbx", true)
	s.turn("smart_phone", true) // free with the PBX in the version of 2022, 999 in that of 2021
	s.Live(3)
	s.owner = s.SignIn(s.owner.User)
	s.get(t, "/funds/book/versions/2021-01-01", http.StatusOK, "Virtual PBX 2.0: seats", "3 included, then 150.00 ₴ each", "5 included, then 150.00 ₴ each",
		"Smart Phone is free with", "500 a day included", "what-if")
	// 3 days at 33.30 are 99.90; two products less 5 % are 1,898.10 a month: 63.27 a day
	s.untilReplayed(t, "/funds/book/versions/2021-01-01/what-if")
	part := s.get(t, "/funds/book/versions/2021-01-01/what-if", http.StatusOK, "99.90 ₴", "189.81 ₴", "−89.91 ₴", "+90%", "Smart Phone")
	if !strings.Contains(part, "<html") {
		t.Error("without scripts the part is no page")
	}
	request, err := http.NewRequest(http.MethodGet, s.URL+s.path("/funds/book/versions/2021-01-01/what-if"), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set(ui.LaterHeader, "1")
	lacks(t, plain(s.owner.Send(request)).Must(t, http.StatusOK, "189.81 ₴").Body, "<html")
	move := func() {
		s.confirm(t, "/funds/book/versions/2021-01-01/move", "/funds/book/versions/2021-01-01/move", nil, []string{"−29.97 ₴ a day", "Until midnight you can take this back"},
			http.StatusOK, "Version 2021-01-01 counts from 26", "From 26 November 2026 you are charged by version 2021-01-01")
	}
	move()
	s.post(t, "/funds/book/keep", url.Values{"day": {"2026-11-25"}}, http.StatusOK, "Taken back")
	s.post(t, "/funds/book/keep", url.Values{}, http.StatusConflict, "There is nothing to take back")
	move()
	s.Live(1)
	s.owner = s.SignIn(s.owner.User)
	s.get(t, "/funds/book", http.StatusOK, "version 2021-01-01, in force for you since 26 November 2026")
	s.post(t, "/funds/book/keep", url.Values{}, http.StatusConflict, "There is nothing to take back")
}

// A version that is not there, not in force yet, or another project's is refused in words; looking needs no right to change.
func TestNoPlanInABookWithoutPlans(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.owner.Get(s.path("/funds/products/plan")).Must(t, http.StatusNotFound, "no such plan")
	s.owner.Get(s.path("/funds/products/plan?plan=standard")).Must(t, http.StatusNotFound, "no such plan")
}

func TestRefusedMoves(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.get(t, "/funds/book/versions/1999-01-01", http.StatusNotFound, "The price book has no version 1999-01-01")
	s.post(t, "/funds/book/versions/1999-01-01/move", url.Values{}, http.StatusNotFound, "no version 1999-01-01")
	s.OpenProject(openings["line"], "5")
	s.owner.Get("/p/line/funds/book").Must(t, http.StatusNotFound)
	accountant := s.Member(ident.ProjectOrg("shop"), access.Accountant)
	lacks(t, accountant.Get(s.path("/funds/book/versions/2021-01-01")).Must(t, http.StatusOK).Body, "Move to this version")
	accountant.Post(s.path("/funds/book/versions/2021-01-01/move"), url.Values{}).Must(t, http.StatusForbidden)

	old := open(t, "store", "1000")
	opening := project.Opening{ID: "old", Name: "Old", Country: "RU", TimeZone: "Europe/Moscow", Book: "insales", Version: "2010-01-01", Plan: "standard"}
	old.At(old.Now().AddDate(-10, 0, 0))
	old.OpenProject(opening, "100")
	old.id, old.owner = "old", old.Member(ident.ProjectOrg("old"), access.Owner)
	old.post(t, "/funds/book/versions/2019-08-01/move", url.Values{}, http.StatusConflict, "is in force from")
}

// A newer version is offered to move to; an older one is a way back, which warns.
func TestOlderVersionsAreAWayBack(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	older := s.get(t, "/funds/book/versions/2021-01-01", http.StatusOK, "Go back to this version")
	lacks(t, older, "Move to this version")
	s.get(t, "/funds/book/versions/2021-01-01/move", http.StatusOK, "Go back to the older version 2021-01-01?", "This version is older than yours, 2022-07-01", "Go back from tomorrow")
	s.post(t, "/funds/book/versions/2021-01-01/move", url.Values{"day": {"2026-11-22"}}, http.StatusOK, "2021-01-01")
	s.Live(1)
	newer := s.get(t, "/funds/book/versions/2022-07-01", http.StatusOK, "Move to this version")
	lacks(t, newer, "Go back to this version")
}
