package call_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/vault"
)

// wav makes a file of one encoding: 1 PCM, 6 A-law, 7 µ-law.
func wav(encoding, channels, bits uint16, data []byte) []byte {
	head := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00"), make([]byte, 16)...)
	binary.LittleEndian.PutUint16(head[20:], encoding)
	binary.LittleEndian.PutUint16(head[22:], channels)
	binary.LittleEndian.PutUint32(head[24:], 8000)
	binary.LittleEndian.PutUint16(head[34:], bits)
	head = append(head, "LIST\x03\x00\x00\x00abc\x00data"...)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(data)))
	return append(head, data...)
}

func (h *house) keep(files call.Files, name string, content []byte) (call.Sound, error) {
	h.Helper()
	path, err := files.Incoming(name)
	if err != nil {
		h.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		h.Fatal(err)
	}
	return files.Keep("shop", path)
}

// A file is measured whatever its encoding; what is no sound is refused.
func TestSounds(t *testing.T) {
	t.Parallel()
	h := &house{T: t}
	files := call.FilesIn(t.TempDir())
	for name, c := range map[string]struct {
		file        []byte
		seconds     int64
		left, right byte
	}{
		"silence in µ-law, both sides": {wav(7, 2, 8, []byte(strings.Repeat("\xff\xff", 12000))), 2, 0, 0},
		"loud left in µ-law":           {wav(7, 2, 8, []byte(strings.Repeat("\x80\xff", 8000))), 1, 250, 0},
		"loud right in A-law":          {wav(6, 2, 8, []byte(strings.Repeat("\xd5\xaa", 8001))), 2, 0, 252},
		"half loud in PCM, one side":   {wav(1, 1, 16, []byte(strings.Repeat("\x00\x40", 4000))), 1, 128, 128},
		"nothing at all":               {wav(1, 1, 16, nil), 0, 0, 0},
	} {
		s, err := h.keep(files, "a", c.file)
		if err != nil || s.Seconds != c.seconds || s.Bytes != int64(len(c.file)) || len(s.Peaks.Left) != call.PeakCount || s.Peaks.Left[80] != c.left || s.Peaks.Right[80] != c.right {
			t.Errorf("%s: %d s, %d bytes, left %v, right %v, %v", name, s.Seconds, s.Bytes, s.Peaks.Left, s.Peaks.Right, err)
		}
	}
	for name, file := range map[string]string{
		"text": "hello", "no sound": "RIFF\x00\x00\x00\x00WAVE", "sound first": "RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd",
		"eight channels": string(wav(1, 8, 16, nil)), "floats": string(wav(3, 1, 32, nil)),
	} {
		_, err := h.keep(files, name, []byte(file))
		wantCode(t, err, "call.bad_sound")
	}
}

// recorded makes a call of Ann's with a recording of a second.
func (h *house) recorded(files call.Files, kind call.Kind) (call.ID, call.Sound) {
	h.Helper()
	id := h.log(told{at: noon, client: client, status: call.Answered, who: person("ann", h.ann), talk: 60})
	s, err := h.keep(files, "r", wav(7, 2, 8, []byte(strings.Repeat("\x80\xff", 8000))))
	if err != nil {
		h.Fatal(err)
	}
	add := func(ctx context.Context, tx *store.Tx) error {
		return call.AddRecording(ctx, tx, call.Recording{Call: call.Ref{Project: "shop", ID: id}, N: 1, Kind: kind, StartedAt: noon, Sound: s})
	}
	h.must(add)
	h.must(add)
	return id, s
}

func (h *house) hear(files call.Files, who account.UserID, id call.ID) error {
	h.Helper()
	return h.hearN(files, who, id, 1)
}

func (h *house) hearN(files call.Files, who account.UserID, id call.ID, n int64) error {
	h.Helper()
	_, file, err := files.Hear(context.Background(), h.db, h.permit(who), access.Listen, id, n)
	if err == nil {
		content, wrong := io.ReadAll(file)
		if err = errors.Join(wrong, file.Close()); !strings.HasPrefix(string(content), "RIFF") {
			h.Error("the file is another")
		}
	}
	return err
}

