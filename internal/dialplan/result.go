package dialplan

import "time"

// Status is how a call ended, or stands.
type Status string

// The statuses of calls that are over.
const (
	StatusAnswered       Status = "answered"
	StatusNoAnswer       Status = "no_answer"
	StatusBusy           Status = "busy"
	StatusFailed         Status = "failed"
	StatusVoicemail      Status = "voicemail"
	StatusWrongExtension Status = "wrong_extension"
	StatusClientNoAnswer Status = "client_no_answer"
	StatusForbidden      Status = "forbidden_destination"
	StatusBlocked        Status = "blocked" // the caller stands on the block list
)

// The statuses of calls that go on.
const (
	Calling    Status = "calling"
	InProgress Status = "in_progress"
)

// Result is what became of a call.
type Result struct {
	Status Status `json:"status"`
	Reason Reason `json:"reason"` // why it ended
	// Refusal is the code with which charging refused a leg last; empty where none was.
	Refusal string `json:"refusal,omitempty"`

	EndedAt        time.Time `json:"ended_at"`
	WaitSeconds    int64     `json:"wait_seconds"` // until somebody talked, or nobody did
	TalkSeconds    int64     `json:"talk_seconds"`
	MessageSeconds int64     `json:"message_seconds,omitempty"`

	Employees   []string `json:"employees,omitempty"` // who took part, in order
	RecordedLeg LegID    `json:"recorded_leg,omitempty"`
	EndedBy     LegID    `json:"ended_by,omitempty"` // who hung up first; 0 for us
	Cut         bool     `json:"cut,omitempty"`      // the funds ended
	CallBack    bool     `json:"call_back,omitempty"`
	AfterHours  bool     `json:"after_hours,omitempty"`
}

// outcome fills in the result as the call ends (Rule T-32).
func (r *run) outcome(cause Cause, why Reason) {
	res := &r.Result
	res.Reason, res.AfterHours = why, r.AfterHours
	res.WaitSeconds = int64(r.at.Sub(r.Began) / time.Second)
	if !r.TalkAt.IsZero() {
		res.WaitSeconds = int64(r.TalkAt.Sub(r.Began) / time.Second)
		res.TalkSeconds = int64(r.at.Sub(r.TalkAt) / time.Second)
	}
	res.Status = r.status(cause)
}

func (r *run) status(cause Cause) Status {
	inbound := r.Call.Kind == Inbound
	switch {
	case !r.TalkAt.IsZero():
		return StatusAnswered // the log says which of those are proper (Rule T-105)
	case inbound && r.Call.Blocked != "":
		return StatusBlocked
	case r.Message != nil && !r.Message.Since.IsZero() && r.at.Sub(r.Message.Since) >= seconds(ShortestMessage):
		return StatusVoicemail
	case r.WrongExtension:
		return StatusWrongExtension
	case !inbound && isForbidden(r.Result.Refusal):
		return StatusForbidden
	case cause == CauseForbidden || cause == CauseRejected || cause == CauseUnreachable || cause == CauseFunds || cause == CauseFull || cause == CauseFailed:
		return StatusFailed
	case r.calledBack() && r.employeeWasThere():
		return StatusClientNoAnswer
	case r.calledBack() && r.Call.ClientFirst && r.Near == 0:
		return StatusClientNoAnswer
	case cause == CauseCancelled:
		return StatusNoAnswer
	case cause == CauseBusy || r.Tried > 0 && r.Busy == r.Tried:
		return StatusBusy
	case r.Broken > 0 && r.Broken >= r.Tried:
		return StatusFailed
	}
	return StatusNoAnswer
}

func (r *run) calledBack() bool {
	return r.Call.Kind == Callback || r.Call.Kind == ClickToCall || r.Call.Kind == FromQueue
}

// employeeWasThere tells whether a call we began had reached an employee.
func (r *run) employeeWasThere() bool { return !r.Call.ClientFirst && r.Near != 0 }

// isMoney tells refusals for want of funds.
func isMoney(code string) bool {
	return code == "charging.no_funds" || code == "charging.day_limit" || code == "billing.suspended"
}

// isForbidden tells refusals of a destination from those of money.
func isForbidden(code string) bool {
	switch code {
	case "charging.bad_destination", "charging.country_forbidden", "charging.premium_forbidden", "charging.too_expensive",
		"rating.unknown_destination", "pricing.leg_not_sold", "routing.outgoing_off":
		return true
	}
	return false
}
