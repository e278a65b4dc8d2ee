package media_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
)

// sides reads a recording's two channels.
func sides(t testing.TB, path string) [2][]int16 {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	law := audio.ULaw
	if binary.LittleEndian.Uint16(raw[20:]) == 6 {
		law = audio.ALaw
	}
	if size := int(binary.LittleEndian.Uint32(raw[54:])); size != len(raw)-58 {
		t.Errorf("the header tells of %d bytes, there are %d", size, len(raw)-58)
	}
	var out [2][]int16
	for i, b := range raw[58:] {
		out[i%2] = append(out[i%2], law.Decode(b))
	}
	return out
}

// share is how many tenths of a second of a channel hold the tone.
func tenths(pcm []int16, hz float64) (n int) {
	for ; len(pcm) >= 800; pcm = pcm[800:] {
		if mediatest.Hears(pcm[:800], hz) {
			n++
		}
	}
	return n
}

// The caller is on the left and the staff on the right, whatever law each speaks; nothing that we play is in it (Rule T-86).
func TestRecording(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller, staff := mediatest.New(t, mediatest.Speaks(sdp.PCMA)), mediatest.New(t, mediatest.Speaks(sdp.PCMU))
	a, b := called(t, e, caller, media.LegConfig{}), dialled(t, e, staff, media.LegConfig{})
	if err := media.Bridge(a, b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "call.wav")
	r, err := e.Record(a, b, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	caller.Speak(440)
	staff.Speak(1000)
	for range 3 { // about a fifth of a second each
		caller.Hear(1000)
	}
	staff.Hear(440)
	caller.NewStream()
	for range 3 {
		caller.Hear(1000)
	}
	<-r.Stop()
	result := r.Result()
	pcm := sides(t, path)
	if heard := tenths(pcm[0], 440); heard < 6 || tenths(pcm[0], 1000) > 0 {
		t.Errorf("left: %d tenths of the caller, %d of the staff", heard, tenths(pcm[0], 1000))
	}
	if heard := tenths(pcm[1], 1000); heard < 6 || tenths(pcm[1], 440) > 0 {
		t.Errorf("right: %d tenths of the staff, %d of the caller", heard, tenths(pcm[1], 440))
	}
	if want := int64(result.Duration) * 16000 / int64(time.Second); result.Err != nil || result.Bytes != want || result.Bytes/2 != int64(len(pcm[0])) {
		t.Errorf("%v long, %d bytes (%v); 57.6 MB an hour are %d", result.Duration, result.Bytes, result.Err, want)
	}
	if peaks := result.Peaks.Fit(4); len(peaks.Left) != 4 || peaks.Left[3] < 40 || peaks.Right[3] < 40 {
		t.Errorf("peaks %v", peaks)
	}
}

// A transfer goes on in the same recording, with the new staff on the right.
func TestRecordingFollows(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	caller, first, second := mediatest.New(t), mediatest.New(t), mediatest.New(t)
	a, b, c := called(t, e, caller, media.LegConfig{}), dialled(t, e, first, media.LegConfig{}), dialled(t, e, second, media.LegConfig{})
	path := filepath.Join(t.TempDir(), "call.wav")
	r, err := e.Record(a, b, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	first.Speak(600)
	second.Speak(1000)
	for _, leg := range []*media.Leg{b, c} {
		if err := media.Bridge(a, leg); err != nil {
			t.Fatal(err)
		}
		r.Follow(a, leg)
		for range 4 {
			caller.Hear(map[*media.Leg]float64{b: 600, c: 1000}[leg])
		}
		leg.Close()
	}
	<-r.Stop()
	pcm := sides(t, path)
	if tenths(pcm[1], 600) < 3 || tenths(pcm[1], 1000) < 3 {
		t.Errorf("%d tenths of the first, %d of the second", tenths(pcm[1], 600), tenths(pcm[1], 1000))
	}
}

// A full disk ends the recording, once, and not the call.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	e := newEngine(t)
	caller, staff := mediatest.New(t), mediatest.New(t)
	a, b := called(t, e, caller, media.LegConfig{}), dialled(t, e, staff, media.LegConfig{})
	if err := media.Bridge(a, b); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 10)
	r, err := media.RecordTo(e, a, b, "/dev/full", func(err error) { failed <- err })
	if err != nil {
		t.Fatal(err)
	}
	caller.Speak(440)
	staff.Hear(440)
	select {
	case err := <-failed:
		if err == nil {
			t.Error("failed without an error")
		}
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
	staff.Hear(440)
	<-r.Stop()
	if r.Result().Err == nil || len(failed) > 0 {
		t.Errorf("result %v, told %d times more", r.Result().Err, len(failed))
	}
}

func TestRecordingThatCannotBegin(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	if _, err := e.Record(nil, nil, filepath.Join(t.TempDir(), "no", "such", "folder.wav"), nil); errs.CodeOf(err) != "media.not_recorded" {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "there.wav")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Record(nil, nil, path, nil); !errors.Is(err, os.ErrExist) {
		t.Errorf("a recording over another: %v", err)
	}
}

// A recording cut by a crash, its header telling of less than there is, is mended at start (Rule T-86).
func TestRepair(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "2026", "call.wav")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := audio.CreateStereo(path, audio.ALaw)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Write(bytes.Repeat([]byte{0xd5, 0x2a}, 4000)); err != nil {
		t.Fatal(err)
	}
	// (the program is killed here, in the middle of a pair)
	raw, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(raw, 0x55), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(folder, "prompt.wav")
	if err := os.WriteFile(foreign, append([]byte("RIFF????WAVE"), make([]byte, 100)...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if mended, err := audio.Repair(folder); err != nil || len(mended) != want {
			t.Errorf("mended %v, %v; want %d", mended, err, want)
		}
	}
	if pcm := sides(t, path); len(pcm[0]) != 4000 || len(pcm[1]) != 4000 {
		t.Errorf("%d and %d samples", len(pcm[0]), len(pcm[1]))
	}
	_ = file.Close()
}
