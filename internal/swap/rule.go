package swap

import (
	"bellwether/internal/dialplan"
	"bellwether/internal/phone"
)

// Rule says what visits of a kind see. Rules are asked in their order, and the first that fits a visit and speaks of a target
// decides for that target (Rule C-60).
type Rule struct {
	ID       string                 `json:"id"`
	Name     string                 `json:"name"`
	Off      bool                   `json:"off,omitempty"` // it stands in the list and is not asked
	When     Group                  `json:"when"`
	Schedule dialplan.BusinessHours `json:"schedule,omitzero"` // when it is asked at all, in the project's zone; empty: always (Rule C-67)
	Show     []Showing              `json:"show"`
}

// Showing is what a rule shows in place of a target's number.
type Showing struct {
	Target string       `json:"target"`
	Do     Do           `json:"do"`
	Pool   string       `json:"pool,omitempty"`   // of Lease
	Number phone.Number `json:"number,omitempty"` // of Fixed
}

// Do is how a target is treated.
type Do string

// The treatments.
const (
	Lease Do = "pool"   // a number of a pool, for this visit alone
	Fixed Do = "number" // one number for all whom the rule fits
	Keep  Do = "keep"   // the site's own number stays
)

// Group is conditions that hold together: all of them, or any (Rule C-61). One without conditions holds.
type Group struct {
	Any        bool        `json:"any,omitempty"` // one is enough
	Conditions []Condition `json:"conditions,omitempty"`
	Groups     []Group     `json:"groups,omitempty"`
}

// Condition compares one thing about a visit with values: it holds where any of them fits (Rule C-62).
type Condition struct {
	Field  Field    `json:"field"`
	Name   string   `json:"name,omitempty"` // of a GET parameter or of a custom value
	Op     Op       `json:"op"`
	Values []string `json:"values,omitempty"`
	Not    bool     `json:"not,omitempty"` // it holds where it otherwise would not
}

// Field is a thing about a visit.
type Field string

// The fields.
const (
	Entry    Field = "entry_page" // the address of the landing page without scheme, host and parameters: "/catalog/tea"
	Host     Field = "host"       // of the landing page
	Param    Field = "parameter"  // any GET parameter of the landing page, by name
	Referrer Field = "referrer"   // the host of the page that linked here
	Source   Field = "source"
	Medium   Field = "medium"
	Campaign Field = "campaign"
	Term     Field = "term"
	Content  Field = "content"
	Channel  Field = "channel" // group of channels: "Paid Search"
	Traffic  Field = "traffic" // the type of traffic, whoever pays: "search"
	Country  Field = "country" // ISO 3166
	Region   Field = "region"  // ISO 3166-2, or the area code that numbers of it have: "495"
	City     Field = "city"
	Language Field = "language" // "uk", or "uk-UA"
	Device   Field = "device"   // desktop, mobile, tablet
	Address  Field = "ip"       // address or network, compared by In alone
	Custom   Field = "custom"   // a value that the site hands over, such as a cookie, by name
)

// Fields lists the fields.
var Fields = []Field{
	Entry, Host, Param, Referrer, Source, Medium, Campaign, Term, Content, Channel, Traffic, Country, Region, City, Language, Device, Address, Custom,
}

// named are the fields of which a visit has several, by name.
func (f Field) named() bool { return f == Param || f == Custom }

// Op is how a condition compares. Letters are compared without their case (Rule C-62).
type Op string

// The comparisons.
const (
	Is       Op = "is"
	Contains Op = "contains"
	Begins   Op = "begins"
	Ends     Op = "ends"
	Matches  Op = "matches" // "*" stands for any text: "/catalog/*/tea"
	Present  Op = "present" // there is a value, whichever
	In       Op = "in"      // an address in one of the networks: "203.0.113.0/24"
)

// Ops lists the comparisons.
var Ops = []Op{Is, Contains, Begins, Ends, Matches, Present, In}
