package tracking

import (
	"net/netip"
	"net/url"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/pool"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// sideView stands beside the rules: a visit that somebody makes up, and what it would see.
type sideView struct {
	path                   string
	url, referrer, address ui.Field
	custom, city, language ui.Field
	country                ui.Field
	device                 ui.Select
	date, clock            ui.Field

	wrong    string
	source   string
	answers  []answerView
	verdicts []verdictView
}

// answerView is what a target shows.
type answerView struct{ target, shows, because string }

// verdictView is what became of a rule.
type verdictView struct {
	index   int
	name    string
	tone    ui.Tone
	outcome string
	tried   []triedView
}

type triedView struct {
	text, found string
	held        bool
}

// suggest fills in a visit to try: from an advert, now.
func (p *pages) suggest(v *cabinet.Visit, f *cabinet.Form, site tracking.Site) {
	zone := zoneOf(v)
	f.Values.Set("try.url", "https://"+site.Hosts[0]+"/?utm_source=google&utm_medium=cpc&utm_campaign=spring")
	f.Values.Set("try.device", "mobile")
	f.Values.Set("try.date", civil.DateIn(v.At, zone).String())
	f.Values.Set("try.time", v.At.In(zone).Format("15:04"))
}

// zoneOf is the project's zone, by which schedules are.
func zoneOf(v *cabinet.Visit) *time.Location {
	return v.Project.Calendar.Zone(v.Project.Calendar.DayAt(v.At))
}

// sideOf tries out what the form holds.
func (p *pages) sideOf(v *cabinet.Visit, site tracking.Site, s stock, f *cabinet.Form) sideView {
	side := sideView{
		path:     sitePath(v, site.ID, "/try"),
		url:      field(f, "try.url", v.T("tracking.try_url"), ""),
		referrer: field(f, "try.referrer", v.T("tracking.try_referrer"), v.T("tracking.try_referrer_hint")),
		address:  field(f, "try.ip", v.T("tracking.field_ip"), ""),
		custom:   lines(f, "try.custom", v.T("tracking.try_custom"), v.T("tracking.try_custom_hint")),
		country:  field(f, "try.country", v.T("tracking.field_country"), v.T("tracking.try_country_hint")),
		city:     field(f, "try.city", v.T("tracking.field_city"), ""),
		language: field(f, "try.language", v.T("tracking.field_language"), v.T("tracking.try_language_hint")),
		device: pick(f, "try.device", v.T("tracking.field_device"), "", "", ui.Choice{Value: "mobile", Text: v.T("tracking.device_mobile")},
			ui.Choice{Value: "desktop", Text: v.T("tracking.device_desktop")}, ui.Choice{Value: "tablet", Text: v.T("tracking.device_tablet")}),
		date: field(f, "try.date", v.T("tracking.try_date"), ""), clock: field(f, "try.time", v.T("tracking.try_time"), ""),
	}
	side.url.Longest, side.referrer.Longest, side.custom.Lines = 2000, 2000, 2
	side.date.Type, side.clock.Type = "date", "time"
	t := trialOf(v, f, &side)
	rules := readRules(v.View, f, site)
	found, from, err := tracking.Try(site, rules, zoneOf(v), t)
	if err != nil {
		side.wrong = v.T("tracking.try_mend")
		if text, _ := v.Error(err); text != "" && errs.KindOf(err) == errs.Invalid {
			side.wrong += " " + text
		}
		return side
	}
	side.source = sourceText(from.Name, from.Medium, from.Campaign)
	side.explain(v, site, s, found)
	side.nameNumbers(v, p, site, found)
	return side
}

// trialOf reads the visit that is made up. What cannot be read says so beside its field, and is not known of the visit.
func trialOf(v *cabinet.Visit, f *cabinet.Form, side *sideView) tracking.Trial {
	t := tracking.Trial{
		At: v.At, URL: f.Get("try.url"), Referrer: f.Get("try.referrer"), Device: f.Get("try.device"), Language: f.Get("try.language"),
		Place: tracking.Place{Country: strings.ToUpper(f.Get("try.country")), City: f.Get("try.city")}, Custom: map[string]string{},
	}
	if page, err := url.Parse(t.URL); err != nil || page.Host == "" {
		side.url.Error = v.T("tracking.try_bad_url")
	}
	if text := f.Get("try.ip"); text != "" {
		address, err := netip.ParseAddr(text)
		if err != nil {
			side.address.Error = v.T("tracking.try_bad_ip")
		}
		t.Address = address
	}
	for _, line := range entries(f.Get("try.custom")) {
		if name, value, ok := strings.Cut(line, "="); ok {
			t.Custom[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	if at, err := time.ParseInLocation("2006-01-02 15:04", f.Get("try.date")+" "+f.Get("try.time"), zoneOf(v)); err == nil {
		t.At = at
	}
	return t
}

var outcomeKeys = map[swap.Outcome]lang.Key{
	swap.Decided: "tracking.outcome_decided", swap.TooLate: "tracking.outcome_late", swap.Unfit: "tracking.outcome_unfit", swap.NotNow: "tracking.outcome_not_now", swap.Disabled: "tracking.outcome_off",
}

var outcomeTones = map[swap.Outcome]ui.Tone{swap.Decided: ui.Good, swap.TooLate: ui.Notice}

// explain says what each target shows and what became of each rule.
func (s *sideView) explain(v *cabinet.Visit, site tracking.Site, of stock, e swap.Explanation) {
	for _, t := range site.Targets {
		one := answerView{target: t.Name, shows: v.T("tracking.show_keep"), because: v.T("tracking.because_none")}
		for _, a := range e.Answers {
			if a.Target == t.ID {
				one.shows = showWords(v.View, swap.Showing{Do: a.Do, Pool: a.Pool, Number: a.Number}, of)
				one.because = v.T("tracking.because", lang.Values{"Number": a.Rule, "Name": e.Rules[a.Rule-1].Name})
			}
		}
		s.answers = append(s.answers, one)
	}
	for i, verdict := range e.Rules {
		s.verdicts = append(s.verdicts, verdictView{
			index: i + 1, name: verdict.Name, tone: outcomeTones[verdict.Outcome], outcome: v.T(outcomeKeys[verdict.Outcome]), tried: triedOf(v.View, verdict.When, nil),
		})
	}
}

// nameNumbers says which number of a pool a new visit would see now. A pool that cannot be read names none: its rule stands all the same.
func (s *sideView) nameNumbers(v *cabinet.Visit, p *pages, site tracking.Site, e swap.Explanation) {
	for i, t := range site.Targets {
		for _, a := range e.Answers {
			if a.Target != t.ID || a.Do != swap.Lease {
				continue
			}
			n, how, err := tracking.WouldLease(v.Context(), p.DB, p.Events, v.Project.ID, tracking.PoolID(a.Pool), v.At)
			switch {
			case err != nil:
			case n == "":
				s.answers[i].shows += ": " + v.T("tracking.try_dry")
			case pool.Kind(how) == pool.Overflowed || pool.Kind(how) == pool.Taken:
				s.answers[i].shows += ": " + v.T("tracking.try_number_dry", lang.Values{"Number": v.Phone(n)})
			default:
				s.answers[i].shows += ": " + v.Phone(n)
			}
		}
	}
}

// foundWords is what a visit has where a condition looked; names of channel groups and of what has several values stay as they are.
func foundWords(v *ui.View, c swap.TriedCondition) string {
	return inWords(v, c.Field, []string{c.Found})[0]
}

// triedOf lists the conditions of a group that were tried, those of groups within it too.
func triedOf(v *ui.View, g swap.Tried, list []triedView) []triedView {
	for _, c := range g.Conditions {
		list = append(list, triedView{conditionWords(v, c.Condition), foundWords(v, c), c.Held})
	}
	for _, inner := range g.Groups {
		list = triedOf(v, inner, list)
	}
	return list
}

// try is POST /tracking/sites/{site}/try: what the visit that is made up would see, with the rules as they stand in the form.
func (p *pages) try(v *cabinet.Visit) error {
	site, rules, s, err := p.rulesOf(v)
	if err != nil {
		return err
	}
	f := v.Form()
	if v.R.Header.Get(ui.LaterHeader) != "" {
		return v.RenderPart(sidePart(p.sideOf(v, site, s, f)))
	}
	e := p.editor(v, site, rules, s, f)
	e.unsaved = true
	return v.Render(p.editorPageOf(v, site), editorPage(e))
}
