package media_test

import (
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/media"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
)

// Who hears whom in a room: parties all, a supervisor as far as the role goes (Rule T-89).
func TestRoom(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller, staff, boss := mediatest.New(t), mediatest.New(t, mediatest.Speaks(sdp.PCMU)), mediatest.New(t)
	a, b, c := called(t, e, caller, media.LegConfig{}), dialled(t, e, staff, media.LegConfig{}), dialled(t, e, boss, media.LegConfig{})
	const ofCaller, ofStaff, ofBoss = 440, 1000, 1700
	if err := media.Bridge(a, b); err != nil {
		t.Fatal(err)
	}
	caller.Speak(ofCaller)
	staff.Speak(ofStaff)
	boss.Speak(ofBoss)
	caller.Hear(ofStaff)
	room := e.Room()
	for _, err := range []error{room.Join(a), room.Join(b), room.Listen(c)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	boss.HearOnly([]float64{ofCaller, ofStaff}, []float64{ofBoss})
	caller.HearOnly([]float64{ofStaff}, []float64{ofCaller, ofBoss})
	caller.HearNot(ofBoss)
	if err := room.Whisper(c, b); err != nil {
		t.Fatal(err)
	}
	staff.HearOnly([]float64{ofCaller, ofBoss}, []float64{ofStaff})
	caller.HearNot(ofBoss)
	if err := room.Join(c); err != nil { // barges in
		t.Fatal(err)
	}
	caller.HearOnly([]float64{ofStaff, ofBoss}, []float64{ofCaller})
	room.Leave(c)
	staff.HearOnly([]float64{ofCaller}, []float64{ofBoss, ofStaff})
	if err := media.Bridge(a, b); err != nil { // leaves the room
		t.Fatal(err)
	}
	caller.HearOnly([]float64{ofStaff}, []float64{ofBoss, ofCaller})
	room.Close()
	if err := room.Join(a); errs.CodeOf(err) != "media.room_closed" {
		t.Errorf("a closed room: %v", err)
	}
	for _, p := range []*mediatest.Peer{caller, staff, boss} {
		p.OneStream()
	}
}
