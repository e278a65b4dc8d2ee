package pbx_test

import (
	"os"
	"path/filepath"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/spoken"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// Rule T-20: whoever could not be told of the recording is not recorded; once they can be, the next caller is.
func TestNotToldIsNotRecorded(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	prompt := h.prompt()
	h.settings(func(s *routing.Settings) {
		s.Recording = dialplan.Recording{Mode: dialplan.RecordAnnounce, Prompt: prompt}
	})
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	files, err := filepath.Glob(filepath.Join(h.folder, "prompts", "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal("where is the prompt?", files, err)
	}
	for _, told := range []bool{false, true} {
		from, to := files[0], files[0]+".gone"
		if told {
			from, to = to, from
		}
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
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

// hears waits until somebody has heard words, each recorded by itself, in this order.
func (h *house) hears(v *mediatest.Peer, words ...string) {
	h.Helper()
	var clips []*audio.Clip
	for _, word := range words {
		clips = append(clips, spoken.Clip("uk", word))
	}
	h.until("words are heard", func() bool { return v.HasHeard(clips...) })
}

// Rules T-20 and T-30: what the program says by itself is heard, without any voice on the machine.
func TestBuiltInPrompts(t *testing.T) {
	t.Parallel()
	for word, mode := range map[string]dialplan.RecordingMode{spoken.Recorded: dialplan.RecordAnnounce, spoken.Consent: dialplan.RecordConsent, spoken.Voicemail: dialplan.RecordOff} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "1000")
			h.settings(func(s *routing.Settings) { s.Recording.Mode = mode })
			h.route(dialplan.RouteStep{ID: "vm", Voicemail: &dialplan.Voicemail{MaxSeconds: 60}})
			at := h.voice(400)
			c := h.calls(at)
			h.hears(at, word)
			c.Hangup(sip.Normal)
			h.logged()
		})
	}
}

// Rule T-16: a caller in a queue is told the place and the wait, word by word as it is said in the language.
func TestPlaceInAQueueIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(dialplan.RouteStep{ID: "q", Queue: &dialplan.Queue{
		Queue: "sales", Strategy: dialplan.LongestIdle, RingSeconds: 30, MaxWaitSeconds: 60, Targets: []dialplan.Target{{Employee: string(h.people["olena"].id)}},
		AnnounceEverySeconds: 15, SayPosition: true, SayWait: true,
	}})
	one, two, desk := h.voice(400), h.voice(700), h.voice(900)
	first := h.calls(one)
	h.talks() // for the shortest wait that is counted
	h.phone("olena", takes(desk))
	one.Hear(900)
	second := h.calls(two)
	three := h.voice(500)
	h.until("the second waits", func() bool { return h.pbx.Calls() == 2 })
	third := h.calls(three)
	h.hears(two, "you-are", "ordinal-1", "in-the-queue", "wait", "count-1", "minute-one")
	h.hears(three, "you-are", "ordinal-2", "in-the-queue", "wait", "count-1", "minute-one")
	for _, c := range []*siptest.PhoneCall{third, second, first} {
		c.Hangup(sip.Normal)
	}
	h.logged()
}
