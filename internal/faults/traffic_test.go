package faults_test

import (
	"fmt"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
)

// kind is what an operation asks for.
type kind string

const (
	record    kind = "call"    // a finished call is charged in one go
	message   kind = "sms"     // an SMS is charged
	payment   kind = "payment" // money comes in
	talk      kind = "talk"    // a live call: authorised, extended, settled
	miss      kind = "miss"    // authorised, then released: nobody answered
	abandoned kind = "lost"    // authorised and answered; whoever should end it dies first (Rule B-73)
	night     kind = "night"   // the days up to one are closed
)

// mix is how often each kind comes: the kinds of ten operations in a row. Of fifty the last closes days.
var mix = [...]kind{record, talk, message, record, payment, miss, record, message, abandoned, talk}

const nightEvery = 50

// projects share the traffic; one gets half of it, as a hot balance should be among them.
var projects = [...]ident.ProjectID{"hot", "warm", "hot", "cold"}

// operation is one request of the traffic. Its number decides everything else about it.
type operation struct {
	number  int
	kind    kind
	project ident.ProjectID
}

func operationOf(number int) operation {
	o := operation{number, mix[number%len(mix)], projects[number/len(mix)%len(projects)]}
	if number%nightEvery == nightEvery-1 {
		o.kind = night
	}
	return o
}

// id is the idempotency key of the operation, the same on every delivery.
func (o operation) id() string { return fmt.Sprintf("%s-%06d", o.kind, o.number) }

// delivery separates the id from what the keyless twin adds to it.
const delivery = "~"

// operationID finds the operation behind the reference of an entry.
func operationID(ref string) string {
	id, _, _ := strings.Cut(ref, delivery)
	return id
}

// The projects are opened on a winter day and their traffic is that of a day of spring, from noon in New York. The nights
// between, which the day closes catch up with meanwhile, have nothing but the fee of one product.
var (
	opened   = time.Date(2021, 1, 20, 17, 0, 0, 0, time.UTC)
	noon     = time.Date(2021, 3, 1, 17, 0, 0, 0, time.UTC)
	firstDay = civil.MustParseDate("2021-01-20")
	mostDays = 39
)

// at is when the operation is asked for.
func (o operation) at() time.Time {
	if o.kind == night {
		return opened.AddDate(0, 0, o.days())
	}
	return noon.Add(time.Duration(o.number) * time.Second)
}

// days is how many days are closed after the operation.
func (o operation) days() int { return min(mostDays, 1+o.number/(2*nightEvery)) }

// talkSeconds is how long a call lasted.
func (o operation) talkSeconds() int64 { return int64(1 + o.number*37%600) }

// heartbeatSeconds is the talk that a living call reports last.
const heartbeatSeconds = 61

func (o operation) segments() int64 { return int64(1 + o.number%3) }

func (o operation) paid() money.Micro { return money.MustParse("1") + money.Micro(o.number) }

// The prices of book ringostat@2021-01-01 in USD that the model knows: a started minute to the US, an SMS within it, and
// what a product of 39 a month costs a day.
var (
	minutePrice  = money.MustParse("0.0166")
	messagePrice = money.MustParse("0.04")
	dayPrice     = money.MustParse("1.3")
	deposit      = money.MustParse("1000")
)

func minutes(seconds int64) money.Micro { return minutePrice * money.Micro((seconds+59)/60) }

// amount is what the operation does to its project's balance, once, when all is over; the closes of days are counted
// apart, as those of several operations overlap.
func (o operation) amount() money.Micro {
	switch o.kind {
	case record, talk:
		return -minutes(o.talkSeconds())
	case abandoned:
		return -minutes(heartbeatSeconds)
	case message:
		return -messagePrice * money.Micro(o.segments())
	case payment:
		return o.paid()
	}
	return 0
}

// model is what a project must have come to.
type model struct {
	balance money.Micro
	days    int
}

// models is what must be there once the operations below end are over.
func models(end int) map[ident.ProjectID]*model {
	all := map[ident.ProjectID]*model{}
	for _, project := range projects {
		all[project] = &model{balance: deposit}
	}
	for number := range end {
		o := operationOf(number)
		m := all[o.project]
		m.balance += o.amount()
		if o.kind == night {
			m.days = max(m.days, o.days())
		}
	}
	for _, m := range all {
		m.balance -= dayPrice * money.Micro(m.days)
	}
	return all
}
