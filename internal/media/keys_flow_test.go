package media_test

import (
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/media"
	"bellwether/internal/media/mediatest"
)

// A key is told once and heard once on the other side, whatever its way (Rule T-85).
func TestKeysCrossTheBridge(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller, staff := mediatest.New(t), mediatest.New(t)
	var config media.LegConfig
	told := events(&config)
	a, b := called(t, e, caller, config), dialled(t, e, staff, media.LegConfig{})
	if err := media.Bridge(a, b); err != nil {
		t.Fatal(err)
	}
	caller.Speak(440)
	staff.Hear(440)
	for _, key := range "17#" {
		caller.Press(byte(key))
		if got := await(t, told, media.Digit); got.Digit != byte(key) {
			t.Errorf("told of %c, not %c", got.Digit, key)
		}
	}
	staff.Pressed("17#")
	if a.Info('1') {
		t.Error("a key by INFO counts beside RTP's")
	}
	staff.Hear(440) // speech goes on
	staff.OneStream()
}

func TestKeysByInfo(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller, staff := mediatest.New(t), mediatest.New(t)
	var config media.LegConfig
	told := events(&config)
	a, b := called(t, e, caller, config), dialled(t, e, staff, media.LegConfig{})
	if err := media.Bridge(a, b); err != nil {
		t.Fatal(err)
	}
	if !a.Info('5') || a.Info('x') {
		t.Error("INFO: 5 is a key, x is none")
	}
	if got := await(t, told, media.Digit); got.Digit != '5' {
		t.Errorf("told of %c", got.Digit)
	}
	caller.Press('5') // the phone tells by RTP too
	caller.Speak(440)
	staff.Hear(440)
	staff.Pressed("5")
	select {
	case got := <-told:
		t.Errorf("told again: %c", got.Digit)
	default:
	}
}

func TestSendDTMF(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	p := mediatest.New(t)
	leg := called(t, e, p, media.LegConfig{})
	if err := leg.SendDTMF("0129*#AD"); err != nil {
		t.Fatal(err)
	}
	p.Pressed("0129*#AD")
	if err := leg.SendDTMF("12x"); errs.CodeOf(err) != "media.no_such_key" {
		t.Errorf("x: %v", err)
	}
	if err := leg.SendDTMF(string(make([]byte, 0))); err != nil {
		t.Error(err)
	}
}

// A peer without telephone events hears the key (697 and 1209 Hz are 1).
func TestKeysAsSound(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	p := mediatest.New(t)
	leg := newLeg(t, e, media.LegConfig{})
	answer, err := leg.Answer(withoutEvents(p.Offer()))
	if err != nil {
		t.Fatal(err)
	}
	p.Accept(answer)
	if err := leg.SendDTMF("1111111111"); err != nil {
		t.Fatal(err)
	}
	p.Hear(697, 1209)
}
