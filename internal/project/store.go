package project

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Opening is what a project is opened with.
type Opening struct {
	ID       ident.ProjectID
	Name     string
	Country  string
	Currency money.Currency
	TimeZone string
	Book     string
	Version  string
	Plan     string
	Agency   string
}

// Create opens a project at an instant: its first usage day is the local date then. It returns errs.Conflict
// `project.exists` where the name is taken, errs.Invalid for a bad country or zone.
func Create(ctx context.Context, tx *store.Tx, opening Opening, at time.Time) (*Project, error) {
	if err := tx.May(ident.ProjectOrg(opening.ID), forProjects...); err != nil {
		return nil, err
	}
	zone, err := civil.LoadZone(opening.TimeZone)
	if err != nil {
		return nil, errs.New(errs.Invalid, "project.bad_zone", "%v", err).At("time_zone")
	}
	if err := checkOpening(opening); err != nil {
		return nil, err
	}
	first := NewCalendar([]ZonePeriod{{From: civil.DateIn(at, zone), Zone: zone}}).DayAt(at)
	_, err = tx.Exec(ctx, `INSERT INTO project (project_id, name, country, currency, agency, opened_at, first_day, limits, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', 1)`,
		string(opening.ID), opening.Name, opening.Country, string(opening.Currency), opening.Agency, at.UnixMicro(), int64(first))
	if store.IsUnique(err) {
		return nil, errs.New(errs.Conflict, "project.exists", "project %s exists", opening.ID).At("project")
	}
	if err != nil {
		return nil, err
	}
	if err := putZone(ctx, tx, opening.ID, first, opening.TimeZone, at); err != nil {
		return nil, err
	}
	if err := putBook(ctx, tx, opening.ID, BookPeriod{From: first, Book: opening.Book, Version: opening.Version, Plan: opening.Plan}, at); err != nil {
		return nil, err
	}
	return Get(ctx, tx, opening.ID)
}

const longestName = 200 // characters

func checkOpening(opening Opening) error {
	if _, err := ident.ParseProjectID(string(opening.ID)); err != nil {
		return errs.New(errs.Invalid, "project.bad_id", "%v", err).At("project")
	}
	if err := checkName(opening.Name); err != nil {
		return err
	}
	if _, err := money.ParseCurrency(string(opening.Currency)); err != nil {
		return errs.New(errs.Invalid, "project.bad_currency", "%v", err).At("currency")
	}
	if !phone.IsCountry(opening.Country) {
		return errs.New(errs.Invalid, "project.bad_country", "%.20q is not a country", opening.Country).At("country").Try("write an ISO 3166 code such as UA")
	}
	return nil
}

// Mistakes are what is wrong with the fields of an opening, each by itself: its id, name, country and time zone.
func (o Opening) Mistakes() (all []error) {
	sound := Opening{ID: "sound", Country: "UA", Currency: "UAH"}
	for _, one := range []Opening{{ID: o.ID, Country: sound.Country}, {ID: sound.ID, Name: o.Name, Country: sound.Country}, {ID: sound.ID, Country: o.Country}} {
		one.Currency = sound.Currency
		if err := checkOpening(one); err != nil {
			all = append(all, err)
		}
	}
	if _, err := civil.LoadZone(o.TimeZone); err != nil {
		all = append(all, errs.New(errs.Invalid, "project.bad_zone", "%v", err).At("time_zone"))
	}
	return all
}

func checkName(name string) error {
	if name != "" && !ident.Line(name, longestName) {
		return errs.New(errs.Invalid, "project.bad_name", "a name is at most %d characters of UTF-8, none of them invisible", longestName).At("name")
	}
	return nil
}

