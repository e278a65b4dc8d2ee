package sdp

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strconv"
)

// KeyBytes is the length of a master key of AES-128 with its salt.
const KeyBytes = 30

// The suites we speak, the better first (RFC 4568 section 6.2).
const (
	Suite80 = "AES_CM_128_HMAC_SHA1_80"
	Suite32 = "AES_CM_128_HMAC_SHA1_32"
)

var suites = []string{Suite80, Suite32}

func knownSuite(name string) bool { return slices.Contains(suites, name) }

// NewKeys makes a key for each suite, from the system's random source.
func NewKeys() []Crypto {
	keys := make([]Crypto, len(suites))
	for i, suite := range suites {
		key := make([]byte, KeyBytes)
		_, _ = rand.Read(key) // never fails (crypto/rand)
		keys[i] = Crypto{Tag: i + 1, Suite: suite, Key: key}
	}
	return keys
}

func (c Crypto) line() string {
	return "crypto:" + strconv.Itoa(c.Tag) + " " + c.Suite + " inline:" + base64.StdEncoding.EncodeToString(c.Key)
}

// pair finds the first of theirs whose suite is among ours, and ours under its tag.
func pair(ours, theirs []Crypto) (local, remote Crypto, ok bool) {
	for _, remote := range theirs {
		for _, local := range ours {
			if local.Suite == remote.Suite {
				local.Tag = remote.Tag
				return local, remote, true
			}
		}
	}
	return Crypto{}, Crypto{}, false
}
