package dialplan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"bellwether/internal/dialplan"
)

// stepper is dialplan.Step, or a faulty one.
type stepper func(dialplan.State, time.Time, dialplan.Event) (dialplan.State, []dialplan.Effect)

// world is everything around one call: networks, carriers, phones, queues, people and money, on a clock of its own. It does at
// random what they may do, and watches that the call keeps its promises.
type world struct {
	random *rand.Rand
	step   stepper
	state  dialplan.State
	at     time.Time
	begin  time.Time
	due    []due
	order  int

	legs     map[dialplan.LegID]*wireLeg
	timers   map[dialplan.Timer]bool
	serials  map[int]bool
	wires    map[int]dialplan.Wire
	offers   map[int]int // answers to each
	ticket   int         // in the queue; 0 for none
	recorded map[dialplan.LegID]bool
	message  dialplan.LegID
	told     bool // the announcement of the recording was played
	agreed   bool
	owner    int  // how often a CRM was asked
	joined   bool // somebody heard somebody: a Connect
	finished int
	result   dialplan.Result
	call     dialplan.Arrived
	broken   string // the first promise that was not kept
	log      []string
	keep     bool // the log
	late     bool // duplicate and late events
}

// due is an event that will happen.
type due struct {
	at    time.Time
	order int
	event dialplan.Event // nil for a command of somebody, whatever comes to mind
}

// wireLeg is a leg as the network sees it.
type wireLeg struct {
	incoming, dialled, answered, ended, cancelled bool
	answeredAt                                    time.Time
	asked, granted, refused, settled              int
	free, leaving                                 bool
	playing                                       int
	to                                            dialplan.Endpoint
}

func newWorld(seed uint64, step stepper) *world {
	random := rand.New(rand.NewPCG(seed, 7))
	begin := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	return &world{
		random: random, step: step, at: begin, begin: begin, legs: map[dialplan.LegID]*wireLeg{}, timers: map[dialplan.Timer]bool{},
		serials: map[int]bool{}, wires: map[int]dialplan.Wire{}, offers: map[int]int{}, recorded: map[dialplan.LegID]bool{}, late: random.IntN(2) == 0,
	}
}

// live lives through one call, and gives the first promise that was broken; empty for none.
func (w *world) live(call dialplan.Arrived) string {
	w.call = call
	w.happen(call)
	w.fate()
	for range 5000 {
		if w.broken != "" || len(w.due) == 0 {
			break
		}
		i := 0
		for j := range w.due {
			if w.due[j].at.Before(w.due[i].at) || w.due[j].at.Equal(w.due[i].at) && w.due[j].order < w.due[i].order {
				i = j
			}
		}
		next := w.due[i]
		w.due = slices.Delete(w.due, i, i+1)
		w.at = next.at
		if next.event == nil {
			next.event = w.command()
		}
		if w.reaches(next.event) {
			w.happen(next.event)
		}
	}
	w.afterwards()
	return w.broken
}

// reaches tells whether an event still comes about, and what it means for the network.
func (w *world) reaches(e dialplan.Event) bool {
	switch e := e.(type) {
	case dialplan.Answered:
		l := w.legs[e.Leg]
		if l.answered || l.ended {
			return w.late && !l.ended // the same answer again
		}
		l.answered, l.answeredAt = true, w.at
		if w.random.IntN(3) > 0 {
			w.after(w.random.IntN(400), dialplan.Ended{Leg: e.Leg, Cause: dialplan.CauseNormal})
		}
		w.moneyRuns(e.Leg)
	case dialplan.Ended:
		l := w.legs[e.Leg]
		if l.ended {
			return w.late
		}
		if l.cancelled && l.answered && e.Cause == dialplan.CauseCancelled {
			return false // 200 OK crossed the CANCEL: only a BYE ends it now
		}
		l.ended = true
	case dialplan.Rings:
		l := w.legs[e.Leg]
		return !l.ended && !l.answered || w.late
	case dialplan.Played:
		l := w.legs[e.Leg]
		if l.playing != e.Serial {
			return w.late
		}
		l.playing = 0
	case dialplan.QueueFull:
		if w.ticket == e.Ticket {
			w.ticket = 0
		}
	case dialplan.TimedOut:
		if w.timers[e.Timer] {
			w.timers[e.Timer] = false
			return true
		}
		return w.late && w.random.IntN(4) == 0
	case dialplan.Joined, dialplan.Received, dialplan.Replaced:
		w.comesIn(e)
		return false
	case dialplan.Offered:
		if w.ticket != e.Ticket && w.random.IntN(4) > 0 || w.finished > 0 {
			return false
		}
		w.offers[e.Offer] = 0
	case dialplan.Authorised:
		w.legs[e.Leg].granted++
	case dialplan.Refused:
		w.legs[e.Leg].refused++
	}
	return true
}

