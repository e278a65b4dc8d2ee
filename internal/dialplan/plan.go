package dialplan

import "time"

// Plan is what a project has decided about the calls to one of its numbers.
type Plan struct {
	Country  string         `json:"country"` // ISO 3166
	Own      []string       `json:"own"`     // all the project's numbers, E.164
	Scheme   RoutingScheme  `json:"scheme"`
	Closed   *RoutingScheme `json:"closed,omitempty"` // the after-hours scheme
	Hours    BusinessHours  `json:"hours"`
	Settings Settings       `json:"settings"`
	Staff    Staff          `json:"staff"`
}

// Asked is what came of asking a CRM which employee is responsible for a caller (Rule W-12).
type Asked string

// What can come of it. Where an employee was found, or nobody asked, there is nothing to say.
const (
	NotAsked     Asked = ""
	ToBeAsked    Asked = "ask"     // by the call itself: AskOwner
	WouldAsk     Asked = "asked"   // of a dry run, which asks nobody
	AskedNobody  Asked = "none"    // nobody is responsible
	AskedUnknown Asked = "unknown" // somebody who is no employee here
	AskedLate    Asked = "late"    // no answer in time
	AskedInVain  Asked = "failed"  // no answer, or a wrong one
)

// Caller is what is known about who calls.
type Caller struct {
	From      string     `json:"from,omitempty"` // E.164; empty where withheld
	Number    string     `json:"number"`         // the project's number that is called, E.164
	Blocked   string     `json:"blocked,omitempty"`
	Suspended bool       `json:"suspended,omitempty"`
	Full      bool       `json:"full,omitempty"` // all channels are in use
	Owner     string     `json:"owner,omitempty"`
	Asked     Asked      `json:"owner_asked,omitempty"` // what came of asking a CRM for them
	Past      []PastCall `json:"past,omitempty"`        // calls with the caller's number, for the last agent
}

// Inbound is the arrival of a caller at an instant: whether it is working time and who the last agent is are decided here,
// for real calls and for the dry run alike.
func (p Plan) Inbound(c Caller, at time.Time, zone *time.Location) Arrived {
	return Arrived{
		Kind: Inbound, From: c.From, Number: c.Number, Country: p.Country, Own: p.Own, Scheme: p.Scheme, Closed: p.Closed,
		Opening: p.Hours.At(at, zone), Settings: p.Settings, Staff: p.Staff, Blocked: c.Blocked, Suspended: c.Suspended, Full: c.Full,
		Owner: c.Owner, Asked: c.Asked, LastAgent: p.Settings.LastAgent.Find(c.Past, at, zone),
	}
}
