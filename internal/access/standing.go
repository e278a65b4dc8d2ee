package access

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// standing is one membership of a user, with what it allows.
type standing struct {
	org        ident.Org
	role       RoleID
	blocked    bool
	seenAt     time.Time
	matrix     Matrix
	colleagues []account.UserID // in one's departments, with oneself
}

// readStandings reads all memberships of a user.
func readStandings(ctx context.Context, q store.Querier, id account.UserID) ([]standing, error) {
	var found []standing
	err := store.EachRow(ctx, q, `SELECT org, role, blocked, seen_at FROM access_member WHERE user_id = $1 ORDER BY org`, []any{string(id)}, func(rows *sql.Rows) error {
		var s standing
		var org, blocked string
		var seen int64
		if err := rows.Scan(&org, &s.role, &blocked, &seen); err != nil {
			return err
		}
		s.org, s.blocked, s.seenAt = readOrg(org), blocked != "", instant(seen)
		found = append(found, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range found {
		if err := found[i].complete(ctx, q, id); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// complete reads the role and, in a project, the departments of a membership.
func (s *standing) complete(ctx context.Context, q store.Querier, id account.UserID) error {
	role, err := FindRole(ctx, q, s.org, s.role)
	if errs.KindOf(err) == errs.NotFound {
		return nil // a role that is not there allows nothing
	}
	if err != nil {
		return err
	}
	s.matrix = role.Matrix
	if s.org.Kind == ident.ProjectKind {
		s.colleagues, err = colleagues(ctx, q, s.org.Project(), id)
	}
	return err
}

func readOrg(text string) ident.Org {
	kind, id, _ := strings.Cut(text, ":")
	return ident.Org{Kind: ident.OrgKind(kind), ID: id}
}

// colleagues are the people in one's departments, with oneself.
func colleagues(ctx context.Context, q store.Querier, project ident.ProjectID, id account.UserID) ([]account.UserID, error) {
	var people []account.UserID
	return people, store.EachRow(ctx, q, `SELECT DISTINCT other.user_id FROM access_department_member AS mine
		JOIN access_department_member AS other ON other.project_id = mine.project_id AND other.department_id = mine.department_id
		WHERE mine.project_id = $1 AND mine.user_id = $2 ORDER BY other.user_id`, []any{string(project), string(id)}, func(rows *sql.Rows) error {
		var one account.UserID
		err := rows.Scan(&one)
		people = append(people, one)
		return err
	})
}
