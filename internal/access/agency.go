package access

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Agency runs projects of others. A project names its agency (project.Project.Agency); an agency that only projects name
// counts in billing and has no members until it is opened here.
type Agency struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Language string    `json:"language,omitempty"` // of mails to people it invites; empty for that of whoever invites
	OpenedAt time.Time `json:"-"`
}

// OpenAgency opens an agency. Errors: errs.Denied `access.denied`; errs.Invalid `access.bad_agency`, `access.bad_name`;
// errs.Conflict `access.agency_exists`.
func OpenAgency(ctx context.Context, tx *store.Tx, p Permit, id, name string, at time.Time) (Agency, error) {
	if _, err := p.May(Edit, Agencies); err != nil {
		return Agency{}, err
	}
	if _, err := ident.ParseProjectID(id); err != nil {
		return Agency{}, errs.New(errs.Invalid, "access.bad_agency", "%.80q is not an agency's id", id).At("agency").Try("write 1 to 64 of a-z, 0-9, - and _")
	}
	if !validName(name) {
		return Agency{}, badName()
	}
	if _, err := GetAgency(ctx, tx, id); errs.KindOf(err) != errs.NotFound {
		if err == nil {
			err = errs.New(errs.Conflict, "access.agency_exists", "agency %s exists", id).At("agency")
		}
		return Agency{}, err
	}
	made := Agency{ID: id, Name: name, OpenedAt: instant(micros(at))}
	if _, err := tx.Exec(ctx, `INSERT INTO access_agency (agency_id, name, language, opened_at) VALUES ($1, $2, '', $3)`, id, name, micros(at)); err != nil {
		return Agency{}, err
	}
	return made, audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: ident.AgencyOrg(id), Object: "agency", ObjectID: id, Action: "open", After: made})
}

// GetAgency reads an agency; errs.NotFound `access.no_agency`.
func GetAgency(ctx context.Context, q store.Querier, id string) (Agency, error) {
	if _, err := ident.ParseProjectID(id); err != nil {
		return Agency{}, noAgency(id)
	}
	a := Agency{ID: id}
	var opened int64
	err := q.QueryRow(ctx, `SELECT name, language, opened_at FROM access_agency WHERE agency_id = $1`, id).Scan(&a.Name, &a.Language, &opened)
	if errors.Is(err, sql.ErrNoRows) {
		return Agency{}, noAgency(id)
	}
	a.OpenedAt = instant(opened)
	return a, err
}

// EditAgency gives the permit's agency another name and another language for mails to people it invites, empty for that of whoever
// invites. Errors: errs.Denied `access.denied`; errs.Invalid `access.bad_name`, `account.bad_language`.
func EditAgency(ctx context.Context, tx *store.Tx, p Permit, name, language string, at time.Time) (before Agency, err error) {
	if _, err := p.May(Edit, Settings); err != nil {
		return Agency{}, err
	}
	if p.Org.Kind != ident.AgencyKind {
		return Agency{}, denied(Edit, Settings)
	}
	if !validName(name) {
		return Agency{}, badName()
	}
	if language != "" {
		if err := account.CheckLanguage(language); err != nil {
			return Agency{}, err
		}
	}
	if before, err = GetAgency(ctx, tx, p.Org.ID); err != nil {
		return Agency{}, err
	}
	after := before
	after.Name, after.Language = name, language
	if _, err := tx.Exec(ctx, `UPDATE access_agency SET name = $2, language = $3 WHERE agency_id = $1`, p.Org.ID, name, language); err != nil {
		return Agency{}, err
	}
	return before, audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: "agency", ObjectID: p.Org.ID, Action: "edit", Before: before, After: after})
}

func noAgency(id string) error {
	return errs.New(errs.NotFound, "access.no_agency", "there is no agency %.64q", id).At("agency")
}

// ListAgencies gives up to limit agencies after one, in the order of ids.
func ListAgencies(ctx context.Context, q store.Querier, after string, limit int) ([]Agency, error) {
	var list []Agency
	return list, store.EachRow(ctx, q, `SELECT agency_id, name, opened_at FROM access_agency WHERE agency_id > $1 ORDER BY agency_id LIMIT $2`,
		[]any{after, limit}, func(rows *sql.Rows) error {
			var a Agency
			var opened int64
			err := rows.Scan(&a.ID, &a.Name, &opened)
			a.OpenedAt = instant(opened)
			list = append(list, a)
			return err
		})
}

// MoveProject gives a project to an agency, or takes it from one where agency is empty: the agency's members reach it, or no
// longer do, within 5 seconds. It is the operator's. Errors: errs.Denied `access.denied`; errs.NotFound `access.no_agency`,
// `project.not_found`.
func MoveProject(ctx context.Context, tx *store.Tx, p Permit, id ident.ProjectID, agency string, at time.Time) error {
	if _, err := p.May(Edit, Projects); err != nil {
		return err
	}
	if agency != "" {
		if _, err := GetAgency(ctx, tx, agency); err != nil {
			return err
		}
	}
	before, err := project.AgencyOf(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := project.SetAgency(ctx, tx, id, agency); err != nil {
		return err
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{
		Org: ident.ProjectOrg(id), Object: "project", ObjectID: string(id), Action: "move",
		Before: map[string]string{"agency": before}, After: map[string]string{"agency": agency},
	})
}

// MemberCounts counts the members of each agency, those who are blocked left out. Errors: errs.Denied `access.denied`.
func MemberCounts(ctx context.Context, q store.Querier, p Permit) (map[string]int, error) {
	if _, err := p.May(View, Agencies); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	return counts, store.EachRow(ctx, q, `SELECT org, COUNT(*) FROM access_member WHERE org LIKE 'agency:%' AND blocked = '' GROUP BY org`, nil, func(rows *sql.Rows) error {
		var org string
		var n int
		err := rows.Scan(&org, &n)
		counts[readOrg(org).ID] = n
		return err
	})
}
