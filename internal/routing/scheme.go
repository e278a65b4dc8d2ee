package routing

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// SchemeID names a scheme of a project.
type SchemeID string

// Scheme is a routing scheme with where it stands: what is being written, and which version counts.
type Scheme struct {
	ID        SchemeID                `json:"id"`
	Name      string                  `json:"name"`
	Draft     *dialplan.RoutingScheme `json:"draft,omitempty"` // what is written and not published, perhaps with mistakes; nil for nothing
	Live      int                     `json:"live"`            // the version that counts; 0 before the first
	Last      int                     `json:"last"`            // the newest version
	MadeAt    time.Time               `json:"made_at"`
	ChangedAt time.Time               `json:"changed_at"`
	ChangedBy string                  `json:"changed_by"` // "user <id>", "key <id>"
}

// Version is a scheme as it counted, or counts.
type Version struct {
	Version     int                    `json:"version"`
	Body        dialplan.RoutingScheme `json:"body"`
	Again       int                    `json:"again,omitempty"` // the older version it repeats; 0 for none
	PublishedAt time.Time              `json:"published_at"`
	PublishedBy string                 `json:"published_by"`
}

const (
	longestName  = 100 // characters
	mostSchemes  = 500 // of a project
	longestDraft = 1 << 18
	objectScheme = "scheme"
)

// Make makes a scheme with a draft and no version. Errors: errs.Denied `access.denied`; errs.Invalid `routing.bad_name`,
// `routing.draft_too_long`; errs.Conflict `routing.too_many`.
func (s *Service) Make(ctx context.Context, tx *store.Tx, p access.Permit, name string, draft dialplan.RoutingScheme, at time.Time) (Scheme, error) {
	if err := may(p, access.Edit, access.Schemes); err != nil {
		return Scheme{}, err
	}
	if err := checkName(name); err != nil {
		return Scheme{}, err
	}
	all, err := Schemes(ctx, tx, p.Org.Project())
	if err != nil {
		return Scheme{}, err
	}
	if len(all) >= mostSchemes {
		return Scheme{}, errs.New(errs.Conflict, "routing.too_many", "a project has at most %d schemes", mostSchemes).Try("remove one first")
	}
	id, err := account.NewID(s.Random, at)
	if err != nil {
		return Scheme{}, err
	}
	text, err := bodyOf(draft)
	if err != nil {
		return Scheme{}, err
	}
	made := Scheme{ID: SchemeID(id), Name: strings.TrimSpace(name), Draft: &draft, MadeAt: at, ChangedAt: at, ChangedBy: p.Actor().Name()}
	_, err = tx.Exec(ctx, `INSERT INTO routing_scheme (project_id, scheme_id, name, draft, live, last, made_at, changed_at, changed_by)
		VALUES ($1, $2, $3, $4, 0, 0, $5, $5, $6)`, p.Org.ID, id, made.Name, text, at.UnixMicro(), made.ChangedBy)
	if err != nil {
		return Scheme{}, err
	}
	return made, note(ctx, tx, p, objectScheme, id, "create", nil, made, at)
}

// Save keeps a draft and the scheme's name, whatever mistakes the draft has; calls are not touched. Errors as Make, and
// errs.NotFound `routing.no_scheme`.
func (s *Service) Save(ctx context.Context, tx *store.Tx, p access.Permit, id SchemeID, name string, draft dialplan.RoutingScheme, at time.Time) (Scheme, error) {
	before, err := editedScheme(ctx, tx, p, id)
	if err != nil {
		return Scheme{}, err
	}
	if err := checkName(name); err != nil {
		return Scheme{}, err
	}
	text, err := bodyOf(draft)
	if err != nil {
		return Scheme{}, err
	}
	after := before
	after.Name, after.Draft, after.ChangedAt, after.ChangedBy = strings.TrimSpace(name), &draft, at, p.Actor().Name()
	if err := after.write(ctx, tx, p.Org.Project(), text); err != nil {
		return Scheme{}, err
	}
	return after, note(ctx, tx, p, objectScheme, string(id), "save draft", before, after, at)
}

// Discard drops the draft of a scheme that was published. Errors: errs.Denied `access.denied`, errs.NotFound
// `routing.no_scheme`, errs.Conflict `routing.only_draft`.
func (s *Service) Discard(ctx context.Context, tx *store.Tx, p access.Permit, id SchemeID, at time.Time) (Scheme, error) {
	before, err := editedScheme(ctx, tx, p, id)
	if err != nil {
		return Scheme{}, err
	}
	if before.Live == 0 {
		return Scheme{}, errs.New(errs.Conflict, "routing.only_draft", "the scheme was never published: it is nothing but its draft").Try("remove the scheme")
	}
	after := before
	after.Draft = nil
	if err := after.write(ctx, tx, p.Org.Project(), ""); err != nil {
		return Scheme{}, err
	}
	return after, note(ctx, tx, p, objectScheme, string(id), "discard draft", before, after, at)
}

