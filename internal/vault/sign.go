package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"strings"
)

// signer makes the key that signs texts of an owner out of a key of the file, so that no key does two things.
type signer []byte

func newSigner(key []byte) signer {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("bellwether signatures"))
	return mac.Sum(nil)
}

func (s signer) sign(owner string, text []byte) []byte {
	of := hmac.New(sha256.New, s)
	of.Write([]byte(owner))
	mac := hmac.New(sha256.New, of.Sum(nil))
	mac.Write(text)
	return mac.Sum(nil)
}

// Sign signs a text that leaves the program and comes back, such as a link, for an owner ("recording link"): HMAC-SHA256,
// with the id of its key in front.
func (v *Vault) Sign(owner string, text []byte) string {
	return v.current + "." + letters.EncodeToString(v.signers[v.current].sign(owner, text))
}

// Signed reports whether Sign made the signature of the text for the owner, with any key of the file.
func (v *Vault) Signed(owner string, text []byte, signature string) bool {
	id, mac, _ := strings.Cut(signature, ".")
	s := v.signers[id]
	raw, err := letters.DecodeString(mac)
	return s != nil && err == nil && subtle.ConstantTimeCompare(raw, s.sign(owner, text)) == 1
}
