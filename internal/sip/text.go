package sip

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Direction of media, as the sender of an SDP sees it (RFC 3264 section 5.1).
type Direction string

// The directions of media.
const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// DirectionOf is the direction of the first audio stream of an SDP. An address of zeros is the old way to say inactive
// (RFC 3264 section 8.4).
func DirectionOf(sdp []byte) Direction {
	found, audio := SendRecv, false
	for line := range bytes.Lines(sdp) {
		text := string(bytes.TrimSpace(line))
		switch {
		case strings.HasPrefix(text, "m="):
			if audio {
				return found
			}
			audio = strings.HasPrefix(text, "m=audio")
		case text == "c=IN IP4 0.0.0.0":
			found = Inactive
		case text == "a=sendonly", text == "a=recvonly", text == "a=inactive", text == "a=sendrecv":
			found = Direction(text[2:])
		}
	}
	return found
}

// printable makes a text of strangers fit for logs, pages and headers: one line, no control characters, so many runes.
func printable(s string, most int) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
	for utf8.RuneCountInString(s) > most {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return strings.TrimSpace(s)
}

// Dialled reads what a caller dialled from the user part of a URI (Rule T-62): digits with an optional leading plus, * and #, of at
// most 32. Visual separators and parameters are left out (RFC 3966 section 5.1.1); anything else is refused.
func Dialled(user string) (string, bool) {
	user, _, _ = strings.Cut(user, ";")
	user = strings.NewReplacer("%23", "#", "%2B", "+", "%2b", "+", "%2A", "*", "%2a", "*").Replace(user)
	user = strings.Map(func(r rune) rune {
		if strings.ContainsRune("-.()", r) {
			return -1
		}
		return r
	}, user)
	digits := strings.TrimPrefix(user, "+")
	if digits == "" || len(digits) > 32 {
		return "", false
	}
	for i := range len(digits) {
		if c := digits[i]; (c < '0' || c > '9') && c != '*' && c != '#' {
			return "", false
		}
	}
	return user, true
}

// safeUser is a user part that we may put into a URI: what was dialled, or an account's name.
func safeUser(user string) bool {
	for i := range len(user) {
		c := user[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("+*._-~!", c) >= 0 {
			continue
		}
		return false
	}
	return user != "" && len(user) <= 64
}

// escapeUser puts a dialled string into a URI: # is not allowed there as it is.
func escapeUser(user string) string { return strings.ReplaceAll(user, "#", "%23") }
