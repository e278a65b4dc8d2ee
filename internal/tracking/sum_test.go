package tracking_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bellwether/internal/errs"
	"bellwether/internal/tracking"
)

// busyDays are four days of visits from here and there, people's and programs'.
func (h *house) busyDays() {
	agents := []string{chrome, iphone, chrome, "curl/8"}
	pages := []string{google, "https://shop.example/", "https://shop.example/?utm_source=mail&utm_medium=email", "https://shop.example/b?utm_source=google&utm_medium=cpc&utm_campaign=autumn"}
	for i := range 90 {
		b := h.open(pages[i*i%7%4], []string{"", organic}[i%2])
		b.from.Agent = agents[i%11%4]
		b.send(tracking.PageHit)
		h.wait(time.Duration(i%5) * 13 * time.Second)
		b.send(tracking.PageHit)
		if i%9 == 0 && b.from.Agent != "curl/8" {
			b.send(tracking.LeadHit, func(hit *tracking.Hit) { hit.Lead = &tracking.Lead{Kind: "tel"} })
		}
		h.wait(time.Duration(i%7)*17*time.Minute + 11*time.Second)
	}
}

// byHand adds up visits one by one.
func byHand(visits []tracking.PastVisit, q tracking.SumQuery) (sums []tracking.Sum) {
	of := func(v tracking.PastVisit, d tracking.Dimension) string {
		return map[tracking.Dimension]string{
			tracking.OfSite: string(v.Site), tracking.OfChannel: string(v.From.Channel), tracking.OfSource: v.From.Name, tracking.OfMedium: v.From.Medium, tracking.OfCampaign: v.From.Campaign,
			tracking.OfTerm: v.From.Term, tracking.OfContent: v.From.Content, tracking.OfLanding: v.Landing, tracking.OfReferrer: v.Referrer, tracking.OfDevice: v.Device,
			tracking.OfRegion: v.Place.Region, tracking.OfLanguage: v.Language,
		}[d]
	}
	rows := map[string]*tracking.Sum{}
	for _, v := range visits {
		fits := !v.Begun.Before(q.From) && v.Begun.Before(q.Until)
		for d, want := range q.Of {
			fits = fits && of(v, d) == want
		}
		if !fits {
			continue
		}
		var words []string
		for _, d := range q.By {
			words = append(words, of(v, d))
		}
		row := rows[strings.Join(words, "\x00")]
		if row == nil {
			row = &tracking.Sum{Of: words}
			rows[strings.Join(words, "\x00")] = row
		}
		if v.Bot != "" {
			row.Programs++
			if q.Programs {
				row.Visits++
			}
			continue
		}
		row.Visits++
		row.Pages, row.Taps = row.Pages+v.Pages, row.Taps+v.Taps
		row.Seconds += int64(v.Last.Sub(v.Begun) / time.Second)
	}
	for _, row := range rows {
		if row.Visits > 0 {
			sums = append(sums, *row)
		}
	}
	return sums
}

// Rules C-77, C-107 and C-110: a report says the same whether it is read from sums by the hour or from visits, whatever it asks for; programs are left out and
// counted.
func TestReportsOfVisits(t *testing.T) {
	t.Parallel()
	each(t, 3, func(h *house) {
		began := h.now
		h.busyDays()
		ended := h.now
		visits, err := tracking.Visits(h.Context(), h.events, "shop", tracking.VisitFilter{}, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		agree := func(t *rapid.T) {
			span := int(ended.Sub(began) / time.Minute)
			from := rapid.IntRange(-300, span).Draw(t, "from")
			q := tracking.SumQuery{
				From: began.Add(time.Duration(from) * time.Minute), Programs: rapid.Bool().Draw(t, "programs"),
				By: rapid.SliceOfNDistinct(rapid.SampledFrom(tracking.Dimensions[:rapid.SampledFrom([]int{5, 5, 12}).Draw(t, "known")]), 1, 4, rapid.ID[tracking.Dimension]).Draw(t, "by"),
			}
			q.Until = q.From.Add(time.Duration(rapid.IntRange(0, span).Draw(t, "minutes")) * time.Minute)
			if rapid.Bool().Draw(t, "whole hours") {
				q.From, q.Until = q.From.Truncate(time.Hour), q.Until.Truncate(time.Hour)
			}
			if rapid.Bool().Draw(t, "narrowed") {
				q.Of = map[tracking.Dimension]string{rapid.SampledFrom([]tracking.Dimension{tracking.OfMedium, tracking.OfMedium, tracking.OfTerm}).Draw(t, "of"): rapid.SampledFrom([]string{"cpc", "", "email"}).Draw(t, "is")}
			}
			sums, err := tracking.Sums(h.Context(), h.events, "shop", q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sorted(byHand(visits, q)), sorted(sums)); diff != "" {
				t.Errorf("%+v: -by hand +report:\n%s", q, diff)
			}
		}
		rapid.Check(t, agree)
		h.roll() // up to a day and a half hour ago
		rapid.Check(t, agree)
		h.wait(3 * 24 * time.Hour)
		h.roll()
		rapid.Check(t, agree)
		all := tracking.SumQuery{From: began, Until: ended}
		for _, bad := range [][]tracking.Dimension{nil, {"visitor"}, {tracking.OfMedium, tracking.OfMedium}, tracking.Dimensions[:5]} {
			all.By = bad
			if _, err := tracking.Sums(h.Context(), h.events, "shop", all); errs.CodeOf(err) != "tracking.bad_dimension" {
				t.Errorf("%v: %v", bad, err)
			}
		}
		if others, err := tracking.Sums(h.Context(), h.events, "bank", tracking.SumQuery{From: began, Until: ended, By: []tracking.Dimension{tracking.OfMedium}}); err != nil || len(others) != 0 {
			t.Errorf("another project's: %v, %v", others, err)
		}
	})
}

// sorted puts rows into one order on both engines, whose collations of equal counts differ.
func sorted(sums []tracking.Sum) []tracking.Sum {
	slices.SortFunc(sums, func(a, b tracking.Sum) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return sums
}
