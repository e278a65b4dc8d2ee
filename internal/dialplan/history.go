package dialplan

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Happened is an event, and when it happened. A call's history is a list of them; what it led to is not kept, for Step says it again.
type Happened struct {
	At    time.Time
	Event Event
}

// kinds names the events in a history. A name is never given to another event.
var kinds = map[string]Event{
	"arrived": Arrived{}, "rings": Rings{}, "early": Early{}, "answered": Answered{}, "ended": Ended{}, "joined": Joined{}, "pressed": Pressed{},
	"played": Played{}, "timed_out": TimedOut{}, "authorised": Authorised{}, "refused": Refused{}, "funds_low": FundsLow{}, "funds_cut": FundsCut{},
	"queued": Queued{}, "queue_full": QueueFull{}, "offered": Offered{}, "transfer": Transfer{}, "consult": Consult{},
	"complete_transfer": CompleteTransfer{}, "cancel_consult": CancelConsult{}, "merge": Merge{}, "give_away": GiveAway{}, "received": Received{},
	"replaced": Replaced{}, "hold": Hold{}, "resume": Resume{}, "park": Park{}, "supervise": Supervise{}, "stop": Stop{},
	"take": Take{}, "code_found": CodeFound{}, "owner_said": OwnerSaid{},
}

var kindNames = func() map[reflect.Type]string {
	names := map[reflect.Type]string{}
	for name, e := range kinds {
		names[reflect.TypeOf(e)] = name
	}
	return names
}()

// Kind is the event's name in a history ("timed_out").
func (h Happened) Kind() string { return kindNames[reflect.TypeOf(h.Event)] }

// MarshalJSON writes [nanoseconds since 1970, kind, event]: a minute of talk has some twenty of them, and each is kept.
func (h Happened) MarshalJSON() ([]byte, error) {
	if h.Kind() == "" {
		return nil, fmt.Errorf("an event of a call has no name: %T", h.Event)
	}
	return json.Marshal([]any{h.At.UnixNano(), h.Kind(), h.Event})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (h *Happened) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return err
	}
	const fields = 3
	var at int64
	var kind string
	if len(parts) != fields {
		return fmt.Errorf("an event of a call has %d parts, not %d", len(parts), fields)
	}
	if err := json.Unmarshal(parts[0], &at); err != nil {
		return err
	}
	if err := json.Unmarshal(parts[1], &kind); err != nil {
		return err
	}
	zero, known := kinds[kind]
	if !known {
		return fmt.Errorf("no event of a call is called %.40q", kind)
	}
	event := reflect.New(reflect.TypeOf(zero))
	if err := json.Unmarshal(parts[2], event.Interface()); err != nil {
		return err
	}
	h.At, h.Event = time.Unix(0, at).UTC(), event.Elem().Interface().(Event)
	return nil
}

// Basis is what the arrivals of a project's calls share until somebody changes it: it is kept once for all of them.
type Basis struct {
	Country  string         `json:"country"`
	Own      []string       `json:"own,omitempty"`
	Scheme   RoutingScheme  `json:"scheme"`
	Closed   *RoutingScheme `json:"closed,omitempty"`
	Settings Settings       `json:"settings"`
	Staff    Staff          `json:"staff,omitempty"`
}

// Split takes the basis out of an arrival.
func (a Arrived) Split() (Arrived, Basis) {
	b := Basis{a.Country, a.Own, a.Scheme, a.Closed, a.Settings, a.Staff}
	a.Country, a.Own, a.Scheme, a.Closed, a.Settings, a.Staff = "", nil, RoutingScheme{}, nil, Settings{}, nil
	return a, b
}

// On puts an arrival back on its basis.
func (a Arrived) On(b Basis) Arrived {
	a.Country, a.Own, a.Scheme, a.Closed, a.Settings, a.Staff = b.Country, b.Own, b.Scheme, b.Closed, b.Settings, b.Staff
	return a
}

// Lived is an event of a call that was lived through again, with what it led to.
type Lived struct {
	Happened
	Effects []Effect
	State   State // behind it
}

// Replay lives through a history again (Rule T-116): each event with the effects that it had.
func Replay(history []Happened) []Lived {
	lived := make([]Lived, len(history))
	var state State
	for i, h := range history {
		next, effects := Step(state, h.At, h.Event)
		state, lived[i] = next, Lived{h, effects, next}
	}
	return lived
}

// EffectKind is an effect's name as a replay tells it ("start_timer").
func EffectKind(e Effect) string {
	var name []byte
	for i, letter := range []byte(reflect.TypeOf(e).Name()) {
		if letter >= 'A' && letter <= 'Z' {
			if i > 0 {
				name = append(name, '_')
			}
			letter += 'a' - 'A'
		}
		name = append(name, letter)
	}
	return string(name)
}
