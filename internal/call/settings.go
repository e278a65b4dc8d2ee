package call

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Settings are how a project reads its log.
type Settings struct {
	ProperSeconds int64    `json:"proper_seconds"` // of talk that make an answered call proper
	RepeatedDays  int64    `json:"repeated_days"`  // within which another call of a client is repeated; 0: however long ago
	KeepDays      int64    `json:"keep_days"`      // of recordings; 0: without limit
	VoicemailDays int64    `json:"voicemail_days"` // of voicemails; 0: without limit
	Categories    []string `json:"categories"`     // to choose from
}

// Standard are the settings of a project that has chosen none (Rules T-104, T-105, T-110).
var Standard = Settings{ProperSeconds: 30}

// Bounds of settings.
const (
	MostSeconds    = 3600
	MostDays       = 3650
	MostCategories = 50
	MostTags       = 20
)

// GetSettings reads a project's settings.
func GetSettings(ctx context.Context, q store.Querier, project ident.ProjectID) (Settings, error) {
	var s Settings
	var categories string
	err := q.QueryRow(ctx, `SELECT proper_seconds, repeated_days, keep_days, voicemail_days, categories FROM call_setting WHERE project_id = $1`, string(project)).
		Scan(&s.ProperSeconds, &s.RepeatedDays, &s.KeepDays, &s.VoicemailDays, &categories)
	if errors.Is(err, sql.ErrNoRows) {
		return Standard, nil
	}
	s.Categories = splitLines(categories)
	return s, err
}

func (s Settings) check() (Settings, error) {
	for _, bound := range []struct {
		name        string
		value, most int64
	}{
		{"proper_seconds", s.ProperSeconds, MostSeconds},
		{"repeated_days", s.RepeatedDays, MostDays},
		{"keep_days", s.KeepDays, MostDays},
		{"voicemail_days", s.VoicemailDays, MostDays},
	} {
		if bound.value < 0 || bound.value > bound.most {
			return s, errs.New(errs.Invalid, "call.bad_setting", "%s must lie between 0 and %d", bound.name, bound.most).At(bound.name).
				Try("write a whole number within the bounds").With("Most", bound.most)
		}
	}
	var err error
	s.Categories, err = labels(s.Categories, MostCategories)
	return s, err
}

// SetSettings changes a project's settings and writes the trail. What calls were judged to be stays; recordings that are kept
// longer or shorter from now on are those that expire later. Errors: errs.Denied `access.denied`, errs.Invalid
// `call.bad_setting`, `call.label_too_long`, `call.too_many_labels`.
func SetSettings(ctx context.Context, tx *store.Tx, p access.Permit, s Settings, at time.Time) error {
	if _, err := p.May(access.Edit, access.Telephony); err != nil {
		return err
	}
	project := p.Org.Project()
	s, err := s.check()
	if err != nil {
		return err
	}
	before, err := GetSettings(ctx, tx, project)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO call_setting (project_id, proper_seconds, repeated_days, keep_days, voicemail_days, categories)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (project_id) DO UPDATE SET proper_seconds = excluded.proper_seconds, repeated_days = excluded.repeated_days,
		keep_days = excluded.keep_days, voicemail_days = excluded.voicemail_days, categories = excluded.categories`,
		string(project), s.ProperSeconds, s.RepeatedDays, s.KeepDays, s.VoicemailDays, joinLines(s.Categories)); err != nil {
		return err
	}
	if err := setExpiry(ctx, tx, project, s); err != nil {
		return err
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: "call_settings", ObjectID: string(project), Action: access.Edit.String(), Before: before, After: s})
}

// WouldExpire counts the recordings that settings would take away at once: they cannot be brought back, so people are asked.
func WouldExpire(ctx context.Context, q store.Querier, project ident.ProjectID, s Settings, at time.Time) (n int, err error) {
	for kind, days := range map[Kind]int64{TalkRecording: s.KeepDays, VoicemailRecording: s.VoicemailDays} {
		if days <= 0 {
			continue
		}
		var some int
		if err := q.QueryRow(ctx, `SELECT COUNT(*) FROM call_recording WHERE project_id = $1 AND kind = $2 AND state <> 'erasing' AND started_at <= $3`,
			string(project), string(kind), micros(at.Add(-time.Duration(days)*24*time.Hour))).Scan(&some); err != nil {
			return 0, err
		}
		n += some
	}
	return n, nil
}

// setExpiry dates the recordings there are by the settings (Rule T-110).
func setExpiry(ctx context.Context, tx *store.Tx, project ident.ProjectID, s Settings) error {
	for kind, days := range map[Kind]int64{TalkRecording: s.KeepDays, VoicemailRecording: s.VoicemailDays} {
		expiry, args := "0", []any{string(project), string(kind)}
		if days > 0 {
			expiry, args = "started_at + $3", append(args, days*(24*time.Hour).Microseconds())
		}
		if _, err := tx.Exec(ctx, `UPDATE call_recording SET expires_at = `+expiry+` WHERE project_id = $1 AND kind = $2`, args...); err != nil {
			return err
		}
	}
	return nil
}