// comesIn lets a leg come into the call from outside of it.
func (w *world) comesIn(e dialplan.Event) {
	if w.finished > 0 {
		return
	}
	next := w.state.NextLeg()
	switch e := e.(type) {
	case dialplan.Joined:
		e.Leg = next
		w.legs[next] = &wireLeg{incoming: true, free: true}
		w.happen(e)
	case dialplan.Replaced:
		e.Leg = next
		if w.random.IntN(2) == 0 { // somebody outside, and else an employee
			e.Employee = ""
		}
		if len(w.state.Parties) > 0 {
			e.In = w.state.Parties[w.random.IntN(len(w.state.Parties))].Leg
		}
		w.legs[next] = &wireLeg{incoming: true, free: e.Employee != ""}
		if w.random.IntN(3) == 0 { // it gives up
			w.after(w.random.IntN(30), dialplan.Ended{Leg: next, Cause: dialplan.CauseCancelled})
		}
		w.happen(e)
	case dialplan.Received:
		e.Leg, e.AnsweredAt = next, w.begin
		if len(w.state.Parties) > 0 {
			e.By = w.state.Parties[w.random.IntN(len(w.state.Parties))].Leg
		}
		w.legs[next] = &wireLeg{incoming: true, answered: true, answeredAt: w.begin, asked: 1, granted: 1}
		w.happen(e)
	}
}

func (w *world) happen(e dialplan.Event) {
	if w.keep {
		w.log = append(w.log, fmt.Sprintf("%6.1f %T%+v", w.at.Sub(w.begin).Seconds(), e, e))
		if _, ok := e.(dialplan.Arrived); ok {
			w.log[len(w.log)-1] = fmt.Sprintf("arrived %s client first %t", w.call.Kind, w.call.ClientFirst)
		}
	}
	look := w.random.IntN(200) == 0
	var before []byte
	if look {
		before, _ = json.Marshal(w.state)
	}
	state, effects := w.step(w.state, w.at, e)
	if look {
		w.lookAt(before, &state)
	}
	w.state = state
	w.answersMoney(e, effects)
	for _, effect := range effects {
		if w.keep {
			w.log = append(w.log, fmt.Sprintf("         -> %T%+v", effect, effect))
		}
		w.carryOut(effect)
	}
	for _, l := range w.state.Legs {
		if known := w.legs[l.ID]; l.State == dialplan.LegLeaving && !known.cancelled && !known.leaving {
			w.fail("leg %d leaves and does not know", l.ID)
		}
	}
}

// answersMoney sees that whoever runs out of funds is warned, then cut.
func (w *world) answersMoney(e dialplan.Event, effects []dialplan.Effect) {
	has := func(want func(dialplan.Effect) bool) bool { return slices.ContainsFunc(effects, want) }
	talks := func(id dialplan.LegID) bool {
		l := w.legs[id]
		return l != nil && l.answered && !l.ended && !l.leaving && !l.cancelled
	}
	switch e := e.(type) {
	case dialplan.FundsLow:
		if talks(e.Leg) && !has(func(f dialplan.Effect) bool { warn, ok := f.(dialplan.Warn); return ok && warn.Leg == e.Leg }) {
			w.fail("leg %d is not warned", e.Leg)
		}
	case dialplan.Refused:
		if w.emergency() && has(func(f dialplan.Effect) bool { _, over := f.(dialplan.Finish); return !over }) {
			w.fail("an emergency call is refused: %v", effects)
		}
	case dialplan.FundsCut:
		if talks(e.Leg) && !has(func(f dialplan.Effect) bool { bye, ok := f.(dialplan.Bye); return ok && bye.Leg == e.Leg }) {
			w.fail("leg %d talks on without funds", e.Leg)
		}
	}
}

