package account

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"time"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// SessionID names a session in lists and logs. It is no secret.
type SessionID string

// Method is how a session was begun.
type Method string

// The methods.
const (
	ByPassword Method = "password"
	ByTOTP     Method = "password and code"
	ByRecovery Method = "password and recovery code"
	ByPasskey  Method = "passkey"
	ByInvite   Method = "invitation"
	ByOperator Method = "operator" // an operator views as the user in ViewingAs
)

// Lifetime bounds a session.
type Lifetime struct {
	Idle     time.Duration // it ends when unused for so long
	Absolute time.Duration // and at the latest after so long
}

var (
	// Signed is the lifetime of a session of somebody who signed in.
	Signed = Lifetime{Idle: 7 * 24 * time.Hour, Absolute: 30 * 24 * time.Hour}
	// Viewing is that of an operator who views as somebody else.
	Viewing = Lifetime{Idle: 15 * time.Minute, Absolute: time.Hour}
)

// Session is somebody who is signed in, without the token.
type Session struct {
	ID        SessionID       `json:"id"`
	User      UserID          `json:"user"`
	Project   ident.ProjectID `json:"project,omitempty"`    // the one project it is bound to
	ViewingAs UserID          `json:"viewing_as,omitempty"` // whose eyes an operator borrowed; then it only reads
	Method    Method          `json:"method"`
	Address   string          `json:"address"`
	Agent     string          `json:"agent"`
	CreatedAt time.Time       `json:"created_at"`
	SeenAt    time.Time       `json:"-"` // about
	ExpiresAt time.Time       `json:"expires_at"`
	idle      time.Duration
}

// Live reports whether the session is good at an instant.
func (s Session) Live(at time.Time) bool {
	return at.Before(s.ExpiresAt) && at.Sub(s.SeenAt) < s.idle
}

// NewSession is what a session is begun with.
type NewSession struct {
	User      UserID
	Project   ident.ProjectID
	ViewingAs UserID
	Method    Method
	Lifetime  Lifetime
}

const sessionColumns = `session_id, user_id, project_id, viewing_as, method, address, agent, created_at, seen_at, expires_at, idle_micros`

// OpenSession begins a session and makes its token, which goes into a cookie and cannot be had a second time. The caller
// has made sure who it is: see Door. errs.NotFound `account.no_user`, errs.Denied `account.blocked`.
func OpenSession(ctx context.Context, tx *store.Tx, by audit.Actor, random io.Reader, n NewSession, at time.Time) (secret string, s Session, err error) {
	u, err := GetUser(ctx, tx, n.User)
	if err != nil {
		return "", Session{}, err
	}
	if !u.BlockedAt.IsZero() {
		return "", Session{}, blocked()
	}
	id, secret, err := mint(random, sessionPrefix, at)
	if err != nil {
		return "", Session{}, err
	}
	at = instant(micros(at))
	s = Session{
		ID: SessionID(id), User: n.User, Project: n.Project, ViewingAs: n.ViewingAs, Method: n.Method, Address: fit(by.Address), Agent: fit(by.Agent),
		CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(n.Lifetime.Absolute), idle: n.Lifetime.Idle,
	}
	proved := at
	if s.ViewingAs != "" {
		proved = time.Time{}
	}
	_, err = tx.Exec(ctx, `INSERT INTO account_session (`+sessionColumns+`, secret_hash, proved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		id, string(s.User), string(s.Project), string(s.ViewingAs), string(s.Method), s.Address, s.Agent, micros(at), micros(at), micros(s.ExpiresAt),
		s.idle.Microseconds(), digestOf(secret).String(), micros(proved))
	if err != nil {
		return "", Session{}, err
	}
	return secret, s, audit.Write(ctx, tx, as(by, n.User), at, sessionChange(s, "sign in", nil, s))
}

func blocked() error {
	return errs.New(errs.Denied, "account.blocked", "this user is blocked").Try("ask whoever administers the project")
}

func sessionChange(s Session, action string, before, after any) audit.Change {
	return audit.Change{Object: "session", ObjectID: string(s.ID), Action: action, Before: before, After: after}
}

// AuthenticateSession finds the session and the user whose token is shown. Whatever is wrong, the answer is
// errs.Unauthenticated `account.bad_session`. Requests go through Sessions, which asks less often.
func AuthenticateSession(ctx context.Context, q store.Querier, secret string, at time.Time) (Session, User, error) {
	id, ok := idOf(sessionPrefix, secret)
	if !ok {
		return Session{}, User{}, badSession()
	}
	var hash string
	s, err := scanSession(q.QueryRow(ctx, `SELECT `+sessionColumns+`, secret_hash FROM account_session WHERE session_id = $1`, id), &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, User{}, badSession()
	}
	if err != nil {
		return Session{}, User{}, err
	}
	if !digestOf(secret).is(hash) || !s.Live(at) {
		return Session{}, User{}, badSession()
	}
	u, err := GetUser(ctx, q, s.User)
	if errs.KindOf(err) == errs.NotFound || err == nil && !u.BlockedAt.IsZero() {
		return Session{}, User{}, badSession()
	}
	return s, u, err
}

func badSession() error {
	return errs.New(errs.Unauthenticated, "account.bad_session", "nobody is signed in").Try("sign in")
}

func scanSession(row interface{ Scan(...any) error }, more ...any) (Session, error) {
	var s Session
	var created, seen, expires, idle int64
	err := row.Scan(append([]any{
		&s.ID, &s.User, &s.Project, &s.ViewingAs, &s.Method, &s.Address, &s.Agent, &created, &seen, &expires, &idle,
	}, more...)...)
	s.CreatedAt, s.SeenAt, s.ExpiresAt, s.idle = instant(created), instant(seen), instant(expires), time.Duration(idle)*time.Microsecond
	return s, err
}
