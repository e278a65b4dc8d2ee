package dialplan

import "strconv"

// mostVisits bounds how many steps a call enters: a scheme may lead back, a call must end (Rule T-08).
const mostVisits = 50

// enter enters a step.
func (r *run) enter(id string) {
	scheme := r.scheme()
	if id == End && scheme.Reserve != "" && !r.Reserve {
		r.Reserve = true
		r.note("step.reserve")
		id = scheme.Reserve
	}
	step := scheme.step(id)
	if step == nil {
		r.end(r.unanswered(), reason("call.nobody"))
		return
	}
	if r.Visits++; r.Visits > mostVisits {
		r.end(CauseNoAnswer, reason("call.going_round", "steps", strconv.Itoa(mostVisits)))
		return
	}
	r.At, r.Turn = id, nil
	r.note("step.enter", "step", id, "kind", step.Kind(), "name", step.Name)
	if step.Ring != nil {
		r.enterRing(step.Ring)
		return
	}
	if r.Near == 0 {
		r.enterAlone()
		return
	}
	r.enterListening(step)
}

// enterAlone is at a step that somebody must listen to, while nobody does: it waits for a client who is called first, else it
// is passed over.
func (r *run) enterAlone() {
	if r.Call.ClientFirst {
		r.Pending = true
		r.proceed()
		return
	}
	r.note("step.skipped", "step", r.At)
	r.next()
}

func (r *run) enterListening(step *RouteStep) {
	switch {
	case step.Menu != nil:
		r.answer(r.Near)
		r.Menu = &choosing{}
		r.play(r.Near, Sound{Kind: Prompt, Name: step.Menu.Prompt})
	case step.Queue != nil:
		r.enterQueue(step.Queue)
	case step.Say != nil:
		r.answer(r.Near)
		r.play(r.Near, Sound{Kind: Prompt, Name: step.Say.Prompt})
	case step.Voicemail != nil:
		r.enterVoicemail(step.Voicemail)
	case step.HangUp != nil && step.HangUp.Prompt != "":
		r.answer(r.Near)
		r.Farewell = "call.scheme_ends"
		r.play(r.Near, Sound{Kind: Prompt, Name: step.HangUp.Prompt})
	case step.HangUp != nil && step.HangUp.Busy:
		r.end(CauseBusy, reason("call.scheme_ends"))
	case step.Code != nil:
		r.enterCode(step.Code)
	default:
		r.end(r.unanswered(), reason("call.scheme_ends"))
	}
}

// unanswered is why a call ends that nobody took: busy, where everybody who was rung was.
func (r *run) unanswered() Cause {
	if r.Tried > 0 && r.Busy == r.Tried {
		return CauseBusy
	}
	return CauseNoAnswer
}

// next goes on behind the step.
func (r *run) next() {
	r.quiet(r.Near)
	r.enter(r.scheme().after(r.At))
}

func (r *run) enterRing(ring *Ring) {
	r.Turn = r.Call.Staff.parties(ring.Targets)
	if len(r.Turn) == 0 {
		r.note("step.nobody", "step", r.At)
	}
	r.ringNext()
}

// ringNext rings who is next in the step: one after the other, or all that are left together.
func (r *run) ringNext() {
	if len(r.Turn) == 0 {
		r.next()
		return
	}
	rings, music, group := extensionSeconds, "", r.Turn[:1]
	if ring := r.scheme().step(r.At).Ring; ring != nil {
		rings, music = ring.Seconds, ring.Music
		if ring.Order == Together {
			group = r.Turn
		} else if group[0].Seconds > 0 {
			rings = group[0].Seconds
		}
	}
	r.Turn = r.Turn[len(group):]
	r.comfort(r.Near, music)
	r.ring(Attempt{For: ForStep, Seconds: rings, Held: r.holding()}, group)
	r.proceed()
}

// played goes on where a prompt came to its end.
func (r *run) played(e Played) {
	id, l := e.Leg, r.leg(e.Leg)
	if !l.live() || e.Serial == 0 || l.Playing != e.Serial {
		return
	}
	l.Playing = 0
	switch {
	case id == r.Consenting && e.Unheard: // who was told nothing is not recorded
		r.consented(false)
	case id == r.Consenting:
		r.consentPlayed()
	case id != r.Near || r.Phase != PhaseRoute:
	case r.Farewell != "":
		r.end(CauseNormal, reason(r.Farewell))
	case r.Menu != nil:
		r.menuPlayed()
	case r.Asking != nil:
		r.codePlayed()
	case r.Waiting != nil:
		r.queueMusic()
	case r.Message != nil:
		r.takeMessage()
	case r.scheme().step(r.At).Say != nil:
		r.next()
	}
}

// pressed takes a key.
func (r *run) pressed(id LegID, key string) {
	if l := r.leg(id); !l.up() || len(key) != 1 {
		return
	}
	switch {
	case id == r.Consenting:
		r.consented(key == r.Call.Settings.Recording.yes())
	case id != r.Near || r.Phase != PhaseRoute:
	case r.Menu != nil:
		r.menuKey(key)
	case r.Asking != nil:
		r.codeKey(key)
	case r.Waiting != nil:
		r.queueKey(key)
	case r.Message != nil && !r.Message.Since.IsZero() && key == "#":
		r.messageDone()
	}
}
