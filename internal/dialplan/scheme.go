package dialplan

// Format is the version of the format of routing schemes that is written; it is the only one so far.
const Format = 1

// RoutingScheme says what happens to a call step by step (Rule T-01). It is data: kept as JSON, read by ReadScheme. A call
// enters the first step; a step that did not end it leads to its Next, else to the one below, and behind the last to
// Reserve, once, or to the end.
type RoutingScheme struct {
	Format int         `json:"format"`
	Steps  []RouteStep `json:"steps"`
	// Reserve is the step for calls that nobody answered in all the others; empty where there is none. It is left out
	// otherwise: no step leads down into it.
	Reserve string `json:"reserve,omitempty"`
}

// End is the Next of a step after which the call ends.
const End = "end"

// RouteStep is one step of a scheme. Exactly one of the kinds is set.
type RouteStep struct {
	ID   string `json:"id"`             // letters, digits, - and _; unique in the scheme
	Name string `json:"name,omitempty"` // for people
	Next string `json:"next,omitempty"` // the step for a call that this one did not end: empty for the one below, or End

	Ring      *Ring      `json:"ring,omitempty"`
	Menu      *IVRMenu   `json:"menu,omitempty"`
	Queue     *Queue     `json:"queue,omitempty"`
	Say       *Say       `json:"say,omitempty"`
	Voicemail *Voicemail `json:"voicemail,omitempty"`
	HangUp    *HangUp    `json:"hang_up,omitempty"`
	Code      *AskCode   `json:"code,omitempty"`
}

// Kind is the name of what the step does: "ring", "menu", "queue", "say", "voicemail", "hang_up" or "code"; empty where nothing is set.
func (s RouteStep) Kind() string {
	switch {
	case s.Ring != nil:
		return "ring"
	case s.Menu != nil:
		return "menu"
	case s.Queue != nil:
		return "queue"
	case s.Say != nil:
		return "say"
	case s.Voicemail != nil:
		return "voicemail"
	case s.HangUp != nil:
		return "hang_up"
	case s.Code != nil:
		return "code"
	}
	return ""
}

// Ring rings employees, departments, phones and SIP addresses.
type Ring struct {
	Order   Order    `json:"order"`
	Seconds int      `json:"seconds"` // how long each target rings in turn, or all of them together; 5 to 300
	Targets []Target `json:"targets"`
	Music   string   `json:"music,omitempty"` // what the caller hears meanwhile; empty for the ringing tone
}

// Order says how several targets ring.
type Order string

// The orders. In turn each target rings by itself; the contacts of one employee ring together.
const (
	InTurn   Order = "in_turn"
	Together Order = "together"
)

// Target is whom a step rings. Exactly one of the fields but Seconds is set.
type Target struct {
	Employee   string `json:"employee,omitempty"`   // id: all primary contacts ring
	Department string `json:"department,omitempty"` // id: everybody in it
	Phone      string `json:"phone,omitempty"`      // E.164 with '+'
	Account    string `json:"account,omitempty"`    // a SIP account of the project, by its name
	SIP        string `json:"sip,omitempty"`        // sip:user@host elsewhere
	Seconds    int    `json:"seconds,omitempty"`    // in turn: how long this one rings, where not as long as the others
}

// IVRMenu plays a prompt and does what is pressed.
type IVRMenu struct {
	Prompt         string            `json:"prompt"`
	Choices        map[string]string `json:"choices,omitempty"`    // digit, * or # to the id of a step
	Extensions     bool              `json:"extensions,omitempty"` // callers may dial an extension
	TimeoutSeconds int               `json:"timeout_seconds"`      // of silence after the prompt; 1 to 60
	Repeats        int               `json:"repeats,omitempty"`    // how often the prompt is played again; 0 to 10
	Wrong          string            `json:"wrong,omitempty"`      // the prompt for a wrong digit or extension; empty for the menu's own
}

