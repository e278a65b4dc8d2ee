package dialplan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bellwether/internal/dialplan"
)

// drop is a reducer that forgets some effects.
func drop[E dialplan.Effect](which func(E) bool) func(stepper) stepper {
	return altered(func(e E) []dialplan.Effect {
		if which == nil || which(e) {
			return nil
		}
		return []dialplan.Effect{e}
	})
}

// twice is one that asks for some effects twice.
func twice[E dialplan.Effect]() func(stepper) stepper {
	return altered(func(e E) []dialplan.Effect { return []dialplan.Effect{e, e} })
}

// altered is one whose effects of one type are others.
func altered[E dialplan.Effect](change func(E) []dialplan.Effect) func(stepper) stepper {
	return func(step stepper) stepper {
		return func(s dialplan.State, at time.Time, e dialplan.Event) (dialplan.State, []dialplan.Effect) {
			s, effects := step(s, at, e)
			var all []dialplan.Effect
			for _, effect := range effects {
				if one, ok := effect.(E); ok {
					all = append(all, change(one)...)
				} else {
					all = append(all, effect)
				}
			}
			return s, all
		}
	}
}

// deaf is one that does not hear of some events.
func deaf[E dialplan.Event](which func(dialplan.State, E) bool) func(stepper) stepper {
	return func(step stepper) stepper {
		return func(s dialplan.State, at time.Time, e dialplan.Event) (dialplan.State, []dialplan.Effect) {
			if one, ok := e.(E); ok && (which == nil || which(s, one)) {
				return s, nil
			}
			return step(s, at, e)
		}
	}
}

// misled is one to which some events or states are told otherwise.
func misled[E dialplan.Event](change func(*dialplan.State, E) dialplan.Event) func(stepper) stepper {
	return func(step stepper) stepper {
		return func(s dialplan.State, at time.Time, e dialplan.Event) (dialplan.State, []dialplan.Effect) {
			if one, ok := e.(E); ok {
				s.Legs = slices.Clone(s.Legs)
				s.Timers = slices.Clone(s.Timers)
				e = change(&s, one)
			}
			return step(s, at, e)
		}
	}
}

// after is one that spoils the state behind each step.
func after(spoil func(*dialplan.State)) func(stepper) stepper {
	return func(step stepper) stepper {
		return func(s dialplan.State, at time.Time, e dialplan.Event) (dialplan.State, []dialplan.Effect) {
			s, effects := step(s, at, e)
			spoil(&s)
			return s, effects
		}
	}
}

func ended(s dialplan.State, id dialplan.LegID) bool {
	return int(id) <= len(s.Legs) && s.Legs[id-1].State == dialplan.LegEnded
}

func leaving(s dialplan.State, id dialplan.LegID) bool {
	return int(id) <= len(s.Legs) && s.Legs[id-1].State == dialplan.LegLeaving
}

