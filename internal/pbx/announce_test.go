package pbx_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/media/audio"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
)

// Rule T-20: whoever could be told of no recording is not recorded; once the machine can speak, the next caller is.
func TestNotToldIsNotRecorded(t *testing.T) {
	t.Parallel()
	var mute atomic.Bool
	h := newHouse(t, "1000", func(h *house) {
		h.speak = func(context.Context, string, string) (*audio.Clip, error) {
			if mute.Load() {
				return nil, errors.New("no voice is installed")
			}
			return audio.Beep, nil
		}
	})
	h.settings(func(s *routing.Settings) { s.Recording.Mode = dialplan.RecordAnnounce })
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	for _, told := range []bool{false, true} {
		mute.Store(!told)
		at, desk := h.voice(400), h.voice(900)
		olena.Does(takes(desk))
		c := h.calls(at)
		at.Hear(900)
		desk.Hear(400)
		h.talks()
		c.Hangup(sip.Normal)
		d := h.logged()
		if recorded := len(d.Recordings) == 1; d.Status != call.Answered || recorded != told {
			t.Errorf("told %t: %+v", told, d.Recordings)
		}
		if told && d.Recordings[0].Consent != call.ConsentAnnounced {
			t.Errorf("kept as %s", d.Recordings[0].Consent)
		}
	}
}
