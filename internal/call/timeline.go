package call

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"bellwether/internal/store"
)

// Event is one thing that happened in a call, as data: the surfaces say it in the reader's language (Rule T-103).
type Event struct {
	At     time.Time         `json:"at"`
	Code   string            `json:"code"`             // one of Codes, or one that is shown as it is
	Params map[string]string `json:"params,omitempty"` // what the code needs: "name", "number", "seconds", "digit", ...
}

// The codes of events that surfaces have words for, and the params each needs. Numbers of clients do not stand in params:
// whom a leg rang is in the leg, named by "leg".
const (
	CameIn         = "came_in"         // number
	BeganOut       = "began_out"       // name
	AskedCallback  = "asked_callback"  // kind, name: of the employee of a click-to-call; seconds: of the promise
	Blocked        = "blocked"         //
	SchemeChosen   = "scheme"          // name, version
	OutOfHours     = "out_of_hours"    //
	LastAgent      = "last_agent"      // name
	OwnerFirst     = "owner_first"     // name
	CRMNobody      = "crm_nobody"      //
	CRMUnknown     = "crm_unknown"     //
	CRMFailed      = "crm_failed"      //
	StepBegan      = "step"            // step, seconds
	RingingLeg     = "ringing"         // leg, name
	DeclinedLeg    = "declined"        // leg, name, sip
	SilentLeg      = "silent"          // leg, name, seconds
	UnreachableLeg = "unreachable"     // leg, name, sip
	NoChannel      = "no_channel"      // leg, name: all channels that lead there are in use
	MenuPlayed     = "menu"            // name
	Digit          = "digit"           // digit
	WrongDigit     = "wrong_digit"     // digit
	KnownCode      = "code_known"      // digit: the code of the site that the caller keyed
	WrongCode      = "code_wrong"      // digit: one that no visit has
	NoCode         = "code_none"       //
	Queued         = "queued"          // name, position
	LeftQueue      = "left_queue"      // name, seconds
	AnsweredBy     = "answered_by"     // leg, name
	ClientAnswered = "client_answered" //
	Held           = "held"            // name
	Resumed        = "resumed"         // name
	Transferred    = "transferred"     // name; to: where it is known
	Consulted      = "consulted"       // name; to: where it is known
	ThreeTalk      = "three"           // name: who brought them together
	ClientLeft     = "client_left"     // the colleagues talk on
	TalkOn         = "talk_on"         // ... in this call
	Parked         = "parked"          // name
	Unparked       = "unparked"        // name
	PickedUp       = "picked_up"       // name: who took it from whom it rang for
	RingsBack      = "rings_back"      // name: at whom, for nobody took what was transferred or parked
	RecordingOn    = "recording"       // consent
	NoRecording    = "no_recording"    // nobody agreed, or the announcement was not heard out
	ToVoicemail    = "to_voicemail"    // name
	LeftVoicemail  = "left_voicemail"  // seconds
	FundsRefused   = "funds_refused"   // leg; code: why it may not be called, "charging.no_funds", "charging.country_forbidden", ...
	FundsWarned    = "funds_warned"    //
	FundsOut       = "funds_out"       //
	NodeLost       = "node_lost"       //
	HungUp         = "hung_up"         // by: client, staff, system; why: what dialplan says, "call.no_channel"
)

// Codes are all codes, in the order above.
var Codes = []string{
	CameIn, BeganOut, AskedCallback, Blocked, SchemeChosen, OutOfHours, LastAgent, OwnerFirst, CRMNobody, CRMUnknown, CRMFailed, StepBegan, RingingLeg, DeclinedLeg, SilentLeg, UnreachableLeg, NoChannel,
	MenuPlayed, Digit, WrongDigit, KnownCode, WrongCode, NoCode, Queued, LeftQueue, AnsweredBy, ClientAnswered, Held, Resumed, Transferred,
	Consulted, ThreeTalk, ClientLeft, TalkOn, Parked, Unparked, PickedUp, RingsBack, RecordingOn, NoRecording, ToVoicemail, LeftVoicemail,
	FundsRefused, FundsWarned, FundsOut, NodeLost, HungUp,
}

// putEvents adds what happened since the report before: seq is how many events were reported until then. Steps go with events: alone they
// wait for the next report.
func putEvents(ctx context.Context, tx *store.Tx, c Call, seq int, events []Event, steps Steps) error {
	if len(events) == 0 {
		return nil
	}
	text, err := json.Marshal(events)
	if err != nil {
		return err
	}
	kept, err := steps.text()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO call_timeline (project_id, call_id, seq, events, steps) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		string(c.Project), int64(c.ID), seq, string(text), kept)
	return err
}

// eventsOf is a call's timeline. A report may repeat the end of the one before, where the answer to that was lost.
func eventsOf(ctx context.Context, q store.Querier, c Call) (events []Event, err error) {
	return events, store.EachRow(ctx, q, `SELECT seq, events FROM call_timeline WHERE project_id = $1 AND call_id = $2 ORDER BY seq`,
		[]any{string(c.Project), int64(c.ID)}, func(rows *sql.Rows) error {
			var seq int
			var text string
			var part []Event
			if err := rows.Scan(&seq, &text); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(text), &part); err != nil {
				return err
			}
			for i := range part {
				part[i].At = part[i].At.UTC()
			}
			if known := len(events) - seq; known > 0 {
				part = part[min(known, len(part)):]
			}
			events = append(events, part...)
			return nil
		})
}
