package call

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// IncomingName is the name, for Files.Incoming, of a recording that is being made. It says all that its row will, so that what a crash
// cut off still comes to its call (Rule T-102).
func (r Recording) IncomingName() string {
	return strings.Join([]string{
		string(r.Call.Project), r.Call.ID.String(), strconv.FormatInt(r.N, 10), string(r.Kind), string(r.Consent), strconv.FormatInt(micros(r.StartedAt), 10), "wav",
	}, ".")
}

// readIncoming reads such a name; false for any other.
func readIncoming(name string) (r Recording, ok bool) {
	parts := strings.Split(name, ".")
	if len(parts) != 7 || parts[6] != "wav" {
		return r, false
	}
	project, wrong := ident.ParseProjectID(parts[0])
	id, err := ParseID(parts[1])
	n, bad := strconv.ParseInt(parts[2], 10, 32)
	began, odd := strconv.ParseInt(parts[5], 10, 64)
	r = Recording{Call: Ref{project, id}, N: n, Kind: Kind(parts[3]), State: Ready, Consent: Consent(parts[4]), StartedAt: instant(began)}
	return r, errors.Join(wrong, err, bad, odd) == nil && (r.Kind == TalkRecording || r.Kind == VoicemailRecording)
}

const (
	quietFor   = time.Minute    // a recording that nobody has written to for so long is written no more, its call having ended
	unclaimed  = 24 * time.Hour // a file that belongs to no call is kept for so long, for people to look at
	mostGather = 100            // files a step
)

// gather brings recordings to their calls that a crash has cut off, or whose report was lost, and removes what belongs to none.
func (s Sweeper) gather(ctx context.Context, now time.Time) (moved int, err error) {
	folder := filepath.Join(s.Files.Root, incomingFolder)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	for _, entry := range entries {
		info, gone := entry.Info()
		if gone != nil || moved == mostGather || now.Sub(info.ModTime()) < quietFor {
			continue
		}
		found, wrong := s.claim(ctx, filepath.Join(folder, entry.Name()))
		if found == nobodys && wrong == nil && now.Sub(info.ModTime()) >= unclaimed {
			found, wrong = brought, os.Remove(filepath.Join(folder, entry.Name()))
		}
		if found == brought && wrong == nil {
			moved++
		}
		err = errors.Join(err, wrong)
	}
	return moved, err
}

// claimed is whose a file is.
type claimed int

const (
	waits   claimed = iota // its call goes on, or could not be asked: the file stays, however old it is
	nobodys                // it surely belongs to no call
	brought                // it is where it belongs
)

// claim brings one file to its call, where that has ended. With an error it waits: only what is surely nobody's may go.
func (s Sweeper) claim(ctx context.Context, path string) (claimed, error) {
	r, ok := readIncoming(filepath.Base(path))
	if !ok {
		return nobodys, nil
	}
	c, err := find(ctx, s.DB, r.Call.Project, r.Call.ID)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return nobodys, nil
	case err != nil || c.Open():
		return waits, err
	}
	return s.bring(ctx, r, path)
}

// bring mends a file and puts it in its place and into the log.
func (s Sweeper) bring(ctx context.Context, r Recording, path string) (claimed, error) {
	var err error
	if s.Mend != nil {
		err = s.Mend(path)
	}
	if err == nil {
		r.Sound, err = read(path)
	}
	if err != nil {
		return waits, err
	}
	if r.Seconds == 0 || r.Kind == VoicemailRecording && r.Seconds < dialplan.ShortestMessage {
		return brought, errors.Join(os.Remove(path), s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { // nothing was said (Rule T-30)
			return DropMessage(ctx, tx, r.Call, r.N)
		}))
	}
	if r.Sound, err = s.Files.Store(r.Call.Project, path); err != nil {
		return waits, err
	}
	if err := s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if r.Kind == VoicemailRecording {
			return AddMessage(ctx, tx, r, s.Voicemail)
		}
		return AddRecording(ctx, tx, r)
	}); err != nil {
		return waits, err
	}
	return brought, os.Remove(path)
}
