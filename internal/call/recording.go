package call

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/store"
)

// Kind is what a recording is of.
type Kind string

// The kinds.
const (
	TalkRecording      Kind = "talk"
	VoicemailRecording Kind = "voicemail"
)

// RecordingState is where a recording's file is.
type RecordingState string

// The states (Rule T-111).
const (
	Ready     RecordingState = "ready"
	Archived  RecordingState = "archived"
	Restoring RecordingState = "restoring" // asked for, and soon ready
	Erasing   RecordingState = "erasing"   // nobody hears it any more, its file is about to go
)

// Consent is what the parties were told.
type Consent string

// The modes of consent.
const (
	ConsentOff       Consent = "off"       // not asked for
	ConsentAnnounced Consent = "announced" // they were told
	ConsentGiven     Consent = "given"     // they agreed
)

// Recording is one file of sound that belongs to a call.
type Recording struct {
	Call      Ref
	N         int64 // 1, 2 within the call
	Kind      Kind
	State     RecordingState
	StartedAt time.Time
	Sound
	Consent   Consent
	ExpiresAt time.Time // zero for never
	ArchiveAt time.Time // when it is due to be archived
	HeardAt   time.Time // of a voicemail; zero before
	HeardBy   account.UserID
}

const (
	// ArchiveAfter is the age at which a recording is archived (Rule T-111).
	ArchiveAfter = 365 * 24 * time.Hour
	// RestoredFor is for how long a recording that was restored stays.
	RestoredFor = 30 * 24 * time.Hour
)

const recordingList = `project_id, call_id, recording, kind, state, hash, bytes, started_at, seconds, peaks, consent, expires_at, archive_at, heard_at, heard_by`

func scanRecording(scan func(...any) error) (r Recording, err error) {
	var started, expires, archive, heard int64
	var peaks string
	err = scan(&r.Call.Project, &r.Call.ID, &r.N, &r.Kind, &r.State, &r.Hash, &r.Bytes, &started, &r.Seconds, &peaks, &r.Consent, &expires, &archive, &heard, &r.HeardBy)
	r.StartedAt, r.ExpiresAt, r.ArchiveAt, r.HeardAt, r.Peaks = instant(started), instant(expires), instant(archive), instant(heard), readPeaks(peaks)
	return r, err
}

func queryRecordings(ctx context.Context, q store.Querier, condition string, args ...any) ([]Recording, error) {
	return recordingsFrom(ctx, q, "call_recording", condition, args...)
}

func recordingsFrom(ctx context.Context, q store.Querier, table, condition string, args ...any) (list []Recording, err error) {
	return list, store.EachRow(ctx, q, `SELECT `+recordingList+` FROM `+table+` WHERE `+condition, args, func(rows *sql.Rows) error {
		r, err := scanRecording(rows.Scan)
		list = append(list, r)
		return err
	})
}

func recordingsOf(ctx context.Context, q store.Querier, c Call) ([]Recording, error) {
	return queryRecordings(ctx, q, `project_id = $1 AND call_id = $2 AND state <> 'erasing' ORDER BY recording`, string(c.Project), int64(c.ID))
}

// AddRecording tells of a recording whose file Files.Keep has kept (Rule T-110). The same again changes nothing. Errors:
// errs.NotFound `call.not_found`, errs.Conflict `call.recording_taken` where another file has the number.
func AddRecording(ctx context.Context, tx *store.Tx, r Recording) error {
	c, err := lock(ctx, tx, r.Call.Project, r.Call.ID)
	if err != nil {
		return err
	}
	known, err := queryRecordings(ctx, tx, `project_id = $1 AND call_id = $2 AND recording = $3`, string(c.Project), int64(c.ID), r.N)
	if err != nil {
		return err
	}
	if len(known) == 1 {
		if known[0].Hash != r.Hash {
			return errs.New(errs.Conflict, "call.recording_taken", "call %s has another recording %d", c.ID, r.N).At("recording")
		}
		return nil
	}
	settings, err := GetSettings(ctx, tx, c.Project)
	if err != nil {
		return err
	}
	days := settings.KeepDays
	if r.Kind == VoicemailRecording {
		days = settings.VoicemailDays
	}
	if r.ExpiresAt = (time.Time{}); days > 0 {
		r.ExpiresAt = r.StartedAt.Add(time.Duration(days) * 24 * time.Hour)
	}
	if r.Consent == "" {
		r.Consent = ConsentOff
	}
	if err := tx.Insert(ctx, "call_recording", strings.Split(recordingList, ", "), [][]any{{
		string(c.Project), int64(c.ID), r.N, string(r.Kind), string(Ready), r.Hash, r.Bytes, micros(r.StartedAt), r.Seconds, r.Peaks.text(), string(r.Consent),
		micros(r.ExpiresAt), micros(r.StartedAt.Add(ArchiveAfter)), 0, "",
	}}); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE call_log SET recordings = recordings + 1 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID)); err != nil {
		return err
	}
	news := c.news()
	news.Recording, news.Kind = r.N, r.Kind
	e, err := event.New(c.Project, ready, news)
	return errors.Join(err, event.Emit(ctx, tx, e))
}

