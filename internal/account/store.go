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
	"bellwether/internal/project"
	"bellwether/internal/store"
)

const keyColumns = `key_id, name, scope, project_id, created_at, expires_at, revoked_at, last_used_at, made_by`

// Create makes a key out of Name, Scope, Project, ExpiresAt and MadeBy, and its secret out of random, which must be
// crypto/rand.Reader outside tests. The secret cannot be had a second time. Inside store.DB.Write the function may run
// more than once: the last run's secret is the one that counts. Errors: errs.Invalid `account.bad_name`,
// `account.bad_scope`, `account.scope_has_no_project`, `account.scope_needs_project`, `account.expired_at_birth`, and
// errs.NotFound `project.not_found`.
func Create(ctx context.Context, tx *store.Tx, by audit.Actor, random io.Reader, key Key, at time.Time) (secret string, made Key, err error) {
	if err := key.check(at); err != nil {
		return "", Key{}, err
	}
	if key.Project != "" {
		if _, err := project.Get(ctx, tx, key.Project); err != nil {
			return "", Key{}, err
		}
	}
	id, secret, err := mint(random, keyPrefix, at)
	if err != nil {
		return "", Key{}, err
	}
	made = Key{
		ID: KeyID(id), Name: key.Name, Scope: key.Scope, Project: key.Project, MadeBy: key.MadeBy,
		CreatedAt: instant(micros(at)), ExpiresAt: instant(micros(key.ExpiresAt)),
	}
	_, err = tx.Exec(ctx, `INSERT INTO account_key (`+keyColumns+`, secret_hash) VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $8)`,
		string(made.ID), made.Name, string(made.Scope), string(made.Project), micros(at), micros(made.ExpiresAt), string(made.MadeBy), digestOf(secret).String())
	if err != nil {
		return "", Key{}, err
	}
	return secret, made, audit.Write(ctx, tx, by, at, keyChange(made, "create", nil, made))
}

// keyChange belongs to the trail of the key's project, or of the operator.
func keyChange(k Key, action string, before, after any) audit.Change {
	org := ident.Operator
	if k.Project != "" {
		org = ident.ProjectOrg(k.Project)
	}
	return audit.Change{Org: org, Object: "key", ObjectID: string(k.ID), Action: action, Before: before, After: after}
}

// Authenticate finds the key whose secret is shown. Whatever is wrong with it, the answer is errs.Unauthenticated
// `account.bad_key`: also where whoever made it is blocked everywhere. Requests go through a Keyring, which asks less often.
func Authenticate(ctx context.Context, q store.Querier, secret string, at time.Time) (Key, error) {
	id, ok := idOf(keyPrefix, secret)
	if !ok {
		return Key{}, badKey()
	}
	var hash string
	key, err := scanKey(q.QueryRow(ctx, `SELECT `+keyColumns+`, secret_hash FROM account_key WHERE key_id = $1`, id), &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, badKey()
	}
	if err != nil {
		return Key{}, err
	}
	if !digestOf(secret).is(hash) || !key.Live(at) {
		return Key{}, badKey()
	}
	if key.MadeBy == "" {
		return key, nil
	}
	maker, err := GetUser(ctx, q, key.MadeBy)
	if errs.KindOf(err) == errs.NotFound || err == nil && !maker.BlockedAt.IsZero() {
		return Key{}, badKey()
	}
	return key, err
}

func badKey() error {
	return errs.New(errs.Unauthenticated, "account.bad_key", "the key is not valid")
}

// Revoke ends a key of a project (of none for an operator's key). A second time changes nothing. errs.NotFound
// `account.no_key` where the project has no such key.
func Revoke(ctx context.Context, tx *store.Tx, by audit.Actor, id ident.ProjectID, key KeyID, at time.Time) (Key, error) {
	if !key.wellFormed() {
		return Key{}, noKey(key)
	}
	before, err := Get(ctx, tx, id, key)
	if err != nil || !before.RevokedAt.IsZero() {
		return before, err
	}
	if _, err := tx.Exec(ctx, `UPDATE account_key SET revoked_at = $3 WHERE project_id = $1 AND key_id = $2`, string(id), string(key), micros(at)); err != nil {
		return Key{}, err
	}
	after, err := Get(ctx, tx, id, key)
	if err != nil {
		return Key{}, err
	}
	return after, audit.Write(ctx, tx, by, at, keyChange(after, "revoke", before, after))
}

// Get reads a key of a project (of none for an operator's key); errs.NotFound `account.no_key`.
func Get(ctx context.Context, q store.Querier, id ident.ProjectID, key KeyID) (Key, error) {
	if !key.wellFormed() {
		return Key{}, noKey(key)
	}
	got, err := scanKey(q.QueryRow(ctx, `SELECT `+keyColumns+` FROM account_key WHERE project_id = $1 AND key_id = $2`, string(id), string(key)))
	if errors.Is(err, sql.ErrNoRows) {
		return Key{}, noKey(key)
	}
	return got, err
}

func noKey(key KeyID) error {
	return errs.New(errs.NotFound, "account.no_key", "there is no key %.40q", string(key)).At("key")
}

// List gives up to limit keys of a project (of none: the operators'), dead ones too, oldest first, after a key
// (from the first where after is empty). errs.Invalid `account.bad_cursor` where after is no key's id.
func List(ctx context.Context, q store.Querier, id ident.ProjectID, after KeyID, limit int) ([]Key, error) {
	if after != "" && !after.wellFormed() {
		return nil, errs.New(errs.Invalid, "account.bad_cursor", "%.40q is not the id of a key", string(after)).At("after")
	}
	rows, err := q.Query(ctx, `SELECT `+keyColumns+` FROM account_key WHERE project_id = $1 AND key_id > $2 ORDER BY key_id LIMIT $3`,
		string(id), string(after), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var keys []Key
	for rows.Next() {
		key, err := scanKey(rows)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// LiveKeysBy gives the keys that a user made and that still open something, of every project and of the operator, oldest first.
func LiveKeysBy(ctx context.Context, q store.Querier, id UserID, at time.Time) ([]Key, error) {
	var keys []Key
	return keys, store.EachRow(ctx, q, `SELECT `+keyColumns+` FROM account_key WHERE made_by = $1 AND revoked_at = 0 ORDER BY key_id`,
		[]any{string(id)}, func(rows *sql.Rows) error {
			key, err := scanKey(rows)
			if key.Live(at) {
				keys = append(keys, key)
			}
			return err
		})
}

// scanKey reads keyColumns and what the query selects after them.
func scanKey(row interface{ Scan(...any) error }, more ...any) (Key, error) {
	var k Key
	var created, expires, revoked, used int64
	err := row.Scan(append([]any{&k.ID, &k.Name, &k.Scope, &k.Project, &created, &expires, &revoked, &used, &k.MadeBy}, more...)...)
	k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.LastUsedAt = instant(created), instant(expires), instant(revoked), instant(used)
	return k, err
}

// micros writes an instant as microseconds since 1970, and no instant as 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