// lookAt sees that the state given was not changed, and that the new one is data: read again it is the same.
func (w *world) lookAt(before []byte, state *dialplan.State) {
	if after, _ := json.Marshal(w.state); string(after) != string(before) {
		w.fail("Step changed the state it was given")
	}
	text, err := json.Marshal(state)
	if err != nil {
		w.fail("the state cannot be kept: %v", err)
		return
	}
	var again dialplan.State
	if err := json.Unmarshal(text, &again); err != nil {
		w.fail("the state cannot be read: %v", err)
		return
	}
	if second, _ := json.Marshal(again); string(second) != string(text) {
		w.fail("the state reads otherwise than it was written")
	}
	*state = again
}

func (w *world) fail(format string, args ...any) {
	if w.broken == "" {
		w.broken = fmt.Sprintf(format, args...)
		w.log = append(w.log, "BROKEN "+w.broken)
	}
}

func (w *world) after(tenths int, e dialplan.Event) {
	w.order++
	w.due = append(w.due, due{w.at.Add(time.Duration(tenths) * 100 * time.Millisecond), w.order, e})
	if w.late && w.random.IntN(8) == 0 {
		switch e.(type) {
		case nil, dialplan.Authorised, dialplan.Refused, dialplan.Joined, dialplan.Replaced, dialplan.Offered, dialplan.Arrived:
		default: // it is told twice
			w.due = append(w.due, due{w.at.Add(time.Duration(tenths+w.random.IntN(30)) * 100 * time.Millisecond), w.order, e})
		}
	}
}

// fate is what people will do, whatever comes.
func (w *world) fate() {
	n := w.random.IntN
	if w.call.Kind == dialplan.Inbound || w.call.Kind == dialplan.Outbound || w.call.Kind == dialplan.Internal {
		if n(2) == 0 {
			w.after(n(900), dialplan.Ended{Leg: 1, Cause: dialplan.CauseCancelled})
		}
	}
	for range n(7) {
		w.after(n(600), dialplan.Pressed{Leg: dialplan.LegID(1 + n(3)), Key: string(dialplan.Keys[n(len(dialplan.Keys))])})
	}
	for range n(6) {
		w.after(n(1000), nil)
	}
	if n(6) == 0 {
		w.after(n(900), dialplan.FundsLow{Leg: dialplan.LegID(1 + n(3))})
	}
	w.after(9000+n(9000), dialplan.Stop{}) // however it goes, somebody ends it
}

func (w *world) command() dialplan.Event {
	n := w.random.IntN
	by := dialplan.LegID(1 + n(4))
	if len(w.state.Parties) > 0 && n(4) > 0 {
		by = w.state.Parties[n(len(w.state.Parties))].Leg
	}
	if by == w.state.Consulted && n(3) > 0 {
		return []dialplan.Event{dialplan.CompleteTransfer{By: by}, dialplan.CancelConsult{By: by}, dialplan.Merge{By: by}}[n(3)]
	}
	to := []dialplan.Target{{Employee: "petro"}, {Phone: "+380671234567"}, {Employee: "nobody"}, {Department: "support"}}[n(4)]
	as := []dialplan.Joining{dialplan.AsListener, dialplan.AsWhisperer, dialplan.AsSpeaker, dialplan.AsPickup, dialplan.AsUnpark}[n(5)]
	switch n(18) {
	case 17:
		return dialplan.Take{Employee: []string{"iryna", "petro", "nobody"}[n(3)]}
	case 15, 16:
		return dialplan.Replaced{In: by, Employee: "petro"}
	case 13:
		return dialplan.GiveAway{By: by}
	case 14:
		return dialplan.Received{By: by, Role: dialplan.Inside, Employee: "petro", Charge: dialplan.ChargeForward}
	case 12:
		return dialplan.Stop{By: by}
	case 0, 1:
		return dialplan.Transfer{By: by, To: to}
	case 2, 3:
		return dialplan.Consult{By: by, To: to}
	case 4:
		return dialplan.CompleteTransfer{By: by}
	case 5:
		return dialplan.CancelConsult{By: by}
	case 6:
		return dialplan.Merge{By: by}
	case 7:
		return dialplan.Hold{By: by}
	case 8:
		return dialplan.Resume{By: by}
	case 9:
		return dialplan.Park{By: by}
	case 10:
		return dialplan.Supervise{Employee: "iryna", As: as}
	}
	return dialplan.Joined{Employee: "iryna", As: as}
}

