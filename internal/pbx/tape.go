package pbx

import (
	"context"
	"os"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/store"
)

// tape is a recording that is being made.
type tape struct {
	recording *media.Recording
	path      string
	row       call.Recording
	outside   dialplan.LegID
	drop      bool // nobody said anything
}

// startTape records the party outside and whoever it hears.
func (c *liveCall) startTape(id dialplan.LegID) {
	c.tape = c.open(id, call.TalkRecording, c.partner(id))
}

// open begins a recording; nil where it cannot be made: the call goes on (Rule T-86).
func (c *liveCall) open(id dialplan.LegID, kind call.Kind, other *media.Leg) *tape {
	c.tapes++
	t := &tape{
		outside: id,
		row:     call.Recording{Call: c.ref, N: c.tapes, Kind: kind, State: call.Ready, StartedAt: c.pbx.Now(), Consent: consent(kind, &c.state)},
	}
	a := c.leg(id).audio()
	var err error
	t.path, err = c.pbx.Files.Incoming(t.row.IncomingName())
	if err == nil {
		t.recording, err = c.pbx.Media.Record(a, other, t.path, func(err error) { c.pbx.Log.Error("a recording failed", "call", c.ref.ID, "err", err) })
	}
	if err != nil {
		c.pbx.Log.Error("a call is not recorded", "call", c.ref.ID, "err", err)
		return nil
	}
	return t
}

// partner is the audio of the leg that one hears first; nil where it hears nobody.
func (c *liveCall) partner(id dialplan.LegID) *media.Leg {
	for _, w := range c.state.Wires {
		for _, part := range w.Parts {
			if part.Leg == id && len(part.Hears) > 0 {
				return c.leg(part.Hears[0]).audio()
			}
		}
	}
	return nil
}

// followTape records whoever the party outside hears now.
func (c *liveCall) followTape() {
	if c.tape != nil {
		c.tape.recording.Follow(c.leg(c.tape.outside).audio(), c.partner(c.tape.outside))
	}
}

func (c *liveCall) stopTape() {
	if c.tape != nil {
		c.keep(c.tape)
		c.tape = nil
	}
}

// takeMessage records what a caller says, behind a beep.
func (c *liveCall) takeMessage(e dialplan.TakeMessage) {
	if a := c.leg(e.Leg).audio(); a != nil {
		a.Play(audio.Beep, false)
	}
	if c.message = c.open(e.Leg, call.VoicemailRecording, nil); c.message == nil {
		return
	}
	ref, n, emails := c.ref, c.message.row.N, e.Emails
	c.journal.do(func(ctx context.Context, tx *store.Tx) error { return call.ExpectMessage(ctx, tx, ref, n, emails) })
}

func (c *liveCall) endMessage(e dialplan.EndMessage) {
	if c.message == nil {
		return
	}
	c.message.drop = !e.Keep
	c.keep(c.message)
	c.message = nil
}

// keep puts a recording that has ended in its place and into the log, beside the call.
func (c *liveCall) keep(t *tape) {
	done := t.recording.Stop()
	c.taping.Add(1)
	c.pbx.work.Go(func() {
		defer c.taping.Done()
		<-done
		if t.drop {
			if err := os.Remove(t.path); err != nil {
				c.pbx.Log.Error("an empty message stays", "path", t.path, "err", err)
			}
			c.journal.do(func(ctx context.Context, tx *store.Tx) error { return call.DropMessage(ctx, tx, c.ref, t.row.N) })
			return
		}
		var err error
		if t.row.Sound, err = c.pbx.Files.Store(c.ref.Project, t.path); err != nil {
			c.pbx.Log.Error("a recording is not kept", "call", c.ref.ID, "path", t.path, "err", err)
			return // call.Sweeper tries again
		}
		c.journal.put(entry{write: func(ctx context.Context, tx *store.Tx) error {
			if t.row.Kind == call.VoicemailRecording {
				return call.AddMessage(ctx, tx, t.row, c.pbx.Voicemail)
			}
			return call.AddRecording(ctx, tx, t.row)
		}, then: func() { c.kept(t) }})
	})
}

// kept lets go of the name under which a recording was made, now that it is in the log.
func (c *liveCall) kept(t *tape) {
	if err := call.Drop(t.path); err != nil {
		c.pbx.Log.Error("a recording is there twice", "call", c.ref.ID, "path", t.path, "err", err)
	}
}

// consent is what the parties were told, as the log keeps it: a talk is recorded only where they were told, or agreed, as the mode wants
// (Rule T-20). Whoever leaves a message was asked for no consent to a recording.
func consent(kind call.Kind, s *dialplan.State) call.Consent {
	if kind == call.VoicemailRecording {
		return call.ConsentOff
	}
	switch s.Call.Settings.Recording.Mode {
	case dialplan.RecordAnnounce:
		return call.ConsentAnnounced
	case dialplan.RecordConsent:
		return call.ConsentGiven
	}
	return call.ConsentOff
}
