package call

import (
	"context"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// The topics of events about calls. Their bodies are News.
const (
	TopicStarted    = started
	TopicRinging    = ringing
	TopicAttributed = attributed
	TopicAnswered   = answered
	TopicEnded      = ended
	TopicMissed     = missed
	TopicRecording  = ready
)

// Ring tells that a client's call rings and that what could be found of where it came from at once is noted (Rule T-114).
// Errors: errs.NotFound `call.not_found`.
func Ring(ctx context.Context, tx *store.Tx, ref Ref) error {
	c, err := find(ctx, tx, ref.Project, ref.ID)
	if err != nil {
		return err
	}
	return c.tell(ctx, tx, ringing, c.StartedAt)
}

// Told reads a call with its origin for what tells others of it; nobody's rights are asked. errs.NotFound `call.not_found`.
func Told(ctx context.Context, q store.Querier, ref Ref) (Call, error) {
	c, err := find(ctx, q, ref.Project, ref.ID)
	if err != nil {
		return Call{}, err
	}
	one := []Call{c}
	err = withOrigins(ctx, q, one)
	return one[0], err
}

// RecordingOf reads what is told of a recording of a call. errs.NotFound `call.no_recording` where there is none, or it is being erased.
func RecordingOf(ctx context.Context, q store.Querier, ref Ref, n int64) (Recording, error) {
	found, err := queryRecordings(ctx, q, `project_id = $1 AND call_id = $2 AND recording = $3`, string(ref.Project), int64(ref.ID), n)
	if err == nil && (len(found) == 0 || found[0].State == Erasing) {
		err = errs.New(errs.NotFound, "call.no_recording", "the call has no such recording").At("recording")
	}
	if err != nil {
		return Recording{}, err
	}
	return found[0], nil
}
