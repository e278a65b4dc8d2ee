package sip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/sip/wire"
)

// Side says who did something.
type Side uint8

const (
	// Us: by a call of this package's user, or a timer of ours.
	Us Side = iota
	// Peer of the leg.
	Peer
)

func (s Side) String() string { return [...]string{"us", "peer"}[s] }

// Cause is why a leg ended, for the Reason header (RFC 3326) of BYE, CANCEL and refusals.
type Cause struct {
	SIP  int    // a SIP code, or 0
	Q850 int    // an ITU-T Q.850 cause, or 0: 16 normal clearing, 17 busy, 19 no answer
	Text string // one line for people
}

// Normal is the cause of a call that was simply ended.
var Normal = Cause{Q850: 16, Text: "Normal call clearing"}

func (c Cause) header() string {
	kind, code := "Q.850", c.Q850
	if code == 0 {
		kind, code = "SIP", c.SIP
	}
	if code == 0 {
		return ""
	}
	value := fmt.Sprintf("%s;cause=%d", kind, code)
	if text := printable(c.Text, 80); text != "" {
		value += `;text="` + strings.NewReplacer(`"`, "'", `\`, "/").Replace(text) + `"`
	}
	return value
}

// causeOf reads the Reason headers of a message.
func causeOf(m wire.Message) Cause {
	var c Cause
	for _, value := range wire.Values(m, "Reason") {
		kind, _, _ := strings.Cut(value, ";")
		text, _ := wire.Param(value, "cause")
		code, err := strconv.Atoi(text)
		if err != nil {
			continue
		}
		switch strings.ToUpper(strings.TrimSpace(kind)) {
		case "SIP":
			c.SIP = code
		case "Q.850":
			c.Q850 = code
		}
		if text, found := wire.Param(value, "text"); found {
			c.Text = printable(text, 80)
		}
	}
	return c
}

// Event is something that happened to a leg. A leg's last one is Refused, Ended or Lost, and it has one of them.
type Event interface{ event() }

// Events of a leg we dial.
type (
	// Trying says that the next hop has the call.
	Trying struct{}
	// Ringing says that somebody is alerted (180 to 182), without media.
	Ringing struct{ Code int }
	// EarlyMedia is media before the answer (18x with SDP). With forks there may be several; the last one counts.
	EarlyMedia struct {
		SDP  []byte
		Code int
	}
	// Answered says that the peer took the call. SDP is its answer, or its offer where Target.SDP was empty: then AnswerOffer goes on.
	// One that crossed our hanging up is followed by Ended at once.
	Answered struct{ SDP []byte }
	// Refused is the last event: a final response that is no 2xx. Contacts are the targets of a 3xx.
	Refused struct {
		Code     int
		Reason   string
		Cause    Cause
		Contacts []string
	}
)

// Events of a leg that was offered to us, and of any leg that is up.
type (
	// Confirmed says that our answer has reached the caller. SDP is the answer to our offer where the INVITE had none.
	Confirmed struct{ SDP []byte }
	// Reinvited is an offer of other media by the peer (re-INVITE, UPDATE): AnswerOffer or RefuseOffer. Empty SDP asks us for an offer.
	// Direction is the peer's: SendOnly and Inactive put us on hold, SendRecv takes us off.
	Reinvited struct {
		SDP       []byte
		Direction Direction
	}
	// Reanswered is the answer to an offer of ours in Reinvite.
	Reanswered struct{ SDP []byte }
	// Rejected says that an offer of ours in Reinvite was refused; what was agreed before stands.
	Rejected struct{ Code int }
	// Referred asks us to connect the peer elsewhere (RFC 3515): AcceptRefer, then Notify, or RefuseRefer. Replaces is the leg of
	// ours that the target is to take the place of in an attended transfer, nil in a blind one.
	Referred struct {
		Target   string // a SIP or tel URI
		User     string // its user part: the number
		Replaces *Leg
		By       string // Referred-By
	}
	// Transfer tells how a transfer that we asked for with Refer goes on; from 200 on it is over.
	Transfer struct{ Code int }
	// Info is a key pressed, sent in INFO (Digit 0-9 * # A-D), or another body.
	Info struct {
		Digit    byte
		Duration time.Duration
		Type     string
		Body     []byte
	}
	// Ended is the last event: BYE, CANCEL, or we hung up.
	Ended struct {
		By    Side
		Cause Cause
	}
	// Lost is the last event: the peer is silent, or its connection ended.
	Lost struct{ Err error }
)

func (Trying) event()     {}
func (Ringing) event()    {}
func (EarlyMedia) event() {}
func (Answered) event()   {}
func (Refused) event()    {}
func (Confirmed) event()  {}
func (Reinvited) event()  {}
func (Reanswered) event() {}
func (Rejected) event()   {}
func (Referred) event()   {}
func (Transfer) event()   {}
func (Info) event()       {}
func (Ended) event()      {}
func (Lost) event()       {}
