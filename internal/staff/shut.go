package staff

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"bellwether/internal/account"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Subscriber makes employees follow the members they are: whoever is blocked or leaves loses their SIP accounts, whoever comes
// back has them again (Rule T-43). It looks at what is, not at what was told, so it may run twice and late.
func (s *Service) Subscriber() event.Subscriber {
	topics := []string{"access.user_blocked", "access.user_unblocked", "access.member_left", "access.member_joined", topicShut, topicChanged}
	return event.Subscriber{Name: "staff", Topics: topics, Handle: s.hear}
}

func (s *Service) hear(ctx context.Context, e event.Event) error {
	switch e.Topic {
	case topicChanged:
		s.Changed(e.Project)
		return nil
	case topicShut:
		var told closing
		err := json.Unmarshal(e.Body, &told)
		s.Closed(told.Accounts...)
		return err
	}
	var told struct {
		User account.UserID `json:"user"`
	}
	if err := json.Unmarshal(e.Body, &told); err != nil || told.User == "" {
		return err
	}
	var closed []string
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		closed, err = s.follow(ctx, tx, e.Project, told.User)
		return err
	})
	s.Changed(e.Project)
	s.Closed(closed...)
	return err
}

// follow shuts or opens the employee that a member is, and gives the accounts that it closed.
func (s *Service) follow(ctx context.Context, tx *store.Tx, project ident.ProjectID, user account.UserID) (closed []string, err error) {
	var id EmployeeID
	var was bool
	err = tx.QueryRow(ctx, `SELECT employee_id, shut FROM staff_employee WHERE project_id = $1 AND user_id = $2`, string(project), string(user)).Scan(&id, &was)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	shut, err := isShut(ctx, tx, project, user)
	if err != nil {
		return nil, err
	}
	if shut != was {
		if _, err := tx.Exec(ctx, `UPDATE staff_employee SET shut = $3 WHERE project_id = $1 AND employee_id = $2`, string(project), string(id), shut); err != nil {
			return nil, err
		}
	}
	if !shut {
		return nil, nil
	}
	return closed, store.EachRow(ctx, tx, `SELECT user_name FROM staff_sip_account WHERE project_id = $1 AND employee_id = $2`,
		[]any{string(project), string(id)}, func(rows *sql.Rows) error {
			var name string
			err := rows.Scan(&name)
			closed = append(closed, name)
			return err
		})
}

// Standing gives those of some accounts that open, with the version of their password (Account.Version): a registrar asks every few seconds
// (recall.Recheck) and ends all other registrations, so that what another node changed counts here within 5.
func (s *Service) Standing(ctx context.Context, userNames ...string) (open map[string]int64, err error) {
	open = map[string]int64{}
	return open, store.EachKey(ctx, s.db, `SELECT a.user_name, a.password_at FROM staff_sip_account AS a
		JOIN staff_employee AS e ON e.project_id = a.project_id AND e.employee_id = a.employee_id
		WHERE a.enabled = 1 AND e.shut = 0 AND a.user_name IN (keys)`, userNames, func(rows *sql.Rows) error {
		var name string
		var version int64
		err := rows.Scan(&name, &version)
		open[name] = version
		return err
	})
}
