package faults_test

import (
	"fmt"
	"strings"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/money"
)

// kind is what an operation asks for.
type kind string

const (
	callRecord kind = "call"    // a finished call is charged in one go
	message    kind = "sms"     // an SMS is charged
	payment    kind = "payment" // money comes in
	talk       kind = "talk"    // a live call: authorised, extended, settled
	unanswered kind = "miss"    // authorised, then given back
	broken     kind = "cut"     // authorised and answered; whoever should end it dies first (Rule B-73)
)

// mix is how often each kind comes: the kinds of ten operations in a row.
var mix = [...]kind{callRecord, talk, message, callRecord, payment, unanswered, callRecord, message, broken, talk}

// projects share the traffic; the first gets half of it, as a hot balance should be among them.
var projects = [...]ident.ProjectID{"hot", "warm", "hot", "cold"}

// operation is one request of the traffic. Its number decides everything else about it.
type operation struct {
	number  int
	kind    kind
	project ident.ProjectID
}

func operationOf(number int) operation {
	return operation{number, mix[number%len(mix)], projects[number/len(mix)%len(projects)]}
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

// noon is when the traffic begins: a working day in New York.
var noon = time.Date(2021, 3, 1, 17, 0, 0, 0, time.UTC)

// at is when the operation is asked for.
func (o operation) at() time.Time { return noon.Add(time.Duration(o.number) * time.Second) }

// talkSeconds is how long a call lasted.
func (o operation) talkSeconds() int64 { return int64(1 + o.number*37%600) }

// heartbeatSeconds is how long a broken call is known to have lasted.
const heartbeatSeconds = 60

func (o operation) segments() int64 { return int64(1 + o.number%3) }

func (o operation) paid() money.Micro { return money.MustParse("1") + money.Micro(o.number) }

// The prices of book ringostat@2021-01-01 in USD that the model knows: a started minute to the US and an SMS within it.
var (
	minutePrice  = money.MustParse("0.0166")
	messagePrice = money.MustParse("0.04")
)

// amount is what the operation does to its project's balance, once, when all is over.
func (o operation) amount() money.Micro {
	switch o.kind {
	case callRecord, talk:
		return -minutes(o.talkSeconds())
	case broken:
		return -minutes(heartbeatSeconds)
	case message:
		return -messagePrice * money.Micro(o.segments())
	case payment:
		return o.paid()
	}
	return 0
}

func minutes(seconds int64) money.Micro { return minutePrice * money.Micro((seconds+59)/60) }

// model is what the projects' balances must be after the operations below end.
func model(end int) map[ident.ProjectID]money.Micro {
	balances := map[ident.ProjectID]money.Micro{}
	for _, project := range projects {
		balances[project] = deposit
	}
	for number := range end {
		o := operationOf(number)
		balances[o.project] += o.amount()
	}
	return balances
}

var deposit = money.MustParse("1000")
