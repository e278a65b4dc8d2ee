package account

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// The parameters every authenticator app knows (RFC 6238 with SHA-1, which is enough for an HMAC).
const (
	codeDigits = 6
	stepLength = 30 // seconds
	skew       = 1  // steps a phone's clock may be wrong by
	issuer     = "Bellwether"
)

// Enrolment is what an authenticator app is set up with. It is shown once.
type Enrolment struct {
	URL    string // otpauth://..., for a QR code
	Secret string // the same in base32, to be typed
}

// BeginTOTP makes a new seed for the authenticator app of a signed-in user who has proved of late who they are; it counts once FinishTOTP
// has seen a code of it. Errors: errs.Denied `account.proof_needed`; errs.Conflict `account.totp_on` where an app is set up: it is to be taken
// off first, which asks for its code.
func (d *Door) BeginTOTP(ctx context.Context, tx *store.Tx, s Session, at time.Time) (Enrolment, error) {
	if err := Proof(ctx, tx, s, at); err != nil {
		return Enrolment{}, err
	}
	u, err := GetUser(ctx, tx, s.User)
	if err != nil {
		return Enrolment{}, err
	}
	if u.TOTP {
		return Enrolment{}, errs.New(errs.Conflict, "account.totp_on", "an authenticator app is set up").Try("take it off first")
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: u.Email, Rand: d.Random})
	if err != nil {
		return Enrolment{}, err
	}
	sealed, err := d.Vault.Seal(d.Random, totpOwner(s.User), []byte(key.Secret()))
	if err != nil {
		return Enrolment{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE account_user SET totp_sealed = $2, totp_step = 0 WHERE user_id = $1`, string(s.User), sealed)
	return Enrolment{URL: key.URL(), Secret: key.Secret()}, err
}

// totpOwner binds a seed to its user, so that a row copied to another does not open.
func totpOwner(id UserID) string { return "totp of " + string(id) }

// FinishTOTP turns the app on that shows a code of the new seed, ends the user's other sessions, and gives ten recovery
// codes, shown once. Errors: errs.Unauthenticated `account.bad_code`; errs.Conflict `account.totp_on`.
func (d *Door) FinishTOTP(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, keep SessionID, code string, at time.Time) (recovery []string, err error) {
	before, err := GetUser(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if before.TOTP {
		return nil, errs.New(errs.Conflict, "account.totp_on", "an authenticator app is set up")
	}
	if err := d.takeTOTP(ctx, tx, id, code, at); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `UPDATE account_user SET totp_since = $2 WHERE user_id = $1`, string(id), micros(at)); err != nil {
		return nil, err
	}
	if err := endSessions(ctx, tx, id, keep); err != nil {
		return nil, err
	}
	if _, err := recorded(ctx, tx, by, at, "turn on totp", before, id); err != nil {
		return nil, err
	}
	return newRecovery(ctx, tx, d.Random, id)
}

// removeTOTP takes the app off a user, and their recovery codes with it.
func (d *Door) removeTOTP(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, at time.Time) error {
	before, err := GetUser(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE account_user SET totp_sealed = '', totp_since = 0, totp_step = 0 WHERE user_id = $1`, string(id)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM account_recovery WHERE user_id = $1`, string(id)); err != nil {
		return err
	}
	_, err = recorded(ctx, tx, by, at, "turn off totp", before, id)
	return err
}

// TurnOffTOTP takes the app off a user who shows a code of it, or a recovery code. Errors: errs.Unauthenticated
// `account.bad_code`, errs.Unavailable `account.too_many_attempts`.
func (d *Door) TurnOffTOTP(ctx context.Context, by audit.Actor, id UserID, code string, at time.Time) error {
	return d.withCode(ctx, by, id, code, at, func(ctx context.Context, tx *store.Tx) error { return d.removeTOTP(ctx, tx, by, id, at) })
}

// withCode does something for a signed-in user who shows a code. Tries are slowed as those at sign-in are.
func (d *Door) withCode(ctx context.Context, by audit.Actor, id UserID, code string, at time.Time, do func(context.Context, *store.Tx) error) error {
	try := attempt{"second factor", string(id), by.Address}
	if err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return try.begin(ctx, tx, at) }); err != nil {
		return err
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := d.takeCode(ctx, tx, id, code, at); err != nil {
			return err
		}
		if err := try.succeeded(ctx, tx, at); err != nil {
			return err
		}
		return do(ctx, tx)
	})
}

// takeTOTP accepts a code of a step later than any accepted before, and remembers the step.
func (d *Door) takeTOTP(ctx context.Context, tx *store.Tx, id UserID, code string, at time.Time) error {
	var sealed string
	var last int64
	if err := tx.QueryRow(ctx, `SELECT totp_sealed, totp_step FROM account_user WHERE user_id = $1`, string(id)).Scan(&sealed, &last); err != nil {
		return err
	}
	if sealed == "" {
		return badCode()
	}
	seed, err := d.Vault.Open(totpOwner(id), sealed)
	if err != nil {
		return err
	}
	step, err := stepOf(string(seed), code, at)
	if err != nil {
		return err
	}
	if step <= last {
		return badCode()
	}
	_, err = tx.Exec(ctx, `UPDATE account_user SET totp_step = $2 WHERE user_id = $1`, string(id), step)
	return err
}

// stepOf finds the step a code belongs to: now, one before or one after; 0 for a code of none.
func stepOf(seed, code string, at time.Time) (step int64, err error) {
	now := at.Unix() / stepLength
	for candidate := now - skew; candidate <= now+skew; candidate++ {
		want, err := totp.GenerateCodeCustom(seed, time.Unix(candidate*stepLength, 0), totp.ValidateOpts{
			Period: stepLength, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1,
		})
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step = candidate
		}
	}
	return step, nil
}

// ResealTOTP seals again, with the vault's first key, up to limit seeds that were sealed with another. It says how many: 0
// when a rotation of keys is done.
func ResealTOTP(ctx context.Context, tx *store.Tx, d *Door, limit int) (resealed int, err error) {
	stale, err := d.staleSeeds(ctx, tx, limit)
	if err != nil {
		return 0, err
	}
	for id, sealed := range stale {
		seed, err := d.Vault.Open(totpOwner(id), sealed)
		if err != nil {
			return 0, err
		}
		if sealed, err = d.Vault.Seal(d.Random, totpOwner(id), seed); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `UPDATE account_user SET totp_sealed = $2 WHERE user_id = $1`, string(id), sealed); err != nil {
			return 0, err
		}
	}
	return len(stale), nil
}

func (d *Door) staleSeeds(ctx context.Context, q store.Querier, limit int) (map[UserID]string, error) {
	rows, err := q.Query(ctx, `SELECT user_id, totp_sealed FROM account_user WHERE totp_sealed <> '' ORDER BY user_id`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	stale := map[UserID]string{}
	for rows.Next() && len(stale) < limit {
		var id UserID
		var sealed string
		if err := rows.Scan(&id, &sealed); err != nil {
			return nil, err
		}
		if d.Vault.Stale(sealed) {
			stale[id] = sealed
		}
	}
	return stale, rows.Err()
}
