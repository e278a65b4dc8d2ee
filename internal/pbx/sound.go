package pbx

import (
	"os"
	"strconv"
	"sync"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/spoken"
	"bellwether/internal/routing"
)

// clips are the sounds this node has read, by the hash of their file.
type clips struct {
	mu    sync.Mutex
	known map[string]*clip
}

// clip is a sound, or one that is being read.
type clip struct {
	once  sync.Once
	audio *audio.Clip
	err   error
}

// mostClips bounds the sounds that are kept: prompts of a few seconds, at 16 kB a second.
const mostClips = 500

// get reads a sound once, and gives it to all who want it. One that could not be read is tried again by the next who wants it.
func (s *clips) get(key string, read func() (*audio.Clip, error)) (*audio.Clip, error) {
	s.mu.Lock()
	entry := s.known[key]
	if entry == nil {
		for other := range s.known {
			if len(s.known) < mostClips {
				break
			}
			delete(s.known, other)
		}
		entry = &clip{}
		s.known[key] = entry
	}
	s.mu.Unlock()
	entry.once.Do(func() {
		if entry.audio, entry.err = read(); entry.err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.known[key] == entry {
				delete(s.known, key)
			}
		}
	})
	return entry.audio, entry.err
}

// voiceOf is the language that a project's callers are spoken to.
func voiceOf(plan *routing.Plan) string {
	switch plan.Project.Country {
	case "UA":
		return "uk"
	case "RU", "BY", "KZ":
		return "ru"
	}
	return "en"
}

// builtIn is a sound that the program has by itself; nil for all others.
func builtIn(sound dialplan.Sound, voice string) *audio.Clip {
	switch sound.Name {
	case "@recording":
		return spoken.Clip(voice, spoken.Recorded)
	case "@consent":
		return spoken.Clip(voice, spoken.Consent)
	case "@code":
		return spoken.Clip(voice, spoken.Code)
	case "@code_wrong":
		return spoken.Clip(voice, spoken.CodeWrong)
	case "@voicemail":
		return spoken.Clip(voice, spoken.Voicemail)
	case "@place":
		position, _ := strconv.Atoi(sound.Params["position"])    // what is not said is 0
		seconds, _ := strconv.Atoi(sound.Params["wait_seconds"]) // likewise
		return spoken.Place(voice, position, time.Duration(seconds)*time.Second)
	}
	return nil
}

// hum is the music of projects that have chosen none: two soft notes and a pause.
var hum = sync.OnceValue(func() *audio.Clip {
	return audio.Cadence(
		audio.Tone{Hz: []float64{440}, On: 600 * time.Millisecond, Off: 200 * time.Millisecond},
		audio.Tone{Hz: []float64{554.37}, On: 600 * time.Millisecond, Off: 3 * time.Second},
	)
})

// load gives what a sound is made of; nil where it cannot be read. It may take a while.
func (c *liveCall) load(sound dialplan.Sound) *audio.Clip {
	switch {
	case sound.Kind == dialplan.Ringing:
		return audio.Ringback
	case sound.Name == "" && sound.Kind == dialplan.Music:
		return hum()
	}
	got, err := c.read(sound)
	if err != nil {
		c.pbx.Log.Error("a sound cannot be played", "call", c.ref.ID, "sound", sound.Name, "err", err)
	}
	return got
}

// read reads a prompt of the project, or says a built-in one; nil where there is none of the name.
func (c *liveCall) read(sound dialplan.Sound) (*audio.Clip, error) {
	if prompt, ok := c.plan.Prompts[sound.Name]; ok {
		return c.pbx.clips.get(prompt.Hash, func() (*audio.Clip, error) { return readClip(c.pbx.Routing.Path(prompt)) })
	}
	if sound.Kind == dialplan.Prompt {
		return builtIn(sound, voiceOf(c.plan)), nil
	}
	return nil, nil
}

func readClip(path string) (*audio.Clip, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	return audio.Read(file)
}

// play plays a sound to a leg alone. What has to be read first is played once it is there, unless something else is by then.
func (c *liveCall) play(e dialplan.Play) {
	l := c.leg(e.Leg)
	c.openEarly(l)
	c.pbx.work.Go(func() {
		sound := c.load(e.Sound)
		c.post(func() { c.playNow(l, e, sound) })
	})
}

func (c *liveCall) playNow(l *leg, e dialplan.Play, sound *audio.Clip) {
	a := l.audio()
	switch {
	case c.state.Legs[l.id-1].Playing != e.Serial || a == nil:
	case sound != nil:
		l.plays[a.Play(sound, e.Sound.Kind != dialplan.Prompt)] = e.Serial
	case e.Sound.Kind == dialplan.Prompt: // a prompt that cannot be read must not keep the caller waiting
		a.Play(audio.Beep, false)
		c.step(dialplan.Played{Leg: l.id, Serial: e.Serial, Unheard: true})
	default:
		a.Play(hum(), true)
	}
}

// warn puts the warning tone over the talk.
func (c *liveCall) warn(id dialplan.LegID) {
	if a := c.leg(id).audio(); a != nil {
		a.Play(audio.Warning, false)
	}
}

// connect lets the legs of a room hear each other.
func (c *liveCall) connect(w dialplan.Wire) {
	if w.Bridge() {
		a, b := c.leg(w.Parts[0].Leg).audio(), c.leg(w.Parts[1].Leg).audio()
		if err := media.Bridge(a, b); err != nil {
			c.pbx.Log.Warn("two legs cannot be bridged", "call", c.ref.ID, "err", err)
		}
	} else {
		c.mix(w)
	}
	c.followTape()
}

// mix puts the legs of a room together, each as it takes part.
func (c *liveCall) mix(w dialplan.Wire) {
	room := c.pbx.Media.Room()
	c.rooms[w.Room] = room
	for _, part := range w.Parts {
		a := c.leg(part.Leg).audio()
		hearers := hearersOf(w, part.Leg)
		var err error
		switch {
		case len(hearers) == 0:
			err = room.Listen(a)
		case len(hearers) == 1 && len(w.Parts) > 2:
			err = room.Whisper(a, c.leg(hearers[0]).audio())
		default:
			err = room.Join(a)
		}
		if err != nil {
			c.pbx.Log.Warn("a leg cannot be mixed", "call", c.ref.ID, "leg", part.Leg, "err", err)
		}
	}
}

// hearersOf are the legs that hear one.
func hearersOf(w dialplan.Wire, id dialplan.LegID) (hearers []dialplan.LegID) {
	for _, part := range w.Parts {
		for _, heard := range part.Hears {
			if heard == id {
				hearers = append(hearers, part.Leg)
			}
		}
	}
	return hearers
}

func (c *liveCall) disconnect(id int) {
	if room := c.rooms[id]; room != nil {
		room.Close()
		delete(c.rooms, id)
		return
	}
	for _, l := range c.legs {
		if a := l.audio(); a != nil && a.Peer() != nil && !c.wired(l.id) {
			media.Unbridge(a)
		}
	}
}

// wired tells whether a leg is in a conversation as dialplan has it now.
func (c *liveCall) wired(id dialplan.LegID) bool {
	for _, w := range c.state.Wires {
		for _, part := range w.Parts {
			if part.Leg == id {
				return true
			}
		}
	}
	return false
}
