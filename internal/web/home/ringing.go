package home

import (
	"context"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// ringing is whether the telephone rang, was answered, and what made it ring.
type ringing struct {
	now     *goingOn
	tiles   []ui.Tile
	hours   ui.Chart
	sources []sourceLine
	all     string // where the report by source is
}

// goingOn is how many calls go on.
type goingOn struct {
	talking, waiting int
	topic, refresh   string
	board            string // the page of live calls
}

// sourceLine is the calls of one source.
type sourceLine struct {
	name string
	href string
	call.Totals
}

const (
	week         = 7 // days, today's included
	shownSources = 5
)

// ringing reads the calls of clients that the reader sees; nil for a project that has no number and that nobody called in two weeks.
func (p pages) ringing(ctx context.Context, q store.Querier, f facts) (*ringing, error) {
	w, err := call.Look(f.v.Permit, access.View)
	if err != nil {
		return nil, err
	}
	incoming := call.Filter{Directions: []call.Direction{call.Inbound}, From: f.midnight(-2*week + 1)}
	quarters, err := w.Quarters(ctx, q, incoming)
	if err != nil || len(quarters) == 0 && len(f.config.Numbers) == 0 {
		return nil, err
	}
	r := &ringing{all: f.v.Path("/calls/sources?period=7d")}
	if r.now, err = goesOn(ctx, q, f.v, w); err != nil || len(quarters) == 0 {
		return r, err
	}
	s := sumWeek(quarters, f.v.At, f.v.Zone())
	r.tiles, r.hours = s.tiles(f), s.chart(f.v)
	incoming.From = f.midnight(-week + 1)
	r.sources, err = sources(ctx, q, f, w, incoming)
	return r, err
}

// midnight is when a day begins that is so many days after today.
func (f facts) midnight(days civil.Date) time.Time {
	return civil.Midnight(f.v.Today()+days, f.v.Zone())
}

// goesOn counts the calls that go on.
func goesOn(ctx context.Context, q store.Querier, v *cabinet.Visit, w call.Window) (*goingOn, error) {
	n := &goingOn{topic: cabinet.Topic(v.Org, cabinet.TopicCalls), refresh: v.Path("/now"), board: v.Path("/live")}
	calls, err := w.Live(ctx, q)
	for _, l := range calls {
		if l.Phase.Spoken() {
			n.talking++
		} else {
			n.waiting++
		}
	}
	return n, err
}

// now answers with the calls that go on alone, for a live update.
func (p pages) now(v *cabinet.Visit) error {
	var n *goingOn
	err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err == nil {
			n, err = goesOn(ctx, q, v, w)
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.RenderPart(nowLine(n))
}

// sums are a week's calls beside those they are compared with, up to the same hour of the day.
type sums struct {
	today, yesterday call.Totals
	week, before     call.Totals
	hours            [24]call.Totals
}

// sumWeek adds up quarters of an hour of two weeks.
func sumWeek(quarters []call.Quarter, at time.Time, zone *time.Location) (s sums) {
	today := civil.DateIn(at, zone)
	clock := at.Sub(civil.Midnight(today, zone))
	for _, one := range quarters {
		day := civil.DateIn(one.At, zone)
		early := one.At.Sub(civil.Midnight(day, zone)) <= clock
		if ago := int(today - day); ago < week {
			s.week.Add(one.Totals)
			s.hours[one.At.In(zone).Hour()].Add(one.Totals)
		} else if ago < 2*week && (ago > week || early) {
			s.before.Add(one.Totals)
		}
		switch {
		case day == today:
			s.today.Add(one.Totals)
		case day == today-1 && early:
			s.yesterday.Add(one.Totals)
		}
	}
	return s
}

func (s sums) tiles(f facts) []ui.Tile {
	v := f.v
	today := ui.Tile{Label: v.T("home.ring_today"), Value: ui.Number(int(s.today.Calls)), Href: v.Path("/calls?period=today")}
	if today.Change = shift(v, s.today.Calls, s.yesterday.Calls); today.Change != "" {
		today.Than = v.T("home.ring_than_yesterday")
	}
	all := ui.Tile{Label: v.T("home.ring_week"), Value: ui.Number(int(s.week.Calls)), Href: v.Path("/calls?period=7d")}
	if all.Change = shift(v, s.week.Calls, s.before.Calls); all.Change != "" {
		all.Than = v.T("home.ring_than_week")
	}
	answered := ui.Tile{Label: v.T("home.ring_answered"), Value: ui.Text("–"), Href: v.Path("/calls?period=7d")}
	if could := s.week.Calls - s.week.Blocked; could > 0 {
		answered.Value = ui.Text(v.Percent(percentOf(s.week.Answered, could), false))
	}
	if s.week.Answered > 0 {
		answered.Change = v.T("calls.mean_wait", lang.Values{"Duration": v.Clock(time.Duration(s.week.Wait/s.week.Answered) * time.Second)})
	}
	missed := ui.Tile{Label: v.T("home.ring_missed"), Value: ui.Number(int(s.week.Missed)), Href: v.Path("/calls/missed")}
	if missed.Change = shift(v, s.week.Missed, s.before.Missed); missed.Change != "" {
		missed.Than, missed.Tone = v.T("home.ring_than_week"), ui.Good
		if s.week.Missed > s.before.Missed {
			missed.Tone = ui.Warning
		}
	}
	return []ui.Tile{today, all, answered, missed}
}

// shift is by how much there is more or less than before; empty where there was nothing.
func shift(v *cabinet.Visit, now, before int64) string {
	if before == 0 {
		return ""
	}
	return v.Percent(percentOf(now-before, before), true)
}

// chart has a bar an hour of the day, and the missed calls in its table.
func (s sums) chart(v *cabinet.Visit) ui.Chart {
	calls, missed := ui.Series{Name: v.T("calls.tile_calls")}, ui.Series{Name: v.T("calls.tile_missed")}
	for hour, t := range s.hours {
		label := strconv.Itoa(hour) + ":00"
		calls.Points = append(calls.Points, ui.Point{Label: label, Value: float64(t.Calls), Text: v.Int(int(t.Calls))})
		missed.Points = append(missed.Points, ui.Point{Label: label, Value: float64(t.Missed), Text: v.Int(int(t.Missed))})
	}
	return ui.Chart{ID: "home-hours", Title: v.T("home.ring_hours"), When: v.T("home.ring_hour"), Series: []ui.Series{calls, missed}, Axis: func(n float64) string {
		if n != math.Trunc(n) {
			return "" // there are no half calls
		}
		return v.Int(int(n))
	}}
}

// sources are those that made most clients call, none where nothing is known of any.
func sources(ctx context.Context, q store.Querier, f facts, w call.Window, incoming call.Filter) (list []sourceLine, err error) {
	rows, err := w.By(ctx, q, incoming, call.BySource)
	known := false
	for _, r := range rows {
		name, narrow := r.Of[0], r.Of[0]
		if known = known || name != ""; name == "" {
			name, narrow = f.v.T("tracking.unknown"), "–"
		}
		query := url.Values{"period": {"7d"}, "f.direction": {string(call.Inbound)}, "f.source": {narrow}}
		list = append(list, sourceLine{name, f.v.Path("/calls?" + strings.ReplaceAll(query.Encode(), "+", "%20")), r.Totals})
	}
	if !known {
		return nil, err
	}
	return list[:min(shownSources, len(list))], err
}

// owedFor is how long a missed call is told of: as long as the list of those to call back has it.
const owedFor = 30 * 24 * time.Hour

// mostOwed is how many missed calls are counted: beyond that the number says nothing.
const mostOwed = 1000

// callNeeds finds clients whom nobody has talked to since they called (Rule T-106).
func (p pages) callNeeds(ctx context.Context, q store.Querier, f facts) ([]need, error) {
	w, err := call.Look(f.v.Permit, access.View)
	if err != nil {
		return nil, err
	}
	since := f.v.At.Add(-owedFor)
	n, err := w.CountOwed(ctx, q, since, mostOwed)
	if err != nil || n == 0 {
		return nil, err
	}
	owed := true
	last, err := w.List(ctx, q, call.Filter{Owed: &owed, From: since}, call.NewestFirst, 0, fewest+1)
	var who []string
	for _, c := range last {
		if strings.HasPrefix(c.Client, "+") { // not withheld, nor erased
			who = append(who, f.v.Phone(phone.Number(c.Client)))
		}
	}
	return []need{{
		tone: ui.Warning, text: f.v.N("home.need_owed", n), why: few(who),
		button: ui.Button{Text: f.v.T("home.to_missed"), Href: f.v.Path("/calls/missed"), Kind: ui.Primary},
	}}, err
}
