package account

import (
	"context"
	_ "embed" // the list of common passwords
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"bellwether/internal/errs"
)

// Hashed is a password that was found strong enough, as it is stored. Only a Hasher makes one.
type Hashed struct{ text string }

// Cost is what hashing a password takes.
type Cost struct {
	MemoryKiB  uint32
	Iterations uint32
	Lanes      uint8
}

// The costs. A stored hash names its own, so raising Production takes effect as people sign in.
var (
	Production = Cost{MemoryKiB: 64 << 10, Iterations: 2, Lanes: 1} // above OWASP's minimum of 46 MiB and one pass
	// ForTests costs next to nothing and protects nothing.
	ForTests = Cost{MemoryKiB: 8, Iterations: 1, Lanes: 1}
)

const (
	saltBytes     = 16
	hashBytes     = 32
	atOnce        = 4 // hashes computed at a time: 256 MiB, however many knock
	shortest      = 10
	longestSecret = 256 // so that nobody has megabytes hashed
)

// Hasher hashes passwords and compares them. Safe for concurrent use; at most 4 at a time.
type Hasher struct {
	params argon2id.Params
	slots  chan struct{}
	dummy  string // what is compared where there is no such user, so that it takes as long
}

// NewHasher makes a hasher of a cost.
func NewHasher(cost Cost) (*Hasher, error) {
	h := &Hasher{
		params: argon2id.Params{
			Memory: cost.MemoryKiB, Iterations: cost.Iterations, Parallelism: cost.Lanes, SaltLength: saltBytes, KeyLength: hashBytes,
		},
		slots: make(chan struct{}, atOnce),
	}
	var err error
	h.dummy, err = argon2id.CreateHash("nobody has this password", &h.params)
	return h, err
}

// Check refuses a password that is too weak for the user with an e-mail address, without hashing it: errs.Invalid
// `account.weak_password` as Hash does.
func (h *Hasher) Check(password, email string) error {
	if reason := weakness(password, email); reason != "" {
		return weak(reason)
	}
	return nil
}

// Hash checks that a password is strong enough for the user with an e-mail address and hashes it. Slow: never call it in a
// transaction, nor for a stranger whose try was not counted. Where ctx ends before it is its turn, errs.Unavailable `account.busy`. errs.Invalid `account.weak_password`, its Params["reason"] "short", "long", "email" or "common".
func (h *Hasher) Hash(ctx context.Context, password, email string) (Hashed, error) {
	if err := h.Check(password, email); err != nil {
		return Hashed{}, err
	}
	return h.hash(ctx, password)
}

// wait takes a slot, which leave gives back. Nobody waits longer than whoever asked does.
func (h *Hasher) wait(ctx context.Context) error {
	taken := false
	if ctx.Err() == nil {
		select {
		case h.slots <- struct{}{}:
			taken = true
		case <-ctx.Done():
		}
	}
	if !taken {
		return errs.New(errs.Unavailable, "account.busy", "too many passwords are being checked").Try("try again in a moment").Because(ctx.Err())
	}
	return nil
}

func (h *Hasher) leave() { <-h.slots }

func (h *Hasher) hash(ctx context.Context, password string) (Hashed, error) {
	if err := h.wait(ctx); err != nil {
		return Hashed{}, err
	}
	defer h.leave()
	text, err := argon2id.CreateHash(norm.NFC.String(password), &h.params)
	return Hashed{text}, err
}

// matches compares a password with a stored hash; with none it takes as long and says no.
func (h *Hasher) matches(ctx context.Context, password, stored string) (ok bool, err error) {
	if len(password) > longestSecret {
		password = ""
	}
	unknown := stored == ""
	if unknown {
		stored = h.dummy
	}
	if err := h.wait(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	ok, err = argon2id.ComparePasswordAndHash(norm.NFC.String(password), stored)
	return ok && !unknown, err
}

// outdated reports whether a stored hash cost less than new ones do.
func (h *Hasher) outdated(stored string) bool {
	was, _, _, err := argon2id.DecodeHash(stored)
	return err != nil || was.Memory < h.params.Memory || was.Iterations < h.params.Iterations
}

//go:embed common_passwords.txt
var commonText string

var common = func() map[string]bool {
	list := map[string]bool{}
	for line := range strings.Lines(commonText) {
		list[strings.TrimSpace(line)] = true
	}
	return list
}()

// weakness names what makes a password too easy to guess (Rule A-01); empty where nothing does.
func weakness(password, email string) string {
	folded := strings.ToLower(norm.NFC.String(password))
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	switch {
	case utf8.RuneCountInString(folded) < shortest:
		return "short"
	case len(password) > longestSecret || !utf8.ValidString(password):
		return "long"
	case folded == strings.ToLower(email) || folded == local:
		return "email"
	case common[folded] || strings.Count(folded, folded[:1]) == len(folded):
		return "common"
	}
	return ""
}

var weaknesses = map[string]string{
	"short": "has fewer than 10 characters", "long": "has more than 256 bytes, or is no text", "email": "is the e-mail address",
	"common": "is one of those that are tried first",
}

func weak(reason string) error {
	return errs.New(errs.Invalid, "account.weak_password", "the password %s", weaknesses[reason]).At("password").
		Try("take a few words that nobody would guess").With("reason", reason)
}
