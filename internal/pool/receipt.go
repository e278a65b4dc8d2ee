package pool

import "time"

// Call is what is known of a call when it comes in.
type Call struct {
	At     time.Time `json:"at"`
	Region string    `json:"region,omitempty"` // of the caller's number; empty where unknown
}

// Candidate is a visit that was shown the dialled number within a Window before the call, with what is known of it.
type Candidate struct {
	Visit  string    `json:"visit"`
	Source string    `json:"source"`           // where it came from; attributing a call means naming it
	From   time.Time `json:"from"`             // when the visit began
	Region string    `json:"region,omitempty"` // empty where unknown
	Facts
}

// Facts are what else speaks for a visit.
type Facts struct {
	Online     bool `json:"online,omitempty"`      // it is on the site now
	Contact    bool `json:"contact,omitempty"`     // it saw a page with contacts
	TelClick   bool `json:"tel_click,omitempty"`   // it tapped the number
	KnownPhone bool `json:"known_phone,omitempty"` // the visitor is known by the caller's number
	PromoCode  bool `json:"promo_code,omitempty"`  // the caller said this visit's code: certain (Rule C-16)
}

// Code names a reason.
type Code string

// The codes of reasons.
const (
	ReasonDelay       Code = "delay"
	ReasonOnline      Code = "online"
	ReasonContact     Code = "contact_page"
	ReasonTelClick    Code = "tel_click"
	ReasonSameRegion  Code = "same_region"
	ReasonOtherRegion Code = "other_region"
	ReasonKnownPhone  Code = "known_phone"
	ReasonPromoCode   Code = "promo_code"
)

// Reason is one thing that speaks for a candidate, or against it where its factor is below 1.
type Reason struct {
	Code    Code    `json:"code"`
	Factor  float64 `json:"factor"`            // 0 for the promo code, which is no matter of likelihood
	Seconds int64   `json:"seconds,omitempty"` // of a delay
	Region  string  `json:"region,omitempty"`  // of the visitor
}

// Scored is a candidate and how likely the call is theirs.
type Scored struct {
	Candidate
	Probability float64  `json:"probability"`
	Reasons     []Reason `json:"reasons"`
}

// Receipt is why a call was attributed as it was: all that went in, and what came out. It is never changed; Rescore makes another.
type Receipt struct {
	Weights    int      `json:"weights"`  // the version of the weights
	Revision   int      `json:"revision"` // 1, and one more each time the call is scored anew
	Call       Call     `json:"call"`
	Candidates []Scored `json:"candidates"`       // the most likely first
	Older      []int64  `json:"older,omitempty"`  // how many seconds ago the visits began that are not named
	Unknown    float64  `json:"unknown"`          // the probability that it was none of them
	Visit      string   `json:"visit,omitempty"`  // the answer; empty where no candidate is confident (Rule C-15)
	Source     string   `json:"source,omitempty"` // the answer; may be known where the visit is not
}