// Strategy says whom a queue rings next.
type Strategy string

// The strategies of queues.
const (
	RingAll     Strategy = "all"          // everybody who is free
	RingInTurn  Strategy = "in_turn"      // the one after whoever was rung last
	LongestIdle Strategy = "longest_idle" // whose last call ended the longest ago
	FewestCalls Strategy = "fewest_calls" // who has taken the fewest calls today
	RingRandom  Strategy = "random"       // by lot
)

// Queue keeps callers waiting until somebody is free, first come first served.
type Queue struct {
	Queue          string   `json:"queue"` // its name: steps of several schemes may lead into one queue
	Strategy       Strategy `json:"strategy"`
	Targets        []Target `json:"targets"`      // employees and departments
	RingSeconds    int      `json:"ring_seconds"` // how long an employee rings before the next one does; 5 to 120
	RestSeconds    int      `json:"rest_seconds,omitempty"`
	Music          string   `json:"music,omitempty"`
	MaxWaitSeconds int      `json:"max_wait_seconds"`     // then the next step; 10 to 7200
	MaxLength      int      `json:"max_length,omitempty"` // callers waiting; one more goes to the next step at once; 0 for no bound

	AnnounceEverySeconds int            `json:"announce_every_seconds,omitempty"` // 0 for never, else 15 to 600
	SayPosition          bool           `json:"say_position,omitempty"`
	SayWait              bool           `json:"say_wait,omitempty"` // the expected wait
	Callback             *QueueCallback `json:"callback,omitempty"`
}

// QueueCallback offers the callers of a queue to be called back instead of waiting; they keep their place.
type QueueCallback struct {
	Digit        string `json:"digit"`
	Prompt       string `json:"prompt"`                  // says so
	AfterSeconds int    `json:"after_seconds,omitempty"` // of waiting, before it is said
	Done         string `json:"done,omitempty"`          // the prompt that confirms it
}

// Say plays a prompt and goes on.
type Say struct {
	Prompt string `json:"prompt"`
}

// Voicemail records a message.
type Voicemail struct {
	Greeting   string   `json:"greeting,omitempty"` // empty for the built-in one
	MaxSeconds int      `json:"max_seconds"`        // 10 to 600
	Emails     []string `json:"emails,omitempty"`
}

// HangUp ends the call.
type HangUp struct {
	Prompt string `json:"prompt,omitempty"` // played before
	Busy   bool   `json:"busy,omitempty"`   // a caller who has heard nothing yet gets the busy tone
}

// AskCode asks the caller for the code that the site shows them, and goes on, with a code or without (Rule T-124).
type AskCode struct {
	Prompt         string `json:"prompt,omitempty"` // empty for the built-in one
	Wrong          string `json:"wrong,omitempty"`  // the prompt after a code that nobody knows; empty for the built-in one
	Thanks         string `json:"thanks,omitempty"` // the prompt after one that is known; empty for none
	TimeoutSeconds int    `json:"timeout_seconds"`  // of silence after the prompt; 1 to 60
	Tries          int    `json:"tries"`            // how often a code may be keyed; 1 to 5
}

// step finds a step by its id; nil where there is none.
func (s *RoutingScheme) step(id string) *RouteStep {
	for i := range s.Steps {
		if s.Steps[i].ID == id {
			return &s.Steps[i]
		}
	}
	return nil
}

// after is the id of the step that follows one, or End.
func (s *RoutingScheme) after(id string) string {
	for i := range s.Steps {
		if s.Steps[i].ID != id {
			continue
		}
		if s.Steps[i].Next != "" {
			return s.Steps[i].Next
		}
		return s.from(i + 1)
	}
	return End
}

// from is the first step at or below a place that is not the reserve, or End.
func (s *RoutingScheme) from(i int) string {
	for ; i < len(s.Steps); i++ {
		if s.Steps[i].ID != s.Reserve {
			return s.Steps[i].ID
		}
	}
	return End
}