// recording finds one of a call that the permit reaches for an action. errs.Denied `access.denied`, `call.not_yours`,
// errs.NotFound `call.not_found`, `call.no_recording`.
func recording(ctx context.Context, q store.Querier, p access.Permit, a access.Action, id ID, n int64) (Recording, error) {
	w, err := LookAtRecordings(p, a)
	if err != nil {
		return Recording{}, err
	}
	c, err := find(ctx, q, w.project, id)
	if err != nil {
		return Recording{}, err
	}
	if !w.sees(c) {
		return Recording{}, w.hidden(c)
	}
	list, err := recordingsOf(ctx, q, c)
	i := slices.IndexFunc(list, func(r Recording) bool { return r.N == n })
	if err == nil && i < 0 {
		err = errs.New(errs.NotFound, "call.no_recording", "the call has no such recording").At("recording")
	}
	if err != nil {
		return Recording{}, err
	}
	return list[i], nil
}

// Hear opens a recording's file to whoever may listen to it, or, with access.Export, take it away (Rule T-112). The caller
// closes the file. Errors: those of finding it, and errs.Conflict `call.recording_archived`.
func (f Files) Hear(ctx context.Context, q store.Querier, p access.Permit, a access.Action, id ID, n int64) (Recording, *os.File, error) {
	r, err := recording(ctx, q, p, a, id, n)
	if err != nil {
		return r, nil, err
	}
	if r.State != Ready {
		return r, nil, errs.New(errs.Conflict, "call.recording_archived", "the recording is in the archive").At("recording").Try("ask for it to be restored")
	}
	file, err := f.open(r.Call.Project, r.Hash)
	return r, file, err
}

// RestoreRecording asks for an archived recording: within a minute it can be heard again (Rule T-111). Errors: those of
// finding it.
func RestoreRecording(ctx context.Context, tx *store.Tx, p access.Permit, id ID, n int64, at time.Time) error {
	r, err := recording(ctx, tx, p, viewing, id, n)
	if err != nil || r.State != Archived {
		return err
	}
	if err := setRecording(ctx, tx, r, Restoring); err != nil {
		return err
	}
	return Call{ID: id}.record(ctx, tx, p, "restore recording", nil, map[string]int64{"recording": n}, at)
}

// EraseRecording takes a recording away for good: from now on nobody hears it, and its file goes within a minute. Errors:
// those of finding it.
func EraseRecording(ctx context.Context, tx *store.Tx, p access.Permit, id ID, n int64, at time.Time) error {
	r, err := recording(ctx, tx, p, access.Delete, id, n)
	if err != nil {
		return err
	}
	if err := eraseRecording(ctx, tx, r); err != nil {
		return err
	}
	return Call{ID: id}.record(ctx, tx, p, "erase recording", map[string]int64{"recording": n, "seconds": r.Seconds}, nil, at)
}

// eraseRecording takes a recording off its call; the sweeper does the rest.
func eraseRecording(ctx context.Context, tx *store.Tx, r Recording) error {
	if r.State == Erasing {
		return nil
	}
	if err := setRecording(ctx, tx, r, Erasing); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE call_log SET recordings = recordings - 1 WHERE project_id = $1 AND call_id = $2`, string(r.Call.Project), int64(r.Call.ID))
	return err
}

func setRecording(ctx context.Context, tx *store.Tx, r Recording, s RecordingState) error {
	_, err := tx.Exec(ctx, `UPDATE call_recording SET state = $4, archive_at = $5 WHERE project_id = $1 AND call_id = $2 AND recording = $3`,
		string(r.Call.Project), int64(r.Call.ID), r.N, string(s), micros(r.ArchiveAt))
	return err
}

// MarkHeard notes that a voicemail was listened to, or with heard false that it waits again. Errors: those of finding it.
func MarkHeard(ctx context.Context, tx *store.Tx, p access.Permit, id ID, n int64, heard bool, at time.Time) error {
	r, err := recording(ctx, tx, p, access.Listen, id, n)
	if err != nil || r.Kind != VoicemailRecording || heard != r.HeardAt.IsZero() {
		return err
	}
	by := string(p.Self)
	if !heard {
		at, by = time.Time{}, ""
	}
	_, err = tx.Exec(ctx, `UPDATE call_recording SET heard_at = $4, heard_by = $5 WHERE project_id = $1 AND call_id = $2 AND recording = $3`,
		string(r.Call.Project), int64(id), n, micros(at), by)
	return err
}

// Message is a voicemail with its call.
type Message struct {
	Call
	Recording Recording
}

// Voicemails gives up to limit voicemails of calls the window shows, the newest first, after one; only those nobody has heard,
// where fresh. The window is of LookAtRecordings.
func (w Window) Voicemails(ctx context.Context, q store.Querier, fresh bool, after ID, limit int) (list []Message, err error) {
	if after == 0 {
		after = endOfTime
	}
	unheard := ""
	if fresh {
		unheard = "AND heard_at = 0 "
	}
	for len(list) < limit {
		page, err := recordingsFrom(ctx, q, "call_recording /*by call_recording_voicemail*/", `project_id = $1 AND kind = 'voicemail' AND call_id < $2 AND state <> 'erasing' `+unheard+
			`ORDER BY call_id DESC, recording LIMIT $3`, string(w.project), int64(after), limit)
		if err != nil || len(page) == 0 {
			return list, err
		}
		for _, r := range page {
			c, err := find(ctx, q, w.project, r.Call.ID)
			if err != nil {
				return nil, err
			}
			if w.sees(c) && len(list) < limit {
				list = append(list, Message{c, r})
			}
		}
		after = page[len(page)-1].Call.ID
	}
	return list, nil
}
