package demo

import "bellwether/internal/civil"

// Chapter is something the shop's owner did, for people.
type Chapter struct {
	Day  civil.Date
	Text string
}

// Chapters tells the story that ends on a date.
func Chapters(today civil.Date) []Chapter {
	first := today - Days
	chapters := []Chapter{
		{0, "opens with Virtual PBX and call tracking, 5 seats, 7 numbers; pays 30 days by card"},
		{dayMenu, "callers hear a menu: 1 orders, 2 delivery, 3 accounting"},
		{dayAnalytics, "switches on end-to-end analytics"},
		{dayQueue, "the florists' callers wait in a queue, with music, and may be called back"},
		{daySeats, "a sixth seat"},
		{dayRenewal, "the card is charged again: loyalty takes its first percent off"},
		{dayCallback, "switches on the callback widget"},
		{dayMoreNumber, "a seventh tracking number"},
		{dayBookMove, "moves to the price book of " + newVersion + ": 3 seats included, the Smart Phone comes along"},
		{daySmartPhone, "switches on the Smart Phone"},
		{dayLate + lateBy, "a call of three days ago is reported: its day is closed, so it is an adjustment"},
		{dayRelease, "gives a tracking number back"},
		{dayFewerSeats, "five seats again"},
		{dayRush, "begins a scheme for 8 March, and leaves it a draft"},
	}
	for i := range chapters {
		chapters[i].Day += first
	}
	return chapters
}