// Rename gives the project another name. Errors: errs.Invalid `project.bad_name`, for an empty one too; errs.NotFound
// `project.not_found`.
func Rename(ctx context.Context, tx *store.Tx, id ident.ProjectID, name string) (*Project, error) {
	if err := tx.May(ident.ProjectOrg(id), forSettings...); err != nil {
		return nil, err
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	if strings.TrimSpace(name) == "" {
		return nil, errs.New(errs.Invalid, "project.bad_name", "a project needs a name").At("name")
	}
	if _, err := tx.Exec(ctx, `UPDATE project SET name = $2 WHERE project_id = $1`, string(id), name); err != nil {
		return nil, err
	}
	return touch(ctx, tx, id)
}

func putZone(ctx context.Context, tx *store.Tx, id ident.ProjectID, from civil.Date, zone string, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO project_zone (project_id, from_day, zone, set_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (project_id, from_day) DO UPDATE SET zone = excluded.zone, set_at = excluded.set_at`,
		string(id), int64(from), zone, at.UnixMicro())
	return err
}

func putBook(ctx context.Context, tx *store.Tx, id ident.ProjectID, period BookPeriod, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO project_book (project_id, from_day, book, version, plan, set_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (project_id, from_day) DO UPDATE SET book = excluded.book, version = excluded.version, plan = excluded.plan, set_at = excluded.set_at`,
		string(id), int64(period.From), period.Book, period.Version, period.Plan, at.UnixMicro())
	return err
}

// ChangeZone moves the project to another zone from the next usage day on (Rule B-09).
func ChangeZone(ctx context.Context, tx *store.Tx, p *Project, zone string, at time.Time) (*Project, error) {
	if err := tx.May(ident.ProjectOrg(p.ID), forSettings...); err != nil {
		return nil, err
	}
	if _, err := civil.LoadZone(zone); err != nil {
		return nil, errs.New(errs.Invalid, "project.bad_zone", "%v", err).At("time_zone")
	}
	if err := putZone(ctx, tx, p.ID, p.Calendar.DayAt(at)+1, zone, at); err != nil {
		return nil, err
	}
	return touch(ctx, tx, p.ID)
}

// MoveBook moves the project to another book version or plan from the next usage day on. The caller checks that the
// book exists and sells in the project's currency.
func MoveBook(ctx context.Context, tx *store.Tx, p *Project, period BookPeriod, at time.Time) (*Project, error) {
	if err := tx.May(ident.ProjectOrg(p.ID), forBook...); err != nil {
		return nil, err
	}
	period.From = p.Calendar.DayAt(at) + 1
	if err := putBook(ctx, tx, p.ID, period, at); err != nil {
		return nil, err
	}
	return touch(ctx, tx, p.ID)
}

// KeepBook takes back what was to be charged by another book version or plan after a day.
func KeepBook(ctx context.Context, tx *store.Tx, p *Project, day civil.Date) (*Project, error) {
	if err := tx.May(ident.ProjectOrg(p.ID), forBook...); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM project_book WHERE project_id = $1 AND from_day > $2`, string(p.ID), int64(day)); err != nil {
		return nil, err
	}
	return touch(ctx, tx, p.ID)
}

// SetLimits replaces the project's own anti-fraud caps.
func SetLimits(ctx context.Context, tx *store.Tx, id ident.ProjectID, limits Limits) (*Project, error) {
	if err := tx.May(ident.ProjectOrg(id), forSettings...); err != nil {
		return nil, err
	}
	text, err := json.Marshal(limits)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `UPDATE project SET limits = $2 WHERE project_id = $1`, string(id), string(text)); err != nil {
		return nil, err
	}
	return touch(ctx, tx, id)
}

// touch gives the project a new revision. It is taken from the clock, so that a revision that was rolled back is not met
// again with other content.
func touch(ctx context.Context, tx *store.Tx, id ident.ProjectID) (*Project, error) {
	_, err := tx.Exec(ctx, `UPDATE project SET revision = CASE WHEN revision < $2 THEN $2 ELSE revision + 1 END WHERE project_id = $1`,
		string(id), tx.Now().UnixMicro())
	if err != nil {
		return nil, err
	}
	return Get(ctx, tx, id)
}

// NotFound is the answer for a project that does not exist, or that the caller may not know of.
func NotFound(id ident.ProjectID) error {
	return errs.New(errs.NotFound, "project.not_found", "there is no project %.64q", string(id)).At("project")
}

// Get loads a project; errs.NotFound `project.not_found` where there is none.
func Get(ctx context.Context, q store.Querier, id ident.ProjectID) (*Project, error) {
	p := &Project{ID: id}
	var opened int64
	var limits string
	err := q.QueryRow(ctx, `SELECT name, country, currency, agency, opened_at, limits, revision FROM project WHERE project_id = $1`, string(id)).
		Scan(&p.Name, &p.Country, &p.Currency, &p.Agency, &opened, &limits, &p.Revision)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, NotFound(id)
	}
	if err != nil {
		return nil, err
	}
	p.OpenedAt = time.UnixMicro(opened).UTC()
	if err := json.Unmarshal([]byte(limits), &p.Limits); err != nil {
		return nil, fmt.Errorf("limits of project %s: %w", id, err)
	}
	if err := p.loadZones(ctx, q); err != nil {
		return nil, err
	}
	return p, p.loadBooks(ctx, q)
}

func (p *Project) loadZones(ctx context.Context, q store.Querier) error {
	rows, err := q.Query(ctx, `SELECT from_day, zone FROM project_zone WHERE project_id = $1 ORDER BY from_day`, string(p.ID))
	if err != nil {
		return err
	}
	defer rows.Close()
	var periods []ZonePeriod
	for rows.Next() {
		var from int64
		var name string
		if err := rows.Scan(&from, &name); err != nil {
			return err
		}
		zone, err := civil.LoadZone(name)
		if err != nil {
			return errs.New(errs.Internal, "project.bad_zone", "%v", err).At("project " + string(p.ID)).Try("this tz database has lost the zone: move the project to another")
		}
		periods = append(periods, ZonePeriod{From: civil.Date(from), Zone: zone})
	}
	p.Calendar = NewCalendar(periods)
	return rows.Err()
}

func (p *Project) loadBooks(ctx context.Context, q store.Querier) error {
	rows, err := q.Query(ctx, `SELECT from_day, book, version, plan FROM project_book WHERE project_id = $1 ORDER BY from_day`, string(p.ID))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var from int64
		var period BookPeriod
		if err := rows.Scan(&from, &period.Book, &period.Version, &period.Plan); err != nil {
			return err
		}
		period.From = civil.Date(from)
		p.Books = append(p.Books, period)
	}
	return rows.Err()
}

// OfAgency names the projects of an agency that are billed in a currency, in the order of names.
func OfAgency(ctx context.Context, q store.Querier, agency string, currency money.Currency) ([]ident.ProjectID, error) {
	return ids(ctx, q, `SELECT project_id FROM project WHERE agency = $1 AND currency = $2 ORDER BY project_id`, agency, string(currency))
}

// List gives up to limit projects after a name, in the order of names.
func List(ctx context.Context, q store.Querier, after ident.ProjectID, limit int) ([]*Project, error) {
	names, err := ids(ctx, q, `SELECT project_id FROM project WHERE project_id > $1 ORDER BY project_id LIMIT $2`, string(after), limit)
	if err != nil {
		return nil, err
	}
	projects := make([]*Project, len(names))
	for i, id := range names {
		if projects[i], err = Get(ctx, q, id); err != nil {
			return nil, err
		}
	}
	return projects, nil
}

func ids(ctx context.Context, q store.Querier, query string, args ...any) ([]ident.ProjectID, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []ident.ProjectID
	for rows.Next() {
		var id ident.ProjectID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		found = append(found, id)
	}
	return found, rows.Err()
}

// AgencyOf names the agency of a project, empty for a direct customer; errs.NotFound `project.not_found`.
func AgencyOf(ctx context.Context, q store.Querier, id ident.ProjectID) (agency string, err error) {
	err = q.QueryRow(ctx, `SELECT agency FROM project WHERE project_id = $1`, string(id)).Scan(&agency)
	if errors.Is(err, sql.ErrNoRows) {
		err = NotFound(id)
	}
	return agency, err
}

// InAgency names up to limit projects of an agency after a name, in the order of names.
func InAgency(ctx context.Context, q store.Querier, agency string, after ident.ProjectID, limit int) ([]ident.ProjectID, error) {
	return ids(ctx, q, `SELECT project_id FROM project WHERE agency = $1 AND project_id > $2 ORDER BY project_id LIMIT $3`, agency, string(after), limit)
}

// SetAgency gives a project to an agency, or to none; its turnover counts there from the current month on. The caller
// checks that there is such an agency.
func SetAgency(ctx context.Context, tx *store.Tx, id ident.ProjectID, agency string) (*Project, error) {
	if err := tx.May(ident.ProjectOrg(id), forProjects...); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `UPDATE project SET agency = $2 WHERE project_id = $1`, string(id), agency); err != nil {
		return nil, err
	}
	return touch(ctx, tx, id)
}