// moneyRuns lets the funds of an answered leg end, now and then.
func (w *world) moneyRuns(leg dialplan.LegID) {
	if l := w.legs[leg]; l.free || w.random.IntN(6) > 0 {
		return
	}
	low := w.random.IntN(600)
	w.after(low, dialplan.FundsLow{Leg: leg})
	w.after(low+600, dialplan.FundsCut{Leg: leg})
}

// afterwards looks back at a call that should be over.
func (w *world) afterwards() {
	if w.broken != "" {
		return
	}
	if w.finished != 1 || w.state.Phase != dialplan.PhaseDone {
		w.fail("the call has %d results and is %q", w.finished, w.state.Phase)
	}
	for id, l := range w.legs {
		switch {
		case (l.dialled || l.incoming) && !l.ended:
			w.fail("leg %d goes on", id)
		case l.granted != l.settled:
			w.fail("leg %d was authorised %d times and settled %d times", id, l.granted, l.settled)
		}
	}
	w.left()
	w.statusFits()
}

// left finds what was left open.
func (w *world) left() {
	for offer, answers := range w.offers {
		if answers != 1 {
			w.fail("offer %d was answered %d times", offer, answers)
		}
	}
	if len(w.wires) > 0 || w.ticket != 0 || w.message != 0 {
		w.fail("left open: wires %v, ticket %d, message %d", w.wires, w.ticket, w.message)
	}
	for leg, on := range w.recorded {
		if on {
			w.fail("leg %d is still recorded", leg)
		}
	}
}

// statusFits compares the result with what was seen.
func (w *world) statusFits() {
	status := w.result.Status
	talked := status == dialplan.StatusAnswered
	if talked != w.joined {
		w.fail("status %s, though people talked: %t", status, w.joined)
	}
	if !talked && w.result.TalkSeconds != 0 || w.result.WaitSeconds < 0 || w.result.TalkSeconds < 0 {
		w.fail("status %s after %d s of waiting and %d s of talk", status, w.result.WaitSeconds, w.result.TalkSeconds)
	}
	if total := int64(w.result.EndedAt.Sub(w.begin) / time.Second); w.result.WaitSeconds+w.result.TalkSeconds > total {
		w.fail("waited %d s and talked %d s within %d s", w.result.WaitSeconds, w.result.TalkSeconds, total)
	}
	dialled := 0
	for _, l := range w.legs {
		if l.dialled {
			dialled++
		}
	}
	switch {
	case w.call.Blocked != "" && w.call.Kind == dialplan.Inbound && dialled > 0:
		w.fail("a blocked caller rang somebody")
	case (w.call.Blocked != "" && w.call.Kind == dialplan.Inbound) != (status == dialplan.StatusBlocked):
		w.fail("status %s of a caller for whom the block list says %q", status, w.call.Blocked)
	case w.emergency() && dialled == 0:
		w.fail("an emergency call was not dialled")
	}
}

// emergency tells whether the call is one that nothing may refuse.
func (w *world) emergency() bool { return w.call.Kind == dialplan.Outbound && w.call.To == "112" }
