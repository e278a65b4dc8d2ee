package sip

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/icholy/digest"

	"bellwether/internal/sip/wire"
)

// Secret is what proves an account: H(user:realm:password) in hex by either hash; one of them may be missing.
type Secret struct {
	Account string // what the rest of the program calls it; not the user name
	MD5     string
	SHA256  string
	Version int64 // another one with each new password
	Most    int   // registrations at once; 0 for the stack's own limit
}

// Accounts knows the accounts that sign in here.
type Accounts interface {
	// Secret finds the account of a user name; found is false where there is none or it is blocked.
	Secret(ctx context.Context, user string) (secret Secret, found bool, err error)
}

// HA1 is H(user:realm:password) in hex, by both hashes: what is kept instead of a password (RFC 8760).
func HA1(user, realm, password string) (md5Hex, sha256Hex string) {
	text := []byte(user + ":" + realm + ":" + password)
	weak, strong := md5.Sum(text), sha256.Sum256(text)
	return hex.EncodeToString(weak[:]), hex.EncodeToString(strong[:])
}

// nonceAge is how long a nonce is good; a later one is told to be stale and nobody is asked for a password.
const nonceAge = 10 * time.Minute

// authority challenges and checks (RFC 8760, RFC 7616). A nonce carries its own proof, so that a challenge costs no memory; what is
// remembered are the counters of nonces that were used well.
type authority struct {
	realm    string
	key      []byte
	accounts Accounts
	mu       sync.Mutex
	used     map[string]*window
}

// window is the replay window of a nonce: the highest count seen, and which of the 64 below it.
type window struct {
	high uint64
	seen uint64
	born time.Time
}

// verdict of credentials.
type verdict uint8

const (
	missing verdict = iota
	wrong
	stale
	good
	broken // the accounts could not be asked
)

func newAuthority(realm string, key []byte, accounts Accounts) *authority {
	if len(key) == 0 {
		key = make([]byte, 32)
		_, _ = rand.Read(key)
	}
	return &authority{realm: realm, key: key, accounts: accounts, used: map[string]*window{}}
}

// challenge adds the headers of a 401. MD5 stands first: a phone that knows it alone often looks at the first.
func (a *authority) challenge(res *wire.Response, tx *wire.ServerTx, isStale bool) {
	nonce := a.nonce(time.Now())
	algorithms := []string{"MD5", "SHA-256"}
	if knowsMD5Alone(tx) {
		algorithms = algorithms[:1]
	}
	for _, algorithm := range algorithms {
		c := digest.Challenge{Realm: a.realm, Nonce: nonce, Algorithm: algorithm, QOP: []string{"auth"}, Stale: isStale}
		res.AppendHeader(wire.NewHeader("WWW-Authenticate", c.String()))
	}
}

// oldAgents are those that give up where they are offered anything besides MD5, as their User-Agent begins.
var oldAgents = []string{"baresip v0.", "baresip v1."}

// knowsMD5Alone tells whether more than MD5 must not be offered: to pages, whose libraries look at one challenge, JsSIP at the
// last and SIP.js at the first, and to old agents.
func knowsMD5Alone(tx *wire.ServerTx) bool {
	agent := wire.Value(tx.Request, "User-Agent")
	return tx.Flow.Transport == wire.WS || tx.Flow.Transport == wire.WSS ||
		slices.ContainsFunc(oldAgents, func(old string) bool { return strings.HasPrefix(agent, old) })
}

func (a *authority) nonce(now time.Time) string {
	b := make([]byte, 12, 28)
	binary.BigEndian.PutUint64(b, uint64(now.UnixNano()))
	_, _ = rand.Read(b[8:])
	return base64.RawURLEncoding.EncodeToString(a.sign(b))
}

func (a *authority) sign(b []byte) []byte {
	mac := hmac.New(sha256.New, a.key)
	mac.Write(b[:12])
	return mac.Sum(b[:12:12])[:28]
}

// born is when we made a nonce; false where we did not.
func (a *authority) born(nonce string) (time.Time, bool) {
	b, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(b) != 28 || !hmac.Equal(a.sign(append([]byte{}, b[:12]...)), b) {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))), true
}

// check reads the credentials of a request. A user that does not exist is checked like one that does, against a secret
// nobody knows, and gets the same answers (Rule T-64).
func (a *authority) check(ctx context.Context, r *wire.Request) (Secret, string, verdict) {
	c := a.credentials(r)
	if c == nil {
		return Secret{}, "", missing
	}
	born, ours := a.born(c.Nonce)
	secret, found, err := a.accounts.Secret(ctx, c.Username)
	if err != nil {
		return Secret{}, c.Username, broken
	}
	if !found {
		secret = Secret{MD5: a.dummy(c.Username)[:32], SHA256: a.dummy(c.Username)}
	}
	right := a.proves(secret, c, r) && found
	switch {
	case !right || !ours:
		return Secret{}, c.Username, wrong
	case time.Since(born) > nonceAge || !a.fresh(c.Nonce, uint64(c.Nc), born):
		return Secret{}, c.Username, stale
	}
	return secret, c.Username, good
}

