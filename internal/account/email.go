package account

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"bellwether/internal/errs"
)

// email is an e-mail address, as it is shown and as it is compared.
type email struct {
	shown string
	key   string
}

// The lengths of RFC 5321, section 4.5.3.1.
const (
	longestLocal = 64
	longestEmail = 254
)

// parseEmail checks the form of an address. Capital letters are kept and do not tell addresses apart: in theory the part
// before the @ is the mail server's own matter, in practice two people who differ in a capital are one. The domain may be
// written in any script.
func parseEmail(text string) (email, error) {
	shown := norm.NFC.String(strings.TrimSpace(text))
	cut := strings.LastIndexByte(shown, '@')
	if cut < 1 || cut > longestLocal || len(shown) > longestEmail || strings.ContainsFunc(shown, unfitForEmail) {
		return email{}, badEmail(text)
	}
	local, domain := shown[:cut], shown[cut+1:]
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(ascii, ".") || slices.Contains(strings.Split(ascii, "."), "") || strings.ContainsRune(local, '@') {
		return email{}, badEmail(text)
	}
	return email{shown: shown, key: strings.ToLower(local) + "@" + strings.ToLower(ascii)}, nil
}

func unfitForEmail(c rune) bool {
	return unicode.IsSpace(c) || unicode.Is(unicode.C, c) || c == unicode.ReplacementChar || strings.ContainsRune(`<>"(),:;\[]`, c)
}

func badEmail(text string) error {
	return errs.New(errs.Invalid, "account.bad_email", "%.100q is not an e-mail address", text).At("email").Try("write it as name@example.com")
}

// EmailKey is an e-mail address as it is compared: two texts with one key are one mailbox. errs.Invalid
// `account.bad_email`.
func EmailKey(text string) (string, error) {
	address, err := parseEmail(text)
	return address.key, err
}
