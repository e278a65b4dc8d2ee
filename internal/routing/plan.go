package routing

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Outgoing is where employees of a project may call, within its limits (Rule B-70).
type Outgoing string

// The directions.
const (
	Anywhere Outgoing = "all"
	AtHome   Outgoing = "home" // the project's own country
	Nowhere  Outgoing = "none" // employees only take calls; emergency numbers always work
)

// Directions lists them.
var Directions = []Outgoing{Anywhere, AtHome, Nowhere}

// Settings are what a project has decided about all its calls.
type Settings struct {
	dialplan.Settings
	AfterHours SchemeID `json:"after_hours,omitempty"` // outside working hours, for numbers that name none of their own; empty for the number's scheme
	Outgoing   Outgoing `json:"outgoing"`
}

// usual are the settings of a project that has decided nothing.
func usual() Settings { return Settings{Outgoing: Anywhere} }

const (
	mostFirst      = 120 // seconds
	mostLookBack   = 365 // days
	objectSettings = "telephony_settings"
	objectHours    = "business_hours"
)

// plan is the row of a project.
type plan struct {
	hours    dialplan.BusinessHours
	settings Settings
}

func readPlan(ctx context.Context, q store.Querier, project ident.ProjectID) (p plan, err error) {
	var hours, settings string
	p.settings = usual()
	err = q.QueryRow(ctx, `SELECT hours, settings FROM routing_plan WHERE project_id = $1`, string(project)).Scan(&hours, &settings)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err == nil && hours != "" {
		err = json.Unmarshal([]byte(hours), &p.hours)
	}
	if err == nil && settings != "" {
		err = json.Unmarshal([]byte(settings), &p.settings)
	}
	return p, err
}

// Hours are a project's working hours and holidays; always open where it has set none.
func Hours(ctx context.Context, q store.Querier, project ident.ProjectID) (dialplan.BusinessHours, error) {
	p, err := readPlan(ctx, q, project)
	return p.hours, err
}

// GetSettings are a project's telephony settings.
func GetSettings(ctx context.Context, q store.Querier, project ident.ProjectID) (Settings, error) {
	p, err := readPlan(ctx, q, project)
	return p.settings, err
}

// SetHours sets the working hours and holidays (Rule T-48). Errors: errs.Denied `access.denied`, and those of
// dialplan.ReadHours.
func (s *Service) SetHours(ctx context.Context, tx *store.Tx, p access.Permit, hours dialplan.BusinessHours, at time.Time) error {
	if err := may(p, access.Edit, access.Schemes); err != nil {
		return err
	}
	text, err := json.Marshal(hours)
	if err != nil {
		return err
	}
	if _, err := dialplan.ReadHours(text); err != nil {
		return err
	}
	before, err := readPlan(ctx, tx, p.Org.Project())
	if err != nil {
		return err
	}
	if err := writePlan(ctx, tx, p.Org.Project(), "hours", string(text), at); err != nil {
		return err
	}
	return note(ctx, tx, p, objectHours, p.Org.ID, "set hours", before.hours, hours, at)
}

// SetSettings sets the telephony settings. Errors: errs.Denied `access.denied`; errs.Invalid `routing.bad_setting`,
// `routing.foreign_caller_id` (Rule T-51), `routing.unknown_reference`.
func (s *Service) SetSettings(ctx context.Context, tx *store.Tx, p access.Permit, settings Settings, at time.Time) error {
	if err := may(p, access.Edit, access.Telephony); err != nil {
		return err
	}
	if err := settings.check(); err != nil {
		return err
	}
	if err := settings.checkNames(ctx, tx, p.Org.Project()); err != nil {
		return err
	}
	before, err := readPlan(ctx, tx, p.Org.Project())
	if err != nil {
		return err
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return err
	}
	if err := writePlan(ctx, tx, p.Org.Project(), "settings", string(text), at); err != nil {
		return err
	}
	return note(ctx, tx, p, objectSettings, p.Org.ID, "set telephony", before.settings, settings, at)
}

func writePlan(ctx context.Context, tx *store.Tx, project ident.ProjectID, column, text string, at time.Time) error {
	if _, err := tx.Exec(ctx, `INSERT INTO routing_plan (project_id, hours, settings, changed_at) VALUES ($1, '', '', $2) ON CONFLICT (project_id) DO NOTHING`,
		string(project), at.UnixMicro()); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE routing_plan SET `+column+` = $2, changed_at = $3 WHERE project_id = $1`, string(project), text, at.UnixMicro())
	return err
}

func badSetting(field, format string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, "routing.bad_setting", format, args...).At(field)
}

func (s Settings) check() error {
	switch {
	case s.Outgoing != Anywhere && s.Outgoing != AtHome && s.Outgoing != Nowhere:
		return badSetting("outgoing", "%.20q is not one of all, home, none", string(s.Outgoing))
	case s.FirstSeconds < 0 || s.FirstSeconds > mostFirst:
		return badSetting("first_seconds", "the last agent rings 1 to %d seconds, or 0 for the usual 20", mostFirst)
	case s.LastAgent.Days < 0 || s.LastAgent.Days > mostLookBack:
		return badSetting("last_agent.days", "calls of 0 to %d days back count", mostLookBack)
	}
	return s.checkDialplan()
}

// checkDialplan reads the part that is dialplan's as strictly as dialplan does.
func (s Settings) checkDialplan() error {
	text, err := json.Marshal(s.Settings)
	if err != nil {
		return err
	}
	_, err = dialplan.ReadSettings(text)
	return err
}

// checkNames finds what the settings name: numbers the project holds, a scheme, a prompt.
func (s Settings) checkNames(ctx context.Context, q store.Querier, project ident.ProjectID) error {
	if s.CallerID != "" {
		if err := holds(ctx, q, project, s.CallerID, "caller_id"); err != nil {
			return err
		}
	}
	if s.AfterHours != "" {
		if _, err := liveScheme(ctx, q, project, s.AfterHours, "after_hours"); err != nil {
			return err
		}
	}
	if s.Recording.Prompt != "" {
		if _, err := GetPrompt(ctx, q, project, PromptID(s.Recording.Prompt)); err != nil {
			return unknown("recording.prompt", "prompt", s.Recording.Prompt)
		}
	}
	return nil
}

// holds refuses a number that the project does not hold: nobody shows another's number as theirs (Rule T-51).
func holds(ctx context.Context, q store.Querier, project ident.ProjectID, n phone.Number, field string) error {
	held, err := billing.NumberHolders(ctx, q, []string{string(n)})
	if err != nil {
		return err
	}
	if held[string(n)] == project {
		return nil
	}
	return errs.New(errs.Invalid, "routing.foreign_caller_id", "%.40q is not a number of the project", string(n)).At(field).Try("choose a number that the project holds")
}

func liveScheme(ctx context.Context, q store.Querier, project ident.ProjectID, id SchemeID, field string) (Scheme, error) {
	sc, err := GetScheme(ctx, q, project, id)
	if errs.KindOf(err) == errs.NotFound {
		return sc, unknown(field, "scheme", string(id))
	}
	if err == nil && sc.Live == 0 {
		err = errs.New(errs.Conflict, "routing.not_published", "the scheme %s was never published", sc.Name).At(field).Try("publish it first")
	}
	return sc, err
}

func mapKeys[K comparable, V any](m map[K]V) iter.Seq[K] { return maps.Keys(m) }
