package account

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// A secret reads "bw_<id>_<chance>": the prefix says what it opens and lets scanners of source code find a leaked one, the
// id finds its row without a search, and 256 bits of chance make it a secret.
const (
	keyPrefix     = "bw"
	sessionPrefix = "bws"
	tokenPrefix   = "bwt"

	stampBytes  = 6 // of the id: milliseconds since 1970
	idBytes     = 10
	chanceBytes = 32
)

// letters is base32 in the alphabet whose order is that of the bytes, so that ids sort by time.
var letters = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// mint makes an id and a secret from 36 bytes of chance.
func mint(random io.Reader, prefix string, at time.Time) (id, secret string, err error) {
	if id, err = NewID(random, at); err != nil {
		return "", "", err
	}
	var chance [chanceBytes]byte
	if _, err := io.ReadFull(random, chance[:]); err != nil {
		return "", "", noChance(err)
	}
	return id, strings.Join([]string{prefix, id, letters.EncodeToString(chance[:])}, "_"), nil
}

// NewID makes an identifier of 16 letters that begins with the time, so that they sort by age, and 4 bytes of chance.
func NewID(random io.Reader, at time.Time) (string, error) {
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(at.UnixMilli()))
	own := append([]byte(nil), stamp[8-stampBytes:]...)
	own = append(own, make([]byte, idBytes-stampBytes)...)
	if _, err := io.ReadFull(random, own[stampBytes:]); err != nil {
		return "", noChance(err)
	}
	return letters.EncodeToString(own), nil
}

func noChance(err error) error { return fmt.Errorf("no randomness for a key: %w", err) }

// idOf finds what a secret claims to be; ok is false for what cannot be a secret of ours.
func idOf(prefix, secret string) (id string, ok bool) {
	parts := strings.Split(secret, "_")
	if len(parts) != 3 || parts[0] != prefix {
		return "", false
	}
	return parts[1], WellFormed(parts[1]) && len(parts[2]) == letters.EncodedLen(chanceBytes)
}

// WellFormed reports whether NewID could have made an identifier. What a stranger sends is looked at before a database
// sees it: PostgreSQL fails on bytes that are no text.
func WellFormed(id string) bool {
	_, err := letters.DecodeString(id)
	return err == nil && len(id) == letters.EncodedLen(idBytes)
}

func (id KeyID) wellFormed() bool { return WellFormed(string(id)) }

// digest is the SHA-256 of a secret. Passwords need a slow hash such as argon2id because people choose guessable ones;
// nobody guesses 256 bits of chance, whatever the hash costs, and a slow one would cost every request 50 ms and hand
// strangers a way to keep the machine busy.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

func (d digest) String() string { return hex.EncodeToString(d[:]) }

// is compares a digest with a stored one in a time that says nothing.
func (d digest) is(stored string) bool {
	return subtle.ConstantTimeCompare([]byte(d.String()), []byte(stored)) == 1
}

// Secret is what a mailed link carries: its text is shown once, its id finds the row, its hash is what is stored.
type Secret struct{ ID, Text, Hash string }

// NewSecret makes a secret for a link of another package.
func NewSecret(random io.Reader, at time.Time) (Secret, error) {
	id, text, err := mint(random, tokenPrefix, at)
	return Secret{ID: id, Text: text, Hash: digestOf(text).String()}, err
}

// ReadSecret takes a link's text apart; ok is false for what NewSecret cannot have made.
func ReadSecret(text string) (s Secret, ok bool) {
	id, ok := idOf(tokenPrefix, text)
	return Secret{ID: id, Text: text, Hash: digestOf(text).String()}, ok
}

// Is compares the secret with a stored hash in a time that says nothing.
func (s Secret) Is(stored string) bool { return digestOf(s.Text).is(stored) }
