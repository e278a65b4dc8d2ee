package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"bellwether/internal/civil"
)

// plan is everything that happens until now, in order. It depends on the seed, the date and the time of day only.
func plan(seed uint64, now time.Time, zone *time.Location) []event {
	today := civil.DateIn(now, zone)
	first := today - Days
	events := milestones(first, zone)
	for day := first; day <= today; day++ {
		d := newDay(seed, day, int(day-first), zone)
		traffic := d.events()
		events = append(append(events, traffic...), newSurf(seed, d).events(traffic)...)
	}
	events = slices.DeleteFunc(events, func(e event) bool { return e.at.After(now) })
	slices.SortStableFunc(events, func(a, b event) int { return a.at.Compare(b.at) })
	return events
}

// day makes the traffic of a calendar date. Its chance comes from the seed and the date alone, so a date looks the same
// whenever the demo runs.
type day struct {
	*rand.Rand
	date  civil.Date
	nth   int // of the story, from 0
	zone  *time.Location
	taken int // calls so far, for their ids
}

func newDay(seed uint64, date civil.Date, nth int, zone *time.Location) *day {
	return &day{Rand: rand.New(rand.NewPCG(seed, uint64(date))), date: date, nth: nth, zone: zone}
}

// pattern is how busy a kind of day is: opening hours, and how much of everything it has.
type pattern struct {
	opens, closes                         int // local hours
	forwards, outbound, messages, clicked int
	sessions                              int
}

var (
	weekday  = pattern{opens: 9, closes: 20, forwards: 28, outbound: 12, messages: 9, clicked: 5, sessions: 480}
	saturday = pattern{opens: 10, closes: 18, forwards: 14, outbound: 5, messages: 5, clicked: 2, sessions: 300}
	sunday   = pattern{opens: 10, closes: 17, forwards: 7, outbound: 2, messages: 3, clicked: 1, sessions: 210}
)

func (d *day) pattern() pattern {
	if u := d.date.UTC(); u.Month() == time.December && u.Day() == 25 || u.YearDay() == 1 {
		return pattern{opens: weekday.opens, closes: weekday.closes, messages: 1, sessions: sunday.sessions}
	}
	switch d.date.Weekday() {
	case time.Saturday:
		return saturday
	case time.Sunday:
		return sunday
	}
	return weekday
}

func (d *day) events() []event {
	p := d.pattern()
	var events []event
	for range d.about(p.forwards) {
		events = append(events, d.call("forward", d.manager(), d.dialled(), p))
	}
	for range d.about(p.outbound) {
		events = append(events, d.call("outbound", d.customer(), "", p))
	}
	for range d.about(p.messages) {
		at := d.moment(p)
		events = append(events, event{at: at, sms: &sms{id: d.id("m"), to: d.mobile(), segments: int64(1 + d.IntN(5)/4)}})
	}
	if d.nth > dayCallback {
		for range d.about(p.clicked) {
			events = append(events, d.callback(p)...)
		}
	}
	for _, hour := range []int{14, 23} {
		events = append(events, event{at: clock(d.date, d.zone, hour, 50), sessions: int64(d.about(p.sessions / 2))})
	}
	if d.nth == dayLate {
		late := d.call("forward", managers[0], mainNumber, p)
		late.at = clock(d.date+lateBy, d.zone, 8, 30)
		events = append(events, late)
	}
	return append(events, d.quiet(p)...)
}

// quiet are the calls that cost nothing. They come last: their chance changes nothing of what is charged.
func (d *day) quiet(p pattern) (events []event) {
	add := func(at time.Time, number string) {
		events = append(events, event{at: at, quiet: &quiet{id: d.id("q"), number: number, internal: number == ""}})
	}
	for range d.IntN(1 + p.forwards/7) {
		add(d.moment(p), "")
	}
	for range d.IntN(3) {
		evening := clock(d.date, d.zone, p.closes, 5).Add(time.Duration(d.IntN(150)) * time.Minute)
		if d.IntN(4) == 0 {
			evening = clock(d.date, d.zone, 7, 0).Add(time.Duration(d.IntN(100)) * time.Minute)
		}
		add(evening, []string{mainNumber, mainNumber, trackingNumbers[1], trackingNumbers[2]}[d.IntN(4)])
	}
	return events
}

// about is n give or take a quarter.
func (d *day) about(n int) int { return n - n/4 + d.IntN(n/2+1) }

// moment is within opening hours, more often around noon and in the late afternoon.
func (d *day) moment(p pattern) time.Time {
	span := (p.closes - p.opens) * 3600
	second := (d.IntN(span) + d.IntN(span)) / 2
	if d.IntN(3) == 0 {
		second = d.IntN(span)
	}
	return clock(d.date, d.zone, p.opens, 0).Add(time.Duration(second) * time.Second)
}

// talk is how long people talk: mostly one to three minutes, at times much longer, at times a wrong number.
func (d *day) talk() int64 {
	switch d.IntN(12) {
	case 0:
		return int64(2 + d.IntN(14))
	case 1:
		return int64(240 + d.IntN(540))
	}
	return int64(25 + d.IntN(70) + d.IntN(90))
}

func (d *day) call(kind, to, number string, p pattern) event {
	answered, seconds := d.moment(p), d.talk()
	return event{
		at:  answered.Add(time.Duration(seconds) * time.Second),
		leg: &leg{id: d.id("c"), kind: kind, to: to, number: number, answeredAt: answered, seconds: seconds},
	}
}

// callback is a click on the widget: a leg to the manager, then one to the client, who hang up together.
func (d *day) callback(p pattern) []event {
	manager := d.call("callback_manager", d.manager(), "", p)
	client := *manager.leg
	client.kind, client.to = "callback_client", d.customer()
	client.answeredAt = client.answeredAt.Add(time.Duration(4+d.IntN(10)) * time.Second)
	client.seconds = max(1, client.seconds-int64(client.answeredAt.Sub(manager.leg.answeredAt)/time.Second))
	client.id += "-client"
	manager.leg.id += "-manager"
	ended := client.answeredAt.Add(time.Duration(client.seconds) * time.Second)
	return []event{manager, {at: ended, leg: &client}}
}

// id names a call or message by its date: "c-0412-017".
func (d *day) id(kind string) string {
	d.taken++
	u := d.date.UTC()
	return fmt.Sprintf("%s-%02d%02d-%03d", kind, u.Month(), u.Day(), d.taken)
}

func (d *day) manager() string { return managers[d.IntN(len(managers))] }

// dialled is the number a caller saw: mostly one of call tracking.
func (d *day) dialled() string {
	if n := d.IntN(8); n < 5 {
		return trackingNumbers[n]
	}
	return mainNumber
}

func (d *day) customer() string {
	return fmt.Sprintf("%s%07d", customers[d.IntN(len(customers))], 2_000_000+d.IntN(999_999))
}

func (d *day) mobile() string {
	return fmt.Sprintf("%s%07d", customers[d.IntN(len(customers)-1)], 2_000_000+d.IntN(999_999))
}
