package charging

import (
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/rating"
)

// LegState is where a leg is in its life.
type LegState string

// The states of a leg. Open is the first; the others are final, but for an Expired
// leg that nobody was known to have answered: its true end settles it.
const (
	Open     LegState = "open"     // authorised, ringing or talking
	Settled  LegState = "settled"  // answered, ended and charged
	Released LegState = "released" // ended without being answered
	Expired  LegState = "expired"  // its heartbeat stopped: charged up to the last one, or given back where nobody had answered
)

// Emergency is the way a call to an emergency number is charged: not at all, whatever the book says (Rule B-71).
const Emergency pricebook.LegCharge = "emergency"

// Leg is one leg of a call as it was authorised and charged.
type Leg struct {
	Project     ident.ProjectID     `json:"project"`
	ID          string              `json:"id"`
	Kind        string              `json:"kind"`         // one of pricing.LegKinds
	To          string              `json:"to"`           // E.164, sip:user@host, or the digits of an emergency number
	Number      string              `json:"number"`       // the project's number the call came in on; empty where none
	NumberOwner string              `json:"number_owner"` // its owner, where the book asks for it
	State       LegState            `json:"state"`
	Charge      pricebook.LegCharge `json:"charge"` // free, package, rated or emergency; empty where nobody answered and it was never authorised
	Hold        ident.HoldID        `json:"hold"`   // zero for a record that was never authorised
	Held        money.Micro         `json:"held"`   // reserved now
	HoldSeconds int64               `json:"hold_seconds"`
	MaxSeconds  int64               `json:"max_seconds"`
	OpenedAt    time.Time           `json:"opened_at"`
	AnsweredAt  time.Time           `json:"answered_at,omitzero"`
	HeartbeatAt time.Time           `json:"heartbeat_at"` // when it was last known to be alive
	ClosedAt    time.Time           `json:"closed_at,omitzero"`
	Seconds     int64               `json:"seconds"` // of talk; so far, while it is open
	Billable    int64               `json:"billable_seconds"`
	Minutes     int64               `json:"minutes"` // counted in Package
	Package     string              `json:"package,omitempty"`
	Amount      money.Micro         `json:"amount"` // what it cost, zero or more
	Day         civil.Date          `json:"day"`    // usage day it is charged on; of the authorisation, while it is open
	Prefix      string              `json:"prefix,omitempty"`
	Zone        string              `json:"zone,omitempty"`
	PerMinute   money.Micro         `json:"per_minute"`
	Book        string              `json:"book,omitempty"` // "ringostat@2021-01-01"
	Entry       ident.EntryID       `json:"entry"`          // its ledger entry, or zero
	Cause       string              `json:"cause,omitempty"`

	stored bool // it has a row
	dirty  bool // it is to be written
}

// key names a leg or a message within its project.
type key struct {
	project ident.ProjectID
	id      string
}

func (l *Leg) key() key { return key{l.Project, l.ID} }

// stored is the key as tables hold it: neither part has blanks.
func (k key) stored() string { return k.id + " " + string(k.project) }

// idOf is the caller's part of a stored key.
func idOf(stored string) string {
	id, _, _ := strings.Cut(stored, " ")
	return id
}

// counts reports whether the leg counts for the cap of concurrent calls: what is dialled and can cost something.
func (l *Leg) counts() bool {
	return dials(l.Kind) && (l.Charge == pricebook.ChargeRated || l.Charge == pricebook.ChargePackage)
}

// dials reports whether legs of a kind call somebody; inbound legs come in by themselves.
func dials(kind string) bool { return kind != pricing.LegInbound }

// same reports whether a request speaks of this leg.
func (l *Leg) same(kind, to, number string) bool {
	return l.Kind == kind && l.To == to && l.Number == number
}

// ended reports whether the leg ended as a report says.
func (l *Leg) ended(answeredAt time.Time, seconds int64) bool {
	return l.State != Open && l.Seconds == seconds && l.AnsweredAt.Equal(micros(answeredAt))
}

// unheard reports whether the leg was recovered with nobody known to have answered: nothing was charged, and it is not too
// late to learn how it ended.
func (l *Leg) unheard() bool { return l.State == Expired && l.AnsweredAt.IsZero() && l.Entry == 0 }

// pricing is the leg as pricing sees it, answered at an instant.
func (l *Leg) pricing(answeredAt time.Time) pricing.Leg {
	return pricing.Leg{Kind: l.Kind, To: l.To, Number: l.Number, NumberOwner: l.NumberOwner, AnsweredAt: answeredAt}
}

// rated takes down by what a leg is charged.
func (l *Leg) rated(quote quote) {
	l.Charge, l.Book, l.Prefix, l.Zone, l.PerMinute, l.Package = quote.charge, quote.book, "", "", 0, ""
	switch quote.charge {
	case pricebook.ChargeRated:
		l.Prefix, l.Zone, l.PerMinute = quote.Rate.Prefix, quote.Rate.Zone, quote.Rate.PerMinute
	case pricebook.ChargePackage:
		l.Package = quote.Package.Name
	}
}

// micros is an instant as it is stored; the zero time stays zero.
func micros(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.Truncate(time.Microsecond).UTC()
}

// longest is the longest a leg may last.
const longest = int64(rating.MaxLegSeconds)
