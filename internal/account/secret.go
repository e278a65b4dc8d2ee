package account

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"
)

// A secret reads "bw_<id>_<chance>": the prefix lets scanners of source code find a leaked one, the id finds its row
// without a search, and 256 bits of chance make it a secret.
const (
	secretPrefix = "bw"
	stampBytes   = 6 // of the id: milliseconds since 1970
	idBytes      = 10
	chanceBytes  = 32
)

// letters is base32 in the alphabet whose order is that of the bytes, so that ids sort by time.
var letters = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// mint makes an id and a secret from 36 bytes of chance.
func mint(random io.Reader, at time.Time) (id KeyID, secret string, err error) {
	var chance [idBytes - stampBytes + chanceBytes]byte
	if _, err := io.ReadFull(random, chance[:]); err != nil {
		return "", "", fmt.Errorf("no randomness for a key: %w", err)
	}
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(at.UnixMilli()))
	own := append(stamp[8-stampBytes:], chance[chanceBytes:]...)
	id = KeyID(letters.EncodeToString(own))
	return id, strings.Join([]string{secretPrefix, string(id), letters.EncodeToString(chance[:chanceBytes])}, "_"), nil
}

// idOf finds the key a secret claims to be; ok is false for what cannot be a secret of ours.
func idOf(secret string) (id KeyID, ok bool) {
	parts := strings.Split(secret, "_")
	if len(parts) != 3 || parts[0] != secretPrefix {
		return "", false
	}
	id = KeyID(parts[1])
	return id, id.wellFormed() && len(parts[2]) == letters.EncodedLen(chanceBytes)
}

// wellFormed reports whether a key could have the id. What a stranger sends is looked at before a database sees it:
// PostgreSQL fails on bytes that are no text.
func (id KeyID) wellFormed() bool {
	_, err := letters.DecodeString(string(id))
	return err == nil && len(id) == letters.EncodedLen(idBytes)
}

// digest is the SHA-256 of a secret. Passwords need a slow hash such as argon2id because people choose guessable ones;
// nobody guesses 256 bits of chance, whatever the hash costs, and a slow one would cost every request 50 ms and hand
// strangers a way to keep the machine busy.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

func (d digest) String() string { return hex.EncodeToString(d[:]) }
