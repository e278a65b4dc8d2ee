package account_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// authenticator is a device with one passkey, in software.
type authenticator struct {
	key     *ecdsa.PrivateKey
	id      []byte
	handle  []byte
	counter uint32
	origin  string
}

func newAuthenticator(t testing.TB) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &authenticator{key: key, id: id, origin: "https://example.com"}
}

var b64 = base64.RawURLEncoding

// options is the part of what a page gives the browser that the device looks at.
type options struct {
	PublicKey struct {
		Challenge string
		RPID      string `json:"rpId"`
		RP        struct{ ID string }
		User      struct{ ID string }
	}
}

func readOptions(t testing.TB, text json.RawMessage) (o options) {
	t.Helper()
	if err := json.Unmarshal(text, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func (a *authenticator) client(kind, challenge string) []byte {
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	return text
}

// data is authenticator data: user present and verified, the sign counter, and what follows.
func (a *authenticator) data(rp string, flags byte, more []byte) []byte {
	a.counter++
	hash := sha256.Sum256([]byte(rp))
	out := append(hash[:], flags|0x05)
	out = binary.BigEndian.AppendUint32(out, a.counter)
	return append(out, more...)
}

// bytesOf and textOf write CBOR strings of up to 65,535 bytes.
func bytesOf(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0x59}, uint16(len(b))), b...)
}
func textOf(s string) []byte { return append([]byte{0x60 | byte(len(s))}, s...) }

// register answers navigator.credentials.create.
func (a *authenticator) register(t testing.TB, o options) []byte {
	t.Helper()
	var err error
	if a.handle, err = b64.DecodeString(o.PublicKey.User.ID); err != nil {
		t.Fatal(err)
	}
	public, err := a.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		t.Fatal(err)
	}
	cose := []byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21} // EC2, ES256, P-256, x
	cose = append(append(cose, bytesOf(public[1:33])...), 0x22)    // y
	cose = append(cose, bytesOf(public[33:])...)
	attested := append(make([]byte, 16), binary.BigEndian.AppendUint16(nil, uint16(len(a.id)))...) // no model, the id's length
	attested = append(append(attested, a.id...), cose...)
	object := append([]byte{0xa3}, textOf("fmt")...)
	object = append(append(object, textOf("none")...), textOf("attStmt")...)
	object = append(append(object, 0xa0), textOf("authData")...)
	object = append(object, bytesOf(a.data(o.PublicKey.RP.ID, 0x40, attested))...)
	return a.answer(map[string]string{
		"clientDataJSON": b64.EncodeToString(a.client("webauthn.create", o.PublicKey.Challenge)), "attestationObject": b64.EncodeToString(object),
	})
}

// sign answers navigator.credentials.get.
func (a *authenticator) sign(t testing.TB, o options) []byte {
	t.Helper()
	client, data := a.client("webauthn.get", o.PublicKey.Challenge), a.data(o.PublicKey.RPID, 0, nil)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte(nil), data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return a.answer(map[string]string{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data), "signature": b64.EncodeToString(signature),
		"userHandle": b64.EncodeToString(a.handle),
	})
}

func (a *authenticator) answer(response map[string]string) []byte {
	id := b64.EncodeToString(a.id)
	text, _ := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response})
	return text
}

func (w town) register(a *authenticator, id account.UserID, name string, at time.Time) (p account.Passkey, err error) {
	w.Helper()
	var c account.Ceremony
	here := w.here(id, at)
	w.must(func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = w.door.BeginPasskey(ctx, tx, here, at)
		return err
	})
	answer := a.register(w, readOptions(w, c.Options))
	return p, w.do(func(ctx context.Context, tx *store.Tx) error {
		p, err = w.door.FinishPasskey(ctx, tx, tester, id, c.Token, name, answer, at)
		return err
	})
}

func (w town) ceremony(at time.Time) (c account.Ceremony) {
	w.Helper()
	w.must(func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = w.door.BeginPasskeySignIn(ctx, tx, elsewhere(1), at)
		return err
	})
	return c
}

func (w town) show(a *authenticator, at time.Time) (account.Entry, error) {
	w.Helper()
	c := w.ceremony(at)
	return w.door.FinishPasskeySignIn(w.Context(), tester, c.Token, a.sign(w, readOptions(w, c.Options)), at)
}

func TestPasskeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann := w.user(annEmail)
		phone := newAuthenticator(t)
		made, err := w.register(phone, ann.ID, "phone", noon)
		if err != nil {
			t.Fatal(err)
		}
		entry, err := w.show(phone, noon.Add(time.Minute))
		if err != nil || entry.User.ID != ann.ID || entry.Session.Method != account.ByPasskey || !w.isIn(entry.Token, noon.Add(time.Minute)) {
			t.Fatalf("%+v, %v", entry, err)
		}
		made.UsedAt = noon.Add(time.Minute)
		list := func() []account.Passkey {
			all, err := account.ListPasskeys(t.Context(), db, ann.ID)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if diff := cmp.Diff([]account.Passkey{made}, list()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, err := w.register(phone, ann.ID, "again", noon); errs.CodeOf(err) != "account.passkey_known" {
			t.Errorf("the same device twice: %v", err)
		}
		w.must(func(ctx context.Context, tx *store.Tx) error {
			return account.RenamePasskey(ctx, tx, tester, ann.ID, made.ID, "Ann's phone", noon)
		})
		if list()[0].Name != "Ann's phone" {
			t.Errorf("renamed to %q", list()[0].Name)
		}
		here := w.here(ann.ID, noon)
		remove := func(ctx context.Context, tx *store.Tx) error {
			_, err := account.DeletePasskey(ctx, tx, tester, here, made.ID, noon)
			return err
		}
		w.must(remove)
		_, err = w.show(phone, noon)
		wantCode(t, err, errs.Unauthenticated, "account.bad_passkey")
		wantCode(t, w.do(remove), errs.NotFound, "account.no_passkey")
	})
}

// Rule A-05.
func TestBadPasskeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		ann, bob := w.user(annEmail), w.user("bob@example.com")
		phone := newAuthenticator(t)
		if _, err := w.register(phone, ann.ID, "phone", noon); err != nil {
			t.Fatal(err)
		}
		refused := func(what string, a *authenticator) {
			t.Helper()
			entry, err := w.show(a, noon)
			if errs.CodeOf(err) != "account.bad_passkey" || entry.Token != "" {
				t.Errorf("%s: %+v, %v", what, entry, err)
			}
		}
		phishing, other, thief := *phone, *newAuthenticator(t), *phone
		phishing.origin = "https://examp1e.com"
		refused("another site", &phishing)
		other.id, other.handle = phone.id, phone.handle
		refused("another key", &other)
		thief.handle = []byte(bob.ID)
		refused("another user", &thief)
		thief.handle = []byte("nobody at all...")
		refused("no user", &thief)

		if _, err := w.show(phone, noon); err != nil {
			t.Fatal(err)
		}
		copied := *phone
		copied.counter -= 2
		refused("a copy whose counter is behind", &copied)
		entries, err := audit.List(t.Context(), db, audit.Filter{Action: "refuse copied passkey", ObjectID: string(ann.ID)}, 0, 10)
		if err != nil || len(entries) != 1 {
			t.Errorf("%d entries tell of the copy, %v", len(entries), err)
		}
		if _, err := w.show(phone, noon); err != nil {
			t.Errorf("the original: %v", err)
		}

		c := w.ceremony(noon)
		answer := phone.sign(t, readOptions(t, c.Options))
		finish := func(token string, at time.Time) error {
			_, err := w.door.FinishPasskeySignIn(t.Context(), tester, token, answer, at)
			return err
		}
		wantCode(t, finish(w.ceremony(noon).Token, noon), errs.Unauthenticated, "account.bad_passkey") // another challenge
		wantCode(t, finish(c.Token, noon.Add(5*time.Minute)), errs.Invalid, "account.bad_token")
		if err := finish(c.Token, noon); err != nil {
			t.Error(err)
		}
		wantCode(t, finish(c.Token, noon), errs.Invalid, "account.bad_token") // replayed

		w.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.Block(ctx, tx, tester, ann.ID, noon)
			return err
		})
		_, err = w.show(phone, noon)
		wantCode(t, err, errs.Denied, "account.blocked")
	})
}
