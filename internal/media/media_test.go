package media_test

import (
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var loopback = netip.MustParseAddr("127.0.0.1")

// patience is how long a test waits for what must come, on a machine that is busy.
const patience = 15 * time.Second

func newEngine(t testing.TB, change ...func(*media.Config)) *media.Engine {
	t.Helper()
	config := media.Config{Addr: loopback, FirstPort: 20000, LastPort: 40000, Loopback: true}
	for _, c := range change {
		c(&config)
	}
	engine, err := media.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(engine.Close)
	return engine
}

func newLeg(t testing.TB, e *media.Engine, config media.LegConfig) *media.Leg {
	t.Helper()
	leg, err := e.Leg(config)
	if err != nil {
		t.Fatal(err)
	}
	return leg
}

// called makes a leg that answers a peer's call, dialled one that calls it.
func called(t testing.TB, e *media.Engine, p *mediatest.Peer, config media.LegConfig) *media.Leg {
	t.Helper()
	leg := newLeg(t, e, config)
	answer, err := leg.Answer(p.Offer())
	if err != nil {
		t.Fatal(err)
	}
	p.Accept(answer)
	return leg
}

func dialled(t testing.TB, e *media.Engine, p *mediatest.Peer, config media.LegConfig) *media.Leg {
	t.Helper()
	leg := newLeg(t, e, config)
	offer, err := leg.Offer()
	if err != nil {
		t.Fatal(err)
	}
	if err := leg.Accept(p.Answer(offer)); err != nil {
		t.Fatal(err)
	}
	return leg
}

// events collects what a leg tells.
func events(config *media.LegConfig) <-chan media.Event {
	told := make(chan media.Event, 100)
	config.Notify = func(e media.Event) { told <- e }
	return told
}

func await(t testing.TB, told <-chan media.Event, kind media.EventKind) media.Event {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case e := <-told:
			if e.Kind == kind {
				return e
			}
		case <-late:
			t.Fatalf("event %d did not come", kind)
		}
	}
}

func TestTwoLegsHearEachOther(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, caller, staff string
		change              func(*media.Config)
	}{
		{"same law", sdp.PCMA, sdp.PCMA, func(*media.Config) {}},
		{"A-law to µ-law", sdp.PCMA, sdp.PCMU, func(*media.Config) {}},
		{"µ-law to A-law", sdp.PCMU, sdp.PCMA, func(*media.Config) {}},
		{"sockets as elsewhere than on Linux", sdp.PCMA, sdp.PCMA, media.PerSocket},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newEngine(t, c.change)
			caller, staff := mediatest.New(t, mediatest.Speaks(c.caller)), mediatest.New(t, mediatest.Speaks(c.staff))
			a, b := called(t, e, caller, media.LegConfig{}), dialled(t, e, staff, media.LegConfig{})
			if err := media.Bridge(a, b); err != nil {
				t.Fatal(err)
			}
			caller.Speak(440)
			staff.Speak(1000)
			caller.HearOnly([]float64{1000}, []float64{440})
			staff.HearOnly([]float64{440}, []float64{1000})
			caller.HearClear(1000)
			staff.HearClear(440)
			caller.OneStream()
			staff.OneStream()
		})
	}
}

// A caller hears a prompt, then music, then the staff, all as one stream (Rule T-83).
func TestClipsAndTheBridgeAreOneStream(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller, staff := mediatest.New(t), mediatest.New(t)
	var config media.LegConfig
	told := events(&config)
	a, b := called(t, e, caller, config), dialled(t, e, staff, media.LegConfig{})
	prompt := audio.Cadence(audio.Tone{Hz: []float64{800}, On: 300 * time.Millisecond})
	id := a.Play(prompt, false)
	caller.Hear(800)
	if done := await(t, told, media.PlayDone); done.Play != id || done.Leg != a {
		t.Errorf("told of play %d of %p, not of %d of %p", done.Play, done.Leg, id, a)
	}
	a.Play(audio.Cadence(audio.Tone{Hz: []float64{600}, On: 330 * time.Millisecond}), true)
	if err := media.Bridge(a, b); err != nil {
		t.Fatal(err)
	}
	staff.Speak(1000)
	caller.HearOnly([]float64{600}, []float64{1000})
	caller.HearNot(1000)
	a.Stop()
	caller.HearOnly([]float64{1000}, []float64{600})
	caller.OneStream()
}
