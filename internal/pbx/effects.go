package pbx

import (
	"time"

	"bellwether/internal/dialplan"
)

// carryOut does what dialplan asks for.
func (c *liveCall) carryOut(e dialplan.Effect) {
	switch e := e.(type) {
	case dialplan.Authorise:
		c.authorise(e)
	case dialplan.Settle:
		c.settle(e)
	case dialplan.StartTimer:
		c.timers[e.Timer] = time.AfterFunc(e.After, func() { c.tell(dialplan.TimedOut{Timer: e.Timer}) })
	case dialplan.StopTimer:
		if t := c.timers[e.Timer]; t != nil {
			t.Stop()
		}
		delete(c.timers, e.Timer)
	case dialplan.JoinQueue:
		c.pbx.queues.join(c, e)
	case dialplan.LeaveQueue:
		c.pbx.queues.leave(c, e)
	case dialplan.AnswerOffer:
		c.pbx.queues.answer(c, e)
	case dialplan.FindCode:
		c.findCode(e)
	case dialplan.AskOwner:
		c.askOwner()
	case dialplan.Note:
		c.note(e.Reason)
	case dialplan.Finish:
		c.over = true
	default:
		c.carryOutCall(e)
	}
}

// carryOutCall does what concerns dialogs.
func (c *liveCall) carryOutCall(e dialplan.Effect) {
	switch e := e.(type) {
	case dialplan.Dial:
		c.dial(e)
	case dialplan.Alert:
		if l := c.leg(e.Leg); l.in != nil {
			_ = l.in.Ring() // a caller who is gone is told of by its event
		}
	case dialplan.Answer:
		c.answer(e.Leg)
	case dialplan.Reject:
		c.reject(e)
	case dialplan.HandOver:
		c.handOver(e.Leg)
	case dialplan.GoOn:
		c.goOn(e)
	case dialplan.Cancel:
		c.hangUp(e.Leg, e.Cause)
	case dialplan.Bye:
		c.hangUp(e.Leg, e.Cause)
	default:
		c.carryOutAudio(e)
	}
}

// carryOutAudio does what concerns sound.
func (c *liveCall) carryOutAudio(e dialplan.Effect) {
	switch e := e.(type) {
	case dialplan.PassEarly:
		c.passEarly(e)
	case dialplan.Play:
		c.play(e)
	case dialplan.Quiet:
		if a := c.leg(e.Leg).audio(); a != nil {
			a.Stop()
		}
	case dialplan.Warn:
		c.warn(e.Leg)
	case dialplan.Connect:
		c.connect(e.Wire)
	case dialplan.Disconnect:
		c.disconnect(e.Room)
	case dialplan.Record:
		c.startTape(e.Leg)
	case dialplan.StopRecording:
		c.stopTape()
	case dialplan.TakeMessage:
		c.takeMessage(e)
	case dialplan.EndMessage:
		c.endMessage(e)
	}
}
