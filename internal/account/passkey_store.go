package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Passkey is a passkey as its owner sees it.
type Passkey struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at,omitzero"`
}

func credentialID(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// readHolder reads a user with their passkeys.
func readHolder(ctx context.Context, q store.Querier, id UserID) (holder, error) {
	u, err := GetUser(ctx, q, id)
	if err != nil {
		return holder{}, err
	}
	rows, err := q.Query(ctx, `SELECT credential FROM account_passkey WHERE user_id = $1 ORDER BY created_at, credential_id`, string(id))
	if err != nil {
		return holder{}, err
	}
	defer func() { _ = rows.Close() }()
	h := holder{user: u}
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return holder{}, err
		}
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return holder{}, err
		}
		h.credentials = append(h.credentials, c)
	}
	return h, rows.Err()
}

func insertPasskey(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, name string, credential *webauthn.Credential, at time.Time) (Passkey, error) {
	made := Passkey{ID: credentialID(credential.ID), Name: name, CreatedAt: instant(micros(at))}
	text, err := json.Marshal(credential)
	if err != nil {
		return Passkey{}, err
	}
	err = tx.Try(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO account_passkey (user_id, credential_id, name, credential, created_at, used_at) VALUES ($1, $2, $3, $4, $5, 0)`,
			string(id), made.ID, name, string(text), micros(at))
		return err
	})
	if store.IsUnique(err) {
		return Passkey{}, errs.New(errs.Conflict, "account.passkey_known", "this passkey is registered")
	}
	if err != nil {
		return Passkey{}, err
	}
	return made, audit.Write(ctx, tx, by, at, audit.Change{Object: "passkey", ObjectID: made.ID, Action: "create", After: made})
}

// usePasskey keeps the sign counter and flags of a passkey that signed.
func usePasskey(ctx context.Context, tx *store.Tx, id UserID, credential *webauthn.Credential, at time.Time) error {
	text, err := json.Marshal(credential)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE account_passkey SET credential = $3, used_at = $4 WHERE user_id = $1 AND credential_id = $2`,
		string(id), credentialID(credential.ID), string(text), micros(at))
	return err
}

// ListPasskeys gives a user's passkeys, oldest first.
func ListPasskeys(ctx context.Context, q store.Querier, id UserID) ([]Passkey, error) {
	rows, err := q.Query(ctx, `SELECT credential_id, name, created_at, used_at FROM account_passkey WHERE user_id = $1 ORDER BY created_at, credential_id`, string(id))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var passkeys []Passkey
	for rows.Next() {
		var p Passkey
		var created, used int64
		if err := rows.Scan(&p.ID, &p.Name, &created, &used); err != nil {
			return nil, err
		}
		p.CreatedAt, p.UsedAt = instant(created), instant(used)
		passkeys = append(passkeys, p)
	}
	return passkeys, rows.Err()
}

// getPasskey finds one of a user's passkeys; errs.NotFound `account.no_passkey`.
func getPasskey(ctx context.Context, q store.Querier, id UserID, passkey string) (Passkey, error) {
	all, err := ListPasskeys(ctx, q, id)
	if err != nil {
		return Passkey{}, err
	}
	for _, p := range all {
		if p.ID == passkey {
			return p, nil
		}
	}
	return Passkey{}, errs.New(errs.NotFound, "account.no_passkey", "there is no passkey %.100q", passkey).At("passkey")
}

// RenamePasskey gives one of a user's passkeys another name. Errors: errs.Invalid `account.bad_name`, errs.NotFound
// `account.no_passkey`.
func RenamePasskey(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, passkey, name string, at time.Time) error {
	if !validName(name) {
		return badPasskeyName()
	}
	before, err := getPasskey(ctx, tx, id, passkey)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE account_passkey SET name = $3 WHERE user_id = $1 AND credential_id = $2`, string(id), passkey, name); err != nil {
		return err
	}
	after := before
	after.Name = name
	return audit.Write(ctx, tx, by, at, audit.Change{Object: "passkey", ObjectID: passkey, Action: "rename", Before: before, After: after})
}

func badPasskeyName() error {
	return errs.New(errs.Invalid, "account.bad_name", "a passkey needs a name of 1 to %d characters, none of them invisible", longestName).At("name")
}

// DeletePasskey removes one of the passkeys of a signed-in user who has proved of late who they are, and gives it. Errors: errs.Denied
// `account.proof_needed`, errs.NotFound `account.no_passkey`.
func DeletePasskey(ctx context.Context, tx *store.Tx, by audit.Actor, s Session, passkey string, at time.Time) (Passkey, error) {
	if err := Proof(ctx, tx, s, at); err != nil {
		return Passkey{}, err
	}
	before, err := getPasskey(ctx, tx, s.User, passkey)
	if err != nil {
		return Passkey{}, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM account_passkey WHERE user_id = $1 AND credential_id = $2`, string(s.User), passkey); err != nil {
		return Passkey{}, err
	}
	return before, audit.Write(ctx, tx, by, at, audit.Change{Object: "passkey", ObjectID: passkey, Action: "delete", Before: before})
}

// dropPasskeys removes all passkeys of a user, and gives their names.
func dropPasskeys(ctx context.Context, tx *store.Tx, id UserID) (names []string, err error) {
	all, err := ListPasskeys(ctx, tx, id)
	for _, p := range all {
		names = append(names, p.Name)
	}
	if err != nil || len(all) == 0 {
		return names, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM account_passkey WHERE user_id = $1`, string(id))
	return names, err
}
