package staff

import (
	"context"
	"crypto/md5" //nolint:gosec // RFC 3261 digest authentication
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"

	"bellwether/internal/store"
)

// Realm is what every challenge of the installation names (RFC 7616). Passwords are hashed with it, so it never changes.
const Realm = "bellwether"

const (
	// letters are those that nobody takes for another when they type them.
	letters = "abcdefghjkmnpqrstuvwxyz23456789"
	// signs are letters of both cases for what is pasted: without what shells, URIs and SIP telephones read in their own way.
	signs = "ABCDEFGHJKLMNPQRSTUVWXYZ" + letters

	userLetters   = 12 // 59 bits: nobody tries them all against a registrar that bans
	passwordSigns = 24 // 138 bits
)

// secret is a fresh password as it is stored and, once, shown.
type secret struct{ user, password, md5, sha256 string }

// newSecret makes a password, and a user name where none is given.
func (s *Service) newSecret(user string) (made secret, err error) {
	if made.user = user; user == "" {
		if made.user, err = chance(s.Random, letters, userLetters); err != nil {
			return made, err
		}
	}
	if made.password, err = chance(s.Random, signs, passwordSigns); err != nil {
		return made, err
	}
	a1 := []byte(made.user + ":" + Realm + ":" + made.password)
	m, h := md5.Sum(a1), sha256.Sum256(a1) //nolint:gosec // see above
	if made.md5, err = s.Vault.Seal(s.Random, owner(made.user, "md5"), []byte(hex.EncodeToString(m[:]))); err != nil {
		return made, err
	}
	made.sha256, err = s.Vault.Seal(s.Random, owner(made.user, "sha256"), []byte(hex.EncodeToString(h[:])))
	return made, err
}

// owner is what a sealed hash is bound to.
func owner(user, algorithm string) string { return "sip " + algorithm + " of " + user }

// chance draws n letters of an alphabet, each as likely as another.
func chance(random io.Reader, alphabet string, n int) (string, error) {
	const values = 256
	fair := values - values%len(alphabet)
	text, buffer := make([]byte, 0, n), make([]byte, n)
	for len(text) < n {
		if _, err := io.ReadFull(random, buffer); err != nil {
			return "", fmt.Errorf("no randomness for a SIP account: %w", err)
		}
		for _, b := range buffer {
			if int(b) < fair && len(text) < n {
				text = append(text, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(text), nil
}

// wellFormed reports whether a user name could be ours: what strangers send is looked at before the database sees it.
func wellFormed(user string) bool {
	if len(user) != userLetters {
		return false
	}
	for _, c := range []byte(user) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '9') {
			return false
		}
	}
	return true
}

// Reseal seals again, with the vault's first key, the hashes of up to limit accounts that were sealed with another. It says
// how many: 0 when a rotation of keys is done.
func (s *Service) Reseal(ctx context.Context, tx *store.Tx, limit int) (resealed int, err error) {
	stale := map[string][2]string{}
	err = store.EachRow(ctx, tx, `SELECT user_name, ha1_md5, ha1_sha256 FROM staff_sip_account ORDER BY user_name`, nil, func(rows *sql.Rows) error {
		var user, m, h string
		err := rows.Scan(&user, &m, &h)
		if len(stale) < limit && (s.Vault.Stale(m) || s.Vault.Stale(h)) {
			stale[user] = [2]string{m, h}
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	for user, sealed := range stale {
		for i, algorithm := range []string{"md5", "sha256"} {
			plain, err := s.Vault.Open(owner(user, algorithm), sealed[i])
			if err != nil {
				return 0, err
			}
			if sealed[i], err = s.Vault.Seal(s.Random, owner(user, algorithm), plain); err != nil {
				return 0, err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE staff_sip_account SET ha1_md5 = $2, ha1_sha256 = $3 WHERE user_name = $1`, user, sealed[0], sealed[1]); err != nil {
			return 0, err
		}
	}
	return len(stale), nil
}
