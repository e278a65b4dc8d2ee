package call_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// second is a second of loud sound on one side.
func second() []byte { return wav(7, 2, 8, []byte(strings.Repeat("\x80\xff", 8000))) }

// incoming writes a file where recordings are made.
func incoming(t *testing.T, files call.Files, name string, content []byte) string {
	t.Helper()
	path, err := files.Incoming(name)
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Recordings that a crash cut off come to their calls once those have ended; what belongs to none goes after a day, and at once what is no
// message. Rules T-30, T-102.
func TestCutOffRecordings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		files := call.FilesIn(t.TempDir())
		ended, _ := h.recorded(files, call.TalkRecording)
		open := call.IDAt(noon, 77)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.Open(ctx, tx, call.Opening{Project: "shop", ID: open, Direction: call.Inbound, Client: "+380501112233", Number: "+380441112233"})
		})
		name := func(id call.ID, n int64, kind call.Kind) string {
			return call.Recording{Call: call.Ref{Project: "shop", ID: id}, N: n, Kind: kind, Consent: call.ConsentGiven, StartedAt: noon}.IncomingName()
		}
		cutOff, message, silent := name(ended, 2, call.TalkRecording), name(ended, 3, call.VoicemailRecording), name(ended, 4, call.TalkRecording)
		goesOn, nobodys, foreign := name(open, 1, call.TalkRecording), name(open+1, 1, call.TalkRecording), "shop-12345-1.wav"
		for _, name := range []string{cutOff, message, goesOn, nobodys, foreign} {
			incoming(t, files, name, second())
		}
		incoming(t, files, silent, wav(7, 2, 8, nil))
		mended := 0
		sweeper := call.Sweeper{DB: db, Files: files, Mend: func(string) error { mended++; return nil }}
		written := time.Now()
		left := func(after time.Duration, want ...string) {
			t.Helper()
			if _, err := sweeper.Step(context.Background(), written.Add(after)); err != nil {
				t.Error(err)
			}
			var got []string
			paths, _ := filepath.Glob(filepath.Join(files.Root, ".incoming", "*"))
			for _, path := range paths {
				got = append(got, filepath.Base(path))
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("after %v: %s", after, diff)
			}
		}
		left(50*time.Second, cutOff, message, silent, goesOn, nobodys, foreign)
		left(70*time.Second, goesOn, nobodys, foreign)
		d := h.get(ended)
		if mended != 3 || d.Call.Recordings != 2 || len(d.Recordings) != 2 || d.Recordings[1].N != 2 || d.Recordings[1].Seconds != 1 || d.Recordings[1].Consent != call.ConsentGiven || !d.Recordings[1].StartedAt.Equal(noon) {
			t.Errorf("mended %d; %+v", mended, d.Recordings)
		}
		wantCode(t, h.hearN(files, h.owner, ended, 2), "")
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.Close(ctx, tx, call.Closing{Project: "shop", ID: open, Status: call.NoAnswer, EndedAt: open.Began().Add(time.Minute)})
		})
		left(2*time.Minute, nobodys, foreign)
		if d := h.get(open); len(d.Recordings) != 1 {
			t.Errorf("%+v", d.Recordings)
		}
		left(25 * time.Hour)
	})
}

// Whoever keeps a recording may die between the file and its row, or behind it: the file is not lost, and not there twice. Rule T-102.
func TestRecordingSurvivesItsReport(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	files := call.FilesIn(t.TempDir())
	id, _ := h.recorded(files, call.TalkRecording)
	r := call.Recording{Call: call.Ref{Project: "shop", ID: id}, N: 2, Kind: call.TalkRecording, Consent: call.ConsentOff, StartedAt: noon}
	for _, died := range []string{"before the row", "behind it"} {
		path := incoming(t, files, r.IncomingName(), second())
		var err error
		if r.Sound, err = files.Store("shop", path); err != nil {
			t.Fatal(err)
		}
		if n, err := (call.Sweeper{DB: h.db, Files: files}).Step(context.Background(), time.Now().Add(2*time.Minute)); err != nil || n != 1 {
			t.Errorf("%s: %d moved, %v", died, n, err)
		}
		if d := h.get(id); len(d.Recordings) != 2 || d.Recordings[1].Hash != r.Hash {
			t.Errorf("%s: %+v", died, d.Recordings)
		}
		wantCode(t, h.hearN(files, h.owner, id, 2), "")
	}
}

// However old a file is, it stays while its call goes on or it cannot be kept. Rule T-102.
func TestOldRecordingsWait(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	files := call.FilesIn(t.TempDir())
	ended, _ := h.recorded(files, call.TalkRecording)
	open := call.IDAt(noon, 77)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: "shop", ID: open, Direction: call.Inbound, Client: "+380501112233", Number: "+380441112233"})
	})
	for _, id := range []call.ID{ended, open} {
		r := call.Recording{Call: call.Ref{Project: "shop", ID: id}, N: 2, Kind: call.TalkRecording, Consent: call.ConsentOff, StartedAt: noon}
		incoming(t, files, r.IncomingName(), second())
	}
	left := func(want int) {
		t.Helper()
		if paths, _ := filepath.Glob(filepath.Join(files.Root, ".incoming", "*")); len(paths) != want {
			t.Errorf("%d files are left, want %d", len(paths), want)
		}
	}
	full, later := errors.New("no space left"), time.Now().Add(72*time.Hour)
	if n, err := (call.Sweeper{DB: h.db, Files: files, Mend: func(string) error { return full }}).Step(context.Background(), later); n != 0 || !errors.Is(err, full) {
		t.Errorf("%d moved, %v", n, err)
	}
	left(2)
	if _, err := (call.Sweeper{DB: h.db, Files: files}).Step(context.Background(), later); err != nil {
		t.Error(err)
	}
	left(1)
	if d := h.get(ended); len(d.Recordings) != 2 {
		t.Errorf("%+v", d.Recordings)
	}
}
