package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"bellwether/internal/errs"
)

const (
	keyBytes   = 32
	nonceBytes = 12
)

var letters = base64.RawURLEncoding

// Vault seals and opens texts. Safe for concurrent use.
type Vault struct {
	current string
	ciphers map[string]cipher.AEAD
	signers map[string]signer
}

// Parse reads the text of a key file: a line "<id> <key>" a key, the one that seals first; # begins a comment. Errors:
// errs.Invalid `vault.bad_key_file` with the line.
func Parse(text string) (*Vault, error) {
	v := &Vault{ciphers: map[string]cipher.AEAD{}, signers: map[string]signer{}}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		id, key, _ := strings.Cut(line, " ")
		raw, err := letters.DecodeString(strings.TrimSpace(key))
		if err != nil || len(raw) != keyBytes || strings.Contains(id, ".") || v.ciphers[id] != nil {
			return nil, badFile("line %d is not a new id and %d bytes of key in base64", number, keyBytes)
		}
		if v.ciphers[id], err = newCipher(raw); err != nil {
			return nil, err
		}
		v.signers[id] = newSigner(raw)
		if v.current == "" {
			v.current = id
		}
	}
	if v.current == "" {
		return nil, badFile("the file has no key")
	}
	return v, nil
}

func badFile(format string, args ...any) error {
	return errs.New(errs.Invalid, "vault.bad_key_file", format, args...).At("key file").Try("restore the key file from where you keep it: what was sealed with its keys opens with no other")
}

func newCipher(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// NewKey makes a line of a key file out of 32 bytes of chance.
func NewKey(random io.Reader, id string) (line string, err error) {
	var key [keyBytes]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return "", fmt.Errorf("no randomness for a key: %w", err)
	}
	return id + " " + letters.EncodeToString(key[:]) + "\n", nil
}

// Seal encrypts a text that belongs to something ("totp of u1"). The nonce is 12 bytes of random.
func (v *Vault) Seal(random io.Reader, owner string, plain []byte) (sealed string, err error) {
	var nonce [nonceBytes]byte
	if _, err := io.ReadFull(random, nonce[:]); err != nil {
		return "", fmt.Errorf("no randomness for a nonce: %w", err)
	}
	return v.current + "." + letters.EncodeToString(v.ciphers[v.current].Seal(nonce[:], nonce[:], plain, []byte(owner))), nil
}

// Open decrypts what Seal made for the same owner. Errors: errs.Internal `vault.no_key` where the key file lacks the key,
// `vault.damaged` where the text is another's or was changed.
func (v *Vault) Open(owner, sealed string) ([]byte, error) {
	id, text, _ := strings.Cut(sealed, ".")
	key := v.ciphers[id]
	if key == nil {
		return nil, errs.New(errs.Internal, "vault.no_key", "the key file has no key %.40q", id).Try("add the key again: it was removed too early")
	}
	raw, err := letters.DecodeString(text)
	if err != nil || len(raw) < nonceBytes {
		return nil, damaged()
	}
	plain, err := key.Open(nil, raw[:nonceBytes], raw[nonceBytes:], []byte(owner))
	if err != nil {
		return nil, damaged()
	}
	return plain, nil
}

func damaged() error {
	return errs.New(errs.Internal, "vault.damaged", "a sealed text does not open: it was changed, or belongs to something else")
}

// Stale reports whether a text was sealed with another key than new ones are.
func (v *Vault) Stale(sealed string) bool { return !strings.HasPrefix(sealed, v.current+".") }

func openToOthers(path string) error {
	return errs.New(errs.Invalid, "vault.open_to_others", "others may read the key file").At(path).Try("chmod 600 " + path)
}
