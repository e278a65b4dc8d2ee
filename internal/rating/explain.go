package rating

import (
	"fmt"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/money"
)

// Explanation is everything a price was made of, so that a person can redo it by hand.
type Explanation struct {
	Prefix     string         `json:"prefix"`
	Zone       string         `json:"zone"`
	Band       string         `json:"band,omitempty"`   // in which the leg was answered
	From       civil.Date     `json:"from,omitzero"`    // first date on which the row was in force
	Currency   money.Currency `json:"currency"`         //
	Connect    money.Micro    `json:"connect"`          //
	PerMinute  money.Micro    `json:"per_minute"`       //
	Minimum    money.Micro    `json:"minimum,omitzero"` //
	Free       int64          `json:"free_seconds"`     //
	First      int64          `json:"first_seconds"`    //
	Next       int64          `json:"next_seconds"`     //
	Seconds    int64          `json:"seconds"`          // of the leg
	Billable   int64          `json:"billable_seconds"` //
	Parts      []Part         `json:"parts,omitempty"`  // the billable seconds by band
	Amount     money.Micro    `json:"amount"`           //
	Arithmetic string         `json:"arithmetic"`       // "61 s: first 60 s + 1 x 1 s = 61 billable s; 0 + 0.021 x 61/60 = 0.02135"
}

// Explain says how Price came to a charge for a leg of the given seconds.
func (r Rate) Explain(charge Charge, seconds int64) Explanation {
	row := &r.Row
	if r.rows != nil {
		row = r.in(charge.Band)
	}
	return Explanation{
		Prefix: row.Prefix, Zone: row.Zone, Band: row.Band, From: row.From, Currency: row.Currency,
		Connect: row.Connect, PerMinute: row.PerMinute, Minimum: row.Minimum, Free: row.Free, First: row.First, Next: row.Next,
		Seconds: seconds, Billable: charge.Billable, Parts: charge.Parts, Amount: charge.Amount,
		Arithmetic: row.arithmetic(charge, seconds),
	}
}

func (row *Row) arithmetic(charge Charge, seconds int64) string {
	switch {
	case seconds == 0:
		return "0 s: nothing to charge"
	case charge.Billable == 0:
		return fmt.Sprintf("%d s: up to %d s are free", seconds, row.Free)
	}
	return fmt.Sprintf("%d s: %s = %d billable s; %v + %s", seconds, row.increments(charge.Billable), charge.Billable, row.Connect, row.sum(charge))
}

// increments writes the left side of "first 60 s + 1 x 1 s = 61 billable s".
func (row *Row) increments(billable int64) string {
	text := fmt.Sprintf("first %d s", row.First)
	if following := (billable - row.First) / row.Next; following > 0 {
		text += fmt.Sprintf(" + %d x %d s", following, row.Next)
	}
	return text
}

// sum writes the minutes and the result: "0.021 x 61/60 = 0.02135".
func (row *Row) sum(charge Charge) string {
	terms := []string{fmt.Sprintf("%v x %d/60", row.PerMinute, charge.Billable)}
	if charge.Parts != nil {
		terms = terms[:0]
	}
	for _, part := range charge.Parts {
		band := part.Band
		if band == "" {
			band = "other times"
		}
		terms = append(terms, fmt.Sprintf("%v x %d/60 (%s)", part.PerMinute, part.Seconds, band))
	}
	gross := row.gross(charge.Parts, charge.Billable)
	text := fmt.Sprintf("%s = %v", strings.Join(terms, " + "), gross)
	if _, exact := row.minutes(charge.Parts, charge.Billable).over60(); !exact {
		text += " (rounded half up)"
	}
	if gross < row.Minimum {
		text += fmt.Sprintf(", raised to the minimum %v", row.Minimum)
	}
	return text
}
