package account

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// ListSessions gives a user's live sessions, newest first, and those in which an operator views as them.
func ListSessions(ctx context.Context, q store.Querier, id UserID, at time.Time) ([]Session, error) {
	rows, err := q.Query(ctx, `SELECT `+sessionColumns+` FROM account_session WHERE user_id = $1 OR viewing_as = $1 ORDER BY session_id DESC`, string(id))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var sessions []Session
	for rows.Next() {
		s, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		if s.Live(at) {
			sessions = append(sessions, s)
		}
	}
	return sessions, rows.Err()
}

// EndSession ends one of a user's sessions, or one in which an operator views as them, everywhere within 5 seconds. errs.NotFound
// `account.no_session` where the user has no such session.
func EndSession(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, session SessionID, at time.Time) error {
	sessions, err := ListSessions(ctx, tx, id, at)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if s.ID != session {
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_session WHERE session_id = $1`, string(session)); err != nil {
			return err
		}
		return audit.Write(ctx, tx, by, at, sessionChange(s, "end", s, nil))
	}
	return errs.New(errs.NotFound, "account.no_session", "there is no session %.40q", string(session)).At("session")
}

// EndOtherSessions ends all of a user's sessions but one (but none where keep is empty), everywhere within 5 seconds.
func EndOtherSessions(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, keep SessionID, at time.Time) error {
	if err := endSessions(ctx, tx, id, keep); err != nil {
		return err
	}
	return audit.Write(ctx, tx, by, at, own(id, "end sessions", map[string]string{"kept": string(keep)}))
}

// endSessions ends a user's sessions, and those of operators who view as them.
func endSessions(ctx context.Context, tx *store.Tx, id UserID, keep SessionID) error {
	for _, column := range []string{"user_id", "viewing_as"} {
		if _, err := tx.Exec(ctx, `DELETE FROM account_session WHERE `+column+` = $1 AND session_id <> $2`, string(id), string(keep)); err != nil {
			return err
		}
	}
	return voidTokens(ctx, tx, id, factorToken)
}

const longestNote = 200

// fit makes what a stranger sends fit to be stored and shown.
func fit(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
	if len(text) > longestNote {
		text = strings.ToValidUTF8(text[:longestNote], "")
	}
	return text
}
