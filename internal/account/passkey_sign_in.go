package account

import (
	"context"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// passkeyTry is what is tried before it is known by whom.
const passkeyTry = "passkey"

// BeginPasskeySignIn begins signing in with a passkey, whosever it is: no e-mail address is asked for, so none can be
// found out. Each leaves a row, so an address that begins many and ends none is slowed. errs.Unavailable `account.no_passkeys`,
// `account.too_many_attempts`.
func (d *Door) BeginPasskeySignIn(ctx context.Context, tx *store.Tx, by audit.Actor, at time.Time) (Ceremony, error) {
	if d.Passkeys == nil {
		return Ceremony{}, noPasskeys()
	}
	if err := (attempt{what: passkeyTry, address: by.Address}).fromAddress().count(ctx, tx, at); err != nil {
		return Ceremony{}, err
	}
	options, session, err := d.Passkeys.rp.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ceremony{}, err
	}
	return d.ceremony(ctx, tx, passkeyShown, nobody, options, session, at)
}

// FinishPasskeySignIn lets in whoever's passkey signed. A passkey whose counter went back may be a copy and is refused;
// its owner sees the refusal in the trail. Errors: errs.Invalid `account.bad_token`, errs.Unauthenticated
// `account.bad_passkey`, errs.Denied `account.blocked`, `account.unconfirmed`.
func (d *Door) FinishPasskeySignIn(ctx context.Context, by audit.Actor, secret string, answer []byte, at time.Time) (Entry, error) {
	if d.Passkeys == nil {
		return Entry{}, noPasskeys()
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Entry{}, refusedPasskey(err)
	}
	var entry Entry
	var cloned error
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		entry, cloned = Entry{}, nil
		_, session, err := useCeremony(ctx, tx, secret, at, passkeyShown)
		if err != nil {
			return err
		}
		h, credential, err := d.recognise(ctx, tx, session, parsed)
		if err != nil {
			return err
		}
		if credential.Authenticator.CloneWarning {
			cloned = refusedPasskey(nil)
			return audit.Write(ctx, tx, audit.Actor{Part: "sign-in", Address: by.Address, Agent: by.Agent, Request: by.Request}, at,
				own(h.user.ID, "refuse copied passkey", map[string]any{"credential": credentialID(credential.ID)}))
		}
		if err := h.user.mayEnter(); err != nil {
			return err
		}
		if err := (attempt{what: passkeyTry, address: by.Address}).fromAddress().takeBack(ctx, tx, at); err != nil {
			return err
		}
		if err := usePasskey(ctx, tx, h.user.ID, credential, at); err != nil {
			return err
		}
		entry, err = d.open(ctx, tx, by, h.user, ByPasskey, at)
		return err
	})
	if err == nil {
		err = cloned
	}
	return entry, err
}

// recognise finds the user whose passkey signed the challenge of a ceremony.
func (d *Door) recognise(ctx context.Context, q store.Querier, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (holder, *webauthn.Credential, error) {
	var fault error
	found, credential, err := d.Passkeys.rp.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		h, err := readHolder(ctx, q, UserID(handle))
		if err != nil && errs.KindOf(err) != errs.NotFound {
			fault = err
		}
		return h, err
	}, session, parsed)
	if fault != nil {
		return holder{}, nil, fault
	}
	if err != nil {
		return holder{}, nil, refusedPasskey(err)
	}
	h, _ := found.(holder)
	return h, credential, nil
}

func refusedPasskey(cause error) error {
	return errs.New(errs.Unauthenticated, "account.bad_passkey", "the passkey was not accepted").Try("sign in with a password").Because(cause)
}
