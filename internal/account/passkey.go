package account

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Passkeys knows the address of the installation that passkeys are bound to.
type Passkeys struct{ rp *webauthn.WebAuthn }

// NewPasskeys binds passkeys to a host ("cabinet.example.com") and to the origins pages are served from
// ("https://cabinet.example.com"). Browsers need HTTPS, or localhost.
func NewPasskeys(host string, origins ...string) (*Passkeys, error) {
	rp, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: issuer, RPOrigins: origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			// A passkey stands for password and code at once: the device must have seen a finger, a face or a PIN.
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, errs.New(errs.Invalid, "account.bad_origin", "passkeys cannot be bound to %.100q", host).Because(err)
	}
	return &Passkeys{rp}, nil
}

// Ceremony is what a page gives the browser (navigator.credentials), and the token to come back with within 5 minutes.
type Ceremony struct {
	Options json.RawMessage // {"publicKey": {...}}
	Token   string
}

// holder is a user as the library sees one.
type holder struct {
	user        User
	credentials []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.user.ID) }
func (h holder) WebAuthnName() string                       { return h.user.Email }
func (h holder) WebAuthnDisplayName() string                { return h.user.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.credentials }

// BeginPasskey begins the registration of a passkey by a signed-in user who has proved of late who they are. Errors: errs.Denied
// `account.proof_needed`; errs.Unavailable `account.no_passkeys` where the installation has none.
func (d *Door) BeginPasskey(ctx context.Context, tx *store.Tx, s Session, at time.Time) (Ceremony, error) {
	if d.Passkeys == nil {
		return Ceremony{}, noPasskeys()
	}
	if err := Proof(ctx, tx, s, at); err != nil {
		return Ceremony{}, err
	}
	h, err := readHolder(ctx, tx, s.User)
	if err != nil {
		return Ceremony{}, err
	}
	options, session, err := d.Passkeys.rp.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.credentials).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, fmt.Errorf("begin a passkey: %w", err)
	}
	return d.ceremony(ctx, tx, passkeyMaking, s.User, options, session, at)
}

func noPasskeys() error {
	return errs.New(errs.Unavailable, "account.no_passkeys", "passkeys need a public address of the installation").Try("sign in with a password")
}

func (d *Door) ceremony(ctx context.Context, tx *store.Tx, kind tokenKind, id UserID, options any, session *webauthn.SessionData, at time.Time) (Ceremony, error) {
	shown, err := json.Marshal(options)
	if err != nil {
		return Ceremony{}, err
	}
	kept, err := json.Marshal(session)
	if err != nil {
		return Ceremony{}, err
	}
	secret, err := mintToken(ctx, tx, d.Random, kind, id, string(kept), at)
	return Ceremony{Options: shown, Token: secret}, err
}

// FinishPasskey registers what the browser answered under a name the user gave it. Errors: errs.Invalid
// `account.bad_token`, `account.bad_passkey`, `account.bad_name`; errs.Conflict `account.passkey_known`.
func (d *Door) FinishPasskey(ctx context.Context, tx *store.Tx, by audit.Actor, id UserID, secret, name string, answer []byte, at time.Time) (Passkey, error) {
	if !validName(name) {
		return Passkey{}, badPasskeyName()
	}
	t, session, err := useCeremony(ctx, tx, secret, at, passkeyMaking)
	if err != nil {
		return Passkey{}, err
	}
	if t.user != id {
		return Passkey{}, badToken()
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, badPasskey(err)
	}
	h, err := readHolder(ctx, tx, id)
	if err != nil {
		return Passkey{}, err
	}
	credential, err := d.Passkeys.rp.CreateCredential(h, session, parsed)
	if err != nil {
		return Passkey{}, badPasskey(err)
	}
	return insertPasskey(ctx, tx, by, id, name, credential, at)
}

func useCeremony(ctx context.Context, tx *store.Tx, secret string, at time.Time, kind tokenKind) (t token, session webauthn.SessionData, err error) {
	if t, _, err = useToken(ctx, tx, secret, at, kind); err != nil {
		return t, session, err
	}
	return t, session, json.Unmarshal([]byte(t.body), &session)
}

func badPasskey(cause error) error {
	return errs.New(errs.Invalid, "account.bad_passkey", "the passkey was not accepted").Because(cause)
}