// faults are mistakes that somebody could make in the reducer or in what carries it out. The worlds find each.
var faults = map[string]func(stepper) stepper{
	"a leg is never settled":                 drop[dialplan.Settle](nil),
	"a leg nobody answered is never settled": drop(func(e dialplan.Settle) bool { return e.AnsweredAt.IsZero() }),
	"a leg is settled twice":                 twice[dialplan.Settle](),
	"a leg nobody answered is charged": altered(func(e dialplan.Settle) []dialplan.Effect {
		e.AnsweredAt = e.EndedAt
		return []dialplan.Effect{e}
	}),
	"ringing is charged": altered(func(e dialplan.Settle) []dialplan.Effect {
		if !e.AnsweredAt.IsZero() {
			e.AnsweredAt = e.AnsweredAt.Add(-time.Second)
		}
		return []dialplan.Effect{e}
	}),
	"money that comes too late is kept": deaf(func(s dialplan.State, e dialplan.Authorised) bool { return ended(s, e.Leg) }),
	"a refused leg is dialled":          misled(func(_ *dialplan.State, e dialplan.Refused) dialplan.Event { return dialplan.Authorised{Leg: e.Leg} }),
	"nobody waits for the money": altered(func(e dialplan.Authorise) []dialplan.Effect {
		return []dialplan.Effect{e, dialplan.Dial{Leg: e.Leg, To: e.To, Seconds: 20}}
	}),
	"an emergency call is refused": misled(func(s *dialplan.State, e dialplan.Refused) dialplan.Event {
		if s.Emergency {
			return dialplan.Stop{}
		}
		return e
	}),
	"funds end and the talk goes on": deaf[dialplan.FundsCut](nil),
	"nobody is warned":               deaf[dialplan.FundsLow](nil),
	"a client is dialled before both sides are paid": after(func(s *dialplan.State) {
		s.Attempts = slices.Clone(s.Attempts)
		for i := range s.Attempts {
			s.Attempts[i].Held = false
		}
	}),
	"timers are not stopped":   drop[dialplan.StopTimer](nil),
	"timers are started twice": twice[dialplan.StartTimer](),
	"a timer that was stopped is believed": misled(func(s *dialplan.State, e dialplan.TimedOut) dialplan.Event {
		if !slices.Contains(s.Timers, e.Timer) {
			s.Timers = append(s.Timers, e.Timer)
		}
		return e
	}),
	"a prompt that was cut short is believed": misled(func(s *dialplan.State, e dialplan.Played) dialplan.Event {
		if int(e.Leg) <= len(s.Legs) && s.Legs[e.Leg-1].State == dialplan.LegUp {
			s.Legs[e.Leg-1].Playing = e.Serial
		}
		return e
	}),
	"an answer that crosses a cancel is not hung up": deaf(func(s dialplan.State, e dialplan.Answered) bool { return leaving(s, e.Leg) }),
	"the second answer is taken too": misled(func(s *dialplan.State, e dialplan.Answered) dialplan.Event {
		if leaving(*s, e.Leg) {
			s.Legs[e.Leg-1].State = dialplan.LegRinging
		}
		return e
	}),
	"legs are not hung up":                  drop[dialplan.Bye](nil),
	"legs are hung up twice":                twice[dialplan.Bye](),
	"legs are not cancelled":                drop[dialplan.Cancel](nil),
	"callers are not rejected":              drop[dialplan.Reject](nil),
	"callers are answered twice":            twice[dialplan.Answer](),
	"callers are connected unanswered":      drop[dialplan.Answer](nil),
	"a leg is dialled twice":                twice[dialplan.Dial](),
	"the end of a leg we hung up is missed": deaf(func(s dialplan.State, e dialplan.Ended) bool { return leaving(s, e.Leg) }),
	"the caller's number is shown outside": altered(func(e dialplan.Dial) []dialplan.Effect {
		e.Shown = e.Caller
		return []dialplan.Effect{e}
	}),
	"a leg is in two bridges":     drop[dialplan.Disconnect](nil),
	"legs are connected twice":    twice[dialplan.Connect](),
	"music goes on over the talk": drop[dialplan.Quiet](nil),
	"an offer is not answered":    drop[dialplan.AnswerOffer](nil),
	"an offer is answered twice":  twice[dialplan.AnswerOffer](),
	"a caller stays in the queue": drop[dialplan.LeaveQueue](nil),
	"a recording is not stopped":  drop[dialplan.StopRecording](nil),
	"a recording without consent": after(func(s *dialplan.State) { s.MayRecord = true }),
	"a voicemail is not closed":   drop[dialplan.EndMessage](nil),
	"a blocked caller rings": misled(func(_ *dialplan.State, e dialplan.Arrived) dialplan.Event {
		e.Blocked = ""
		return e
	}),
	"a leg is handed over and kept":         drop[dialplan.HandOver](nil),
	"colleagues are let go with the client": drop[dialplan.GoOn](nil),
	"there is no result":                    drop[dialplan.Finish](nil),
	"there are two results":                 twice[dialplan.Finish](),
	"the result comes before the end": func(step stepper) stepper {
		return func(s dialplan.State, at time.Time, e dialplan.Event) (dialplan.State, []dialplan.Effect) {
			before := s.Phase
			s, effects := step(s, at, e)
			effects = slices.DeleteFunc(effects, func(e dialplan.Effect) bool { _, ok := e.(dialplan.Finish); return ok })
			if before != s.Phase && s.Phase == dialplan.PhaseEnding {
				effects = append(effects, dialplan.Finish{Result: s.Result})
			}
			return s, effects
		}
	},
	"a call nobody took counts as answered": altered(func(e dialplan.Finish) []dialplan.Effect {
		if e.Result.Status == dialplan.StatusNoAnswer {
			e.Result.Status = dialplan.StatusAnswered
		}
		return []dialplan.Effect{e}
	}),
	"talk begins with the ringing": altered(func(e dialplan.Finish) []dialplan.Effect {
		e.Result.TalkSeconds += e.Result.WaitSeconds
		return []dialplan.Effect{e}
	}),
	"the state given is changed": func(step stepper) stepper {
		return func(s dialplan.State, at time.Time, e dialplan.Event) (dialplan.State, []dialplan.Effect) {
			next, effects := step(s, at, e)
			if len(s.Legs) > 0 {
				s.Legs[0].Alerted = !s.Legs[0].Alerted
			}
			return next, effects
		}
	},
}

// The worlds are worth something: each fault breaks one of them.
func TestWorldsFindFaults(t *testing.T) {
	t.Parallel()
	const enough = 10_000
	all := calls(t)
	for name, fault := range faults {
		if _, broken := search(all, enough, fearless(fault(dialplan.Step))); broken == "" {
			t.Errorf("%d worlds do not find that %s", enough, name)
		} else {
			t.Logf("%s: %s", name, broken)
		}
	}
}

// fearless is a reducer whose panic is a broken promise rather than the end of the test.
func fearless(step stepper) stepper {
	return func(s dialplan.State, at time.Time, e dialplan.Event) (next dialplan.State, effects []dialplan.Effect) {
		defer func() {
			if cause := recover(); cause != nil {
				next, effects = s, []dialplan.Effect{dialplan.Note{Reason: dialplan.Reason{Params: map[string]string{"panic": fmt.Sprint(cause)}}}}
			}
		}()
		return step(s, at, e)
	}
}
