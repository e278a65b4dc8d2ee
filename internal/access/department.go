package access

import (
	"context"
	"database/sql"
	"io"
	"slices"
	"strings"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// DepartmentID names a department of a project.
type DepartmentID string

// Department is employees who work, and are rung, together.
type Department struct {
	ID     DepartmentID     `json:"id"`
	Name   string           `json:"name"`
	People []account.UserID `json:"people,omitempty"`
}

// Departments gives a project's departments and who is in them, by name. errs.Denied `access.denied`.
func Departments(ctx context.Context, q store.Querier, p Permit) ([]Department, error) {
	if _, err := p.May(View, People); err != nil {
		return nil, err
	}
	return departments(ctx, q, p.Org.Project())
}

func departments(ctx context.Context, q store.Querier, id ident.ProjectID) ([]Department, error) {
	var list []Department
	return list, store.EachRow(ctx, q, `SELECT d.department_id, d.name, COALESCE(m.user_id, '') FROM access_department AS d
		LEFT JOIN access_department_member AS m ON m.project_id = d.project_id AND m.department_id = d.department_id
		WHERE d.project_id = $1 ORDER BY d.name, d.department_id, m.user_id`, []any{string(id)}, func(rows *sql.Rows) error {
		var d Department
		var person account.UserID
		if err := rows.Scan(&d.ID, &d.Name, &person); err != nil {
			return err
		}
		if n := len(list); n == 0 || list[n-1].ID != d.ID {
			list = append(list, d)
		}
		if last := &list[len(list)-1]; person != "" {
			last.People = append(last.People, person)
		}
		return nil
	})
}

// department finds one; errs.NotFound `access.no_department`.
func department(ctx context.Context, q store.Querier, p Permit, id DepartmentID) (Department, error) {
	if _, err := p.May(Edit, People); err != nil {
		return Department{}, err
	}
	all, err := departments(ctx, q, p.Org.Project())
	if err != nil {
		return Department{}, err
	}
	i := slices.IndexFunc(all, func(d Department) bool { return d.ID == id })
	if i < 0 {
		return Department{}, errs.New(errs.NotFound, "access.no_department", "there is no department %.40q", string(id)).At("department")
	}
	return all[i], nil
}

func departmentChange(p Permit, d Department, action string, before, after any) audit.Change {
	return audit.Change{Org: p.Org, Object: "department", ObjectID: string(d.ID), Action: action, Before: before, After: after}
}

// freeName refuses a name that is none, and that of another department of the project, whatever its letters' case: people choose
// departments by their names.
func freeName(ctx context.Context, q store.Querier, p Permit, id DepartmentID, name string) error {
	if !validName(name) {
		return badName()
	}
	all, err := departments(ctx, q, p.Org.Project())
	if err != nil {
		return err
	}
	for _, d := range all {
		if d.ID != id && strings.EqualFold(strings.TrimSpace(d.Name), strings.TrimSpace(name)) {
			return errs.New(errs.Conflict, "access.department_exists", "there is a department %.40q", d.Name).At("name").Try("choose another name")
		}
	}
	return nil
}

// MakeDepartment makes a department of a project. Errors: errs.Denied `access.denied`, errs.Invalid `access.bad_name`, errs.Conflict
// `access.department_exists`.
func MakeDepartment(ctx context.Context, tx *store.Tx, p Permit, random io.Reader, name string, at time.Time) (Department, error) {
	if _, err := p.May(Edit, People); err != nil {
		return Department{}, err
	}
	if p.Org.Kind != ident.ProjectKind {
		return Department{}, denied(Edit, People)
	}
	if err := freeName(ctx, tx, p, "", name); err != nil {
		return Department{}, err
	}
	id, err := account.NewID(random, at)
	if err != nil {
		return Department{}, err
	}
	made := Department{ID: DepartmentID(id), Name: name}
	_, err = tx.Exec(ctx, `INSERT INTO access_department (project_id, department_id, name, made_at) VALUES ($1, $2, $3, $4)`, p.Org.ID, id, name, micros(at))
	if err != nil {
		return Department{}, err
	}
	return made, record(ctx, tx, p.Actor(), at, departmentChange(p, made, "create", nil, made))
}

// RenameDepartment gives a department another name. Errors: those of MakeDepartment and errs.NotFound `access.no_department`.
func RenameDepartment(ctx context.Context, tx *store.Tx, p Permit, id DepartmentID, name string, at time.Time) error {
	before, err := department(ctx, tx, p, id)
	if err != nil {
		return err
	}
	if err := freeName(ctx, tx, p, id, name); err != nil {
		return err
	}
	after := before
	after.Name = name
	_, err = tx.Exec(ctx, `UPDATE access_department SET name = $3 WHERE project_id = $1 AND department_id = $2`, p.Org.ID, string(id), name)
	if err != nil {
		return err
	}
	return record(ctx, tx, p.Actor(), at, departmentChange(p, after, "rename", before, after))
}

// DeleteDepartment removes a department; its people stay. Errors: errs.Denied `access.denied`, errs.NotFound
// `access.no_department`.
func DeleteDepartment(ctx context.Context, tx *store.Tx, p Permit, id DepartmentID, at time.Time) error {
	before, err := department(ctx, tx, p, id)
	if err != nil {
		return err
	}
	for _, table := range []string{"access_department_member", "access_department"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE project_id = $1 AND department_id = $2`, p.Org.ID, string(id)); err != nil {
			return err
		}
	}
	return record(ctx, tx, p.Actor(), at, departmentChange(p, before, "delete", before, nil))
}

// SetPeople makes the people of a department those named. Errors: errs.Denied `access.denied`; errs.NotFound
// `access.no_department`, `access.no_member`.
func SetPeople(ctx context.Context, tx *store.Tx, p Permit, id DepartmentID, people []account.UserID, at time.Time) error {
	before, err := department(ctx, tx, p, id)
	if err != nil {
		return err
	}
	after := before
	after.People = slices.Compact(slices.Sorted(slices.Values(people)))
	rows := make([][]any, len(after.People))
	for i, person := range after.People {
		if _, err := GetMember(ctx, tx, p.Org, person); err != nil {
			return err
		}
		rows[i] = []any{p.Org.ID, string(person), string(id)}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM access_department_member WHERE project_id = $1 AND department_id = $2`, p.Org.ID, string(id)); err != nil {
		return err
	}
	if err := tx.Insert(ctx, "access_department_member", []string{"project_id", "user_id", "department_id"}, rows); err != nil {
		return err
	}
	return record(ctx, tx, p.Actor(), at, departmentChange(p, after, "set people", before, after))
}