// Delete removes a scheme and its versions. Errors: errs.Denied `access.denied`, errs.NotFound `routing.no_scheme`,
// errs.Conflict `routing.scheme_used` where a number or the project's hours have it.
func (s *Service) Delete(ctx context.Context, tx *store.Tx, p access.Permit, id SchemeID, at time.Time) error {
	if err := may(p, access.Delete, access.Schemes); err != nil {
		return err
	}
	before, err := editedScheme(ctx, tx, p, id)
	if err != nil {
		return err
	}
	if err := unused(ctx, tx, p.Org.Project(), id); err != nil {
		return err
	}
	for _, table := range []string{"routing_version", "routing_scheme"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE project_id = $1 AND scheme_id = $2`, p.Org.ID, string(id)); err != nil {
			return err
		}
	}
	return note(ctx, tx, p, objectScheme, string(id), "delete", before, nil, at)
}

func unused(ctx context.Context, q store.Querier, project ident.ProjectID, id SchemeID) error {
	numbers, err := Numbers(ctx, q, project)
	if err != nil {
		return err
	}
	plan, err := readPlan(ctx, q, project)
	if err != nil {
		return err
	}
	used := plan.settings.AfterHours == id
	for _, n := range numbers {
		used = used || n.Scheme == id || n.Closed == id
	}
	if used {
		return errs.New(errs.Conflict, "routing.scheme_used", "calls go by this scheme").At(objectScheme).Try("give its numbers another scheme first")
	}
	return nil
}

func checkName(name string) error {
	name = strings.TrimSpace(name)
	if _, hidden := ident.Hidden(name); name == "" || hidden || !utf8.ValidString(name) || utf8.RuneCountInString(name) > longestName {
		return errs.New(errs.Invalid, "routing.bad_name", "a name is 1 to %d characters that can be seen", longestName).At("name")
	}
	return nil
}

func bodyOf(scheme dialplan.RoutingScheme) (string, error) {
	text, err := json.Marshal(plain(scheme))
	if len(text) > longestDraft {
		return "", errs.New(errs.Invalid, "routing.draft_too_long", "the scheme is longer than %d bytes", longestDraft).Try("make two of it")
	}
	return string(text), err
}

// editedScheme finds a scheme for a change.
func editedScheme(ctx context.Context, tx *store.Tx, p access.Permit, id SchemeID) (Scheme, error) {
	if err := may(p, access.Edit, access.Schemes); err != nil {
		return Scheme{}, err
	}
	return GetScheme(ctx, tx, p.Org.Project(), id)
}

func (sc Scheme) write(ctx context.Context, tx *store.Tx, project ident.ProjectID, draft string) error {
	_, err := tx.Exec(ctx, `UPDATE routing_scheme SET name = $3, draft = $4, live = $5, last = $6, changed_at = $7, changed_by = $8 WHERE project_id = $1 AND scheme_id = $2`,
		string(project), string(sc.ID), sc.Name, draft, sc.Live, sc.Last, sc.ChangedAt.UnixMicro(), sc.ChangedBy)
	return err
}

const schemeColumns = `scheme_id, name, draft, live, last, made_at, changed_at, changed_by`

func scanScheme(scan func(...any) error) (sc Scheme, err error) {
	var draft string
	var made, changed int64
	if err := scan(&sc.ID, &sc.Name, &draft, &sc.Live, &sc.Last, &made, &changed, &sc.ChangedBy); err != nil {
		return sc, err
	}
	sc.MadeAt, sc.ChangedAt = time.UnixMicro(made).UTC(), time.UnixMicro(changed).UTC()
	if draft != "" {
		sc.Draft = &dialplan.RoutingScheme{}
		err = json.Unmarshal([]byte(draft), sc.Draft)
	}
	return sc, err
}

// GetScheme reads a scheme; errs.NotFound `routing.no_scheme`.
func GetScheme(ctx context.Context, q store.Querier, project ident.ProjectID, id SchemeID) (Scheme, error) {
	if !account.WellFormed(string(id)) {
		return Scheme{}, noScheme(id)
	}
	sc, err := scanScheme(q.QueryRow(ctx, `SELECT `+schemeColumns+` FROM routing_scheme WHERE project_id = $1 AND scheme_id = $2`, string(project), string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Scheme{}, noScheme(id)
	}
	return sc, err
}

func noScheme(id SchemeID) error {
	return errs.New(errs.NotFound, "routing.no_scheme", "there is no routing scheme %.40q", string(id)).At(objectScheme)
}

// Schemes lists a project's schemes, by name.
func Schemes(ctx context.Context, q store.Querier, project ident.ProjectID) (list []Scheme, err error) {
	return list, store.EachRow(ctx, q, `SELECT `+schemeColumns+` FROM routing_scheme WHERE project_id = $1 ORDER BY name, scheme_id`,
		[]any{string(project)}, func(rows *sql.Rows) error {
			sc, err := scanScheme(rows.Scan)
			list = append(list, sc)
			return err
		})
}

// Versions lists the versions of a scheme, newest first.
func Versions(ctx context.Context, q store.Querier, project ident.ProjectID, id SchemeID) (list []Version, err error) {
	return list, store.EachRow(ctx, q, `SELECT version, body, again, published_at, published_by FROM routing_version
		WHERE project_id = $1 AND scheme_id = $2 ORDER BY version DESC`, []any{string(project), string(id)}, func(rows *sql.Rows) error {
		v, err := scanVersion(rows.Scan)
		list = append(list, v)
		return err
	})
}

func scanVersion(scan func(...any) error) (v Version, err error) {
	var body string
	var at int64
	if err := scan(&v.Version, &body, &v.Again, &at, &v.PublishedBy); err != nil {
		return v, err
	}
	v.PublishedAt = time.UnixMicro(at).UTC()
	return v, json.Unmarshal([]byte(body), &v.Body)
}

// GetVersion reads a version; errs.NotFound `routing.no_version`.
func GetVersion(ctx context.Context, q store.Querier, project ident.ProjectID, id SchemeID, version int) (Version, error) {
	v, err := scanVersion(q.QueryRow(ctx, `SELECT version, body, again, published_at, published_by FROM routing_version
		WHERE project_id = $1 AND scheme_id = $2 AND version = $3`, string(project), string(id), version).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Version{}, errs.New(errs.NotFound, "routing.no_version", "the scheme has no version %d", version).At("version")
	}
	return v, err
}
