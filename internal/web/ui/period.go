package ui

import (
	"net/url"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
)

// Period is a span of usage days, as the address of a page says it: ?period=7d, or ?from=2026-11-01&to=2026-11-22.
type Period struct {
	From, To civil.Date // both belong to it
	Preset   string     // the key of a preset, empty for days chosen by hand
	url      *url.URL
}

// longestPeriod bounds what a page can be asked to add up: ten years.
const longestPeriod = 3653

type preset struct {
	key  string
	name lang.Key
	span func(today civil.Date) (from, to civil.Date)
}

var presets = []preset{
	{"today", "period.today", func(t civil.Date) (civil.Date, civil.Date) { return t, t }},
	{"yesterday", "period.yesterday", func(t civil.Date) (civil.Date, civil.Date) { return t - 1, t - 1 }},
	{"7d", "period.7d", func(t civil.Date) (civil.Date, civil.Date) { return t - 6, t }},
	{"30d", "period.30d", func(t civil.Date) (civil.Date, civil.Date) { return t - 29, t }},
	{"90d", "period.90d", func(t civil.Date) (civil.Date, civil.Date) { return t - 89, t }},
	{"month", "period.month", func(t civil.Date) (civil.Date, civil.Date) { return t.FirstOfMonth(), t }},
	{"last_month", "period.last_month", func(t civil.Date) (civil.Date, civil.Date) {
		return (t.FirstOfMonth() - 1).FirstOfMonth(), t.FirstOfMonth() - 1
	}},
	{"year", "period.year", func(t civil.Date) (civil.Date, civil.Date) {
		return civil.DateOf(t.UTC().Year(), time.January, 1), t
	}},
}

// ReadPeriod reads the period from the address of a page; standard is the key of the preset where the address names
// none or what it says makes no sense. Days chosen in the wrong order are turned round.
func ReadPeriod(u *url.URL, today civil.Date, standard string) Period {
	query := u.Query()
	from, wrongFrom := civil.ParseDate(query.Get("from"))
	to, wrongTo := civil.ParseDate(query.Get("to"))
	if wrongFrom == nil && wrongTo == nil {
		if from > to {
			from, to = to, from
		}
		if to-from < longestPeriod {
			return Period{From: from, To: to, url: u}
		}
	}
	for _, wish := range []string{query.Get("period"), standard, "30d"} {
		for _, p := range presets {
			if p.key == wish {
				from, to := p.span(today)
				return Period{From: from, To: to, Preset: p.key, url: u}
			}
		}
	}
	panic("ui: no preset") // "30d" is one
}

// Days is how many days the period has.
func (p Period) Days() int { return int(p.To-p.From) + 1 }

// Earlier is the period of as many days that ends the day before, to compare with.
func (p Period) Earlier() Period {
	return Period{From: p.From - civil.Date(p.Days()), To: p.From - 1, url: p.url}
}

// link is the address of the page with another preset.
func (p Period) link(key string) string {
	query := p.url.Query()
	for _, name := range []string{"from", "to", "after", "before"} {
		query.Del(name)
	}
	query.Set("period", key)
	return address(p.url.Path, query)
}

// step is the address of the page with the period moved by its own length, backwards or forwards.
func (p Period) step(by int) string {
	query := p.url.Query()
	for _, name := range []string{"period", "after", "before"} {
		query.Del(name)
	}
	shift := civil.Date(by * p.Days())
	query.Set("from", (p.From + shift).String())
	query.Set("to", (p.To + shift).String())
	return address(p.url.Path, query)
}

func (p Period) kept() []Choice {
	s := TableState{url: p.url}
	return s.kept("from", "to", "period")
}

func (p Period) name(v *View) string {
	for _, known := range presets {
		if known.key == p.Preset {
			return v.T(known.name)
		}
	}
	return v.DateRange(p.From, p.To, v.Today())
}
