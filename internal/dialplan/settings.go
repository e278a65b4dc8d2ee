package dialplan

import "bellwether/internal/phone"

// Settings are what a project has decided about all its calls. The zero value does nothing special.
type Settings struct {
	LastAgent LastAgent `json:"last_agent"`
	// OwnerFirst sends a caller to the employee responsible for their open order first, where a CRM knows one (Rule T-05).
	OwnerFirst bool `json:"owner_first,omitempty"`
	// FirstSeconds is how long the last agent or the responsible rings before the scheme does; 0 for 20.
	FirstSeconds int `json:"first_seconds,omitempty"`

	Recording Recording `json:"recording"`

	CallerID phone.Number `json:"caller_id,omitempty"` // shown by calls of employees who have none; empty for the project's first
	// Fallback takes the calls of a suspended project; empty where there is none.
	Fallback phone.Number `json:"fallback,omitempty"`
}

// LastAgent sends a caller to the employee who called them last (Rule T-04).
type LastAgent struct {
	On            bool `json:"on,omitempty"`
	Answered      bool `json:"answered,omitempty"`       // also the employee who answered their last call
	Days          int  `json:"days,omitempty"`           // how many days back besides today; 0 to 365
	OnlyReturning bool `json:"only_returning,omitempty"` // only callers who have called before
}

// Recording says whether calls are recorded and what is said about it (Rule T-20).
type Recording struct {
	Mode   RecordingMode `json:"mode,omitempty"`
	Prompt string        `json:"prompt,omitempty"` // what announces it; empty for the built-in one
	Digit  string        `json:"digit,omitempty"`  // consents, in mode consent; empty for 1
}

// yes is the key that consents.
func (r Recording) yes() string {
	if r.Digit == "" {
		return "1"
	}
	return r.Digit
}

// RecordingMode says what must happen before a call is recorded.
type RecordingMode string

// The modes. With RecordConsent a caller who presses nothing within ConsentSeconds, or another digit, is not recorded.
const (
	RecordOff      RecordingMode = ""
	RecordSilently RecordingMode = "on"       // nothing is said: where the law allows it
	RecordAnnounce RecordingMode = "announce" // the prompt is played to the outside party, then it is recorded
	RecordConsent  RecordingMode = "consent"  // and only where they press the digit
)

// ConsentSeconds is how long consent to a recording is waited for after the prompt.
const ConsentSeconds = 5

// firstSeconds is how long the last agent rings where the settings do not say.
const firstSeconds = 20