// credentials picks those for our realm.
func (a *authority) credentials(r *wire.Request) *digest.Credentials {
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		for _, h := range r.GetHeaders(name) {
			c, err := digest.ParseCredentials(h.Value())
			if err == nil && c.Realm == a.realm && len(c.Username) <= 128 && len(c.Cnonce) <= 256 {
				return c
			}
		}
	}
	return nil
}

func (a *authority) dummy(user string) string {
	mac := hmac.New(sha256.New, a.key)
	mac.Write([]byte("nobody:" + user))
	return hex.EncodeToString(mac.Sum(nil))
}

// proves recomputes the response. Only qop=auth is taken: without it nothing tells a replay.
func (a *authority) proves(secret Secret, c *digest.Credentials, r *wire.Request) bool {
	a1 := secret.MD5
	if strings.EqualFold(c.Algorithm, "SHA-256") {
		a1 = secret.SHA256
	}
	want, err := digest.Digest(
		&digest.Challenge{Realm: a.realm, Nonce: c.Nonce, Algorithm: c.Algorithm, QOP: []string{"auth"}},
		digest.Options{Method: string(r.Method), URI: c.URI, Username: c.Username, A1: a1, Cnonce: c.Cnonce, Count: c.Nc},
	)
	if err != nil || a1 == "" || c.QOP != "auth" || c.Nc <= 0 || c.Cnonce == "" || !aimed(c.URI, r) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(want.Response), []byte(strings.ToLower(c.Response))) == 1
}

// aimed tells whether credentials are for this target: those of one call do not pay for another. Some phones name only the host.
func aimed(text string, r *wire.Request) bool {
	if !strings.Contains(text, "@") {
		return true
	}
	uri, err := wire.ParseURI(text)
	return err == nil && uri.User == r.Recipient.User
}

// fresh takes each count of a nonce once.
func (a *authority) fresh(nonce string, count uint64, born time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.used[nonce]
	if w == nil {
		if len(a.used) >= maxSources {
			a.sweep()
		}
		w = &window{born: born}
		a.used[nonce] = w
	}
	switch {
	case count > w.high:
		shift := count - w.high
		w.seen = w.seen<<min(shift, 64) | 1
		if shift >= 64 {
			w.seen = 1
		}
		w.high = count
		return true
	case w.high-count >= 64 || w.seen&(1<<(w.high-count)) != 0:
		return false
	}
	w.seen |= 1 << (w.high - count)
	return true
}

func (a *authority) sweep() {
	for nonce, w := range a.used {
		if time.Since(w.born) > nonceAge {
			delete(a.used, nonce)
		}
	}
}

// authorize answers the challenges of a response in a new request, the strongest of each kind that we can (RFC 8760
// section 2.4). It is false where none can be answered.
func (c *Credentials) authorize(r *wire.Request, res *wire.Response) bool {
	done := false
	for header, answer := range map[string]string{"WWW-Authenticate": "Authorization", "Proxy-Authenticate": "Proxy-Authorization"} {
		chosen := c.choose(res, header)
		if chosen == nil {
			continue
		}
		chosen.QOP = trimmed(chosen.QOP)
		proof, err := digest.Digest(chosen, digest.Options{
			Method: string(r.Method), URI: r.Recipient.String(), Username: c.User, Password: c.Password, Count: 1,
		})
		if err != nil {
			continue
		}
		for r.RemoveHeader(answer) {
		}
		r.AppendHeader(wire.NewHeader(answer, proof.String()))
		done = true
	}
	return done
}

func (c *Credentials) choose(res *wire.Response, header string) *digest.Challenge {
	var best *digest.Challenge
	for _, h := range res.GetHeaders(header) {
		offered, err := digest.ParseChallenge(h.Value())
		if err != nil || !digest.CanDigest(offered) || c.Realm != "" && c.Realm != offered.Realm {
			continue
		}
		if best == nil || strength(offered) > strength(best) {
			best = offered
		}
	}
	return best
}

func strength(c *digest.Challenge) int {
	switch strings.ToUpper(c.Algorithm) {
	case "SHA-512-256":
		return 3
	case "SHA-256":
		return 2
	}
	return 1
}

func trimmed(list []string) []string {
	var out []string
	for _, s := range list {
		out = append(out, strings.TrimSpace(s))
	}
	return out
}

// copyCredentials: an ACK carries those of its INVITE (RFC 3261 section 22.1).
func copyCredentials(from, to *wire.Request) {
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		for _, h := range from.GetHeaders(name) {
			to.AppendHeader(wire.NewHeader(name, h.Value()))
		}
	}
}
