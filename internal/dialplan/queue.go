package dialplan

import (
	"strconv"
	"time"
)

// waiting is a caller in a queue.
type waiting struct {
	Ticket   int       `json:"ticket"`
	Queue    Queue     `json:"queue"`
	Since    time.Time `json:"since"`
	Position int       `json:"position,omitempty"`
	Expected int       `json:"expected,omitempty"` // seconds
	Offering bool      `json:"offering,omitempty"` // the callback was not said yet
}

func (r *run) enterQueue(q *Queue) {
	r.answer(r.Near)
	r.Serial++
	r.Waiting = &waiting{Ticket: r.Serial, Queue: *q, Since: r.at, Offering: q.Callback != nil}
	r.do(JoinQueue{Ticket: r.Serial, Queue: *q})
	r.start(timerWait, seconds(q.MaxWaitSeconds))
	switch {
	case q.Callback != nil && q.Callback.AfterSeconds == 0:
		r.tellPlace()
	case q.Callback != nil:
		r.start(timerPlace, seconds(q.Callback.AfterSeconds))
		r.queueMusic()
	default:
		r.again()
		r.queueMusic()
	}
}

func (r *run) queueMusic() { r.play(r.Near, Sound{Kind: Music, Name: r.Waiting.Queue.Music}) }

// again sets when the caller is told their place next.
func (r *run) again() {
	if every := r.Waiting.Queue.AnnounceEverySeconds; every > 0 {
		r.start(timerPlace, seconds(every))
	}
}

// tellPlace offers the callback once, and else says the place and the wait.
func (r *run) tellPlace() {
	w := r.Waiting
	r.again()
	if w.Offering {
		w.Offering = false
		r.play(r.Near, Sound{Kind: Prompt, Name: w.Queue.Callback.Prompt})
		return
	}
	params := map[string]string{}
	if w.Queue.SayPosition && w.Position > 0 {
		params["position"] = strconv.Itoa(w.Position)
	}
	if w.Queue.SayWait && w.Expected > 0 {
		params["wait_seconds"] = strconv.Itoa(w.Expected)
	}
	if len(params) > 0 {
		r.play(r.Near, Sound{Kind: Prompt, Name: "@place", Params: params})
	}
}

func (r *run) queued(e Queued) {
	if r.Waiting == nil || r.Waiting.Ticket != e.Ticket {
		return
	}
	if r.Waiting.Position == 0 {
		r.note("queue.joined", "queue", r.Waiting.Queue.Queue, "position", strconv.Itoa(e.Position))
	}
	r.Waiting.Position, r.Waiting.Expected = e.Position, e.WaitSeconds
}

func (r *run) queueFull(e QueueFull) {
	if r.Waiting == nil || r.Waiting.Ticket != e.Ticket {
		return
	}
	r.note("queue.full", "queue", r.Waiting.Queue.Queue)
	r.Waiting = nil
	r.cancel(timerWait)
	r.cancel(timerPlace)
	r.next()
}

// offered rings the employees a queue offers. Each offer is answered once (Rule T-16).
func (r *run) offered(e Offered) {
	var targets []Target
	for _, id := range e.Employees {
		targets = append(targets, Target{Employee: id})
	}
	parties := r.Call.Staff.parties(targets)
	if r.Waiting == nil || r.Waiting.Ticket != e.Ticket || len(parties) == 0 || r.attemptFor(ForQueue) != nil {
		r.do(AnswerOffer{Offer: e.Offer})
		return
	}
	r.note("queue.offered", "queue", r.Waiting.Queue.Queue, "employees", inOrder(append([]string(nil), e.Employees...)))
	r.ring(Attempt{For: ForQueue, Seconds: r.Waiting.Queue.RingSeconds, Offer: e.Offer}, parties)
}

// leaveQueue takes the caller out of the queue.
func (r *run) leaveQueue(callBack string) {
	if r.Waiting == nil {
		return
	}
	r.do(LeaveQueue{Ticket: r.Waiting.Ticket, Queue: r.Waiting.Queue.Queue, CallBack: callBack})
	r.Waiting = nil
	r.cancel(timerWait)
	r.cancel(timerPlace)
	if a := r.attemptFor(ForQueue); a != nil {
		offer := a.Offer
		r.over(a.ID, 0, CauseCancelled)
		r.do(AnswerOffer{Offer: offer})
	}
}

func (r *run) waitedTooLong() {
	r.note("queue.too_long", "queue", r.Waiting.Queue.Queue, "seconds", strconv.Itoa(r.Waiting.Queue.MaxWaitSeconds))
	r.leaveQueue("")
	r.next()
}

// queueKey lets the caller go who wants to be called back.
func (r *run) queueKey(key string) {
	c := r.Waiting.Queue.Callback
	if c == nil || key != c.Digit || r.Call.From == "" {
		return
	}
	r.note("queue.callback", "queue", r.Waiting.Queue.Queue)
	r.Result.CallBack = true
	r.leaveQueue(r.Call.From)
	if c.Done == "" {
		r.end(CauseNormal, reason("queue.callback"))
		return
	}
	r.Farewell = "queue.callback"
	r.play(r.Near, Sound{Kind: Prompt, Name: c.Done})
}