// Rules T-110, T-111, T-112: who hears a recording; it is archived after a year, comes back, and expires where the project says so.
func TestRecordings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		files := call.FilesIn(t.TempDir())
		id, s := h.recorded(files, call.TalkRecording)
		if d := h.get(id); d.Call.Recordings != 1 || len(d.Recordings) != 1 || d.Recordings[0].Seconds != 1 || d.Recordings[0].Peaks.Left[3] != 250 || !d.Recordings[0].ExpiresAt.IsZero() {
			t.Errorf("%+v", d.Recordings)
		}
		wantCode(t, h.hear(files, h.owner, id), "")
		wantCode(t, h.hear(files, h.ann, id), "")
		wantCode(t, h.hear(files, h.cat, id), "call.not_found")
		wantCode(t, h.do(func(ctx context.Context, tx *store.Tx) error {
			return call.AddRecording(ctx, tx, call.Recording{Call: call.Ref{Project: "shop", ID: id}, N: 1, Sound: call.Sound{Hash: "other"}})
		}), "call.recording_taken")
		sweeper := call.Sweeper{DB: db, Files: files}
		sweep := func(at time.Time, want int) {
			t.Helper()
			if n, err := sweeper.Step(context.Background(), at); err != nil || n != want {
				t.Errorf("%d moved, %v, want %d", n, err, want)
			}
		}
		live, archived := filepath.Join(files.Root, "shop", s.Hash[:2], s.Hash+".wav"), filepath.Join(files.Archive, "shop", s.Hash[:2], s.Hash+".wav")
		there := func(path string, want bool) {
			t.Helper()
			if _, err := os.Stat(path); (err == nil) != want || err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %v", path, err)
			}
		}
		year := noon.Add(call.ArchiveAfter)
		sweep(year.Add(-time.Second), 0)
		sweep(year, 1)
		there(live, false)
		there(archived, true)
		wantCode(t, h.hear(files, h.owner, id), "call.recording_archived")
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.RestoreRecording(ctx, tx, h.permit(h.ann), id, 1, year)
		})
		sweep(year, 1)
		wantCode(t, h.hear(files, h.owner, id), "")
		sweep(year.Add(call.RestoredFor-time.Second), 0)
		sweep(year.Add(call.RestoredFor), 1)
		there(live, false)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.SetSettings(ctx, tx, h.permit(h.owner), call.Settings{KeepDays: 400, VoicemailDays: 1}, noon)
		})
		sweep(noon.Add(400*24*time.Hour-time.Second), 0)
		sweep(noon.Add(400*24*time.Hour), 1)
		there(archived, false)
		wantCode(t, h.hear(files, h.owner, id), "call.no_recording")
		if d := h.get(id); d.Call.Recordings != 0 {
			t.Errorf("%d recordings are left", d.Call.Recordings)
		}
	})
}

// Two calls with the same sound share a file, which stays until the last of them goes. Rule T-110.
func TestSameSound(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	files := call.FilesIn(t.TempDir())
	first, _ := h.recorded(files, call.TalkRecording)
	second, _ := h.recorded(files, call.TalkRecording)
	sweeper := call.Sweeper{DB: h.db, Files: files}
	erase := func(id call.ID) {
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.EraseRecording(ctx, tx, h.permit(h.owner), id, 1, noon)
		})
		if n, err := sweeper.Step(context.Background(), noon); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	erase(first)
	wantCode(t, h.hear(files, h.owner, first), "call.no_recording")
	wantCode(t, h.hear(files, h.owner, second), "")
	wantCode(t, h.do(func(ctx context.Context, tx *store.Tx) error {
		return call.EraseRecording(ctx, tx, h.permit(h.ann), second, 1, noon)
	}), "access.denied")
	erase(second)
	if left, _ := filepath.Glob(filepath.Join(files.Root, "shop", "*", "*")); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

// A voicemail waits until somebody hears it.
func TestVoicemail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		id, _ := h.recorded(call.FilesIn(t.TempDir()), call.VoicemailRecording)
		fresh := func(who account.UserID, want int) {
			t.Helper()
			w, err := call.LookAtRecordings(h.permit(who), access.View)
			if err != nil {
				t.Fatal(err)
			}
			if list, err := w.Voicemails(context.Background(), db, true, 0, 10); err != nil || len(list) != want {
				t.Errorf("%d are unheard, %v, want %d", len(list), err, want)
			}
			if list, err := w.Voicemails(context.Background(), db, false, 0, 10); err != nil || len(list) != 1 && who != h.cat {
				t.Errorf("%d in all, %v", len(list), err)
			}
		}
		fresh(h.owner, 1)
		fresh(h.cat, 0)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.MarkHeard(ctx, tx, h.permit(h.ann), id, 1, true, noon)
		})
		fresh(h.owner, 0)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.MarkHeard(ctx, tx, h.permit(h.owner), id, 1, false, noon)
		})
		fresh(h.owner, 1)
	})
}

// Rule T-112: a link opens its recording until its time is over, and nothing else.
func TestLinks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	id, _ := h.recorded(call.FilesIn(t.TempDir()), call.TalkRecording)
	key, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.Parse(key)
	if err != nil {
		t.Fatal(err)
	}
	links := call.Links{Vault: keys}
	ctx := context.Background()
	secret, until, err := links.Make(ctx, h.db, h.permit(h.ann), access.Listen, id, 1, 0, noon)
	if err != nil || !until.Equal(noon.Add(call.LinkLasts)) {
		t.Fatalf("until %v, %v", until, err)
	}
	link, err := links.Read(secret, noon.Add(call.LinkLasts-time.Second))
	if err != nil || link.Project != "shop" || link.Call != id || link.Recording != 1 || link.For != h.ann || link.Action != access.Listen {
		t.Errorf("%+v, %v", link, err)
	}
	if _, until, _ := links.Make(ctx, h.db, h.permit(h.ann), access.Listen, id, 1, 100*24*time.Hour, noon); !until.Equal(noon.Add(call.LongestLink)) {
		t.Errorf("the longest ends %v", until)
	}
	for _, bad := range []string{"", "x", secret[:len(secret)-2], "A" + secret, strings.Replace(secret, ".", ".k", 1)} {
		_, err := links.Read(bad, noon)
		wantCode(t, err, "call.bad_link")
	}
	_, err = links.Read(secret, until)
	wantCode(t, err, "call.bad_link")
	_, _, err = links.Make(ctx, h.db, h.permit(h.cat), access.Listen, id, 1, 0, noon)
	wantCode(t, err, "call.not_found")
	_, _, err = links.Make(ctx, h.db, h.permit(h.ann), access.Export, id, 1, 0, noon)
	wantCode(t, err, "access.denied")
}
