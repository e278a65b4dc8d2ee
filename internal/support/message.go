package support

import (
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// Side is who speaks: the person whose conversation it is, or the operator's side.
type Side string

// The sides.
const (
	Customer Side = "customer"
	Operator Side = "operator"
)

// Kind is what a line of a conversation is.
type Kind string

// The kinds. What is not text was done by its author and has no body.
const (
	Text     Kind = "text"
	Solved   Kind = "solved"
	Reopened Kind = "reopened"
)

// Message is one line of a conversation.
type Message struct {
	Seq    int64 // 1, 2, 3 within its conversation
	At     time.Time
	Kind   Kind
	Side   Side
	Author account.UserID
	Body   string // may hold line breaks
	Page   string // the path of the page it was written on; empty where unknown
}

// Draft is a message to post.
type Draft struct {
	ClientID string // the writer's name of it, 1 to 64 letters, digits, - and _: posting it again changes nothing
	Body     string
	Page     string
}

const (
	// LongestBody is how many characters a message may have.
	LongestBody  = 4000
	longestName  = 64
	longestPage  = 500
	longestTitle = 80
)

// clean makes a draft fit to be kept (Rule S-03). Errors: errs.Invalid `support.empty`, `support.too_long`,
// `support.bad_client_id`.
func (d Draft) clean() (Draft, error) {
	if !isClientID(d.ClientID) {
		return Draft{}, errs.New(errs.Invalid, "support.bad_client_id", "a message needs a client id of 1 to %d letters, digits, - and _", longestName).
			At("client_id")
	}
	body, err := cleanBody(d.Body)
	return Draft{ClientID: d.ClientID, Body: body, Page: cleanPage(d.Page)}, err
}

func cleanBody(text string) (string, error) {
	text = visible(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", errs.New(errs.Invalid, "support.empty", "a message needs text").At("text").Try("write something first")
	case n > LongestBody:
		return "", errs.New(errs.Invalid, "support.too_long", "a message has up to %d characters, this one has %d", LongestBody, n).At("text").
			Try("send it in parts").With("Longest", LongestBody).With("Length", n)
	}
	return text, nil
}

// lines writes line breaks in one way, and a tab as a blank.
var lines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ")

// visible takes out what nobody can see or what turns the text around it, blank lines at the ends too. Line breaks stay, and
// a tab is a blank.
func visible(text string) string {
	return strings.TrimSpace(lines.Replace(ident.Visible(text)))
}

// cleanPage keeps a path of this site, without what could be a secret in its query.
func cleanPage(page string) string {
	path, _, _ := strings.Cut(page, "?")
	path, _, _ = strings.Cut(path, "#")
	_, hidden := ident.Hidden(path)
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || hidden || len(path) > longestPage || !utf8.ValidString(path) {
		return ""
	}
	return path
}

func isClientID(s string) bool {
	if s == "" || len(s) > longestName {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
