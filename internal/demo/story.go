package demo

import (
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/number"
	"bellwether/internal/phone"
)

// The shop of the story.
const (
	Project  = ident.ProjectID("kvitka")
	Name     = "Kvitka, flower delivery in Kyiv"
	Country  = "UA"
	Currency = money.Currency("UAH")
	Zone     = "Europe/Kyiv"
	Book     = "ringostat"

	oldVersion = "2021-01-01"
	newVersion = "2022-07-01"
)

// Days is how long the story is, today not counted.
const Days = 90

// The days of the story on which something changes, counted from its first.
const (
	dayMenu       = 7  // the main line asks what the call is about
	dayAnalytics  = 12 // end-to-end analytics is switched on
	dayQueue      = 21 // and callers wait in a queue
	daySeats      = 25 // a sixth seat
	dayRenewal    = 30 // the first automatic renewal by card
	dayCallback   = 33 // the callback widget is switched on
	dayMoreNumber = 40 // a seventh tracking number
	dayBookMove   = 50 // the project moves to the newer price book: three seats included, the Smart Phone comes along
	daySmartPhone = 52
	dayLate       = 61 // a call of this day is reported three days late
	dayRelease    = 70 // a tracking number is given back
	dayFewerSeats = 76
	dayRush       = 86 // the owner begins a scheme for a busy day
	lateBy        = 3
)

// event is one thing that happens to the shop at an instant.
type event struct {
	at time.Time

	// One of these is set.
	product  string   // switched on
	sit      []string // who takes a seat of the PBX, by address
	stand    []string // who leaves theirs
	rent     *number.Wish
	release  string
	payment  *paid
	sessions int64
	move     string // book version
	leg      *leg
	sms      *sms
	quiet    *quiet
	hit      *hit
	stage    int // of the telephony, see fit
}

type paid struct {
	id         string
	amount     money.Micro
	method     string
	auto       bool
	periodDays int64
}

// leg is a leg of a call that ended at the event's instant, or later where its record came late.
type leg struct {
	id, kind, to, number string
	answeredAt           time.Time
	seconds              int64
}

// quiet is a call that ended at the event's instant and cost nothing: between colleagues, or outside working hours.
type quiet struct {
	id       string
	number   string // that was called; empty between colleagues
	internal bool
}

type sms struct {
	id, to   string
	segments int64
}

// The shop's numbers and the people it calls: made up, in ranges that exist.
const mainNumber = "+380443337701"

var (
	trackingNumbers = []string{
		"+380443337711", "+380443337712", "+380443337713", "+380443337714", "+380443337715", "+380443337716",
	}
	seventhNumber = "+380443337717"
	managers      = []string{"+380671112201", "+380501112202", "+380931112203", "sip:olena@kvitka"}
	customers     = []string{"+38067", "+38050", "+38063", "+38095", "+38097", "+38044"}
)

// milestones are what the owner does, in order.
func milestones(first civil.Date, zone *time.Location) []event {
	at := func(day int, hour, minute int) time.Time { return clock(first+civil.Date(day), zone, hour, minute) }
	story := []event{
		{at: at(dayRelease, 16, 50), stage: stageLess},
		{at: at(dayAnalytics, 11, 15), stage: stagePools},
		{at: at(0, 8, 20), product: "virtual_pbx"},
		{at: at(0, 8, 21), product: "call_tracking"},
		{at: at(0, 8, 25), payment: &paid{id: "pay-001", amount: 8000 * money.Unit, method: "card", periodDays: 30}},
		{at: at(0, 8, 30), sit: seated},
		{at: at(0, 8, 40), rent: &number.Wish{Number: mainNumber, Use: "pbx", Label: "Main line"}},
		{at: at(0, 8, 55), stage: stageOpen},
		{at: at(dayMenu, 8, 40), stage: stageMenu},
		{at: at(dayQueue, 8, 40), stage: stageQueue},
		{at: at(dayMoreNumber, 12, 5), stage: stageNumber},
		{at: at(dayRush, 19, 30), stage: stageRush},
		{at: at(dayAnalytics, 11, 0), product: "analytics"},
		{at: at(daySeats, 10, 15), sit: []string{trainee}},
		{at: at(dayRenewal, 9, 25), payment: &paid{id: "pay-002", amount: 8000 * money.Unit, method: "card", auto: true, periodDays: 30}},
		{at: at(dayCallback, 14, 5), product: "callback"},
		{at: at(dayMoreNumber, 12, 0), rent: trackingNumber(seventhNumber)},
		{at: at(dayBookMove, 16, 30), move: newVersion},
		{at: at(daySmartPhone, 9, 50), product: "smart_phone"},
		{at: at(55, 13, 10), payment: &paid{id: "pay-003", amount: 2500 * money.Unit, method: "bank"}},
		{at: at(2*dayRenewal, 9, 25), payment: &paid{id: "pay-004", amount: 10_000 * money.Unit, method: "card", auto: true, periodDays: 30}},
		{at: at(dayRelease, 17, 0), release: trackingNumbers[5]},
		{at: at(dayFewerSeats, 18, 0), stand: []string{trainee}},
		{at: at(78, 15, 40), payment: &paid{id: "pay-005", amount: 6000 * money.Unit, method: "card"}},
	}
	for i, n := range trackingNumbers {
		story = append(story, event{at: at(0, 8, 41+i), rent: trackingNumber(n)})
	}
	for i, n := range later() {
		story = append(story, event{at: at(dayAnalytics, 11, 5+i), rent: trackingNumber(string(n))})
	}
	return story
}

func trackingNumber(rented string) *number.Wish {
	return &number.Wish{Number: rented, Use: "tracking"}
}

// who acts in the story, as histories name it.
const who = "demo"

// stock are the operator's numbers: those of the shop, and others to choose from.
func stock() (items []number.Item) {
	add := func(carrier string, numbers ...string) {
		for _, n := range numbers {
			item := number.Item{Line: len(items) + 1, Number: n, Carrier: carrier}
			if strings.HasPrefix(n, "+38032") { // the numbering plan knows the town, not the city
				item.Area, item.AreaName = "32", "Lviv"
			}
			items = append(items, item)
		}
	}
	add("Kyiv trunk", append(trackingNumbers[:len(trackingNumbers):len(trackingNumbers)], mainNumber, seventhNumber)...)
	add("Kyiv trunk", texts(later())...)
	add("Kyiv trunk", "+380443337720", "+380443337721", "+380443337722", "+380443337723")
	add("Lviv trunk", "+380322337730", "+380322337731", "+380322337732")
	add("Odesa trunk", "+380487337740", "+380487337741")
	add("mobile gateway", "+380671112250", "+380671112251")
	add("toll-free", "+380800337750")
	return items
}

// texts are numbers as stocks and trunks have them.
func texts(numbers []phone.Number) (list []string) {
	for _, n := range numbers {
		list = append(list, string(n))
	}
	return list
}

// clock is a time of day on a local date.
func clock(day civil.Date, zone *time.Location, hour, minute int) time.Time {
	u := day.UTC()
	return time.Date(u.Year(), u.Month(), u.Day(), hour, minute, 0, 0, zone)
}
